"""Measure weights on labelled images: by the very crop, predictor and detector that run live. No torch."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from model.convention import to_network
from model.crop import region_from_box
from model.detection.combined import open_detector
from model.detection.kinds import DetectorKind
from model.face import Face
from model.finder import FaceFinder
from model.geometry import Box, bounding_box
from model.predictor import KeypointPredictor
from train.cli.options import Regions, Split
from train.data.annotations import Annotations, write_keypoints_csv
from train.data.split import development_split
from train.evaluation.hand_labels import HandLabelFigures, measure_against_hand
from train.evaluation.metrics import Errors, restore_offset, summarize
from train.outputs import new_file

SAME_FACE_IOU = 0.3
"""A detected face is the labelled one where the boxes around their points overlap by more."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What weights did on N images.

    Attributes:
        annotations: the images and their labels.
        split: which images these are, in words.
        regions: where faces were looked for.
        keypoints_px: (N, 68, 2) float64 image pixels as the live program would draw them; NaN where not found.
        scores: (N,), the network's own; NaN where not found.
        restored_px: the same points in the dataset's own convention: without the weights' table, and with the labels'
            bias put back where `label_offset` says so.
        others: faces found beside the labelled ones; people in the background, or false faces.
        errors: of `keypoints_px` against the labels as they are.
        errors_restored: of `restored_px` against the same.
        hand: of `keypoints_px` against labels made by people.
        label_offset: whether the labels are taken to have the dataset's bias.
        images_per_s: faces found and measured a second; reading the files is not counted.
    """

    annotations: Annotations
    split: str
    regions: Regions
    keypoints_px: npt.NDArray[np.float64] = field(repr=False)
    scores: npt.NDArray[np.float64] = field(repr=False)
    restored_px: npt.NDArray[np.float64] = field(repr=False)
    others: int
    errors: Errors
    errors_restored: Errors
    hand: HandLabelFigures
    label_offset: bool
    images_per_s: float

    @property
    def compared_px(self) -> npt.NDArray[np.float64]:
        """(N, 68, 2) float64 image pixels, in the convention of the labels: see `convention`."""
        return self.restored_px if self.label_offset else self.keypoints_px

    @property
    def compared_errors(self) -> Errors:
        """Of `compared_px` against the labels."""
        return self.errors_restored if self.label_offset else self.errors

    @property
    def convention(self) -> str:
        """Which points are compared with the labels, in words: the dataset's own, or for other labels those drawn."""
        return "dataset's convention" if self.label_offset else "as drawn"


def select_split(annotations: Annotations, split: Split) -> tuple[Annotations, str]:
    """The images of a split, and which they are, in words.

    Raises:
        DatasetError: the CSV cannot be split by person.
    """
    whole = len(annotations)
    if split is Split.DEVELOPMENT:
        annotations = annotations.subset(development_split(annotations.people))
    what = (
        f"held-out people of {annotations.csv_path.name}" if split is Split.DEVELOPMENT else annotations.csv_path.name
    )
    share = f"{len(annotations)} of {whole} images" if split is Split.DEVELOPMENT else f"all {whole} images"
    people = len(set(annotations.people))
    # A single person mostly means that the file names do not tell who is who.
    who = f", {people} people" if people > 1 else ""
    return annotations, f"{what} ({share}{who})"


