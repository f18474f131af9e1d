"""Sums of lists of tensors."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, as_dtype
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export, required
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.shapes import UNKNOWN, TensorShape, as_shape
from graphrt_ops.shapes import check_equal_shapes, merged

opdef = OpDef("AddN", "inputs:N*T", "sum", dtypes=NUMBERS, infer=merged, elementwise=True)
accumulated = OpDef(
    "AccumulateNV2",
    "inputs:N*T",
    "sum",
    dtypes=NUMBERS,
    attrs={"shape": required(TensorShape)},
    infer=lambda op: merged(op).merge_with(op.attrs["shape"]),
    elementwise=True,
)


@opdef.kernel
def kernel(xp, inputs):
    if len(inputs) == 1:
        return inputs[0].copy()
    check_equal_shapes(*inputs)
    total = xp.add(inputs[0], inputs[1])
    for value in inputs[2:]:
        total += value
    return total


@accumulated.kernel
def accumulated_kernel(xp, inputs):
    return kernel(xp, inputs)


@opdef.scalar
@accumulated.scalar
def scalar(m, first, *others):
    total = first
    for value in others:
        total = total + value
    return total


@opdef.gradient
@accumulated.gradient
def gradient(op: Operation, dy: Tensor):
    return [dy] * len(op.inputs)


@export("add_n", "math.add_n")
def add_n(inputs, name=None):
    """The sum of a list of tensors of one shape and type.

    Args:
      inputs: Tensors or IndexedSlices. name: a name for the node.

    Raises:
      ValueError: for an empty list, or different shapes.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.add_n([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])))
    [ 9. 12.]
    """
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError("inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape")
    # Rows are made dense by the node's own conversion, under its name.
    tensors = [value if isinstance(value, IndexedSlices) else convert_to_tensor(value) for value in inputs]
    if len(tensors) == 1:
        tensors = [convert_to_tensor(tensors[0])]
        return F.identity(tensors[0], name=name) if name else tensors[0]
    return opdef(tensors, name=name)


@export("accumulate_n", "math.accumulate_n")
def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """As ``add_n``, for tensors whose shape may be stated with ``shape`` and whose type with ``tensor_dtype``."""
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    if any(isinstance(value, IndexedSlices) for value in inputs):
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    tensors = [convert_to_tensor(value) for value in inputs]
    if any(tensor.dtype is not tensors[0].dtype for tensor in tensors):
        raise ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    shape = UNKNOWN if shape is None else as_shape(shape)
    for tensor in tensors:
        shape = shape.merge_with(tensor.shape)
    if tensor_dtype is not None and as_dtype(tensor_dtype) is not tensors[0].dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {tensors[0].dtype}")
    if len(tensors) == 1 and name is None:
        return tensors[0]
    if len(tensors) == 1:
        return F.identity(tensors[0], name=name)
    return accumulated(tensors, shape=shape, name=name)
