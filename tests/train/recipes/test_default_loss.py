"""The loss: zero error is best, lids count, and what is not a face pulls on the score alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.keypoints import MIRROR
from model.networks.keypoint_net import KeypointNet, NetOutput, NetSpec
from train.recipes.default_loss import OPENING_PAIRS, LossConfig, Targets, keypoint_loss

SPEC = NetSpec(size_px=48, widths=(8, 8, 16, 16), blocks=(0, 1, 1), decoder=16, map_stride=4)
CENTERS = KeypointNet(SPEC).centers


def _targets(count: int = 2, *, face: bool = True) -> Targets:
    keypoints = torch.from_numpy(np.random.default_rng(0).uniform(4, 43, (count, 68, 2)).astype(np.float32))
    return Targets(keypoints, torch.full((count,), face), torch.full((count,), 20.0))


def _output(keypoints: torch.Tensor, logit: float = 0.0) -> NetOutput:
    count = len(keypoints)
    return NetOutput(keypoints, torch.full((count,), logit), torch.zeros(count, 68, 12, 12))


def _points_only() -> LossConfig:
    return LossConfig(maps=0, openings=0, eyes_lips=1, score=0)


def test_the_points_part_is_the_nme() -> None:
    targets = _targets()
    shifted = _output(targets.keypoints + torch.tensor([3.0, 4.0]))
    loss = keypoint_loss(shifted, targets, CENTERS, _points_only())
    assert loss.item() == pytest.approx(5 / 20, rel=1e-3)


def test_the_right_points_cost_least_in_every_part() -> None:
    targets = _targets()
    right, wrong = _output(targets.keypoints), _output(targets.keypoints * 0.9)
    for part in (LossConfig(), _points_only(), replace(_points_only(), openings=1)):
        assert keypoint_loss(right, targets, CENTERS, part) < keypoint_loss(wrong, targets, CENTERS, part)


def test_maps_are_pulled_to_their_points() -> None:
    targets = Targets(torch.full((1, 68, 2), 4 * 7 + 1.5), torch.ones(1, dtype=torch.bool), torch.full((1,), 20.0))
    config = replace(_points_only(), maps=1.0)
    losses = []
    for row, column in ((7, 7), (2, 9)):
        output = _output(targets.keypoints)
        output.map_logits[:, :, row, column] = 3.0
        losses.append(keypoint_loss(output, targets, CENTERS, config).item())
    assert losses[0] < losses[1]


def test_closed_lids_where_open_ones_are_wanted_cost_more_than_a_shift_of_the_eye() -> None:
    targets = _targets()
    config = replace(_points_only(), openings=1.0)
    upper, lower = (list(side) for side in zip(*OPENING_PAIRS, strict=True))
    together = targets.keypoints.clone()
    together[:, upper] += torch.tensor([0.0, 1.0])
    together[:, lower] += torch.tensor([0.0, 1.0])
    apart = targets.keypoints.clone()
    apart[:, upper] += torch.tensor([0.0, 1.0])
    apart[:, lower] += torch.tensor([0.0, -1.0])
    assert keypoint_loss(_output(apart), targets, CENTERS, config) > keypoint_loss(
        _output(together), targets, CENTERS, config
    )


def test_lid_and_lip_pairs_mirror_into_each_other() -> None:
    mirrored = {frozenset(int(MIRROR[p]) for p in pair) for pair in OPENING_PAIRS}
    assert mirrored == {frozenset(pair) for pair in OPENING_PAIRS}


def test_what_is_no_face_pulls_on_the_score_alone() -> None:
    targets = _targets(face=False)
    keypoints = targets.keypoints.clone().requires_grad_()
    output = _output(keypoints)
    output.score_logits.requires_grad_()
    keypoint_loss(output, targets, CENTERS, LossConfig()).backward()  # type: ignore[no-untyped-call]
    assert keypoints.grad is None or not keypoints.grad.any()
    assert output.score_logits.grad is not None and (output.score_logits.grad > 0).all()


def test_the_wanted_score_falls_as_the_error_grows() -> None:
    targets = _targets()
    config = replace(_points_only(), score=1.0)
    pulls = []
    for shift in (0.0, 3.0, 15.0):
        output = _output(targets.keypoints + shift)
        output.score_logits.requires_grad_()
        keypoint_loss(output, targets, CENTERS, config).backward()  # type: ignore[no-untyped-call]
        assert output.score_logits.grad is not None
        pulls.append(output.score_logits.grad.mean().item())
    assert pulls[0] < pulls[1] < pulls[2]


def test_points_outside_of_the_crop_do_not_break_the_loss() -> None:
    targets = _targets()
    targets.keypoints[:, :10] += 500
    loss = keypoint_loss(_output(torch.full((2, 68, 2), 24.0)), targets, CENTERS, LossConfig())
    assert torch.isfinite(loss)


def test_twins_may_be_wrong_but_not_apart() -> None:
    targets = replace(_targets(4), twins=1)
    config = replace(_points_only(), steady=2.0)
    shared = _output(targets.keypoints + 1.0)
    alone = keypoint_loss(shared, replace(targets, twins=0), CENTERS, config)
    assert keypoint_loss(shared, targets, CENTERS, config).item() == pytest.approx(alone.item(), abs=2e-3)
    apart = targets.keypoints + 1.0
    apart[1] -= 2.0
    # Two of four faces are twins, sqrt(8) pixels apart of 20 between the eyes.
    more = keypoint_loss(_output(apart), targets, CENTERS, config).item() - alone.item()
    assert more == pytest.approx(2.0 * 8**0.5 / 20 / 4, rel=0.02)


def test_twins_are_compared_in_one_of_their_mirrors() -> None:
    targets = replace(_targets(4), twins=2, mirrored=torch.tensor([True, False]))
    config = replace(_points_only(), steady=2.0)
    # As wrong in its mirror: to the left, by another amount for each point, and mirrored points change places.
    wrong = torch.rand(68, 2)
    found = targets.keypoints.clone()
    found[0] += wrong
    found[1] += (wrong * torch.tensor([-1.0, 1.0]))[list(MIRROR)]
    loss = keypoint_loss(_output(found), targets, CENTERS, config)
    alone = keypoint_loss(_output(found), replace(targets, twins=0), CENTERS, config)
    assert loss.item() == pytest.approx(alone.item(), abs=4e-3)
    straight = keypoint_loss(_output(found), replace(targets, mirrored=None), CENTERS, config)
    assert straight.item() > loss.item() + 0.005


def test_points_that_are_not_labelled_teach_nothing() -> None:
    """Whatever stands for them, the loss is that of the labelled points, and pulls at no other."""
    targets = _targets()
    labelled = torch.ones(2, 68, dtype=torch.bool)
    labelled[:, 48:] = False
    losses = []
    for moved in (0.0, 3.0):
        wanted = targets.keypoints.clone()
        wanted[:, 48:] += moved
        found = (targets.keypoints + 2).requires_grad_()
        loss = keypoint_loss(
            _output(found), replace(targets, keypoints=wanted, labelled=labelled), CENTERS, LossConfig()
        )
        loss.backward()  # type: ignore[no-untyped-call]
        assert found.grad is not None and not found.grad[:, 48:].any() and found.grad[:, :48].all()
        losses.append(loss.item())
    assert losses[0] == losses[1]


def test_with_all_points_labelled_the_mask_changes_nothing() -> None:
    targets = _targets()
    output = _output(targets.keypoints + 2)
    masked = replace(targets, labelled=torch.ones(2, 68, dtype=torch.bool))
    plain, same = (keypoint_loss(output, wanted, CENTERS, LossConfig()).item() for wanted in (targets, masked))
    assert plain == pytest.approx(same, rel=1e-6)
