"""Layers of the screen: where they stand, what they do to colours, which files they take; and pictures that move."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from assets import FILTERS_DIR
from assets.luts import GRADES, cube_text
from realtime.errors import FilterError
from realtime.filters import lut
from realtime.filters.filter import LayeredFilter
from realtime.filters.lut import Lut, read_cube
from realtime.filters.packs.manifest import filter_of
from realtime.filters.packs.pack import MANIFEST, Pack
from tests.realtime.filters.faces import turned_face
from tests.realtime.filters.sample_packs import CUBE, KIND_SAMPLES, manifest_of, pack_of

SCREEN = KIND_SAMPLES["overlay screen"]
IDENTITY = np.stack(np.meshgrid(*[np.linspace(0, 1, 5)] * 3, indexing="ij"), axis=-1)


def shown(shape: tuple[int, int] = (200, 300), **changes: object) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns that a screen picture changes on grey."""
    canvas = np.full((*shape, 3), 128, np.uint8)
    filter_of(pack_of([{**SCREEN, **changes}])).apply(canvas, [], 0.0)
    rows, columns = np.nonzero((canvas != 128).any(axis=2))
    return rows, columns


def test_a_picture_stands_where_it_should_at_any_size_of_frame() -> None:
    for shape in ((200, 300), (720, 1280)):
        rows, columns = shown(shape, at=[0.25, 0.5], height=0.5)
        assert rows.mean() / shape[0] == pytest.approx(0.5, abs=0.01)
        assert columns.mean() / shape[1] == pytest.approx(0.25, abs=0.01)
        assert np.ptp(rows) / shape[0] == pytest.approx(0.5 * 0.96, abs=0.01)
    rows, columns = shown(stretch=True)
    assert np.ptp(rows) > 185 and np.ptp(columns) > 280


def test_text_is_written_and_never_wider_than_the_frame() -> None:
    canvas = np.full((200, 300, 3), 128, np.uint8)
    filter_of(pack_of([{**KIND_SAMPLES["text"], "text": "W" * 20, "size": 0.4}])).apply(canvas, [], 0.0)
    columns = np.nonzero((canvas != 128).any(axis=(0, 2)))[0]
    assert 5 < columns.min() < 30 and 270 < columns.max() < 296


def test_a_condition_of_the_screen_is_met_by_any_face() -> None:
    layer = filter_of(pack_of([{**SCREEN, "when": {"measure": "yaw", "above": 10, "fade_s": 0}}]))
    for faces, changed in (([], False), ([turned_face()], False), ([turned_face(20), turned_face()], True)):
        canvas = np.full((480, 640, 3), 128, np.uint8)
        LayeredFilter(layer.layers).apply(canvas, faces, 0.0)
        assert (canvas != 128).any() == changed


def test_layers_of_the_screen_lie_below_or_above_those_of_faces() -> None:
    grade, block = KIND_SAMPLES["grade"], {**KIND_SAMPLES["privacy block"], "color": "#ff0000"}
    for layers, red in (([grade, block], 255), ([block, grade], 0)):
        canvas = np.zeros((480, 640, 3), np.uint8)
        filter_of(pack_of(layers)).apply(canvas, [turned_face()], 0.0)
        assert abs(int(canvas[250, 320, 2]) - red) <= 4


@pytest.mark.parametrize(
    "grid", [IDENTITY, np.repeat(IDENTITY @ [[0.1], [0.6], [0.3]], 3, axis=-1)], ids=["same", "grey"]
)
def test_a_table_is_exact_to_a_level_or_two_and_has_no_bands(grid: np.ndarray) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    table = Lut.from_grid(grid)
    wanted = colors if grid is IDENTITY else np.repeat(colors @ [[0.1], [0.6], [0.3]], 3, axis=-1)
    table.apply(colors_out := colors.copy())
    assert np.abs(colors_out.astype(float) - wanted).max() <= 3
    table.apply(ramp_out := ramp.copy())
    assert np.abs(ramp_out.astype(int) - ramp).max() <= 2 and (np.diff(ramp_out[0].astype(int), axis=0) >= -1).all()


def test_opencv_and_numpy_look_up_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    colors = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    for grid in (IDENTITY[..., ::-1], np.repeat(IDENTITY[..., :1], 3, axis=-1)):
        pictures = []
        for able in (lut._opencv_looks_up(), False):
            monkeypatch.setattr(lut, "_opencv_looks_up", lambda able=able: able)
            Lut.from_grid(grid).apply(out := colors.copy())
            pictures.append(out)
            monkeypatch.undo()
        assert (pictures[0] == pictures[1]).all()


