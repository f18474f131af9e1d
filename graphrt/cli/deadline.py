"""A time after which a script is stopped, wherever it is.

Python code is stopped by an exception that is raised in its thread. What catches every exception, or blocks in a call
of C, cannot be stopped so: then the process ends, after a last call of a function of ours.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

from graphrt.source import user_line

_PATIENCE = 3.0  # seconds for a script to end after the exception
_INTERVAL = 0.5  # of them, until it is raised again
_DEAF = 30.0  # seconds after the limit at which a process ends in which none of our threads gets to run


class StopScriptError(BaseException):
    """Ends the script; no `except Exception` of the script can hold it up."""


class Deadline:
    """A `with` block that is left by StopScriptError when `seconds` have passed.

    If it is not left for three seconds more, `finish` is called in another thread, and the process ends with the
    status that it returns: no `finally` block and no atexit function of the script runs. So it does where the block
    was left, but threads of the script keep the process alive. A call of C that lets no other thread run (a regular
    expression that never ends) is ended half a minute later by faulthandler, which says where it is; then there is no
    picture. `reason` is "", or why and where the script was stopped.
    """

    def __init__(self, seconds: float, finish: Callable[[str], int]) -> None:
        self.reason = ""
        self._seconds = seconds
        self._finish = finish
        self._thread = ctypes.c_ulong(threading.get_ident())
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._done = threading.Event()
        self._status = 0

    def __enter__(self) -> Deadline:
        if self._seconds < threading.TIMEOUT_MAX:
            with contextlib.suppress(
                OSError, ValueError, RuntimeError, AttributeError
            ):  # no stderr that is a file: nowhere to say it
                faulthandler.dump_traceback_later(self._seconds + _DEAF, exit=True, file=sys.__stderr__ or 2)
            threading.Thread(target=self._watch, name="graphrt view --limit", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The exception may come while we are here, once; the interval is longer than a second try.
        try:
            self._leave()
        except StopScriptError:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._left.set()
            faulthandler.cancel_dump_traceback_later()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, None)  # what has not been raised yet

    def finished(self, status: int) -> int:
        """To be called when all is done, with the status that the process is to end with; returns it."""
        self._status = status
        self._done.set()
        return status

    def _watch(self) -> None:
        end = time.monotonic() + self._seconds
        if not self._left.wait(self._seconds):
            self._stop()
        self._done.wait()
        # (As a daemon, this thread goes with the process; python waits for the script's own threads.)
        time.sleep(max(0.0, end - time.monotonic()) + _PATIENCE)
        print("graphrt: ended the process: threads of the script went on", file=sys.stderr)
        self._end_process(self._status)

    def _stop(self) -> None:
        frame = sys._current_frames().get(self._thread.value)
        self.reason = f"after {self._seconds:g} seconds, at {user_line(frame)} (--limit allows more)"
        for _ in range(round(_PATIENCE / _INTERVAL)):
            with self._lock:
                if self._left.is_set():
                    return
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, ctypes.py_object(StopScriptError))
            if self._left.wait(_INTERVAL):
                return
        faulthandler.cancel_dump_traceback_later()  # drawing takes its time
        status = 1
        try:
            status = self._finish(f"{self.reason}; it did not end, so the process does")
        except BaseException:
            sys.excepthook(*sys.exc_info())
        self._end_process(status)

    @staticmethod
    def _end_process(status: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # closed, or None
                stream.flush()
        os._exit(status)
