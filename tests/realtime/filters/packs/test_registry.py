"""Finding filters by name."""

from pathlib import Path

import pytest

from realtime.errors import FilterError
from realtime.filters.packs import registry


def test_sunglasses_ship() -> None:
    assert "sunglasses" in registry.available()
    assert registry.load("sunglasses").layers


def test_an_unknown_filter_is_reported_with_the_known_ones() -> None:
    with pytest.raises(
        FilterError, match=r"no filter is called 'sunglases'; did you mean 'sunglasses'\? known: .*sunglasses"
    ):
        registry.load("sunglases")
    with pytest.raises(FilterError, match=r"no filter is called '\?\?'; known: "):
        registry.load("??")


def test_more_folders_add_filters_and_a_missing_one_is_reported(tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    pack.mkdir()
    shipped = registry.available()["sunglasses"].path
    for file in shipped.iterdir():
        (pack / file.name).write_bytes(file.read_bytes())
    assert registry.find("mine", [tmp_path]).path == pack
    assert registry.load("mine", [tmp_path]).layers
    with pytest.raises(FilterError, match=r"cannot read the filters folder .*nowhere"):
        registry.available([tmp_path / "nowhere"])
