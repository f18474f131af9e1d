"""Text as it can stand in a picture, whatever it was: no control characters, no halves of surrogate pairs.

XML knows no way to write them, UTF-8 has no half pairs, DOT and terminals obey some of them. All texts of pictures go
through here when the records of a graph are made (records.py), so that no exporter can forget one.
"""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "["
    "\x00-\x08\x0a-\x1f\x7f-\x9f"  # controls, but for tabs
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # ends of lines and paragraphs, turns of the direction of writing
    "\ud800-\udfff\ufffe\uffff"  # half pairs, and what XML excludes beside them
    "]"
)
_UNPRINTABLE_IN_LINES = re.compile(f"(?!\n){_UNPRINTABLE.pattern}")


def printable(text: str) -> str:
    """The text in one line, with Python's escapes where a character cannot be shown.

    >>> print(printable("a\\nb\\x07\\udc80 é"))
    a\\nb\\x07\\udc80 é
    """
    return _UNPRINTABLE.sub(_escaped, text)


def printable_lines(text: str) -> str:
    """As `printable`, of a text of several lines."""
    return _UNPRINTABLE_IN_LINES.sub(_escaped, text)


def printable_name(name: str) -> str:
    """As `printable`, and two names stay two names: their backslashes are doubled."""
    return printable(name.replace("\\", "\\\\"))


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
