"""TensorFlow's modules of messages, and its timeline, under `graphrt run`."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2, graph_pb2, node_def_pb2, summary_pb2, tensor_shape_pb2, types_pb2
from tensorflow.core.protobuf import config_pb2, saver_pb2
from tensorflow.core.example import example_pb2
from tensorflow.core.util import event_pb2
import tensorflow.core.framework.graph_pb2 as again
from tensorflow.python.client import timeline

assert graph_pb2.GraphDef is tf.GraphDef is again.GraphDef
assert types_pb2.DT_FLOAT == 1
assert attr_value_pb2.AttrValue(type=types_pb2.DT_INT32).type == 3
assert tensor_shape_pb2.TensorShapeProto and node_def_pb2.NodeDef and event_pb2.Event and example_pb2.Example
assert summary_pb2.Summary is tf.Summary
assert saver_pb2.SaverDef.V2 == 2
y = tf.add(tf.placeholder(tf.float32, [], "x"), 1.0)
metadata = tf.RunMetadata()
options = config_pb2.RunOptions(trace_level=config_pb2.RunOptions.FULL_TRACE)
with tf.Session(config=config_pb2.ConfigProto(allow_soft_placement=True)) as sess:
    sess.run(y, {"x:0": 1}, options=options, run_metadata=metadata)
print(timeline.Timeline(metadata.step_stats).generate_chrome_trace_format())
"""


def run_script(folder, text):
    """`graphrt run` of a script that holds `text`."""
    script = folder / "script.py"
    script.write_text(text)
    command = [sys.executable, "-m", "graphrt", "run", str(script)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_message_modules(tmp_path):
    done = run_script(tmp_path, SCRIPT)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["traceEvents"]) == 2


def test_missing_message_modules(tmp_path):
    done = run_script(tmp_path, "from tensorflow.core.framework import nothing_pb2\n")
    assert done.returncode != 0
    assert "tensorflow.core.framework.nothing_pb2" in done.stderr
