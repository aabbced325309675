"""The control panel of a run, and what it tells of."""

from collections.abc import Callable, Sequence
from pathlib import Path

from model.arrays import Image
from model.face import Face
from realtime.assembly import Assembly
from realtime.audio.switchable import SwitchableMicrophone
from realtime.control.controls import Controls
from realtime.control.panel import ControlPanel, Surroundings
from realtime.control.settings import Settings, change_settings, filter_folders
from realtime.filters.authoring.portrait import portrait
from realtime.filters.stack import FilterStack
from realtime.live.folders import Folders
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sinks.snapshot import SnapshotSink
from realtime.sources.base import Source
from realtime.sources.live.switchable import SwitchableSource


class FilterPreview:
    """Draws one filter alone, for the pages of filters; each is loaded when it is first asked for.

    Args:
        filters_dir: folder with more packs.
    """

    def __init__(self, filters_dir: Path | None) -> None:
        self._dirs = filter_folders(filters_dir)
        self._stacks: dict[str, FilterStack] = {}

    def __call__(self, name: str, canvas_bgr: Image, faces: Sequence[Face], time_s: float) -> None:
        """Draw the filter called `name` on all faces; raises `FilterError` where its pack is broken."""
        if name not in self._stacks:
            self._stacks[name] = FilterStack(Controls([name], show_keypoints=False), self._dirs)
        self._stacks[name].apply(canvas_bgr, faces, time_s)


def preview_portrait() -> tuple[Image, Face]:
    """What filters are shown on while the user has no face; takes a second."""
    return portrait(80, (400, 400), (0.5, 0.5))


def add_panel(
    stages: Assembly,
    source: Source,
    stand_in: str,
    recorder: RecorderSink | None,
    microphone: SwitchableMicrophone | None,
    folders: Folders,
    settings: Settings,
    say: Callable[[str], None],
) -> ControlPanel:
    """Add snapshots and the control panel, which tells the front ends what all other stages say.

    Args:
        stages: the run.
        source: where its frames come from.
        stand_in: what replaces a missing camera; empty otherwise.
        recorder, microphone: if there are any.
        folders: where pictures go.
        settings: the user's favourites.
        say: prints a line.
    """
    snapshots = stages.add(SnapshotSink(stages.controls, folders.pictures))
    switchable = source if isinstance(source, SwitchableSource) else None
    first = switchable.menu.chosen if switchable else None
    surroundings = Surroundings(
        catalogue=tuple(stages.filters.catalogue),
        source=source.info.name,
        still=source.info.still,
        stand_in=lambda: stand_in if switchable is None or switchable.menu.chosen == first else "",
        hint=stages.filters.hint,
        camera=switchable,
        microphone=microphone,
        can_record=recorder is not None,
        drops=lambda: recorder.drops if recorder else 0,
        recent=lambda: recent_files([*snapshots.paths, *(recorder.finished if recorder else ())]),
        keep_favourites=lambda names: change_settings(say, favourites=tuple(names)),
    )
    return stages.add(ControlPanel(stages.controls, surroundings, settings.favourites))


def recent_files(paths: Sequence[Path]) -> list[Path]:
    """The files, newest first; the names of pictures and recordings carry their time."""
    return sorted(paths, key=lambda path: path.stem.partition("-")[2], reverse=True)
