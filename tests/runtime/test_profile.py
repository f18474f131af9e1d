"""RunMetadata, the log of placements, and sessions whose options leave out passes."""

import numpy as np
import pytest

import graphrt as tf


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setenv("GRAPHRT_BACKEND", "numpy")  # the names of devices are those of the CPU
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return x, tf.multiply(tf.add(x, tf.constant(1.0), name="y"), 2.0, name="z")


def traced():
    return tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


def test_step_stats(model):
    x, z = model
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        result = sess.run(z, {x: np.ones((2, 3))}, options=traced(), run_metadata=metadata)
    np.testing.assert_array_equal(result, np.full((2, 3), 4, np.float32))
    [device] = metadata.step_stats.dev_stats
    assert device.device == "/job:localhost/replica:0/task:0/device:CPU:0"
    assert [node.node_name for node in device.node_stats] == ["y", "z"]
    first, last = device.node_stats
    assert last.timeline_label == "z = Mul(y, z/y)"
    assert last.all_start_nanos >= first.all_start_nanos + first.all_end_rel_nanos > first.all_start_nanos > 0
    [output] = last.output
    assert output.tensor_description.dtype == 1
    assert [dim.size for dim in output.tensor_description.shape.dim] == [2, 3]
    assert output.tensor_description.allocation_description.requested_bytes == 24


def test_metadata_is_written_anew_and_only_what_is_asked_for(model):
    x, z = model
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(z, {x: np.ones((2, 3))}, options=traced(), run_metadata=metadata)
        graphs = tf.RunOptions(output_partition_graphs=True)
        sess.run(z, {x: np.ones((2, 3))}, options=graphs, run_metadata=metadata)
        assert not metadata.HasField("step_stats")
        [graph_def] = metadata.partition_graphs
        assert [node.name for node in graph_def.node if node.op in ("AddV2", "Add", "Mul")] == ["y", "z"]
        sess.run(z, {x: np.ones((2, 3))}, run_metadata=metadata)
        assert metadata == tf.RunMetadata()


def test_errors_of_measured_runs_are_those_of_other_runs(model):
    _, z = model
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="placeholder"):
        sess.run(z, options=traced(), run_metadata=tf.RunMetadata())


def test_callables_take_options(model):
    x, z = model
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        call = sess.make_callable(z, [x], accept_options=True)
        call(np.ones((1, 3)), options=traced(), run_metadata=metadata)
    assert len(metadata.step_stats.dev_stats[0].node_stats) == 2


def test_options_reach_the_plan(model, capfd):
    x, _ = model
    folded = tf.add(tf.constant(1.0), tf.constant(2.0), name="folded")
    total = tf.add(x, folded, name="total")

    def planned(config):
        metadata = tf.RunMetadata()
        with tf.Session(config=config) as sess:
            sess.run(total, {x: np.ones((1, 3))}, options=traced(), run_metadata=metadata)
        return {node.node_name for node in metadata.step_stats.dev_stats[0].node_stats}

    assert "folded" not in planned(None)
    config = tf.ConfigProto(log_device_placement=True)
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    assert planned(config) == {"folded", "total"}
    assert "total: (Add): /job:localhost/replica:0/task:0/device:CPU:0\n" in capfd.readouterr().err
    config = tf.ConfigProto()
    config.graph_options.rewrite_options.constant_folding = 2
    assert "folded" in planned(config)


def test_refused_options_stop_the_session(model):
    with pytest.raises(tf.errors.UnimplementedError, match="operation_timeout_in_ms"):
        tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=1))
    with tf.Session() as sess, pytest.raises(tf.errors.UnimplementedError, match="timeout_in_ms"):
        sess.run(model[1], options=tf.RunOptions(timeout_in_ms=1))
