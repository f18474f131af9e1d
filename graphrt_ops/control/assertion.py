"""tf.Assert: an error when it runs, if a condition does not hold."""

from __future__ import annotations

from graphrt.dtypes import bool_, int32, string
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.control.cond import cond
from graphrt_ops.control.group import no_op
from graphrt_ops.control.summarize import summarize as summary_of

opdef = OpDef(
    "Assert",
    "condition:bool data:T*@host",
    attrs={"summarize": 3},
    stateful=True,
    checks=True,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, condition, data, summarize):
    if not condition:
        raise ValueError("assertion failed: " + " ".join(f"[{summary_of(array, summarize)}]" for array in data))


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Assertion

    return Assertion(condition=0)


@export("Assert", "debugging.Assert")
def Assert(condition, data, summarize=None, name=None):  # noqa: N802 (the name is TF1's)
    """An operation that raises InvalidArgumentError when it runs and ``condition`` is false.

    Args:
      condition: a scalar bool tensor. data: a list of tensors that the message shows.
      summarize: how many elements of each tensor to show (None: 3; negative: all).
      name: a name scope for the nodes.

    Returns:
      the Operation; nothing is checked unless something waits for it.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant([1.0, -2.0])
    ...     with tf.control_dependencies([tf.Assert(tf.reduce_all(x > 0), [x])]):
    ...         y = tf.sqrt(x)
    ...     try:
    ...         sess.run(y)
    ...     except tf.errors.InvalidArgumentError as error:
    ...         print("assertion failed: [1 -2]" in error.message)
    True
    """
    summarize = 3 if summarize is None else summarize
    with name_scope(name, "Assert", [condition, *data]):
        tensors = [convert_to_tensor(item) for item in data]
        condition = convert_to_tensor(condition, dtype=bool_, name="Condition")
        if all(tensor.dtype in (string, int32) for tensor in tensors):
            return opdef(condition, data, summarize=summarize)
        # Where values may have to be fetched from a device, TF1 does so only if it needs them for the message.
        guarded = cond(condition, no_op, lambda: opdef(condition, data, summarize=summarize), name="AssertGuard")
        return guarded.op
