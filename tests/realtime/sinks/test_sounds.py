"""Tests of realtime.sinks.sounds and realtime.audio.sounds."""

import io
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from realtime.audio.sounds import SOUNDS, Player, wav_of
from realtime.control.actions import Action
from realtime.control.controls import Controls
from realtime.sinks.sounds import SoundSink
from tests.realtime.sinks.outputs import FakeGui, output, panel_of


class Noted(Player):
    """Notes what it is asked to play."""

    def __init__(self) -> None:
        super().__init__([])
        self.played: list[str] = []

    def play(self, name: str) -> None:
        self.played.append(name)


@pytest.mark.parametrize("sounds", [True, False])
def test_pictures_countdowns_and_recordings_are_heard_unless_sounds_are_off(sounds: bool) -> None:
    gui, player = FakeGui(), Noted()
    panel = panel_of(Controls(countdown_s=2, sounds=sounds), gui=gui)
    sink = SoundSink(lambda: panel.state, player)
    for time_s, action in (
        (100, Action.SNAPSHOT),
        (101.1, None),
        (102, None),
        (103, Action.RECORD),
        (104, Action.RECORD),
    ):
        gui.time_s = time_s
        if action:
            panel.act(action)
        panel.write(output())
        sink.write(output())
        sink.write(output())
    assert player.played == (["count", "count", "picture", "start", "stop"] if sounds else [])


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds_are_short_and_soft_and_end_quietly(name: str) -> None:
    samples = SOUNDS[name]()
    assert 0.05 < len(samples) / 44_100 < 0.3
    assert 0.05 < np.abs(samples).max() < 0.8
    assert np.abs(samples[-50:]).max() < 0.05
    with wave.open(io.BytesIO(wav_of(samples))) as reader:
        assert (reader.getnframes(), reader.getframerate(), reader.getnchannels()) == (len(samples), 44_100, 1)


def test_the_player_gets_a_file_and_leaves_none(tmp_path: Path) -> None:
    copy = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[0] + '.out')"
    (tmp_path / "copy.py").write_text(copy)
    player = Player([sys.executable, str(tmp_path / "copy.py")])
    player.play("count")
    player._playing[0].wait(20)
    assert (tmp_path / "copy.py.out").read_bytes().startswith(b"RIFF")
    folder = Path(player._folder.name) if player._folder else Path()
    player.close()
    assert not folder.exists()


def test_without_a_player_it_is_silent() -> None:
    player = Player(["/no/such/player"])
    player.play("count")
    player.play("picture")
    player.close()
