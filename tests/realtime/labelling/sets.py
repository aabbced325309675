"""Pictures and videos of the portrait to label, and faces that need no network."""

from pathlib import Path

import cv2
import numpy as np

from model.arrays import Image
from model.geometry import Points
from realtime.filters.authoring.portrait import portrait
from realtime.labelling.tasks import Task
from realtime.sinks.recording.formats import RecorderConfig
from realtime.sinks.recording.video import VideoWriter
from realtime.sources.demo import load_portrait
from realtime.sources.demo_motions import rolled

SIZE = 320, 240


def picture(eye_distance_px: float = 70.0) -> tuple[Image, Points]:
    """The portrait, and the points that the network sees on it."""
    picture_bgr, face = portrait(eye_distance_px, SIZE, (0.5, 0.45))
    return picture_bgr, np.asarray(face.keypoints_px, np.float64)


def write_picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture()[0])
    return path


def write_rolling_video(path: Path, frames: int = 24) -> Path:
    """The portrait leans to 40 degrees and back."""
    writer = VideoWriter(path, (640, 360), RecorderConfig(quality=90))
    motion = rolled(40.0, frames / 10)
    for index in range(frames):
        matrix = motion(index / 10) * 0.5
        writer.write(cv2.warpAffine(load_portrait(), matrix, (640, 360), borderMode=cv2.BORDER_REFLECT), index / 10)
    writer.close()
    return path


def task(name: str = "a.jpg", doubt: float = 0.1, person: str = "") -> Task:
    return Task(name, f"from {name}", picture()[1], doubt, person)
