"""Packs are read within limits, from folders and zips, and each rejection says what to do."""

import io
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realtime.errors import FilterError
from realtime.filters.authoring.tools import list_filters
from realtime.filters.packs import pack as packs
from realtime.filters.packs.manifest import filter_of
from realtime.filters.packs.pack import MANIFEST, pack_stamp, read_pack
from tests.realtime.filters.sample_packs import KIND_SAMPLES, manifest_of, picture_png

MANIFEST_TEXT = manifest_of([KIND_SAMPLES["overlay"]])


def folder_at(path: Path) -> Path:
    path.mkdir()
    (path / MANIFEST).write_text(MANIFEST_TEXT, encoding="utf-8")
    (path / "a.png").write_bytes(picture_png())
    return path


def zip_at(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def good_entries(top: str = "") -> dict[str, bytes]:
    return {f"{top}{MANIFEST}": MANIFEST_TEXT.encode(), f"{top}a.png": picture_png()}


def test_a_folder_and_its_zip_are_the_same_filter(tmp_path: Path) -> None:
    folder = read_pack(folder_at(tmp_path / "hat"))
    flat = read_pack(zip_at(tmp_path / "hat.zip", good_entries()))
    nested = read_pack(zip_at(tmp_path / "cap.zip", good_entries("hat/")))
    assert folder.files == flat.files == nested.files
    assert (folder.name, flat.name, nested.name) == ("hat", "hat", "cap")
    assert all(len(filter_of(each).layers) == 1 for each in (folder, flat, nested))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cap.zip", "hat", "hat.zip"], "nothing was unpacked"


def test_pictures_keep_their_colours() -> None:
    from tests.realtime.filters.sample_packs import pack_of

    picture = pack_of(MANIFEST_TEXT).picture_bgra("a.png")
    assert picture[150, 60].tolist() == [90, 40, 220, 255] and picture[60, 190].tolist() == [90, 200, 20, 255]
    assert picture[0, 0, 3] == 0


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../evil.png", "leads out of the pack"),
        ("/etc/evil.png", "leads out of the pack"),
        ("C:/evil.png", "leads out of the pack"),
        ("C:evil.png", "leads out of the pack"),
        ("..\\evil.png", "leads out of the pack"),
        ("a/b/evil.png", "too deep"),
        ("a/./evil.png", "leads out of the pack"),
    ],
)
def test_a_zip_whose_paths_leave_it_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    path = zip_at(tmp_path / "p.zip", good_entries())
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = entry
        archive.writestr(info, b"x")
    with pytest.raises(FilterError, match=message):
        read_pack(path)


