"""The kinds of layer in `filter.toml` with their keys, and the manifest's own. See docs/filters.md."""

from typing import Annotated, Final, Literal

from pydantic import Field

from realtime.control.state import Category
from realtime.drawing.primitives import BlendMode
from realtime.filters.base import ScreenLayer
from realtime.filters.filter import LayerUse
from realtime.filters.gate import PoseLimits
from realtime.filters.layers import (
    beauty,
    keypoints,
    makeup,
    mask,
    mesh,
    particles,
    privacy,
    screen,
    swap,
    warp,
)
from realtime.filters.layers.warp import Pull
from realtime.filters.packs.keys import (
    ColorValue,
    KeypointName,
    Keys,
    LayerKeys,
    Line,
    Many,
    Pair,
    Picture,
    PictureKeys,
    Share,
    Small,
    Table,
    Table3D,
)
from realtime.filters.packs.model_keys import ModelKeys
from realtime.filters.packs.overlay_keys import OverlayKeys

SCHEMA_VERSION: Final = 1


class MaskKeys(PictureKeys):
    """A picture that moves with every part of the face."""

    make = mask.from_keys
    limits = PoseLimits(yaw=55, pitch=50)

    kind: Literal["mask"]
    image: Picture = Field(description="the picture's file name, drawn over the face template")
    keep_open: Many[Literal["eyes", "mouth"]] = Field(
        ("eyes", "mouth"), max_length=2, description="parts it leaves as they are"
    )
    feather: float = Field(0.02, ge=0, le=0.5, description="softness at what is kept open, eye distances")
    hair: bool = Field(False, description="drawn in grey (120 on average), shown in the colour of the brows")


class MakeupKeys(LayerKeys):
    """Colour on a part of the face."""

    make = makeup.Makeup
    limits = PoseLimits(yaw=55, pitch=50)

    kind: Literal["makeup"]
    part: makeup.Part = Field(description="what is coloured")
    color: ColorValue = Field(description='the colour, "#rrggbb"')
    blend: BlendMode = Field("multiply", description="how the colour meets the skin's")
    feather: float | None = Field(None, ge=0, le=0.5, description="blur of the outline, eye distances")
    size: float = Field(1.0, ge=0.2, le=3, description="factor on the shape's size")
    gloss: float = Field(0.0, ge=0, le=1, description="shine on the lower lip")


class BeautyKeys(LayerKeys):
    """Skin, eyes and teeth as after a good night."""

    make = beauty.Beauty
    limits = PoseLimits(yaw=60, pitch=50)

    kind: Literal["beauty"]
    smooth: float = Field(0.7, ge=0, le=1, description="how much skin is smoothed")
    even: float = Field(0.5, ge=0, le=1, description="how much its tone is evened")
    eyes: float = Field(0.4, ge=0, le=1, description="how much brighter open eyes are")
    teeth: float = Field(0.4, ge=0, le=1, description="how much brighter and whiter teeth are")


class PullKeys(Keys):
    """A place of a warp."""

    keypoint: KeypointName = Field(description="the point of the face")
    radius: float = Field(ge=0.02, le=3, description="nothing changes beyond it, eye distances")
    bulge: float = Field(0.0, ge=-1, le=1, description="above 0 magnifies, below 0 pinches")
    move: Pair[Annotated[float, Field(ge=-1, le=1)]] = Field(
        (0, 0), description="moves the point by [x, y] eye distances along the face"
    )
    offset: Pair[Annotated[float, Field(ge=-3, le=3)]] = Field(
        (0, 0), description="the middle lies [x, y] eye distances from the keypoint"
    )


class WarpKeys(LayerKeys):
    """Parts made larger, smaller, or moved."""

    make = warp.Warp
    limits = PoseLimits(yaw=65, pitch=60)

    kind: Literal["warp"]
    points: Many[Annotated[Pull, Table(PullKeys)]] = Field(
        min_length=1, max_length=24, description="what happens around which points"
    )
    head_only: bool = Field(False, description="keeps what lies behind the head straight")


class PrivacyKeys(LayerKeys):
    """The head made unrecognisable."""

    make = privacy.Privacy

    kind: Literal["privacy"]
    style: privacy.Style = Field("pixelate", description="mosaic, blur, or one colour")
    margin: float = Field(0.3, ge=0, le=2, description="widens what is covered, eye distances")
    cells: float = Field(9, ge=3, le=24, description="mosaic stones or grains of blur across the head")
    color: ColorValue = Field((32, 32, 32), description="of the block")
    when_unsure: privacy.Unsure = Field(
        "cover", description="where a face was visible a moment ago and is not now: cover the whole frame, or ignore it"
    )


