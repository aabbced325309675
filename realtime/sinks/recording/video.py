"""Frames with their times into one video file, through PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import cv2
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream

from model.arrays import Image
from realtime.audio.base import Listener
from realtime.audio.soundtrack import Soundtrack
from realtime.drawing.letterbox import letterbox
from realtime.media.pixel_format import yuv420_of
from realtime.sinks.recording.failure import write_failure
from realtime.sinks.recording.formats import RecorderConfig, codec_options, format_of

TICKS_PER_S = 90_000
"""Time base of recordings: whole numbers of it hold 24, 25, 30, 50 and 60 frames a second exactly."""
_KEYFRAME_EVERY_S = 1.0
_UNSORTED = {"max_interleave_delta": "1"}
"""A packet is not held back until the other stream's next one comes: a killed program would lose what waits."""
_BT709 = 1
_LIMITED_RANGE = 1


class VideoWriter:
    """One video file being written; used by one thread at a time.

    The picture has the size of the first frame, one column or row repeated where that is odd (4:2:0 colour needs
    even sides); frames of another size are fitted in with black bars. The first frame is shown at time 0. Colours are
    written, and marked, as BT.709 in limited range.

    Args:
        path: its ending chooses the format.
        size_wh: of the first frame.
        config: quality, speed, rate.
        sound: what is to be heard with it, and the first frame's time on `time.perf_counter()`; closed with the file.
            Only for formats that hold sound.

    Raises:
        SinkError: the format is unknown, or the file cannot be made, written or finished.
    """

    def __init__(
        self,
        path: Path,
        size_wh: tuple[int, int],
        config: RecorderConfig,
        sound: tuple[Listener, float] | None = None,
    ) -> None:
        self.path = path
        self._size_wh = size_wh
        format_ = format_of(path)
        fps = config.constant_fps
        self._step = round(TICKS_PER_S / fps) if fps else None
        self._sound: Soundtrack | None = None
        options = dict(format_.container_options) | (_UNSORTED if sound is not None else {})
        try:
            # "file:" keeps a colon in the name from being read as a protocol.
            self._container = av.open(f"file:{path}", "w", format=format_.container, container_options=options)
            self._stream = self._add_stream(size_wh, format_.codec, codec_options(format_.codec, config))
            if sound is not None:
                assert format_.sound_codec is not None
                self._sound = Soundtrack(self._container, format_.sound_codec, *sound)
            self._container.start_encoding()
        except (av.error.FFmpegError, OSError) as error:
            raise write_failure(self.path, error) from error
        self._start_s: float | None = None
        self._last_tick = -1
        self._last_key_tick: int | None = None
        self._held: Packet[Any] | None = None
        self._duration = self._step or TICKS_PER_S // 30
        self._waiting: tuple[Image, int] | None = None
        self._last_duration_s: float | None = None

    def write(self, frame_bgr: Image, time_s: float, duration_s: float | None = None) -> None:
        """Add a frame, shown from `time_s` on; times that do not rise are moved up by one tick.

        `duration_s` says how long it lasts if it turns out to be the last one; None: as long as the one before.
        """
        self._last_duration_s = duration_s
        if self._start_s is None:
            self._start_s = time_s
        tick = round((time_s - self._start_s) * TICKS_PER_S)
        try:
            if self._step is None:
                self._encode(frame_bgr, max(tick, self._last_tick + 1))
            else:
                self._write_constant(frame_bgr, tick // self._step)
            if self._sound is not None:
                self._container.mux(self._sound.packets(tick / TICKS_PER_S))
        except (av.error.FFmpegError, OSError) as error:
            self._close_sound()
            raise write_failure(self.path, error) from error

    def close(self) -> None:
        """Write what is left and finish the file."""
        try:
            if self._waiting is not None and self._step is not None:
                picture, slot = self._waiting
                lasting = round((self._last_duration_s or 0.0) * TICKS_PER_S / self._step)
                for filled in range(slot, slot + max(lasting, 1)):
                    self._encode(picture, filled * self._step)
            self._mux(self._stream.encode(None))
            if self._last_duration_s and self._step is None:
                self._duration = max(1, round(self._last_duration_s * TICKS_PER_S))
            self._release_held(None)
            if self._sound is not None:
                self._container.mux(self._sound.last_packets((self._last_tick + self._duration) / TICKS_PER_S))
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise write_failure(self.path, error) from error
        finally:
            self._close_sound()

    def _close_sound(self) -> None:
        if self._sound is not None:
            self._sound.close()

    def _add_stream(self, size_wh: tuple[int, int], codec: str, options: dict[str, str]) -> VideoStream:
        stream = cast(VideoStream, self._container.add_stream(codec, options=options))
        stream.width, stream.height = (side + side % 2 for side in size_wh)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        stream.time_base = context.time_base = Fraction(1, TICKS_PER_S)
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        return stream

    def _write_constant(self, frame_bgr: Image, slot: int) -> None:
        """Hold each picture until the next one's slot; of several in one slot the last is kept."""
        assert self._step is not None
        if self._waiting is not None:
            picture, first = self._waiting
            for filled in range(first, slot):
                self._encode(picture, filled * self._step)
            slot = max(slot, first)
        self._waiting = frame_bgr, slot

    def _encode(self, frame_bgr: Image, tick: int) -> None:
        picture = yuv420_of(self._fitted(frame_bgr))
        picture.pts = tick
        picture.time_base = Fraction(1, TICKS_PER_S)
        if self._last_key_tick is None or tick - self._last_key_tick >= _KEYFRAME_EVERY_S * TICKS_PER_S:
            picture.pict_type = PictureType.I
            self._last_key_tick = tick
        self._last_tick = tick
        self._mux(self._stream.encode(picture))

    def _mux(self, packets: list[Packet[Any]]) -> None:
        for packet in packets:
            self._release_held(packet)
            self._held = packet

    def _release_held(self, following: Packet[Any] | None) -> None:
        """Write the packet held back: the next one's time says how long it lasts, for the last the step before."""
        held = self._held
        if held is None:
            return
        self._held = None
        assert held.pts is not None
        if following is not None and following.pts is not None:
            self._duration = following.pts - held.pts
        held.duration = self._duration
        self._container.mux(held)

    def _fitted(self, frame_bgr: Image) -> Image:
        width, height = self._size_wh
        if frame_bgr.shape[:2] != (height, width):
            frame_bgr = letterbox(frame_bgr, self._size_wh)
        if width % 2 or height % 2:
            frame_bgr = cv2.copyMakeBorder(frame_bgr, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        return frame_bgr
