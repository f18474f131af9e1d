"""reverse, reverse_sequence and roll: elements of a dimension in another order."""

from __future__ import annotations

import itertools

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, required, static_value
from graphrt.shapes import TensorShape
from graphrt_ops.arguments import deprecated


def _checked(op: Operation) -> TensorShape:
    """The input's shape, of which each axis must name a dimension once."""
    shape, axes = op.inputs[0].shape, static_value(op.inputs[1])
    if axes is not None and shape.rank is not None:
        _axes(axes.tolist(), shape.rank)
    return shape


def _axes(axes: list[int], rank: int) -> tuple[int, ...]:
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"'axis'[{axes.index(axis)}] = {axis} is out of valid range [0, {rank - 1}")
    result = tuple(axis % rank for axis in axes)
    if len(set(result)) < len(result):
        raise ValueError(f"axis {axes} specified more than once.")
    return result


opdef = OpDef(
    "ReverseV2",
    "tensor axis:Tidx@host",
    "output",
    dtypes={"Tidx": (int32, int64)},
    attrs={"Tidx": int32},
    infer=_checked,
    aliases=0,
)
by_sequence = OpDef(
    "ReverseSequence",
    "input seq_lengths:Tlen@host",
    "output",
    dtypes={"Tlen": (int32, int64)},
    attrs={"Tlen": int64, "seq_dim": required(int), "batch_dim": 0},
    infer=lambda op: _batched(op),
)
rolled = OpDef(
    "Roll",
    "input shift:Tshift@host axis:Taxis@host",
    "output",
    dtypes={"Tshift": (int32, int64), "Taxis": (int32, int64)},
    infer=lambda op: _shifted(op),
)


def _shifted(op: Operation) -> TensorShape:
    """The input's shape; each axis has its shift."""
    shifts, axes = (tensor.shape.with_rank_at_most(1) for tensor in op.inputs[1:])
    shifts.merge_with(axes)
    return op.inputs[0].shape.with_rank_at_least(1)


def _batched(op: Operation) -> TensorShape:
    shape, lengths = op.inputs[0].shape, op.inputs[1].shape.with_rank(1)
    if shape.rank is None:
        return shape
    batch, sequence = op.attrs["batch_dim"], op.attrs["seq_dim"]
    for what, axis in (("batch_dim", batch), ("seq_dim", sequence)):
        if not 0 <= axis < shape.rank:
            raise ValueError(f"{what} must be >= 0 and < input rank: {axis} vs. {shape.rank}")
    if batch == sequence:
        raise ValueError(f"batch_dim == seq_dim == {batch}")
    dims = list(shape.values)
    dims[batch] = TensorShape.of((dims[batch],)).merge_with(lengths).values[0]
    return TensorShape.of(tuple(dims))


@opdef.kernel
def kernel(xp, tensor, axis):
    return xp.flip(tensor, _axes(axis.tolist(), tensor.ndim))


@by_sequence.kernel
def by_sequence_kernel(xp, input, seq_lengths, seq_dim, batch_dim):
    if seq_lengths.shape != input.shape[batch_dim : batch_dim + 1]:
        raise ValueError(
            f"len(seq_lens) != input.dims({batch_dim}), ({list(seq_lengths.shape)} vs. {list(input.shape)})"
        )
    result = input.copy()
    rows, source = xp.moveaxis(result, (batch_dim, seq_dim), (0, 1)), xp.moveaxis(input, (batch_dim, seq_dim), (0, 1))
    for row, length in enumerate(seq_lengths.tolist()):
        if not 0 <= length <= source.shape[1]:
            raise ValueError(f"seq_lens({row}) = {length} must be from 0 to {source.shape[1]}")
        rows[row, :length] = source[row, :length][::-1]
    return result


