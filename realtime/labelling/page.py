"""The label page: what it asks of the session and the camera, as JSON."""

import asyncio
import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.keypoints import CLOSED_GROUPS, GROUPS, NAMES, NUM_KEYPOINTS
from realtime.errors import ConfigError
from realtime.labelling.camera import CameraCapture
from realtime.labelling.label_file import IMAGES, LABELS, next_commands
from realtime.labelling.session import Labels, LabelSession
from realtime.web.answers import files_of
from realtime.web.files import FileFolder
from realtime.web.server import WebServer

if TYPE_CHECKING:
    from aiohttp import web


class LabelPage:
    """Serves a session of labelling.

    Args:
        server: not started yet; routes are added to it.
        session: what is labelled.
        camera: takes pictures first, or None.
        person: who is shown, where nobody has been named yet.
    """

    def __init__(
        self, server: WebServer, session: LabelSession, camera: CameraCapture | None = None, person: str = ""
    ) -> None:
        self._session, self._camera, self._person = session, camera, person
        self._finished = threading.Event()
        pictures = FileFolder(session.folder / IMAGES)
        server.add("GET", "/", server.static_page("label.html"))
        server.add("GET", "/picture/{name}", files_of(pictures))
        server.add("GET", "/face", self._get_face)
        server.add("GET", "/camera", self._get_camera)
        server.add("GET", "/camera.jpg", self._get_preview)
        server.add("POST", "/camera/{what}", self._use_camera)
        server.add("POST", "/face/{number}", self._save)
        server.add("POST", "/skip/{number}", self._skip)
        server.add("POST", "/back", self._back)
        server.add("POST", "/again", self._again)
        server.add("POST", "/finish", self._finish)

    def wait(self) -> None:
        """Until somebody says on the page that all is done."""
        while not self._finished.wait(0.5):
            pass

    async def _get_face(self, request: "web.Request") -> "web.Response":
        """The face to be labelled now: the one that `number` asks for, or the least certain that is open."""
        asked = request.query.get("number", "")
        return self._face(int(asked) if asked.isdecimal() else self._session.next())

    async def _save(self, request: "web.Request") -> "web.Response":
        labels = _labels(await request.text())
        await asyncio.to_thread(self._session.save, _number(request), labels)
        return self._face(self._session.next())

    async def _skip(self, request: "web.Request") -> "web.Response":
        await asyncio.to_thread(self._session.skip, _number(request))
        return self._face(self._session.next())

    async def _back(self, request: "web.Request") -> "web.Response":
        number = await asyncio.to_thread(self._session.back)
        return self._face(self._session.next() if number is None else number)

    async def _again(self, request: "web.Request") -> "web.Response":
        await asyncio.to_thread(self._session.again)
        return self._face(self._session.next())

    async def _finish(self, request: "web.Request") -> "web.Response":
        self._finished.set()
        return _json({})

    async def _get_camera(self, request: "web.Request") -> "web.Response":
        return _json(None if self._camera is None or self._camera.done else asdict(self._camera.state()))

    async def _get_preview(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        data = None if self._camera is None else await asyncio.to_thread(self._camera.preview)
        return web.Response(status=204) if data is None else web.Response(body=data, content_type="image/jpeg")

    async def _use_camera(self, request: "web.Request") -> "web.Response":
        camera, what = self._camera, request.match_info["what"]
        if camera is None:
            raise ConfigError("no camera is open; start with: python -m realtime label --camera 0 --out my")
        actions = {"take": camera.take, "skip": camera.skip, "end": camera.close}
        if what not in actions:
            raise ConfigError(f"the camera cannot {what!r:.20}; load the page again")
        await asyncio.to_thread(actions[what])
        return await self._get_camera(request)

    def _face(self, number: int | None) -> "web.Response":
        counts = self._session.counts()
        common: dict[str, Any] = {"counts": counts, "folder": str(self._session.folder)}
        common["next"] = next_commands(self._session.folder / LABELS)
        if number is None:
            return _json({**common, "number": None})
        task = self._session.task(number)
        return _json(
            {
                **common,
                "number": number,
                "image": task.image,
                "source": Path(task.source).name,
                "person": task.person or self._session.person() or self._person,
                "doubt": round(task.doubt, 4),
                "points": np.round(task.keypoints_px, 2).tolist(),
                "hidden": np.flatnonzero(task.hidden).tolist(),
                "groups": [{"name": n, "points": p, "closed": n in CLOSED_GROUPS} for n, p in GROUPS.items()],
                "names": NAMES,
            }
        )


def _number(request: "web.Request") -> int:
    text = request.match_info["number"]
    if not text.isdecimal() or len(text) > 9:
        raise ConfigError(f"there is no face {text!r:.20}; load the page again")
    return int(text)


def _labels(text: str) -> Labels:
    """What the page sent; raises `ConfigError`."""
    try:
        data = json.loads(text)
        points = np.array(data["points"], np.float64)
        hidden = np.isin(np.arange(NUM_KEYPOINTS), data["hidden"])
        person = str(data["person"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError("that is not what the page sends; load it again") from error
    return Labels(points, hidden, person)


def _json(value: object) -> "web.Response":
    from aiohttp import web

    return web.json_response(value)
