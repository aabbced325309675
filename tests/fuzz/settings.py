"""The reader of the settings: a `ConfigError` of one line, whatever the file holds."""

from pathlib import Path

from realtime.control.settings import Settings, load_settings, save_settings
from realtime.errors import ConfigError
from tests.fuzz.mutate import main

WORDS = (b"[" * 50, b"{", b"}", b"null", b"true", b"1e999", b'"\\ud800"', b"\xef\xbb\xbf")


def samples() -> list[bytes]:
    """What the program writes."""
    return [
        b'{"camera": 1, "size_wh": [1280, 720], "mirror": true, "favourites": ["dog", "cat"]}',
        b'{"camera": "Logi", "size_wh": null, "mirror": null, "favourites": null}',
    ]


def target(data: bytes, folder: Path) -> None:
    """Read one file, and write what was read."""
    path = folder / "settings.json"
    path.write_bytes(data)
    try:
        found = load_settings(path)
    except ConfigError as error:
        assert "\n" not in str(error) and len(str(error)) < 1500, str(error)
        return
    assert isinstance(found, Settings)
    save_settings(found, path)
    assert load_settings(path) == found


if __name__ == "__main__":
    main(target, samples(), WORDS)
