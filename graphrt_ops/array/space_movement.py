"""What space_to_batch, space_to_depth and their inverses say of themselves to native code: a few strided copies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from graphrt.graph import Operation
from graphrt.opdef import static_value

_MOST_PHASES = 32


def depth_moved(op: Operation, to_depth: bool):
    """SpaceToDepth and DepthToSpace, channels last."""
    from graphrt.native.records import Copies, Part, axes_of, contiguous_strides, title

    block = op.attrs["block_size"]
    if op.attrs["data_format"] not in ("NHWC", b"NHWC"):
        return None
    space, depth = (tensor.shape.values for tensor in (op.inputs[0], op.outputs[0])[:: 1 if to_depth else -1])
    n, h, w, c = depth[0], depth[1], depth[2], space[3]
    # Both as [n, h, w, block, block, c]: in space the blocks' rows and columns lie beside the others.
    shape = [n, h, w, block, block, c]
    in_depth, step = contiguous_strides(shape), contiguous_strides([n, h, block, w, block, c])
    in_space = [step[0], step[1], step[3], step[2], step[4], step[5]]
    if to_depth:
        axes = axes_of(shape, in_space, in_depth)
    else:
        # The target is written in its own order.
        axes = tuple([axes_of(shape, in_depth, in_space)[i] for i in (0, 1, 3, 2, 4, 5)])
    return Copies(title("space_to_depth" if to_depth else "depth_to_space", space, depth), (Part(axes),))


class _Phase(NamedTuple):
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


def batch_moved(op: Operation, to_batch: bool):
    """SpaceToBatchND and BatchToSpaceND with known blocks and margins."""
    from graphrt.native.records import Copies, title

    block, margins = static_value(op.inputs[1]), static_value(op.inputs[2])
    space, batch = (tensor.shape.values for tensor in (op.inputs[0], op.outputs[0])[:: 1 if to_batch else -1])
    if block is None or margins is None or 0 in space or 0 in batch or (margins < 0).any():
        return None
    sizes, spatial = block.tolist(), len(block)
    if math.prod(sizes) > _MOST_PHASES or batch[0] != space[0] * math.prod(sizes):
        return None
    choices = [_phases(space[1 + i], sizes[i], int(margins[i][0]), batch[1 + i]) for i in range(spatial)]
    parts = tuple([_part_of(choice, sizes, space, batch, to_batch) for choice in itertools.product(*choices)])
    kind = "space_to_batch" if to_batch else "batch_to_space"
    name = title(kind, op.inputs[0].shape.values, op.outputs[0].shape.values)
    return Copies(name, parts, zeros=to_batch and math.prod(batch) != math.prod(space))


def _part_of(
    choice: Sequence[_Phase], sizes: Sequence[int], space: Sequence[int], batch: Sequence[int], to_batch: bool
):
    """The elements of one phase of each spatial axis."""
    from graphrt.native.records import Axis, Part, contiguous_strides

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
        return Part(tuple([Axis(*axis) for axis in axes]), 0, here, there)
    return Part(tuple([Axis(length, b, s) for length, s, b in axes]), 0, there, here)