def evaluate(
    annotations: Annotations,
    predictor: KeypointPredictor,
    regions: Regions,
    split: str,
    *,
    label_offset: bool = True,
    quiet: bool = True,
) -> Evaluation:
    """Predict every image and measure the errors.

    With `Regions.LABELS` a face is cropped around the box of its labels and predicted once. With `Regions.LIVE` the
    whole image goes through `FaceFinder`, as in the live program: cascade and detector network, three passes, and the
    admission score that a new face must reach; of the faces it finds, the one that overlaps the labels most is taken.
    `Regions.HAAR` does the same by the cascade alone.

    Raises:
        DatasetError: an image cannot be decoded.
        DetectorError: the cascade cannot be used.
    """
    finder = None if regions is Regions.LABELS else _finder(regions, predictor)
    keypoints_px = np.full(annotations.keypoints_px.shape, np.nan)
    scores = np.full(len(annotations), np.nan)
    spent_s, others = 0.0, 0
    for index in progress(range(len(annotations)), "evaluating", quiet=quiet):
        image_bgr = annotations.read_bgr(index)
        truth_box = bounding_box(annotations.keypoints_px[index])
        start_s = time.perf_counter()
        if finder is None:
            found = predictor.predict(image_bgr, [region_from_box(truth_box)])
            best: tuple[npt.NDArray[np.float32], float] | None = found.keypoints_px[0], float(found.scores[0])
        else:
            faces = finder.find(image_bgr)
            best = _best_overlap(truth_box, faces)
            others += len(faces) - (best is not None)
        spent_s += time.perf_counter() - start_s
        if best is not None:
            keypoints_px[index], scores[index] = best
    info = predictor.info
    restored_px = to_network(keypoints_px, info.convention)
    if label_offset:
        restored_px = restore_offset(restored_px, info.label_offset_x, info.label_offset_y)
    return Evaluation(
        annotations,
        split,
        regions,
        keypoints_px,
        scores,
        restored_px,
        others,
        errors=summarize(keypoints_px, annotations.keypoints_px, annotations.labelled),
        errors_restored=summarize(restored_px, annotations.keypoints_px, annotations.labelled),
        hand=measure_against_hand(keypoints_px, annotations.keypoints_px, annotations.labelled),
        label_offset=label_offset,
        images_per_s=len(annotations) / max(spent_s, 1e-9),
    )


def _finder(regions: Regions, predictor: KeypointPredictor) -> FaceFinder:
    kind = DetectorKind.HAAR if regions is Regions.HAAR else DetectorKind.BOTH
    return FaceFinder(open_detector(kind, has_score=predictor.info.has_score), predictor)


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """The figures as JSON holds them; errors are shares (0.04 is 4 %), null where no face was found."""
    plain, restored = asdict(evaluation.errors), asdict(evaluation.errors_restored)
    restored = {key: value for key, value in restored.items() if key not in ("images", "detected")}
    return {
        "split": evaluation.split,
        "regions_from": evaluation.regions.value,
        "images": plain["images"],
        "detected": plain["detected"],
        "other_faces": evaluation.others,
        "nme": plain["nme"],
        "nme_offset_restored": restored["nme"],
        **{key: plain[key] for key in ("median", "nme_box", "failure_rate_10", "auc_10", "regions")},
        "images_per_s": evaluation.images_per_s,
        "offset_restored": restored,
        "against_hand_labels": asdict(evaluation.hand),
    }


def write_predictions(path: Path, evaluation: Evaluation, *, overwrite: bool = True) -> None:
    """Write the points in the dataset's CSV layout, image pixels, as the live program would draw them.

    Raises:
        OutputError: the file cannot be written, or exists and is not to be replaced.
    """
    points = [None if np.isnan(p).any() else p for p in evaluation.keypoints_px]
    with new_file(path, "the predictions", overwrite=overwrite) as half:
        write_keypoints_csv(half, evaluation.annotations.names, points)


def progress(indices: Iterable[int], what: str, *, quiet: bool) -> Iterator[int]:
    """The same numbers, with a bar on the terminal."""
    return iter(tqdm(indices, desc=what, unit="image", leave=False, disable=quiet or None))


def _best_overlap(truth_box: Box, faces: Sequence[Face]) -> tuple[npt.NDArray[np.float32], float] | None:
    """Keypoints and score of the face that overlaps the labels' box most, if enough."""
    face = max(faces, key=lambda face: face.box.iou(truth_box), default=None)
    return (face.keypoints_px, face.score) if face and face.box.iou(truth_box) > SAME_FACE_IOU else None
