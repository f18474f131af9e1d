"""What becomes of an exception that the script has not caught: as with python, but for our shorter traceback."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from graphrt.cli.tracebacks import print_exception

_CLI = str(Path(__file__).resolve().parent)


def ended_by(error: BaseException, *, full: bool) -> int:
    """Report what the script raised, and return the exit status.

    A KeyboardInterrupt is raised once more: python lets atexit functions and threads end and then dies of SIGINT, so
    that a shell knows that it was interrupted.
    """
    _report(error, full)
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = _reported
        raise error
    return 1


def _reported(*exception: Any) -> None:
    """A sys.excepthook for what has been reported."""


def _report(error: BaseException, full: bool) -> None:
    """Call sys.excepthook, which is ours unless the script has set another."""
    _flush()
    error.__traceback__ = _in_the_script(error.__traceback__)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    hook = getattr(sys, "excepthook", sys.__excepthook__)
    if hook is sys.__excepthook__:
        print_exception(error, full=full)
        return
    try:
        hook(type(error), error, error.__traceback__)
    except Exception as second:
        print("Error in sys.excepthook:", file=sys.stderr)
        print_exception(second, full=full)
        print("\nOriginal exception was:", file=sys.stderr)
        print_exception(error, full=full)


def _flush() -> None:
    """As python does between a script's end and its traceback: what cannot be written now is an error at exit."""
    for stream in (sys.stderr, sys.stdout):
        if stream is not None:
            with contextlib.suppress(Exception):
                stream.flush()


def _in_the_script(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames that started the script."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith((_CLI, "<frozen ")):
        traceback = traceback.tb_next
    return traceback
