"""What some kinds of picture need beside graphrt itself."""

from __future__ import annotations

import importlib
import shutil


class MissingToolError(RuntimeError):
    """What draws this kind of picture is not installed; the message says how to install it."""


def require_tools(suffix: str, layout: str) -> None:
    """Raise MissingToolError now where a picture of this kind could not be drawn later."""
    if suffix == ".pdf" or (layout == "dot" and suffix in (".png", ".svg")):
        _require_dot(suffix, layout)
    elif suffix == ".png":
        _require_resvg()


def _require_dot(suffix: str, layout: str) -> None:
    if shutil.which("dot") is None:
        what = "a .pdf" if suffix == ".pdf" else f"a {suffix} with layout {layout!r}"
        raise MissingToolError(
            f"drawing {what} needs the program 'dot', which is not on the PATH. Install Graphviz "
            "(apt install graphviz, brew install graphviz, or graphviz.org/download), or write one of the forms that "
            "need no 'dot': .html (opens in any browser), .svg and .png (our own layout), .dot or .graphml (text)"
        )


def _require_resvg() -> None:
    for module in ("resvg_py", "font_source_sans_pro"):
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise MissingToolError(
                f"drawing a .png needs the package {module}: pip install 'graphrt[png]'. Without it there are .html "
                "(opens in any browser), .svg, and .png by Graphviz where that is installed (layout 'dot')"
            ) from error
