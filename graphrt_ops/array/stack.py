"""stack and unstack, and lists that contain tensors where a tensor is wanted."""

from __future__ import annotations

import contextlib

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required, static_value
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.shapes import UNKNOWN, TensorShape


def _packed(op: Operation) -> TensorShape:
    """The inputs' common shape with their number put in at ``axis``."""
    shape = op.inputs[0].shape
    for i, tensor in enumerate(op.inputs[1:]):
        shape = _merged(shape, tensor.shape, i)
    dims, axis = shape.values, op.attrs["axis"]
    if dims is None:
        return UNKNOWN
    at = _position(axis, len(dims) + 1)
    return TensorShape.of((*dims[:at], len(op.inputs), *dims[at:]))


def _merged(shape: TensorShape, other: TensorShape, i: int) -> TensorShape:
    if shape.rank is not None and other.rank is not None and shape.rank != other.rank:
        raise ValueError(
            f"Shapes must be equal rank, but are {shape.rank} and {other.rank}\n\t"
            f"From merging shape {i} with other shapes."
        )
    for at, (m, n) in enumerate(zip(shape.values or (), other.values or (), strict=False)):
        if m is not None and n is not None and m != n:
            raise ValueError(
                f"Dimension {at} in both shapes must be equal, but are {m} and {n}\n\t"
                f"From merging shape {i} with other shapes."
            )
    return shape.merge_with(other)


def _position(axis: int, count: int) -> int:
    if not -count <= axis < count:
        raise ValueError(f"Invalid axis: {axis} must be in [-{count},{count})")
    return axis % count


def _unpacked(op: Operation):
    """The input's shape without ``axis``, ``num`` times."""
    dims, num = op.inputs[0].shape.values, op.attrs["num"]
    if dims is None:
        return [UNKNOWN] * num
    at = _position(op.attrs["axis"], len(dims))
    if dims[at] not in (None, num):
        raise ValueError(f"Dimension must be {num} but is {dims[at]}")
    return [TensorShape.of((*dims[:at], *dims[at + 1 :]))] * num


opdef = OpDef("Pack", "values:N*T", "output", attrs={"axis": 0}, infer=_packed, name="stack")
unpacked = OpDef(
    "Unpack",
    "value",
    "output:num*T",
    attrs={"num": required(int), "axis": 0},
    infer=_unpacked,
    name="unstack",
    aliases=0,
)
parallel = OpDef(
    "ParallelConcat",
    "values:N*T",
    "output",
    attrs={"shape": required(TensorShape)},
    infer=lambda op: op.attrs["shape"],
    differentiable=False,
)


@opdef.kernel
def kernel(xp, values, axis):
    shape = values[0].shape
    if axis or any(value.shape != shape for value in values):
        return xp.stack(values, axis)
    result = xp.empty((len(values), *shape), values[0].dtype)
    for i, value in enumerate(values):
        result[i, ...] = value  # (without the dots an array without dimensions would itself be the element)
    return result


@unpacked.kernel
def unpacked_kernel(xp, value, num, axis):
    if value.shape[axis] != num:
        raise ValueError(f"Input shape axis {axis} must equal {num}, got shape {list(value.shape)}")
    before = (slice(None),) * (axis % value.ndim)
    return tuple([value[(*before, i, Ellipsis)] for i in range(num)])


@parallel.kernel
def parallel_kernel(xp, values):
    return xp.concatenate(values, 0)


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    whole, shape = op.outputs[0].shape.values, op.inputs[0].shape.values
    if any(tensor.shape.values != shape for tensor in op.inputs):
        return None  # the ordinary kernel says what is wrong
    strides = list(contiguous_strides(whole))
    step = strides.pop(op.attrs["axis"] % len(whole))
    axes = axes_of(shape, contiguous_strides(shape), strides)
    return Copies(title("pack", whole), tuple([Part(axes, i, 0, i * step) for i in range(len(op.inputs))]))


@unpacked.lower
def unpacked_lower(op: Operation):
    from graphrt.native.records import View, contiguous_strides

    whole = op.inputs[0].shape.values
    at, strides = op.attrs["axis"] % len(whole), contiguous_strides(whole)
    if whole[at] != len(op.outputs):
        return None
    left = strides[:at] + strides[at + 1 :]
    return tuple([View(left, i * strides[at]) for i in range(len(op.outputs))])


