"""The sound of one video file beside the picture of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from realtime.errors import SourceError
from realtime.media_file import main_video_stream, open_media

_COPIED = frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "flac", "opus"})
"""What players take from an MP4 file; other sound is encoded anew."""
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000})
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_LEAD_S = 0.1
"""Sound packets that begin so little before the picture stay: a codec's first ones only warm the decoder up."""


class Sound(StrEnum):
    """What became of a file's sound."""

    NONE = "none"
    COPIED = "copied"
    ENCODED = "as AAC"


def add_sound(picture: Path, source: Path, target: Path) -> Sound:
    """Write `picture` with the sound of `source` to `target`, an MP4 file; without sound nothing is written.

    Packets are copied as they are; only sound that MP4 does not carry (PCM, Vorbis and the like) is encoded as AAC.
    Sound keeps its time against the source's first picture, which is at 0 in `picture`; what lies before it is left
    out.

    Raises:
        SourceError: the sound cannot be read.
        OSError: `target` cannot be written.
    """
    with ExitStack() as opened:
        sounding = opened.enter_context(_open(source))
        streams = [stream for stream in sounding.streams.audio if stream.codec_context is not None]
        if not streams:
            return Sound.NONE
        first_s = _first_picture_s(source)
        pictured = opened.enter_context(av.open(f"file:{picture}"))
        container = opened.enter_context(
            av.open(f"file:{target}", "w", format="mp4", container_options={"movflags": "+faststart"})
        )
        picture_out = container.add_stream_from_template(pictured.streams.video[0])
        tracks = {stream.index: _Track(stream, container, first_s) for stream in streams}

        def pictures() -> Iterator[Packet[Any]]:
            for packet in pictured.demux(video=0):
                if packet.dts is not None:
                    packet.stream = picture_out
                    yield packet

        for packet in merge(pictures(), _sounds(sounding, streams, tracks, source), key=_time_s):
            container.mux(packet)
    copied = all(track.copied for track in tracks.values())
    return Sound.COPIED if copied else Sound.ENCODED


class _Track:
    """One sound stream on its way into `container`."""

    def __init__(self, stream: AudioStream, container: OutputContainer, first_s: float) -> None:
        self.copied = stream.codec_context.name in _COPIED
        self._stream = stream
        self._first_s = first_s
        if self.copied:
            self._out = container.add_stream_from_template(stream)
        else:
            rate = stream.rate if stream.rate in _AAC_RATES else 48_000
            layout = _LAYOUTS.get(stream.codec_context.channels, "stereo")
            self._out = container.add_stream("aac", rate=rate, layout=layout)

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """What `packet` becomes in the other file; an empty one ends the stream."""
        if self.copied:
            if packet.dts is not None:
                shift = round(self._first_s / packet.time_base)
                packet.dts -= shift
                if packet.pts is not None:
                    packet.pts -= shift
                if _time_s(packet) >= (-_LEAD_S if self._first_s <= 0 else 0):
                    packet.stream = self._out
                    yield packet
            return
        for frame in self._stream.decode(packet):
            if (begun := _begun_after(frame, self._first_s)) is not None:
                yield from self._out.encode(begun)
        if packet.dts is None:
            yield from self._out.encode(None)


def _begun_after(frame: AudioFrame, first_s: float) -> AudioFrame | None:
    """The part of the frame after `first_s`, from which its time counts; None where there is none."""
    rate = frame.sample_rate
    start = round(((frame.time or 0.0) - first_s) * rate)
    late = max(-start, 0)
    if late >= frame.samples:
        return None
    if late:
        wide = 1 if frame.format.is_planar else frame.layout.nb_channels
        samples: Any = np.ascontiguousarray(frame.to_ndarray()[:, late * wide :])
        frame = AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
        frame.sample_rate = rate
    frame.pts, frame.time_base = max(start, 0), Fraction(1, rate)
    return frame


def _sounds(
    container: InputContainer, streams: list[AudioStream], tracks: dict[int, _Track], source: Path
) -> Iterator[Packet[Any]]:
    try:
        for packet in container.demux(streams):
            yield from tracks[packet.stream.index].packets(packet)
    except av.error.FFmpegError as error:
        raise SourceError(
            f"cannot copy the sound of {source}: {error.strerror}; the file is damaged, try copying it again"
        ) from error


def _time_s(packet: Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base)


def _first_picture_s(source: Path) -> float:
    with _open(source) as container:
        stream = main_video_stream(container)
        first = next(container.decode(stream), None) if stream is not None else None
        return (first.time or 0.0) if first is not None else 0.0


def _open(source: Path) -> InputContainer:
    try:
        return open_media(source)
    except av.error.FFmpegError as error:
        raise SourceError(
            f"cannot read the sound of {source}: {error.strerror}; check that it is still there"
        ) from error
