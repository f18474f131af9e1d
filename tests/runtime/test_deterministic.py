"""Session(deterministic=True): equal runs are equal to the last bit, on any number of threads and in every process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import graphrt as tf
from graphrt.backends.blas import BLAS_THREADS, BlasThreads

SCRIPT = """
import hashlib, sys
import numpy as np
import graphrt as tf
tf.set_random_seed(3)
x = tf.placeholder(tf.float32, [None, 300])
images = tf.random_normal([4, 12, 12, 3])
w = tf.get_variable("w", [300, 500])
k = tf.get_variable("k", [3, 3, 3, 8])
h = tf.nn.softmax(tf.tanh(tf.matmul(x, w)) * 1.7) + tf.reduce_mean(tf.nn.conv2d(images, k, [1, 1, 1, 1], "SAME"))
big = tf.matmul(w, w, transpose_a=True)
loss = tf.reduce_sum(h * h) + tf.reduce_mean(big) + tf.linalg.norm(big) + tf.tensordot(w[0], w[1], 1)
train = tf.train.AdamOptimizer(0.01).minimize(loss)
with tf.Session(ARGUMENTS) as sess:
    sess.run(tf.global_variables_initializer())
    values = np.random.RandomState(0).rand(64, 300).astype("f")
    for step in range(STEPS):
        found = sess.run([loss, h, train, w, k], {x: values})
    assert not any(hasattr(runner.plan.call, "native") for runner in sess._runners.values())
print(hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in found if v is not None)).hexdigest())
"""


def printed(arguments: str = "deterministic=True", steps: int = 12, **environment: str) -> str:
    text = SCRIPT.replace("ARGUMENTS", arguments).replace("STEPS", str(steps))
    environment = {**os.environ, **environment}
    ended = subprocess.run(
        [sys.executable, "-c", text], env=environment, timeout=120, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_processes_and_threads_agree_to_the_last_bit() -> None:
    first = printed(GRAPHRT_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="1")
    for threads in ("1", "2", "4"):
        assert printed(GRAPHRT_THREADS=threads, OPENBLAS_NUM_THREADS=threads, PYTHONHASHSEED=threads) == first
    assert printed("", GRAPHRT_DETERMINISTIC="1", GRAPHRT_NATIVE="force") == first
    assert printed("deterministic=True", GRAPHRT_DETERMINISTIC="0") == first


def test_runs_agree_whenever_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default the third run or a later one is done by native code, which sums in another order."""
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    values = np.random.RandomState(0).rand(100_000).astype("f")
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [100_000])
        y = tf.reduce_sum(tf.exp(x) * tf.sin(x) + tf.tanh(x) * 0.3 - tf.sqrt(x))
        with tf.Session(deterministic=True) as sess:
            results = set()
            for _ in range(200):
                results.add(float(sess.run(y, {x: values})))
                results.add(float(sess.make_callable(y, [x])(values)))
            handle = sess.partial_run_setup([y], [x])
            results.add(float(sess.partial_run(handle, y, {x: values})))
        sess = tf.InteractiveSession(deterministic=True)
        results.add(float(y.eval({x: values})))
        sess.close()
    assert len(results) == 1


def test_the_environment_is_the_default_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_DETERMINISTIC", "1")
    assert tf.Session()._options.native == "off"
    assert tf.Session(deterministic=False)._options.native == "auto"
    monkeypatch.delenv("GRAPHRT_DETERMINISTIC")
    assert tf.Session()._options.native == "auto"


def test_blas_keeps_to_one_thread_while_any_such_run_is_under_way() -> None:
    blas, seen = BlasThreads(), []
    blas._set, blas._all = seen.append, 4
    inside, leave = threading.Event(), threading.Event()

    def waits() -> None:
        inside.set()
        assert leave.wait(30)

    thread = threading.Thread(target=blas.on_one(waits))
    thread.start()
    assert inside.wait(30)
    blas.on_one(lambda: blas.for_product(1 << 30))()
    blas.restore()  # the end of another session's run
    assert seen == [1]
    leave.set()
    thread.join()
    assert seen == [1, 4]
    assert not BLAS_THREADS._fixed
