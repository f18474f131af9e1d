"""space_to_batch, space_to_depth and their inverses: blocks of space moved to another dimension."""

from __future__ import annotations

import math

import numpy as np

import graphrt_ops as F
from graphrt.dtypes import int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required, static_value
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.arguments import deprecated
from graphrt_ops.array.space_movement import batch_moved, depth_moved


def _blocks(op: Operation):
    """The sizes of the blocks and the margins (paddings or crops), as lists; None for each where they are not known."""
    count = op.inputs[1].shape.with_rank(1).values[0]
    op.inputs[2].shape.merge_with(TensorShape.of((count, 2)))
    block, margins = static_value(op.inputs[1]), static_value(op.inputs[2])
    if block is None or margins is None:
        return None, None
    return _checked(block, margins, op.inputs[0].shape.rank, op.opdef.inputs[2].name)


def _checked(block, margins, rank: int | None, what: str) -> tuple[list[int], list[list[int]]]:
    """Blocks and margins as lists. ValueError unless there is one block of at least 1, and two margins that are not
    negative, for each of the dimensions after the first, or less of them."""
    if block.ndim != 1 or margins.shape != (block.size, 2):
        raise ValueError(f"block_shape must be a vector and {what} [{block.size}, 2], got {list(margins.shape)}")
    if rank is not None and block.size >= rank:
        raise ValueError(f"Shape must be at least rank {block.size + 1} but is rank {rank}")
    if (block < 1).any():
        raise ValueError(f"block_shape must be positive, got {block.tolist()}")
    if (margins < 0).any():
        raise ValueError(f"{what} cannot be negative, got {margins.tolist()}")
    return block.tolist(), margins.tolist()


