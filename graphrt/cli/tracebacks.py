"""Tracebacks in which the user's own code comes first: frames inside graphrt are counted, not listed."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import graphrt

_CLI = str(Path(__file__).resolve().parent)
_PACKAGES = tuple(
    str(folder) + "/"
    for folder in (
        Path(graphrt.__file__).resolve().parent,
        Path(graphrt.__file__).resolve().parent.parent / "graphrt_ops",
    )
)


def print_exception(error: BaseException, *, full: bool) -> None:
    """Print a traceback to stderr as python does, without the frames of `graphrt run` itself.

    Unless `full`, frames inside graphrt are replaced by their number, and so is an underlying exception that was
    raised and caught in there.
    """
    report = traceback.TracebackException.from_exception(error, capture_locals=False)
    hidden = 0
    for part in list(_chain(report)):
        part.stack, count = _shortened(part.stack, full)
        hidden += count
    if not full:
        _drop_internal_causes(report)
    sys.stdout.flush()
    print("".join(report.format()), end="", file=sys.stderr)
    if hidden:
        print(f"({hidden} frames inside graphrt are not shown; --full-traceback shows them)", file=sys.stderr)


def _chain(report: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    waiting = [report]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [other for other in (part.__cause__, part.__context__) if other is not None]
        waiting += getattr(part, "exceptions", None) or []  # groups of exceptions: since Python 3.11


def _shortened(stack: traceback.StackSummary, full: bool) -> tuple[traceback.StackSummary, int]:
    """The frames to list, and how many were taken out."""
    frames = [frame for frame in stack if not frame.filename.startswith(_CLI)]
    # What runs before the user's first frame is how python was started, of interest to nobody.
    users = next((index for index, frame in enumerate(frames) if _is_users(frame)), None)
    if users is None:
        return traceback.StackSummary.from_list(frames if full else []), 0 if full else len(frames)
    frames = frames[users:]
    kept = frames if full else [frame for frame in frames if _is_users(frame)]
    return traceback.StackSummary.from_list(kept), len(frames) - len(kept)


def _is_users(frame: traceback.FrameSummary) -> bool:
    return not frame.filename.startswith((*_PACKAGES, "<frozen ", "<graphrt"))


def _drop_internal_causes(report: traceback.TracebackException) -> None:
    for part in list(_chain(report)):
        for name in ("__cause__", "__context__"):
            other = getattr(part, name)
            if other is not None and not any(inner.stack for inner in _chain(other)):
                setattr(part, name, None)
