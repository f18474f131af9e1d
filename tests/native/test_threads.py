"""The pool of threads: every item is done once, whoever calls, and nothing ever waits for who does not come."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from graphrt.native import externals, pool_code, threads
from graphrt.native.builder import I64, PTR, Builder, Value
from graphrt.native.compiler import Code, compiled
from graphrt.native.target import host

HERE = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pool on Windows yet")
Task = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class OnPool:
    """Calls of one pool: ``ranges`` runs a Python function, ``count`` a native one that counts items in an array."""

    def __init__(self, pool: threads.Pool) -> None:
        self.pool = pool
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        self.parallel = kind(pool.code.address("graphrt_parallel"))
        self.counting = compiled(counting_text(), ["counting"])

    def ranges(self, work: Callable[[int, int], None], count: int, grain: int = 1) -> list[tuple[int, int]]:
        done: list[tuple[int, int]] = []

        def task(_: int, begin: int, end: int) -> None:
            work(begin, end)
            done.append((begin, end))

        self.parallel(ctypes.cast(Task(task), ctypes.c_void_p), None, count, grain)
        return sorted(done)

    def count(self, items: np.ndarray, grain: int = 1) -> None:
        self.parallel(self.counting.address("counting"), items.ctypes.data, items.size, grain)


def counting_text() -> str:
    """items[i] += 1 for its range, atomically."""
    b = Builder("counting", [PTR, I64, I64])
    items, begin, end = b.arguments
    with b.loop(begin, end) as loop:
        at = b.element(items, I64, loop.index)
        b.emit(I64, f"atomicrmw add ptr {at.name}, i64 1 monotonic")
    b.ret()
    return b.text()


def new_pool(workers: int, *, futex: bool = True) -> threads.Pool:
    """One of its own: the comment makes its text, and so its memory, another."""
    new_pool.number += 1  # type: ignore[attr-defined]
    text = f"; pool {os.getpid()} {new_pool.number}\n" + pool_code.text(host().triple, futex=futex)  # type: ignore[attr-defined]
    return threads.Pool(compiled(text, threads._NAMES), workers + 1)


new_pool.number = 0  # type: ignore[attr-defined]


@pytest.fixture(scope="module", autouse=True)
def no_folder() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHRT_NATIVE_CACHE", "0")
        yield


@pytest.fixture(scope="module", params=["futex", "condition"])
def on_pool(request: pytest.FixtureRequest) -> OnPool:
    return OnPool(new_pool(3, futex=request.param == "futex"))


def covers(ranges: list[tuple[int, int]], count: int) -> bool:
    return [begin for begin, _ in ranges] + [count] == [0] + [end for _, end in ranges]


# -- every item once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 16, 17, 1000, 1001, 12345])
@pytest.mark.parametrize("grain", [-1, 0, 1, 2, 7, 64, 1000])
def test_ranges_make_up_the_whole(on_pool: OnPool, count: int, grain: int) -> None:
    ranges = on_pool.ranges(lambda begin, end: None, count, grain)
    assert covers(ranges, count) or (count == 0 and ranges == [(0, 0)])
    for begin, end in ranges[:-1]:
        assert begin % max(1, grain) == 0
        assert (end - begin) % max(1, grain) == 0
    assert len(ranges) <= 4 * pool_code.PARTS


def test_every_item_once_in_many_calls(on_pool: OnPool) -> None:
    items = np.zeros(1237, np.int64)
    for turn in range(3000):
        on_pool.count(items, 1 + turn % 50)
    assert (items == 3000).all()


def test_after_sleeping(on_pool: OnPool) -> None:
    items = np.zeros(5000, np.int64)
    for _ in range(30):
        time.sleep(0.003)
        on_pool.count(items, 10)
    assert (items == 30).all()
    wait_for(lambda: on_pool.pool.get("sleepers") == 3)


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen in 10 s")


def test_workers_take_part(on_pool: OnPool) -> None:
    who = set()
    for _ in range(50):
        on_pool.ranges(lambda begin, end: (who.add(threading.get_native_id()), time.sleep(0.002)), 64)
    assert threading.get_native_id() in who
    assert 2 <= len(who) <= 4
    assert on_pool.pool.get("workers") == 3


def test_the_caller_does_not_wait_for_who_has_not_begun(on_pool: OnPool) -> None:
    """With all workers stuck in their first chunks the caller does all the others."""
    free = threading.Event()
    caller = threading.get_native_id()
    mine: list[int] = []

    def work(begin: int, end: int) -> None:
        if threading.get_native_id() != caller:
            assert free.wait(20)
        else:
            mine.append(begin)
            time.sleep(0.002)
            if len(mine) >= 16 - 3:
                free.set()

    timer = threading.Timer(10, free.set)
    timer.start()
    assert covers(on_pool.ranges(work, 160), 160)
    timer.cancel()
    assert len(mine) >= 13


# -- callers -----------------------------------------------------------------------------------------------------------


def test_a_second_caller_works_alone(on_pool: OnPool) -> None:
    inside: list[list[tuple[int, int]]] = []
    on_pool.ranges(lambda begin, end: inside.append(on_pool.ranges(lambda b, e: None, 100)), 8)
    assert inside == [[(0, 100)]] * 8
    assert covers(on_pool.ranges(lambda b, e: None, 100), 100)
    assert on_pool.pool.get("busy") == 0


def test_concurrent_callers(on_pool: OnPool) -> None:
    arrays = [np.zeros(997, np.int64) for _ in range(4)]

    def call(items: np.ndarray) -> None:
        for turn in range(1500):
            on_pool.count(items, 1 + turn % 30)

    callers = [threading.Thread(target=call, args=(items,)) for items in arrays]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
        assert not caller.is_alive()
    assert all((items == 1500).all() for items in arrays)


def test_a_signal_does_not_break_it(on_pool: OnPool) -> None:
    items = np.zeros(997, np.int64)
    seen: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(threading.get_native_id()))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for _ in range(3000):
            on_pool.count(items, 3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert (items == 3000).all()
    assert set(seen) == {threading.main_thread().native_id}


def test_an_interrupt_from_the_keyboard(on_pool: OnPool) -> None:
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    items = np.zeros(997, np.int64)
    calls = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in range(10**7):
            on_pool.count(items, 3)
            calls += 1
    assert set(np.unique(items)) <= {calls, calls + 1}
    assert len(np.unique(items)) == 1
    on_pool.count(items, 3)
    assert len(np.unique(items)) == 1


# -- from native code --------------------------------------------------------------------------------------------------


def through_ir() -> Code:
    b = Builder("driver", [PTR, I64, I64])
    context, count, grain = b.arguments
    b.call(externals.PARALLEL, Value("@counting", PTR), context, count, grain)
    b.ret()
    return compiled("\n".join([*b.declared.values(), counting_text(), b.text()]), ["driver"])


def test_a_call_from_native_code() -> None:
    assert externals.has("graphrt_parallel")
    assert externals.address("graphrt_parallel") == threads.parallel_address()
    code = through_ir()
    driver = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(code.address("driver"))
    items = np.zeros(100_003, np.int64)
    for _ in range(10):
        driver(items.ctypes.data, items.size, 64)
    assert (items == 10).all()


def test_no_workers_and_no_pool() -> None:
    alone = OnPool(new_pool(0))
    assert alone.ranges(lambda begin, end: None, 1000) == [(0, 1000)]
    assert alone.pool.get("workers") == 0
    code = compiled(pool_code.text("x86_64-pc-windows-msvc"), threads._NAMES) if host().triple[:3] == "x86" else None
    if code is not None:
        assert OnPool(threads.Pool(code, 4)).ranges(lambda begin, end: None, 1000) == [(0, 1000)]


def test_other_processors_are_written_for() -> None:
    assert "aarch64.hint" in pool_code.text("arm64-apple-darwin23.0")
    assert "pthread_cond_wait" in pool_code.text("arm64-apple-darwin23.0")
    assert "@syscall(i64 98" in pool_code.text("aarch64-unknown-linux-gnu")
    assert "pthread_cond_wait" in pool_code.text("riscv64-unknown-linux-gnu")


# -- how many ----------------------------------------------------------------------------------------------------------


def test_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHRT_THREADS", raising=False)
    monkeypatch.setattr(threads, "_cores", lambda: 12)
    monkeypatch.setattr(threads, "_quota", lambda: 3)
    assert threads.count() == 3
    monkeypatch.setattr(threads, "_quota", lambda: 1 << 30)
    assert threads.count() == 12
    monkeypatch.setenv("GRAPHRT_THREADS", "5")
    assert threads.count() == 5
    for wrong in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("GRAPHRT_THREADS", wrong)
        with pytest.raises(ValueError, match="GRAPHRT_THREADS is"):
            threads.count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_only_the_cores_that_may_be_used() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert threads._cores() == 1
    finally:
        os.sched_setaffinity(0, before)


# -- processes ---------------------------------------------------------------------------------------------------------

SCRIPT = f"""
import sys, time
sys.path.insert(0, {str(HERE)!r})
from tests.native.test_threads import *
code = through_ir()
driver = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(code.address("driver"))
items = np.zeros(100_003, np.int64)
def check(times):
    items[:] = 0
    for _ in range(times): driver(items.ctypes.data, items.size, 64)
    assert (items == times).all()
