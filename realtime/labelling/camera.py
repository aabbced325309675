"""Pictures from the camera, taken while a person does what the page asks for."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from model.arrays import Image
from model.face import Face
from model.finder import FaceFinder
from model.measures import Measures
from realtime.errors import RealtimeError
from realtime.face_view import Viewer
from realtime.labelling.gather import save_picture
from realtime.labelling.prompts import PROMPTS
from realtime.labelling.proposals import propose
from realtime.labelling.tasks import Task
from realtime.sources.base import Source

GAP_S: Final = 0.6
"""Between two pictures of one prompt, so that they differ."""
HELD_S: Final = 0.25
"""A prompt has to be followed for so long before the first picture: before, the head still moves."""
_PREVIEW_SIDE_PX: Final = 640


@dataclass(frozen=True, slots=True)
class CameraState:
    """What the page shows while pictures are taken.

    Attributes:
        text: what to do; empty once all is done.
        taken, wanted: pictures so far, and in all.
        face: whether a face is seen.
        status: what is wrong with the camera, or empty.
    """

    text: str
    taken: int
    wanted: int
    face: bool
    status: str


class CameraCapture:
    """Takes pictures in a thread of its own: by itself once a prompt is followed, or when asked to.

    Args:
        source: the camera; closed with this.
        finder: used by this thread only.
        images: folder of the pictures.
        wanted: pictures in all, spread over the prompts.
        found: given each face that is to be labelled.
        clock: seconds.
    """

    def __init__(
        self,
        source: Source,
        finder: FaceFinder,
        images: Path,
        wanted: int,
        found: Callable[[Task], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._finder, self._images, self._found, self._clock = source, finder, images, found, clock
        self._wanted = wanted
        self._lock = threading.Lock()
        self._prompt, self._taken, self._here = 0, 0, 0
        self._rest: Measures | None = None
        self._since_s: float | None = None
        self._last_s = 0.0
        self._asked = False
        self._face = False
        self._error = ""
        self._newest: Image | None = None
        self._run_name = f"camera-{time.strftime('%Y%m%d-%H%M%S')}"
        self._thread = threading.Thread(target=self._run, name="label camera")
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether all prompts are through."""
        return self._prompt >= len(PROMPTS)

    def state(self) -> CameraState:
        """What to show now."""
        with self._lock:
            text = "" if self.done else PROMPTS[self._prompt].text
            return CameraState(text, self._taken, self._wanted, self._face, self._error or self._source.status)

    def preview(self) -> bytes | None:
        """The newest picture as a small JPEG; None before the first."""
        newest = self._newest
        if newest is None:
            return None
        shrink = min(1.0, _PREVIEW_SIDE_PX / max(newest.shape[:2]))
        small = cv2.resize(newest, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        return bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())

    def take(self) -> None:
        """Take the next picture that shows a face, whatever it does."""
        self._asked = True

    def skip(self) -> None:
        """Go on with the next prompt."""
        with self._lock:
            self._next_prompt()

    def close(self) -> None:
        """End the thread and close the camera; may be called more than once."""
        self._prompt = len(PROMPTS)
        self._source.close()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        try:
            for frame in self._source.frames():
                if self.done:
                    break
                self._newest = frame.pixels_bgr
                self._look(frame.pixels_bgr)
        except RealtimeError as error:
            self._error = str(error)
        finally:
            with suppress(RealtimeError):
                self._source.close()

    def _look(self, picture_bgr: Image) -> None:
        faces = self._finder.find(picture_bgr)
        self._face = bool(faces)
        if not faces:
            self._since_s = None
            return
        if self._asked or self._followed(faces[0], picture_bgr):
            self._asked = False
            self._keep(picture_bgr)

    def _followed(self, face: Face, picture_bgr: Image) -> bool:
        """Whether the prompt has been followed for long enough, and the last picture is long enough ago."""
        views = Viewer().views([face], (picture_bgr.shape[1], picture_bgr.shape[0]), 0.0)
        measures = views[0].measures if views else None
        now_s = self._clock()
        with self._lock:
            if self.done or measures is None or not PROMPTS[self._prompt].done(measures, self._rest or measures):
                self._since_s = None
                return False
            if self._since_s is None:
                self._since_s = now_s
            held = now_s - self._since_s >= HELD_S and now_s - self._last_s >= GAP_S
            if held and self._prompt == 0:
                self._rest = measures
            return held

    def _keep(self, picture_bgr: Image) -> None:
        proposals = propose(picture_bgr, self._finder)
        if not proposals:
            return
        name = f"{self._run_name}-{self._taken + 1:03}.jpg"
        save_picture(self._images / name, picture_bgr)
        best = proposals[0]
        self._found(Task(name, self._run_name, best.keypoints_px, best.doubt))
        with self._lock:
            self._taken += 1
            self._here += 1
            self._last_s = self._clock()
            share = self._wanted * (self._prompt + 1) // len(PROMPTS) - self._wanted * self._prompt // len(PROMPTS)
            if self._taken >= self._wanted:
                self._prompt = len(PROMPTS)
            elif self._here >= share:
                self._next_prompt()

    def _next_prompt(self) -> None:
        self._prompt += 1
        self._here, self._since_s = 0, None
