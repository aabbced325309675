"""The one way to read a file: live, in batches and in folders alike."""

from pathlib import Path

from realtime.sources.base import Source
from realtime.sources.files.animation import AnimationSource, is_animation
from realtime.sources.files.images import MAX_MEGAPIXELS, ImageSource, is_image
from realtime.sources.files.video import VideoSource


def is_still(path: Path) -> bool:
    """Whether a file is a single image, and not a film or an animated picture."""
    return is_image(path) and not is_animation(path)


def open_file(
    path: Path, *, fps: float = 30.0, threads: int | None = None, max_megapixels: float = MAX_MEGAPIXELS
) -> Source:
    """The frames of a file.

    Args:
        path: a video, an animated picture, or an image.
        fps: asked of folders only.
        threads: cores that a video's decoder may use; None: all.
        max_megapixels: larger images are refused.

    Raises:
        SourceError: it is missing or cannot be read.
    """
    if is_animation(path):
        return AnimationSource(path, max_megapixels)
    if is_image(path):
        return ImageSource(path, fps, max_megapixels)
    return VideoSource(path, threads)
