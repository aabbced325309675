"""The contract of `Source`, over all its implementations."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.frame import Frame
from realtime.sources.base import Source
from realtime.sources.demo import DemoConfig, DemoSource
from realtime.sources.files.images import ImageSource, StillSource
from realtime.sources.files.video import VideoSource
from realtime.sources.live.camera import CameraConfig, CameraSource
from realtime.sources.live.stream import StreamSource
from realtime.sources.paced import PacedSource
from realtime.sources.prefetched import PrefetchedSource
from tests.fakes import FakeDevice, MjpegServer, four_colours, has_four_colours, write_video

Opener = Callable[[], Source]
TIMES_S = (0.0, 0.03, 0.05, 0.11, 0.12)


def _video(folder: Path) -> Path:
    path = folder / "clip.mkv"
    write_video(path, TIMES_S)
    return path


def _folder(folder: Path) -> Path:
    for number in range(5):
        cv2.imwrite(str(folder / f"{number}.png"), four_colours(number=number))
    return folder


@pytest.fixture(
    params=[
        "demo",
        "demo-looped",
        "demo-paced",
        "video",
        "paced",
        "prefetched",
        "image",
        "folder",
        "still",
        "camera",
        "stream",
    ]
)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens one of the sources; what it reads from lives as long as the test."""
    with MjpegServer() as server:
        openers: dict[str, Opener] = {
            "demo": lambda: DemoSource(DemoConfig((64, 48), duration_s=0.2)),
            "demo-looped": lambda: DemoSource(DemoConfig((64, 48), duration_s=0.2, loop=True)),
            "demo-paced": lambda: DemoSource(DemoConfig((64, 48), fps=200, duration_s=0.2, loop=True, paced=True)),
            "video": lambda: VideoSource(_video(tmp_path)),
            "paced": lambda: PacedSource(VideoSource(_video(tmp_path))),
            "prefetched": lambda: PrefetchedSource(VideoSource(_video(tmp_path))),
            "image": lambda: ImageSource(_folder(tmp_path) / "3.png"),
            "folder": lambda: ImageSource(_folder(tmp_path)),
            "still": lambda: StillSource(_folder(tmp_path) / "3.png"),
            "camera": lambda: CameraSource(CameraConfig(), FakeDevice().open, list),
            "stream": lambda: StreamSource(server.address),
        }
        yield openers[request.param]


def _take(source: Source, count: int = 8) -> list[Frame]:
    return list(islice(source.frames(), count))


class TestEverySource:
    def test_tells_of_its_first_frame(self, opener: Opener) -> None:
        with opener() as source:
            info, frames = source.info, _take(source)
        assert frames
        assert info.size_wh == frames[0].size_wh
        assert info.name.strip() and "\n" not in info.name

    def test_numbers_rise_and_time_never_goes_back(self, opener: Opener) -> None:
        with opener() as source:
            frames = _take(source)
        indices, times_s = [frame.index for frame in frames], [frame.time_s for frame in frames]
        assert times_s[0] >= 0 and indices[0] >= 0
        assert indices == sorted(set(indices))
        assert times_s == sorted(times_s)

    def test_pictures_belong_to_the_consumer(self, opener: Opener) -> None:
        with opener() as source:
            kept = [(frame.pixels_bgr, frame.pixels_bgr.copy()) for frame in islice(source.frames(), 4)]
        for pixels_bgr, copy in kept:
            assert pixels_bgr.flags.c_contiguous and pixels_bgr.flags.writeable
            np.testing.assert_array_equal(pixels_bgr, copy)

    def test_pictures_are_upright_bgr(self, opener: Opener) -> None:
        with opener() as source:
            frames = _take(source)
        if not isinstance(source, DemoSource):
            assert all(has_four_colours(frame.pixels_bgr) for frame in frames)

    def test_all_is_well(self, opener: Opener) -> None:
        with opener() as source:
            for _ in islice(source.frames(), 3):
                assert source.status == ""

    def test_closing_amid_the_frames_ends_them(self, opener: Opener) -> None:
        source = opener()
        frames = source.frames()
        next(frames)
        source.close()
        assert list(islice(frames, 3)) == []

    def test_closes_twice_and_unread(self, opener: Opener) -> None:
        source = opener()
        source.close()
        source.close()
        assert list(islice(source.frames(), 3)) == []
