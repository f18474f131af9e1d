"""The notes' regression with one thing more that cannot be native, or that came late: none of them may cost much more
than the step without it."""

from __future__ import annotations

from benchmarks import data
from benchmarks.cases import notes


def _same(values):
    return values


def _by_python(tf, x):
    """What a Python function makes of the batch: nobody knows its shape before it has run."""
    made = tf.compat.v1.py_func(_same, [x], tf.float32) if hasattr(tf, "compat") else tf.py_func(_same, [x], tf.float32)
    made.set_shape([None, 1])
    return made


def regression(what):
    """A training step with ``what``, one of KINDS."""

    def make(tf, np):
        prepared = (lambda x: _by_python(tf, x)) if what == "a Python function" else (lambda x: x)
        train, loss, inputs = notes.graph(tf, prepared=prepared)
        fetches = [train, tf.as_string(loss)] if what == "a string" else train
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        xs, ys, picked = data.regression(np)
        feed = {}

        def step(rows=None):
            rows = picked() if rows is None else rows
            feed[inputs["x"]], feed[inputs["y"]] = xs[rows], ys[rows]
            sess.run(fetches, feed)

        if what == "a ninth batch size":
            for fewer in range(1, 9):
                for _ in range(3):
                    step(picked()[fewer:])
        return step

    return make


KINDS = ("a Python function", "a string", "a ninth batch size")
