"""Draws the README's pictures again: `python -m docs.make_pictures`; or one of them: `... portrait`.

`curve` and `baseline` need what training leaves in `runs`, and are drawn where that is there. The face is that of
matplotlib's public-domain portrait of Grace Hopper.
"""

import csv
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from assets import DEFAULT_WEIGHTS
from model.arrays import Image
from model.finder import open_finder
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings
from realtime.control.state import CATEGORIES, DeviceEntry, DeviceMenu
from realtime.face_view import Viewer
from realtime.filters.authoring.portrait import portrait
from realtime.filters.authoring.tools import gallery, list_filters, sheet_of
from realtime.filters.filter import LayeredFilter, LayerUse
from realtime.filters.layers.keypoints import Keypoints
from realtime.filters.stack import FilterStack
from realtime.frame import Frame, Output
from realtime.live.panel import FilterPreview
from realtime.sinks.window.pointer import Pointer
from realtime.sinks.window.window import WindowSink

HERE = Path(__file__).resolve().parent
CURVES = HERE.parent / "runs" / "default" / "curves.csv"
BASELINE = HERE.parent / "runs" / "baseline"
GALLERY_HEAD = """# All filters

Wear one with `python -m realtime --filter tiger`; repeat `--filter` to wear several. Here every filter shows as if
its condition were met: fire comes out although the mouth is closed. `python -m realtime filters gallery OUT.png` draws
such a picture with your own packs included. The portrait is the public-domain one of Grace Hopper that comes with
matplotlib.
"""
LOOKS = ((True, ()), (False, ("sunglasses",)), (False, ("tiger",)), (False, ("top-hat", "moustache")))


def portrait_picture() -> None:
    """`portrait.jpg`: one face, four looks."""
    tiles = []
    for keypoints, names in LOOKS:
        base_bgr, face = portrait(150.0, (400, 480), (0.5, 0.52))
        canvas_bgr = base_bgr.copy()
        FilterStack(Controls(filters=list(names), show_keypoints=keypoints)).apply(canvas_bgr, [face], 0.0)
        tiles.append(canvas_bgr)
    cv2.imwrite(str(HERE / "portrait.jpg"), np.hstack(tiles), [cv2.IMWRITE_JPEG_QUALITY, 90])


