"""Encodes a video in the caller's thread, for jobs that have one core each."""

from pathlib import Path

from realtime.frame import Output
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter


class InlineVideoSink:
    """Encodes each frame as it is written; `RecorderSink` does so on a thread of its own.

    Args:
        path: the file; what lies there is replaced.
        config: how to encode.
    """

    name = "recorder"

    def __init__(self, path: Path, config: RecorderConfig) -> None:
        self._path = path
        self._config = config
        self._writer: VideoWriter | None = None

    def write(self, output: Output) -> None:
        """Encode the annotated frame; raises `SinkError` where that is not possible."""
        frame = output.annotated
        if self._writer is None:
            self._writer = VideoWriter(self._path, frame.size_wh, self._config)
        self._writer.write(frame.pixels_bgr, frame.time_s, frame.duration_s)

    def close(self) -> None:
        """Finish the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