def test_cubes_of_one_dimension_and_other_domains_are_read() -> None:
    picture = np.full((4, 4, 3), (10, 100, 200), np.uint8)
    flat = read_cube(b"TITLE x\n# note\nLUT_1D_SIZE 2\n1 0 0\n0 1 1\n")
    flat.apply(out := picture.copy())
    assert np.abs(out[0, 0].astype(int) - (10, 100, 55)).max() <= 4
    half = read_cube(CUBE.replace(b"SIZE 2\n", b"SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 1 1\n"))
    half.apply(out := picture.copy())
    assert np.abs(out[0, 0].astype(int) - (10, 100, 255 - 100)).max() <= 4
    ranged = read_cube(b"\xef\xbb\xbfLUT_3D_SIZE 2\r\nLUT_3D_INPUT_RANGE 0 2\r\n" + CUBE.partition(b"\n")[2])
    ranged.apply(out := picture.copy())
    assert np.abs(out[0, 0].astype(int) - (5, 50, 255 - 100)).max() <= 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.cube: it has no line LUT_3D_SIZE or LUT_1D_SIZE; export it as .cube again"),
        (b"\xff\x00 nonsense", r"line 1 \(.* nonsense\) does not hold 3 numbers; export it"),
        (b"LUT_3D_SIZE 999\n", "its size of 999 is not from 2 to 65; export it smaller"),
        (b"LUT_1D_SIZE 1\n", "its size of 1 is not from 2 to 4096; export it larger"),
        (b"LUT_3D_SIZE x\n", r"line 1 \(LUT_3D_SIZE x\) does not give a size"),
        (b"LUT_3D_SIZE\n", "does not give a size"),
        (b"LUT_1D_SIZE 8\n" + CUBE, r"line 2 \(LUT_3D_SIZE 2\) gives a second size; export one table"),
        (b"LUT_3D_SIZE 2\n0 0 0\n", "it has 1 colours where its size needs 8"),
        (CUBE.replace(b"1 0 0", b"1e999 0 0"), r"line 2 \(1e999 0 0\) does not hold 3 numbers"),
        (CUBE + b"nan nan nan\n", r"line 10 \(nan nan nan\) does not hold 3 numbers"),
        (CUBE.replace(b"1 0 0", b"1 0 0 0"), r"line 2 \(1 0 0 0\) does not hold 3 numbers"),
        (CUBE.replace(b"1 0 0", b"255 0 0"), "its colours go as far as 255; export it for colours from 0 to 1"),
        (CUBE + b"DOMAIN_MAX 255 255 255\n", "its DOMAIN_MAX go.* as far as 255; export it"),
        (CUBE + b"DOMAIN_MIN -1e308 0 0\n", "its DOMAIN_MIN go.* as far as 1e.308; export it"),
        (CUBE + b"DOMAIN_MIN 0.5\n", r"line 10 \(DOMAIN_MIN 0.5\) does not hold 3 numbers"),
        (CUBE + b"LUT_3D_INPUT_RANGE 0\n", "does not hold 2 numbers"),
        (CUBE + b"DOMAIN_MAX 0 0 0\n", "its DOMAIN_MAX is not above its DOMAIN_MIN; export it"),
    ],
)
def test_a_table_that_cannot_be_used_is_reported(data: bytes, message: str) -> None:
    pack = Pack("test", FILTERS_DIR, {MANIFEST: manifest_of([KIND_SAMPLES["grade"]]).encode(), "a.cube": data})
    with pytest.raises(FilterError, match=message):
        filter_of(pack)


def test_the_tables_that_ship_are_those_of_the_script() -> None:
    for name, grade in GRADES.items():
        assert (FILTERS_DIR / name / "colors.cube").read_text(encoding="utf-8") == cube_text(name, grade)


@pytest.mark.parametrize("ending", ["png", "webp", "gif"])
@pytest.mark.parametrize("kind", ["overlay", "overlay screen", "mask"])
def test_animated_pictures_move(ending: str, kind: str) -> None:
    frames = [PillowImage.new("RGBA", (250, 300), color) for color in ((255, 0, 0, 255), (0, 0, 255, 255))]
    stream = io.BytesIO()
    frames[0].save(stream, ending, save_all=True, append_images=frames[1:], duration=[100, 300], lossless=True, loop=0)
    text = manifest_of([{**KIND_SAMPLES[kind], "image": f"a.{ending}"}]).encode()
    worn = filter_of(Pack("test", FILTERS_DIR, {MANIFEST: text, f"a.{ending}": stream.getvalue()}))
    blue = []
    for time_s in (0.05, 0.2, 0.39, 0.45):
        canvas = np.full((480, 640, 3), 128, np.uint8)
        worn.apply(canvas, [turned_face()], time_s)
        changed = canvas[(canvas != 128).any(axis=2)].astype(int)
        blue.append(bool((changed[:, 0] > changed[:, 2]).mean() > 0.5))
    assert blue == [False, True, True, False]


def test_an_animated_picture_counts_with_all_its_frames() -> None:
    frames = [PillowImage.new("L", (1000, 1000), level) for level in range(20)]
    stream = io.BytesIO()
    frames[0].save(stream, "gif", save_all=True, append_images=frames[1:])
    text = manifest_of([{**KIND_SAMPLES["overlay"], "image": "a.gif"}]).encode()
    with pytest.raises(FilterError, match="1000x1000 pixels in 20 frames; make it at most 16 megapixels"):
        filter_of(Pack("test", FILTERS_DIR, {MANIFEST: text, "a.gif": stream.getvalue()}))
