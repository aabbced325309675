"""The training loss of the default recipe: where the points lie, how sharp the maps are, lids and lips, the score."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from model.keypoints import GROUPS, LID_PAIRS, LIP_PAIRS, MIRROR, NUM_KEYPOINTS
from model.networks.keypoint_net import NetOutput

_EYES = GROUPS["left_eye"] + GROUPS["right_eye"]
_LIPS = GROUPS["outer_lip"] + GROUPS["inner_lip"]


OPENING_PAIRS = (*LID_PAIRS, *LIP_PAIRS, (GROUPS["outer_lip"][3], GROUPS["outer_lip"][9]))
"""(upper, lower) points whose distance tells how far an eye or the mouth is open."""


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights of the loss's parts.

    Attributes:
        maps: cross-entropy of each map to a Gaussian of `map_sigma` cells around its point.
        openings: error of the distances between lids and between lips.
        lips, lids: how much lips and lids count in it; lids once most else is learnt, before that 1.
        lids_after: share of the training before which they do not yet.
        eyes_lips: weight of the eyes' and lips' points, where others have 1.
        steady: error that twins do not share: what noise and a fraction of a pixel change in the points.
        score: cross-entropy of the score to how good the points are, 0 for what is not a face.
        score_scale: NME at which the wanted score has fallen to 1/e.
    """

    maps: float = 0.1
    map_sigma: float = 0.8
    openings: float = 1.0
    lips: float = 1.5
    lids: float = 4.0
    lids_after: float = 0.248
    eyes_lips: float = 1.5
    steady: float = 2.0
    score: float = 0.02
    score_scale: float = 0.15


@dataclass(frozen=True, slots=True)
class Targets:
    """What N crops show: (N, 68, 2) crop pixels, (N,) bool, (N,) crop pixels, pairs of twins at the beginning.

    `labelled` (N, 68) is 1 for the points that are labelled, None where all are; `mirrored` (twins,) is 1 for pairs
    whose second is the mirror image, None where none is.
    """

    keypoints: Tensor
    is_face: Tensor
    eye_distances: Tensor
    twins: int = 0
    labelled: Tensor | None = None
    mirrored: Tensor | None = None


def keypoint_loss(output: NetOutput, targets: Targets, centers: Tensor, config: LossConfig) -> Tensor:
    """Mean loss over a batch, a scalar.

    Args:
        output: of the network.
        targets: what is wanted.
        centers: (cells,) centre of each map cell along an axis, crop pixels.
        config: weights of the parts.
    """
    face = targets.is_face.float()
    faces = face.sum().clamp(min=1)
    size = float(centers[0] + centers[-1])
    inside = ((targets.keypoints >= 0) & (targets.keypoints <= size)).all(dim=-1).float()
    # A point outside of the crop has no cell to be found in; it only pulls towards its border.
    weights = inside + 0.2 * (1 - inside)
    weights = weights * _point_weights(config.eyes_lips, weights.device)
    known = torch.ones_like(inside) if targets.labelled is None else targets.labelled.float()
    # Means over 68 points become means over those that are labelled.
    weights = weights * known * (NUM_KEYPOINTS / known.sum(1, keepdim=True).clamp(min=1))
    wanted = targets.keypoints.clamp(-1, size + 1)
    scale = targets.eye_distances.clamp(min=0.25 * size)[:, None]
    # Nearly the Euclidean distance, the very thing the NME is a mean of, rounded off at half a percent.
    errors = torch.sqrt((output.keypoints - wanted).square().sum(-1) / scale.square() + 2.5e-5)
    points = ((errors * weights).mean(1) * face).sum() / faces
    maps = ((_map_loss(output.map_logits, wanted, centers, config.map_sigma) * weights).mean(1) * face).sum() / faces
    upper, lower = (torch.tensor(side, device=face.device) for side in zip(*OPENING_PAIRS, strict=True))
    gaps = _distance(output.keypoints, upper, lower) - _distance(targets.keypoints, upper, lower)
    is_lid = torch.isin(upper, torch.tensor(_EYES, device=face.device))
    inside = inside * known
    gap_weights = inside[:, upper] * inside[:, lower] * torch.where(is_lid, config.lids, config.lips)
    openings = ((gaps.abs() / scale * gap_weights).mean(1) * face).sum() / faces
    score = _score_loss(output, targets, config)
    loss = points + config.maps * maps + config.openings * openings + config.score * score
    if targets.twins:
        off = (output.keypoints - wanted)[: 2 * targets.twins].unflatten(0, (targets.twins, 2))  # type: ignore[no-untyped-call]
        second = off[:, 1]
        if targets.mirrored is not None:
            back = second[:, list(MIRROR)] * torch.tensor([-1.0, 1.0], device=face.device)
            second = torch.where(targets.mirrored[:, None, None], back, second)
        apart = torch.sqrt((off[:, 0] - second).square().sum(-1) / scale[: 2 * targets.twins : 2].square() + 1e-6)
        loss = loss + config.steady * (apart.mean(1) * face[: 2 * targets.twins : 2]).sum() / faces
    return loss


def _point_weights(eyes_lips: float, device: torch.device) -> Tensor:
    weights = torch.ones(NUM_KEYPOINTS, device=device)
    weights[list(_EYES + _LIPS)] = eyes_lips
    return weights / weights.mean()


def _map_loss(logits: Tensor, keypoints: Tensor, centers: Tensor, sigma_cells: float) -> Tensor:
    """(N, 68) cross-entropy of the maps to Gaussians around the points."""
    sigma = sigma_cells * float(centers[1] - centers[0])
    x, y = (torch.softmax(-0.5 * ((centers - keypoints[..., axis, None]) / sigma).square(), dim=-1) for axis in (0, 1))
    log_p = F.log_softmax(logits.flatten(2), dim=-1).reshape(logits.shape)
    return -torch.einsum("nkhw,nkh,nkw->nk", log_p, y, x)


def _distance(keypoints: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return torch.sqrt((keypoints[:, first] - keypoints[:, second]).square().sum(-1) + 1e-4)


def _score_loss(output: NetOutput, targets: Targets, config: LossConfig) -> Tensor:
    """Cross-entropy of the score to exp(-NME / scale) of the points found, and to 0 where there is no face."""
    with torch.no_grad():
        errors = (output.keypoints - targets.keypoints).square().sum(-1).sqrt()
        if targets.labelled is None:
            errors = errors.mean(1)
        else:
            errors = (errors * targets.labelled).sum(1) / targets.labelled.sum(1).clamp(min=1)
        wanted = torch.exp(-errors / targets.eye_distances.clamp(min=1) / config.score_scale) * targets.is_face
    return F.binary_cross_entropy_with_logits(output.score_logits, wanted)
