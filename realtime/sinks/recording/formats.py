"""What a recording may be: formats by file name, quality and speed, and names that do not overwrite."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from pathlib import Path

import av
import av.codec

from realtime.errors import ConfigError, SinkError


class Speed(StrEnum):
    """How much work the encoder puts into a smaller file."""

    FAST = "fast"
    BALANCED = "balanced"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class RecorderConfig:
    """How recordings are encoded.

    Attributes:
        quality: 1 (smallest) to 100 (almost indistinguishable from the original).
        speed: work of the encoder per frame; `balanced` keeps up with a 720p camera on one slow core.
        constant_fps: write exactly this many frames a second, repeating and leaving out; None: the frames' own times.
        threads: cores that the encoder may use; None: all.

    Raises:
        ConfigError: a value is out of range.
    """

    quality: int = 70
    speed: Speed = Speed.BALANCED
    constant_fps: float | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ConfigError(f"recording quality {self.quality} is out of range; it goes from 1 to 100")
        if self.constant_fps is not None and not 1 <= self.constant_fps <= 240:
            raise ConfigError(f"a constant rate of {self.constant_fps} is out of range; it goes from 1 to 240")


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of video file.

    Attributes:
        container: FFmpeg's name of the file format.
        codec: FFmpeg's name of the encoder; another one is never taken instead.
        sound_codec: the same for sound; None where the format holds none.
        container_options: make the file playable however the program ends.
    """

    container: str
    codec: str
    sound_codec: str | None
    container_options: tuple[tuple[str, str], ...]


# Fragments reach the disk as they are made, so a killed program leaves a file that plays; `hybrid_fragmented` turns
# the file into an ordinary one when it is closed. Times in microseconds (mp4) and milliseconds (Matroska).
_MP4 = (
    ("movflags", "frag_keyframe+empty_moov+default_base_moof+hybrid_fragmented"),
    ("frag_duration", "400000"),
    ("flush_packets", "1"),
)
_MATROSKA = (("cluster_time_limit", "400"), ("flush_packets", "1"))

FORMATS = {
    ".mp4": Format("mp4", "libx264", "aac", _MP4),
    ".mkv": Format("matroska", "libx264", "aac", _MATROSKA),
    ".webm": Format("webm", "libvpx-vp9", "libopus", _MATROSKA),
    ".gif": Format("gif", "gif", None, ()),
    ".webp": Format("webp", "libwebp_anim", None, ()),
}


def format_of(path: Path) -> Format:
    """The format that a file's name asks for, its encoder there.

    Raises:
        SinkError: no such format, or the installed PyAV has no encoder for it.
    """
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise SinkError(f"cannot record to {path}: the name must end in one of {', '.join(FORMATS)}")
    try:
        av.codec.Codec(found.codec, "w")
    except av.codec.codec.UnknownCodecError as error:
        raise SinkError(
            f"cannot record {path.suffix} files: this PyAV ({av.__version__}) was built without {found.codec}; "
            "install the wheel: pip install --force-reinstall --only-binary=av av"
        ) from error
    return found


def codec_options(codec: str, config: RecorderConfig) -> dict[str, str]:
    """The encoder's options for a quality and speed; none of them holds frames back, so a crash costs none."""
    threads = {} if config.threads is None else {"threads": str(config.threads)}
    if codec == "libvpx-vp9":
        cpu_used = {Speed.FAST: "8", Speed.BALANCED: "7", Speed.SMALL: "4"}[config.speed]
        crf = round(54 - 0.32 * config.quality)
        return {
            "crf": str(crf),
            "b": "0",
            "deadline": "realtime",
            "cpu-used": cpu_used,
            "row-mt": "1",
            "lag-in-frames": "0",
            **threads,
        }
    preset = {Speed.FAST: "superfast", Speed.BALANCED: "veryfast", Speed.SMALL: "medium"}[config.speed]
    return {"crf": str(round(39 - 0.27 * config.quality)), "preset": preset, "tune": "zerolatency", **threads}


def dated(path: Path) -> Path:
    """The path with `{time}` in its name replaced by the local date and time."""
    return path.with_name(path.name.replace("{time}", datetime.now().strftime("%Y-%m-%d_%H-%M-%S")))


def claim_path(path: Path) -> Path:
    """Make an empty file at the path itself, or with -2, -3, ... before its ending: the first that does not exist.

    Two programs that ask at the same time get two names.

    Raises:
        SinkError: no file can be made there.
    """
    for number in count(1):
        candidate = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            candidate.open("x").close()
        except FileExistsError:
            continue
        except OSError as error:
            raise SinkError(
                f"cannot write to {path}: {error.strerror}; choose a folder that exists and that you may write to"
            ) from error
        return candidate
    raise AssertionError("numbers do not end")


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there.

    Raises:
        SinkError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(
            f"cannot make the folder {folder}: {error.strerror}; choose another one with --output-dir"
        ) from error


def check_writable(path: Path, overwrite: bool) -> None:
    """See that a file can be made at `path`, without making it.

    Raises:
        SinkError: the folder is missing or not writable, the name is that of a folder, a device or a pipe, or the file
            exists and `overwrite` is not set.
    """
    from model.program.files import NO_FILE, is_no_file  # `--help` loads this module, and needs nothing of that one

    try:
        if path.is_dir():
            raise SinkError(f"cannot write {path}: it is a folder; give the name of a file")
        if is_no_file(path):
            raise SinkError(f"cannot write {path}: {NO_FILE}; give the name of a file")
        if path.exists() and not overwrite:
            raise SinkError(f"{path} exists and is not overwritten; choose another name or add --overwrite")
        # A file is finished under a longer name beside it.
        path.with_name(f".{path.name}.part").exists()
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise SinkError(
            f"cannot write {path}: {error.strerror} in folder {path.parent.absolute()}; "
            "choose a folder that exists and is writable"
        ) from error
