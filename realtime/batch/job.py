"""One file of a batch: a video or image in, the same with faces drawn out."""

import hashlib
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import av.error
import cv2

from model.program.files import put_in_place
from realtime.assembly import Assembly, Look
from realtime.audio.copy import Sound, add_sound
from realtime.control.controls import Controls
from realtime.control.settings import filter_folders
from realtime.errors import SinkError, SourceError
from realtime.filters.stack import FilterStack
from realtime.frame import Frame
from realtime.media.media_file import open_media
from realtime.privacy.look_ahead import CoverPlan, PlannedGuard, plan_covers
from realtime.privacy.sight import PrivacySight
from realtime.sinks.base import Sink
from realtime.sinks.face_log import KeypointLogSink
from realtime.sinks.image import ImageSink
from realtime.sinks.progress import ProgressSink
from realtime.sinks.recording.failure import advice
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.inline import InlineVideoSink
from realtime.sinks.recording.recorder import RecorderSink
from realtime.sources.base import Source
from realtime.sources.files.animation import is_animation
from realtime.sources.files.file import open_file
from realtime.sources.files.images import MAX_MEGAPIXELS
from realtime.sources.prefetched import PrefetchedSource
from realtime.stats import Stats

Report = Callable[[float | None], None]
"""Told from time to time which share of the file is done, 0 to 1; None where that cannot be known."""

_PARTIAL = ".part-"
_OWNED = re.compile(r"\.part-[0-9a-f]{12}-([0-9a-f]{6})-(\d{1,10})-")
_ABANDONED_S = 3600.0
"""Unfinished files of processes that cannot be asked are left for so long after they were last written."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to annotate; travels to other processes and machines.

    Attributes:
        number: its place in the batch.
        input: a video, or an image where `output` ends in `.png`.
        output: made whole or not at all; its folder is made too. What is there is replaced.
        log: the keypoint log to write beside it; None for none.
        look: what is drawn.
        encoding: quality, speed and rate of videos.
        max_megapixels: larger images are refused.
        threaded: decode and encode in threads of their own, for files that have more than one core to itself.
    """

    number: int
    input: Path
    output: Path
    log: Path | None = None
    look: Look = field(default_factory=Look)
    encoding: RecorderConfig = field(default_factory=RecorderConfig)
    threaded: bool = False
    max_megapixels: float = MAX_MEGAPIXELS


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job.

    Attributes:
        frames, faces: how many were seen.
        media_s: time of the last frame.
        seconds: how long it took.
        sound: what became of the sound.
        covered_ahead: frames in which a privacy filter covers a head that was only seen before or after; None where no
            such filter is worn, or for an image.
    """

    frames: int
    faces: int
    media_s: float
    seconds: float
    sound: Sound
    covered_ahead: int | None = None


def annotate_file(job: Job, report: Report | None = None) -> Result:
    """Do one job. Files of a job that fails or is killed never bear the names of whole ones.

    Args:
        job: what to do.
        report: told how far it is; an error that it raises ends the job.

    Raises:
        RealtimeError, ModelError: the input cannot be read or the output not be written.
    """
    began_s = time.perf_counter()
    cv2.setNumThreads(1)
    with _partials(job) as (partial, partial_log):
        progress = ProgressSink(_length_s(job.input) if report else None, report or (lambda share: None))
        plan = _plan(job, report)
        stats = _draw(job, partial, partial_log, progress, plan)
        sound = Sound.NONE
        if partial.suffix != ".png":
            # A name of the same kind, so that it is swept up like the other.
            sounding = partial.with_stem(f"{partial.stem}-sound")
            sound = Sound.NONE if is_animation(job.input) else add_sound(partial, job.input, sounding)
            if sound is not Sound.NONE:
                sounding.replace(partial)
        if job.log:
            _publish(partial_log, job.log)
        _publish(partial, job.output)
    ahead = None if plan is None else plan.ahead
    return Result(stats.frames, stats.faces, progress.media_s, time.perf_counter() - began_s, sound, ahead)


def sweep(job: Job) -> None:
    """Remove what killed runs of this job left behind.

    Raises:
        SinkError: a leftover cannot be removed.
    """
    try:
        for leftover in job.output.parent.glob(f"{_partial_prefix(job)}*"):
            if not _in_use(leftover):
                leftover.unlink(missing_ok=True)
    except OSError as error:
        raise _failure(job, error) from error


def _owner() -> str:
    """The machine and the process that write a file, as unfinished files bear them."""
    return f"{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]}-{os.getpid()}"


def _in_use(partial: Path) -> bool:
    """Whether another run may still write to an unfinished file: its process lives, or it is another machine's."""
    match = _OWNED.match(partial.name)
    if match is None:
        return False
    mine, process = f"{match[1]}-{os.getpid()}" == _owner(), int(match[2])
    if process == os.getpid() and mine:
        return False
    if mine and os.name == "posix":
        return _lives(process)
    return time.time() - partial.stat().st_mtime < _ABANDONED_S


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        # One that was killed stays listed until its parent has asked for it.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return True