@opdef.static_dims
def static_dims(op: Operation):
    """Shapes put together from single dimensions."""
    if op.inputs[0].shape.rank != 0 or op.attrs["axis"] != 0:
        return None
    values = [static_value(tensor) for tensor in op.inputs]
    return [None if value is None or value < 0 else int(value) for value in values]


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return F.unstack(dy, num=op.attrs["N"], axis=op.attrs["axis"])


@unpacked.gradient
def unpacked_gradient(op: Operation, *dys: Tensor):
    return F.stack(list(dys), axis=op.attrs["axis"])


@export("stack")
def stack(values, axis=0, name="stack"):
    """Tensors of one shape and type as one tensor with one more dimension, at ``axis``.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.stack([[1, 2], [3, 4]], axis=1)))
    [[1 3]
     [2 4]]
    """
    if axis == 0:
        # Values that do not fit each other are left to the Pack node below, which says what is wrong with which.
        with contextlib.suppress(TypeError, ValueError):
            return convert_to_tensor(values, name=name)
    shape = convert_to_tensor(values[0], name=name).shape
    if shape.rank is not None and not -shape.rank - 1 <= axis < shape.rank + 1:
        raise ValueError(f"axis = {axis} not in [{-shape.rank - 1}, {shape.rank + 1})")
    return opdef(values, axis=axis, name=name)


@export("unstack")
def unstack(value, num=None, axis=0, name="unstack"):
    """The tensor's parts along dimension ``axis``, as a list of ``num`` tensors (known from the shape, if not given).

    Raises:
      ValueError: if ``num`` is neither given nor known.
    """
    if num is None:
        value = convert_to_tensor(value)
        dims = value.shape.values
        if dims is not None:
            if not -len(dims) <= axis < len(dims):
                raise ValueError(f"axis = {axis} not in [{-len(dims)}, {len(dims)})")
            num = dims[axis]
    if num is None:
        raise ValueError(f"Cannot infer num from shape {value.shape}")
    return unpacked(value, num=num, axis=axis, name=name)


@export("parallel_stack")
def parallel_stack(values, name="parallel_stack"):
    """As ``stack(values)``; in TF1 it does not wait for all of them before it copies the first."""
    with name_scope(name):
        shape = convert_to_tensor(values[0]).shape
        output_shape = TensorShape([len(values)]).concatenate(shape)
        return parallel([F.expand_dims(value, 0) for value in values], shape=output_shape)


def _dtype_in(value):
    """The type of the first tensor in nested lists, None if there is none."""
    for item in value:
        if isinstance(item, (list, tuple)):
            found = _dtype_in(item)
        else:
            found = item.dtype.base_dtype if _is_tensor(item) else None
        if found is not None:
            return found
    return None


def _is_tensor(item) -> bool:
    return isinstance(item, Tensor) or hasattr(item, "_as_graph_element")


def _to_packed(value, dtype=None, name=None, as_ref=False):
    """Lists with tensors in them become Pack nodes."""
    found = _dtype_in(value)
    if found is None:
        return NotImplemented
    if dtype is not None and dtype is not found:
        value = _cast(value, dtype)
    return _pack_nested(value, dtype or found, name or "packed")


def _cast(value, dtype):
    if isinstance(value, (list, tuple)):
        return [_cast(item, dtype) for item in value]
    return F.cast(value, dtype) if _is_tensor(value) else value


def _pack_nested(value, dtype, name):
    with name_scope(name) as scope:
        packed, items = False, []
        for i, item in enumerate(value):
            if _is_tensor(item):
                if item.dtype.base_dtype is not dtype:
                    raise TypeError(
                        f"Cannot convert a list containing a tensor of dtype {item.dtype!r} to {dtype!r} (Tensor is: "
                        f"{item!r})"
                    )
                item, packed = convert_to_tensor(item), True
            elif isinstance(item, (list, tuple)):
                item = _pack_nested(item, dtype, str(i))
                packed = packed or isinstance(item, Tensor)
            items.append(item)
        if not packed:
            return items
        tensors = [
            item if isinstance(item, Tensor) else F.constant(item, dtype, name=str(i)) for i, item in enumerate(items)
        ]
        return opdef(tensors, name=scope)


register_tensor_conversion_function((list, tuple), _to_packed, 99)
