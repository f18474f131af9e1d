"""PNG of our own SVG, by resvg (the extra [png]), in a font that comes with it: the same picture on every machine.

Without fonts of its own resvg would leave all text out where none is installed (slim containers), and say nothing.
"""

from __future__ import annotations

import importlib
import importlib.resources
import re
from typing import Any

_FONT = "Source Sans Pro"
FONTS = f"'{_FONT}',sans-serif"
_ZOOM = 2.0  # for screens and papers of today
_MOST_PIXELS = 60e6  # (of four bytes each)


def to_png(svg: str) -> bytes:
    """An SVG document on a light page, two pixels a unit; less where the picture would be huge."""
    resvg: Any = importlib.import_module("resvg_py")
    width, height = (float(length) for length in re.findall(r'^<svg[^>]* width="(\d+)" height="(\d+)"', svg)[0])
    zoom = min(_ZOOM, (_MOST_PIXELS / (width * height)) ** 0.5)
    fonts = importlib.resources.files("font_source_sans_pro") / "files"
    # System fonts are for what this one lacks, Chinese names for instance.
    with importlib.resources.as_file(fonts) as folder:
        return bytes(resvg.svg_to_bytes(svg_string=svg, zoom=zoom, font_dirs=[str(folder)], sans_serif_family=_FONT))
