"""`sess.explain`: passes, counts, source with the user's lines, and the picture of before and after."""

from __future__ import annotations

import re

import pytest

import graphrt as tf


@pytest.fixture
def report():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        w = tf.Variable([[1.0, 2.0, 3.0]], name="w")
        y = tf.multiply(x, w, name="y") + tf.multiply(tf.constant(3.0), 4.0, name="twelve")
        tf.constant(0.0, name="unused")
        yield sess.explain(y, {x: None})


def test_counts_passes_and_source(report):
    # x, initial value, w, Assign, read, y, Const, twelve/y, twelve, add, unused
    assert (report.ops_in_graph, report.ops_needed) == (11, 7)
    assert report.ops_left == 5
    text = str(report)
    lines = text.splitlines()
    assert lines[:2] == ["run(add:0) on numpy", "  fed: x:0"]
    assert re.search(r"^Prune +11 -> 8 +3 ops of the graph are not needed$", text, re.M)
    assert re.search(r"^FoldConstants +8 -> 6 +[\d.]+  1 values computed ahead of time", text, re.M)
    assert re.search(r"^MergeEqual +\d+ -> \d+ +[\d.]+ +nothing to do$", text, re.M)
    assert report.source.splitlines()[0] in lines
    line = next(line for line in lines if "Mul 'y'" in line)
    assert re.search(r"test_explain\.py:\d+ in report", line)
    assert repr(report) == text


def test_the_picture_has_what_was_removed_in_grey(report, tmp_path):
    text = report.write(tmp_path / "plan.dot").read_text()
    grey = re.findall(r'label="?(\w+)[^"]*"? color="#c9c9c9"', text)
    assert "twelve" in grey
    assert re.search(r'label="?12\.', text)
    assert not re.search(r'label="?y\W[^\n]*#c9c9c9', text)


def test_in_a_notebook(report):
    html = report._repr_html_()
    assert html.startswith("<pre>run(add:0) on numpy")
    assert "<svg" in html and "prefers-color-scheme" not in html


def test_what_feeding_saves_is_said():
    with tf.Graph().as_default(), tf.Session() as sess:
        a = tf.add(tf.constant(1.0), tf.constant(2.0), name="a")
        text = str(sess.explain(a * 2.0, [a]))
    assert "  2 ops need not run because of what is fed" in text.splitlines()


def test_a_graph_in_a_notebook_is_a_page_in_a_frame():
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="one")
    html = graph._repr_html_()
    assert html.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert html.endswith("</iframe>")
