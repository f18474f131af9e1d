"""Ops that move elements and change none: transposes, concatenations, parts, borders, repetitions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphrt.native.builder import I64, Builder, Type, Value, constant
from graphrt.native.kernel import Kernel, Lowering, contiguous_strides
from graphrt.native.kernels.nodes import shape_of, title
from graphrt.native.kernels.strided import (
    Axis,
    Copy,
    axes_of,
    bits_of,
    copy_run,
    copying,
    fill_run,
)
from graphrt.opdef import static_value

if TYPE_CHECKING:
    from graphrt.graph import Operation

_FILL_BLOCK = 16384  # elements that one item fills
_MOST_COPIES = 64  # kernels of one node


def lowered(name: str, element: Type, copies: Sequence[Copy]) -> Lowering | None:
    """Copies one after another; None if there are none, or too many."""
    kernels = tuple([kernel for copy in copies for kernel in copying(name, element, copy)])
    return Lowering(kernels) if 0 < len(kernels) <= _MOST_COPIES else None


def transpose(op: Operation) -> Lowering | None:
    """Transpose with a known permutation."""
    element, order = bits_of(op.inputs[0].dtype), static_value(op.inputs[1])
    if element is None or order is None:
        return None
    if sorted(order.tolist()) != list(range(op.inputs[0].shape.rank or 0)):
        return None  # the kernel says what is wrong
    shape, result = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    strides = contiguous_strides(shape)
    axes = axes_of(result, [strides[axis] for axis in order.tolist()], contiguous_strides(result))
    return lowered(title("transpose", shape, result), element, [Copy(axes, 0, 2)])


def concat(op: Operation) -> Lowering | None:
    """ConcatV2 along a known axis."""
    element, axis = bits_of(op.outputs[0].dtype), static_value(op.inputs[-1])
    if element is None or axis is None:
        return None
    whole = shape_of(op.outputs[0])
    at = int(axis) % len(whole)
    strides = contiguous_strides(whole)
    copies, first = [], 0
    for i, tensor in enumerate(op.inputs[:-1]):
        shape = shape_of(tensor)
        axes = axes_of(shape, contiguous_strides(shape), strides)
        copies.append(Copy(axes, i, len(op.inputs), 0, first * strides[at]))
        first += shape[at]
    return lowered(title("concat", whole), element, copies)


def pack(op: Operation) -> Lowering | None:
    """Pack: inputs beside each other on a new axis."""
    element, whole = bits_of(op.outputs[0].dtype), shape_of(op.outputs[0])
    if element is None:
        return None
    at = op.attrs["axis"] % len(whole)
    strides = list(contiguous_strides(whole))
    step = strides.pop(at)
    shape = shape_of(op.inputs[0])
    if any(shape_of(tensor) != shape for tensor in op.inputs):
        return None  # the ordinary kernel says what is wrong
    axes = axes_of(shape, contiguous_strides(shape), strides)
    copies = [Copy(axes, i, len(op.inputs), 0, i * step) for i in range(len(op.inputs))]
    return lowered(title("pack", whole), element, copies)


def repeated(op: Operation, source: int, strides: Sequence[int]) -> Lowering | None:
    """Output 0 as a copy of what a View of these strides shows."""
    element, shape = bits_of(op.outputs[0].dtype), shape_of(op.outputs[0])
    if element is None:
        return None
    copy = Copy(axes_of(shape, strides, contiguous_strides(shape)), source, len(op.inputs))
    return lowered(title("repeat", shape), element, [copy])


def tile(op: Operation) -> Lowering | None:
    """Tile by known multiples: each dimension becomes two, of which the outer one repeats."""
    element, multiples = bits_of(op.inputs[0].dtype), static_value(op.inputs[1])
    if element is None or multiples is None:
        return None
    shape, result = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    axes: list[Axis] = []
    for times, length, source, target in zip(
        multiples.tolist(), shape, contiguous_strides(shape), contiguous_strides(result), strict=True
    ):
        axes += [Axis(times, 0, target * length), Axis(length, source, target)]
    return lowered(title("tile", shape, result), element, [Copy(tuple(axes), 0, 2)])


# -- borders -----------------------------------------------------------------------------------------------------------

_Side = tuple[int, int, int]  # how many elements come before, those of the input, how many after


def pad(op: Operation) -> Lowering | None:
    """Pad and PadV2 by known margins: every element is written once, in the order of memory."""
    element, margins = bits_of(op.inputs[0].dtype), static_value(op.inputs[1])
    shape, result = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    if element is None or margins is None or 0 in shape or not shape or (margins < 0).any():
        return None
    sides = _joined_sides([(b, n, a) for n, (b, a) in zip(shape, margins.tolist(), strict=True)])
    before, inside, after = sides[0]
    size, own_size = _sizes(sides[1:])

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        filler = b.load(element, pointers[2]) if len(op.inputs) == 3 else constant(element, 0)
        with b.loop(begin, end) as loop:
            target = b.element(pointers[len(op.inputs)], element, b.mul(loop.index, constant(I64, size)))
            place = b.sub(loop.index, constant(I64, before))
            is_inside = b.emit(Type("i1"), f"icmp ult {place}, {inside}")  # unsigned: not before it, either
            with b.when(is_inside):
                source = b.element(pointers[0], element, b.mul(place, constant(I64, own_size)))
                _write_padded(b, filler, source, target, sides[1:])
            with b.when(b.xor(is_inside, constant(Type("i1"), True))):
                fill_run(b, filler, target, size)

    count = before + inside + after
    bytes = float(element.bytes * (math.prod(shape) + math.prod(result)))
    grain = max(1, 65536 // (size * element.bytes))
    return Lowering((Kernel(title("pad", shape, result), emit, count, bytes=bytes, grain=grain),))


def _joined_sides(sides: Sequence[_Side]) -> list[_Side]:
    """Margins with as few axes as can be: one that has no margin belongs to that before it. The first are the items."""
    result: list[_Side] = []
    for before, inside, after in sides:
        if len(result) > 1 and before == after == 0:
            result[-1] = (result[-1][0] * inside, result[-1][1] * inside, result[-1][2] * inside)
        elif len(result) == 1 and result[0][0] == result[0][2] == 0:
            # No margins so far: these items become as many as those of both axes, if this one has none either.
            joins = before == after == 0
            result = [(0, result[0][1] * inside, 0)] if joins else [result[0], (before, inside, after)]
        else:
            result.append((before, inside, after))
    return _with_a_run(result)


def _with_a_run(sides: list[_Side]) -> list[_Side]:
    """A single axis is made into an item of one element a place, or (better) into one item with one run."""
    return [(0, 1, 0), *sides] if len(sides) == 1 else sides


def _sizes(sides: Sequence[_Side]) -> tuple[int, int]:
    """Elements with margins and without."""
    return math.prod(sum(side) for side in sides), math.prod(side[1] for side in sides)


def _write_padded(b: Builder, filler: Value, source: Value, target: Value, sides: Sequence[_Side]) -> None:
    """The margin before, what is inside, the margin after."""
    before, inside, after = sides[0]
    size, own_size = _sizes(sides[1:])
    element = filler.type
    if before:
        fill_run(b, filler, target, before * size)
    middle = b.element(target, element, before * size)
    if len(sides) == 1:
        copy_run(b, element, source, middle, inside)
    else:
        with b.loop(0, inside) as loop:
            here = b.element(source, element, b.mul(loop.index, constant(I64, own_size)))
            there = b.element(middle, element, b.mul(loop.index, constant(I64, size)))
            _write_padded(b, filler, here, there, sides[1:])
    if after:
        fill_run(b, filler, b.element(middle, element, inside * size), after * size)


def mirror_pad(op: Operation) -> Lowering | None:
    """MirrorPad by known margins: each axis has a part that runs backwards, the input, and another backwards."""
    element, margins = bits_of(op.inputs[0].dtype), static_value(op.inputs[1])
    shape, result = shape_of(op.inputs[0]), shape_of(op.outputs[0])
    if element is None or margins is None:
        return None
    mode = op.attrs["mode"]
    skip = 1 if mode in (b"REFLECT", "REFLECT") else 0
    parts = []
    for length, (before, after) in zip(shape, margins.tolist(), strict=True):
        if before < 0 or after < 0 or max(before, after) > length - skip:
            return None  # the ordinary kernel says what is wrong
        # (length, first in the source, step in the source, first in the target)
        here = [(before, before - 1 + skip, -1, 0), (length, 0, 1, before)]
        here.append((after, length - 1 - skip, -1, before + length))
        parts.append([part for part in here if part[0]])
    sources, targets = contiguous_strides(shape), contiguous_strides(result)
    copies = []
    for choice in itertools.product(*parts):
        axes = [
            Axis(part[0], part[2] * source, target)
            for part, source, target in zip(choice, sources, targets, strict=True)
        ]
        offset = sum(part[1] * source for part, source in zip(choice, sources, strict=True))
        place = sum(part[3] * target for part, target in zip(choice, targets, strict=True))
        copies.append(Copy(tuple(axes), 0, 2, offset, place))
    return lowered(title("mirror_pad", shape, result), element, copies)


# -- constants ---------------------------------------------------------------------------------------------------------


def filling(name: str, element: Type, count: int, pointer: int, number: int | float) -> Kernel:
    """One number everywhere."""
    blocks = -(-count // _FILL_BLOCK)
    last = count - (blocks - 1) * _FILL_BLOCK

    def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        value = constant(element, number)
        whole = blocks if last == _FILL_BLOCK else blocks - 1
        inner_end = b.select(b.compare("lt", end, constant(I64, whole)), end, constant(I64, whole))
        if whole:
            with b.loop(begin, inner_end) as loop:
                first = b.mul(loop.index, constant(I64, _FILL_BLOCK))
                fill_run(b, value, b.element(pointers[pointer], element, first), _FILL_BLOCK)
        if whole < blocks:
            with b.when(b.compare("gt", end, constant(I64, whole))):
                fill_run(b, value, b.element(pointers[pointer], element, whole * _FILL_BLOCK), last)

    return Kernel(name, emit, blocks, bytes=float(count * element.bytes), grain=4)


def strided_slice_grad(op: Operation, index_of: Callable[..., Any]) -> Lowering | None:
    """StridedSliceGrad: zeros, and the gradient in its places; ``index_of`` makes NumPy's index of them."""
    from graphrt.native.kernels.views import sliced_view

    element = bits_of(op.inputs[4].dtype)
    vectors = [static_value(tensor) for tensor in op.inputs[1:4]]
    whole = shape_of(op.outputs[0])
    if element is None or 0 in whole or any(vector is None for vector in vectors):
        return None
    shape = shape_of(op.inputs[4])
    view, part = sliced_view(whole, [vector.tolist() for vector in vectors], op.attrs, index_of)
    if part != shape:
        return None  # the ordinary kernel says what is wrong
    kernels = [filling(title("zeros", whole), element, math.prod(whole), 5, 0)]
    copy = Copy(axes_of(shape, contiguous_strides(shape), view.strides), 4, 5, 0, view.offset)
    return Lowering((*kernels, *copying(title("strided_slice_grad", shape, whole), element, copy)))
