"""A pack's `filter.toml`: its keys, and from it a filter. See docs/filters.md."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from realtime.drawing.sticker import Sticker
from realtime.errors import FilterError
from realtime.filters.base import Layer
from realtime.filters.filter import LayeredFilter, LayerUse
from realtime.filters.gate import ANY_POSE, WHEN, Gate, PoseLimits, When, pose_table
from realtime.filters.layers import beauty, keypoints, makeup, mask, mesh, overlay, particles, privacy, swap, warp
from realtime.filters.packs.pack import MANIFEST, MAX_MANIFEST_BYTES, MAX_PACK_PX, Pack
from realtime.filters.values import Choice, Key, ListOf, Number, Place, Table, Text

SCHEMA_VERSION: Final = 1
_MAX_LAYERS: Final = 32
_DEEPEST: Final = 60
"""Brackets or dots in one line of a manifest."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of layer.

    Attributes:
        keys: its own keys.
        build: makes a layer of their values.
        limits: poses it can serve where the pack says nothing.
    """

    keys: Mapping[str, Key]
    build: Callable[..., Layer]
    limits: PoseLimits = ANY_POSE


KINDS: Final[dict[str, Kind]] = {
    "overlay": Kind(overlay.KEYS, overlay.from_keys, PoseLimits(yaw=65, pitch=55)),
    "mask": Kind(mask.KEYS, mask.from_keys, PoseLimits(yaw=55, pitch=50)),
    "makeup": Kind(makeup.KEYS, makeup.Makeup, PoseLimits(yaw=55, pitch=50)),
    "beauty": Kind(beauty.KEYS, beauty.Beauty, PoseLimits(yaw=60, pitch=50)),
    "warp": Kind(warp.KEYS, warp.Warp, PoseLimits(yaw=65, pitch=60)),
    "privacy": Kind(privacy.KEYS, privacy.Privacy),
    "particles": Kind(particles.KEYS, particles.from_keys),
    "swap": Kind(swap.KEYS, swap.Swap, PoseLimits(yaw=50, pitch=45)),
    "mesh": Kind(mesh.KEYS, mesh.Mesh),
    "keypoints": Kind(keypoints.KEYS, keypoints.Keypoints),
}
"""The kinds there are. A new one is a module with `KEYS`, and a line here."""


def _common(kind: Kind) -> dict[str, Key]:
    """Keys of every layer."""
    return {
        "opacity": Key(Number(0, 1), "how strongly it shows", 1.0),
        "when": Key(WHEN, "shows only while this holds", None),
        "pose": Key(pose_table(kind.limits), "degrees of head pose served; beyond, it fades out", kind.limits),
    }


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
    entry = KINDS[kind]

    def use(kind: str, opacity: float, when: When | None, pose: PoseLimits, **own: Any) -> LayerUse:
        return LayerUse(entry.build(**own), opacity, Gate(when, pose))

    return Table({"kind": Key(Choice((kind,)), "the kind of layer"), **entry.keys, **_common(entry)}, use)


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

    pixels = 0

    def picture(name: str, _place: Place) -> Sticker:
        nonlocal pixels
        if name not in stickers:
            bgra = pack.picture_bgra(name)
            pixels += bgra.shape[0] * bgra.shape[1]
            if pixels > MAX_PACK_PX:
                raise FilterError(
                    f"{pack.label}: its pictures have more than {MAX_PACK_PX // 10**6} megapixels together; make them "
                    "smaller"
                )
            stickers[name] = Sticker.from_straight(bgra)
        return stickers[name]

    raw = _parsed(pack)
    manifest: Manifest = TABLE.read(raw, Place(pack.label, "", picture))
    return manifest


def _parsed(pack: Pack) -> dict[str, Any]:
    """The manifest's tables, read within limits: parsing deep or endless ones would take for ever."""
    data = pack.files[MANIFEST]
    if len(data) > MAX_MANIFEST_BYTES:
        raise FilterError(f"{pack.label} has more than {MAX_MANIFEST_BYTES // 1000} kB; make it shorter")
    try:
        text = data.decode("utf-8")
        if max(map(_depth, text.splitlines()), default=0) > _DEEPEST:
            raise FilterError(f"{pack.label} is nested more than {_DEEPEST} deep; write it flatter")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # what TOML and UTF-8 raise, and numbers of thousands of digits
        raise FilterError(f"{pack.label}: not valid TOML ({str(error)[:200]}); mend that place") from error


def _depth(line: str) -> int:
    """How deep a line could nest, at most."""
    key = line.split("=", 1)[0]
    return max(key.count("."), line.count("["), line.count("{"))


def filter_of(pack: Pack) -> LayeredFilter:
    """The filter that a pack describes; raises `FilterError` as `read_manifest`."""
    return LayeredFilter(read_manifest(pack).layers)
