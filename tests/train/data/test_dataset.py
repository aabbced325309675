"""Samples are read when asked for; batches repeat with their seed, with workers too."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from tests.train.exact import Written, write_exact
from train.data.annotations import Annotations, read_annotations
from train.data.dataset import FacialKeypointsDataset, HeldDataset, Sample, make_loader
from train.errors import DatasetError
from train.recipes.baseline_transforms import (
    Compose,
    Normalize,
    RandomCrop,
    Rescale,
    ToTensor,
    crop_transform,
    rescale_transform,
    seed_transform,
)


def test_a_sample_is_rgb_without_alpha_and_labels_in_pixels(written: Written) -> None:
    dataset = FacialKeypointsDataset(str(written.csv), str(written.images))
    sample = dataset[0]
    assert len(dataset) == 6 and set(sample) == {"image", "keypoints"}
    assert sample["image"].shape == (100, 120, 3) and sample["image"].dtype == np.uint8
    assert sample["image"][0, 0].tolist() == [30, 20, 10]
    assert sample["keypoints"].shape == (68, 2) and sample["keypoints"].dtype == np.float64


def test_changing_a_sample_leaves_the_dataset_alone(written: Written) -> None:
    dataset = FacialKeypointsDataset(written.csv, written.images)
    dataset[1]["keypoints"][:] = 0
    np.testing.assert_allclose(dataset[1]["keypoints"], written.keypoints_px[1], atol=1e-3)


def test_it_is_lazy_and_ends_where_it_ends(tmp_path: Path) -> None:
    written = write_exact(tmp_path)
    dataset = FacialKeypointsDataset(written.csv, written.images)
    (written.images / written.names[2]).write_bytes(b"broken")
    assert dataset[1]["image"].shape == (100, 120, 3)
    with pytest.raises(DatasetError, match="row 4"):
        dataset[2]
    with pytest.raises(IndexError):
        dataset[6]


def chain(seed: int) -> Compose:
    return Compose([Rescale(90), RandomCrop(64, np.random.default_rng(seed)), Normalize(), ToTensor()])


def batches(written: Written, workers: int, seed: int) -> list[torch.Tensor]:
    dataset = FacialKeypointsDataset(written.csv, written.images, transform=chain(seed))
    loader = make_loader(dataset, batch_size=4, shuffle=True, workers=workers, seed=seed)
    return [batch["image"] for batch in loader]


def test_batches_shapes_and_the_smaller_last_one(written: Written) -> None:
    found = batches(written, workers=0, seed=1)
    assert [tuple(b.shape) for b in found] == [(4, 1, 64, 64), (2, 1, 64, 64)]


def test_the_same_seed_gives_the_same_batches_and_another_others(written: Written) -> None:
    first, second, other = (batches(written, workers=0, seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_workers_repeat_with_the_seed(written: Written) -> None:
    first, second = (batches(written, workers=2, seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_workers_start_after_samples_were_shown(written: Written) -> None:
    """OpenCV's threads, begun by the first resize, do not come along into a forked worker, which waited for them."""
    cv2.setNumThreads(2)
    cv2.resize(np.zeros((2000, 2000, 3), np.uint8), (1500, 1500))
    dataset = FacialKeypointsDataset(written.csv, written.images, transform=chain(0))
    assert dataset[0]["image"].shape == (1, 64, 64)
    for _ in range(2):
        assert len(list(make_loader(dataset, batch_size=2, workers=2))) == 3
    assert cv2.getNumThreads() == 2


def test_each_worker_and_each_epoch_crops_elsewhere(written: Written) -> None:
    """With PyTorch's own loader as well, as the seed document uses it."""
    dataset = FacialKeypointsDataset(written.csv, written.images, transform=Compose([Where()]))
    loader = DataLoader(dataset, batch_size=1, num_workers=2)
    drawn = [int(batch["keypoints"]) for _ in range(2) for batch in loader]
    assert len(set(drawn)) == len(drawn) == 12


class TorchvisionCompose:
    """What torchvision's `Compose` is to a dataset: a list of transforms, and nothing that reseeds them."""

    def __init__(self, transforms: list[Callable[[Sample], Sample]]) -> None:
        self.transforms = transforms

    def __call__(self, sample: Sample) -> Sample:
        for transform in self.transforms:
            sample = transform(sample)
        return sample


def test_torchvisions_compose_crops_elsewhere_in_each_worker_too(written: Written) -> None:
    dataset = FacialKeypointsDataset(written.csv, written.images, transform=TorchvisionCompose([Where()]))
    drawn = [int(batch["keypoints"]) for _ in range(2) for batch in DataLoader(dataset, batch_size=1, num_workers=2)]
    assert len(set(drawn)) == len(drawn) == 12


@pytest.mark.parametrize("most_bytes", [0, 10**9])
def test_held_samples_are_exactly_those_of_the_whole_transform(written: Written, most_bytes: int) -> None:
    annotations = read_annotations(written.csv, written.images)
    whole = FacialKeypointsDataset(annotations, transform=seed_transform(np.random.default_rng(3)))
    held = HeldDataset(annotations, rescale_transform(), crop_transform(np.random.default_rng(3)), most_bytes)
    for index in (0, 3, 5, 0, -1):
        ours, theirs = held[index], whole[index]
        assert all(torch.equal(ours[name], theirs[name]) for name in ("image", "keypoints", "undo"))


def test_held_images_are_read_once(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    annotations = read_annotations(written.csv, written.images)
    held = HeldDataset(annotations, rescale_transform())
    monkeypatch.setattr(Annotations, "read_bgr", lambda *_: pytest.fail("an image was read again"))
    assert [held[index]["image"].ndim for index in range(len(held))] == [2] * 6


class Where(RandomCrop):
    """A random transform that says only what it drew."""

    def __init__(self) -> None:
        super().__init__(8, np.random.default_rng(0))

    def __call__(self, sample: Sample) -> Sample:
        return {"keypoints": torch.tensor(self._rng.integers(2**40))}


def test_an_epoch_is_shuffled_anew(written: Written) -> None:
    dataset = FacialKeypointsDataset(written.csv, written.images, transform=ToTensor())
    loader = make_loader(dataset, batch_size=6, shuffle=True)
    orders = [tuple(batch["keypoints"][:, 0, 0].tolist()) for _ in range(4) for batch in loader]
    assert len(set(orders)) > 1 and len({tuple(sorted(order)) for order in orders}) == 1


def test_the_labels_are_a_data_frame_as_in_the_seed_document(written: Written) -> None:
    frame = FacialKeypointsDataset(written.csv, written.images).key_pts_frame
    assert frame.iloc[1, 0] == written.names[1]
    points = frame.iloc[1, 1:].to_numpy().astype("float").reshape(-1, 2)
    np.testing.assert_allclose(points, written.keypoints_px[1], atol=1e-3)
    assert len(frame) == 6


def test_points_that_are_not_labelled_pass_through_the_transforms(tmp_path: Path) -> None:
    written = write_exact(tmp_path)
    lines = written.csv.read_text().splitlines()
    cells = lines[1].split(",")
    lines[1] = ",".join([cells[0], "", "", *cells[3:]])
    written.csv.write_text("\n".join(lines))
    sample = FacialKeypointsDataset(written.csv, written.images, transform=chain(0))[0]
    assert sample["keypoints"][0].isnan().all() and sample["keypoints"][1:].isfinite().all()
