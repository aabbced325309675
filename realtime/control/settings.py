"""What the program remembers from one run to the next: camera, size, mirror, favourites. Never the filter."""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import platformdirs

from model.program.files import check_file, put_in_place
from realtime.errors import ConfigError

_RESET = "delete it or run with --reset-settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """The last run's choices; None where none was made.

    Attributes:
        camera: index, or part of its name.
        size_wh: (width, height) asked of the camera.
        mirror: show the preview mirrored.
        favourites: names of filters to list first.
    """

    camera: int | str | None = None
    size_wh: tuple[int, int] | None = None
    mirror: bool | None = None
    favourites: tuple[str, ...] = ()


def user_folder() -> Path:
    """Where this system keeps users' settings of this program; it need not exist."""
    return platformdirs.user_config_path("face-keypoints", appauthor=False, roaming=True)


def settings_path() -> Path:
    """The file that settings are kept in."""
    return user_folder() / "settings.json"


def filter_folders(extra: Path | None = None) -> list[Path]:
    """Folders with filter packs beside those that ship: the user's own, where there is one, then `extra`."""
    own = user_folder() / "filters"
    return [folder for folder in (own if own.is_dir() else None, extra) if folder is not None]


def load_settings(path: Path | None = None) -> Settings:
    """What was saved last; nothing where nothing was.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    path = path or settings_path()
    try:
        check_file(path)
        values = json.loads(path.read_text(encoding="utf-8"))
        camera, size_wh, mirror, favourites = (
            values.get(name) for name in ("camera", "size_wh", "mirror", "favourites")
        )
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror}; {_RESET}") from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise ConfigError(f"the settings {path} are damaged; {_RESET}") from error
    sides_fit = size_wh is None or (
        isinstance(size_wh, list) and len(size_wh) == 2 and all(type(side) is int and side > 0 for side in size_wh)
    )
    # type() and not isinstance: True is an int.
    camera_fits = camera is None or type(camera) in (int, str)
    favourites = [] if favourites is None else favourites
    names_fit = isinstance(favourites, list) and all(isinstance(name, str) for name in favourites)
    if not sides_fit or not camera_fits or not names_fit or (mirror is not None and type(mirror) is not bool):
        raise ConfigError(f"the settings {path} hold a value that cannot be used; {_RESET}")
    return Settings(camera, (size_wh[0], size_wh[1]) if size_wh else None, mirror, tuple(favourites))


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Keep the settings for the next run; the file is whole or as it was.

    Raises:
        ConfigError: the file cannot be written.
    """
    path = path or settings_path()
    half: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as file:
            half = Path(file.name)
            json.dump(asdict(settings), file, indent=2)
            file.write("\n")
        put_in_place(half, path)
    except OSError as error:
        if half is not None:
            with suppress(OSError):
                half.unlink(missing_ok=True)
        raise ConfigError(f"cannot keep the settings in {path}: {error.strerror}; make its folder writable") from error


def change_settings(say: Callable[[str], None], **changes: object) -> None:
    """Change some of what is kept; a failure is only reported, as no run needs it.

    Args:
        say: prints a line.
        changes: attributes of `Settings` with their new values.
    """
    try:
        save_settings(replace(load_settings(), **changes))  # type: ignore[arg-type]
    except ConfigError as error:
        say(str(error))


def reset_settings(path: Path | None = None) -> None:
    """Forget everything.

    Raises:
        ConfigError: the file cannot be deleted.
    """
    path = path or settings_path()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot delete the settings {path}: {error.strerror}; delete it by hand") from error
