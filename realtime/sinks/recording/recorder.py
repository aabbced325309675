"""Records the annotated frames, encoding in a thread of its own."""

import threading
from collections import deque
from pathlib import Path
from typing import Protocol

from model.arrays import Image
from realtime.audio.base import Hearing
from realtime.control.controls import Controls
from realtime.errors import SinkError
from realtime.frame import Frame, Output
from realtime.sinks.recording.animation import AnimationWriter
from realtime.sinks.recording.formats import RecorderConfig, check_writable, claim_path, dated, format_of, make_folder
from realtime.sinks.recording.video import VideoWriter

_QUEUE_BYTES = 128 * 1024 * 1024
"""Pictures waiting for the encoder: a second and a half of 720p, so that a slow disk's hiccup costs no frame."""
_QUEUE_FRAMES = 64
_TIME = "{time}"
_QUEUE_S = 0.5
"""Pictures of so long a time wait at most."""
_MOST_ENDING = 3
"""Files that are being finished at a time, each with a thread and an encoder of its own."""


class Writer(Protocol):
    """One file being written, by one thread; each method raises `SinkError` where that fails."""

    @property
    def path(self) -> Path: ...

    def write(self, frame_bgr: Image, time_s: float, duration_s: float | None = None) -> None: ...

    def close(self) -> None: ...


