"""The default recipe's course: two cycles, and lids that count more once most points are found."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

import train.recipes.default
from model.networks.checkpoint import Checkpoint, export_onnx
from model.networks.keypoint_net import NetSpec
from tests.train.faces import write_faces
from train.augmentation.batch import AugmentConfig, augmented_batch
from train.config import TrainConfig
from train.data.annotations import Annotations, read_annotations
from train.data.face_store import cut_for_calibration
from train.data.split import development_split
from train.data.training_data import TrainingData
from train.errors import OptionError
from train.recipes.default import DefaultRecipe
from train.recipes.default_loss import LossConfig, keypoint_loss
from train.recipes.default_options import DefaultOptions
from train.run.distributed import Ranks

OPTIONS = DefaultOptions(
    net=NetSpec(32, (8, 8, 8, 8), (0, 0, 0), 8, 8, True),
    batch_size=8,
    epochs=(3, 2),
    loss=LossConfig(lids=4.0, lids_after=0.4),
)


@pytest.fixture(scope="module")
def annotations(tmp_path_factory: pytest.TempPathFactory) -> Annotations:
    csv_path, images = write_faces(tmp_path_factory.mktemp("faces"), count=20)
    return read_annotations(csv_path, images)


def _train(recipe: DefaultRecipe, epoch: int, steps: int | None = None) -> None:
    """Take the epoch's steps, or only the first `steps`."""
    for value, _ in islice(recipe.losses(epoch), steps):
        value.backward()  # type: ignore[no-untyped-call]
        recipe.step()


def _from_weights(config: TrainConfig, annotations: Annotations, epochs: int = 1) -> DefaultRecipe:
    data = TrainingData.of(annotations, config)
    return DefaultRecipe(config, data, torch.device("cpu"), Ranks(), replace(OPTIONS, fine_epochs=epochs))


def _starting(annotations: Annotations, path: Path, **info: Any) -> tuple[DefaultRecipe, TrainConfig]:
    """A recipe whose weights are at `path`, saying `info` of themselves, and the options of a run that starts there."""
    recipe = _recipe(annotations)
    export_onnx(Checkpoint(recipe.best_model(), replace(recipe.info, **info)), path)
    return recipe, TrainConfig(csv_file=annotations.csv_path, images_dir=annotations.images_dir, start_from=path)


def _recipe(annotations: Annotations, epochs: int | None = None) -> DefaultRecipe:
    torch.set_num_threads(1)
    config = TrainConfig(csv_file=annotations.csv_path, images_dir=Path(annotations.images_dir), epochs=epochs)
    return DefaultRecipe(config, TrainingData.of(annotations, config), torch.device("cpu"), Ranks(), OPTIONS)


def _run(
    recipe: DefaultRecipe, monkeypatch: pytest.MonkeyPatch, first: int = 1
) -> tuple[list[float], list[float], list[AugmentConfig]]:
    """Learning rate, weight of lids and kind of augmentation of each step."""
    rates, lids, kinds = [], [], []
    real_loss, real_batch = keypoint_loss, augmented_batch

    def loss(output, targets, centers, weights):  # type: ignore[no-untyped-def]
        lids.append(weights.lids)
        return real_loss(output, targets, centers, weights)

    def batch(store, mine, crop, augment, rng):  # type: ignore[no-untyped-def]
        kinds.append(augment)
        return real_batch(store, mine, crop, augment, rng)

    monkeypatch.setattr("train.recipes.default.keypoint_loss", loss)
    monkeypatch.setattr("train.recipes.batch_stream.augmented_batch", batch)
    for epoch in range(first, recipe.epochs + 1):
        for value, _ in recipe.losses(epoch):
            rates.append(recipe._course.rate)
            value.backward()  # type: ignore[no-untyped-call]
            recipe.step()
    return rates, lids, kinds


