"""pad: a border of zeros, of a value, or of mirrored elements."""

from __future__ import annotations

import itertools

import numpy as np

import graphrt_ops as F
from graphrt.bytestrings import zeros
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, required, static_value
from graphrt.shapes import UNKNOWN, TensorShape


def _padded(op: Operation) -> TensorShape:
    """Each dimension and its two margins."""
    return _with_margins(op, 1)


def _with_margins(op: Operation, sign: int) -> TensorShape:
    shape, paddings = op.inputs[0].shape, op.inputs[1].shape
    pairs = paddings.with_rank(2).merge_with((None, 2)).values
    if pairs[0] is not None and shape.rank is not None and pairs[0] != shape.rank:
        raise ValueError(f"Shape must be rank {pairs[0]} but is rank {shape.rank}")
    rank = pairs[0] if shape.rank is None else shape.rank
    if rank is None:
        return UNKNOWN
    margins = static_value(op.inputs[1])
    if margins is None:
        return TensorShape.of((None,) * rank)
    if (margins < 0).any():
        raise ValueError(f"Paddings must be non-negative: {margins.tolist()}")
    dims = shape.with_rank(rank).values
    return TensorShape.of(
        tuple([None if d is None else d + sign * int(sum(m)) for d, m in zip(dims, margins.tolist(), strict=True)])
    )


_PADDINGS = {"Tpaddings": (int32, int64)}
opdef = OpDef(
    "Pad", "input paddings:Tpaddings@host", "output", dtypes=_PADDINGS, attrs={"Tpaddings": int32}, infer=_padded
)
with_value = OpDef(
    "PadV2",
    "input paddings:Tpaddings@host constant_values",
    "output",
    dtypes=_PADDINGS,
    attrs={"Tpaddings": int32},
    infer=_padded,
)
mirrored = OpDef(
    "MirrorPad",
    "input paddings:Tpaddings@host",
    "output",
    dtypes=_PADDINGS,
    attrs={"Tpaddings": int32, "mode": required(str)},
    infer=_padded,
)
folded = OpDef(
    "MirrorPadGrad",
    "input paddings:Tpaddings@host",
    "output",
    dtypes=_PADDINGS,
    attrs={"Tpaddings": int32, "mode": required(str)},
    infer=lambda op: _with_margins(op, -1),
)


def _check(paddings, rank: int) -> None:
    if paddings.shape != (rank, 2):
        raise ValueError(f"paddings must be a matrix of {rank} rows and 2 columns: {list(paddings.shape)}")
    if paddings.size and paddings.min() < 0:
        raise ValueError(f"Paddings must be non-negative: {paddings.tolist()}")


@opdef.kernel
def kernel(xp, input, paddings):
    return with_value_kernel(xp, input, paddings, None)


@with_value.kernel
def with_value_kernel(xp, input, paddings, constant_values):
    _check(paddings, input.ndim)
    margins = paddings.tolist()
    shape = [before + n + after for n, (before, after) in zip(input.shape, margins, strict=True)]
    if constant_values is None:
        result = zeros(xp, shape, input.dtype)
    else:
        result = xp.empty(shape, input.dtype)
        result[...] = constant_values
    result[tuple([slice(before, before + n) for n, (before, _) in zip(input.shape, margins, strict=True)])] = input
    return result


def _source(length: int, before: int, after: int, mode: bytes) -> np.ndarray:
    """Which element each place of a mirrored dimension shows."""
    skip = 1 if mode == b"REFLECT" else 0
    if max(before, after) > length - skip:
        raise ValueError(
            f"paddings must be {'less' if skip else 'no greater'} than the dimension size: {before}, {after} not less "
            f"than {length}"
        )
    return np.concatenate(
        [
            np.arange(before - 1 + skip, skip - 1, -1),
            np.arange(length),
            np.arange(length - 1 - skip, length - 1 - skip - after, -1),
        ]
    )


@opdef.lower
@with_value.lower
def lower(op: Operation):
    from graphrt.native.records import Pad

    margins = static_value(op.inputs[1])
    if margins is None or (margins < 0).any():
        return None  # the kernel says what is wrong
    return Pad(tuple([tuple(pair) for pair in margins.tolist()]), 2 if len(op.inputs) == 3 else None)


