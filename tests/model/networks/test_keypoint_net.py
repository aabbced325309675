"""The network: where its points lie, what it is blind to, and that bad shapes are refused."""

import numpy as np
import pytest
import torch

from model.networks.baseline_net import BaselineNet, keypoints_from_output
from model.networks.keypoint_net import KeypointNet, NetSpec, standardize

SMALL = NetSpec(size_px=48, widths=(8, 8, 16, 16), blocks=(1, 1, 1), decoder=16, map_stride=4)
SMALL_OFFSETS = NetSpec(size_px=48, widths=(8, 8, 16, 16), blocks=(0, 1, 1), decoder=16, map_stride=8, offsets=True)


def _random_crops(size_px: int, count: int = 2) -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (count, 1, size_px, size_px), np.uint8))


@pytest.mark.parametrize("spec", [SMALL, SMALL_OFFSETS, NetSpec()])
def test_gives_points_scores_and_maps_of_the_promised_shapes(spec: NetSpec) -> None:
    net = KeypointNet(spec).eval()
    output = net(_random_crops(spec.size_px))
    cells = spec.size_px // spec.map_stride
    assert output.keypoints.shape == (2, 68, 2) and output.keypoints.dtype == torch.float32
    assert output.score_logits.shape == (2,)
    assert output.map_logits.shape == (2, 68, cells, cells)
    assert net.centers.shape == (cells,)


@pytest.mark.parametrize("spec", [SMALL, SMALL_OFFSETS])
def test_a_map_with_one_hot_cell_puts_its_point_on_the_cells_centre(spec: NetSpec) -> None:
    net = KeypointNet(spec)
    net.offsets = None
    cells = spec.size_px // spec.map_stride
    logits, features = torch.zeros(1, 68, cells, cells), torch.zeros(1, 16, cells, cells)
    logits[0, :, 1, 4] = 100.0
    keypoints, spread = net._read_out(logits, features)
    # Pixels 0..s-1 of the first cell centre on (s - 1) / 2; x is the column, y the row.
    expected = [4 * spec.map_stride + (spec.map_stride - 1) / 2, spec.map_stride + (spec.map_stride - 1) / 2]
    np.testing.assert_allclose(keypoints[0].detach().numpy(), np.tile(expected, (68, 1)), atol=1e-3)
    flat, _ = net._read_out(torch.zeros(1, 68, cells, cells), features)
    np.testing.assert_allclose(flat[0].detach().numpy(), (spec.size_px - 1) / 2, atol=1e-3)
    _, flat_spread = net._read_out(torch.zeros(1, 68, cells, cells), features)
    assert (flat_spread > spread).all()


def test_offsets_move_points_within_their_cell() -> None:
    net = KeypointNet(SMALL_OFFSETS)
    cells = SMALL_OFFSETS.size_px // SMALL_OFFSETS.map_stride
    logits = torch.zeros(1, 68, cells, cells)
    logits[0, :, 2, 3] = 100.0
    # The cell's features are of one kind; what they mean for each point stands in the weights.
    features = torch.zeros(1, 16, cells, cells)
    features[0, 4, 2, 3] = 1.0
    assert net.offsets is not None
    with torch.no_grad():
        net.offsets.weight.zero_()
        net.offsets.bias.zero_()
        still, _ = net._read_out(logits, features)
        net.offsets.weight[5, 0, 4] = 0.25
        net.offsets.weight[7, 1, 4] = -0.5
        moved, _ = net._read_out(logits, features)
    difference = (moved - still)[0].numpy()
    np.testing.assert_allclose(difference[5], [2.0, 0.0], atol=1e-3)
    np.testing.assert_allclose(difference[7], [0.0, -4.0], atol=1e-3)
    assert np.abs(np.delete(difference, [5, 7], axis=0)).max() < 1e-3


def test_offsets_are_the_mean_of_those_of_the_cells() -> None:
    net = KeypointNet(SMALL_OFFSETS)
    cells = SMALL_OFFSETS.size_px // SMALL_OFFSETS.map_stride
    logits, features = torch.randn(2, 68, cells, cells), torch.randn(2, 16, cells, cells)
    assert net.offsets is not None
    with torch.no_grad():
        found, _ = net._read_out(logits, features)
        net.offsets.weight, net.offsets.bias, weight, bias = (
            torch.nn.Parameter(torch.zeros_like(net.offsets.weight)),
            torch.nn.Parameter(torch.zeros_like(net.offsets.bias)),
            net.offsets.weight,
            net.offsets.bias,
        )
        still, _ = net._read_out(logits, features)
        each = torch.einsum("nchw,kjc->nkjhw", features, weight) + bias.reshape(1, 68, 2, 1, 1)
        share = logits.flatten(2).softmax(-1).reshape(logits.shape)
        wanted = (each * share[:, :, None]).sum(dim=(3, 4)) * SMALL_OFFSETS.map_stride
    torch.testing.assert_close(found - still, wanted, atol=1e-4, rtol=1e-4)


def test_half_precision_does_not_round_places() -> None:
    net = KeypointNet(SMALL_OFFSETS).eval()
    crops = _random_crops(48, 8)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        keypoints = net(crops).keypoints
    assert keypoints.dtype == torch.float32
    assert not torch.equal(keypoints, keypoints.bfloat16().float())
    with torch.no_grad():
        net.offsets = None
        with torch.autocast("cpu", torch.bfloat16):
            keypoints = net(crops).keypoints
    assert not torch.equal(keypoints, keypoints.bfloat16().float()), "a quarter of a pixel would be all that is told"


def test_light_and_contrast_hardly_change_the_standardized_crop() -> None:
    crops = _random_crops(32).float()
    bright, dim = standardize(crops), standardize(crops * 0.25 + 10)
    assert (bright - dim).abs().max() < 0.02
    assert standardize(torch.full((1, 1, 32, 32), 77, dtype=torch.uint8)).abs().max() == 0


def test_uint8_and_float_crops_mean_the_same() -> None:
    net = KeypointNet(SMALL).eval()
    crops = _random_crops(48)
    torch.testing.assert_close(net(crops).keypoints, net(crops.float()).keypoints)


@pytest.mark.parametrize("bad", [{"size_px": 100}, {"map_stride": 2}])
def test_shapes_that_do_not_fit_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        NetSpec(**bad)  # type: ignore[arg-type]


def test_the_baseline_says_points_in_the_seeds_convention() -> None:
    output = BaselineNet().eval()(torch.zeros(2, 1, 224, 224))
    assert output.shape == (2, 136)
    points = keypoints_from_output(torch.tensor([[1.0, -2.0] + [0.0] * 134]))
    assert points.shape == (1, 68, 2)
    assert points[0, 0].tolist() == [150.0, 0.0] and points[0, 1].tolist() == [100.0, 100.0]
