"""Text of strangers as it may be shown."""

import pytest

from model.plain_text import counted, plain_text, without_passwords


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:secret@host/clip.mp4", "http://***@host/clip.mp4"),
        ("rtsp://user:p@ss@host:554/live", "rtsp://***@host:554/live"),
        ("cannot open https://token@host/a?b=c@d as a video", "cannot open https://***@host/a?b=c@d as a video"),
        ("http://host/a@b.mp4", "http://host/a@b.mp4"),
        ("me@example.org", "me@example.org"),
    ],
)
def test_passwords_of_addresses_are_masked(address: str, shown: str) -> None:
    assert without_passwords(address) == shown


def test_escapes_are_not_shown_and_a_line_is_no_screenful() -> None:
    assert plain_text("a\x1b[2Jb\x07c\n d") == "a?[2Jb?c d"
    long = plain_text("x" * 5_000_000)
    assert len(long) == 2000 and long.endswith("...")


def test_one_is_not_counted_as_many() -> None:
    assert [counted(number, "face") for number in (0, 1, 2)] == ["0 faces", "1 face", "2 faces"]
