"""Short animations, GIF and WebP, through PyAV: smaller and slower than the frames, so that they can be sent around."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image as Pillow

from model.arrays import Image
from realtime.drawing.letterbox import letterbox
from realtime.sinks.recording.failure import write_failure
from realtime.sinks.recording.formats import RecorderConfig, format_of

LONGEST_SIDE = 480
FPS = 15
_TICKS_PER_S = {"gif": 100, "webp": 1000}
"""The formats' own time bases."""
_OPTIONS = {"loop": "0", "flush_packets": "1"}


class AnimationWriter:
    """One animation being written; used by one thread at a time. It repeats for ever when played.

    Pictures are at most `LONGEST_SIDE` long and `FPS` (or `config.constant_fps` where that is less) a second. Each GIF
    picture has its own 256 colours. A WebP file is written whole at the end.

    Raises:
        SinkError: the file cannot be made, written or finished.
    """

    def __init__(self, path: Path, size_wh: tuple[int, int], config: RecorderConfig) -> None:
        self.path = path
        format_ = format_of(path)
        shrink = min(1.0, LONGEST_SIDE / max(size_wh))
        self._size_wh = max(2, round(size_wh[0] * shrink)), max(2, round(size_wh[1] * shrink))
        self._ticks_per_s = _TICKS_PER_S[format_.container]
        self._step_s = 1 / min(FPS, config.constant_fps or FPS)
        self._start_s: float | None = None
        self._next_s = 0.0
        self._last_tick = -1
        self._paletted = format_.codec == "gif"
        options = {} if self._paletted else {"quality": str(config.quality), "compression_level": "2"}
        try:
            self._container = av.open(f"file:{path}", "w", format=format_.container, container_options=_OPTIONS)
            self._stream = cast(VideoStream, self._container.add_stream(format_.codec, options=options))
            self._stream.width, self._stream.height = self._size_wh
            self._stream.pix_fmt = "pal8" if self._paletted else "bgra"
            self._stream.time_base = self._stream.codec_context.time_base = Fraction(1, self._ticks_per_s)
            self._container.start_encoding()
        except (av.error.FFmpegError, OSError) as error:
            raise write_failure(path, error) from error

    def write(self, frame_bgr: Image, time_s: float, duration_s: float | None = None) -> None:
        """Add a frame, shown from `time_s` on, or leave it out where the last one was just before."""
        if self._start_s is None:
            self._start_s = time_s
        elapsed_s = time_s - self._start_s
        if elapsed_s < self._next_s - 0.1 * self._step_s:
            return
        self._next_s = max(self._next_s + self._step_s, elapsed_s + 0.5 * self._step_s)
        tick = max(round(elapsed_s * self._ticks_per_s), self._last_tick + 1)
        self._last_tick = tick
        try:
            picture = self._picture(frame_bgr)
            picture.pts = tick
            picture.time_base = Fraction(1, self._ticks_per_s)
            picture.duration = round(self._step_s * self._ticks_per_s)
            self._container.mux(self._stream.encode(picture))
        except (av.error.FFmpegError, OSError) as error:
            raise write_failure(self.path, error) from error

    def close(self) -> None:
        """Write what is left and finish the file."""
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            raise write_failure(self.path, error) from error

    def _picture(self, frame_bgr: Image) -> VideoFrame:
        small_bgr = frame_bgr
        if frame_bgr.shape[1::-1] != self._size_wh:
            small_bgr = letterbox(frame_bgr, self._size_wh)
        if self._paletted:
            return _paletted(small_bgr)
        return VideoFrame.from_ndarray(cv2.cvtColor(small_bgr, cv2.COLOR_BGR2BGRA), format="bgra")


def _paletted(frame_bgr: Image) -> VideoFrame:
    """The picture in its own 256 colours, dithered; ten times as fast as FFmpeg's palette filters, and as good."""
    picture = Pillow.fromarray(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB))
    indexed = picture.quantize(palette=picture.quantize(256, Pillow.Quantize.FASTOCTREE))
    colors_rgb = np.array(indexed.getpalette("RGB"), np.uint8).reshape(-1, 3)
    palette_argb = np.zeros((256, 4), np.uint8)
    palette_argb[:, 0] = 255
    palette_argb[: len(colors_rgb), 1:] = colors_rgb
    # PyAV's stubs leave out the pair that it takes for this format.
    pair = cast(Image, (np.ascontiguousarray(indexed, np.uint8), palette_argb))
    return VideoFrame.from_ndarray(pair, format="pal8")
