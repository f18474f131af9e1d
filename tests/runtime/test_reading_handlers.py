"""A signal handler that only reads must not end the run that it interrupts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphrt as tf


def test_native_code_that_only_reads_within_a_run_is_no_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Native code gave a scalar variable, which held a NumPy scalar, an array of its own: the run around it, which held
    the lock, took that for a write and raised AbortedError. A kernel that calls the session stands for the signal
    handler, which comes at any moment."""
    monkeypatch.setenv("GRAPHRT_NATIVE", "1")
    inverse = np.linalg.inv
    with tf.Graph().as_default(), tf.Session() as sess:
        step = tf.Variable(np.float32(0))
        fed = tf.placeholder(tf.float32, [4000])
        read = tf.reduce_sum(tf.tanh(fed) * step + tf.exp(fed) * step)
        counted = step.assign_add(1.0)
        with tf.control_dependencies([counted]):
            inverted = tf.matrix_inverse(tf.eye(2) * (step.read_value() + 1.0))
        sess.run(step.initializer)
        values = np.zeros(4000, np.float32)
        sess._held((read,), (fed,)).plan.call.specialization([values])  # native code, at once
        monkeypatch.setenv("GRAPHRT_NATIVE", "0")  # the runs that are interrupted stay with Python

        def interrupted(*arguments: Any) -> Any:
            sess.run(read, {fed: values})
            return inverse(*arguments)

        monkeypatch.setattr(np.linalg, "inv", interrupted)
        for _ in range(3):
            sess.run([counted.op, inverted])
        assert sess.run(step) == 3
