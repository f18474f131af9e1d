"""What tf.Print writes, as TensorFlow 1.15.5 wrote it."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf

THREE_ROWS = [[1, 2], [3, 4], [5, 6]]
LINES = [
    ([[1.5, 2, 3, 4, 5.123456789]], {"message": "a: "}, "a: [1.5 2 3...]"),
    ([THREE_ROWS], {"summarize": 10}, "[[1 2][3 4][5 6]]"),
    ([THREE_ROWS], {"summarize": 3}, "[[1 2][3...]...]"),
    ([THREE_ROWS], {"summarize": 4}, "[[1 2][3 4]...]"),
    ([THREE_ROWS], {"summarize": -1}, "[[1 2][3 4][5 6]]"),
    ([THREE_ROWS], {"summarize": 0}, "[...]"),
    ([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], {"summarize": 5}, "[[[1 2][3 4]][[5...]]...]"),
    ([1.0, "text", True, [True, False], ["a", "b", "c", "d"]], {}, "[1][text][1][1 0][a b c...]"),
    ([1e-10, 123456789.0, np.nan, np.inf, 1e20], {}, "[1e-10][123456792][nan][inf][1e+20]"),
    ([0.1, 1e6, 1234567.0], {}, "[0.1][1e+06][1234567]"),
    ([np.float64(0.1), np.float64(1 / 3), np.float16(0.1)], {}, "[0.1][0.33333333333333331][0.0999755859]"),
    ([np.zeros([0, 2]), np.zeros([0]), np.zeros([2, 0]), np.int8([1, -2])], {}, "[][][][1 -2]"),
    ([], {"message": "only this"}, "only this"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "options", "line"), LINES, ids=[line[2] for line in LINES])
def test_a_line(data, options, line, capsys) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        printed = tf.Print(tf.constant(0), [tf.constant(value) for value in data], **options)
        assert session.run(printed) == 0
    assert capsys.readouterr().err == line + "\n"


def test_first_n_counts_in_each_session(capsys) -> None:
    with tf.Graph().as_default():
        x = tf.Print(tf.constant(1), [7], first_n=2)
        for _ in range(2):
            with tf.Session() as session:
                for _ in range(3):
                    session.run(x)
    assert capsys.readouterr().err == "[7]\n" * 4


def test_nothing_is_printed_for_what_nothing_uses(capsys) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(1)
        tf.Print(x, [x])
        session.run(x + 1)
    assert capsys.readouterr().err == ""


def test_the_gradient_passes_through() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([1.0, 2.0])
        printed = tf.Print(x, [x], first_n=1)
        assert session.run(tf.gradients(printed * 3.0, x)[0]).tolist() == [3.0, 3.0]


def test_it_prints_where_only_a_control_dependency_wants_it(capfd):
    x = tf.constant([1.0, 2.0])
    with tf.control_dependencies([tf.Print(x, [x], "seen: ")]):
        y = x * 2.0
    with tf.Session() as sess:
        for _ in range(4):
            np.testing.assert_array_equal(sess.run(y), [2.0, 4.0])
    assert capfd.readouterr().err == "seen: [1 2]\n" * 4
