"""count_up_to: a counter in a variable, which ends a loop by OutOfRangeError."""

from __future__ import annotations

from graphrt import errors
from graphrt.dtypes import int32, int64
from graphrt.opdef import OpDef, export, required
from graphrt.shapes import SCALAR
from graphrt_ops.state.variable_ops import _reference

opdef = OpDef(
    "CountUpTo",
    "ref:&T",
    "output",
    dtypes=(int32, int64),
    attrs={"limit": required(int)},
    infer=lambda op: op.inputs[0].shape.merge_with(SCALAR),
    writes=(0,),
    aliases=0,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, ref, limit):
    if int(ref) >= limit:
        raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
    return ref, ref + ref.dtype.type(1)


@export("count_up_to")
def count_up_to(ref, limit, name=None):
    """The value of an integer variable, which is then increased by 1.

    Raises:
      OutOfRangeError: (running) if the variable has reached ``limit``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.Variable(0)
    ...     up = tf.count_up_to(v, 2)
    ...     sess.run(v.initializer)
    ...     print(sess.run(up), sess.run(up))
    0 1
    """
    return opdef(_reference(ref), limit=limit, name=name)
