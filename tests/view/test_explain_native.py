"""`sess.explain` of native code: regions, kernels, what stays in Python and why, times, and the code itself."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import graphrt as tf
from graphrt.native import dispatch
from graphrt.view.line_profile import line_profile


@pytest.fixture
def step(monkeypatch):
    """A session, the fetches of a training step, and what to feed."""
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 6], name="x")
        w = tf.Variable(np.ones((6, 3), np.float32), name="w")
        loss = tf.reduce_mean(tf.square(tf.sigmoid(tf.matmul(x, w))), name="loss")
        train = tf.train.AdamOptimizer().minimize(loss)
        text = tf.as_string(loss, name="text")
        sess.run(tf.global_variables_initializer())
        yield sess, [train, loss, text], {x: np.ones((5, 6), np.float32)}


def test_native_code_is_made_for_what_is_fed(step):
    sess, fetches, fed = step
    report = sess.explain(fetches, fed)
    text = str(report)
    assert "native code for x:0 float32[5, 6]:" in text
    assert re.search(r"\d+ kernels in \d regions?; (compiled|found in the cache), made in [\d.]+ s", text)
    assert re.search(r"product 5x6 \* 6x3  test_explain_native\.py:\d+", text)
    assert re.search(r"AsString 'text' +test_explain_native\.py:\d+ +native code knows numbers and bools only", text)
    assert "a guess" in text
    before = sess.run(fetches[1:], fed)
    assert before == sess.run(fetches[1:], fed)


def test_its_code_can_be_read(step):
    sess, fetches, fed = step
    report = sess.explain(fetches, fed)
    assert report.native_source.startswith("def run(f0):")
    assert "define i64 @region0(ptr" in report.llvm_ir
    assert "region0:" in report.assembly


def test_without_values_there_is_none_yet(step):
    sess, fetches, fed = step
    report = sess.explain(fetches, list(fed))
    assert "native code: none yet" in str(report)
    with pytest.raises(tf.errors.UnimplementedError, match="give values for all of feed_dict"):
        report.llvm_ir
    for _ in range(2):
        sess.run(fetches, fed)
    assert dispatch.idle(60)
    assert "native code for x:0 float32[5, 6]:" in str(sess.explain(fetches, list(fed)))


def test_what_cannot_be_native_says_why(step):
    sess = step[0]
    few = sess.explain(tf.as_string(tf.constant([1.5]) * tf.random_normal([1])), {})
    assert re.search(r"native code( for no feeds:\n  none: it is too small|: none: it is turned off)", str(few))
    with pytest.raises(tf.errors.UnimplementedError, match=r"too small|turned off"):
        few.native_source


def test_turned_off(step, monkeypatch):
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    with tf.Session() as sess:
        report = sess.explain(step[1][1], step[2])
        assert "native code: none: it is turned off" in str(report)


def test_times_by_kernel_and_line(step):
    sess, fetches, fed = step
    before = sess.run(tf.global_variables())
    text = str(sess.explain(fetches, fed, profile=True))
    assert re.search(r" us +share +GFLOP/s +GB/s +roofline +ranges +kernel", text)
    assert "by the user's lines:" in text
    assert "GFLOP/s (float32 products)" in text
    for old, new in zip(before, sess.run(tf.global_variables()), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="must have a value for each"):
        sess.explain(fetches, list(fed), profile=True)


def test_nobody_else_may_run_while_it_is_measured(step):
    sess, fetches, fed = step
    here = sess._gate.presence
    with pytest.raises(ValueError, match="another thread is running this session"):
        sess.explain(fetches, fed, profile=True)
    del here
    sess.explain(fetches, fed, profile=True)
    assert not sess._gate.lock._is_owned()
    assert threading.active_count() < 50


def test_roofline_is_measured_on_request(step):
    sess, fetches, fed = step
    assert "this machine's roofline" in str(sess.explain(fetches, fed, roofline=True))


def test_a_traced_run_by_line(step):
    sess, fetches, fed = step
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    sess.run(fetches, fed, options=options, run_metadata=metadata)
    lines = line_profile(metadata.step_stats, sess.graph).splitlines()
    assert lines[0].split() == ["us", "share", "nodes", "line"]
    shares = [float(line.split()[1].rstrip("%")) for line in lines[1:]]
    assert shares == sorted(shares, reverse=True)
    assert abs(sum(shares) - 100) < 1
    assert all(re.search(r"test_explain_native\.py:\d+$", line) for line in lines[1:])


def table(report):
    """The lines of the table of what stays in Python, line numbers of this file as N."""
    text = str(report)
    lines = re.sub(r"\.py:\d+", ".py:N", text[text.index("what stays in Python") :]).splitlines()
    starts = {line.index(" test_") for line in lines if " test_" in line}
    assert len(starts) == 1, "columns are aligned"
    return [lines[0], *[" | ".join(re.split(r" {2,}", line.strip())) for line in lines[1:]]]


def test_all_that_stays_in_python_is_in_one_table(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 60], name="x")
        made = tf.py_func(lambda a: a, [x], tf.float32, name="mine")
        for _ in range(8):
            made = tf.tanh(made * 0.5) + x
        total = tf.reduce_sum(made, name="total")
        text = tf.as_string(total, name="text")
        chars = tf.string_join([text, "!"], name="joined")
        fetches, fed = [total, chars], {x: np.ones((5, 60), np.float32)}
        assert table(sess.explain(fetches, fed)) == [
            "what stays in Python (3):",
            "node | line | why",
            "PyFunc 'mine' | test_explain_native.py:N | only a run tells the shape of what it makes: the plan is "
            "cut here",
            "the part up to 'mine' | it is too small to gain by native code",
            "the part after 'mine' | no run has shown its shapes yet; run it a few times, and ask again",
        ]
        for _ in range(4):
            sess.run(fetches, fed)
        assert dispatch.idle(60)
        report = sess.explain(fetches, fed)
        assert table(report) == [
            "what stays in Python (4):",
            "node | line | why",
            "PyFunc 'mine' | test_explain_native.py:N | only a run tells the shape of what it makes: the plan is cut "
            "here",
            "the part up to 'mine' | it is too small to gain by native code",
            "AsString 'text' | test_explain_native.py:N | native code knows numbers and bools only",
            "StringJoin 'joined' | test_explain_native.py:N | native code knows numbers and bools only",
        ]
        assert "the plan is cut where shapes become known, at 'mine':" in str(report)
        assert report.native_source.count("def run(") == 1
        assert "define i64 @region0" in report.llvm_ir
        with pytest.raises(tf.errors.UnimplementedError, match="a plan that is cut"):
            sess.explain(fetches, fed, profile=True)


def test_what_keeps_a_whole_plan_in_python_is_named(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(tf.zeros([50, 100]), name="v")
        with tf.control_dependencies([tf.assign_add(v, tf.ones([50, 100]))]):
            look = tf.py_func(lambda: None, [], [], name="look")
        sess.run(v.initializer)
        assert table(sess.explain(look, {})) == [
            "what stays in Python (1):",
            "node | line | why",
            "PyFunc 'look' | test_explain_native.py:N | PyFunc may wait for another thread, which must see what has "
            "been written; so the plan stays in Python",
        ]


def test_nothing_stays_in_python(monkeypatch):
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 1000])
        y = tf.reduce_sum(tf.tanh(x * 0.5) + tf.exp(x) - 1.0)
        assert str(sess.explain(y, {x: np.ones((5, 1000), np.float32)})).endswith("\nnothing stays in Python")
