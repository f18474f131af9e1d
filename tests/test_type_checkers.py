"""What editors see: names that are looked up when they are first used exist for type checkers, and no others do."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# One wrong name a line, in each kind of module.
WRONG = """\
tf.placeholdr(tf.float32)
tf.nn.reluu(1.0)
tf.layers.dens(1.0, 3)
tf.train.AdamOptimiser(0.1)
tf.float23
tf.losses.mean_squared_eror(1.0, 1.0)
tf.Sesion()
tf.math.logg(1.0)
tf.errors.InvalidArgument
tf.nn.relu(1.0, nam="r")
tf.sin(1.0, nam="s")
tf.layers.conv2d(1.0, 32, 3, stride=2)
from graphrt.train import AdamOptimiser
from graphrt.nn import reluu
tf.compat.v1.Sesion()
"""
# What is right although a type checker might not see it: TF1 takes numbers for tuples, and everything by name.
RIGHT = """\
x = tf.placeholder(tf.float32, shape=[None, 28, 28, 1], name="x")
h = tf.layers.conv2d(inputs=x, filters=32, kernel_size=[5, 5], strides=2, padding="same", activation=tf.nn.relu)
h = tf.layers.max_pooling2d(inputs=h, pool_size=[2, 2], strides=2)
h = tf.layers.dense(tf.layers.flatten(h), 10, kernel_initializer=tf.random_normal_initializer(stddev=0.1))
h = tf.layers.Conv2D(3, (1, 1), strides=1)(tf.sin(x=x) + 1.0)
loss = tf.reduce_mean(tf.square(h), axis=0, keepdims=True) ** 2
step = tf.train.AdamOptimizer(learning_rate=tf.constant(0.1)).minimize(loss, global_step=None)
with tf.variable_scope("a", reuse=tf.AUTO_REUSE), tf.name_scope("b"), tf.device("/cpu:0"):
    w = tf.get_variable("w", [3, 2], tf.float32, tf.zeros_initializer())
    v = tf.Variable(tf.zeros([2]), name="v", trainable=False, dtype=tf.float32)
    total = tf.matmul(tf.cast(x[..., 0], tf.float32)[0], w) @ w[:, tf.newaxis, 0] - 2 * v.assign_add([1, 2])
y = tf.clip_by_value(tf.zeros([2], dtype="float32"), 0, 1)[0] + tf.py_func(abs, [w], tf.float32)[0] + tf.one_hot(1, 2)
b = tf.layers.dense(tf.zeros([1, 2], "float32"), 3, bias_initializer=tf.constant_initializer(0.1))
b.set_shape([1, 3])
v = tf.Variable(initial_value=0, dtype=tf.float32, name=None, trainable=b is None)
a = tf.train.MomentumOptimizer(tf.train.exponential_decay(0.1, v, 10, 0.9, staircase=True) * 2, momentum=y + 1)
t = tf.ones(shape=[2], dtype="int64") + tf.range(2, dtype="int64") - tf.argmax(tf.eye(3), 1, output_type=tf.int32)[:2]
u = tf.transpose(tf.reshape(t, (-1, 1)), perm=[1, 0]) if isinstance(v, tf.Variable) else tf.random_normal([2], stddev=y)
c = tf.cond(y > 0, lambda: b, lambda: -b)[0] ** 2 < 3.0
config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(allow_growth=True))
with tf.Session(config=config) as sess, tf.Graph().as_default():
    sess.run(tf.global_variables_initializer())
    loss_value, _ = sess.run([loss, step], feed_dict={x: [[[[1.0]]]]})
    print(loss_value + 1, x.shape[1] * 2, x.get_shape().as_list()[0], h.eval({x: 0}))
    print(x.get_shape().as_list()[1] * 2, x.shape[1].value * 2, x.shape.ndims - 1)
import graphrt.nn
import graphrt.contrib.layers as contrib_layers
import graphrt.compat.v1 as tf1
from graphrt.train import AdamOptimizer
from graphrt.app import flags
contrib_layers.xavier_initializer(), graphrt.nn.relu(h), tf1.Session(), AdamOptimizer(0.1), flags.FLAGS
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
pairs: "list[tuple[tf.Tensor | None, tf.Variable]]" = tf.train.AdamOptimizer(0.1).compute_gradients(loss)
layer: tf.layers.Layer = tf.layers.Dense(3)
variable: tf.Variable = layer.variables[0]
with tf.variable_scope("c") as scope:
    same: tf.VariableScope = scope
sizes: "list[int]" = x.get_shape().as_list()
"""


def project(folder: Path) -> None:
    """A file of wrong names, one of right ones, whose first line is the import, and the examples."""
    for name, text in (("wrong.py", WRONG), ("right.py", RIGHT)):
        (folder / name).write_text("import graphrt as tf\n" + text)
    for example in (ROOT / "examples").glob("*.py"):
        shutil.copy(example, folder)


def complaints(output: str) -> dict[str, list[int]]:
    """The lines with errors of each file that has any."""
    found: dict[str, set[int]] = {}
    for name, line in re.findall(r"(\w+\.py):(\d+):(?:\d+)?[ -]*error", output):
        found.setdefault(name, set()).add(int(line))
    return {name: sorted(lines) for name, lines in found.items()}


EVERY_WRONG_LINE = {"wrong.py": list(range(2, 2 + len(WRONG.splitlines())))}


def test_mypy_sees_every_name_and_no_other(tmp_path):
    pytest.importorskip("mypy", reason="the extra [dev] installs mypy")
    project(tmp_path)
    options = "--config-file= --ignore-missing-imports --check-untyped-defs --disable-error-code=var-annotated"
    command = [sys.executable, "-m", "mypy", *options.split(), "--cache-dir=cache", "."]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert complaints(result.stdout) == EVERY_WRONG_LINE, result.stdout + result.stderr


def test_pyright_sees_every_name_and_no_other(tmp_path):
    pyright = shutil.which("pyright") or shutil.which("basedpyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    project(tmp_path)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard", "reportMissingImports": false}')
    command = [pyright, "--pythonpath", sys.executable]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert complaints(result.stdout) == EVERY_WRONG_LINE, result.stdout + result.stderr
