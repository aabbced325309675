"""What sinks are given in tests, and a window system that only remembers."""

from collections.abc import Sequence

import numpy as np

from model.arrays import Image
from model.face import Face
from model.geometry import bounding_box
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings
from realtime.control.state import FilterEntry
from realtime.face_view import Viewer
from realtime.frame import Frame, Output
from realtime.sinks.window.overlay.thumbnails import Preview
from realtime.sinks.window.pointer import Pointer
from realtime.sinks.window.window import WindowSink
from tests.fakes import four_colours


def face(face_id: int = 0, shift_px: float = 0.0) -> Face:
    """A face whose point i lies at (i + shift, 2 i)."""
    index = np.arange(68, dtype=np.float32)
    points = np.column_stack([index + np.float32(shift_px), 2 * index]).astype(np.float32)
    return Face(points, 0.875, face_id, bounding_box(points))


def output(
    index: int = 0, time_s: float | None = None, size_wh: tuple[int, int] = (64, 48), faces: Sequence[Face] = ()
) -> Output:
    """A four-colour frame numbered 8 x index, and its annotated twin with a black corner; 30 frames a second."""
    time_s = index / 30 if time_s is None else time_s
    original_bgr = four_colours(size_wh, 8 * index)
    annotated_bgr = original_bgr.copy()
    annotated_bgr[:8, :8] = 0
    views = Viewer().views(faces, size_wh, time_s)
    return Output(Frame(original_bgr, index, time_s), Frame(annotated_bgr, index, time_s), faces, views)


class FakeGui:
    """A window system without a screen: shows into a list, its keys pressed by the test, its clock set by the test."""

    def __init__(self, area_wh: tuple[int, int] | None = None) -> None:
        self.shown: list[Image] = []
        self.keys: list[str] = []
        self.pointed: list[Pointer] = []
        self.scale = 1.0
        self.waited_s = 0.0
        self.area: tuple[int, int] | None = area_wh
        self.time_s = 100.0
        self.is_visible = True
        self.is_fullscreen = False
        self.opened: list[tuple[int, int]] = []
        self.closed = 0

    def open(self, title: str, frame_wh: tuple[int, int]) -> None:
        self.opened.append(frame_wh)
        self.area = self.area or frame_wh

    def show(self, picture_bgr: Image) -> None:
        self.shown.append(picture_bgr.copy())

    def key(self) -> str:
        return self.keys.pop(0) if self.keys else ""

    def pointers(self) -> list[Pointer]:
        pointed, self.pointed = self.pointed, []
        return pointed

    def click(self, x: int, y: int) -> None:
        """Have the mouse pressed and let go there."""
        self.pointed += [Pointer("move", x, y), Pointer("press", x, y), Pointer("release", x, y)]

    def wait(self, seconds: float) -> None:
        self.waited_s += seconds

    def area_wh(self) -> tuple[int, int] | None:
        return self.area

    def visible(self) -> bool:
        return self.is_visible

    def set_fullscreen(self, on: bool) -> None:
        self.is_fullscreen = on

    def close(self) -> None:
        self.closed += 1


def panel_of(
    controls: Controls, names: Sequence[str] = (), gui: FakeGui | None = None, still: bool = False
) -> ControlPanel:
    """A control panel with filters of these names, on the window system's clock if there is one."""
    catalogue = tuple(map(FilterEntry, names))
    around = Surroundings(catalogue, clock=lambda: gui.time_s, still=still) if gui else Surroundings(catalogue)
    return ControlPanel(controls, around)


class Windowed:
    """A window sink behind its control panel, on a window system that only remembers."""

    def __init__(
        self,
        controls: Controls | None = None,
        names: Sequence[str] = (),
        preview: Preview | None = None,
        size_wh: tuple[int, int] = (640, 480),
        first_run: bool = False,
        still: bool = False,
    ) -> None:
        self.controls = controls or Controls()
        self.gui = FakeGui()
        self.panel = panel_of(self.controls, names, self.gui, still)
        self.sink = WindowSink(self.panel, preview=preview, first_run=first_run, gui=self.gui)
        self.size_wh = size_wh

    def write(self, *keys: str, time_s: float | None = None, given: Output | None = None) -> Image:
        """Show one frame at that time, the keys pressed while it is shown; what was shown."""
        if time_s is not None:
            self.gui.time_s = time_s
        given = given or output(size_wh=self.size_wh, faces=[face()])
        self.gui.keys = list(keys)
        self.panel.write(given)
        self.sink.write(given)
        return self.gui.shown[-1]

    def changes(self, time_s: float, *keys: str, faces: Sequence[Face] | None = None) -> bool:
        """Whether the picture shown at that time has something over it; then the keys are pressed."""
        given = output(size_wh=self.size_wh, faces=[face()] if faces is None else faces)
        shown = self.write(*keys, time_s=time_s, given=given)
        return not np.array_equal(shown, output(size_wh=self.size_wh).annotated.pixels_bgr)
