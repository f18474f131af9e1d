"""tf.print: the text is what TensorFlow 1.15.5 printed for the same calls."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf

PRINTED = {
    "summarized": (lambda: ("x:", tf.range(8)), {}, "x: [0 1 2 ... 5 6 7]\n"),
    "all": (lambda: (tf.range(9),), {"summarize": -1}, "[0 1 2 3 4 5 6 7 8]\n"),
    "matrix": (lambda: (tf.reshape(tf.range(6), [2, 3]), "end"), {}, "[[0 1 2]\n [3 4 5]] end\n"),
    "blocks": (
        lambda: (tf.reshape(tf.range(8), [2, 2, 2]),),
        {},
        "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]\n",
    ),
    "rows_left_out": (
        lambda: (tf.reshape(tf.range(20), [10, 2]),),
        {"summarize": 1},
        "[[0 1]\n ...\n [18 19]]\n",
    ),
    "numbers": (
        lambda: (tf.constant(1.5), tf.constant(True), tf.constant([1e10, 1 / 3.0, np.nan])),
        {},
        "1.5 1 [1e+10 0.333333343 nan]\n",
    ),
    "strings": (lambda: (tf.constant("a"), tf.constant(["b", "c"])), {}, '"a" ["b" "c"]\n'),
    "one_string": (lambda: (tf.constant("a b"),), {}, "a b\n"),
    "structure": (
        lambda: ({"k": tf.constant(1), "l": [2, tf.constant([3, 4])]}, ("t", tf.constant(2.0))),
        {},
        "{'k': 1, 'l': [2, [3 4]]} ('t', 2)\n",
    ),
    "sparse": (
        lambda: (tf.SparseTensor([[0, 1]], [5.0], [2, 2]),),
        {},
        "'SparseTensor(indices=[[0 1]], values=[5], shape=[2 2])'\n",
    ),
    "braces": (lambda: ("{}", tf.constant(3)), {}, "{} 3\n"),
    "separated": (lambda: (1, tf.constant(2), "three"), {"sep": "|", "end": "<"}, "1|2|three<"),
    "nothing_to_run": (lambda: (None, 1, "a b"), {}, "None 1 a b\n"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_text(name: str, tmp_path) -> None:
    values, options, text = PRINTED[name]
    path = tmp_path / "printed.txt"
    with tf.Graph().as_default(), tf.Session() as sess:
        operation = tf.print(*values(), output_stream=f"file://{path}", **options)
        assert isinstance(operation, tf.Operation)
        sess.run(operation)
        sess.run(operation)
    assert path.read_text() == text * 2


def test_the_standard_streams(capsys) -> None:
    import sys

    with tf.Graph().as_default(), tf.Session() as sess:
        sess.run([tf.print("out", output_stream=sys.stdout), tf.print("err")])
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("out\n", "err\n")


def test_wrong_arguments() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
            tf.print("x", file=None)
        with pytest.raises(ValueError, match="Unsupported output stream"):
            tf.print("x", output_stream="stdout")
