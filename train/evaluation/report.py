"""Evaluations as text and as files: tables for the terminal, figures as JSON."""

import json
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.weights.info import WeightsInfo
from train.cli.options import Regions
from train.evaluation.evaluate import Evaluation
from train.evaluation.hand_labels import HandLabelFigures
from train.evaluation.metrics import Errors
from train.evaluation.steadiness import Steadiness
from train.evaluation.stress import SENSOR_NOISE, StressResult
from train.outputs import new_file


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


_WHERE = {
    Regions.LABELS: "the labels' boxes",
    Regions.LIVE: "found on the whole image, as live",
    Regions.HAAR: "found on the whole image by the cascade alone",
}


def describe(evaluation: Evaluation, weights: Path, info: WeightsInfo) -> str:
    """The figures of one evaluation, the plain ones beside those with the labels' bias put back."""
    plain, restored = evaluation.errors, evaluation.errors_restored
    where = _WHERE[evaluation.regions]
    rows = [(name, percent(a), percent(b)) for name, a, b in _rows(plain, restored)]
    return "\n".join(
        [
            f"split      {evaluation.split}",
            f"weights    {weights.name}, recipe {info.recipe}, trained on {_shortened(info.trained_on)}",
            f"regions    {where}",
            f"detected   {plain.detected} of {plain.images}{_others(evaluation)}",
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


def _shortened(trained_on: str) -> str:
    """The beginning, by whole words: weights trained on from others, or the mean of several, have a long history."""
    return textwrap.shorten(trained_on, 100, placeholder=" ...")


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


def write_json(path: Path, figures: dict[str, Any], *, overwrite: bool = True) -> None:
    """Write figures as JSON; what is not a number is null.

    Raises:
        OutputError: the file cannot be written, or exists and is not to be replaced.
    """
    with new_file(path, "the figures", overwrite=overwrite) as half:
        half.write_text(json.dumps(_without_nan(figures), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


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
        f"Hard conditions, the dataset's convention less its bias, {split}:",
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


def _others(evaluation: Evaluation) -> str:
    return "" if evaluation.regions is Regions.LABELS else f", and {evaluation.others} other faces"
