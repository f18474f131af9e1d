"""bias_add: a vector added along the channels; and the layers of one line that use it."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.nn.checks import of_rank, of_rank_at_least, same_dimension
from graphrt_ops.shapes import NUMBERS


def _channel_axis(data_format: str, rank: int) -> int:
    return 1 if data_format == "NCHW" else rank - 1


def _infer(op: Operation) -> TensorShape:
    value = of_rank_at_least(op.inputs[0].shape, 2).values
    bias = of_rank(op.inputs[1].shape, 1).values
    if value is None or bias is None:
        return UNKNOWN
    axis = _channel_axis(op.attrs["data_format"], len(value))
    return TensorShape.of((*value[:axis], same_dimension(value[axis], bias[0]), *value[axis + 1 :]))


def _infer_grad(op: Operation) -> TensorShape:
    dims = of_rank_at_least(op.inputs[0].shape, 2).values
    return TensorShape.of((None if dims is None else dims[_channel_axis(op.attrs["data_format"], len(dims))],))


opdef = OpDef(
    "BiasAdd", "value bias", "output", dtypes=NUMBERS, attrs={"data_format": "NHWC"}, infer=_infer, overwrites=(0,)
)
grad_opdef = OpDef(
    "BiasAddGrad", "out_backprop", "output", dtypes=NUMBERS, attrs={"data_format": "NHWC"}, infer=_infer_grad
)


@opdef.kernel
def kernel(xp, value, bias, data_format, out=None):
    if value.ndim < 2 or bias.ndim != 1:
        raise ValueError(f"Input tensor must be at least 2D, and biases 1D: {list(value.shape)} and {list(bias.shape)}")
    axis = _channel_axis(data_format, value.ndim)
    if value.shape[axis] != bias.shape[0]:
        raise ValueError(
            f"Must provide as many biases as the last dimension of the input tensor: {list(bias.shape)} vs. "
            f"{list(value.shape)}"
        )
    if axis != value.ndim - 1:
        bias = bias.reshape(bias.shape + (1,) * (value.ndim - 1 - axis))
    return xp.add(value, bias, out=out)


@opdef.specialize
def specialize(op: Operation, xp, value, bias):
    """Plain addition, where the shapes are known to fit."""
    dims, biases = op.inputs[0].shape.values, op.inputs[1].shape.values
    if value is not None or bias is not None or dims is None or biases is None or len(dims) < 2:
        return None
    fits = len(biases) == 1 and biases[0] is not None and biases[0] == dims[-1]
    return xp.add if fits and op.attrs["data_format"] == "NHWC" else None


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Map

    last = _channel_axis(op.attrs["data_format"], op.inputs[0].shape.rank) == op.inputs[0].shape.rank - 1
    return Map(lambda m, value, bias: value + bias) if last else None


@grad_opdef.lower
def lower_gradient(op: Operation):
    from graphrt.native.records import Reduce

    rank = op.inputs[0].shape.rank
    channels = _channel_axis(op.attrs["data_format"], rank)
    return Reduce("add", tuple(axis for axis in range(rank) if axis != channels))


@grad_opdef.kernel
def grad_kernel(xp, out_backprop, data_format):
    """The sum over everything but the channels."""
    axis = _channel_axis(data_format, out_backprop.ndim)
    if axis != out_backprop.ndim - 1:
        return out_backprop.sum(axis=tuple(i for i in range(out_backprop.ndim) if i != axis), dtype=out_backprop.dtype)
    rows = out_backprop.reshape(-1, out_backprop.shape[-1])
    if rows.dtype.kind != "f" or rows.dtype.itemsize < 4 or rows.shape[0] < 64:
        return rows.sum(axis=0, dtype=rows.dtype)
    # A matrix-vector product reads the matrix at the speed of memory and keeps many partial sums.
    return xp.matmul(xp.ones(rows.shape[0], rows.dtype), rows)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [dy, grad_opdef(dy, data_format=op.attrs["data_format"])]


@grad_opdef.gradient
def grad_gradient(op: Operation, dy: Tensor) -> Tensor:
    """What was summed is spread again: reshaped to the rank of the value, and tiled."""
    shape, bias_shape = F.shape(op.inputs[0]), F.shape(dy)
    if op.attrs["data_format"] == "NCHW":
        expanded = F.concat([F.ones_like(shape[:1]), bias_shape, F.ones_like(shape[2:])], 0)
        multiples = F.concat([shape[:1], [1], shape[2:]], 0)
    else:
        expanded = F.concat([F.ones_like(shape[:-1]), bias_shape], 0)
        multiples = F.concat([shape[:-1], [1]], 0)
    return F.tile(F.reshape(dy, expanded), multiples)


@export("nn.bias_add")
def bias_add(value, bias, data_format=None, name=None):
    """value + bias, where the vector ``bias`` runs along the channels of ``value``.

    Args:
      value: a tensor of rank 2 or more. bias: a vector as long as ``value`` has channels, of the same type.
      data_format: None or "N...C" where the channels are last, "NC..." where they are second.
      name: a name for the node.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0])))
    [[11. 22.]]
    """
    if data_format is not None:
        if not data_format.startswith("NC") and not (data_format.startswith("N") and data_format.endswith("C")):
            raise ValueError(f"data_format must be of the form `N...C` or `NC...`, got {data_format!r}")
        data_format = "NCHW" if data_format.startswith("NC") else "NHWC"
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return opdef(value, bias, data_format=data_format or "NHWC", name=scope)


@export("nn.xw_plus_b")
def xw_plus_b(x, weights, biases, name=None):
    """matmul(x, weights) + biases."""
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return bias_add(F.matmul(x, weights), biases, name=scope)


@export("nn.relu_layer")
def relu_layer(x, weights, biases, name=None):
    """relu(matmul(x, weights) + biases)."""
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return F.relu(bias_add(F.matmul(x, weights), biases), name=scope)
