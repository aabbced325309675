"""Anti-aliased text, and the rounded plates it stands on, as premultiplied BGRA pictures to be blended in."""

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from model.arrays import Image
from realtime.errors import DisplayError

Color = tuple[int, int, int]
"""Blue, green, red."""

WHITE: Color = (255, 255, 255)
GREY: Color = (190, 190, 190)
ACCENT: Color = (120, 205, 255)
PLATE: Color = (32, 28, 26)
PLATE_OPACITY = 0.72
_SMOOTHING = 4
"""Shapes are drawn this many times larger and averaged down: Pillow draws them without anti-aliasing."""


@lru_cache(maxsize=1)
def _fonts_dir() -> Path:
    """matplotlib's fonts, found without importing it.

    Raises:
        DisplayError: matplotlib is not installed, or came without its fonts.
    """
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" if spec and spec.origin else Path("matplotlib")
    if not (folder / "DejaVuSans.ttf").is_file():
        raise DisplayError(
            f"cannot draw text: no DejaVuSans.ttf in {folder}; reinstall its package: "
            "pip install --force-reinstall matplotlib"
        )
    return folder


@lru_cache(maxsize=64)
def _font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_fonts_dir() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size_px)


def text_size_wh(text: str, size_px: int, bold: bool = False) -> tuple[int, int]:
    """(width, height) of one line: its advance, and the font's line height, the same for all texts of a size."""
    font = _font(size_px, bold)
    ascent, descent = font.getmetrics()
    return max(1, round(font.getlength(text))), ascent + descent


@lru_cache(maxsize=256)
def render_text(text: str, size_px: int, color_bgr: Color = WHITE, bold: bool = False) -> Image:
    """One line of text, (h, w, 4) uint8 premultiplied BGRA, read-only and cached.

    Args:
        text: line breaks and tabs are drawn as spaces.
        size_px: the font's size; the line is about 1.2 times as high.
        color_bgr: colour of the letters.
        bold: the bold face.
    """
    text = " ".join(text.split())
    width, height = text_size_wh(text, size_px, bold)
    mask = Pillow.new("L", (width, height), 0)
    ImageDraw.Draw(mask).text((0, 0), text, fill=255, font=_font(size_px, bold))
    return _tinted(np.asarray(mask), color_bgr, 1.0)


@lru_cache(maxsize=256)
def render_plate(size_wh: tuple[int, int], radius_px: int, color_bgr: Color, opacity: float) -> Image:
    """A rounded rectangle, (h, w, 4) uint8 premultiplied BGRA, read-only and cached; a disc at half radius."""
    width, height = size_wh
    large = Pillow.new("L", (width * _SMOOTHING, height * _SMOOTHING), 0)
    box = (0, 0, width * _SMOOTHING - 1, height * _SMOOTHING - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, radius_px * _SMOOTHING, fill=255)
    return _tinted(np.asarray(large.resize(size_wh, Pillow.Resampling.BOX)), color_bgr, opacity)


def fitted_text(text: str, size_px: int, max_width_px: int, bold: bool = False) -> str:
    """The text, its middle left out (…) where it would be wider than `max_width_px`: paths end in what matters."""
    text = " ".join(text.split())
    if text_size_wh(text, size_px, bold)[0] <= max_width_px:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        if text_size_wh(_shortened(text, kept), size_px, bold)[0] <= max_width_px:
            low = kept
        else:
            high = kept - 1
    return _shortened(text, low)


def wrapped_text(text: str, size_px: int, max_width_px: int, max_lines: int = 3) -> list[str]:
    """The text in lines at most `max_width_px` wide, broken between words; the last takes the rest, shortened."""
    words, lines = text.split(), [""]
    for number, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or text_size_wh(longer, size_px)[0] <= max_width_px:
            lines[-1] = longer
        elif len(lines) == max_lines:
            lines[-1] = " ".join([lines[-1], *words[number:]])
            break
        else:
            lines.append(word)
    return [fitted_text(line, size_px, max_width_px) for line in lines]


def _shortened(text: str, kept: int) -> str:
    head = kept // 2
    tail = kept - head
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


def _tinted(mask: Image, color_bgr: Color, opacity: float) -> Image:
    alpha = mask.astype(np.float32) * opacity
    overlay = np.empty((*mask.shape, 4), np.uint8)
    for channel, value in enumerate((*color_bgr, 255)):
        overlay[..., channel] = np.rint(alpha * (value / 255))
    overlay.flags.writeable = False
    return overlay
