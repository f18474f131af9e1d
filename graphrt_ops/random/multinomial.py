"""multinomial and random.categorical: classes drawn with given probabilities."""

from __future__ import annotations

from graphrt.dtypes import REALS, as_dtype, int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value
from graphrt.shapes import TensorShape
from graphrt_ops.random import sampling
from graphrt_ops.random.op_parts import random_op, seed_attrs


def _infer(op: Operation) -> TensorShape:
    logits, samples = op.inputs
    rows = logits.shape.with_rank(2).values[0]
    count = static_value(samples)
    return TensorShape.of((rows, None if count is None else int(count)))


opdef = random_op(
    "Multinomial",
    "logits num_samples:int32@host",
    "output:output_dtype",
    _infer,
    {"T": REALS, "output_dtype": (int32, int64)},
    differentiable=False,
)


@opdef.kernel
def kernel(xp, logits, num_samples, output_dtype, state):
    if logits.ndim != 2:
        raise ValueError(f"logits should be a matrix, got shape {list(logits.shape)}")
    if num_samples.ndim or num_samples < 0:
        raise ValueError(f"num_samples should be a nonnegative scalar, got {num_samples}")
    if logits.shape[1] == 0 and len(logits) and num_samples:
        raise ValueError(f"num_classes should be positive, got {logits.shape[1]}")
    return sampling.multinomial(xp, state, logits, int(num_samples), output_dtype.as_numpy_dtype)


def _drawn(default_name, logits, num_samples, dtype, seed, name):
    with name_scope(name, default_name, [logits]):
        logits = convert_to_tensor(logits, name="logits")
        output_dtype = int64 if dtype is None else as_dtype(dtype)
        return opdef(logits, num_samples, output_dtype=output_dtype, **seed_attrs(seed))


@export("multinomial", "random.multinomial")
def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    """Draws ``num_samples`` classes for each row of ``logits``, with the probabilities ``softmax(logits)``.

    Args:
      logits: float tensor [rows, classes].
      num_samples: how many draws for each row, a number or an int32 scalar.
      seed: the op seed; see ``tf.set_random_seed``. name: a name for the nodes.
      output_dtype: int32 or int64 (the default).

    Returns:
      Tensor [rows, num_samples].

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.multinomial([[0., 1., 2.], [3., 0., 0.]], 5, seed=1)))
    [[2 2 2 2 1]
     [0 0 0 0 0]]
    """
    return _drawn("multinomial", logits, num_samples, output_dtype, seed, name)


@export("random.categorical")
def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """As ``tf.multinomial``, by its later name."""
    return _drawn("categorical", logits, num_samples, dtype, seed, name)
