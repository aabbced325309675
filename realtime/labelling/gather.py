"""From pictures and videos to faces that are worth labelling, with their pictures in one folder."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from model.arrays import Image
from model.finder import FaceFinder
from model.program.files import whole_file
from realtime.errors import SinkError, SourceError
from realtime.labelling.proposals import Proposal, most_different, propose
from realtime.labelling.tasks import Task
from realtime.sources.files.file import is_still
from realtime.sources.files.images import image_suffixes, load_image
from realtime.sources.open import open_source

STEP_S: Final = 0.1
"""Frames of a video are looked at so far apart: those between look the same."""
JPEG_QUALITY: Final = 95

Report = Callable[[str], None]
"""Takes a line that says how far it is."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What to look for, and where the pictures go.

    Attributes:
        images: the folder of pictures, which exists.
        frames: how many to take of each video.
        report: told what was found.
    """

    images: Path
    frames: int = 30
    report: Report = lambda line: None


def gather(sources: Sequence[Path], finder: FaceFinder, gathering: Gathering, known: Sequence[Task] = ()) -> list[Task]:
    """The faces of pictures, folders of pictures, and videos; of a video those that differ most.

    Args:
        sources: files and folders.
        finder: finds the faces and proposes their points.
        gathering: how many, and where the pictures go.
        known: faces of earlier sessions; their sources are not looked at again.

    Raises:
        SourceError: a file is missing or cannot be read; of folders, such files are left out and reported.
        SinkError: a picture cannot be written.
    """
    seen = {task.source for task in known}
    names = {task.image for task in known}
    tasks: list[Task] = []
    for path, alone in _files(sources):
        if str(path) in seen:
            continue
        before = len(tasks)
        try:
            for stem, picture_bgr, proposals in _of_file(path, finder, gathering):
                name = _free_name(stem, names)
                names.add(name)
                save_picture(gathering.images / name, picture_bgr)
                tasks += [Task(name, str(path), p.keypoints_px, p.doubt) for p in proposals]
        except SourceError as error:
            # One bad file in a folder of hundreds is no reason to label none of them.
            if alone:
                raise
            gathering.report(f"left out: {error}")
            continue
        faces = len(tasks) - before
        gathering.report(f"{path}: {faces} {'face' if faces == 1 else 'faces'} to label")
    return tasks


def save_picture(path: Path, picture_bgr: Image) -> None:
    """Write a JPEG that is whole or not there.

    Raises:
        SinkError: it cannot be written.
    """
    _, data = cv2.imencode(".jpg", picture_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    try:
        with whole_file(path) as half:
            half.write_bytes(data.tobytes())
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}; free some space, or give another --out") from error


def _files(sources: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files, and whether they were named themselves, not by their folder."""
    for source in sources:
        if source.is_dir():
            suffixes = image_suffixes()
            found = sorted(path for path in source.iterdir() if path.suffix.lower() in suffixes and path.is_file())
            if not found:
                raise SourceError(f"the folder {source} holds no picture; give pictures, their folder, or a video")
            yield from ((path, False) for path in found)
        elif source.is_file():
            yield source, True
        else:
            raise SourceError(f"{source} does not exist; give pictures, a folder of them, or a video")


Found = tuple[str, Image, list[Proposal]]


def _of_file(path: Path, finder: FaceFinder, gathering: Gathering) -> Iterator[Found]:
    if is_still(path):
        return _of_picture(path, finder)
    gathering.report(f"{path}: looking for the frames that differ most ...")
    return _of_video(path, finder, gathering.frames)


def _of_picture(path: Path, finder: FaceFinder) -> Iterator[Found]:
    picture_bgr = load_image(path)
    proposals = propose(picture_bgr, finder)
    if proposals:
        yield path.stem, picture_bgr, proposals


def _of_video(path: Path, finder: FaceFinder, count: int) -> Iterator[Found]:
    """The largest face of frames that differ most. Read twice: the frames do not fit into memory."""
    frames: list[int] = []
    proposals: list[Proposal] = []
    next_s = 0.0
    with open_source(str(path)) as source:
        for frame in source.frames():
            if frame.time_s < next_s:
                continue
            next_s = frame.time_s + STEP_S
            found = propose(frame.pixels_bgr, finder)
            if found:
                frames.append(frame.index)
                proposals.append(found[0])
    chosen = {frames[place]: proposals[place] for place in most_different(proposals, count)}
    if not chosen:
        return
    with open_source(str(path)) as source:
        for frame in source.frames():
            if frame.index in chosen:
                yield f"{path.stem}-{frame.index:06}", frame.pixels_bgr, [chosen[frame.index]]
            if frame.index >= max(chosen):
                return


def _free_name(stem: str, taken: set[str]) -> str:
    """A file name that is not taken, which every system can bear."""
    plain = re.sub(r"[^\w.() -]", "_", stem)[:80].strip(". ") or "picture"
    number = 1
    while (name := f"{plain}{f' ({number})' if number > 1 else ''}.jpg") in taken:
        number += 1
    return name
