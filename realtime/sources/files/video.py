"""Video files, and videos behind an address: every frame, with its own presentation time, through FFmpeg (PyAV)."""

from collections.abc import Generator, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from model.plain_text import without_passwords
from realtime.errors import SourceError
from realtime.frame import Frame
from realtime.media.media_file import main_video_stream, open_media
from realtime.sources.base import Source, SourceInfo
from realtime.sources.files.picture import Deinterlacer, PictureReader
from realtime.sources.files.timeline import Timeline

_SHORT_S, _SHORT_SHARE = 1.0, 0.05
"""A video that ends earlier than it says, by more than both of these, has been cut off."""


class VideoSource(Source):
    """The frames of a video file, in order and whole, as a player shows them; see `realtime.sources.files.picture`.

    Times are the file's presentation times, counted from its first frame, so variable rates are kept; where they start
    again, as in joined files, they continue. Any pixel format ends as 8-bit BGR; transparency is dropped. An address
    such as `http://host/clip.mp4` works too.

    Args:
        where: path or address.
        threads: cores that the decoder may use; None: all.

    Raises:
        SourceError: the file is missing, is not a video, or holds no frame.
    """

    def __init__(self, where: str | Path, threads: int | None = None) -> None:
        self._container = _open_container(str(where))
        self._where = without_passwords(str(where))
        self._closed = False
        self._reader: PictureReader | None = None
        try:
            self._stream = _video_stream(self._container, self._where)
            if threads is not None:
                self._stream.codec_context.thread_count = threads
            self._decoded = self._decode()
            self._first: Frame | None = next(self._decoded, None)
        except SourceError:
            self._container.close()
            raise
        if self._first is None:
            self._container.close()
            raise SourceError(f"video {self._where} holds no frame; it may be cut off, try playing it elsewhere")
        rate = self._stream.average_rate or self._stream.guessed_rate
        width, height = self._first.size_wh
        notes = "".join(f", {note}" for note in self._reader.notes) if self._reader else ""
        self._info = SourceInfo(
            name=f"video {self._where} ({width}x{height}{f' at {float(rate):.4g} fps' if rate else ''}{notes})",
            size_wh=(width, height),
            fps=float(rate) if rate else None,
            live=False,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def frames(self) -> Iterator[Frame]:
        if self._first is not None and not self._closed:
            first, self._first = self._first, None
            yield first
        while not self._closed:
            frame = next(self._decoded, None)
            if frame is None:
                return
            yield frame

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._first = None
            self._decoded.close()
            self._container.close()

    def _decode(self) -> Generator[Frame, None, None]:
        rate = self._stream.average_rate
        timeline = Timeline(1 / float(rate) if rate else 1 / 30)
        for index, picture in enumerate(self._whole_pictures()):
            duration_s = _duration_s(picture)
            time_s = timeline.place(picture.time, duration_s)
            assert self._reader is not None
            yield Frame(self._reader.bgr(picture), index, time_s, duration_s=duration_s)

    def _whole_pictures(self) -> Iterator[av.VideoFrame]:
        """The decoded pictures, deinterlaced where the first one says that they are interlaced."""
        deinterlace: Deinterlacer | None = None
        for picture in self._pictures():
            if self._reader is None:
                self._reader = PictureReader(self._stream, picture)
                deinterlace = Deinterlacer(self._stream) if self._reader.interlaced else None
            if deinterlace is None:
                yield picture
            else:
                yield from deinterlace(picture)
        if deinterlace is not None:
            yield from deinterlace(None)

    def _pictures(self) -> Iterator[av.VideoFrame]:
        """Decoded pictures; what is still inside the decoder when reading breaks comes before the error."""
        broken: av.FFmpegError | None = None
        end_s = 0.0
        packets = self._container.demux(self._stream)
        count = 0
        while broken is None:
            try:
                packet = next(packets, None)
                pictures = self._stream.decode(packet) if packet is not None else []
                if packet is not None and packet.pts is not None and packet.time_base is not None:
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            except av.FFmpegError as error:
                broken, packet = error, None
                pictures = self._flush()
            for picture in pictures:
                count += 1
                yield picture
            if packet is None:
                break
        problem = self._missing_end(end_s) if broken is None else broken.strerror
        if problem:
            raise SourceError(
                f"video {self._where} breaks after {count} good frames: {problem}; "
                "the file is damaged or incomplete, try copying or downloading it again"
            ) from broken

    def _missing_end(self, end_s: float) -> str:
        """FFmpeg takes a file that was cut off for one that ends; only its own idea of its length tells."""
        stream = self._stream
        if stream.duration is None or stream.time_base is None:
            return ""
        length_s = float(stream.duration * stream.time_base)
        due_s = length_s + float((stream.start_time or 0) * stream.time_base)
        if end_s >= due_s - max(_SHORT_S, _SHORT_SHARE * length_s):
            return ""
        return f"it ends at {end_s:.1f} s of {due_s:.1f} s"

    def _flush(self) -> list[av.VideoFrame]:
        try:
            return self._stream.decode(None)
        except av.FFmpegError:
            # The decoder has failed already, and that error is the one reported.
            return []


def _open_container(where: str) -> InputContainer:
    try:
        return open_media(where)
    except av.FFmpegError as error:
        if "://" not in where and not Path(where).exists():
            raise SourceError(f"video {where} does not exist; check the path") from error
        raise SourceError(
            f"cannot open {without_passwords(where)} as a video: {error.strerror}; try a file that plays elsewhere"
        ) from error


def _video_stream(container: InputContainer, where: str) -> VideoStream:
    stream = main_video_stream(container)
    if stream is None:
        kinds: list[str] = sorted({stream.type for stream in container.streams}) or ["nothing"]
        raise SourceError(f"{where} holds no video, only {' and '.join(kinds)}; choose a file with a picture")
    stream.thread_type = "AUTO"
    return stream


def _duration_s(picture: av.VideoFrame) -> float | None:
    if not picture.duration or picture.time_base is None:
        return None
    return float(picture.duration * picture.time_base)
