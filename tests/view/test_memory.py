"""Predicted memory: equal to what is measured, with names and pictures."""

from __future__ import annotations

import re
import tracemalloc
from xml.etree import ElementTree

import numpy as np
import pytest

import graphrt as tf
from benchmarks.cases import CASES
from graphrt.plan.dry_run import DryRuns
from graphrt.runtime.session import BaseSession
from graphrt.view import memory
from graphrt.view.memory_picture import bars, shown, svg


@pytest.fixture
def traced():
    """NumPy's allocations are counted during the test."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("case", "sizes"),
    [
        ("notes CNN, training", {"batch": 4, "size": 64}),
        ("LeNet, training", {"batch": 16}),
        ("MLP 784-512-512-10", {}),
        ("LSTM, training", {}),
        ("softmax cross-entropy, 50 k classes", {"batch": 16}),
    ],
)
def test_predicted_is_measured_in_python(case, sizes, traced, monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    runs, execute = [], BaseSession._execute

    def watched(self, runner, fed, function=None):
        runs.append((runner.plan, fed))
        return execute(self, runner, fed, function)

    monkeypatch.setattr(BaseSession, "_execute", watched)
    with tf.Graph().as_default():
        step = CASES[case].make(tf, np, **sizes)
        step()
        step()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step()
        measured = tracemalloc.get_traced_memory()[1] - before
    plan, fed = runs[-1]
    predicted = memory.of_plan(plan, [np.shape(value) for value in fed], case)
    assert measured > 1e6
    assert predicted.peak == pytest.approx(measured, rel=0.1)


def test_predicted_is_measured_in_native_code(traced, monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.setenv("GRAPHRT_NATIVE", "force")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 300])
        w = tf.Variable(np.ones((300, 300), np.float32))
        hidden = tf.nn.relu(tf.matmul(tf.nn.relu(tf.matmul(x, w)), w))
        loss, gradient = tf.reduce_sum(hidden), tf.gradients(tf.reduce_sum(hidden), w)[0]
        sess.run(w.initializer)
        fed = {x: np.ones((1000, 300), np.float32)}
        native = sess.explain([loss, gradient], fed, memory=True).memory[1]
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        sess.run([loss, gradient], fed)
        measured = tracemalloc.get_traced_memory()[1] - before
    assert native.title == "the native plan"
    assert native.lasting["arena"] <= 1.1 * native.peak
    assert native.lasting["arena"] + gradient.shape.num_elements() * 4 == pytest.approx(measured, rel=0.1)
    assert native.peak == pytest.approx(measured, rel=0.1)


def test_the_report_names_the_largest_values(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 1000], name="x")
        big = tf.tile(x, [1, 10], name="big")
        small = tf.reduce_sum(tf.transpose(big, name="turned"), 0, name="small")
        report = sess.explain([small, big], {x: np.ones((10, 1000), np.float32)}, memory=True)
    whole, of_small, of_big = report.memory
    assert [block.name for block in whole.largest()][:1] == ["big"]
    assert whole.largest()[0].bytes == pytest.approx(400_000, rel=0.01)
    assert of_small.title == "small:0 alone, in Python"
    assert of_big.peak == pytest.approx(400_000, rel=0.01)
    text = str(report)
    assert re.search(r"memory of the plan in Python: peak [\d.]+ kB at step \d of \d", text)
    assert re.search(r"400\.\d kB +steps 0-\d +big +.*test_memory\.py:\d+", text)
    assert "variables 0 B, constants" in text and "fed 40.0 kB" in text
    assert "█" in text


def test_the_picture_has_a_bar_for_each_step(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    with tf.Graph().as_default(), tf.Session() as sess:
        y = tf.exp(tf.random_normal([100, 100]), name="y_z")
        timeline = sess.explain(y, memory=True).memory[0]
    root = ElementTree.fromstring(timeline.svg())
    bars = [rect for rect in root if rect.tag.endswith("rect")]
    grey = [rect for rect in bars if rect.get("fill") == "#dddddd"]
    assert len(grey) == len(timeline.steps)
    heights = [float(rect.get("height")) for rect in grey]
    assert max(heights) == pytest.approx(200, abs=0.1)
    assert "y_z" in "".join(root.itertext())


def test_the_picture_has_axes_with_units_and_a_key():
    block = memory.Block(3_000_000, 1, 2)
    texts = [
        text.text
        for text in ElementTree.fromstring(svg("all", "abc", [500_000, 4_100_000, 3_000_000], [block])).iter()
        if text.tag.endswith("text")
    ]
    assert texts == [
        "all: peak 4.1 MB",
        *[f"{size} MB" for size in range(5)],
        "memory in use",
        "0",
        "1",
        "2",
        "step of the run",
        "the largest at the peak, in colours; grey: the rest",
        "3.0 MB",
        "scratch",
    ]
    chart = bars([500_000, 4_100_000, 3_000_000])
    assert chart[0].startswith("   4.1 MB|") and chart[4].startswith("   2.0 MB|")
    assert chart[-2:] == ["      0 B+---", "          0 2 step"]


@pytest.mark.parametrize("live", [[], [0], [1], [7] * 3, [999_960], [10**12, 3], list(range(5000))])
def test_axes_of_any_size(live):
    root = ElementTree.fromstring(svg("t", ["n"] * len(live), live, []))
    places = [float(text.get("y")) for text in root if text.tag.endswith("text")]
    assert all(0 < place < 300 for place in places) and len(places) < 25
    assert [line.index("|") for line in bars(live)[:8]] == [9] * min(8, 8 * any(live))


def test_bytes_for_people():
    assert [shown(size) for size in (0, 999, 1000, 999_949, 999_960, 12_300_000, 5e12)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "999.9 kB",
        "1.0 MB",
        "12.3 MB",
        "5000.0 GB",
    ]


def test_unknown_shapes_are_named(monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        chosen = tf.boolean_mask(x, x > 0, name="chosen")
        timeline = sess.explain(chosen, {x: [1.0, -1.0]}, memory=True).memory[0]
    assert any("Where" in name for name in timeline.unknown)
    assert "not counted, of unknown shape" in str(timeline)


def test_views_take_no_memory_and_temporaries_do():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [100, 100])
        runs = DryRuns()
        peak, left = runs.use_of(tf.reshape(x, [10000]).op)
        assert peak < 1000 and left < 1000
        peak, left = runs.use_of(tf.nn.softmax(x).op)
        assert left == pytest.approx(40_000, rel=0.05)
        assert peak >= left
        assert runs.use_of(tf.py_func(lambda v: v, [x], tf.float32).op) == (0, 0)
