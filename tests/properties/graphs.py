"""Random whole graphs, for property tests: a recipe (plain data, which hypothesis can shrink) and what it builds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import graphrt as tf

UNARY = ("tanh", "sigmoid", "relu", "negative", "square", "abs", "exp_small", "identity", "stop_gradient")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum", "squared_difference")
SHAPES = ("transpose", "reshape", "reshape_own", "slice", "concat", "tile_once", "expand_squeeze", "reverse")
OTHERS = (
    "matmul",
    "sum",
    "mean",
    "max",
    "cond",
    "nested_cond",
    "assign",
    "assign_add",
    "waiting",
    "random",
    "constant",
)
STEPS = (*UNARY, *BINARY, *SHAPES, *OTHERS)
SIZE = 3

Step = tuple[str, int, int, bool]


def recipes(largest: int = 14) -> st.SearchStrategy[list[Step]]:
    """Lists of steps; each takes earlier tensors by index (counted from the last one, modulo how many there are)."""
    index = st.integers(0, 30)
    return st.lists(st.tuples(st.sampled_from(STEPS), index, index, st.booleans()), min_size=1, max_size=largest)


@dataclass
class Built:
    """What a recipe has built: all tensors are float32 [3, 3]."""

    x: tf.Tensor
    p: tf.Tensor
    tensors: list[tf.Tensor] = field(default_factory=list)
    variables: list[tf.Variable] = field(default_factory=list)
    writes: list[tf.Tensor] = field(default_factory=list)

    def pick(self, index: int) -> tf.Tensor:
        return self.tensors[-1 - index % len(self.tensors)]

    def variable(self, index: int) -> tf.Variable:
        return self.variables[index % len(self.variables)]


def build(recipe: list[Step]) -> Built:
    """Builds the graph of a recipe in the default graph."""
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [None, SIZE], name="x")
    p = tf.placeholder(tf.bool, [], name="p")
    built = Built(x, p, [x])
    grid = np.arange(SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE) / 10
    built.variables += [tf.Variable(grid, name="v"), tf.Variable(1 - grid, name="w")]
    built.tensors += [tf.constant(grid * 0.5), built.variables[0] * 1.0]
    for kind, first, second, flag in recipe:
        a, b = built.pick(first), built.pick(second)
        built.tensors.append(_bounded(_step(built, kind, a, b, second, flag)))
    return built


def _bounded(tensor: tf.Tensor) -> tf.Tensor:
    """Keeps values from growing without end, so that comparisons are about the engine and not about rounding."""
    tensor.set_shape([None, SIZE])
    return tf.clip_by_value(tensor, -4.0, 4.0) if tensor.op.type in ("Square", "Mul", "MatMul", "Exp") else tensor


def _step(built: Built, kind: str, a: tf.Tensor, b: tf.Tensor, number: int, flag: bool) -> tf.Tensor:
    if kind in UNARY and kind != "exp_small":
        return getattr(tf, kind, None)(a) if kind != "relu" else tf.nn.relu(a)
    if kind in BINARY:
        return getattr(tf, kind)(a, b if flag else tf.constant(0.5))
    return _SPECIAL[kind](built, a, b, number, flag)


def _cond(built, a, b, number, flag):
    condition = built.p if flag else tf.less(tf.reduce_sum(b), 1.0)
    return tf.cond(condition, lambda: tf.tanh(a) * b, lambda: tf.identity(b) + 1.0)


def _nested_cond(built, a, b, number, flag):
    inner = tf.less(tf.reduce_sum(a), 0.5)

    def true():
        return tf.cond(inner, lambda: a * 2.0, lambda: tf.sigmoid(b) + a)

    if flag:
        variable = built.variable(number)

        def false():
            with tf.control_dependencies([tf.assign_add(variable, tf.ones([SIZE, SIZE]) * 0.25)]):
                return tf.identity(b)
    else:

        def false():
            return b

    return tf.cond(built.p, true, false)


def _write(operation):
    def write(built, a, b, number, flag):
        written = operation(built.variable(number), tf.reduce_mean(a) + tf.zeros([SIZE, SIZE]))
        built.writes.append(written)
        return written + 0.0 if flag else built.variable(number) * 1.5

    return write


def _waiting(built, a, b, number, flag):
    """A node that waits for a write, or for another tensor."""
    waits_for = built.writes[number % len(built.writes)] if built.writes and flag else a
    with tf.control_dependencies([waits_for]):
        return tf.tanh(b) if number % 2 else built.variable(number).read_value() - b


_SPECIAL = {
    "exp_small": lambda built, a, b, number, flag: tf.exp(tf.minimum(a, 1.0)),
    "transpose": lambda built, a, b, number, flag: tf.transpose(a, [1, 0] if flag else [0, 1]),
    "reshape": lambda built, a, b, number, flag: tf.reshape(tf.reshape(a, [-1]), [SIZE, SIZE]),
    "reshape_own": lambda built, a, b, number, flag: tf.reshape(a, tf.shape(b if flag else a)),
    "slice": lambda built, a, b, number, flag: tf.concat([a[1:], b[:1]], 0),
    "concat": lambda built, a, b, number, flag: tf.concat([a, b], 1)[:, :SIZE] if flag else tf.concat([a, b], 0)[SIZE:],
    "tile_once": lambda built, a, b, number, flag: tf.tile(a, [1, 1]) + tf.reduce_sum(b, []),
    "expand_squeeze": lambda built, a, b, number, flag: tf.squeeze(tf.expand_dims(a, 0), [0]),
    "reverse": lambda built, a, b, number, flag: tf.reverse(a, [1]),
    "matmul": lambda built, a, b, number, flag: tf.matmul(a, b, transpose_b=flag) * 0.3,
    "sum": lambda built, a, b, number, flag: b + tf.reduce_sum(a, 0) * 0.2,
    "mean": lambda built, a, b, number, flag: b - tf.reduce_mean(a, 1, keepdims=True),
    "max": lambda built, a, b, number, flag: tf.maximum(b, tf.reduce_max(a)),
    "cond": _cond,
    "nested_cond": _nested_cond,
    "assign": _write(tf.assign),
    "assign_add": _write(tf.assign_add),
    "waiting": _waiting,
    "random": lambda built, a, b, number, flag: tf.random_uniform([SIZE, SIZE], seed=number) + (a if flag else 0.0),
    "constant": lambda built, a, b, number, flag: tf.ones([SIZE, SIZE]) * float(number % 3) + tf.constant(0.25),
}
