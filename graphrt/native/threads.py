"""Splitting the work of a kernel over the cores: ``graphrt_parallel`` for native code.

    graphrt_parallel(task, context, count, grain)     task: void (ptr context, i64 begin, i64 end)

does ``task`` on ranges that make up 0 to ``count``, of ``grain`` items or a multiple, on all cores that are free to
help, and returns when all is done. That costs 0.2 us while the other threads are awake, as they are for some tens of
microseconds after each call, and 5 to 25 us to wake them: work of 40 us is worth it. The threads are the operating
system's, not Python's: they never need its lock, start with the first call that has work for them, and end with the
process. How all this works: ``pool_code.py``.

``$GRAPHRT_THREADS`` says how many threads work at once; 1 starts none.
"""

from __future__ import annotations

import ctypes
import functools
import os
import time
from pathlib import Path

from graphrt import forking
from graphrt.native import pool_code
from graphrt.native.compiler import Code, compiled
from graphrt.native.target import host

SPIN_SECONDS = 40e-6
"""How long a worker looks for work before it sleeps: about what waking it costs."""

_NAMES = ("graphrt_parallel", "graphrt_pool", "graphrt_pool_spin", "graphrt_pool_prepare")


def count() -> int:
    """Threads that may work at once, the caller's own among them.

    Raises:
      ValueError: if $GRAPHRT_THREADS is not a number from 1 on.
    """
    asked = os.environ.get("GRAPHRT_THREADS")
    if asked:
        if not asked.isdigit() or int(asked) < 1:
            raise ValueError(f"GRAPHRT_THREADS is {asked!r}: expected a number of threads, 1 or more")
        return min(int(asked), 1024)
    return max(1, min(_cores(), _quota()))


def parallel_address() -> int:
    """Where ``graphrt_parallel`` is. The first call compiles it (or loads it from the cache)."""
    return _pool().code.address("graphrt_parallel")


class Pool:
    """The pool's code and memory, which stay until the process ends."""

    def __init__(self, code: Code, threads: int) -> None:
        self.code = code
        self.memory = code.address("graphrt_pool")
        # Workers may be in the code when Python takes its modules apart: it must not be released even then.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(code))
        self._prepare = ctypes.CFUNCTYPE(None)(code.address("graphrt_pool_prepare"))
        self._prepare()
        self._set("wanted", threads - 1)
        self._set("spins", max(1, int(SPIN_SECONDS / self._seconds_of_a_look())))

    def get(self, field: str) -> int:
        """A field of four bytes."""
        return ctypes.c_int32.from_address(self.memory + pool_code.FIELDS[field]).value

    def _reset_after_fork(self) -> None:
        """In a child process, which has none of the workers; a call that has work for them starts others."""
        ctypes.memset(self.memory, 0, pool_code.RESET)
        self._prepare()

    def _set(self, field: str, value: int) -> None:
        ctypes.c_int32.from_address(self.memory + pool_code.FIELDS[field]).value = value

    def _seconds_of_a_look(self) -> float:
        """Processors differ a hundredfold in how long they pause."""
        spin = ctypes.CFUNCTYPE(None, ctypes.c_int64)(self.code.address("graphrt_pool_spin"))
        looks, best = 200, 1.0
        for _ in range(3):
            start = time.perf_counter()
            spin(looks)
            best = min(best, time.perf_counter() - start)
        return best / looks


@functools.cache
def _pool() -> Pool:
    pool = Pool(compiled(pool_code.text(host().triple), _NAMES), count())
    forking.reset_after_fork(pool)
    return pool


def _cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota() -> int:
    """Cores that a container has time for, rounded up: more threads would be stopped in the middle of their work."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return -(-int(limit) // int(period))
    except (OSError, ValueError):  # no such limit: the file is not there, or says "max"
        return 1 << 30
