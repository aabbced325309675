"""The values that keys of `filter.toml` can hold, and the keys of every layer.

This module and `format` are all that there is to the format; the live program loads them, and pydantic with them, only
once a filter is read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from realtime.drawing.primitives import BlendMode, Color
from realtime.drawing.sticker import Sticker
from realtime.face_view import CONDITION_NAMES, KEYPOINT_NAMES
from realtime.filters.base import Layer
from realtime.filters.conditions import Beyond, Condition, Count, Every, Some, Toggle
from realtime.filters.face_template import TEMPLATE_EYE_DISTANCE, TEMPLATE_ORIGIN
from realtime.filters.filter import LayerUse
from realtime.filters.gate import ANY_POSE, Gate, PoseLimits, When
from realtime.filters.lut import Lut
from realtime.filters.packs.contents import Contents
from realtime.filters.solids.body import Body

PICTURE_PX: Final = 20_000
"""Anchors lie within this many pixels of the picture's corner; they may lie outside it."""


_LONGEST_VALUE: Final = 80
_OWNER: Final = {"above": "measure", "below": "measure", "until": "measure", "times": "count", "within_s": "count"}
"""Keys of a condition that mean something beside another one only."""


class Keys(BaseModel):
    """A table: known keys only, and no value is converted from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Reads the annotated type from a table of these keys; a `ValueError` it raises is reported with its place."""

    keys: type[Keys]

    def __get_pydantic_core_schema__(self, source: Callable[..., Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda keys: source(**dict(keys)), handler.generate_schema(self.keys)
        )


def shown(raw: object) -> str:
    """What was found in a file, as far as a line of an error holds it."""
    text = repr(raw)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(f"{shown(text)} is not a line of text; write words in quotes")
    return text


def _color(raw: object) -> Color:
    digits = raw[1:] if isinstance(raw, str) and raw.startswith("#") else ""
    if len(digits) != 6 or not set(digits.lower()) <= set("0123456789abcdef"):
        raise ValueError(f'{shown(raw)} is not a colour; write it like "#b0123a" (red, green, blue)')
    red, green, blue = bytes.fromhex(digits)
    return blue, green, red


def _name(raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > 100:
        raise ValueError(f"{shown(raw)} is not a file name; write a file's name in quotes")
    return _line(raw)


def _picture(raw: object, info: ValidationInfo[Contents]) -> Sticker:
    return info.context.sticker(_name(raw))


def _lut(raw: object, info: ValidationInfo[Contents]) -> Lut:
    return info.context.lut(_name(raw))


def _body(raw: object, info: ValidationInfo[Contents]) -> Body:
    return info.context.body(_name(raw))


T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(strict=False)]
Pair = Annotated[tuple[T, T], Field(strict=False)]
Triple = Annotated[tuple[T, T, T], Field(strict=False)]
Small = Annotated[float, Field(ge=-5, le=5)]
Angle = Annotated[float, Field(ge=-180, le=180)]
Pixel = Annotated[float, Field(ge=-PICTURE_PX, le=PICTURE_PX)]
Line = Annotated[str, Field(min_length=1), AfterValidator(_line)]
ColorValue = Annotated[
    Color, PlainValidator(_color), WithJsonSchema({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"})
]
Picture = Annotated[
    Sticker, PlainValidator(_picture), WithJsonSchema({"type": "string", "pattern": r"^[^/\\:]+\.(png|webp|gif)$"})
]
"""The name of a picture in the pack; the validation's context reads it."""
Table3D = Annotated[Lut, PlainValidator(_lut), WithJsonSchema({"type": "string", "pattern": r"^[^/\\:]+\.cube$"})]
Model3D = Annotated[Body, PlainValidator(_body), WithJsonSchema({"type": "string", "pattern": r"^[^/\\:]+\.glb$"})]
"""The name of a binary glTF file in the pack."""
Share = Annotated[float, Field(ge=0, le=1)]
if TYPE_CHECKING:
    KeypointName = str
    MeasureName = str
else:
    KeypointName = Literal[KEYPOINT_NAMES]
    MeasureName = Literal[CONDITION_NAMES]


class ConditionKeys(Keys):
    """What has to hold: a measure, or other conditions."""

    measure: MeasureName | None = Field(None, description="what is measured on the face")
    above: Angle | None = Field(None, description="measure: holds above this")
    below: Angle | None = Field(None, description="measure: holds below this")
    until: Angle | None = Field(None, description="measure: ceases once it is back past this")
    all: Many["ConditionKeys"] | None = Field(None, min_length=1, max_length=8, description="while all of these hold")
    any: Many["ConditionKeys"] | None = Field(None, min_length=1, max_length=8, description="while one of these holds")
    toggle: "ConditionKeys | None" = Field(None, description="from one time that this comes to hold to the next")
    count: "ConditionKeys | None" = Field(None, description="when this has come to hold several times")
    times: float = Field(3, ge=2, le=20, multiple_of=1, description="count: how often")
    within_s: float = Field(3.0, ge=0.1, le=60, description="count: seconds from the first time to the last")
    _condition: Condition = PrivateAttr()

    @model_validator(mode="after")
    def _make(self) -> Self:
        given = [name for name in ("measure", "all", "any", "toggle", "count") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("needs one of measure, all, any, toggle and count; give just one")
        for name in self.model_fields_set & _OWNER.keys():
            if _OWNER[name] != given[0]:
                raise ValueError(f"{name} belongs to {_OWNER[name]}, which is not there; take it out")
        self._condition = self._of()
        return self

    def _of(self) -> Condition:
        if self.all or self.any:
            parts = tuple(keys.condition for keys in self.all or self.any or ())
            return Every(parts) if self.all else Some(parts)
        if self.toggle:
            return Toggle(self.toggle.condition)
        if self.count:
            return Count(self.count.condition, int(self.times), self.within_s)
        return Beyond(self.measure or "", self.above, self.below, self.until)

    @property
    def condition(self) -> Condition:
        """What these keys describe."""
        return self._condition


class WhenKeys(ConditionKeys):
    """When a layer shows."""

    fade_s: float = Field(0.15, ge=0, le=5, description="seconds that coming and going take")
    hold_s: float = Field(0.0, ge=0, le=10, description="seconds it stays at least")

    @property
    def when(self) -> When:
        """What these keys describe."""
        return When(self.condition, self.fade_s, self.hold_s)


class PoseKeys(Keys):
    """Limits of the pose; those left out are the strictest of the filter's layers."""

    yaw: float | None = Field(None, ge=0, le=180, description="degrees to either side")
    pitch: float | None = Field(None, ge=0, le=180, description="degrees up or down")
    roll: float | None = Field(None, ge=0, le=180, description="degrees of tilt")


class LayerKeys(Keys):
    """The keys of every layer. A kind adds its own, and what makes its layer of them.

    Attributes:
        make: called with the kind's own keys; a `ValueError` it raises says what is wrong and, after a semicolon, what
            to do.
        limits: poses it can serve where the pack says nothing.
    """

    make: ClassVar[Callable[..., Layer]]
    limits: ClassVar[PoseLimits] = ANY_POSE

    kind: str
    opacity: float = Field(1.0, ge=0, le=1, description="how strongly it shows")
    when: WhenKeys | None = Field(None, description="shows only while this holds")
    pose: PoseKeys | None = Field(None, description="degrees of head pose served; beyond, it fades out")
    _use: LayerUse = PrivateAttr()

    @model_validator(mode="after")
    def _make(self) -> Self:
        own = {name: value for name, value in self if name not in LayerKeys.model_fields}
        limits = replace(self.limits, **(self.pose.model_dump(exclude_none=True) if self.pose else {}))
        self._use = LayerUse(type(self).make(**own), self.opacity, Gate(self.when.when if self.when else None, limits))
        return self

    @property
    def use(self) -> LayerUse:
        """The layer that these keys describe."""
        return self._use

    def limited(self, limits: PoseLimits) -> LayerUse:
        """That layer with the limits of its filter, but with its own where the pack gives them."""
        own = self.pose.model_dump(exclude_none=True) if self.pose else {}
        return replace(self._use, gate=Gate(self._use.gate.when, replace(limits, **own)))


class PictureKeys(LayerKeys):
    """Where a picture lies on the face template, and how it meets the skin."""

    origin: Pair[Pixel] = Field(TEMPLATE_ORIGIN, description="picture pixel [x, y] of the outer eye corners' midpoint")
    eye_distance: float = Field(
        TEMPLATE_EYE_DISTANCE, ge=10, le=PICTURE_PX, description="picture pixels an eye distance"
    )
    blend: BlendMode = Field("normal", description="how its colours meet the skin's")
    lit: bool = Field(True, description="lit like the face; false for what glows by itself")
