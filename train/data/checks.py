"""Nonsense in labels, found before it is trained on. No torch.

Shape and place of the points tell most of it; for the rest, the network that ships says where it sees them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from model.crop import region_from_keypoints
from model.geometry import Points, bounding_box
from model.keypoints import GROUPS, eye_distance
from model.predictor import KeypointPredictor
from train.data.annotations import Annotations, find_images
from train.data.formats.pictures import Picture, read_picture
from train.errors import DatasetError

SMALLEST_PX: Final = 12.0
"""Faces whose points span less; the dataset's smallest spans 32."""
FARTHEST: Final = 0.25
"""How far points may lie outside of their picture, over the size of the face; the dataset's lie at most 0.04."""
OFF: Final = 0.2
"""Error of the network, over the eye distance, that is the labels' fault; one of the dataset's 3,462 has more."""
MOSTLY: Final = 1 / 3
"""With a larger share of faces off, the pictures are others; of a wrong folder of the dataset, 0.41 are."""
_DOUBTFUL: Final = 0.5
"""Share of the score of a tracked face: half a face, or a drawn one, is still worth a label."""
_TURNED_DEG: Final = 60.0
_SAMPLE: Final = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one face.

    Attributes:
        index: of the face in its annotations.
        kind: in short, for the summary.
        words: what is wrong, in one line.
        weight: the worst have the largest.
    """

    index: int
    kind: str
    words: str
    weight: float


def check_labels(
    annotations: Annotations, predictor: KeypointPredictor, indices: Iterable[int] | None = None
) -> list[Finding]:
    """What is wrong with the faces, in their order; at most one finding for each.

    Args:
        annotations: the faces.
        predictor: looks for the points itself.
        indices: those to look at, such as a bar that shows progress; by default all.
    """
    found = (
        _check(annotations, index, predictor) for index in (range(len(annotations)) if indices is None else indices)
    )
    findings = [finding for finding in found if finding is not None]
    seen = {finding.index for finding in findings}
    repeated = [finding for finding in _repetitions(annotations) if finding.index not in seen]
    return sorted([*findings, *repeated], key=lambda finding: finding.index)


def _check(annotations: Annotations, index: int, predictor: KeypointPredictor) -> Finding | None:
    points = annotations.keypoints_px[index]
    picture = read_picture(annotations.images_dir / annotations.names[index])
    if picture is None:
        return Finding(index, "not pictures", "is not a picture that can be read", 9.0)
    known = points[annotations.labelled[index]]
    return (
        _check_unit(index, known)
        or _check_place(index, points, known, picture)
        or _check_shape(index, points)
        or _check_network(annotations, index, predictor)
    )


def _check_unit(index: int, known: Points) -> Finding | None:
    if (np.abs(known) <= 1.5).all():
        words = "coordinates lie between 0 and 1: shares of the picture; multiply them by its width and height"
        return Finding(index, "in shares of the picture", words, 8.0)
    width, height = np.ptp(known, axis=0).tolist()
    if max(width, height) < SMALLEST_PX:
        words = f"the face measures {width:.0f}x{height:.0f} px, too little to learn from"
        return Finding(index, "tiny", words, 7.0)
    return None


def _check_place(index: int, points: Points, known: Points, picture: Picture) -> Finding | None:
    box = bounding_box(known)
    width, height = picture.size_wh
    out = max(-box.x0, -box.y0, box.x1 - width, box.y1 - height) / np.sqrt(max(1.0, box.width * box.height))
    turned = picture.shown(np.asarray(points, np.float64))
    inside = (turned > -1).all() and (turned < np.array(picture.size_wh)).all()
    lies = abs(_roll_deg(points)) > _TURNED_DEG > abs(_roll_deg(turned))
    if picture.orientation != 1 and inside and (out > 0 or lies):
        words = "the labels fit the stored pixels of a photo that its EXIF entry turns; label what is shown"
        return Finding(index, "turned by EXIF", words, 6.0)
    if out > FARTHEST:
        words = f"points lie up to {out:.1f} times the face's size outside of the picture ({width}x{height} px)"
        return Finding(index, "outside of the picture", words, 5.0 + min(out, 10) / 100)
    return None


def _check_shape(index: int, points: Points) -> Finding | None:
    """Seen in a mirror, the mouth lies on the other side of the line from eye to eye, however the head is turned."""
    left, right, mouth = (points[list(GROUPS[name])].mean(axis=0) for name in ("left_eye", "right_eye", "outer_lip"))
    across, down = right - left, mouth - (left + right) / 2
    if across[0] * down[1] - across[1] * down[0] < 0:
        words = "left and right are swapped: left is the picture's left, the person's right"
        return Finding(index, "left and right swapped", words, 4.0)
    return None


def _check_network(annotations: Annotations, index: int, predictor: KeypointPredictor) -> Finding | None:
    try:
        error, score = _seen(annotations, index, predictor)
    except DatasetError:
        return Finding(index, "not pictures", "is not a picture that can be read", 9.0)
    if score < _DOUBTFUL * predictor.info.score_threshold:
        return Finding(index, "no face seen", f"no face is seen where the labels lie (score {score:.2f})", 2 + error)
    if error > OFF:
        return Finding(index, "off", f"the network sees the points {error:.0%} of the eye distance off", 1 + error)
    return None


def _seen(annotations: Annotations, index: int, predictor: KeypointPredictor) -> tuple[float, float]:
    """The labels' distance from what the network sees, over the eye distance, and its score."""
    points, labelled = annotations.keypoints_px[index], annotations.labelled[index]
    found = predictor.predict(annotations.read_bgr(index), [region_from_keypoints(points)])
    away = np.linalg.norm(found.keypoints_px[0] - points, axis=1)[labelled]
    return float(away.mean() / eye_distance(points)), float(found.scores[0])


