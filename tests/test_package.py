"""The package: its metadata, the requirements files, and what goes into a wheel."""

import re
import tomllib

import assets
from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def required(name: str) -> set[str]:
    """Requirements of a requirements file, without those of the file that it includes."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith(("#", "-r"))}


def test_requirements_and_metadata_are_in_step() -> None:
    assert required("requirements-live.txt") == set(PROJECT["dependencies"])
    assert required("requirements.txt") == set(EXTRAS["train"])
    optional = {line for name, extra in EXTRAS.items() if name not in ("train", "dev") for line in extra}
    own = {line for line in EXTRAS["dev"] if not line.startswith("face-keypoints")}
    assert required("requirements-dev.txt") == own | optional


def test_dev_brings_every_extra() -> None:
    (itself,) = [line for line in EXTRAS["dev"] if line.startswith("face-keypoints")]
    match = re.fullmatch(r"face-keypoints\[(.*)\]", itself)
    assert match and set(match[1].split(",")) == set(EXTRAS) - {"dev"}


def test_torch_is_pinned_exactly() -> None:
    """A range resolves to a build with gigabytes of GPU libraries."""
    assert "torch==2.13.0" in EXTRAS["train"]


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## \[{re.escape(assets.__version__)}\] - \d{{4}}-\d\d-\d\d$", text)


def test_the_files_of_pages_go_into_the_wheel() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert "web/static/*" in data["realtime"]
    static = ROOT / "realtime" / "web" / "static"
    assert {path.suffix for path in static.iterdir()} <= {".html", ".css", ".js"}, "in one folder, nothing built"


def test_pages_fetch_nothing_from_elsewhere() -> None:
    for path in (ROOT / "realtime" / "web" / "static").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert not re.search(r"https?://", text), path.name
