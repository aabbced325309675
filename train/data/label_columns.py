"""What the columns of a label CSV are: the image's name, 68 times x and y, who is shown; or what else it looks like."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.keypoints import NUM_KEYPOINTS
from train.errors import DatasetError

NUM_COLUMNS: Final = 1 + 2 * NUM_KEYPOINTS
HEADER: Final = ("", *(str(column) for column in range(2 * NUM_KEYPOINTS)))
"""First row of the dataset's own CSV files."""
POINT_NAMES: Final = tuple(f"{axis}{point}" for point in range(NUM_KEYPOINTS) for axis in "xy")
EXTRA_COLUMNS: Final = ("person", "source")
"""Columns beside name and points: who is shown, and which picture or clip it comes from."""

_FORM: Final = "row 1 must read ',0,1,...,135' or 'image,x0,y0,...,x67,y67'"
_IMAGE_NAMES: Final = ("image", "image_name", "imagename", "filename", "file_name", "file", "name", "path", "")
_POINT: Final = re.compile(r"([xyv])[ _\-.]*(\d{1,4})")
_OTHER_COUNTS: Final = {
    98: "98 points is the WFLW markup; turn its own list into a CSV with: python -m train import wflw",
    15: "15 points is Kaggle's markup; turn Kaggle's own file into a CSV with: python -m train import kaggle",
    5: "5 points (eyes, nose, mouth corners) are too few to train 68 on; label the faces with 68 points",
    106: "106 points is another markup, which nothing imports; label the faces with 68 points",
    478: "478 points is MediaPipe's mesh, which nothing imports; label the faces with 68 points",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row each thing stands.

    Attributes:
        image: column of the image's name.
        points: for each of x0, y0, ..., x67, y67 its column.
        titles: for each of the same, the header's own name for it.
        visible: column of each point's visibility (0: not labelled), or empty.
        person: column that says who is shown, or None.
    """

    image: int
    points: tuple[int, ...]
    titles: tuple[str, ...]
    visible: tuple[int, ...] = ()
    person: int | None = None


def understand_header(path: Path, header: tuple[str, ...]) -> Columns:
    """Find the columns by their names.

    Accepted are the dataset's own header, and `x0, y0, ...` in any order and spelling (`X0`, `x_0`, `x1` to `x68`),
    with columns `v0, ...` of visibility, `person` and `source`, and the image's name in any place.

    Raises:
        DatasetError: they are others; the message says what the file looks like.
    """
    names = tuple(cell.casefold().strip() for cell in header)
    _refuse_other_files(path, names)
    numbered = {name for name in names[1:] if name.isdecimal()}
    if "0" in numbered or len(numbered) > NUM_KEYPOINTS:
        return _dataset_columns(path, names)
    found = {column: match for column, name in enumerate(names) if (match := _POINT.fullmatch(name))}
    if not found:
        raise DatasetError(f"{path}: its header names no points, but {_excerpt(header)}; {_FORM}")
    return _named_columns(path, header, names, found)


def _refuse_other_files(path: Path, names: tuple[str, ...]) -> None:
    if {"frame", "face_id", "score"} <= set(names):
        raise DatasetError(
            f"{path} is a log of python -m realtime --log, which names no images; turn log and video into labelled "
            "images with: python -m train import log"
        )
    if "left_eye_center_x" in names:
        raise DatasetError(
            f"{path} is Kaggle's file of 15 points with the pixels in it; turn it into images and a CSV with: "
            "python -m train import kaggle"
        )
    numbers = sum(_is_number(name) for name in names)
    if numbers > len(names) / 2 and not {"0", "1", "2"} <= set(names):
        raise DatasetError(f"{path} has no header: its first row holds numbers; {_FORM}")


def _dataset_columns(path: Path, names: tuple[str, ...]) -> Columns:
    """`,0,1,...,135`, with columns that are known by name behind."""
    extras = {name: column for column, name in enumerate(names) if column and name in EXTRA_COLUMNS}
    points = tuple(name for column, name in enumerate(names) if column and column not in extras.values())
    if points != HEADER[1:]:
        missing = [name for name in HEADER[1:] if name not in points]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            whole = points == tuple(str(column) for column in range(len(points)))
            hint = _count_hint(len(points) // 2) if whole else ""
            reason = f"its header misses the columns {', '.join(missing[:3])}{more}{hint}"
        else:
            reason = f"its header has {len(names)} columns, or has them in another order"
        raise DatasetError(f"{path}: {reason}; {_FORM}")
    columns = tuple(column for column in range(1, len(names)) if column not in extras.values())
    return Columns(0, columns, HEADER[1:], (), extras.get("person"))


def _named_columns(
    path: Path, header: tuple[str, ...], names: tuple[str, ...], found: dict[int, "re.Match[str]"]
) -> Columns:
    """`x0, y0, ...` in any order, counted from 0 or from 1."""
    places: dict[str, int] = {}
    start = 0 if any(match[2] == "0" for match in found.values()) else 1
    for column, match in found.items():
        key = f"{match[1]}{int(match[2]) - start}"
        if key in places:
            raise DatasetError(f"{path}: its header names {header[column]!r:.40} twice; {_FORM}")
        places[key] = column
    count = sum(key[0] == "x" for key in places)
    if count != NUM_KEYPOINTS and all(f"{axis}{point}" in places for axis in "xy" for point in range(count)):
        raise DatasetError(f"{path} labels {count} points a face where {NUM_KEYPOINTS} are needed{_count_hint(count)}")
    missing = [name for name in POINT_NAMES if name not in places]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise DatasetError(f"{path}: its header misses the columns {', '.join(missing[:3])}{more}; {_FORM}")
    others = [column for column in range(len(names)) if column not in found and names[column] not in EXTRA_COLUMNS]
    image = next((c for known in _IMAGE_NAMES for c in others if names[c] == known), None)
    if image is None and len(others) == 1:
        image = others[0]
    if image is None or len(others) > 1:
        unknown = ", ".join(repr(header[column])[:40] for column in others if column != image)
        reason = f"does not say what the columns {unknown} are" if unknown else "names no column for the images"
        raise DatasetError(f"{path}: its header {reason}; beside the points give 'image', and if you like 'person'")
    visible = tuple(places.get(f"v{point}", -1) for point in range(NUM_KEYPOINTS))
    columns = tuple(places[name] for name in POINT_NAMES)
    return Columns(
        image,
        columns,
        tuple(header[column] for column in columns),
        visible if min(visible) >= 0 else (),
        names.index("person") if "person" in names else None,
    )


def _count_hint(count: int) -> str:
    """What files with this many points are, behind a semicolon."""
    if count in _OTHER_COUNTS:
        return f"; {_OTHER_COUNTS[count]}"
    return "" if count == NUM_KEYPOINTS else "; python -m train import --help lists the formats that can be imported"


def _excerpt(header: tuple[str, ...]) -> str:
    return ", ".join(repr(cell)[:30] for cell in header[:4]) + (" ..." if len(header) > 4 else "")


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