def test_a_link_in_a_zip_or_folder_is_refused(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "p.zip", good_entries())
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("link.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(FilterError, match=r"'link\.png' is a link; put the file itself"):
        read_pack(path)
    folder = folder_at(tmp_path / "hat")
    try:
        (folder / "b.png").symlink_to(folder / "a.png")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(FilterError, match=r"b\.png is a link or no file"):
        read_pack(folder)


def test_too_many_files_or_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {**good_entries(), **{f"{index}.png": b"x" for index in range(70)}}
    with pytest.raises(FilterError, match="holds 72 files; a pack has at most 64"):
        read_pack(zip_at(tmp_path / "many.zip", many))
    folder = folder_at(tmp_path / "hat")
    for index in range(70):
        (folder / f"{index}.png").write_bytes(b"x")
    with pytest.raises(FilterError, match="holds 72 files"):
        read_pack(folder)
    monkeypatch.setattr(packs, "MAX_BYTES", 1_000_000)
    bomb = zip_at(tmp_path / "bomb.zip", {**good_entries(), "b.png": bytes(5_000_000)})
    assert bomb.stat().st_size < 50_000
    with pytest.raises(FilterError, match="unpacks to more than 1 MB"):
        read_pack(bomb)
    large = folder_at(tmp_path / "large")
    (large / "b.png").write_bytes(bytes(1_100_000))
    with pytest.raises(FilterError, match="holds more than 1 MB"):
        read_pack(large)


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("1", (16_001, 1_000)).save(stream, "PNG")
    path = zip_at(tmp_path / "p.zip", {MANIFEST: MANIFEST_TEXT.encode(), "a.png": stream.getvalue()})
    with pytest.raises(FilterError, match="has 16001x1000 pixels; make it at most 16 megapixels"):
        filter_of(read_pack(path))


@pytest.mark.parametrize("content", [b"no picture", b"", picture_png()[:200], b"<svg/>"])
def test_a_broken_picture_is_reported(tmp_path: Path, content: bytes) -> None:
    path = zip_at(tmp_path / "p.zip", {MANIFEST: MANIFEST_TEXT.encode(), "a.png": content})
    with pytest.raises(FilterError, match=r"p\.zip/a\.png is not a picture that can be read .*; save it as PNG again"):
        filter_of(read_pack(path))


def test_what_is_no_pack_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FilterError, match=r"no filter pack at .*nowhere; give a folder"):
        read_pack(tmp_path / "nowhere")
    with pytest.raises(FilterError, match=r"cannot read the filter pack .*gone"):
        read_pack(tmp_path / "gone.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(FilterError, match="is not a zip that can be read"):
        read_pack(tmp_path / "broken.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FilterError, match=r"has no filter\.toml; see docs/filters\.md"):
        read_pack(tmp_path / "empty")
    two = zip_at(tmp_path / "two.zip", {**good_entries("a/"), "b/c.png": b"x"})
    with pytest.raises(FilterError, match=r"holds several folders \(a, b\)"):
        read_pack(two)
    cut = zip_at(tmp_path / "cut.zip", {**good_entries(), "b.png": np.random.default_rng(0).bytes(5000)})
    data = bytearray(cut.read_bytes())
    data[len(data) // 2] ^= 0xFF
    cut.write_bytes(bytes(data))
    with pytest.raises(FilterError, match="is not a zip that can be read"):
        read_pack(cut)


def test_a_stamp_changes_with_the_files(tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "hat")
    before = pack_stamp(folder)
    assert before == pack_stamp(folder) != ()
    (folder / "a.png").write_bytes(picture_png((20, 20)))
    assert pack_stamp(folder) != before
    assert pack_stamp(tmp_path / "gone") == ()


def test_corrupt_and_unusual_zips_are_reported_and_leave_the_list_whole(tmp_path: Path) -> None:
    good = zip_at(tmp_path / "good.zip", good_entries())
    spoiled = bytearray(good.read_bytes())
    start = spoiled.index(b"schema") if b"schema" in spoiled else 60
    spoiled[start : start + 30] = b"\xff" * 30
    (tmp_path / "spoiled.zip").write_bytes(spoiled)
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(MANIFEST, MANIFEST_TEXT)
    with pytest.raises(FilterError, match="packed in a way that is not read"):
        read_pack(tmp_path / "lzma.zip")
    (tmp_path / "bad\x1b[2J.zip").write_bytes(b"")
    rows = {row.name: row for row in list_filters([tmp_path])}
    assert rows["good"].manifest and rows["lzma"].manifest is None and "sunglasses" in rows
    assert all(name.isprintable() and row.problem.isprintable() for name, row in rows.items())


@pytest.mark.parametrize(
    "text",
    [
        "a." * 40_000 + "b = 1",
        "x = " + "[" * 2000 + "]" * 2000,
        "x = " + "9" * 5000,
        "# " + "long " * 60_000,
        "\n".join(f"{'a.' * 70}k{i} = 1" for i in range(10)),
    ],
)
def test_endless_manifests_are_refused_at_once(tmp_path: Path, text: str) -> None:
    folder = folder_at(tmp_path / "deep")
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(FilterError, match=r"nested more|60 dots|not valid TOML|more than 200 kB|this key"):
        filter_of(read_pack(folder))


def test_the_pictures_of_a_pack_are_limited_together(tmp_path: Path) -> None:
    folder = folder_at(tmp_path / "heavy")
    layers = []
    for number in range(4):
        Image.new("L", (4000, 4000)).save(folder / f"{number}.png")
        layers.append({**KIND_SAMPLES["overlay"], "image": f"{number}.png"})
    (folder / MANIFEST).write_text(manifest_of(layers), encoding="utf-8")
    with pytest.raises(FilterError, match="more than 48 megapixels together"):
        filter_of(read_pack(folder))


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_pipe_is_no_pack_and_stops_no_list(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(FilterError, match="it is a device or a pipe, not a file; check the path"):
        read_pack(tmp_path / "pipe.zip")
    (listed,) = [each for each in list_filters((tmp_path,)) if each.name == "pipe"]
    assert "a device or a pipe" in str(listed)
