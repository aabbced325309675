"""Writes the colour tables of the filters that grade: `python -m assets.luts`."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from assets import FILTERS_DIR

Colors = npt.NDArray[np.float64]
SIDE = 17
"""Steps along each axis of a table."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def _saturated(rgb: Colors, amount: float) -> Colors:
    grey = (rgb @ _LUMA)[:, None]
    return np.asarray(grey + amount * (rgb - grey))


def _contrast(rgb: Colors, amount: float) -> Colors:
    """An S-curve about the middle; 0 changes nothing."""
    return np.asarray(rgb + amount * (rgb - 0.5) * 4 * rgb * (1 - rgb))


def film(rgb: Colors) -> Colors:
    """Faded blacks, teal shadows, golden lights."""
    graded = _contrast(_saturated(rgb, 0.88), 0.22)
    light = (graded @ _LUMA)[:, None]
    graded = graded + (1 - light) ** 2 * [-0.03, 0.015, 0.045] + light**2 * [0.045, 0.015, -0.055]
    return np.asarray(0.045 + 0.935 * graded)


def black_and_white(rgb: Colors) -> Colors:
    """A red filter before a silver film: light skin, deep skies."""
    grey = rgb @ np.array([0.42, 0.46, 0.12])
    return np.repeat(_contrast(grey[:, None], 0.32), 3, axis=1)


def warm(rgb: Colors) -> Colors:
    """Late sun."""
    return _contrast(_saturated(rgb * [1.07, 1.005, 0.86] + [0.012, 0.004, 0.0], 1.06), 0.1)


def cold(rgb: Colors) -> Colors:
    """A winter morning."""
    return _contrast(_saturated(rgb * [0.9, 0.985, 1.08] + [0.0, 0.006, 0.02], 0.86), 0.14)


def comic(rgb: Colors) -> Colors:
    """Flat, loud colours in five steps of light."""
    loud = np.clip(_saturated(_contrast(rgb, 0.25), 1.28), 0, 1)
    light = np.maximum((loud @ _LUMA)[:, None], 1e-6)
    stepped = (np.round(light * 4) + 0.1) / 4.1
    return np.asarray(loud * (0.25 + 0.75 * stepped / light))


GRADES: dict[str, Callable[[Colors], Colors]] = {
    "film": film,
    "black-and-white": black_and_white,
    "warm": warm,
    "cold": cold,
    "comic": comic,
}


def cube_text(title: str, grade: Callable[[Colors], Colors]) -> str:
    """A `.cube` file."""
    steps = np.linspace(0, 1, SIDE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colors = np.clip(grade(np.stack([red, green, blue], axis=-1).reshape(-1, 3)), 0, 1)
    rows = "".join(f"{r:.4f} {g:.4f} {b:.4f}\n" for r, g, b in colors)
    return f'TITLE "{title}"\nLUT_3D_SIZE {SIDE}\n{rows}'


def main() -> None:
    """Write all tables."""
    for name, grade in GRADES.items():
        (FILTERS_DIR / name / "colors.cube").write_text(cube_text(name, grade), encoding="utf-8")


if __name__ == "__main__":
    main()
