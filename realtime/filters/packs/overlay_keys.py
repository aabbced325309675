"""The keys of the kind of layer `overlay`: a picture on the face, or in the frame."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from realtime.filters.gate import PoseLimits
from realtime.filters.layers import overlay, screen
from realtime.filters.layers.overlay import Anchor
from realtime.filters.packs.keys import (
    Angle,
    KeypointName,
    Keys,
    Many,
    Pair,
    Picture,
    PictureKeys,
    Pixel,
    Share,
    Small,
    Table,
)


class AnchorKeys(Keys):
    """A point of an overlay."""

    keypoint: KeypointName = Field(description="the point of the face")
    at: Pair[Pixel] = Field(description="the picture pixel [x, y] that is drawn on it")


_ON_FACES: Final = (
    "follow",
    "anchors",
    "origin",
    "eye_distance",
    "offset",
    "scale",
    "depth",
    "turn",
    "hinge",
    "one_sided",
)
"""Keys of an overlay that say where on a face it lies."""


def _overlay(
    place: str, at: tuple[float, float], height: float, stretch: bool, **own: Any
) -> overlay.Overlay | screen.ScreenPicture:
    """A picture on the face, or in the frame."""
    if place != "screen":
        if at != (0.5, 0.5) or height != 0.3 or stretch:
            raise ValueError('at, height and stretch need place = "screen"; add it, or leave them out')
        return overlay.from_keys(place=place, **own)
    for name in _ON_FACES:
        if own[name] != OverlayKeys.model_fields[name].default:
            raise ValueError(f'place = "screen" has no {name}; leave it out, or choose another place')
    return screen.ScreenPicture(own["image"], at, height, stretch, own["blend"])


class OverlayKeys(PictureKeys):
    """A picture pinned to points."""

    make = _overlay
    limits = PoseLimits(yaw=65, pitch=55)

    kind: Literal["overlay"]
    image: Picture = Field(description="the picture's file name")
    place: Literal["similarity", "affine", "posed", "screen"] = Field(
        "similarity", description="how it follows the face, or that it stands in the frame"
    )
    follow: Many[KeypointName] | None = Field(
        None, min_length=1, max_length=68, description="keypoints it is pinned to; both eyes if left out"
    )
    anchors: Many[Annotated[Anchor, Table(AnchorKeys)]] | None = Field(
        None,
        min_length=1,
        max_length=68,
        description="instead of follow: keypoints, and the picture pixels drawn there",
    )
    offset: Pair[Small] = Field((0, 0), description="moved by [x, y] eye distances, right and down along the face")
    scale: float = Field(1.0, ge=0.01, le=20, description="enlarged about the middle of what it follows")
    depth: Small = Field(0.0, description="posed: eye distances behind what it follows; negative is nearer")
    turn: Pair[Angle] = Field((0, 0), description="posed: degrees about the vertical, then the horizontal axis")
    hinge: Pair[Pixel] | None = Field(None, description="posed: the picture pixel it is turned about")
    one_sided: bool = Field(False, description="posed: hidden when seen from behind")
    at: Pair[Share] = Field(
        (0.5, 0.5), description="screen: where its middle lies, shares of the frame's width and height"
    )
    height: float = Field(0.3, ge=0.01, le=2, description="screen: its height, share of the frame's")
    stretch: bool = Field(False, description="screen: drawn over the whole frame, as a border is")
