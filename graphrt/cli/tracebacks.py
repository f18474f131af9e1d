"""Tracebacks in which the user's own code comes first: frames inside graphrt are counted, not listed."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import graphrt
from graphrt.wording import counted

_PACKAGES = tuple(
    str(folder) + "/"
    for folder in (
        Path(graphrt.__file__).resolve().parent,
        Path(graphrt.__file__).resolve().parent.parent / "graphrt_ops",
    )
)


def print_exception(error: BaseException, *, full: bool) -> None:
    """Print an exception to stderr as python does.

    Unless `full`, frames inside graphrt are replaced by their number, and so is an underlying exception that was
    raised and caught in there. What needs nothing of us python prints itself (with "Did you mean", which the module
    traceback has only since Python 3.12).
    """
    report = traceback.TracebackException.from_exception(error, capture_locals=False)
    hidden = 0 if full else _shorten(report)
    if sys.stderr is None or not (hidden or _has_lines_of_no_file(report)):
        sys.__excepthook__(type(error), error, error.__traceback__)
        return
    print("".join(report.format()), end="", file=sys.stderr)
    if hidden:
        print(f"({counted(hidden, 'frame')} inside graphrt not shown; --full-traceback shows all)", file=sys.stderr)


def _shorten(report: traceback.TracebackException) -> int:
    """Take the frames inside graphrt out; returns how many there were."""
    hidden = 0
    for part in list(_chain(report)):
        kept = [frame for frame in part.stack if _is_users(frame)]
        hidden += len(part.stack) - len(kept)
        part.stack = traceback.StackSummary.from_list(kept)
    _drop_internal_causes(report)
    return hidden


def _has_lines_of_no_file(report: traceback.TracebackException) -> bool:
    """True for cells of notebooks, and what is in zip files: python alone would not print the lines."""
    frames = [frame for part in _chain(report) for frame in part.stack]
    return any(frame.line and not Path(frame.filename).exists() for frame in frames)


def _chain(report: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    waiting = [report]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [other for other in (part.__cause__, part.__context__) if other is not None]
        waiting += getattr(part, "exceptions", None) or []  # groups of exceptions: since Python 3.11


def _is_users(frame: traceback.FrameSummary) -> bool:
    return not frame.filename.startswith((*_PACKAGES, "<graphrt"))


def _drop_internal_causes(report: traceback.TracebackException) -> None:
    for part in list(_chain(report)):
        for name in ("__cause__", "__context__"):
            other = getattr(part, name)
            if other is not None and not any(inner.stack for inner in _chain(other)):
                setattr(part, name, None)