check(20)
pool = threads._pool()
"""


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "GRAPHRT_THREADS": "4", **environment}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT + script],
        capture_output=True,
        text=True,
        timeout=60,
        env=given,
        cwd=HERE,
        check=False,
    )


def test_the_process_ends_while_workers_sleep_or_spin() -> None:
    for script in ("time.sleep(0.05); print(pool.get('sleepers'))", "check(5); print(pool.get('workers'))"):
        ended = run(script)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "3\n", "")


def test_the_process_ends_while_a_thread_is_in_a_call() -> None:
    script = "thread = threading.Thread(target=lambda: check(10**9), daemon=True); thread.start(); time.sleep(0.1)"
    ended = run(script)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_one_thread_never_starts_any() -> None:
    ended = run("print(pool.get('workers'), pool.get('started'))", GRAPHRT_THREADS="1")
    assert (ended.returncode, ended.stdout) == (0, "0 1\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_of_fork_has_workers_of_its_own() -> None:
    script = """
for turn in range(5):
    busy = threading.Thread(target=check, args=(200,)); busy.start()
    time.sleep(0.005 * turn)
    child = os.fork()
    if child == 0:
        items = np.zeros(100_003, np.int64)
        assert (pool.get("workers"), pool.get("busy"), pool.get("started")) == (0, 0, 0)
        check(20)
        time.sleep(0.02)
        check(20)
        os._exit(pool.get("workers"))
    busy.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    check(20)
assert pool.get("workers") == 3
"""
    ended = run(script)
    assert (ended.returncode, ended.stderr) == (0, "")


def in_child(number: int) -> int:
    items = np.zeros(1000, np.int64)
    code = through_ir()  # held while its code runs
    driver = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(code.address("driver"))
    driver(items.ctypes.data, items.size, 1)
    return number + int(items.sum())


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_multiprocessing(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    with multiprocessing.get_context(method).Pool(2) as children:
        assert children.map_async(in_child, [1, 2]).get(60) == [1001, 1002]


def test_constants_are_not_shared_by_mistake() -> None:
    """Fields that different threads write are on different cache lines, and none overlap."""
    fields = pool_code.FIELDS
    lines = [fields[name] // 128 for name in ("busy", "calls", "ticket", "done", "task")]
    assert len(set(lines)) == 5
    assert sorted(fields.values()) == list(fields.values())
    assert fields["wanted"] == pool_code.RESET
    assert fields["condition"] + 256 <= pool_code.SIZE
