"""The score is trained again on what the network sees, and nothing else of it changes."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.crop import CropSpec, Region
from model.networks.keypoint_net import KeypointNet, NetSpec
from model.networks.onnx_weights import is_score
from tests.train.faces import write_faces
from train.augmentation.canvas import Canvas
from train.data.annotations import read_annotations
from train.data.face_store import FaceStore, load_store
from train.data.label_offset import NO_OFFSET
from train.recipes import score_head
from train.recipes.score_head import ScoreOptions, ScoreSamples, collect, fit_score, scores_of

SPEC = CropSpec(32, 1.3)
QUICK = ScoreOptions(rounds=1, steps=400, batch_size=64)


@pytest.fixture(scope="module")
def net() -> KeypointNet:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    return KeypointNet(NetSpec(32, (4, 6, 8, 8), (0, 1, 1), 8)).eval()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FaceStore:
    csv_file, images = write_faces(tmp_path_factory.mktemp("faces"), 48)
    annotations = read_annotations(csv_file, images)
    return load_store(annotations, range(len(annotations)), NO_OFFSET)


def samples_of(kinds: list[str]) -> ScoreSamples:
    """Crops whose first deep feature says what they are: 1 a face, -1 a piece of one, -2 a proposal."""
    kind = np.array(kinds)
    deep = np.zeros((len(kind), 8), np.float32)
    deep[:, 0] = np.select([kind == "face", kind == "piece"], [1, -1], -2)
    nme = np.where(kind == "face", 0.03, np.nan)
    return ScoreSamples(deep, np.zeros((len(kind), 68), np.float32), nme, kind == "proposal")


def test_the_score_learns_and_the_points_stay(net: KeypointNet) -> None:
    trained = copy.deepcopy(net)
    samples = samples_of(["face", "piece", "proposal"] * 30)
    fit_score(trained, samples, QUICK)
    scores = scores_of(trained, samples)
    assert scores[0] == pytest.approx(np.exp(-0.03 / QUICK.scale), abs=0.05)
    assert scores[1:3].max() < 0.05
    before, after = dict(net.named_parameters()), dict(trained.named_parameters())
    assert {name for name in before if not torch.equal(before[name], after[name])} == {
        name for name in before if is_score(name)
    }
    crops = torch.randint(0, 255, (2, 1, 32, 32), dtype=torch.uint8)
    torch.testing.assert_close(net(crops).keypoints, trained(crops).keypoints, rtol=0, atol=0)


def test_it_sees_faces_pieces_and_false_proposals(net: KeypointNet, store: FaceStore) -> None:
    samples = collect(net, SPEC, store, QUICK, seed=3)
    faces, proposed = ~np.isnan(samples.nme), samples.proposed
    assert faces.sum() + (~faces & ~proposed).sum() == len(store)
    assert 20 < faces.sum() < len(store)
    assert not (faces & proposed).any()
    again = collect(net, SPEC, store, QUICK, seed=3)
    np.testing.assert_array_equal(samples.deep, again.deep)


def test_scores_are_what_the_network_gives(net: KeypointNet, store: FaceStore) -> None:
    samples = collect(net, SPEC, store, replace(QUICK, rounds=1), seed=4)
    assert scores_of(net, samples).shape == (len(samples),)
    crops = torch.from_numpy(store.crops[:3, None, :32, :32].copy())
    with torch.inference_mode():
        seen = net.see(crops)
        torch.testing.assert_close(net.score_of(seen.deep, seen.spread), net(crops).score_logits)


@pytest.mark.parametrize(
    ("place", "about"),
    [((50, 50, 20), True), ((62, 50, 20), True), ((90, 50, 20), False), ((90, 50, 80), True), ((205, 205, 9), True)],
)
def test_what_lies_at_a_face_is_no_false_proposal(place: tuple[int, int, int], about: bool) -> None:
    canvas = Canvas(np.zeros((256, 256), np.uint8), (Region(50, 50, 20, 0.0),), ((210.0, 210.0, 230.0, 230.0),))
    x, y, side = place
    assert score_head._about_a_face(Region(x, y, side, 0.0), canvas) is about