@rolled.kernel
def rolled_kernel(xp, input, shift, axis):
    if shift.shape != axis.shape or shift.ndim > 1 or not input.ndim:
        raise ValueError(
            f"shift and axis must have the same size, and be scalars or vectors: {list(shift.shape)} vs. "
            f"{list(axis.shape)}; input {list(input.shape)} must be 1-D or higher"
        )
    return xp.roll(input, tuple(shift.reshape(-1).tolist()), tuple(axis.reshape(-1).tolist()))


@opdef.lower
def lower(op: Operation):
    """Along known axes: their strides are negative."""
    from graphrt.native.records import View, contiguous_strides

    axes, shape = static_value(op.inputs[1]), op.inputs[0].shape.values
    if axes is None:
        return None
    backwards = {axis % len(shape) for axis in axes.tolist()}
    strides = contiguous_strides(shape)
    offset = sum((shape[axis] - 1) * strides[axis] for axis in sorted(backwards) if shape[axis])
    return View(tuple([-s if axis in backwards else s for axis, s in enumerate(strides)]), offset)


@rolled.lower
def rolled_lower(op: Operation):
    """By known shifts: on each axis two parts change places."""
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    shift, axis, shape = static_value(op.inputs[1]), static_value(op.inputs[2]), op.inputs[0].shape.values
    if shift is None or axis is None or 0 in shape:
        return None
    distances, axes = shift.reshape(-1).tolist(), axis.reshape(-1).tolist()
    if len(distances) != len(axes) or any(not -len(shape) <= at < len(shape) for at in axes):
        return None  # the kernel says what is wrong
    shifts = [0] * len(shape)
    for distance, at in zip(distances, axes, strict=True):
        shifts[at] = (shifts[at] + distance) % shape[at]
    # (length, where it is, where it goes)
    choices = [[part for part in ((n - s, 0, s), (s, n - s, 0)) if part[0]] for n, s in zip(shape, shifts, strict=True)]
    strides = contiguous_strides(shape)
    parts = []
    for choice in itertools.product(*choices):
        here = sum(part[1] * stride for part, stride in zip(choice, strides, strict=True))
        there = sum(part[2] * stride for part, stride in zip(choice, strides, strict=True))
        parts.append(Part(axes_of([part[0] for part in choice], strides, strides), 0, here, there))
    return Copies(title("roll", shape), tuple(parts))


@by_sequence.lower
def by_sequence_lower(op: Operation):
    from graphrt.native.records import ReverseSequence

    shape = op.inputs[0].shape.values
    batch, sequence = op.attrs["batch_dim"] % len(shape), op.attrs["seq_dim"] % len(shape)
    if batch == sequence or op.inputs[1].shape.values != (shape[batch],):
        return None  # the kernel says what is wrong
    return ReverseSequence(batch, sequence)


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [F.reverse(dy, op.inputs[1]), None]


@by_sequence.gradient
def by_sequence_gradient(op: Operation, dy: Tensor):
    back = by_sequence(dy, op.inputs[1], seq_dim=op.attrs["seq_dim"], batch_dim=op.attrs["batch_dim"])
    return [back, None]


@rolled.gradient
def rolled_gradient(op: Operation, dy: Tensor):
    return [rolled(dy, -op.inputs[1], op.inputs[2]), None, None]


@export("reverse", "reverse_v2", "manip.reverse")
def reverse(tensor, axis, name=None):
    """``tensor`` with the order of the elements along each dimension in the vector ``axis`` reversed."""
    return opdef(tensor, axis, name=name)


@export("reverse_sequence")
def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None, batch_dim=None):
    """Reverses the first ``seq_lengths[i]`` elements along ``seq_axis`` of each entry i along ``batch_axis``."""
    seq_axis = deprecated("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = deprecated("batch_axis", batch_axis, "batch_dim", batch_dim)
    if seq_axis is None:
        raise ValueError("reverse_sequence needs seq_axis")
    return by_sequence(input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis or 0, name=name)


@export("roll", "manip.roll")
def roll(input, shift, axis, name=None):
    """Shifts elements along ``axis`` by ``shift`` places; what leaves at the end comes back at the beginning."""
    return rolled(input, shift, axis, name=name)