class EncoderThread:
    """A writer fed by a bounded queue.

    `live`: a frame that finds the queue full is dropped and counted; else `put` waits. An error ends the writing and
    is raised once, by the next `put` or by `close`.
    """

    def __init__(self, writer: Writer, live: bool, max_waiting: int) -> None:
        self.path = writer.path
        self.drops = 0
        self._writer = writer
        self._live = live
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[Image, float, float | None]] = deque()
        self._changed = threading.Condition()
        self._finishing = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"encoder of {writer.path.name}")
        self._thread.start()

    def put(self, frame_bgr: Image, time_s: float, duration_s: float | None = None) -> None:
        """Queue a frame; after `finish` or an error that was raised, frames are ignored.

        Raises:
            SinkError: writing failed.
        """
        with self._changed:
            self._raise_error()
            if self._live and not self._room(time_s):
                self.drops += 1
                return
            self._changed.wait_for(lambda: self._room(time_s) or self._finishing)
            self._raise_error()
            if not self._finishing:
                self._waiting.append((frame_bgr, time_s, duration_s))
                self._changed.notify_all()

    def _room(self, time_s: float) -> bool:
        """Whether the queue takes a frame of that time: what waits is lost when the program is killed."""
        waiting = self._waiting
        return not waiting or (len(waiting) < self._max_waiting and time_s - waiting[0][1] <= _QUEUE_S)

    def finish(self) -> None:
        """Take no more frames; the thread writes what waits, finishes the file and ends. Does not wait for it."""
        with self._changed:
            self._finishing = True
            self._changed.notify_all()

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Finish and wait for the end.

        Raises:
            SinkError: writing failed and nobody has been told.
        """
        self.finish()
        self._thread.join()
        self._raise_error()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                self._writer.write(*item)
            self._writer.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again in the caller's thread
            with self._changed:
                self._error = error
                self._finishing = True
                self._waiting.clear()
                self._changed.notify_all()

    def _next(self) -> tuple[Image, float, float | None] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._finishing)
            if not self._waiting:
                return None
            item = self._waiting.popleft()
            self._changed.notify_all()
            return item


class RecorderSink:
    """Writes annotated frames to a video file while `controls.recording` is on; each time on begins a new file.

    Args:
        controls: read for `recording`. Where a recording that a key began fails, `recording` is switched off and
            `message` says why; the program goes on.
        target: the file; its ending chooses the format, `{time}` in its name becomes the local date and time. Later
            files of a run get -2, -3, ... before the ending.
        live: the source does not wait, so frames are dropped (and counted) rather than queued without end.
        overwrite: replace `target` where it exists.
        config: quality, speed, rate.
        microphone: heard in recordings, for sources whose frames say when they were captured.

    Raises:
        SinkError: recording is already on, so it was asked for from the start, and `target` cannot be written. `write`
            and `close` raise it where such a recording fails.
    """

    name = "recorder"

    def __init__(
        self,
        controls: Controls,
        target: Path,
        *,
        live: bool,
        overwrite: bool = False,
        config: RecorderConfig | None = None,
        microphone: Hearing | None = None,
    ) -> None:
        self.paths: list[Path] = []
        self.finished: list[Path] = []
        self._controls = controls
        self._target = target
        self._live = live
        self._overwrite = overwrite
        self._config = config or RecorderConfig()
        self._microphone = microphone
        self._clock_zero_s: float | None = None
        self._encoder: EncoderThread | None = None
        self._ending: list[EncoderThread] = []
        self._ended_drops = 0
        self._asked_for: EncoderThread | None = None
        self._first = dated(target) if controls.recording else None
        if self._first is not None:
            format_of(self._first)
            check_writable(self._first, overwrite)

    @property
    def drops(self) -> int:
        """Frames left out so far because the encoder did not keep up."""
        return self._ended_drops + sum(encoder.drops for encoder in self._encoders())

    def write(self, output: Output) -> None:
        """Hand the annotated frame to the encoder, or begin or end a file as `controls.recording` says."""
        for encoder in [ending for ending in self._ending if ending.done]:
            self._ending.remove(encoder)
            self._settle(encoder)
        if output.annotated.captured_s is not None:
            # Frames repeated while a camera is silent do not say it, but keep the source's clock.
            self._clock_zero_s = output.annotated.captured_s - output.annotated.time_s
        if self._controls.recording:
            self._record(output)
        elif self._encoder is not None:
            self._encoder.finish()
            self._ending.append(self._encoder)
            self._encoder = None

    def close(self) -> None:
        """Finish every file and wait for it."""
        encoders, errors = self._encoders(), []
        self._ended_drops, self._ending, self._encoder = self.drops, [], None
        for encoder in encoders:
            try:
                encoder.close()
                _check_there(encoder.path)
            except SinkError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _encoders(self) -> list[EncoderThread]:
        return [*self._ending, self._encoder] if self._encoder else list(self._ending)

    def _record(self, output: Output) -> None:
        frame = output.annotated
        if self._encoder is None and len(self._ending) >= _MOST_ENDING:
            self._controls.message = "finishing earlier recordings; this one begins when one of them is done"
            return
        if self._encoder is None:
            asked_for = self._first is not None
            try:
                self._encoder = self._begin(frame)
            except SinkError as error:
                self._fail(error, asked_for)
                return
            if asked_for:
                self._asked_for = self._encoder
        try:
            self._encoder.put(frame.pixels_bgr, frame.time_s, frame.duration_s)
        except SinkError as error:
            failed, self._encoder = self._encoder, None
            self._ended_drops += failed.drops
            self._fail(error, failed is self._asked_for)

    def _begin(self, frame: Frame) -> EncoderThread:
        path, self._first = self._first, None
        if path is None or (_TIME in self._target.name and not self._overwrite):
            make_folder(self._target.parent)
            path = claim_path(dated(self._target))
        try:
            writer = self._writer(path, frame)
        except SinkError:
            if path.is_file() and not path.stat().st_size:
                path.unlink()  # only its name was taken
            raise
        self.paths.append(path)
        size_wh = frame.size_wh
        max_waiting = min(_QUEUE_FRAMES, max(4, _QUEUE_BYTES // (3 * size_wh[0] * size_wh[1])))
        return EncoderThread(writer, self._live, max_waiting)

    def _writer(self, path: Path, frame: Frame) -> Writer:
        if path.suffix.lower() in (".gif", ".webp"):
            return AnimationWriter(path, frame.size_wh, self._config)
        sound = None
        if self._microphone is not None and self._clock_zero_s is not None:
            start_s = self._clock_zero_s + frame.time_s
            listener = self._microphone.listen(start_s)
            sound = (listener, start_s) if listener is not None else None
        return VideoWriter(path, frame.size_wh, self._config, sound)

    def _settle(self, encoder: EncoderThread) -> None:
        """Tell how a file ended that the user switched off."""
        self._ended_drops += encoder.drops
        try:
            encoder.close()
            _check_there(encoder.path)
        except SinkError as error:
            self._fail(error, encoder is self._asked_for)
        else:
            self.finished.append(encoder.path)
            self._controls.message = f"recorded {encoder.path}"

    def _fail(self, error: SinkError, asked_for: bool) -> None:
        if asked_for:
            raise error
        self._controls.recording = self._encoder is not None
        self._controls.message = str(error)


def _check_there(path: Path) -> None:
    """Make sure that a finished recording bears its name: it may have been moved or deleted meanwhile.

    Raises:
        SinkError: it is not there.
    """
    if not path.exists():
        raise SinkError(
            f"the recording {path} was moved or deleted while it was written, and is not there; look for it elsewhere"
        )
