"""Listing, checking, beginning and picturing packs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from realtime.errors import FilterError, SinkError
from realtime.filters.authoring import tools
from realtime.filters.authoring.portrait import portrait
from realtime.filters.layers.overlay import Overlay
from realtime.filters.packs import registry
from tests.paths import ROOT
from tests.realtime.filters.sample_packs import picture_png


def test_the_list_holds_all_and_tells_of_broken_ones(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "filter.toml").write_text("schema = 1", encoding="utf-8")
    rows = {row.name: row for row in tools.list_filters([tmp_path])}
    assert set(registry.available()) | {"bad"} == set(rows)
    assert rows["bad"].manifest is None and "title: this key is missing" in rows["bad"].problem
    sunglasses = rows["sunglasses"].manifest
    assert sunglasses is not None and sunglasses.kinds == ("overlay",) and sunglasses.description


def test_check_says_what_a_pack_is_or_what_is_wrong(tmp_path: Path) -> None:
    assert tools.check_pack(registry.available()["sunglasses"].path).title == "Aviators"
    with pytest.raises(FilterError, match="no filter pack at"):
        tools.check_pack(tmp_path / "nothing")


@pytest.mark.parametrize("spot", ["eyes", "head", "nose", "mouth", "face"])
def test_a_new_pack_works_and_lies_on_its_spot(tmp_path: Path, spot: tools.Spot) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(picture_png((200, 100)))
    made = tools.new_pack("my-filter", picture, tmp_path / "packs", spot, author='Ann "the hat" Example')
    assert sorted(path.name for path in made.iterdir()) == ["filter.toml", "picture.png"]
    shown = registry.load("my-filter", [tmp_path / "packs"])
    assert isinstance(shown.layers[0].layer, Overlay)
    preview_bgr = np.asarray(cv2.imread(str(tmp_path / "packs" / "my-filter-preview.png")))
    plain_bgr, face = portrait(120.0, (380, 440), (0.5, 0.53))
    rows, columns = np.nonzero(np.any(preview_bgr != plain_bgr, axis=2))
    names = {"eyes": 27, "head": 27, "nose": 30, "mouth": 62, "face": 30}
    x, y = face.keypoints_px[names[spot]]
    assert abs(columns.mean() - 190) < 12 and abs(columns.mean() - x) < 30
    if spot == "head":
        assert rows.mean() < y
    else:
        assert abs(rows.mean() - y) < 30


def test_what_cannot_become_a_pack_is_reported(tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(picture_png())
    (tmp_path / "there").mkdir()
    (tmp_path / "b-preview.png").write_bytes(b"mine")
    (tmp_path / "no.png").write_bytes(b"no picture")
    clear = np.zeros((20, 20, 4), np.uint8)
    (tmp_path / "clear.png").write_bytes(cv2.imencode(".png", clear)[1].tobytes())
    for name, source, message in [
        ("a/b", picture, "'a/b' cannot name a filter; use letters"),
        ("", picture, "'' cannot name a filter"),
        ("there", picture, "is there already; choose another name"),
        ("n" * 300, picture, "a name of 300 letters is too long; use at most 60"),
        ("b", picture, "b-preview.png is there already, where the preview goes; choose another name, or move it"),
        ("a", tmp_path / "mine.gif", "is not a PNG or WebP; save it as PNG"),
        ("a", tmp_path / "gone.png", "cannot make .*check both paths"),
        ("a", tmp_path / "no.png", "is not a picture that can be read"),
        ("a", tmp_path / "clear.png", "is wholly transparent"),
    ]:
        with pytest.raises(FilterError, match=message):
            tools.new_pack(name, source, tmp_path)
    assert not (tmp_path / "a").exists(), "nothing half made is left"
    assert (tmp_path / "b-preview.png").read_bytes() == b"mine"


def test_the_gallery_draws_every_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: info for name, info in registry.available().items() if name in ("sunglasses", "swap", "pixelate")}
    monkeypatch.setattr(registry, "available", lambda extra_dirs=(): few)
    with pytest.raises(SinkError, match=r"cannot write .*weights\.onnx: the picture is a PNG; give a name that ends"):
        tools.gallery(tmp_path / "weights.onnx", overwrite=True)
    out = tmp_path / "gallery.png"
    assert tools.gallery(out, columns=2) == ["sunglasses", "swap", "pixelate"]
    sheet = np.asarray(cv2.imread(str(out)))
    assert sheet.shape == (880, 760, 3)
    plain_bgr, _ = portrait(120.0, (380, 440), (0.5, 0.53))
    assert (sheet[:400, :380] != plain_bgr[:400]).any() and (sheet[:400, 380:] != plain_bgr[:400]).any()
    with pytest.raises(SinkError, match=r"gallery.png exists and is not overwritten; .*--overwrite"):
        tools.gallery(out)
    assert tools.gallery(out, overwrite=True)
    with pytest.raises(SinkError, match=r"cannot write .*choose a folder that exists"):
        tools.gallery(tmp_path / "no" / "gallery.png")


def test_the_page_of_all_filters_is_complete() -> None:
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    advice = "run python -m docs.make_pictures gallery"
    for row in tools.list_filters():
        assert row.manifest and f"| `{row.name}` | {row.manifest.description} |" in page, advice
        assert f"(gallery-{row.category.replace(' ', '-')}.jpg)" in page, advice


def test_a_new_pack_is_upright_and_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    lying = Image.new("RGBA", (600, 200), (255, 0, 0, 0))
    lying.paste((0, 0, 255, 255), (50, 50, 550, 150))
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(tmp_path / "lying.png", exif=exif)
    made = tools.new_pack("lying", tmp_path / "lying.png", tmp_path / "packs")
    with Image.open(made / "picture.png") as picture:
        assert picture.size == (200, 600)
    assert not tools.is_opaque(tmp_path / "lying.png")
    Image.new("RGB", (30, 30)).save(tmp_path / "opaque.png")
    assert tools.is_opaque(tmp_path / "opaque.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nonsense")
    with pytest.raises(FilterError):
        tools.new_pack("broken", tmp_path / "broken.png", tmp_path / "packs")
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == ["lying", "lying-preview.png"]
