"""Evaluations as text and as files: tables for the terminal, figures as JSON."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.predictor import WeightsInfo
from train.errors import OutputError
from train.evaluate import Evaluation, Regions
from train.metrics import Errors


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
            table(("", "as drawn", "offset restored"), rows),
            "",
            "Errors are over the distance of the outer eye corners, box errors over the root of the label box's area.",
            "Means are over the faces found; a face not found is a failure. 'Offset restored' puts back the labels'",
            f"own bias, which these weights leave out: x {_law(info.label_offset_x)}, y {_law(info.label_offset_y)}.",
        ]
    )


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


def _law(offset: tuple[float, float]) -> str:
    a, b = offset
    return f"{a:+.2f} px {b * 100:+.2f} % of the eye distance"


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
