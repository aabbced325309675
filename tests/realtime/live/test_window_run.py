"""A run with a window: what the user does there, from the assembly to the files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.control.actions import Action
from realtime.control.panel import ControlPanel
from realtime.control.settings import load_settings
from realtime.control.state import State
from realtime.errors import SourceError
from realtime.frame import Frame, Output
from realtime.live.app import run_live
from realtime.live.config import LiveConfig
from realtime.live.devices import Devices
from realtime.sinks.window.window import WindowSink
from realtime.sources.base import Source, SourceInfo
from realtime.sources.live.camera_list import CameraListing
from tests.fakes import four_colours
from tests.realtime.sinks.outputs import FakeGui
from tests.realtime.sinks.screens import wait_for


class Camera(Source):
    """Pictures of one brightness, 30 a second by their own clock."""

    def __init__(self, number: int | None, size_wh: tuple[int, int] = (64, 48)) -> None:
        self.number, self.size_wh = number, size_wh

    @property
    def info(self) -> SourceInfo:
        name = "demo" if self.number is None else f"camera {self.number} ({self.size_wh[0]}x{self.size_wh[1]})"
        return SourceInfo(name, self.size_wh, 30, live=False)

    def frames(self) -> Iterator[Frame]:
        for index in range(10_000):
            yield Frame(four_colours(self.size_wh, 100 * (self.number or 0)), index, index / 30)

    def close(self) -> None:
        pass


class Script:
    """Stands in for the window's user: does one step a frame; a step that returns False is tried again."""

    def __init__(self, *steps: Callable[[ControlPanel], bool | None]) -> None:
        self.steps = list(steps)
        self.states: list[State] = []
        self.first_run: bool | None = None

    def window(self, panel: ControlPanel, *, first_run: bool, **options: object) -> WindowSink:
        self.first_run = first_run
        script = self

        class Acting(WindowSink):
            def write(self, output: Output) -> None:
                super().write(output)
                script.states.append(panel.state)
                if script.steps and script.steps[0](panel) is not False:
                    script.steps.pop(0)

        return Acting(panel, gui=FakeGui())


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("realtime.control.settings.settings_path", lambda: tmp_path / "settings.json")
    monkeypatch.setattr("realtime.live.front_ends.settings_path", lambda: tmp_path / "settings.json")


def run(script: Script, folder: Path, cameras: list[int], **options: object) -> None:
    """Run with the cameras that can be opened."""

    def opener(where: str | None, camera: int | None, *rest: object) -> Source:
        if where is None and (len(script.states) == 0 or camera not in cameras):
            raise SourceError(f"cannot open camera {camera}: it is not there")
        return Camera(None) if where else Camera(camera, (96, 64))

    devices = Devices(
        open_source=opener,
        list_cameras=lambda: [CameraListing(number, f"Cam {number}") for number in cameras],
        no_display=lambda: None,
        window=script.window,
    )
    run_live(LiveConfig(output_dir=folder / "saved", sounds=False, **options), devices)  # type: ignore[arg-type]


def do(action: Action, value: str = "") -> Callable[[ControlPanel], None]:
    return lambda panel: panel.act(action, value)


def test_a_recording_goes_on_when_the_camera_is_changed(tmp_path: Path) -> None:
    def listed(panel: ControlPanel) -> bool:
        return len(panel.state.cameras.entries) == 2

    def changed(panel: ControlPanel) -> bool:
        return panel.state.source.startswith("camera 2")

    script = Script(
        do(Action.RECORD),
        *[lambda panel: None] * 5,
        do(Action.CAMERAS),
        listed,
        do(Action.CAMERA, "2"),
        changed,
        *[lambda panel: None] * 10,
        do(Action.RECORD),
        lambda panel: bool(panel.state.recent),
        do(Action.SNAPSHOT),
        lambda panel: len(panel.state.recent) == 2,
        do(Action.FAVOURITE, "crown"),
        do(Action.QUIT),
    )
    run(script, tmp_path, [2])
    assert script.first_run
    assert script.states[1].stand_in == "No camera found: demo"
    assert script.states[-1].stand_in == ""
    (video,) = (tmp_path / "saved").glob("recording-*.mp4")
    assert len(list((tmp_path / "saved").glob("snapshot-*.png"))) == 2
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    middles = [int(frame.to_ndarray(format="gray")[24, 32]) for frame in frames]
    assert middles[0] < 30 and middles[-1] > 150, "both cameras are in it"
    assert {(frame.width, frame.height) for frame in frames} == {(64, 48)}
    assert np.all(np.diff([float(frame.time or 0) for frame in frames]) > 0)
    assert load_settings().favourites == ("crown",)
    again = Script(do(Action.QUIT))
    run(again, tmp_path, [2])
    assert not again.first_run
    assert again.states[0].catalogue[0].name == "crown"


def test_a_camera_that_cannot_be_opened_is_said_and_the_picture_goes_on(tmp_path: Path) -> None:
    available = [2]

    def unplug(panel: ControlPanel) -> bool:
        if len(panel.state.cameras.entries) < 2:
            return False
        available.clear()
        panel.act(Action.CAMERA, "2")
        wait_for(lambda: not panel.state.cameras.busy or not _busy(panel), "the opening")
        return True

    def said(panel: ControlPanel) -> bool:
        return any("cannot open camera 2" in message.text for message in panel.state.messages)

    script = Script(do(Action.CAMERAS), unplug, said, do(Action.QUIT))
    run(script, tmp_path, available)
    assert script.states[-1].source == "demo"
    assert not (tmp_path / "saved").exists()


def _busy(panel: ControlPanel) -> bool:
    camera = panel._around.camera
    return camera is not None and camera.menu.busy


def test_files_have_no_camera_menu_and_quiet_means_no_countdown(tmp_path: Path) -> None:
    script = Script(do(Action.CAMERAS), do(Action.QUIT))
    run(script, tmp_path, [], source="clip.mp4", countdown_s=0)
    assert not {Action.CAMERAS, Action.CAMERA, Action.MICROPHONE} & script.states[0].available
    assert (script.states[0].countdown_s, script.states[0].sounds) == (0, False)
