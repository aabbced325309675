"""Evaluations as text and as files: tables for the terminal, figures as JSON."""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.weights_info import WeightsInfo
from train.errors import OutputError
from train.evaluation.evaluate import Evaluation
from train.evaluation.hand_labels import HandLabelFigures
from train.evaluation.metrics import Errors
from train.evaluation.steadiness import Steadiness
from train.evaluation.stress import SENSOR_NOISE, StressResult
from train.options import Regions


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their longest cell; the first to the left, the others to the right."""
    widths = [max(len(line[column]) for line in (header, *rows)) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            f"{c:{'<' if i == 0 else '>'}{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join((first, *others)).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def percent(share: float) -> str:
    """`0.0412` -> `4.12 %`; a dash where there is no figure."""
    return "-" if math.isnan(share) else f"{share:.2%}".replace("%", " %")


def describe(evaluation: Evaluation, weights: Path, info: WeightsInfo) -> str:
    """The figures of one evaluation, the plain ones beside those with the labels' bias put back."""
    plain, restored = evaluation.errors, evaluation.errors_restored
    where = "the labels' boxes" if evaluation.regions is Regions.LABELS else "the cascade's boxes on the whole image"
    rows = [(name, percent(a), percent(b)) for name, a, b in _rows(plain, restored)]
    return "\n".join(
        [
            f"split      {evaluation.split}",
            f"weights    {weights.name}, recipe {info.recipe}, trained on {info.trained_on}",
            f"regions    {where}",
            f"detected   {plain.detected} of {plain.images}",
            f"speed      {evaluation.images_per_s:.0f} images/s, reading the files not counted",
            "",
            table(("", "as drawn", "dataset's convention"), rows),
            "",
            table(("the points as drawn", ""), _hand_rows(evaluation.hand)),
            "",
            "Errors are over the distance of the outer eye corners, box errors over the root of the label box's area.",
            "Means are over the faces found; a face not found is a failure. 'Offset out' takes out one fixed offset of",
            "each point, fitted on the other half of the faces. The dataset's convention leaves out the weights' table",
            f"for people's labels{_bias(info) if evaluation.label_offset else ', and adds no bias'}.",
        ]
    )


def _hand_rows(hand: HandLabelFigures) -> list[tuple[str, str]]:
    return [
        ("NME, offset out", percent(hand.offset_out)),
        ("the same without jaw", percent(hand.without_jaw)),
        (f"closed mouths misread, of {hand.closed_mouths}", percent(hand.closed_misread)),
        ("mouth opening, r", f"{hand.mouth_r:.3f}"),
        ("lid opening, r", f"{hand.lids_r:.3f}"),
        *((f"NME, turned {name}, {count} faces", percent(nme)) for name, (count, nme) in hand.by_yaw.items()),
    ]


def _bias(info: WeightsInfo) -> str:
    return f", and adds the labels' bias: x {_law(info.label_offset_x)}, y {_law(info.label_offset_y)}"


def write_json(path: Path, figures: dict[str, Any]) -> None:
    """Write figures as JSON; what is no number is null.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        path.write_text(json.dumps(_without_nan(figures), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write the figures to {path}: {error.strerror}; give a file in a folder you may write to"
        ) from error


def make_folder(path: Path, what: str) -> Path:
    """Make sure that `path` is a folder that can be written to.

    Raises:
        OutputError: it is not.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {what} to {path}: {error.strerror}; give a folder you may write to") from error
    return path


def check_writable(path: Path, what: str) -> None:
    """Make sure before long work that a file can be written at its end.

    Raises:
        OutputError: its folder does not exist or cannot be written to, or it is a folder itself.
    """
    if path.is_dir():
        raise OutputError(f"cannot write {what} to {path}: it is a folder; give a file's name")
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {what} to {path}: the folder {path.parent} does not exist; make it first")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"cannot write {what} to {path}: no permission; give a file in a folder you may write to")


def describe_stress(result: StressResult, split: str) -> str:
    """The tables of hard conditions, of jittered boxes and of the score."""
    conditions = [
        (
            row.name,
            percent(row.nme),
            percent(row.failure_rate_10),
            f"{row.ratio:.2f}",
            "" if index == 0 else f"{row.limit:.2f}",
        )
        for index, row in enumerate(result.conditions)
    ]
    first = next(iter(result.jittered_boxes.values()))
    boxes = [(name, percent(nme), f"{nme / first:.3f}") for name, nme in result.jittered_boxes.items()]
    parts = [
        f"Hard conditions, labels less their bias, {split}:",
        table(("", "NME", "failures", "x unchanged", "at most"), conditions),
        "",
        "Boxes jittered by 5 % in place and 10 % in size (standard deviations):",
        table(("", "NME", "x label box"), boxes),
        "",
    ]
    if result.score is None:
        return "\n".join([*parts, "These weights have no score."])
    kinds = [(kind, str(result.score.crops[kind]), f"{value:.4f}") for kind, value in result.score.auroc.items()]
    return "\n".join(
        [
            *parts,
            "The score, faces against crops without a whole face:",
            table(("", "crops", "AUROC"), kinds),
            f"Rank correlation of score and error (Spearman): {result.score.spearman_plain:.2f} on the images "
            f"as they are, {result.score.spearman_stressed:.2f} over all conditions.",
            f"At the threshold of {result.score.threshold:.2f}, predicted twice as live, "
            f"{percent(result.score.faces_shown)} of the faces are shown; of {_shares(result.score.others_shown)}.",
        ]
    )


def describe_steadiness(found: Steadiness) -> str:
    """One line on how still the points of a still face are."""
    gain_x, gain_y = found.shift_gain
    return (
        f"Steadiness on matplotlib's portrait, unsmoothed: under noise of {SENSOR_NOISE:.0f} grey levels points stray "
        f"{percent(found.noise_rms)} of the eye distance (RMS);\nshifted by fractions of a pixel they move "
        f"{gain_x:.2f} (x) and {gain_y:.2f} (y) times as far, and stray {percent(found.shift_rms)} from that."
    )


def _rows(plain: Errors, restored: Errors) -> list[tuple[str, float, float]]:
    names = {
        "nme": "NME",
        "median": "median error",
        "nme_box": "NME over box size",
        "failure_rate_10": "failures (over 10 %)",
        "auc_10": "AUC to 10 %",
    }
    rows = [(text, getattr(plain, key), getattr(restored, key)) for key, text in names.items()]
    return rows + [(f"NME, {name}", plain.regions[name], restored.regions[name]) for name in plain.regions]


def _shares(shares: dict[str, float]) -> str:
    return ", of ".join(f"{kind} {percent(share)}" for kind, share in shares.items()) or "other crops there were none"


def _law(offset: tuple[float, float]) -> str:
    a, b = offset
    return f"{a:+.2f} px {b * 100:+.2f} % of the eye distance"


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
