"""The course of a training run as a picture."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from train.evaluation.plots import new_figure, save_figure


def draw_curves(curves_csv: Path, measure: str = "NME") -> Path:
    """Draw `curves.csv` of a run, and write it beside as a PNG of the same name.

    Args:
        curves_csv: of the run.
        measure: what its error is, in words.

    Raises:
        OutputError: the picture cannot be written.
    """
    return save_figure(curve_figure(pd.read_csv(curves_csv), measure), curves_csv.with_suffix(".png"))


def curve_figure(curves: pd.DataFrame, measure: str = "NME") -> Figure:
    """Training loss on a logarithmic scale, and the error on held-out people where it was measured.

    Args:
        curves: a row for each epoch, with the columns `train.outputs.CURVE_COLUMNS`.
        measure: what the error is, in words.
    """
    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    lines = axes.plot(curves["epoch"], curves["loss"], color="tab:blue", label="training loss")
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    measured = curves.dropna(subset=["val_nme"])
    if len(measured):
        other = axes.twinx()
        lines += other.plot(
            measured["epoch"], 100 * measured["val_nme"], "o-", color="tab:orange", label=f"{measure}, held-out people"
        )
        other.set(ylabel=f"{measure} on held-out people, %")
    # Above the axes, where it covers no curve.
    figure.legend(handles=lines, loc="outside upper center", ncols=2, frameon=False)
    return figure
