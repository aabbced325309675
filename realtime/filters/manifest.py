"""A pack's `filter.toml`: its keys, and from it a filter. See docs/filters.md."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from realtime.drawing import Sticker
from realtime.errors import FilterError
from realtime.filters import keypoints, overlay
from realtime.filters.base import Layer
from realtime.filters.keys import Choice, Key, ListOf, Number, Place, Table, Text
from realtime.filters.layered import LayeredFilter, LayerUse
from realtime.filters.pack import Pack

SCHEMA_VERSION: Final = 1
_MAX_LAYERS: Final = 32

KINDS: Final[dict[str, tuple[dict[str, Key], Callable[..., Layer]]]] = {
    "overlay": (overlay.KEYS, overlay.Overlay),
    "keypoints": (keypoints.KEYS, keypoints.Keypoints),
}
"""Kind of layer -> its own keys and what is built of them."""

_COMMON: Final[dict[str, Key]] = {
    "opacity": Key(Number(0, 1), "how strongly it shows", 1.0),
}
"""Keys of every layer."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself."""

    title: str
    author: str
    licence: str
    description: str
    kinds: tuple[str, ...]
    layers: tuple[LayerUse, ...]


class _LayerValue:
    """A `[[layer]]` table: its `kind` says which keys it has."""

    def read(self, raw: object, place: Place) -> tuple[str, LayerUse]:
        if not isinstance(raw, dict):
            raise place.error(f"{raw!r} is not a table", "write it under [[layer]]")
        if "kind" not in raw:
            raise place.at("kind").error("this key is missing", f"take one of: {', '.join(KINDS)}")
        kind = Choice(tuple(KINDS)).read(raw["kind"], place.at("kind"))
        return kind, _layer_table(kind).read(raw, place)

    def schema(self) -> dict[str, Any]:
        return {"oneOf": [{"title": kind, **_layer_table(kind).schema()} for kind in KINDS]}


def _layer_table(kind: str) -> Table:
    keys, build = KINDS[kind]

    def use(**values: Any) -> LayerUse:
        del values["kind"]
        common = {name: values.pop(name) for name in _COMMON}
        return LayerUse(build(**values), **common)

    return Table({"kind": Key(Choice((kind,)), "the kind of layer"), **keys, **_COMMON}, use)


def _manifest(**values: Any) -> Manifest:
    del values["schema"]
    layers = values.pop("layer")
    kinds = tuple(dict.fromkeys(kind for kind, _ in layers))
    return Manifest(**values, kinds=kinds, layers=tuple(use for _, use in layers))


TABLE: Final = Table(
    {
        "schema": Key(Number(SCHEMA_VERSION, SCHEMA_VERSION), f"version of this format: {SCHEMA_VERSION}"),
        "title": Key(Text(60), "its name for people"),
        "author": Key(Text(120), "who made it"),
        "licence": Key(Text(120), 'how it may be used, such as "MIT" or "CC BY 4.0"'),
        "description": Key(Text(200), "one line on what it does"),
        "layer": Key(ListOf(_LayerValue(), 1, _MAX_LAYERS), "what is drawn, in this order, each under [[layer]]"),
    },
    _manifest,
)


def read_manifest(pack: Pack) -> Manifest:
    """Read and check a pack's manifest and its pictures.

    Raises:
        FilterError: anything is wrong; says file, key and remedy.
    """
    stickers: dict[str, Sticker] = {}

    def picture(name: str, _place: Place) -> Sticker:
        if name not in stickers:
            stickers[name] = Sticker.from_straight(pack.picture_bgra(name))
        return stickers[name]

    try:
        raw = tomllib.loads(pack.files["filter.toml"].decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FilterError(f"{pack.label}: not valid TOML ({error}); mend that place") from error
    manifest: Manifest = TABLE.read(raw, Place(pack.label, "", picture))
    return manifest


def filter_of(pack: Pack) -> LayeredFilter:
    """The filter that a pack describes; raises `FilterError` as `read_manifest`."""
    manifest = read_manifest(pack)
    return LayeredFilter(pack.name, manifest.description, manifest.layers)
