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
    assert re.search(r"^Prune +11 -> 8 +3 ops of the graph not needed$", text, re.M)
    assert re.search(r"^FoldConstants +8 -> 6 +[\d.]+  1 value computed ahead of time", text, re.M)
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


def test_rules_that_fired_and_that_almost_did(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        y = tf.log(tf.nn.softmax(x), name="y") / 4.0
        z = tf.reciprocal(x, name="z")
        products = [tf.multiply(x, z, name=f"p{i}") for i in range(7)]
        report = sess.explain([y, tf.pow(x, 0.5, name="root"), tf.exp(y) / 3.0, *products, z], {x: None})
    lines = str(report).splitlines()
    fired = lines.index("rules that fired (2):")
    assert lines[fired + 1].startswith("  log(softmax(x)) -> log_softmax(x)  (a probability underflows")
    assert re.fullmatch(r"    'y'  test_explain\.py:\d+ in test_rules_that_fired_and_that_almost_did", lines[fired + 2])
    assert "  x / 2**n -> x * 2**-n  (a product is cheaper than a quotient, and the same)" in lines
    almost = "\n".join(lines[lines.index(next(line for line in lines if line.startswith("rules that almost"))) :])
    assert "x ** 0.5 -> sqrt(x): not so, because x may be -inf, whose power is inf and whose root is nan" in almost
    assert "x / 2**n -> x * 2**-n: not so, because the divisor is not a power of two" in almost
    assert "x * (1 / y) -> x / y: not so, because the reciprocal is needed for something else, too" in almost
    assert "    and 2 more" in almost
    assert {miss.at.name for miss in report.near_misses} >= {"root", "p0", "p6"}
