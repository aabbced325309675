"""The values a pack's `filter.toml` can hold: each reads and checks one, and says what it is in JSON schema.

One table of keys a kind of layer is all there is to a format: reading, checking, the JSON schema and its descriptions
come from it.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.errors import FilterError

REQUIRED = object()
"""Default of a key that must be given."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a pack a value stands, for messages.

    Attributes:
        file: as the user knows it, such as `sunglasses/filter.toml`.
        key: dotted path, such as `layer[0].anchors[1].at`.
        picture: reads a picture of the pack by its name; raises `FilterError`.
    """

    file: str
    key: str
    picture: Callable[[str, "Place"], Any]

    def at(self, key: str | int) -> "Place":
        """A place one step deeper."""
        step = f"[{key}]" if isinstance(key, int) else (f".{key}" if self.key else key)
        return Place(self.file, self.key + step, self.picture)

    def error(self, found: str, remedy: str) -> FilterError:
        """The error to raise: file, key, what is wrong, what to do."""
        return FilterError(f"{self.file}: {self.key or 'top level'}: {found}; {remedy}")


class Value(Protocol):
    """One kind of value."""

    def read(self, raw: object, place: Place) -> Any:
        """The checked value; raises `FilterError`."""

    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table.

    Attributes:
        value: what it holds.
        doc: one sentence for the schema.
        default: the value read when it is left out; `REQUIRED` where it must be given.
    """

    value: Value
    doc: str
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number in low..high."""

    low: float
    high: float

    def read(self, raw: object, place: Place) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not self.low <= raw <= self.high:
            raise place.error(f"{raw!r} is out of range", f"give a number from {self.low:g} to {self.high:g}")
        return float(raw)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Numbers:
    """`count` numbers, each in low..high, as a tuple."""

    count: int
    low: float
    high: float

    def read(self, raw: object, place: Place) -> tuple[float, ...]:
        if not isinstance(raw, list) or len(raw) != self.count:
            raise place.error(f"{raw!r} is not a list of {self.count} numbers", "write it like [0.0, 0.0]")
        return tuple(Number(self.low, self.high).read(item, place.at(index)) for index, item in enumerate(raw))

    def schema(self) -> dict[str, Any]:
        item = Number(self.low, self.high).schema()
        return {"type": "array", "items": item, "minItems": self.count, "maxItems": self.count}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, raw: object, place: Place) -> bool:
        if not isinstance(raw, bool):
            raise place.error(f"{raw!r} is neither true nor false", "write true or false, without quotes")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Text:
    """One line of words."""

    longest: int = 200

    def read(self, raw: object, place: Place) -> str:
        if not isinstance(raw, str) or not raw.strip() or len(raw) > self.longest or not raw.isprintable():
            raise place.error(f"{raw!r} is not a line of text", f"write 1 to {self.longest} characters in quotes")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    options: tuple[str, ...]

    def read(self, raw: object, place: Place) -> str:
        if not isinstance(raw, str) or raw not in self.options:
            near = difflib.get_close_matches(str(raw), self.options, 1)
            advice = f"did you mean {near[0]!r}?" if near else "take one of"
            listed = ", ".join(self.options[:40]) + (", ..." if len(self.options) > 40 else "")
            raise place.error(f"{raw!r} is not known", f"{advice} ({listed})")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class ColorValue:
    """`"#rrggbb"`, read as (blue, green, red)."""

    def read(self, raw: object, place: Place) -> tuple[int, int, int]:
        digits = raw[1:] if isinstance(raw, str) and raw.startswith("#") else ""
        if len(digits) != 6 or not set(digits.lower()) <= set("0123456789abcdef"):
            raise place.error(f"{raw!r} is not a colour", 'write it like "#b0123a" (red, green, blue)')
        red, green, blue = bytes.fromhex(digits)
        return blue, green, red

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}


@dataclass(frozen=True, slots=True)
class Picture:
    """The name of a picture in the pack; read as a `Sticker`."""

    def read(self, raw: object, place: Place) -> Any:
        return place.picture(Text(100).read(raw, place), place)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[^/\\:]+\.(png|webp)$"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """least..most values of one kind, as a tuple."""

    item: Value
    least: int
    most: int

    def read(self, raw: object, place: Place) -> tuple[Any, ...]:
        if not isinstance(raw, list) or not self.least <= len(raw) <= self.most:
            raise place.error(f"{raw!r} is not a list of {self.least} to {self.most} values", "write it in [ and ]")
        return tuple(self.item.read(item, place.at(index)) for index, item in enumerate(raw))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema(), "minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of known keys, read by `build` from its checked values.

    Attributes:
        keys: what it may hold.
        build: makes the value from keyword arguments named as the keys; a `ValueError` it raises is told with the
            place, its text saying what is wrong and, after a semicolon, what to do.
    """

    keys: Mapping[str, Key]
    build: Callable[..., Any]

    def read(self, raw: object, place: Place) -> Any:
        if not isinstance(raw, dict):
            raise place.error(f"{raw!r} is not a table", "write it as { key = value, ... } or under [...]")
        for name in raw:
            if name not in self.keys:
                near = difflib.get_close_matches(str(name), self.keys, 1)
                advice = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(self.keys)}"
                raise place.at(name).error("this key is not known", advice)
        values = {}
        for name, key in self.keys.items():
            if name in raw:
                values[name] = key.value.read(raw[name], place.at(name))
            elif key.default is REQUIRED:
                raise place.at(name).error("this key is missing", f"add it: {key.doc}")
            else:
                values[name] = key.default
        try:
            return self.build(**values)
        except ValueError as error:
            found, _, remedy = str(error).partition("; ")
            raise place.error(found, remedy) from error

    def schema(self) -> dict[str, Any]:
        properties = {name: {**key.value.schema(), "description": key.doc} for name, key in self.keys.items()}
        required = [name for name, key in self.keys.items() if key.default is REQUIRED]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
