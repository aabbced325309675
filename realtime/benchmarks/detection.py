"""What a search for faces costs: the network beside the cascade, by frame size."""

from collections.abc import Callable, Sequence
from itertools import islice

from model.arrays import Image
from model.detection.haar import THOROUGH_SEARCH, UPRIGHT_SEARCHES, HaarFaceDetector
from model.detection.network import QUICK_SEARCH, WATCHFUL_SEARCH, NetworkFaceDetector
from realtime.benchmarks.clips import portrait_clip
from realtime.benchmarks.timing import BenchTable, Cell, in_turns, one_core, ratio

SIZES_WH = ((640, 480), (1280, 720), (3840, 2160))


def detection(seconds: float, frames: int) -> BenchTable:
    """Searches of one frame after another, one thread."""
    network, haar = NetworkFaceDetector(), HaarFaceDetector()
    rows: list[tuple[Cell, ...]] = []
    for size_wh in SIZES_WH:
        images = [frame.pixels_bgr for frame in islice(portrait_clip(size_wh, frames).frames(), max(2, frames))]
        with one_core():
            times = in_turns(_searches(network, haar, images), seconds)
        cells = [found.p50_ms for found in times.values()]
        rows.append((f"{size_wh[0]}x{size_wh[1]}", *cells, ratio(cells[0], cells[2])))
    return BenchTable(
        "Search for faces in a frame, one core, by frame size",
        ("frame", "network ms", "watching ms", "cascade ms", "still network ms", "still cascade ms", "network/cascade"),
        rows,
        (
            "network: the whole frame once. watching: only where it has changed, as in every second frame of a run. "
            "cascade: its four upright slices",
            "still: what a picture is searched with; the cascade's thorough search where nothing else finds a face",
        ),
    )


def _searches(
    network: NetworkFaceDetector, haar: HaarFaceDetector, images: Sequence[Image]
) -> dict[str, Callable[[int], object]]:
    def of(search: Callable[[Image], object]) -> Callable[[int], object]:
        return lambda number: search(images[number % len(images)])

    return {
        "network": of(lambda image: network.search(image, QUICK_SEARCH)),
        "watching": of(lambda image: network.search(image, WATCHFUL_SEARCH)),
        "cascade": of(lambda image: [haar.search(image, search) for search in UPRIGHT_SEARCHES]),
        "still network": of(network.detect),
        "still cascade": of(lambda image: haar.search(image, THOROUGH_SEARCH)),
    }
