"""Render the drawings again: `python -m assets.render [NAME...]`, or all of them.

A name is that of a filter; `icons` are the window's and the page's, `dress` what faces wear in training. Every
`<stem>.svg` there becomes `<stem>.png` beside it, with alpha, at the drawing's own size. Needs the development tool
resvg-py; nothing that runs live does.
"""

import sys
from pathlib import Path

from assets import DRESS_DIR, FILTERS_DIR, ICONS_DIR


def render(folder: Path) -> list[Path]:
    """Render the drawings in `folder`; returns the pictures written."""
    import resvg_py  # only here: the live program's packages do not hold it

    written = []
    for drawing in sorted(folder.glob("*.svg")):
        png = resvg_py.svg_to_bytes(svg_path=str(drawing), skip_system_fonts=True)
        picture = drawing.with_suffix(".png")
        picture.write_bytes(bytes(png))
        written.append(picture)
    return written


def main(names: list[str]) -> None:
    """Render the packs called `names` (and `icons`), or all, and print what was written."""
    packs = sorted(path.name for path in FILTERS_DIR.iterdir() if path.is_dir())
    others = {folder.name: folder for folder in (DRESS_DIR, ICONS_DIR)}
    for name in names or [*packs, *others]:
        folder = others.get(name, FILTERS_DIR / name)
        for picture in render(folder):
            print(picture.relative_to(folder.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
