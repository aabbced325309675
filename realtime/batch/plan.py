"""What a batch has to do: from what was typed to jobs."""

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from model.program.files import NO_FILE, is_no_file, real_name
from realtime.assembly import Look
from realtime.batch.job import Job
from realtime.errors import ConfigError
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sources.files.animation import ANIMATED_SUFFIXES
from realtime.sources.files.file import is_still
from realtime.sources.files.images import MAX_MEGAPIXELS, image_suffixes

FILE_TIMEOUT_S = 300.0
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts", ".ogv", ".wmv", ".flv"}
    | {".3gp", ".3g2", ".vob", ".gif"}
)
"""Videos by their names: what is taken out of folders, with images. A file that is named is tried whatever it is."""


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """One run of `annotate`.

    Attributes:
        inputs: files, folders and patterns, as typed.
        out: folder for the results; made where it is missing.
        look: what is drawn.
        encoding: quality, speed and rate of videos.
        log: write a keypoint log beside each result.
        overwrite: do again what is there already.
        jobs: files at a time, one core each; None: as many as there are cores.
        cluster: address of a Dask scheduler; None for this machine.
        max_megapixels: larger images are refused.
        file_timeout_s: a file that makes no progress for so long is given up; None waits for ever.

    Raises:
        ConfigError: two options contradict each other.
    """

    inputs: tuple[str, ...]
    out: Path
    look: Look = field(default_factory=Look)
    encoding: RecorderConfig = field(default_factory=RecorderConfig)
    log: bool = False
    overwrite: bool = False
    jobs: int | None = None
    cluster: str | None = None
    max_megapixels: float = MAX_MEGAPIXELS
    file_timeout_s: float | None = FILE_TIMEOUT_S

    def __post_init__(self) -> None:
        if self.jobs is not None and self.cluster is not None:
            raise ConfigError(
                f"--jobs {self.jobs} and --cluster {self.cluster} were both given, but a cluster's own workers say "
                "how many files run at a time: leave --jobs out"
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch has to do.

    Attributes:
        jobs: what is to be done, numbered from 0.
        there: jobs whose results are there already.
        skipped: files of folders that are neither video nor image by their names.
    """

    jobs: list[Job]
    there: list[Job]
    skipped: tuple[Path, ...] = ()


def make_plan(config: BatchConfig, cores: int) -> Plan:
    """Find every input, name its output, and see what is done already.

    A file's output is its stem with `.mp4`, or `.png` for an image, in `config.out`; files of a folder keep their place
    below it. Paths are absolute, since the work may be done elsewhere.

    Raises:
        ConfigError: an input is not there; two outputs, or an output and an input, would be one file; an output is a
            device or a pipe; or `config.out` is a file.
    """
    out = config.out.absolute()
    if os.path.lexists(out) and not out.is_dir():
        raise ConfigError(f"cannot write the results to --out {config.out}: it is not a folder; give a folder")
    found: dict[Path, Path] = {}
    skipped: list[Path] = []
    for text in config.inputs:
        for path, place in _expand(text, out, skipped):
            found.setdefault(Path(os.path.normpath(path.absolute())), place)
    every = Job(0, out, out, look=config.look, encoding=config.encoding, max_megapixels=config.max_megapixels)
    jobs = [
        replace(every, number=number, input=path, output=out / place.with_suffix(_result_suffix(path)))
        for number, (path, place) in enumerate(found.items())
    ]
    if config.log:
        jobs = [replace(job, log=job.output.with_suffix(".csv")) for job in jobs]
    _refuse_clashes(jobs)
    there = [job for job in jobs if job.output.exists() and not config.overwrite]
    to_do = [job for job in jobs if job not in there]
    # One core each keeps every core busy at the least cost. Only where files are fewer than cores, a file gets more.
    threaded = config.jobs is None and config.cluster is None and 2 * len(to_do) <= cores
    return Plan(
        [replace(job, number=number, threaded=threaded) for number, job in enumerate(to_do)], there, tuple(skipped)
    )


def _expand(text: str, out: Path, skipped: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Each file that `text` means, with its place below the output folder."""
    path = Path(text).expanduser()
    named = [path]
    if not path.exists():
        # Sorted by us: the order that the system gives is its own.
        named = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - any root
    if not named:
        what = "matches no file" if glob.has_magic(text) else "does not exist"
        raise ConfigError(
            f"input {text} {what}; give videos, images, folders of them, or patterns such as 'clips/*.mp4'"
        )
    for item in named:
        if not item.is_dir():
            if is_no_file(item):
                raise ConfigError(f"input {item} is neither file nor folder; give videos, images, or folders of them")
            yield item, Path(item.name)
            continue
        inside = list(_walk(item, out, skipped))
        if not inside and len(named) == 1:
            raise ConfigError(f"folder {text} holds no video and no image; check the path")
        yield from inside


def _walk(folder: Path, out: Path, skipped: list[Path]) -> Iterator[tuple[Path, Path]]:
    """The folder's media; neither hidden files nor those of the output folder, should that lie inside."""
    known = VIDEO_SUFFIXES | image_suffixes() | ANIMATED_SUFFIXES
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and (here / name).absolute() != out)
        for name in sorted(names):
            path = here / name
            if name.startswith("."):
                continue
            # Not pipes, sockets and devices, nor links to them: they may never end.
            if path.suffix.lower() in known and path.is_file():
                yield path, path.relative_to(folder)
            else:
                skipped.append(path)


def _result_suffix(path: Path) -> str:
    video = path.suffix.lower() in VIDEO_SUFFIXES
    return ".png" if not video and is_still(path) else ".mp4"


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _refuse_clashes(jobs: list[Job]) -> None:
    # By what they are, not by what they are called: links, `..` and letter case lead to one file in many ways.
    inputs = {identity for job in jobs if (identity := _identity(job.input))}
    makers: dict[str, Job] = {}
    for job in jobs:
        for output in filter(None, (job.output, job.log)):
            if _identity(output) in inputs:
                raise ConfigError(
                    f"the result of {job.input} would be {output}, which is an input; choose another folder with --out"
                )
            if is_no_file(output):
                raise ConfigError(
                    f"the result of {job.input} would be {output}: {NO_FILE}; choose another folder with --out"
                )
            other = makers.setdefault(real_name(output), job)
            if other is not job:
                raise ConfigError(
                    f"{other.input} and {job.input} would both become {output}; annotate them into different folders, "
                    "or rename one"
                )
