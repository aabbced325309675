"""The sound of one video file beside the picture of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from realtime.media.media_file import main_video_stream, open_media
from realtime.sources.files.timeline import RESTART_S

_COPIED = frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "flac", "opus"})
"""What players take from an MP4 file; other sound is encoded again."""
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000})
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_JITTER_S = 0.02
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
        first_s, shifts_s = _picture_times(source)
        pictured = opened.enter_context(av.open(f"file:{picture}"))
        container = opened.enter_context(
            av.open(f"file:{target}", "w", format="mp4", container_options={"movflags": "+faststart"})
        )
        picture_out = container.add_stream_from_template(pictured.streams.video[0])
        tracks = {stream.index: _Track(stream, container, first_s, shifts_s) for stream in streams}

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
    """One sound stream on its way into `container`.

    Args:
        stream, container: from and to.
        first_s: time of the first picture, which becomes 0.
        shifts_s: what is added to times from each place on at which the pictures' times start again.
    """

    def __init__(
        self, stream: AudioStream, container: OutputContainer, first_s: float, shifts_s: Sequence[float]
    ) -> None:
        self.copied = stream.codec_context.name in _COPIED
        self._stream = stream
        self._first_s = first_s
        self._shifts_s = list(shifts_s)
        self._shift_s = 0.0
        self._last_s: float | None = None
        self._end_s = 0.0
        self._last_dts: int | None = None
        self._next: int | None = None
        if self.copied:
            self._out = container.add_stream_from_template(stream)
        else:
            rate = stream.rate if stream.rate in _AAC_RATES else 48_000
            layout = _LAYOUTS.get(stream.codec_context.channels, "stereo")
            self._out = container.add_stream("aac", rate=rate, layout=layout)

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """What `packet` becomes in the other file; an empty one ends the stream."""
        self._note(packet)
        if self.copied:
            if packet.dts is not None:
                shift = round((self._first_s - self._shift_s) / packet.time_base)
                packet.dts -= shift
                if packet.pts is not None:
                    packet.pts -= shift
                rises = self._last_dts is None or packet.dts > self._last_dts
                if rises and _time_s(packet) >= (-_LEAD_S if self._first_s <= 0 else 0):
                    self._last_dts = packet.dts
                    packet.stream = self._out
                    yield packet
            return
        for frame in self._stream.decode(packet):
            start_s = None if frame.time is None else frame.time + self._shift_s - self._first_s
            if (begun := self._begun(frame, start_s)) is not None:
                yield from self._out.encode(begun)
        if packet.dts is None:
            yield from self._out.encode(None)

    def _note(self, packet: Packet[Any]) -> None:
        """See whether times start again with this packet, as they do in joined files."""
        if packet.dts is None:
            return
        time_s = _time_s(packet)
        if self._last_s is not None and time_s < self._last_s - RESTART_S:
            # The pictures' own shift keeps both in step; sound alone goes on where it ended.
            self._shift_s = self._shifts_s.pop(0) if self._shifts_s else self._end_s - time_s
        self._last_s = time_s
        self._end_s = time_s + self._shift_s + float((packet.duration or 0) * packet.time_base)

    def _begun(self, frame: AudioFrame, start_s: float | None) -> AudioFrame | None:
        """The part of the frame that comes after the first picture and what was encoded; None where there is none.

        A frame without a time, as a decoder gives at its end, follows the one before.
        """
        rate = frame.sample_rate
        follows = self._next or 0
        start = follows if start_s is None else round(start_s * rate)
        # Jitter of a few milliseconds is none: sound without a gap sounds better.
        if self._next is not None and abs(start - follows) < _JITTER_S * rate:
            start = follows
        late = max(follows - start, 0)
        if late >= frame.samples:
            return None
        if late:
            wide = 1 if frame.format.is_planar else frame.layout.nb_channels
            samples: Any = np.ascontiguousarray(frame.to_ndarray()[:, late * wide :])
            frame = AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
            frame.sample_rate = rate
        frame.pts, frame.time_base = start + late, Fraction(1, rate)
        self._next = start + late + frame.samples
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


def _picture_times(source: Path) -> tuple[float, list[float]]:
    """Time of the first picture, and what is to be added to times from each restart on, so that they continue."""
    with _open(source) as container:
        stream = main_video_stream(container)
        if stream is None:
            return 0.0, []
        first = next(container.decode(stream), None)
        first_s = (first.time or 0.0) if first is not None else 0.0
    shifts: list[float] = []
    shift_s, end_s, last_s = 0.0, 0.0, None
    with _open(source) as container:
        stream = main_video_stream(container)
        for packet in container.demux(stream) if stream is not None else ():
            if packet.dts is None or packet.pts is None:
                continue
            time_s, shown_s = _time_s(packet), float(packet.pts * packet.time_base)
            if last_s is not None and time_s < last_s - RESTART_S:
                shift_s = end_s - shown_s
                shifts.append(shift_s)
            last_s = time_s
            end_s = max(end_s, shown_s + shift_s + float((packet.duration or 0) * packet.time_base))
    return first_s, shifts


def _open(source: Path) -> InputContainer:
    try:
        return open_media(source)
    except av.error.FFmpegError as error:
        raise SourceError(
            f"cannot read the sound of {source}: {error.strerror}; check that it is still there"
        ) from error
