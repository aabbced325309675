"""Measures of how far predicted points lie from the truth, and of how much a score knows of it. numpy only.

Errors are shares, not percentages: 0.04 is an NME of 4 %. A face that was not found has NaN for points. Points that are
not labelled, where `labelled` says so, count nowhere; the truth gives an estimate for them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.geometry import Points
from model.keypoints import REGIONS, eye_distance

FAILURE = 0.10
"""An image whose error is larger has failed; also where the area under the error curve ends."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Errors:
    """Figures over N images.

    Attributes:
        images, detected: how many there were, and how many faces were found.
        nme: mean over the found of the mean point error over the distance of points 36 and 45.
        median: median of the same.
        nme_box: the same with the root of the label box's area as the unit.
        failure_rate_10: share of all images with an error over 0.10; one not found has failed.
        auc_10: area under the curve of the share of all images below each error, from 0 to 0.10, over 0.10.
        regions: region -> nme of its points alone.
    """

    images: int
    detected: int
    nme: float
    median: float
    nme_box: float
    failure_rate_10: float
    auc_10: float
    regions: dict[str, float]


def point_errors(predicted: Points, truth: Points) -> Floats:
    """(N, 68) distances of (N, 68, 2) points, in their unit."""
    result: Floats = np.linalg.norm(np.asarray(predicted, np.float64) - truth, axis=-1)
    return result


def image_errors(predicted: Points, truth: Points, labelled: Mask | None = None) -> Floats:
    """(N,) mean point error of each image over the truth's outer eye corner distance; NaN where not found."""
    result: Floats = _point_means(point_errors(predicted, truth), labelled) / eye_distance(truth)
    return result


def summarize(predicted: Points, truth: Points, labelled: Mask | None = None) -> Errors:
    """All figures of (N, 68, 2) predictions against (N, 68, 2) truth, N > 0; not found is NaN.

    Where nothing was found, the means are NaN.
    """
    distances = point_errors(predicted, truth)
    labelled = np.ones(distances.shape, bool) if labelled is None else labelled
    unit = eye_distance(truth)
    means = _point_means(distances, labelled)
    errors = means / unit
    found = np.isfinite(errors)
    box_unit = np.sqrt(np.ptp(truth, axis=1).prod(axis=-1))
    return Errors(
        images=len(errors),
        detected=int(found.sum()),
        nme=_mean(errors[found]),
        median=float(np.median(errors[found])) if found.any() else float("nan"),
        nme_box=_mean((means / box_unit)[found]),
        failure_rate_10=failure_rate(errors),
        auc_10=area_under_curve(errors),
        regions={
            name: _mean((_point_means(distances[:, points], labelled[:, points]) / unit)[found])
            for name, points in REGIONS.items()
        },
    )


def failure_rate(errors: Floats, limit: float = FAILURE) -> float:
    """Share of (N,) errors over `limit`; NaN counts as over."""
    return float(1 - (errors <= limit).mean())


def area_under_curve(errors: Floats, limit: float = FAILURE) -> float:
    """Area under the cumulative curve of (N,) errors from 0 to `limit`, over `limit`; NaN never enters the curve.

    Exact, without sampling: an error e adds `limit - e` to the area under the step curve.
    """
    return float(np.nan_to_num(np.clip(1 - errors / limit, 0, None), nan=0.0).mean())


def restore_offset(predicted: Points, offset_x: tuple[float, float], offset_y: tuple[float, float]) -> Floats:
    """(N, 68, 2) predictions in the labels' own, biased convention.

    The weights learnt from labels with `a + b * eye distance` pixels taken out along each axis; this puts the same
    back, by the prediction's own eye distance.
    """
    points = np.asarray(predicted, np.float64)
    distance = eye_distance(points)
    shift = np.stack([a + b * distance for a, b in (offset_x, offset_y)], axis=-1)
    return points + shift[:, None, :]


def auroc(positives: Floats, negatives: Floats) -> float:
    """Chance that a positive scores higher than a negative, ties counted half: area under the ROC curve."""
    ranks = _ranks(np.concatenate([positives, negatives]))
    rank_sum = ranks[: len(positives)].sum()
    return float((rank_sum - len(positives) * (len(positives) + 1) / 2) / (len(positives) * len(negatives)))


def spearman(a: Floats, b: Floats) -> float:
    """Rank correlation of two (N,) series; NaN where one of them is constant."""
    rank_a, rank_b = _ranks(a), _ranks(b)
    if np.ptp(rank_a) == 0 or np.ptp(rank_b) == 0:
        return float("nan")
    return float(np.corrcoef(rank_a, rank_b)[0, 1])


def _ranks(values: Floats) -> Floats:
    """(N,) ranks from 1, equal values sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def _point_means(distances: Floats, labelled: Mask | None) -> Floats:
    """(N,) mean over the labelled ones of (N, P) distances; NaN where none is, or where not found."""
    if labelled is None:
        result: Floats = distances.mean(axis=1)
        return result
    count = labelled.sum(axis=1)
    sums = np.where(labelled, distances, 0.0).sum(axis=1)
    means: Floats = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    return means


def _mean(values: Floats) -> float:
    """Mean of those that are numbers."""
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else float("nan")