def _roll_deg(points: Points) -> float:
    left, right = (points[list(GROUPS[name])].mean(axis=0) for name in ("left_eye", "right_eye"))
    return float(np.degrees(np.arctan2(*(right - left)[::-1])))


def _repetitions(annotations: Annotations) -> list[Finding]:
    first: dict[tuple[str, bytes], int] = {}
    findings = []
    for index, name in enumerate(annotations.names):
        earlier = first.setdefault((name, annotations.keypoints_px[index].tobytes()), index)
        if earlier != index:
            words = f"repeats row {annotations.rows[earlier]}"
            findings.append(Finding(index, "repeated", words, 0.5))
    return findings


def count_kinds(findings: Sequence[Finding]) -> dict[str, int]:
    """How many there are of each kind, the most frequent first."""
    return dict(Counter(finding.kind for finding in findings).most_common())


def doubt_folder(annotations: Annotations, findings: Sequence[Finding], predictor: KeypointPredictor) -> str:
    """Whether the pictures are others than those that were labelled, in one line; empty where they are not.

    Folders beside with pictures of the same names are tried on a few faces.
    """
    off = {finding.index for finding in findings if finding.kind in ("off", "no face seen", "outside of the picture")}
    if len(off) <= MOSTLY * len(annotations):
        return ""
    doubt = (
        f"{len(off)} of {len(annotations)} faces are not where the labels say: {annotations.images_dir} may be wrong"
    )
    better = _fitting_folder(annotations, predictor)
    return (
        f"{doubt}; the labels fit {better}: --images {better}" if better else f"{doubt}; give another with --images DIR"
    )


def other_folder(annotations: Annotations) -> str:
    """In one line, that the folder found beside the CSV holds pictures of other sizes than the one that was given.

    Empty where it does not. All test images of the dataset have a namesake among the training images.
    """
    try:
        beside = find_images(annotations.csv_path, annotations.names)
    except DatasetError:
        return ""
    given = annotations.images_dir
    names = {annotations.names[i] for i in np.linspace(0, len(annotations) - 1, _SAMPLE).astype(int).tolist()}
    pairs = [(read_picture(given / name), read_picture(beside / name)) for name in sorted(names)]
    other = sum(ours is not None and theirs is not None and ours.size_wh != theirs.size_wh for ours, theirs in pairs)
    if not other:
        return ""
    return (
        f"{beside} beside {annotations.csv_path.name} holds pictures of the same names, and {other} of {len(pairs)} "
        f"that were compared have another size than in {given}: leave --images out if those are meant"
    )


def _fitting_folder(annotations: Annotations, predictor: KeypointPredictor) -> Path | None:
    sample = np.linspace(0, len(annotations) - 1, min(_SAMPLE, len(annotations))).astype(int).tolist()
    beside = {annotations.csv_path.absolute().parent, annotations.images_dir.absolute().parent}
    for folder in sorted({path for parent in beside for path in (parent, *parent.iterdir()) if path.is_dir()}):
        if folder == annotations.images_dir.absolute():
            continue
        if not all((folder / annotations.names[index]).is_file() for index in sample):
            continue
        other = annotations.in_folder(folder)
        findings = check_labels(other, predictor, sample)
        if len(findings) <= MOSTLY * len(sample):
            return folder
    return None
