"""One HTML page that holds a graph and everything needed to look at it: no network, no `dot`, no installation.

The layers of every scope are computed here; the page itself (page/*.js) repeats only the placing when a scope opens.
"""

from __future__ import annotations

import json
import re
from html import escape
from importlib.resources import files

from graphrt.view.page_data import page_data
from graphrt.view.picture import Picture
from graphrt.view.svg import scheme_rules, stylesheet

_SCRIPTS = ("data.js", "layout.js", "draw.js", "move.js", "page.js")


def to_html(picture: Picture, opened: set[int] | None = None) -> str:
    """The page, with the groups `opened` (None: `default_open`) showing their inside at first."""
    page = files("graphrt.view") / "page"
    data = json.dumps(page_data(picture, opened), separators=(",", ":"), ensure_ascii=False)
    parts = {
        "TITLE": escape(picture.title),
        "STYLE": _style() + (page / "page.css").read_text(encoding="utf-8"),
        # "</script>" in a user's source line must not end the script.
        "DATA": data.replace("<", "\\u003c"),
        "SCRIPT": "\n".join((page / name).read_text(encoding="utf-8") for name in _SCRIPTS),
    }
    return re.sub("@([A-Z]+)@", lambda mark: parts[mark[1]], (page / "page.html").read_text(encoding="utf-8"))


def _style() -> str:
    """The SVG's look with the page's two ways to be dark: as the system says, or by the button."""
    automatic = scheme_rules(1, ".graphrt:not([data-theme=light])")
    chosen = scheme_rules(1, ".graphrt[data-theme=dark]")
    return stylesheet(f"@media (prefers-color-scheme: dark){{{automatic}}}{chosen}")