def _to_batch_shape(op: Operation) -> TensorShape:
    """Each spatial dimension (with its margins) divided by its block, the batch multiplied by all of them."""
    dims = op.inputs[0].shape.values
    block, margins = _blocks(op)
    if dims is None:
        return UNKNOWN
    if block is None:
        return TensorShape.of((None,) * len(dims))
    lengths = []
    for n, b, (before, after) in zip(dims[1:], block, margins, strict=False):
        if n is not None and (n + before + after) % b:
            raise ValueError(f"Dimension size must be evenly divisible by {b} but is {n + before + after}")
        lengths.append(None if n is None else (n + before + after) // b)
    batch = None if dims[0] is None else dims[0] * math.prod(block)
    return TensorShape.of((batch, *lengths, *dims[1 + len(block) :]))


def _to_space_shape(op: Operation) -> TensorShape:
    """Each spatial dimension times its block, without the crops; the batch divided by all of them."""
    dims = op.inputs[0].shape.values
    block, crops = _blocks(op)
    if dims is None:
        return UNKNOWN
    if block is None:
        return TensorShape.of((None,) * len(dims))
    if dims[0] is not None and dims[0] % math.prod(block):
        raise ValueError(f"Dimension size must be evenly divisible by {math.prod(block)} but is {dims[0]}")
    lengths = [None if n is None else n * b - sum(crop) for n, b, crop in zip(dims[1:], block, crops, strict=False)]
    if any(n is not None and n < 0 for n in lengths):
        raise ValueError(f"crops {crops} are larger than the space of {list(dims[1 : 1 + len(block)])} times {block}")
    batch = None if dims[0] is None else dims[0] // math.prod(block)
    return TensorShape.of((batch, *lengths, *dims[1 + len(block) :]))


_INDEX = {"Tblock_shape": (int32, int64), "Tpaddings": (int32, int64), "Tcrops": (int32, int64)}
to_batch = OpDef(
    "SpaceToBatchND",
    "input block_shape:Tblock_shape@host paddings:Tpaddings@host",
    "output",
    dtypes=_INDEX,
    attrs={"Tblock_shape": int32, "Tpaddings": int32},
    infer=_to_batch_shape,
)
to_space = OpDef(
    "BatchToSpaceND",
    "input block_shape:Tblock_shape@host crops:Tcrops@host",
    "output",
    dtypes=_INDEX,
    attrs={"Tblock_shape": int32, "Tcrops": int32},
    infer=_to_space_shape,
    aliases=0,
)


@to_batch.kernel
def to_batch_kernel(xp, input, block_shape, paddings):
    block, margins = _checked(block_shape, paddings, input.ndim, "paddings")
    spatial = len(block)
    rest = input.shape[1 + spatial :]
    padded = xp.pad(input, [(0, 0), *map(tuple, margins), *[(0, 0)] * len(rest)])
    if any(n % b for n, b in zip(padded.shape[1:], block, strict=False)):
        raise ValueError(f"padded_shape {list(padded.shape)} is not divisible by block_shape {block}")
    split = [part for n, b in zip(padded.shape[1:], block, strict=False) for part in (n // b, b)]
    whole = padded.reshape(input.shape[0], *split, *rest)
    inside = [2 + 2 * i for i in range(spatial)]
    outside = [1 + 2 * i for i in range(spatial)]
    tail = range(1 + 2 * spatial, whole.ndim)
    moved = whole.transpose(*inside, 0, *outside, *tail)
    return moved.reshape(input.shape[0] * math.prod(block), *split[::2], *rest)


@to_space.kernel
def to_space_kernel(xp, input, block_shape, crops):
    block, margins = _checked(block_shape, crops, input.ndim, "crops")
    spatial = len(block)
    if input.shape[0] % math.prod(block):
        raise ValueError(f"Input batch dimension ({input.shape[0]}) is not divisible by {math.prod(block)}")
    batch = input.shape[0] // math.prod(block)
    space, rest = input.shape[1 : 1 + spatial], input.shape[1 + spatial :]
    whole = input.reshape(*block, batch, *space, *rest)
    pairs = [axis for i in range(spatial) for axis in (spatial + 1 + i, i)]
    moved = whole.transpose(spatial, *pairs, *range(2 * spatial + 1, whole.ndim))
    full = moved.reshape(batch, *[n * b for n, b in zip(space, block, strict=True)], *rest)
    parts = [slice(before, n - after) for n, (before, after) in zip(full.shape[1:], margins, strict=False)]
    if any(part.start > part.stop for part in parts):
        raise ValueError(f"crops {margins} are larger than the space of {list(full.shape[1 : 1 + spatial])}")
    return full[(slice(None), *parts)]


@to_batch.lower
def to_batch_lower(op: Operation):
    """With known blocks and margins: zeros, if there are margins, and a copy for each phase."""
    return batch_moved(op, to_batch=True)


@to_space.lower
def to_space_lower(op: Operation):
    """With known blocks and crops: a copy for each phase."""
    return batch_moved(op, to_batch=False)


@to_batch.gradient
def to_batch_gradient(op: Operation, dy: Tensor):
    return [F.batch_to_space_nd(dy, op.inputs[1], op.inputs[2]), None, None]


@to_space.gradient
def to_space_gradient(op: Operation, dy: Tensor):
    return [F.space_to_batch_nd(dy, op.inputs[1], op.inputs[2]), None, None]


def _depth_shape(op: Operation) -> TensorShape:
    """Space divided by the block and depth multiplied by its square, or the other way."""
    dims = op.inputs[0].shape.values
    if dims is None:
        return TensorShape.of((None,) * 4)
    block = op.attrs["block_size"]
    if block < 2:
        raise ValueError(f"Attr 'block_size' of '{op.type}' Op passed {block} less than minimum 2.")
    channels_first = op.attrs["data_format"] in (b"NCHW", "NCHW")
    n, h, w, c = (dims[0], dims[2], dims[3], dims[1]) if channels_first else dims
    if op.type == "SpaceToDepth":
        for length in (h, w):
            if length is not None and length % block:
                raise ValueError(f"Dimension size must be evenly divisible by {block} but is {length}")
        h, w, c = _scaled(h, 1, block), _scaled(w, 1, block), _scaled(c, block * block, 1)
    else:
        if c is not None and c % (block * block):
            raise ValueError(f"Dimension size must be evenly divisible by {block * block} but is {c}")
        h, w, c = _scaled(h, block, 1), _scaled(w, block, 1), _scaled(c, 1, block * block)
    return TensorShape.of((n, c, h, w) if channels_first else (n, h, w, c))


def _scaled(length: int | None, times: int, by: int) -> int | None:
    return None if length is None else length * times // by


_DEPTH = {"block_size": required(int), "data_format": "NHWC"}
to_depth = OpDef("SpaceToDepth", "input", "output", attrs=_DEPTH, infer=_depth_shape, aliases=0)
from_depth = OpDef("DepthToSpace", "input", "output", attrs=_DEPTH, infer=_depth_shape, aliases=0)


def _channels_last(xp, input, data_format):
    return xp.moveaxis(input, 1, -1) if data_format in (b"NCHW", "NCHW") else input


def _as_before(xp, output, data_format):
    return xp.moveaxis(output, -1, 1) if data_format in (b"NCHW", "NCHW") else output


@to_depth.kernel
def to_depth_kernel(xp, input, block_size, data_format):
    x = _channels_last(xp, input, data_format)
    n, h, w, c = x.shape
    cut = x.reshape(n, h // block_size, block_size, w // block_size, block_size, c).transpose(0, 1, 3, 2, 4, 5)
    return _as_before(xp, cut.reshape(n, h // block_size, w // block_size, block_size * block_size * c), data_format)


@from_depth.kernel
def from_depth_kernel(xp, input, block_size, data_format):
    x = _channels_last(xp, input, data_format)
    n, h, w, c = x.shape
    depth = c // (block_size * block_size)
    cut = x.reshape(n, h, w, block_size, block_size, depth).transpose(0, 1, 3, 2, 4, 5)
    return _as_before(xp, cut.reshape(n, h * block_size, w * block_size, depth), data_format)


@to_depth.lower
def to_depth_lower(op: Operation):
    return depth_moved(op, to_depth=True)


@from_depth.lower
def from_depth_lower(op: Operation):
    return depth_moved(op, to_depth=False)


@to_depth.gradient
def to_depth_gradient(op: Operation, dy: Tensor):
    return from_depth(dy, block_size=op.attrs["block_size"], data_format=op.attrs["data_format"])


@from_depth.gradient
def from_depth_gradient(op: Operation, dy: Tensor):
    return to_depth(dy, block_size=op.attrs["block_size"], data_format=op.attrs["data_format"])


@export("space_to_batch_nd", "manip.space_to_batch_nd")
def space_to_batch_nd(input, block_shape, paddings, name=None):
    """Blocks of the spatial dimensions (after padding) moved to the batch dimension."""
    return to_batch(input, block_shape, paddings, name=name)


@export("batch_to_space_nd", "manip.batch_to_space_nd")
def batch_to_space_nd(input, block_shape, crops, name=None):
    """The inverse of ``space_to_batch_nd``; ``crops`` is what is cut off afterwards."""
    return to_space(input, block_shape, crops, name=name)


@export("space_to_batch", "nn.space_to_batch")
def space_to_batch(input, paddings, block_size=None, name=None, block_shape=None):
    """``space_to_batch_nd`` of two spatial dimensions with square blocks of ``block_size``."""
    block = deprecated("block_size", block_size, "block_shape", block_shape)
    result = to_batch(input, np.array([block, block]), paddings, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


@export("batch_to_space")
def batch_to_space(input, crops, block_size, name=None, block_shape=None):
    """``batch_to_space_nd`` of two spatial dimensions with square blocks of ``block_size``."""
    block = deprecated("block_size", block_size, "block_shape", block_shape)
    result = to_space(input, np.array([block, block]), crops, name=name)
    result.set_shape(result.shape.with_rank(4))
    return result


@export("space_to_depth", "nn.space_to_depth")
def space_to_depth(input, block_size, name=None, data_format="NHWC"):
    """Blocks of the spatial dimensions moved to the depth dimension; NHWC or NCHW."""
    return to_depth(input, block_size=block_size, data_format=_format(data_format), name=name)


@export("depth_to_space", "nn.depth_to_space")
def depth_to_space(input, block_size, name=None, data_format="NHWC"):
    """The inverse of ``space_to_depth``."""
    return from_depth(input, block_size=block_size, data_format=_format(data_format), name=name)


def _format(data_format: str) -> str:
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format {data_format!r} is not supported; expected 'NHWC' or 'NCHW'")
    return data_format


@export("required_space_to_batch_paddings")
def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """Paddings that make every dimension a multiple of its block, and the crops that undo the surplus."""
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        shape = convert_to_tensor(input_shape, dtype=int32, name="input_shape")
        block = convert_to_tensor(block_shape, dtype=int32, name="block_shape")
        count = block.shape.values[0] if block.shape.rank == 1 else None
        if count is None:
            raise ValueError("block_shape must be a vector of known length")
        if count == 0:
            return F.zeros([0, 2], int32), F.zeros([0, 2], int32)
        if base_paddings is None:
            base = F.zeros([count, 2], int32)
        else:
            base = convert_to_tensor(base_paddings, dtype=int32, name="base_paddings")
        known = [static_value(tensor) for tensor in (shape, block, base)]
        if all(value is not None for value in known):
            shape, block, base = known
        before, after = base[:, 0], base[:, 1]
        surplus = (block - (shape + before + after) % block) % block
        after = after + surplus
        paddings = F.stack([[before[i], after[i]] for i in range(count)], name="paddings")
        crops = F.stack([[0, surplus[i]] for i in range(count)], name="crops")
        return paddings, crops