class ParticlesKeys(LayerKeys):
    """Little pictures that fly."""

    make = particles.from_keys

    kind: Literal["particles"]
    image: Picture | None = Field(None, description="the picture's file name")
    images: Many[Picture] = Field(
        (), min_length=1, max_length=16, description="instead of image: file names of several, chosen from by chance"
    )
    keypoint: KeypointName = Field(description="where they are born")
    offset: Pair[Small] = Field((0, 0), description="[x, y] eye distances from there, along the face")
    rate: float = Field(8.0, ge=0.1, le=40, description="born a second")
    life_s: float = Field(1.5, ge=0.1, le=10, description="seconds that one lives")
    size: Pair[Annotated[float, Field(ge=0.01, le=3)]] = Field(
        (0.15, 0.3), description="[smallest, largest] height, eye distances"
    )
    velocity: Pair[Annotated[float, Field(ge=-10, le=10)]] = Field(
        (0, -1), description="[x, y] eye distances a second along the face, y down"
    )
    spread: float = Field(0.2, ge=0, le=3, description="how much place and speed vary, eye distances")
    gravity: float = Field(0.0, ge=-10, le=10, description="downwards in the picture, eye distances a second a second")
    spin: float = Field(0.0, ge=0, le=720, description="largest turn, degrees a second")
    grow: float = Field(1.0, ge=0.05, le=10, description="size at death over size at birth")
    sway: float = Field(0.0, ge=0, le=3, description="sideways swing, shares of the size")
    blend: BlendMode = Field("normal", description="how their colours meet the picture's")
    seed: float = Field(0, ge=0, le=1e6, description="of chance")


class SwapKeys(LayerKeys):
    """The face of the next person."""

    make = swap.Swap
    limits = PoseLimits(yaw=50, pitch=45)

    kind: Literal["swap"]
    feather: float = Field(0.07, ge=0, le=0.5, description="softness of the seam, eye distances")


class MeshKeys(LayerKeys):
    """The triangles over the face."""

    make = mesh.Mesh

    kind: Literal["mesh"]
    color: ColorValue = Field((255, 220, 120), description="of the wires")
    thickness: float = Field(0.006, ge=0.001, le=0.1, description="of the wires, eye distances")
    dots: bool = Field(True, description="draw the points as well")


class KeypointsKeys(LayerKeys):
    """The 68 points."""

    make = keypoints.Keypoints

    kind: Literal["keypoints"]
    size: float = Field(1.0, ge=0.2, le=5, description="factor on dots and lines")


class TextKeys(LayerKeys):
    """A line of text in the frame."""

    make = screen.ScreenText

    kind: Literal["text"]
    text: Line = Field(max_length=200, description="the line")
    at: Pair[Share] = Field((0.5, 0.9), description="where its middle lies, shares of the frame's width and height")
    size: float = Field(0.07, ge=0.01, le=0.5, description="height of the letters, share of the frame's")
    color: ColorValue = Field((255, 255, 255), description="of the letters")
    bold: bool = Field(False, description="in the bold face")


class GradeKeys(LayerKeys):
    """The colours of the whole frame."""

    make = screen.Grade

    kind: Literal["grade"]
    lut: Table3D = Field(description="file name of a .cube table")
    edges: float = Field(0.0, ge=0, le=1, description="how strongly outlines are inked")


AnyLayer = Annotated[
    OverlayKeys
    | MaskKeys
    | MakeupKeys
    | BeautyKeys
    | ModelKeys
    | WarpKeys
    | PrivacyKeys
    | ParticlesKeys
    | SwapKeys
    | MeshKeys
    | KeypointsKeys
    | TextKeys
    | GradeKeys,
    Field(discriminator="kind"),
]
"""The kinds there are. A new one is a module in `layers`, its keys above, and a line here."""


class Manifest(Keys):
    """What a pack says of itself."""

    version: float = Field(
        alias="schema", ge=SCHEMA_VERSION, le=SCHEMA_VERSION, description=f"version of this format: {SCHEMA_VERSION}"
    )
    title: Line = Field(max_length=60, description="its name for people")
    author: Line = Field(max_length=120, description="who made it")
    licence: Line = Field(max_length=120, description='how it may be used, such as "MIT" or "CC BY 4.0"')
    description: Line = Field(max_length=200, description="one line on what it does")
    category: Category | None = Field(None, description="what it is sorted by in lists; under Other if left out")
    layer: Many[AnyLayer] = Field(
        min_length=1, max_length=32, description="what is drawn, in this order, each under [[layer]]"
    )

    @property
    def kinds(self) -> tuple[str, ...]:
        """Its kinds of layer, each once."""
        return tuple(dict.fromkeys(keys.kind for keys in self.layer))

    @property
    def layers(self) -> tuple[LayerUse, ...]:
        """What is drawn, in this order.

        What is worn on a face fades together where the head turns too far for one of its parts: ears without a muzzle
        look broken. A layer's own `pose` counts first, and what hides a face never fades.
        """
        limits = PoseLimits.strictest(keys.use.gate.limits for keys in self.layer if _fades(keys.use))
        return tuple(keys.limited(limits) if _fades(keys.use) else keys.use for keys in self.layer)


def _fades(use: LayerUse) -> bool:
    """Whether a layer is worn on a face, and may be left out."""
    return not isinstance(use.layer, (ScreenLayer, privacy.Privacy))