def filters_picture() -> None:
    """`filters.jpg`: all filters."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "gallery.png"
        gallery(sheet, columns=8, overwrite=True)
        picture = cv2.imread(str(sheet))
    assert picture is not None
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / "filters.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 88])


def gallery_page() -> None:
    """`gallery.md` and its pictures, one a category: each filter on the portrait."""
    parts = [GALLERY_HEAD]
    for category in CATEGORIES:
        rows = [row for row in list_filters() if row.category == category]
        picture = f"gallery-{category.replace(' ', '-')}.jpg"
        sheet = cv2.resize(
            sheet_of([row.name for row in rows], columns=4), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA
        )
        cv2.imwrite(str(HERE / picture), sheet, [cv2.IMWRITE_JPEG_QUALITY, 86])
        about = "\n".join(f"| `{row.name}` | {row.manifest.description} |" for row in rows if row.manifest)
        title = category.capitalize()
        parts.append(f"## {title}\n![{title}]({picture})\n\n| filter | what it does |\n|---|---|\n{about}\n")
    (HERE / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


class _Screen:
    """A window system that keeps the last picture, with the mouse at one place."""

    scale = 1.0

    def __init__(self, size_wh: tuple[int, int], keys: list[str]) -> None:
        self.size_wh, self.keys = size_wh, keys
        self.shown = np.zeros((1, 1, 3), np.uint8)

    def open(self, title: str, frame_wh: tuple[int, int]) -> None:
        """Nothing to open."""

    def show(self, picture_bgr: Image) -> None:
        self.shown = picture_bgr

    def key(self) -> str:
        return self.keys.pop(0) if self.keys else ""

    def pointers(self) -> list[Pointer]:
        return [Pointer("move", 440, 655)]

    def wait(self, seconds: float) -> None:
        """Nobody does anything."""

    def area_wh(self) -> tuple[int, int]:
        return self.size_wh

    def visible(self) -> bool:
        return True

    def set_fullscreen(self, on: bool) -> None:
        """Nothing to fill."""

    def close(self) -> None:
        """Nothing to close."""


def window_picture() -> None:
    """`window.jpg`: the window with its mouse bar and a page of filters."""
    size_wh = (1280, 720)
    base_bgr, face = portrait(150.0, size_wh, (0.38, 0.43))
    controls = Controls(["sunglasses"])
    stack, time_s = FilterStack(controls), 0.0
    panel = _panel_of(stack, controls, lambda: time_s)
    screen = _Screen(size_wh, ["tab"])
    sink = WindowSink(panel, preview=FilterPreview(None), gui=screen)
    for index in range(40):
        time_s = index * 0.1
        screen.keys = ["page up"] * 9 if index == 2 else screen.keys
        canvas_bgr = base_bgr.copy()
        views = Viewer().views([face], size_wh, time_s)
        stack.draw(canvas_bgr, views, time_s)
        output = Output(Frame(base_bgr, index, time_s), Frame(canvas_bgr, index, time_s), [face], views)
        panel.write(output)
        sink.write(output)
    sink.close()
    cv2.imwrite(str(HERE / "window.jpg"), screen.shown, [cv2.IMWRITE_JPEG_QUALITY, 88])


def _panel_of(stack: FilterStack, controls: Controls, clock: Callable[[], float]) -> ControlPanel:
    camera = DeviceMenu((DeviceEntry("0", "Integrated Camera"),), "0", "Integrated Camera")
    return ControlPanel(
        controls, Surroundings(tuple(stack.catalogue), camera=_Camera(camera), clock=clock), ["crown", "tiger"]
    )


class _Camera:
    """A camera that is only named."""

    def __init__(self, menu: DeviceMenu) -> None:
        self.menu = menu

    def refresh(self) -> None:
        """Nothing to find."""

    def choose(self, key: str) -> None:
        """Nothing to change."""


def architecture_picture() -> None:
    """`architecture.png`, from the drawing beside it, in the typeface that matplotlib brings."""
    import resvg_py  # a development tool, like assets.render's

    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    fonts = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    png = resvg_py.svg_to_bytes(svg_path=str(HERE / "architecture.svg"), skip_system_fonts=True, font_dirs=[str(fonts)])
    (HERE / "architecture.png").write_bytes(bytes(png))


def curve_picture(curves: Path = CURVES, target: Path = HERE / "curve.png", *, zoomed: bool = True) -> None:
    """`curve.png`: the loss, and the error on people not trained on, over the epochs of the run that shipped."""
    with curves.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measured = [row for row in rows if row["val_nme"]]
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    losses = [float(row["loss"]) for row in rows]
    axes.plot([int(row["epoch"]) for row in rows], losses, color="#3b6fb5")
    axes.set(xlabel="epoch", ylim=_zoomed(losses) if zoomed else (0, None))
    axes.set_ylabel("training loss", color="#3b6fb5")
    other = axes.twinx()
    errors = [100 * float(row["val_nme"]) for row in measured]
    other.plot([int(row["epoch"]) for row in measured], errors, ".-", color="#c0561c")
    other.set_ylabel("NME on held-out people, %", color="#c0561c")
    if errors:
        other.set_ylim(_zoomed(errors) if zoomed else (0, None))
    figure.savefig(target, dpi=110)


def _zoomed(values: list[float]) -> tuple[float, float]:
    """Limits of an axis; the first epochs' values would leave the rest a flat line."""
    return 0.95 * min(values), min(1.05 * max(values), 1.5 * min(values))


def baseline_picture(run: Path = BASELINE) -> None:
    """`baseline.jpg`: the baseline's curve, and its points on the portrait beside those of the weights that ship."""
    tiles = []
    for weights in (run / "keypoints.onnx", DEFAULT_WEIGHTS):
        base_bgr, _ = portrait(150.0, (340, 396), (0.5, 0.52))
        canvas_bgr = base_bgr.copy()
        faces = open_finder(weights).find(base_bgr)[:1]
        views = Viewer().views(faces, (base_bgr.shape[1], base_bgr.shape[0]), 0.0)
        LayeredFilter((LayerUse(Keypoints()),)).draw(canvas_bgr, views, 0.0)
        tiles.append(canvas_bgr)
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "curve.png"
        curve_picture(run / "curves.csv", drawn, zoomed=False)
        curve_bgr = cv2.imread(str(drawn))
    assert curve_bgr is not None
    cv2.imwrite(str(HERE / "baseline.jpg"), np.hstack([curve_bgr, *tiles]), [cv2.IMWRITE_JPEG_QUALITY, 88])


PICTURES = {
    "portrait": portrait_picture,
    "filters": filters_picture,
    "gallery": gallery_page,
    "window": window_picture,
    "architecture": architecture_picture,
    "curve": curve_picture,
    "baseline": baseline_picture,
}
LEFT_BY_TRAINING = {"curve": CURVES, "baseline": BASELINE / "curves.csv"}


def main(names: list[str]) -> None:
    """Draw the pictures called `names`, or all that can be drawn here."""
    for name in names or PICTURES:
        if names or name not in LEFT_BY_TRAINING or LEFT_BY_TRAINING[name].is_file():
            PICTURES[name]()
            print(f"drew {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
