"""What the command line asks for, checked once."""

from dataclasses import dataclass, field
from pathlib import Path

from assets import DEFAULT_WEIGHTS
from model.detection.kinds import DetectorKind
from realtime.assembly import Look
from realtime.errors import ConfigError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sources.files.images import MAX_MEGAPIXELS

FIRST_FILTER = "sunglasses"
BROWSER = "browser"
"""What `--source` says for the camera of the browser that shows the page."""


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """One run of the live program.

    Attributes:
        camera: index, or part of a name; None where none was asked for.
        source: `demo`, a file, a folder, or an address; None for a camera.
        filters: names, drawn in this order; None where none was asked for.
        strength: how strongly filters show at first, 0 to 1.
        keypoints: draw the 68 points; None draws them while no filter is worn.
        record, log, stats: files to write; None for none.
        microphone: heard in recordings: number or part of a name, empty for the default one; None for none.
        overwrite: replace a recording that exists.
        window: show one; None: where there is a display.
        mirror: show the preview mirrored; None: for cameras.
        size_wh, fps: asked of cameras and of the demo; None: what they give.
        max_frames: stop after this many.
        max_megapixels: larger images are refused.
        weights: the keypoint network.
        compare: another network, shown beside it; None for none.
        detector: what finds faces.
        filters_dir: a folder with more filter packs.
        encoding: quality, speed and rate of recordings.
        countdown_s: seconds from the key to the snapshot.
        sounds: play a sound for pictures, countdowns and recordings.
        output_dir: where pictures and recordings go that are made with a key; None: the user's Pictures and Videos.
        virtual_camera: feed the annotated frames to a virtual camera.
        page: port of the page in the browser; 0 takes a free one, -1 the usual one; None for no page.
        page_host: address to listen at for that; None: loopback.
        serve_points: port at which other programs get the faces; None for none.
        serve_host: address to listen at for that; None: loopback.

    Raises:
        ConfigError: two options contradict each other.
    """

    camera: int | str | None = None
    source: str | None = None
    filters: tuple[str, ...] | None = None
    strength: float = 1.0
    keypoints: bool | None = None
    record: Path | None = None
    microphone: str | None = None
    log: Path | None = None
    stats: Path | None = None
    overwrite: bool = False
    window: bool | None = None
    mirror: bool | None = None
    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    max_frames: int | None = None
    max_megapixels: float = MAX_MEGAPIXELS
    weights: Path = DEFAULT_WEIGHTS
    compare: Path | None = None
    detector: DetectorKind = DetectorKind.BOTH
    filters_dir: Path | None = None
    encoding: RecorderConfig = field(default_factory=RecorderConfig)
    countdown_s: int = 0
    sounds: bool = True
    output_dir: Path | None = None
    virtual_camera: bool = False
    page: int | None = None
    page_host: str | None = None
    serve_points: int | None = None
    serve_host: str | None = None

    def __post_init__(self) -> None:
        if self.serve_host is not None and self.serve_points is None:
            raise ConfigError(
                f"--serve-host {self.serve_host} was given without --serve-points, which it is about: "
                "add --serve-points 8765, or leave it out"
            )
        if self.page_host is not None and self.page is None:
            raise ConfigError(
                f"--page-host {self.page_host} was given without --page, which it is about: add --page, or leave it out"
            )
        if self.source == BROWSER and self.page is None:
            raise ConfigError("--source browser is the camera of the browser that shows the page: add --page")
        if self.camera is not None and self.source is not None:
            raise ConfigError(
                f"--camera {self.camera} and --source {self.source} were both given, but a run has one source: "
                "leave one out"
            )

    @property
    def look(self) -> Look:
        """What is drawn; a run that asks for nothing at all wears sunglasses, to show what this is about."""
        filters = self.filters
        if filters is None:
            filters = () if self.source_chosen or self.compare else (FIRST_FILTER,)
        return Look(filters, self.keypoints, self.weights, self.filters_dir, self.detector, self.strength)

    @property
    def source_chosen(self) -> bool:
        """Whether the user said where frames come from."""
        return self.camera is not None or self.source is not None


def parse_camera(text: str | None) -> int | str | None:
    """An index where the text is a number, else part of a camera's name."""
    if text is not None and text.strip().isdecimal():
        return int(text)
    return text


def parse_page(text: str | None) -> int | None:
    """A port, -1 for the usual one, None for no page.

    Raises:
        ConfigError: it is not a port.
    """
    if text is None or not text.strip():
        return None if text is None else -1
    if not text.strip().isdecimal() or int(text) > 65535:
        raise ConfigError(f"--page {text[:40]} is not a port; give a number up to 65535, or --page alone")
    return int(text)


def parse_size(text: str | None) -> tuple[int, int] | None:
    """(width, height) from `1280x720`.

    Raises:
        ConfigError: the text has another form, or a side outside 16..8192.
    """
    if text is None:
        return None
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ConfigError(f"--size {text} is not a size; write width x height in pixels, such as --size 1280x720")
    size_wh = (int(width), int(height))
    if not all(16 <= side <= 8192 for side in size_wh):
        raise ConfigError(f"--size {text} is out of range; sides go from 16 to 8192 pixels")
    return size_wh
