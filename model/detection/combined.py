"""The cascade and the network together: both propose, and the keypoint network's score decides."""

from collections.abc import Sequence
from typing import Final

from model.arrays import Image
from model.crop import Region
from model.detection.haar import ROLLED_SEARCHES, UPRIGHT_SEARCHES, HaarFaceDetector, Search, detector_for
from model.detection.kinds import DetectorKind
from model.detection.network import QUICK_SEARCH, WATCHFUL_SEARCH, NetworkFaceDetector, NetworkSearch, same_place
from model.detection.plan import Detector, Proposal, SearchPlan
from model.geometry import Box

_TURNS: Final = 8
"""One in this many searches is the cascade's while faces come and go; one of four times as many otherwise."""


def _mixed(turns: int) -> tuple[Search | NetworkSearch, ...]:
    watchful = [WATCHFUL_SEARCH] * (turns - 1)
    return (*watchful, UPRIGHT_SEARCHES[0], *watchful, UPRIGHT_SEARCHES[1])


def open_detector(kind: DetectorKind = DetectorKind.BOTH, *, has_score: bool = True) -> Detector:
    """The detector of that kind that goes with a keypoint network.

    Args:
        kind: see `DetectorKind`.
        has_score: whether the network can tell faces from anything else. One that cannot was trained on the cascade's
            crops: `BOTH` is then the cascade alone.

    Raises:
        WeightsError, DetectorError: the detector's weights or the installed OpenCV cannot be used.
    """
    if kind is DetectorKind.NETWORK:
        return NetworkFaceDetector()
    haar = detector_for(has_score)
    return CombinedFaceDetector(NetworkFaceDetector(), haar) if kind is DetectorKind.BOTH and has_score else haar


class CombinedFaceDetector:
    """Finds what either finds.

    Args:
        network, haar: each used by one thread at a time.
    """

    plan: Final = SearchPlan(
        none=(*[QUICK_SEARCH] * 3, UPRIGHT_SEARCHES[0], *[QUICK_SEARCH] * 3, ROLLED_SEARCHES[0]),
        alert=_mixed(_TURNS),
        calm=_mixed(4 * _TURNS),
        lost=QUICK_SEARCH,
        alert_s=1 / 15,
        calm_s=1 / 15,
        delay_s=0.0,
    )

    def __init__(self, network: NetworkFaceDetector, haar: HaarFaceDetector) -> None:
        self._network, self._haar = network, haar

    def detect(self, image: Image) -> list[Proposal]:
        """All faces of a (H, W, 3) BGR or (H, W) grey uint8 image; the network's first."""
        found: list[Proposal] = list(self._network.detect(image))
        if not found:
            return list(self._haar.detect(image))
        regions = [proposal.region for proposal in found]
        for search in UPRIGHT_SEARCHES:
            for detection in self._haar.search(image, search):
                if not _known(detection.region, regions):
                    found.append(detection)
                    regions.append(detection.region)
        return found

    def search(self, image: Image, search: Search | NetworkSearch, ignore: Sequence[Box] = ()) -> list[Proposal]:
        """The faces that one search of the plan finds in a (H, W, 3) BGR or (H, W) grey uint8 image."""
        if isinstance(search, NetworkSearch):
            return list(self._network.search(image, search, ignore))
        return list(self._haar.search(image, search, ignore))


def _known(region: Region, others: Sequence[Region]) -> bool:
    return any(same_place(region, other) for other in others)
