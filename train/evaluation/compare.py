"""Two weights side by side, image by image on the same images."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.predictor import KeypointPredictor
from train.cli.options import Regions
from train.data.annotations import Annotations
from train.evaluation.evaluate import Evaluation, evaluate
from train.evaluation.metrics import image_errors
from train.evaluation.report import percent, table

_TIMED_RUNS = 60


@dataclass(frozen=True, slots=True)
class Contender:
    """One weights file and what it did.

    Attributes:
        path: the file.
        evaluation: of it.
        ms_per_face: median time of one face through the network alone, one thread.
    """

    path: Path
    evaluation: Evaluation
    ms_per_face: float


def contend(
    path: Path,
    annotations: Annotations,
    regions: Regions,
    split: str,
    *,
    label_offset: bool = True,
    quiet: bool = True,
) -> Contender:
    """Evaluate and time one weights file; see `evaluate`.

    Raises:
        WeightsError, DatasetError, DetectorError: see `evaluate`.
    """
    predictor = KeypointPredictor(path)
    evaluation = evaluate(annotations, predictor, regions, split, label_offset=label_offset, quiet=quiet)
    size = predictor.info.spec.size_px
    crop = np.random.default_rng(0).integers(0, 256, (1, size, size), np.uint8)
    times_s = []
    for _ in range(_TIMED_RUNS):
        start_s = time.perf_counter()
        predictor.predict_crops(crop)
        times_s.append(time.perf_counter() - start_s)
    return Contender(path, evaluation, 1000 * float(np.median(times_s)))


def describe_pair(a: Contender, b: Contender) -> str:
    """The figures of both, in the convention of the labels, and how sure the difference is.

    The last line compares image by image, over those that both found: the mean of the differences and its standard
    error, which is far smaller than that of either figure alone.
    """
    first, second = a.evaluation.compared_errors, b.evaluation.compared_errors
    label_offset = a.evaluation.label_offset
    rows = [
        *([("NME as drawn", percent(a.evaluation.errors.nme), percent(b.evaluation.errors.nme))] * label_offset),
        ("NME", percent(first.nme), percent(second.nme)),
        ("median error", percent(first.median), percent(second.median)),
        ("failures (over 10 %)", percent(first.failure_rate_10), percent(second.failure_rate_10)),
        ("AUC to 10 %", percent(first.auc_10), percent(second.auc_10)),
        *((f"NME, {name}", percent(first.regions[name]), percent(second.regions[name])) for name in first.regions),
        ("detected", str(first.detected), str(second.detected)),
        ("ms a face, network alone", f"{a.ms_per_face:.2f}", f"{b.ms_per_face:.2f}"),
        ("file, MB", *(f"{c.path.stat().st_size / 1e6:.2f}" for c in (a, b))),
    ]
    truth, labelled = a.evaluation.annotations.keypoints_px, a.evaluation.annotations.labelled
    errors_a, errors_b = (image_errors(c.evaluation.compared_px, truth, labelled) for c in (a, b))
    differences = errors_b - errors_a
    differences = differences[np.isfinite(differences)]
    names = (str(a.path), str(b.path)) if a.path.name == b.path.name else (a.path.name, b.path.name)
    lines = [
        f"split      {a.evaluation.split}",
        f"regions    {a.evaluation.regions.value}",
        "",
        table((a.evaluation.convention, *names), rows),
        "",
    ]
    if differences.size > 1:
        error = differences.std(ddof=1) / np.sqrt(differences.size)
        lines.append(
            f"image by image, the second minus the first: {100 * differences.mean():+.3f} % of the eye distance, "
            f"standard error {100 * error:.3f}; the second is better on {(differences < 0).mean():.0%} of "
            f"{differences.size} images"
        )
    else:
        lines.append("image by image: no two images were found by both")
    return "\n".join(lines)
