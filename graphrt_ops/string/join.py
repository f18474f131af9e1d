"""string_join: strings put together, element by element."""

from __future__ import annotations

import numpy as np

from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.shapes import SCALAR, UNKNOWN, TensorShape


def _infer(op: Operation) -> TensorShape:
    """That of the inputs that are no scalars, which have one shape."""
    shape = None
    for tensor in op.inputs:
        if tensor.shape.rank is None:
            shape = UNKNOWN if shape is None else shape
        elif tensor.shape.rank > 0:
            shape = tensor.shape if shape is None else shape.merge_with(tensor.shape)
    return SCALAR if shape is None else shape


opdef = OpDef(
    "StringJoin", "inputs:N*string@host", "output:string", attrs={"separator": ""}, infer=_infer, differentiable=False
)


@opdef.kernel
def kernel(xp, inputs, separator):
    shapes = {array.shape for array in inputs if array.ndim}
    if len(shapes) > 1:
        first, second, *_ = [list(array.shape) for array in inputs if array.ndim]
        raise ValueError(f"Input shapes do not match: {first} vs. {second}")
    shape = shapes.pop() if shapes else ()
    between = separator.encode()
    columns = [np.broadcast_to(array, shape).ravel().tolist() for array in inputs]
    result = np.empty(int(np.prod(shape)), object)
    result[:] = [between.join(row) for row in zip(*columns, strict=True)]
    return result.reshape(shape)


@export("string_join", "strings.join")
def string_join(inputs, separator="", name=None):
    """The strings of several tensors put together, with ``separator`` between them.

    Args:
      inputs: a list of string tensors of one shape; scalars go with every element. name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.string_join(["layer", ["1", "2"]], separator="-")))
    [b'layer-1' b'layer-2']
    """
    return opdef(inputs, separator=separator, name=name)
