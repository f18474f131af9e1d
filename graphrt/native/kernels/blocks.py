"""Ops that move blocks of space to another dimension, or around an end: all of them are a few strided copies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphrt.native.kernel import Lowering, contiguous_strides
from graphrt.native.kernels.copies import filling, lowered
from graphrt.native.kernels.nodes import shape_of, title
from graphrt.native.kernels.strided import Axis, Copy, axes_of, bits_of
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation

_MOST_PHASES = 32


def space_to_depth(op: Operation) -> Lowering | None:
    """SpaceToDepth, channels last."""
    return _depth(op, to_depth=True)


def depth_to_space(op: Operation) -> Lowering | None:
    """DepthToSpace, channels last."""
    return _depth(op, to_depth=False)


def _depth(op: Operation, to_depth: bool) -> Lowering | None:
    element, block = bits_of(op.inputs[0].dtype), op.attrs["block_size"]
    if element is None or op.attrs["data_format"] not in ("NHWC", b"NHWC"):
        return None
    space, depth = (shape_of(tensor) for tensor in (op.inputs[0], op.outputs[0])[:: 1 if to_depth else -1])
    n, h, w, c = depth[0], depth[1], depth[2], space[3]
    # Both as [n, h, w, block, block, c]: in space the blocks' rows and columns lie beside the others.
    shape = [n, h, w, block, block, c]
    step = contiguous_strides([n, h, block, w, block, c])
    in_space = [step[0], step[1], step[3], step[2], step[4], step[5]]
    strides = [in_space, contiguous_strides(shape)]
    if not to_depth:
        # The target is written in its own order.
        order = [0, 1, 3, 2, 4, 5]
        shape = [shape[i] for i in order]
        strides = [[stride[i] for i in order] for stride in (contiguous_strides([n, h, w, block, block, c]), in_space)]
    kind = "space_to_depth" if to_depth else "depth_to_space"
    return lowered(title(kind, space, depth), element, [Copy(axes_of(shape, *strides), 0, 1)])


@dataclass(frozen=True)
class _Phase:
    """The places s of a spatial axis with s + before = i * block + phase: from i = ``first`` on, ``count`` of them."""

    phase: int
    first: int
    count: int
    start: int  # the s of the first


def _phases(length: int, block: int, before: int, blocks: int) -> list[_Phase]:
    result = []
    for phase in range(block):
        first = max(0, -((phase - before) // block))
        last = min(blocks - 1, (before + length - 1 - phase) // block)
        if last >= first:
            result.append(_Phase(phase, first, last - first + 1, first * block + phase - before))
    return result


def space_to_batch(op: Operation) -> Lowering | None:
    """SpaceToBatchND with known blocks and margins: zeros, if there are margins, and a copy for each phase."""
    return _batch(op, to_batch=True)


def batch_to_space(op: Operation) -> Lowering | None:
    """BatchToSpaceND with known blocks and crops: a copy for each phase."""
    return _batch(op, to_batch=False)


def _batch(op: Operation, to_batch: bool) -> Lowering | None:
    element, block, margins = bits_of(op.inputs[0].dtype), static_value(op.inputs[1]), static_value(op.inputs[2])
    space, batch = (shape_of(tensor) for tensor in (op.inputs[0], op.outputs[0])[:: 1 if to_batch else -1])
    if element is None or block is None or margins is None or 0 in space or 0 in batch or (margins < 0).any():
        return None
    sizes, spatial = block.tolist(), len(block)
    if math.prod(sizes) > _MOST_PHASES or batch[0] != space[0] * math.prod(sizes):
        return None
    choices = [_phases(space[1 + i], sizes[i], int(margins[i][0]), batch[1 + i]) for i in range(spatial)]
    copies = [_copy_of(choice, sizes, space, batch, to_batch) for choice in itertools.product(*choices)]
    kind = "space_to_batch" if to_batch else "batch_to_space"
    result = lowered(title(kind, shape_of(op.inputs[0]), shape_of(op.outputs[0])), element, copies)
    if result is None or not to_batch or math.prod(batch) == math.prod(space):
        return result
    zeros = filling(title("zeros", batch), element, math.prod(batch), 3, 0)
    return Lowering((zeros, *result.kernels))


def _copy_of(
    choice: Sequence[_Phase], sizes: Sequence[int], space: Sequence[int], batch: Sequence[int], to_batch: bool
) -> Copy:
    """The elements of one phase of each spatial axis."""
    in_space, in_batch = contiguous_strides(space), contiguous_strides(batch)
    number = 0
    for phase, size in zip(choice, sizes, strict=True):
        number = number * size + phase.phase
    here, there = 0, number * space[0] * in_batch[0]
    axes = [(space[0], in_space[0], in_batch[0])]
    for i, phase in enumerate(choice, 1):
        axes.append((phase.count, sizes[i - 1] * in_space[i], in_batch[i]))
        here += phase.start * in_space[i]
        there += phase.first * in_batch[i]
    axes += zip(space[1 + len(choice) :], in_space[1 + len(choice) :], in_batch[1 + len(choice) :], strict=True)
    if to_batch:
        return Copy(tuple(Axis(*axis) for axis in axes), 0, 3, here, there)
    return Copy(tuple(Axis(length, b, s) for length, s, b in axes), 0, 3, there, here)


def roll(op: Operation) -> Lowering | None:
    """Roll by known shifts: on each axis two parts change places."""
    element, shift, axis = bits_of(op.inputs[0].dtype), static_value(op.inputs[1]), static_value(op.inputs[2])
    shape = shape_of(op.inputs[0])
    if element is None or shift is None or axis is None or 0 in shape:
        return None
    if any(not -len(shape) <= at < len(shape) for at in axis.reshape(-1).tolist()):
        return None  # the ordinary kernel says what is wrong
    shifts = [0] * len(shape)
    if shift.size != axis.size or any(not -len(shape) <= at < len(shape) for at in axis.reshape(-1).tolist()):
        return None  # the kernel says what is wrong
    for distance, at in zip(shift.reshape(-1).tolist(), axis.reshape(-1).tolist(), strict=True):
        shifts[at] = (shifts[at] + distance) % shape[at]
    # (length, where it is, where it goes)
    parts = [[part for part in ((n - s, 0, s), (s, n - s, 0)) if part[0]] for n, s in zip(shape, shifts, strict=True)]
    strides = contiguous_strides(shape)
    copies = []
    for choice in itertools.product(*parts):
        here = sum(part[1] * stride for part, stride in zip(choice, strides, strict=True))
        there = sum(part[2] * stride for part, stride in zip(choice, strides, strict=True))
        copies.append(Copy(axes_of([part[0] for part in choice], strides, strides), 0, 3, here, there))
    return lowered(title("roll", shape), element, copies)
