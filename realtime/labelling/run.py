"""The command `label`: gather faces, serve the page, and say what came of it."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from assets import DEFAULT_WEIGHTS
from model.finder import open_finder
from realtime.errors import ConfigError, SinkError
from realtime.labelling.camera import CameraCapture
from realtime.labelling.gather import Gathering, gather
from realtime.labelling.label_file import IMAGES, LABELS, next_commands, read_tasks
from realtime.labelling.page import LabelPage
from realtime.labelling.session import LabelSession
from realtime.sources.base import Source
from realtime.sources.open import open_source
from realtime.web.server import WebConfig, WebServer

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LabelConfig:
    """What to label, and where the labels go.

    Attributes:
        sources: pictures, folders of pictures, videos.
        camera: index or name; None is no camera.
        out: folder of labels and pictures.
        frames: faces to take of each video, or from the camera.
        person: who is shown, or empty.
        weights: the network that proposes the points.
        port: of the page; None chooses.

    Raises:
        ConfigError: there is nothing to label, or both kinds of source.
    """

    out: Path
    sources: tuple[Path, ...] = ()
    camera: int | str | None = None
    frames: int = 30
    person: str = ""
    weights: Path = DEFAULT_WEIGHTS
    port: int | None = None

    def __post_init__(self) -> None:
        if self.sources and self.camera is not None:
            raise ConfigError("give pictures and videos, or --camera, not both; --out of the same folder adds to it")


def run_label(
    config: LabelConfig,
    say: Show,
    show: Callable[[str], object] = lambda address: None,
    open_camera: Callable[[int | str], Source] = lambda camera: open_source(None, camera),
) -> None:
    """Label until somebody says on the page, or with Ctrl-C, that it is enough.

    Args:
        config: what and where.
        say: told what happens, line by line.
        show: opens the page's address.
        open_camera: opens a camera.

    Raises:
        RealtimeError, ModelError: something cannot be opened, read or written.
    """
    images = config.out / IMAGES
    try:
        images.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot make the folder {images}: {error.strerror}; give another --out") from error
    known = read_tasks(config.out)
    if not (config.sources or config.camera is not None or known):
        raise ConfigError(
            f"nothing to label: {config.out} holds nothing yet; give pictures, a video, or --camera 0, as in: "
            "python -m realtime label me.mp4 --out my"
        )
    finder = open_finder(config.weights, closely=True)
    server = WebServer(WebConfig(port=config.port, what="the label page", option="--port"))
    with ExitStack() as opened:
        session = LabelSession(config.out, known)
        found = gather(config.sources, finder, Gathering(images, config.frames, say), known)
        if found:
            session.add(found)
        camera = None
        if config.camera is not None:
            source = open_camera(config.camera)
            camera = CameraCapture(source, finder, images, config.frames, lambda task: session.add([task]))
            opened.callback(camera.close)
        if camera is None and not session.tasks:
            raise ConfigError("no face was found in what was given; give pictures that show one larger and clearer")
        page = LabelPage(server, session, camera, config.person)
        opened.callback(server.close)
        server.start()
        say(f"label at {server.address} (Ctrl-C ends; all is saved after each face)")
        show(server.address)
        with suppress(KeyboardInterrupt):
            page.wait()
    _summarize(config, session, say)


def _summarize(config: LabelConfig, session: LabelSession, say: Show) -> None:
    counts = session.counts()
    labels = config.out / LABELS
    say(f"{labels}: {counts['labelled']} faces labelled, {counts['open']} open, {counts['skipped']} skipped")
    if counts["labelled"]:
        for what, line in zip(("check them", "train", "compare"), next_commands(labels), strict=True):
            say(f"{what}: {line}")
