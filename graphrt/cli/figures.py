"""Where the figures of a script go: into windows if some can open, else into PNG files (figure_backend.py)."""

from __future__ import annotations

import importlib.util
import os
import sys

ENVIRONMENT = "GRAPHRT_FIGURES"
BACKEND = "module://graphrt.cli.figure_backend"
_WINDOW_TOOLKITS = ("PyQt6", "PySide6", "PyQt5", "PySide2", "gi", "wx", "_tkinter")
WITHOUT_WINDOWS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")


def choose_backend(prefix: str) -> None:
    """Select this backend for the process, unless a window can open; the files are called '<prefix>-figure-N.png'.

    With an empty prefix figures are dropped when shown.
    """
    asked = os.environ.get("MPLBACKEND", "")
    if prefix and asked and asked.lower() not in WITHOUT_WINDOWS:
        return
    if prefix and not asked and can_open_windows():
        return
    os.environ[ENVIRONMENT] = prefix
    os.environ["MPLBACKEND"] = BACKEND


def can_open_windows() -> bool:
    """Whether there is a display and a toolkit to open windows with."""
    if sys.platform in ("darwin", "win32"):
        return True
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    return any(importlib.util.find_spec(name) is not None for name in _WINDOW_TOOLKITS)
