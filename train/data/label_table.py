"""The cells of a label CSV as a pandas table: encoding, separator and row numbers, before anything is understood."""

import codecs
import csv
import io
import re
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from train.errors import DatasetError

LARGEST_BYTES: Final = 256_000_000
"""Larger files are refused; the dataset's own CSV has 2.5 MB, and Kaggle's with its pixels 240."""
_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES: Final = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive; in the spreadsheet, save it as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; in the spreadsheet, save it as CSV UTF-8"),
    (b"\x89PNG", "a PNG picture; give the CSV of the labels"),
    (b"\xff\xd8\xff", "a JPEG picture; give the CSV of the labels"),
    (b"%PDF", "a PDF; give the CSV of the labels"),
    (b"<?xml", "an XML file; turn dlib's into a CSV with: python -m train import dlib"),
    (b"{", "a JSON file; turn COCO's into a CSV with: python -m train import coco"),
    (b"version: 1", "an iBUG .pts file; turn the folder into a CSV with: python -m train import pts"),
)
_MOST_NAMED: Final = 40
"""Characters of a cell that a message repeats."""


class LabelTable(NamedTuple):
    """The rows of a CSV as text.

    Attributes:
        header: the cells of its header, stripped.
        cells: a column of strings for each of the header's; the index is the row's number in the file, from 1.
        decimal_comma: whether numbers such as `12,5` mean twelve and a half, as in files separated by semicolons.
    """

    header: tuple[str, ...]
    cells: pd.DataFrame
    decimal_comma: bool


def read_table(path: Path, what: str = "CSV") -> LabelTable:
    """Read a CSV as text: UTF-8 or UTF-16, separated by commas, semicolons or tabs. Blank lines are left out.

    Raises:
        DatasetError: the file is missing, too large, empty, another kind of file, or has a row of another length; the
            message names the row.
    """
    lines = _read_text(path, what).split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise DatasetError(f"{path} is empty; give a CSV with a header and one row for each image")
    separator = _separator(lines[first])
    try:
        cells = pd.read_csv(
            io.StringIO("\n".join(lines[first:])),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
        )
    except pd.errors.ParserError as error:
        raise DatasetError(_broken(path, str(error), lines, first, separator)) from error
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"{path} is empty; give a CSV with a header and one row for each image") from error
    cells.index = pd.RangeIndex(first + 1, first + 1 + len(cells))
    header = tuple(str(cell).strip() for cell in cells.iloc[0])
    blank = (cells.iloc[:, 0].str.strip() == "") & (cells.iloc[:, 1:] == "").all(axis=1)
    cells = cells.iloc[1:][~blank.iloc[1:]]
    _refuse_short_rows(path, cells, lines, separator)
    return LabelTable(header, cells, separator != ",")


def numbers(table: LabelTable, column: int) -> "pd.Series[float]":
    """A column as float64; NaN where the cell is empty or not a number."""
    text = table.cells.iloc[:, column].str.strip()
    if table.decimal_comma:
        text = text.str.replace(r"^([-+]?\d*),(\d+)$", r"\1.\2", regex=True)
    return pd.to_numeric(text, errors="coerce").astype("float64")


def shown(cell: str) -> str:
    """A cell as messages name it: quoted, cut where it is long, without control characters."""
    return repr(cell if len(cell) <= _MOST_NAMED else cell[:_MOST_NAMED] + "...")


def _read_text(path: Path, what: str) -> str:
    if not path.is_file():
        if path.is_dir():
            raise DatasetError(
                f"{what} {path} is a folder; give the file of the labels in it, as in {path / 'labels.csv'}"
            )
        raise DatasetError(
            f"{what} {path} does not exist; give another file, or get the dataset: python -m train download"
        )
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise DatasetError(
                f"{path} has {size / 1e6:.0f} MB, and label files of at most {LARGEST_BYTES / 1e6:.0f} MB are read; "
                "split it, or give another file"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read the {what} {path}: {error.strerror}") from error
    for start, kind in _OTHER_FILES:
        if data.startswith(start):
            raise DatasetError(f"{path} is not a CSV: it looks like {kind}")
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), None)
    if encoding is None:
        # Without a mark, UTF-16 shows by every second byte of its header being zero.
        zeros = [data[start:400:2].count(0) for start in (0, 1)]
        encoding = "utf-16-be" if zeros[0] > 8 > zeros[1] else "utf-16-le" if zeros[1] > 8 > zeros[0] else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path} is not text in UTF-8 or UTF-16 (byte {error.start} does not fit); in the spreadsheet or editor, "
            "save it as CSV UTF-8"
        ) from error
    if "\0" in text:
        raise DatasetError(f"{path} is not a CSV: it holds zero bytes, as no text does; save it as CSV UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _separator(header: str) -> str:
    """What separates the header's cells: the most frequent of comma, semicolon and tab."""
    return max((",", ";", "\t"), key=header.count)


def _broken(path: Path, reason: str, lines: list[str], first: int, separator: str) -> str:
    """What to say of a row that the parser refuses."""
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", reason)
    if found:
        wanted, line, saw = (int(group) for group in found.groups())
        row = first + line
        name = shown(lines[row - 1].split(separator)[0])[1:-1]
        decimal = separator == "," and abs(saw - (2 * wanted - 1)) <= 2
        remedy = (
            "this looks like decimal commas in a file separated by commas: export it with decimal points, or with "
            "semicolons between the cells"
            if decimal
            else "mend the row or remove it"
        )
        return f"{path}, row {row} ({name}): {saw} columns where {wanted} are needed; {remedy}"
    if "EOF inside string" in reason:
        line = int(re.findall(r"\d+", reason)[-1])
        return f"{path}, row {first + line + 1}: a quotation mark is opened and never closed; mend the row"
    return f"{path} is not a CSV that can be read ({reason.strip()[:120]}); save it as CSV UTF-8"


def _refuse_short_rows(path: Path, cells: pd.DataFrame, lines: list[str], separator: str) -> None:
    """The parser fills short rows with empty cells, which would pass for points that are not labelled."""
    if cells.shape[1] < 2:
        return
    for row in cells.index[cells.iloc[:, -1] == ""]:
        try:
            count = len(next(csv.reader([lines[row - 1]], delimiter=separator)))
        except csv.Error:
            continue
        if count < cells.shape[1]:
            raise DatasetError(
                f"{path}, row {row} ({shown(str(cells.loc[row].iloc[0]))[1:-1]}): {count} columns where "
                f"{cells.shape[1]} are needed; mend the row or remove it"
            )
