"""A Matplotlib backend for machines without a display: figures that are shown become PNG files.

A blocking `show` saves and closes all figures, as if their windows had been closed; figures shown without blocking
(`plt.ion()`, `plt.pause`, `figure.show`) are saved as they are when the script ends.
"""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from graphrt.cli.figures import ENVIRONMENT


class FigureManager(FigureManagerBase):
    """A figure without a window."""

    def show(self) -> None:
        """`figure.show()` never blocks: the figure is saved at the end."""
        _Saved.at_the_end()

    @classmethod
    def pyplot_show(cls, *args: Any, block: bool | None = None, **options: Any) -> None:
        """`plt.show()`."""
        if not matplotlib.is_interactive() if block is None else block:
            save_figures()
        else:
            _Saved.at_the_end()


class FigureCanvas(FigureCanvasAgg):
    """Agg, with the manager above."""

    manager_class = FigureManager


class _Saved:
    """How many figures have been saved, and whether the rest will be."""

    count = 0
    registered = False

    @classmethod
    def at_the_end(cls) -> None:
        if not cls.registered:
            cls.registered = True
            atexit.register(save_figures)


def save_figures() -> None:
    """Write every open figure as PNG into the current directory, and close it."""
    for manager in Gcf.get_all_fig_managers():
        save_figure(manager.canvas.figure)
        Gcf.destroy(manager)


def save_figure(figure: Any) -> None:
    """Write one figure as PNG into the current directory; it stays as it is."""
    prefix = os.environ.get(ENVIRONMENT, "")
    if not prefix:
        return
    _Saved.count += 1
    path = Path(f"{prefix}-figure-{_Saved.count}.png")
    figure.savefig(path)
    print(f"graphrt: saved {path}", file=sys.stderr)