def _partial_prefix(job: Job) -> str:
    """Hidden, and short however long the file's own name is."""
    return _PARTIAL + hashlib.sha256(os.fsencode(job.output.name)).hexdigest()[:12]


@contextmanager
def _partials(job: Job) -> Iterator[tuple[Path, Path]]:
    """Names for the unfinished video and log, in the folder of the finished ones; what lies there in the end goes."""
    stem = f"{_partial_prefix(job)}-{_owner()}-{secrets.token_hex(4)}"
    folder = job.output.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder / f"{stem}{job.output.suffix}", folder / f"{stem}.csv"
    except SinkError as error:
        # The recorder speaks of its own file, which nobody is to know, and of a part that plays, which goes.
        cause = error.__cause__
        raise (_failure(job, cause) if isinstance(cause, OSError) else error) from cause
    except (OSError, av.error.FFmpegError) as error:
        raise _failure(job, error) from error
    finally:
        for partial in folder.glob(f"{stem}*"):
            partial.unlink(missing_ok=True)


def _draw(job: Job, partial: Path, partial_log: Path, progress: ProgressSink, plan: CoverPlan | None) -> Stats:
    """Draw every frame into `partial`; the files are whole afterwards."""
    guard = None if plan is None else (lambda: PlannedGuard(plan))
    with Assembly(job.look, recording=True, guard=guard) as stages:
        stages.open(_source(job))
        stages.add(_sink(job, partial, stages.controls))
        if job.log:
            stages.add(KeypointLogSink(partial_log))
        stages.add(progress)
        stages.run()
    return stages.stats


def _plan(job: Job, report: Report | None) -> CoverPlan | None:
    """What a privacy filter covers in each frame of a video, decided by looking through all of it first."""
    stack = FilterStack(Controls(list(job.look.filters)), filter_folders(job.look.filters_dir))
    if job.output.suffix == ".png" or not stack.hides:
        return None
    with _source(job) as source:
        return plan_covers(_reported(source.frames(), report), PrivacySight(job.look.weights))


def _reported(frames: Iterator[Frame], report: Report | None) -> Iterator[Frame]:
    """The frames; each says that the job lives."""
    for frame in frames:
        if report:
            report(None)
        yield frame


def _source(job: Job) -> Source:
    source = open_file(job.input, threads=None if job.threaded else 1, max_megapixels=job.max_megapixels)
    return PrefetchedSource(source) if job.threaded and job.output.suffix != ".png" else source


def _sink(job: Job, partial: Path, controls: Controls) -> Sink:
    if partial.suffix == ".png":
        return ImageSink(partial)
    if job.threaded:
        return RecorderSink(controls, partial, live=False, config=job.encoding)
    return InlineVideoSink(partial, replace(job.encoding, threads=1))


def _length_s(path: Path) -> float | None:
    """What the file says of its own length; None where it says nothing. A broken one is reported by its source."""
    try:
        with open_media(path) as container:
            return container.duration / av.time_base if container.duration else None
    except (av.error.FFmpegError, SourceError):
        return None


def _publish(partial: Path, final: Path) -> None:
    """Give a file its name once it is on the disk whole, so that not even a power cut leaves half a file there."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    put_in_place(partial, final)


def _failure(job: Job, error: OSError | av.error.FFmpegError) -> SinkError:
    return SinkError(f"cannot write {job.output}: {error.strerror or error}; {advice(error)}")
