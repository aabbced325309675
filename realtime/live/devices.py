"""The machine that a run meets: its cameras, microphones and display."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from realtime.audio.microphone import Microphone
from realtime.audio.portaudio import MicrophoneListing, list_microphones, open_microphone
from realtime.audio.switchable import SwitchableMicrophone
from realtime.control.controls import Controls
from realtime.control.settings import Settings
from realtime.errors import SourceError
from realtime.live.config import LiveConfig
from realtime.sinks.recording.formats import format_of
from realtime.sinks.window.display import display_available
from realtime.sinks.window.window import WindowSink
from realtime.sources.base import Source
from realtime.sources.live.camera_list import CameraListing, list_cameras
from realtime.sources.live.switchable import DEMO, SwitchableSource
from realtime.sources.open import open_source

Say = Callable[[str], None]
"""Prints one line for the user."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What a run opens on this machine; tests give devices of their own.

    Attributes:
        open_source: see `realtime.sources.open`.
        open_microphone, list_microphones: see `realtime.audio.portaudio`.
        list_cameras: see `realtime.sources.live.camera_list`.
        no_display: why no window can be shown; None where one can.
        window: makes the window.
    """

    open_source: Callable[..., Source] = open_source
    open_microphone: Callable[[str], Microphone] = open_microphone
    list_microphones: Callable[[], Sequence[MicrophoneListing]] = list_microphones
    list_cameras: Callable[[], Sequence[CameraListing]] = list_cameras
    no_display: Callable[[], str | None] = display_available
    window: Callable[..., WindowSink] = WindowSink


def choose_source(
    config: LiveConfig, settings: Settings, devices: Devices, *, paced: bool, say: Say
) -> tuple[Source, bool]:
    """Open the source, and say whether it is the demo that stands in for a missing camera.

    Args:
        config: what was asked for.
        settings: the last camera and size.
        devices: this machine.
        paced: play files at their own speed, as a window needs.
        say: reports a camera that cannot be opened.

    Raises:
        SourceError: the source that was asked for cannot be opened.
    """
    if config.source_chosen:
        where, wishes = (config.source, config.camera), (config.size_wh, config.fps, paced)
        return devices.open_source(*where, *wishes, config.max_megapixels), False
    for camera in dict.fromkeys((settings.camera or 0, 0)):
        try:
            return devices.open_source(None, camera, config.size_wh or settings.size_wh, config.fps, paced), False
        except SourceError as error:
            say(str(error))
    say("playing the built-in demo instead")
    return devices.open_source("demo", None, config.size_wh, config.fps, paced), True


def choose_microphone(
    config: LiveConfig, source: Source, target: Path, devices: Devices, say: Say
) -> Microphone | None:
    """Open the microphone that recordings hear; None, with one line to say why, where there is none to hear."""
    if config.microphone is None:
        return None
    if not source.info.live:
        say("recording without sound: a microphone goes with a camera or stream, not with a file")
        return None
    try:
        if format_of(target).sound_codec is None:
            say(f"recording without sound: {target.suffix} files have none; record to .mp4, .mkv or .webm")
            return None
        microphone = devices.open_microphone(config.microphone)
    except SourceError as error:
        say(f"{error} (recording without sound)")
        return None
    say(f"sound: {microphone.name}")
    return microphone


def switchable_source(
    config: LiveConfig, settings: Settings, source: Source, devices: Devices, controls: Controls
) -> SwitchableSource:
    """The source, and the means to exchange it for another camera while the run goes on."""

    def opened(camera: int | None) -> Source:
        where = DEMO if camera is None else None
        return devices.open_source(where, camera, config.size_wh or settings.size_wh, config.fps, True)

    def switched(new: Source) -> None:
        if config.mirror is None:
            controls.mirror = new.info.live

    def report(line: str) -> None:
        controls.message = line

    numbered = re.match(r"camera (\d+)\b", source.info.name)
    chosen = (numbered[1] if numbered else None) if source.info.live else DEMO
    return SwitchableSource(source, chosen, opened, devices.list_cameras, report, switched)


def switchable_microphone(first: Microphone | None, devices: Devices, controls: Controls) -> SwitchableMicrophone:
    """The microphone, if any, and the means to choose another one while the run goes on."""

    def report(line: str) -> None:
        controls.message = line

    return SwitchableMicrophone(first, devices.open_microphone, devices.list_microphones, report)
