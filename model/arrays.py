"""Names for the arrays that every package passes around."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) BGR or (H, W) grey pixels, 0 to 255; (H, W, 4) BGRA where a name says so."""
Array: TypeAlias = npt.NDArray[np.float64]
"""Numbers of any shape, which the docstring says."""


def check_image(image: object, name: str, *, grey: bool = False, drawn_on: bool = False) -> None:
    """See that a caller's array is a picture: (H, W, 3) uint8 with at least a pixel.

    Args:
        image: what was given.
        name: what the message calls it.
        grey: (H, W) is right as well.
        drawn_on: it has to be writable.

    Raises:
        ValueError: it is not.
    """
    wanted = f"{name} must be {'(H, W, 3) or (H, W)' if grey else '(H, W, 3)'} uint8"
    if not isinstance(image, np.ndarray):
        hint = "; cv2.imread gives None for a file that it cannot read" if image is None else ""
        raise ValueError(f"{wanted}, got {type(image).__name__}{hint}")
    right = (image.ndim == 3 and image.shape[2] == 3) or (grey and image.ndim == 2)
    if not right or image.dtype != np.uint8 or not image.size:
        raise ValueError(f"{wanted}, got {image.shape} {image.dtype}")
    if drawn_on and not image.flags.writeable:
        raise ValueError(f"{name} is drawn on, and may not be read-only; give a copy")
