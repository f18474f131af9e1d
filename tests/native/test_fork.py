"""fork, multiprocessing and closing, while native code is being made or other threads run: nothing hangs or lags."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt import forking
from graphrt.native import dispatch
from graphrt.native.background import Background

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

COMMON = """
import gc, os, sys, threading, time, warnings
import numpy as np
import graphrt as tf
from graphrt.native import background, dispatch
warnings.simplefilter("ignore", DeprecationWarning)

def model(width=64, layers=6):
    x = tf.placeholder(tf.float32, [None, width])
    h = x
    for number in range(layers):
        w = tf.Variable(np.full((width, width), 0.01, np.float32), name=f"w{number}")
        h = tf.nn.softmax(tf.tanh(tf.matmul(h, w)) * 1.5 + tf.sigmoid(h))
    loss = tf.reduce_sum(h * h)
    return x, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)

def waited(child, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hangs"
"""


def run(script: str, timeout: float = 120, **environment: str) -> str:
    environment = {**os.environ, "GRAPHRT_NATIVE_CACHE": "0", **environment}
    environment.pop("GRAPHRT_NATIVE", None)
    ended = subprocess.run(
        [sys.executable, "-c", COMMON + textwrap.dedent(script)],
        env=environment,
        timeout=timeout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@needs_fork
def test_a_child_of_a_fork_during_a_background_compile() -> None:
    """What the parent's thread was making, the child makes for itself, and it ends as soon as it is done."""
    out = run(
        """
        x, loss, train = model()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            feed = {x: np.ones((8, 64), np.float32)}
            for _ in range(2):
                sess.run([loss, train], feed)
            assert background.COMPILER._current is not None or background.COMPILER._waiting
            child = os.fork()
            if child == 0:
                sess.run([loss, train], feed)
                assert dispatch.idle(60)
                (tiered,) = [r.plan.call for r in sess._runners.values() if any(kind.native for kind in r.plan.call.kinds.values())]
                sess.run([loss, train], feed)
                started = time.monotonic()
                background.COMPILER.stop()
                os._exit(0 if time.monotonic() - started < 2 else 3)
            print(waited(child, 90))
        """
    )
    assert out == "0\n"


@needs_fork
def test_a_child_that_only_exits_exits_at_once() -> None:
    out = run(
        """
        x, loss, train = model(layers=12)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(2):
                sess.run([loss, train], {x: np.ones((8, 64), np.float32)})
            child = os.fork()
            started = time.monotonic()
            if child == 0:
                background.COMPILER.stop()  # as the interpreter does when it ends
                os._exit(0)
            print(waited(child, 60), time.monotonic() - started < 5)
        """
    )
    assert out == "0 True\n"


@needs_fork
def test_forks_while_other_threads_run() -> None:
    """Locks that other threads held at that moment are free in the child."""
    out = run(
        """
        sys.setswitchinterval(1e-5)
        x, loss, train = model(width=8, layers=2)
        other = tf.random_uniform([4]) + tf.reduce_sum(tf.random_normal([300]))
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        feed = {x: np.ones((2, 8), np.float32)}
        stop = False

        def busy(fetches, feeds):
            while not stop:
                sess.run(fetches, feeds)

        threads = [threading.Thread(target=busy, args=a) for a in [(train, feed), (loss, feed), (other, None)]]
        for thread in threads:
            thread.start()
        results = []
        for turn in range(60):
            time.sleep(0.002 * (turn % 5))
            child = os.fork()
            if child == 0:
                for _ in range(3):
                    value, _, _ = sess.run([loss, train, other], feed)
                sess.run(loss + turn, feed)  # a new plan
                os._exit(0 if np.isfinite(value) else 1)
            results.append(waited(child, 20))
        stop = True
        for thread in threads:
            thread.join()
        print(set(results))
        """
    )
    assert out == "{0}\n"


def in_child(number: float) -> tuple[float, bool]:
    """Runs often enough that native code takes over."""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(np.full(5000, number, np.float32))
        total = tf.reduce_sum(tf.exp(tf.tanh(v) * 0.0) * v + tf.abs(v) * 0.0)
        sess.run(v.initializer)
        for _ in range(3):
            sess.run(total)
        made = dispatch.idle(60)
        return float(sess.run(total)), made


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_multiprocessing(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    in_child(3.0)  # the parent has threads and native code of its own
    with multiprocessing.get_context(method).Pool(2) as children:
        assert children.map_async(in_child, [1.0, 2.0, 4.0]).get(90) == [
            (5000.0, True),
            (10000.0, True),
            (20000.0, True),
        ]


@needs_fork
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_only_what_lives_is_reset() -> None:
    class Counted:
        resets = 0

        def _reset_after_fork(self) -> None:
            self.resets += 1

    kept, gone = Counted(), Counted()
    for counted in (kept, gone):
        forking.reset_after_fork(counted)
    reference = weakref.ref(gone)
    del gone, counted
    assert reference() is None
    child = os.fork()
    if child == 0:
        os._exit(kept.resets)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert kept.resets == 0


# -- closing -----------------------------------------------------------------------------------------------------------


class Slow:
    """Something that native code is made for."""

    def __init__(self) -> None:
        self.made: list[object] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def make(self, signature: object, kind: object) -> None:
        self.made.append(signature)
        self.begun.set()
        assert self.go_on.wait(30)
        if signature == "fails":
            raise RuntimeError("meant")


class Kind:
    asked = True


def test_what_is_gone_is_not_made() -> None:
    compiler, slow = Background(), Slow()
    compiler.add(slow, "first", Kind())
    assert slow.begun.wait(30)
    gone = Slow()
    seen = gone.made
    compiler.add(gone, "second", Kind())
    del gone
    slow.go_on.set()
    assert compiler.idle(30)
    assert (slow.made, seen) == (["first"], [])


def test_a_failure_does_not_end_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: told.append(str(arguments.exc_value)))
    compiler, slow = Background(), Slow()
    slow.go_on.set()
    compiler.add(slow, "fails", Kind())
    compiler.add(slow, "works", Kind())
    assert compiler.idle(30)
    assert (slow.made, told) == (["fails", "works"], ["meant"])


def test_closed_sessions_are_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    assert dispatch.idle(60)
    begun: list[object] = []
    assembled = dispatch.Tiered._assembled

    def counted(self: dispatch.Tiered, *arguments: object) -> object:
        begun.append(self)
        time.sleep(0.05)
        return assembled(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(dispatch.Tiered, "_assembled", counted)
    gc.collect()
    references = []
    for number in range(40):
        with tf.Graph().as_default(), tf.Session() as sess:
            x = tf.placeholder(tf.float32, [5000])
            y = tf.exp(x) * x + tf.tanh(x) - tf.sqrt(x) * (2.0 + number)
            for _ in range(2):
                sess.run(y, {x: np.ones(5000, np.float32)})
            references.append(weakref.ref(sess))
            del sess
    started = time.monotonic()
    assert dispatch.idle(60)
    assert time.monotonic() - started < 1.5  # forty of them took more than two seconds
    assert len(begun) < 35
    begun.clear()
    gc.collect()
    assert sum(reference() is not None for reference in references) <= 1


def test_closing_beside_a_first_run() -> None:
    """The run ends as it would have, or says that the session is closed; nothing is left in the session."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4])
        v = tf.Variable(np.ones(4, np.float32))
        ys = [tf.reduce_sum(tf.exp(x * float(n)) * v) for n in range(40)]
        results = []
        for turn in range(30):
            sess = tf.Session()
            sess.run(v.initializer)
            start = threading.Barrier(2)

            def first_runs(sess: tf.Session = sess, start: threading.Barrier = start) -> None:
                start.wait()
                try:
                    for y in ys:
                        sess.run(y, {x: np.zeros(4)})
                    results.append("ran")
                except (tf.errors.CancelledError, RuntimeError) as error:
                    results.append(str(error))

            thread = threading.Thread(target=first_runs)
            thread.start()
            start.wait()
            time.sleep(0.001 * (turn % 8))
            sess.close()
            thread.join()
            assert not sess._runners and not sess._cache.plans and not sess._states
        assert len(results) == 30
        assert {text for text in results if "losed" not in text} <= {"ran"}
