"""A key that switches recording on and off again and again: files are finished beside the loop, a few at a time."""

import threading
from pathlib import Path

import pytest

from realtime.control.controls import Controls
from realtime.sinks.recording.recorder import RecorderSink
from tests.fakes import wait_until
from tests.realtime.sinks.outputs import output
from tests.realtime.sinks.recording.test_recorder import SlowWriter


def encoders() -> int:
    return sum(thread.name.startswith("encoder of") for thread in threading.enumerate())


def test_slow_encoders_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writers: list[SlowWriter] = []

    def writer(self: RecorderSink, path: Path, frame: object) -> SlowWriter:
        path.touch()
        writers.append(SlowWriter(path))
        return writers[-1]

    monkeypatch.setattr(RecorderSink, "_writer", writer)
    controls = Controls()
    sink = RecorderSink(controls, tmp_path / "out.mp4", live=True)
    for index in range(40):
        controls.recording = index % 2 == 0
        sink.write(output(index))
    assert encoders() == len(writers) == 3
    assert controls.message == "finishing earlier recordings; this one begins when one of them is done"
    controls.recording = True
    writers[0].gate.release()
    assert wait_until(lambda: encoders() == 2)
    sink.write(output(41))
    assert len(writers) == 4
    for each in writers:
        each.gate.release(10)
    sink.close()
    assert [path.name for path in sink.paths] == ["out.mp4", "out-2.mp4", "out-3.mp4", "out-4.mp4"]
