"""What README and docs tell people to type, and a folder in which all of it can be run in a moment."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import torch

from assets import FLOAT_WEIGHTS
from model.networks.baseline_net import BaselineNet
from realtime.filters.authoring.portrait import portrait
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter
from tests.paths import ROOT
from tests.tiny_weights import write_weights
from tests.train.evaluation.test_movement import moving, write_log
from tests.train.faces import write_faces
from train.data.annotations import read_annotations
from train.data.exporters import export_labels

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("assets/**/*.md")]
)
PROGRAMS = ("python ", "pip ", "dask ", "sudo ", "faces ", "faces-train ")
VIDEOS = ("talk.mp4", "CLIP", "clips/a.mp4", "holiday/2025/b.mov")


def commands(page: Path) -> Iterator[str]:
    """Every command of the page's code blocks and code spans, with its options, without comments."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in (*(line for block in blocks for line in block.splitlines()), *spans):
        for part in re.split(r"&&|\|", " ".join(line.split())):
            command = part.partition(" #")[0].strip()
            if command.startswith(PROGRAMS):
                yield command


def write_stage(folder: Path) -> None:
    """Small files under all the names that the pages use."""
    picture_bgr, _ = portrait(60.0, (160, 120), (0.5, 0.52))
    for name in VIDEOS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        video = folder / Path(name).with_suffix(".mp4")
        writer = VideoWriter(video, (160, 120), RecorderConfig())
        for index in range(5):
            writer.write(picture_bgr, index / 30)
        writer.close()
        video.replace(folder / name)
    cv2.imwrite(str(folder / "photo.jpg"), picture_bgr)
    moustache = ROOT / "assets" / "filters" / "moustache"
    for place in ("my-filters", "assets/filters"):
        shutil.copytree(moustache, folder / place / "moustache")
    for labels, images, count in (
        ("my/labels.csv", "my/images", 24),
        ("data/train-test-data/training_frames_keypoints.csv", "data/train-test-data/training", 24),
        ("data/train-test-data/test_frames_keypoints.csv", "data/train-test-data/test", 6),
    ):
        csv_path, images_dir = write_faces(folder / "drawn", count=count)
        (folder / images).parent.mkdir(parents=True, exist_ok=True)
        csv_path.replace(folder / labels)
        images_dir.replace(folder / images)
    export_labels("coco", read_annotations(folder / "my" / "labels.csv"), folder / "my" / "coco.json")
    for weights in ("A.onnx", "B.onnx", "runs/default/keypoints.onnx", "runs/mine/keypoints.onnx"):
        (folder / weights).parent.mkdir(parents=True, exist_ok=True)
        write_weights(folder / weights)
    shutil.copy(FLOAT_WEIGHTS, folder / "FLOAT.onnx")
    torch.save(BaselineNet().state_dict(), folder / "RUN.pt")
    for log in ("LOG.csv", "REFERENCE.csv", "talk-log.csv"):
        write_log(folder / log, [moving(5, 1)])
    (folder / "openings.csv").write_bytes((folder / "data/train-test-data/training_frames_keypoints.csv").read_bytes())
