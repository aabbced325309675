"""The keys of the kind of layer `model`: a solid body from a file, or of parts described in numbers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from realtime.filters.gate import PoseLimits
from realtime.filters.packs.keys import (
    Angle,
    ColorValue,
    KeypointName,
    Keys,
    LayerKeys,
    Many,
    Model3D,
    Pair,
    Share,
    Small,
    Table,
    Triple,
)
from realtime.filters.solids import parts
from realtime.filters.solids.parts import Part


class PartKeys(Keys):
    """A part of a model that is described in numbers."""

    lathe: Many[Pair[Small]] | None = Field(
        None, min_length=2, max_length=64, description="a profile of [radius, y], turned about the vertical axis"
    )
    sweep: Many[Triple[Small]] | None = Field(
        None, min_length=2, max_length=200, description="instead: a path of [x, y, z] that a round rod follows"
    )
    radius: float = Field(0.03, ge=0.002, le=3, description="sweep: half the rod's thickness, eye distances")
    closed: bool = Field(False, description="sweep: its end meets its beginning")
    sides: float = Field(32, ge=3, le=96, multiple_of=1, description="flat sides that stand for the round")
    at: Triple[Small] = Field((0, 0, 0), description="[x, y, z] where its origin lies")
    turn: Triple[Angle] = Field((0, 0, 0), description="degrees that it is turned, nodded and tilted about its origin")
    mirrored: bool = Field(False, description="there on the other side as well")
    color: ColorValue = Field((200, 200, 200), description="its colour")
    opacity: Share = Field(1.0, description="below 1 what lies behind shows through")
    shine: Share = Field(0.2, description="strength of the highlight")
    metal: Share = Field(0.0, description="1 mirrors like polished metal")
    both_sides: bool = Field(False, description="seen from behind as well")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("radius", "closed"):
            if name in self.model_fields_set and self.lathe is not None and self.sweep is None:
                raise ValueError(f"{name} belongs to sweep; take it out")
        return self


class ModelKeys(LayerKeys):
    """A solid body that turns with the head, and is hidden by it."""

    make = parts.solid_from_keys
    limits = PoseLimits(yaw=75, pitch=60)

    kind: Literal["model"]
    model: Model3D | None = Field(None, description="file name of a binary glTF (.glb)")
    part: Many[Annotated[Part, Table(PartKeys)]] | None = Field(
        None, min_length=1, max_length=64, description="instead of model: its parts, described in numbers"
    )
    scale: float = Field(1.0, ge=0.001, le=1000, description="eye distances a unit of the file")
    offset: Triple[Small] = Field((0, 0, 0), description="moved by [x, y, z] eye distances: right, down, backwards")
    turn: Triple[Angle] = Field((0, 0, 0), description="degrees that it is turned, nodded and tilted")
    follow: Many[KeypointName] | None = Field(
        None, min_length=1, max_length=68, description="keypoints it stays with; those that barely move if left out"
    )
    lit: bool = Field(True, description="lit like the face; false for what glows by itself")
