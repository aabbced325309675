"""Fetch the dataset's archive: with progress and resume, checked, and unpacked inside its target only.

A file counts as whole only under its own name: while it is fetched it is called `<name>.part`, and while it is
unpacked its folder is called `<name>.part` too.
"""

import http.client
import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from model.program.files import check_file, put_in_place
from train.data.annotations import Annotations, read_annotations
from train.errors import DatasetError, DownloadError

URL = "https://s3.amazonaws.com/video.udacity-data.com/topher/2018/May/5aea1b91_train-test-data/train-test-data.zip"
"""The archive that the seed document names."""
FOLDER = "train-test-data"
_CHUNK = 1 << 16
_TIMEOUT_S = 30
_UNFINISHED = ".unfinished-download"
_STAGING = ".unpacking-"
_MARK = ".made-by-train-download"
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What the unpacked archive must hold, in its one folder `train-test-data`.

    Attributes:
        rows: CSV -> its number of labelled images; their images lie in the folder of the CSV's first word.
    """

    rows: tuple[tuple[str, int], ...] = (("training_frames_keypoints.csv", 3462), ("test_frames_keypoints.csv", 770))


def download(target: Path, url: str = URL, contents: Contents | None = None, *, quiet: bool = False) -> Path:
    """Make sure that the dataset lies in `target/train-test-data`, fetching what is missing.

    An archive that was partly downloaded is resumed; a dataset that is complete is left as it is.

    Returns:
        The dataset's folder.

    Raises:
        DownloadError: the archive cannot be fetched, is damaged, leads outside the target, or holds another number of
            rows or images; or the target cannot be written.
    """
    contents = contents or Contents()
    folder = target / FOLDER
    if folder.is_dir():
        check(folder, contents)
        return folder
    address = urllib.parse.urlparse(url)
    name = PurePosixPath(address.path).name
    if address.scheme not in ("http", "https") or not name:
        raise DownloadError(f"{url!r} is not the address of an archive; give one such as {URL}")
    archive = target / name
    try:
        target.mkdir(parents=True, exist_ok=True)
        check_file(archive)
        fetched = not archive.exists()
        if fetched:
            fetch(url, archive, quiet=quiet)
        _unpack_checked(archive, folder, contents, fetched)
    except OSError as error:
        raise DownloadError(
            f"cannot write the dataset to {target}: {error.strerror or error}; give another folder with --out"
        ) from error
    return folder


def fetch(url: str, path: Path, *, quiet: bool = False) -> None:
    """Fetch `url` to `path`, going on from what an earlier call left beside it where the server allows it.

    A connection that breaks is tried again a few times; what came so far stays for the next call.

    Raises:
        DownloadError: the server cannot be reached, refuses, or keeps breaking off.
        OSError: the file cannot be written.
    """
    # A name of our own: the user may have a file called .part.
    part = path.with_name(f".{path.name}{_UNFINISHED}")
    reason = ""
    for _ in range(_ATTEMPTS):
        before = _size(part)
        try:
            _fetch_once(url, part, quiet=quiet)
        except urllib.error.HTTPError as error:
            raise DownloadError(
                f"{url} answers {error.code} {error.reason}; check the address, or try later"
            ) from error
        except urllib.error.URLError as error:
            reason = str(error.reason)
        except (ConnectionError, TimeoutError, http.client.HTTPException, ValueError) as error:
            reason = str(error) or type(error).__name__
        else:
            put_in_place(part, path)
            return
        if _size(part) == before:
            break
    raise DownloadError(
        f"could not fetch {url} ({reason}); {_size(part)} bytes are kept in {part}: run the same command again to go on"
    )


def check(folder: Path, contents: Contents, remove: Path | None = None) -> list[Annotations]:
    """Check row counts, the CSVs' shape and that every labelled image is there.

    Args:
        folder: where the dataset lies.
        contents: what it must hold.
        remove: what the message says to remove, if not the folder itself.

    Raises:
        DownloadError: it is another dataset, or part of it is missing.
    """
    remedy = f"remove {remove or folder} and run the same command again"
    found = []
    for csv_name, rows in contents.rows:
        try:
            annotations = read_annotations(folder / csv_name, folder / csv_name.split("_")[0])
        except DatasetError as error:
            problem = str(error).split("; ")[0].replace(f"{folder}{os.sep}", "")
            raise DownloadError(f"the dataset in {remove or folder} is not whole: {problem}; {remedy}") from error
        if len(annotations) != rows:
            raise DownloadError(
                f"{csv_name} in {remove or folder} labels {len(annotations)} images where the dataset has {rows}; "
                f"{remedy}"
            )
        found.append(annotations)
    return found


def _fetch_once(url: str, part: Path, *, quiet: bool) -> None:
    """One connection, to the end of the file."""
    offset = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={offset}-"} if offset else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        if error.headers.get("Content-Range") == f"bytes */{offset}":
            return  # All of it had come; only the rename was missing.
        part.unlink()
        raise ConnectionError("the part fetched before does not fit what the server has now") from error
    with response:
        resumed = response.status == http.client.PARTIAL_CONTENT
        if not resumed:
            offset = 0
        length = response.headers.get("Content-Length")
        if length is not None and not (length.isascii() and length.isdecimal()):
            raise ConnectionError(f"the server says that {length[:40]!r} bytes follow")
        total = offset + int(length) if length is not None else None
        with (
            part.open("ab" if resumed else "wb") as file,
            tqdm(
                desc=part.stem, total=total, initial=offset, unit="B", unit_scale=True, unit_divisor=1024, disable=quiet
            ) as bar,
        ):
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    if total is not None and _size(part) != total:
        raise ConnectionError(f"the connection broke off at {_size(part)} of {total} bytes")


def _unpack_checked(archive: Path, folder: Path, contents: Contents, fetched: bool) -> None:
    """Unpack beside the final place, check, and only then give it its name.

    Only what was made here is removed: a damaged archive where it was `fetched` just now, and folders with our mark.
    """
    for left in folder.parent.glob(f"{_STAGING}*"):
        if (left / _MARK).is_file():
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder.parent))
    try:
        (made / _MARK).touch()
        staging = made / "unpacked"
        with zipfile.ZipFile(archive) as file:
            _refuse_escapes(file, archive)
            file.extractall(staging)
        inner = staging / FOLDER
        check(inner if inner.is_dir() else staging, contents, remove=archive)
        (inner if inner.is_dir() else staging).replace(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if not fetched:
            raise DownloadError(
                f"{archive} was there already and is not an archive that can be unpacked ({error}); move it away, "
                "or give another --out"
            ) from error
        archive.unlink()
        raise DownloadError(
            f"the archive fetched to {archive} is damaged ({error}) and was removed; run the same command again"
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _refuse_escapes(file: zipfile.ZipFile, archive: Path) -> None:
    """Stop at entries that point outside the folder they are unpacked in, and at links."""
    for entry in file.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        is_link = (entry.external_attr >> 28) == 0xA
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or is_link:
            raise DownloadError(
                f"the archive {archive} holds {entry.filename!r}, which leads outside the folder it is unpacked in; "
                "nothing was unpacked: fetch the archive from its own address"
            )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