@mirrored.kernel
def mirrored_kernel(xp, input, paddings, mode):
    _check(paddings, input.ndim)
    for axis, (before, after) in enumerate(paddings.tolist()):
        if before or after:
            input = xp.take(input, xp.asarray(_source(input.shape[axis], before, after, _bytes(mode))), axis)
    return input.copy() if not paddings.any() else input


@folded.kernel
def folded_kernel(xp, input, paddings, mode):
    """Adds every margin to the elements that it mirrors."""
    _check(paddings, input.ndim)
    for axis, (before, after) in enumerate(paddings.tolist()):
        length = input.shape[axis] - before - after
        source = _source(length, before, after, _bytes(mode))
        moved = xp.moveaxis(input, axis, 0)
        result = moved[before : before + length].copy()
        for place in (*range(before), *range(before + length, len(source))):
            result[source[place]] += moved[place]
        input = xp.moveaxis(result, 0, axis)
    return input


def _bytes(mode) -> bytes:
    return mode.encode() if isinstance(mode, str) else mode


@mirrored.lower
def mirrored_lower(op: Operation):
    """By known margins: along each axis there is a part that runs backwards, the input, and another backwards."""
    from graphrt.native.records import Axis, Copies, Part, contiguous_strides, title

    margins, shape, result = static_value(op.inputs[1]), op.inputs[0].shape.values, op.outputs[0].shape.values
    if margins is None:
        return None
    skip = 1 if _bytes(op.attrs["mode"]) == b"REFLECT" else 0
    choices = []
    for length, (before, after) in zip(shape, margins.tolist(), strict=True):
        if before < 0 or after < 0 or max(before, after) > length - skip:
            return None  # the ordinary kernel says what is wrong
        # (length, first in the source, step in the source, first in the target)
        here = [(before, before - 1 + skip, -1, 0), (length, 0, 1, before)]
        here.append((after, length - 1 - skip, -1, before + length))
        choices.append([part for part in here if part[0]])
    sources, targets = contiguous_strides(shape), contiguous_strides(result)
    parts = []
    for choice in itertools.product(*choices):
        placed = list(zip(choice, sources, targets, strict=True))
        axes = tuple([Axis(part[0], part[2] * source, target) for part, source, target in placed])
        offset = sum(part[1] * source for part, source, _ in placed)
        parts.append(Part(axes, 0, offset, sum(part[3] * target for part, _, target in placed)))
    return Copies(title("mirror_pad", shape, result), tuple(parts))


@opdef.gradient
def gradient(op: Operation, dy: Tensor):
    return [_unpadded(op, dy), None]


@with_value.gradient
def with_value_gradient(op: Operation, dy: Tensor):
    return [_unpadded(op, dy), None, None]


def _unpadded(op: Operation, dy: Tensor) -> Tensor:
    x, paddings = op.inputs[:2]
    before = F.slice(paddings, [0, 0], F.stack([F.rank(x), 1]))
    return F.slice(dy, F.reshape(before, [-1]), F.shape(x))


@mirrored.gradient
def mirrored_gradient(op: Operation, dy: Tensor):
    return [folded(dy, op.inputs[1], mode=op.attrs["mode"]), None]


@folded.gradient
def folded_gradient(op: Operation, dy: Tensor):
    return [mirrored(dy, op.inputs[1], mode=op.attrs["mode"]), None]


@export("pad")
def pad(tensor, paddings, mode="CONSTANT", name=None, constant_values=0):
    """``tensor`` with a border: ``paddings[i]`` is how much comes before and after dimension i.

    Args:
      tensor: any tensor. paddings: an integer matrix [rank, 2].
      mode: "CONSTANT", "REFLECT" (mirrored, the edge itself not repeated) or "SYMMETRIC" (mirrored with the edge).
      name: a name for the node. constant_values: what "CONSTANT" fills with.

    Raises:
      ValueError: for another mode.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.pad([1, 2, 3], [[2, 1]], "REFLECT")))
    [3 2 1 2 3 2]
    """
    mode = mode.upper()
    if mode == "CONSTANT":
        # A tensor never is "no value": TF1 makes PadV2 of whatever is not a plain zero.
        if not isinstance(constant_values, Tensor) and constant_values == 0:
            result = opdef(tensor, paddings, name=name)
        else:
            result = with_value(tensor, paddings, constant_values, name=name)
    elif mode in ("REFLECT", "SYMMETRIC"):
        result = mirrored(tensor, paddings, mode=mode, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}")
    return result
