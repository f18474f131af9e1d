"""Timeline: the trace of a measured run, in the format of Chrome's trace viewer."""

import json

import pytest

import graphrt as tf
from graphrt.view.timeline import Timeline


@pytest.fixture
def step_stats():
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [2], name="x")
    z = tf.add(tf.multiply(x, x, name="y"), x, name="z")
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(z, {x: [1.0, 2.0]}, tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), metadata)
    return metadata.step_stats


def test_one_bar_a_node(step_stats):
    events = json.loads(Timeline(step_stats).generate_chrome_trace_format())["traceEvents"]
    [device, y, z] = events
    assert device["args"]["name"] == "/job:localhost/replica:0/task:0/device:CPU:0 Compute"
    assert (y["ph"], y["name"], y["args"]) == ("X", "Mul", {"name": "y", "op": "Mul", "input0": "x", "input1": "x"})
    assert z["args"] == {"name": "z", "op": "Add", "input0": "y", "input1": "x"}
    assert z["ts"] >= y["ts"] + y["dur"] > y["ts"]


def test_arrows_between_devices(step_stats):
    first, second = step_stats.dev_stats[0], step_stats.dev_stats.add(device="other")
    second.node_stats.add().CopyFrom(first.node_stats[1])
    del first.node_stats[1]
    events = json.loads(Timeline(step_stats).generate_chrome_trace_format())["traceEvents"]
    start, end = events[-2:]
    assert (start["ph"], start["pid"], end["ph"], end["pid"], start["name"]) == ("s", 0, "t", 1, "y")
    without = json.loads(Timeline(step_stats).generate_chrome_trace_format(show_dataflow=False))["traceEvents"]
    assert without == events[:-2]


def test_what_is_not_supported_says_so(step_stats):
    with pytest.raises(ValueError, match="show_memory is not supported"):
        Timeline(step_stats).generate_chrome_trace_format(show_memory=True)
    with pytest.raises(ValueError, match="graph is not supported"):
        Timeline(step_stats, graph=tf.get_default_graph())
