"""Names for the arrays that every package passes around."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) BGR or (H, W) grey pixels, 0 to 255; (H, W, 4) BGRA where a name says so."""
Array: TypeAlias = npt.NDArray[np.float64]
"""Numbers of any shape, which the docstring says."""
