"""Who is in each image, and whose images a run holds out to measure on."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt

from model.plain_text import counted
from train.errors import DatasetError

DEVELOPMENT_SHARE: Final = 0.15
"""Share of the people whose images are held out for development."""
FEWEST_PEOPLE: Final = 5
"""With fewer, holding one out would cost too much of the data, and say little of anybody else."""
ALL_PEOPLE: Final = "all people"
"""How a run that held nobody out says so."""
_TAIL: Final = re.compile(r"[\W_]*(?:\(\d+\)|\d+[a-z]?)$")
"""What counts a person's images: `_01`, ` 7`, ` (1)`, `01a`."""
_NO_PERSON: Final = re.compile(
    r"im(g|age)s?|photos?|pic(ture)?s?|frames?|faces?|dsc[nf]?|pxl|mvi|vid(eo)?|still|snapshot|screenshot|scan|crop|shot"
    r"|capture|webcam|cam|sample|untitled|p",
    re.IGNORECASE,
)
"""Names that cameras and programs give: they say nothing of who is shown."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which of N images a run holds out.

    Attributes:
        held_out: (N,) mask.
        words: whom the run trains on, in words.
    """

    held_out: npt.NDArray[np.bool_] = field(repr=False)
    words: str


def person_of(name: str) -> str:
    """The person in an image by its name alone: up to its number, or its folder where the name says nothing.

    `Luis_Fonsi_21.jpg`, `Luis_Fonsi (3).jpg` and `Luis_Fonsi21b.jpg` show `Luis_Fonsi`; `ada/01.jpg` and
    `ada/IMG_0012.jpg` show `ada`.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    person = _TAIL.sub("", path.stem)
    if (not person or _NO_PERSON.fullmatch(person)) and path.parent.name:
        return path.parent.as_posix()
    return person or path.stem


def people_of(names: Sequence[str], given: Sequence[str] = ()) -> tuple[str, ...]:
    """The person in each of N images.

    Args:
        names: file names, relative to the folder of the images.
        given: (N,) who is shown according to the labels, empty where they do not say; or nothing.

    Returns:
        `given` where it says something, else `person_of`. Where every folder holds images of one name only, and
        several folders share that name (`ada/portrait_1`, `bob/portrait_1`), the folder is the person.
    """
    people = [person_of(name) for name in names]
    folders = [PurePosixPath(name.replace("\\", "/")).parent.as_posix() for name in names]
    inside: dict[str, set[str]] = defaultdict(set)
    for folder, person in zip(folders, people, strict=True):
        inside[folder].add(person)
    single = all(len(found) == 1 for found in inside.values())
    if single and 1 < len(inside) != len(set(people)):
        people = folders
    return tuple(told or found for told, found in zip(given or [""] * len(people), people, strict=True))


def is_held_out(person: str) -> bool:
    """Whether a person belongs to the development split: by a hash of the name, so always, and in every CSV alike."""
    return _place(person) < DEVELOPMENT_SHARE


def development_split(people: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(N,) mask of the images held out for development: all images of some of the people.

    Where chance would hold out nobody, or everybody, those next in the same order are taken, so that a data set of
    several people can always be split.

    Args:
        people: who is in each image, see `people_of`.

    Raises:
        DatasetError: there are too few people.
    """
    order = sorted(set(people), key=_place)
    held = [person for person in order if is_held_out(person)]
    if not 0 < len(held) < len(order):
        if len(order) < FEWEST_PEOPLE:
            raise DatasetError(
                f"cannot split {counted(len(people), 'image')} of {describe_people(people)} into people "
                "to train on and people to measure on, so no figure would be honest; add a column 'person' or name "
                "files <person>_<number>.jpg, or take everybody: --split all (in training also: --hold-out NAME, or "
                "--validate CSV)"
            )
        held = order[: max(1, round(DEVELOPMENT_SHARE * len(order)))]
    return np.isin(np.array(people), held)


def hold_out(people: Sequence[str], *, all_people: bool, chosen: Sequence[str] = ()) -> Split:
    """Which images a run is not trained on.

    Args:
        people: who is in each image, see `people_of`.
        all_people: hold nobody out.
        chosen: hold out these people, and nobody else.

    Raises:
        DatasetError: see `development_split`; or somebody chosen is not there, or nobody would be left.
    """
    if chosen:
        known = {person.casefold(): person for person in people}
        unknown = [name for name in chosen if name.casefold() not in known]
        if unknown:
            raise DatasetError(
                f"--hold-out {unknown[0]!r:.60}: nobody is called that; there are {describe_people(people)}"
            )
        mask = np.isin(np.array(people), [known[name.casefold()] for name in chosen])
        if mask.all():
            raise DatasetError("--hold-out names everybody, so that nobody is left to train on; name fewer people")
        return Split(mask, f"all people but {', '.join(sorted(known[name.casefold()] for name in chosen))}")
    if all_people:
        return Split(np.zeros(len(people), bool), ALL_PEOPLE)
    return Split(development_split(people), "development split: people held out by file name")


def describe_people(people: Sequence[str], most: int = 4) -> str:
    """How many people were recognised, and a few of their names."""
    names = sorted(set(people), key=str.casefold)
    more = ", ..." if len(names) > most else ""
    shown = ", ".join(name[:30] for name in names[:most])
    return f"{len(names)} {'person' if len(names) == 1 else 'people'} ({shown}{more})"


def _place(person: str) -> float:
    """Where in [0, 1) a name's hash lies."""
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