def test_the_second_cycle_is_gentler_and_lids_count_more_later(
    annotations: Annotations, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(annotations)
    steps = recipe.batches
    rates, lids, kinds = _run(recipe, monkeypatch)
    assert len(rates) == 5 * steps
    assert lids == [1.0] * 2 * steps + [4.0] * 3 * steps
    assert kinds == [OPTIONS.augment] * 3 * steps + [OPTIONS.second_augment] * 2 * steps
    first, second = rates[: 3 * steps], rates[3 * steps :]
    assert max(first) == pytest.approx(OPTIONS.learning_rate, rel=0.1)
    assert max(second) == pytest.approx(OPTIONS.learning_rate * OPTIONS.second_rate, rel=0.2)
    assert first[-1] < 0.2 * max(first) and second[-1] < max(second)


@pytest.mark.parametrize("epochs", [1, 2, 10])
def test_runs_of_other_lengths_keep_the_proportion(annotations: Annotations, epochs: int) -> None:
    recipe = _recipe(annotations, epochs)
    assert recipe.epochs == epochs
    assert [cycle.last_epoch for cycle in recipe._course.cycles] == [{1: 1, 2: 1, 10: 6}[epochs], epochs]


def test_a_run_that_is_lengthened_goes_on_at_the_gentle_rate(
    annotations: Annotations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its whole course, whatever more epochs would have made of that; and so again."""
    whole = _recipe(annotations)
    state = whole.state() | {"cycle": 1}
    longer = _recipe(annotations, epochs=20)
    longer.load_state(state)
    rates, lids, kinds = _run(longer, monkeypatch, first=6)
    assert len(rates) == 15 * longer.batches and set(lids) == {4.0} and kinds == [OPTIONS.second_augment] * len(kinds)
    assert max(rates) == pytest.approx(OPTIONS.learning_rate * OPTIONS.second_rate, rel=0.01)
    assert rates[0] < 0.1 * max(rates) and rates[-1] < 0.01 * max(rates)
    longest = _recipe(annotations, epochs=22)
    longest.load_state(longer.state())
    assert [cycle.last_epoch for cycle in longest._course.cycles] == [3, 5, 20, 22]


def test_the_gentler_changes_are_gentler() -> None:
    first, second = OPTIONS.augment, OPTIONS.second_augment
    for name in ("negatives", "haar", "far_roll", "dark", "blur", "small", "noise", "jpeg", "cover"):
        assert getattr(second, name) < getattr(first, name)


def test_a_run_that_starts_from_weights_has_one_short_cycle(annotations: Annotations, tmp_path: Path) -> None:
    recipe, config = _starting(annotations, tmp_path / "first.onnx")
    fine = _from_weights(config, annotations, epochs=2)
    assert fine.epochs == 2
    assert fine.validate() == pytest.approx(recipe.validate(), rel=1e-3)
    for epoch in (1, 2):
        _train(fine, epoch)
    assert len(fine._course.cycles) == 1
    norms = [m for m in fine.model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert all(float(norm.running_mean.abs().max()) == 0 for norm in norms if norm.running_mean is not None)
    assert any(float(norm.bias.detach().abs().max()) > 0 for norm in norms)


def test_a_run_that_keeps_a_share_gives_a_mean_with_the_weights_it_started_from(
    annotations: Annotations, tmp_path: Path
) -> None:
    recipe, config = _starting(annotations, tmp_path / "first.onnx")

    def weights(keep: float, steps: int) -> tuple[DefaultRecipe, torch.Tensor]:
        fine = _from_weights(replace(config, keep=keep), annotations)
        _train(fine, 1, steps)
        return fine, torch.cat([p.detach().flatten() for p in fine.best_model().parameters()])

    start, trained = weights(0.0, 0)[1], weights(0.0, 1)[1]
    mixed_recipe, mixed = weights(0.75, 1)
    assert float((trained - start).abs().max()) > 1e-5
    torch.testing.assert_close(mixed, 0.75 * start + 0.25 * trained)
    assert mixed_recipe.info.trained_on.endswith(
        f"; from weights trained on {recipe.info.trained_on}, 0.75 of them kept"
    )
    # What is measured is the mean, not what was trained.
    measured = mixed_recipe.validate()
    with torch.no_grad():
        for parameter in mixed_recipe._average.parameters():
            parameter.zero_()
    zeroed = mixed_recipe.validate()
    mixed_recipe._kept = None
    assert measured != zeroed != mixed_recipe.validate()


def test_a_run_goes_on_with_the_weights_it_kept_whatever_their_file_holds_now(
    annotations: Annotations, tmp_path: Path
) -> None:
    recipe, config = _starting(annotations, tmp_path / "first.onnx")
    config = replace(config, keep=0.5)
    run = _from_weights(config, annotations)
    _train(run, 1)
    other = _recipe(annotations).best_model()
    for parameter in other.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    export_onnx(Checkpoint(other, recipe.info), tmp_path / "first.onnx")
    again = _from_weights(config, annotations)
    again.load_state(run.state())
    for name, value in run.best_model().state_dict().items():
        torch.testing.assert_close(again.best_model().state_dict()[name], value)


@pytest.mark.parametrize(
    ("info", "keep", "told"),
    [
        ({"trained_on": "24 images, all people"}, 0.0, "has seen all people.*use --split all"),
        ({"label_offset_x": (0.0, 0.0)}, 0.5, "--keep mixes weights.*labels moved by"),
    ],
)
def test_weights_that_do_not_go_with_a_run_are_reported(
    annotations: Annotations, tmp_path: Path, info: dict[str, Any], keep: float, told: str
) -> None:
    _, config = _starting(annotations, tmp_path / "first.onnx", **info)
    with pytest.raises(OptionError, match=told):
        _from_weights(replace(config, keep=keep), annotations)


def test_own_people_can_be_held_out_of_weights_that_saw_everybody(annotations: Annotations, tmp_path: Path) -> None:
    """Everybody of the dataset, that is: whoever is named in a CSV of one's own was not among them."""
    _, config = _starting(annotations, tmp_path / "first.onnx", trained_on="24 images, all people")
    person = annotations.people[0]
    recipe = _from_weights(replace(config, hold_out=(person,)), annotations)
    assert recipe.split == f"all people but {person}"
    dataset = replace(config, hold_out=(person,), more_csv=(tmp_path / "training_frames_keypoints.csv",))
    with pytest.raises(OptionError, match="has seen all people"):
        _from_weights(dataset, annotations)


def test_the_rounding_is_set_by_people_trained_on(
    annotations: Annotations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(annotations)
    cut: list[int] = []
    real = cut_for_calibration

    def record(annotations: Annotations, indices: Any, spec: Any) -> Any:
        cut.extend(indices)
        crops = real(annotations, indices, spec)
        assert len(crops) == len(indices)
        return crops

    monkeypatch.setattr(train.recipes.default, "cut_for_calibration", record)
    recipe.export(Checkpoint(recipe.best_model(), recipe.info), tmp_path / "keypoints.onnx")
    held_out = development_split(annotations.people)
    assert len(cut) == int((~held_out).sum()) and not held_out[cut].any()
