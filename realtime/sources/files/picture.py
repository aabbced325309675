"""Decoded pictures as a player shows them: turned as the file asks, pixels square, deinterlaced, in SDR."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.stream import VideoStream

from model.arrays import Image
from realtime.media.pixel_format import bgr_of
from realtime.sources.files.hdr import HLG, PQ, to_sdr

_ASPECTS: Final = (Fraction(1, 8), Fraction(8))
"""Pixels beyond are a mistake in the file."""


class PictureReader:
    """Turns a stream's decoded pictures into upright BGR arrays.

    Args:
        stream: where they come from.
        first: the first one.

    Attributes:
        notes: what is done to them beside decoding, in words.
    """

    def __init__(self, stream: VideoStream, first: av.VideoFrame) -> None:
        self._matrix = _display_matrix(first)
        self._aspect = _pixel_aspect(stream)
        self._transfer = int(first.color_trc)
        self.interlaced = bool(first.interlaced_frame)
        self.notes: list[str] = []
        if self._transfer in (PQ, HLG):
            self.notes.append(f"{'PQ' if self._transfer == PQ else 'HLG'} HDR shown as SDR")
        if self._aspect != 1:
            self.notes.append(f"pixels of {self._aspect.numerator}:{self._aspect.denominator} made square")
        if self.interlaced:
            self.notes.append("deinterlaced")

    def bgr(self, picture: av.VideoFrame) -> Image:
        """A picture as (H, W, 3) uint8 BGR, C-contiguous."""
        width, height = picture.width, picture.height
        # The coarser direction is made finer, so that no detail is lost.
        if self._aspect > 1:
            width = round(width * self._aspect)
        elif self._aspect < 1:
            height = round(height / self._aspect)
        pixels_bgr = bgr_of(picture)
        if (width, height) != (picture.width, picture.height):
            # Several times as fast as FFmpeg's scaler, which would do it in the same step.
            pixels_bgr = np.asarray(cv2.resize(pixels_bgr, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        if self._transfer in (PQ, HLG):
            pixels_bgr = to_sdr(pixels_bgr, self._transfer)
        return np.ascontiguousarray(_placed(pixels_bgr, self._matrix))


class Deinterlacer:
    """FFmpeg's `bwdif` on the pictures of a stream that are flagged as interlaced; one frame for each.

    Args:
        stream: where the pictures come from.
    """

    def __init__(self, stream: VideoStream) -> None:
        # The filters do not keep their graph alive.
        self._graph = Graph()
        self._source = self._graph.add_buffer(template=stream, time_base=stream.time_base)
        bwdif = self._graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        self._sink = self._graph.add("buffersink")
        self._source.link_to(bwdif)
        bwdif.link_to(self._sink)
        self._graph.configure()

    def __call__(self, picture: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """The pictures that are ready; None gives those that are held back."""
        self._source.push(picture)
        while True:
            try:
                found: Any = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield found


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if not aspect or not _ASPECTS[0] <= aspect <= _ASPECTS[1]:
        return Fraction(1)
    return Fraction(aspect)


def _display_matrix(picture: av.VideoFrame) -> npt.NDArray[np.int32] | None:
    """(2, 2): where a step right (first row) and a step down (second) of the coded picture lead on the screen."""
    for data in picture.side_data:
        found: Any = data  # PyAV's stubs take the names for the data
        if found.type == Type.DISPLAYMATRIX:
            a, b, _, c, d, *_ = np.frombuffer(found, np.int32).tolist()
            return np.array([[a, b], [c, d]])
    return None


def _placed(pixels_bgr: Image, matrix: npt.NDArray[np.int32] | None) -> Image:
    """The picture turned and mirrored to the nearest quarter as the matrix says."""
    if matrix is None or not matrix.any():
        return pixels_bgr
    (a, b), (c, d) = matrix.tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        right, down = a < 0, d < 0
    else:
        pixels_bgr = cv2.transpose(pixels_bgr)
        right, down = c < 0, b < 0
    if right and down:
        return np.asarray(cv2.rotate(pixels_bgr, cv2.ROTATE_180), np.uint8)
    return np.asarray(cv2.flip(pixels_bgr, 1 if right else 0), np.uint8) if right or down else pixels_bgr
