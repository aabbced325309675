"""Where results go: nothing is replaced unless the user asks for it, and a file gets its name once it is whole."""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from model.program.files import NO_FILE, is_no_file, put_in_place, same_file, whole_file
from train.errors import OutputError

RUN_FILES = ("last.pt", "best.pt", "curves.csv", "keypoints.onnx")
"""A folder that holds one of these holds a training run."""
_RUN_SUFFIXES = frozenset({".pt", ".csv", ".onnx", ".toml"})
CURVE_COLUMNS = ("epoch", "loss", "val_nme", "images_per_s")


def check_output(path: Path, what: str, *, overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Make sure before long work that a file may be written at its end.

    Args:
        path: the file.
        what: what it will hold, as messages say it.
        overwrite: whether it may replace a file.
        inputs: other files of the same run, read or written, that it must not be, under whatever name.

    Raises:
        OutputError: it exists, its folder does not, it is a folder, a device or an input, or it cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"cannot write {what} to {path}: it is a folder; give a file's name")
    if is_no_file(path):
        raise OutputError(f"cannot write {what} to {path}: {NO_FILE}; give a file's name")
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {what} to {path}: the folder {path.parent} does not exist; make it first")
    for other in inputs:
        if same_file(path, other):
            raise OutputError(
                f"cannot write {what} to {path}: it is read or written in the same run; give another file"
            )
    if (path.exists() or path.is_symlink()) and not overwrite:
        raise OutputError(f"{path} exists; give another name for {what}, or --overwrite to replace it")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"cannot write {what} to {path}: no permission; give a file in a folder you may write to")


@contextmanager
def new_file(path: Path, what: str, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a private name beside `path` to write to; when all went well, it becomes `path`.

    Raises:
        OutputError: it cannot be written; or, without `overwrite`, `path` has come to exist.
        OSError: what was done meanwhile met an error with another file.
    """
    half = path.with_name(f".{secrets.token_hex(6)}.half{path.suffix}")
    try:
        yield half
        if overwrite:
            put_in_place(half, path)
        else:
            _publish(half, path)
    except FileExistsError as error:
        raise OutputError(f"{path} exists; give another name for {what}, or --overwrite to replace it") from error
    except OSError as error:
        if error.filename is not None and not str(error.filename).startswith((str(half), str(path))):
            raise  # of another file, such as the one that this one is made from
        raise OutputError(
            f"cannot write {what} to {path}: {error.strerror or error}; give a file in a folder you may write to"
        ) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def make_folder(path: Path, what: str) -> Path:
    """Make sure that `path` is a folder that can be written to.

    Raises:
        OutputError: it is not.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{secrets.token_hex(6)}.writable"
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {what} to {path}: {error.strerror}; give a folder you may write to") from error
    return path


def numbered_folder(base: Path, what: str) -> Path:
    """Make a folder that nobody has used: `base`, or `base-2`, `base-3` and so on.

    Raises:
        OutputError: it cannot be made.
    """
    base.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = base if number == 1 else base.with_name(f"{base.name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            if not folder.is_dir() or any(folder.iterdir()):
                number += 1
                continue
        except OSError as error:
            raise OutputError(f"cannot write {what} to {folder}: {error.strerror}; give another --out") from error
        return folder


def run_folder(given: Path | None, base: Path, *, resume: bool, overwrite: bool) -> Path:
    """The folder of a training run.

    Args:
        given: what the user asked for, or None.
        base: where runs go otherwise; one that is taken is numbered (`runs/default-2`).
        resume: continue the run in `given`, or the latest one of `base`.
        overwrite: replace the run in `given`.

    Raises:
        OutputError: `given` holds a run that is not to be replaced, or a pipe or a device where a run writes a file; or
            the folder cannot be made.
    """
    if given is None and resume:
        return _without_pipes(_latest(base))
    if given is None:
        return numbered_folder(base, "the run")
    _without_pipes(given)
    found = next((name for name in RUN_FILES if (given / name).exists()), None)
    if found and not resume and not overwrite:
        raise OutputError(
            f"{given} holds a run already ({found}); continue it with --resume, give another --out, or replace it with "
            "--overwrite"
        )
    try:
        given.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write to {error.filename or given}: {error.strerror}; give another --out") from error
    return given


def write_curves(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the epochs' figures as CSV; an older file is replaced once the new one is whole.

    Raises:
        OSError: the file cannot be written.
    """
    import pandas as pd  # half a second that `--help` does not need

    with whole_file(path) as half:
        pd.DataFrame(rows, columns=[*CURVE_COLUMNS]).to_csv(half, index=False, lineterminator="\n")


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn what goes wrong while a run writes to its folder into an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write to {error.filename or folder}: {error.strerror or error}; give another --out"
        ) from error


def _latest(base: Path) -> Path:
    """The folder `base`, or the one with the highest number behind it, that holds a checkpoint."""
    numbered = re.compile(rf"{re.escape(base.name)}(?:-(\d{{1,6}}))?")
    found = {
        int(match[1] or 1): folder
        for folder in (base.parent.iterdir() if base.parent.is_dir() else ())
        if (match := numbered.fullmatch(folder.name)) and (folder / "last.pt").is_file()
    }
    return found[max(found)] if found else base


def _without_pipes(folder: Path) -> Path:
    """The folder; raises `OutputError` where a pipe or a device in it bears a name that a run may write."""
    for path in folder.glob("*.*"):
        if path.suffix in _RUN_SUFFIXES and is_no_file(path):
            raise OutputError(f"cannot write {path}: {NO_FILE}; give another --out")
    return folder


def _publish(half: Path, path: Path) -> None:
    """Give a file its name, which must not be taken."""
    try:
        os.link(half, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError from None
        half.replace(path)
