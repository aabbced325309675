"""Which package may import which, read from the sources; and what the live program must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

MAY_IMPORT = {
    "assets": {"assets"},
    "model": {"model", "assets"},
    "realtime": {"realtime", "model", "assets"},
    "train": {"train", "model", "assets"},
}
SOURCES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    """Full names of all modules that the file imports, at the top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_import_against_the_direction(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imported_modules(path)} & (set(MAY_IMPORT) | {"tests"})
    assert ours <= MAY_IMPORT[package]


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.relative_to(ROOT).parts[0] == "realtime"], ids=lambda p: p.name
)
def test_the_live_program_names_no_training_library(path: Path) -> None:
    names = imported_modules(path)
    assert not {name.split(".")[0] for name in names} & {"torch", "pandas"}
    assert not {name for name in names if name.startswith("model.networks")}


def test_sinks_do_not_know_the_filters() -> None:
    for path in (ROOT / "realtime" / "sinks").rglob("*.py"):
        assert not {name for name in imported_modules(path) if name.startswith("realtime.filters")}, path


def test_only_the_assembly_wires_the_stages() -> None:
    wired = {path.name for path in (ROOT / "realtime").rglob("*.py") if "realtime.pipeline" in named_in(path)}
    assert wired == {"assembly.py"}


def named_in(path: Path) -> set[str]:
    """Full names of modules and of whatever is imported from them."""
    names = imported_modules(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_starting_the_live_program_loads_nothing_heavy() -> None:
    code = (
        "import sys, realtime.cli.live, realtime.live.app, realtime.live.config\n"
        "heavy = {'torch', 'pandas', 'matplotlib', 'scipy', 'onnx', 'pydantic', 'aiohttp'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "module", ["realtime.cli.live", "realtime.sinks.recording.formats", "realtime.sources.files.video"]
)
def test_opencv_is_loaded_before_pyav(module: str) -> None:
    """The other way round its windows hang: each brings a libxcb of its own."""
    code = f"import sys, {module}; names = list(sys.modules); sys.exit(names.index('cv2') > names.index('av'))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_cv2_windows_and_primitives_stay_in_their_rooms() -> None:
    rooms = {
        "imshow": "sinks/window/",
        "waitKey": "sinks/window/",
        "circle": "realtime/drawing/",
        "polylines": "realtime/drawing/",
        "putText": "none",
    }
    for path in (ROOT / "realtime").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "cv2"
                and node.attr in rooms
            ):
                assert rooms[node.attr] in path.as_posix(), f"{path}:{node.lineno} uses cv2.{node.attr}"
