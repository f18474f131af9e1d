"""The thread that makes native code while the user's program goes on."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections import deque
from typing import Any, NamedTuple, Protocol

from graphrt import forking
from graphrt.native.compiler import give_way


class Wanted(Protocol):
    """What is known of native code that has been asked for; not ``asked``, it may be asked for again."""

    asked: bool


class Maker(Protocol):
    """Whose native code it is."""

    def make(self, signature: Any, kind: Any) -> None: ...


class _Work(NamedTuple):
    maker: weakref.ref[Maker]  # who has gone meanwhile wants nothing any more
    signature: Any
    kind: Wanted


class Background:
    """Makes native code in the background, one plan after another.

    Attributes:
      needs_python: it is at work, and not yet at what LLVM does by itself. stopping: the process is ending.
    """

    def __init__(self) -> None:
        self._begin()
        forking.reset_after_fork(self)

    def _begin(self) -> None:
        self._waiting: deque[_Work] = deque()
        self._current: _Work | None = None
        self._thread: threading.Thread | None = None
        # (A lock that knows its owner: a signal handler may run a session in the middle of ``add``.)
        self._changed = threading.Condition(threading.RLock())
        self._calling = False
        self.needs_python = False
        self.stopping = False

    def add(self, maker: Maker, signature: Any, kind: Wanted) -> None:
        with self._changed:
            self._waiting.append(_Work(weakref.ref(maker), signature, kind))
            if self._calling:  # and a signal handler has come between: what it interrupts goes on afterwards
                return
            self._calling = True
            try:
                self._call()
            finally:
                self._calling = False

    def _call(self) -> None:
        """Lets the thread know that there is something to do; starts it, if there is none."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="graphrt-compiler", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        give_way()
        while True:
            with self._changed:
                self._current = None
                self._changed.notify_all()
                while not self._waiting:
                    self._changed.wait()
                self._current = self._waiting[0]  # (at every moment it is at least in one place: see after fork)
                self._waiting.popleft()
            try:
                self._make(*self._current)
            except Exception as error:
                threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, self._thread)))

    def _make(self, reference: weakref.ref[Maker], signature: Any, kind: Wanted) -> None:
        maker = reference()
        if maker is None or self.stopping:
            return
        self.needs_python = True
        try:
            maker.make(signature, kind)
        finally:
            self.needs_python = False

    def idle(self, timeout: float | None = None) -> bool:
        """Waits until there is nothing to be made; False if it takes longer than ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._current is None and not self._waiting, timeout)

    def stop(self) -> None:
        """Called when the process ends: LLVM must not be at work while it is taken down."""
        self.stopping = True
        with self._changed:
            self._waiting.clear()
        self.idle(timeout=10)

    def _reset_after_fork(self) -> None:
        """The thread is gone, and with it what it was making: who still needs that asks for it again."""
        lost = [*self._waiting] if self._current is None else [self._current, *self._waiting]
        self._begin()
        for work in lost:
            work.kind.asked = False


COMPILER = Background()
atexit.register(COMPILER.stop)


def idle(timeout: float | None = None) -> bool:
    """Waits until all native code that was asked for has been made; False after ``timeout`` seconds."""
    return COMPILER.idle(timeout)
