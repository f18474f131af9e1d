"""The second half of a layered drawing: where the nodes of ordered layers stand, given their sizes.

The page (page.js) holds the same arithmetic, operation by operation, because opening a scope changes sizes; a browser
test compares the two. So this file uses only what JavaScript has too: doubles, arrays and loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NODE_GAP = 22.0
DUMMY_GAP = 14.0
LAYER_GAP = 38.0
BLOCK_GAP = 36.0
DUMMY_WIDTH = 2.0
_SWEEPS = 12


@dataclass(frozen=True)
class Segment:
    """A piece of an edge between two layers; offsets say where it meets its ends, from their centres."""

    above: int
    below: int
    weight: float
    above_offset: float = 0.0
    below_offset: float = 0.0


@dataclass
class Placement:
    """Of each node: its centre in x, and the top and the height of its layer. And the size of the whole."""

    x: list[float]
    tops: list[float]
    heights: list[float]
    width: float
    height: float


def place(
    blocks: Sequence[Sequence[Sequence[int]]],
    ported: int,
    widths: Sequence[float],
    heights: Sequence[float],
    segments: Sequence[Segment],
    chains: Sequence[Sequence[int]],
) -> Placement:
    """Positions in which no two nodes overlap and edges are as upright as that allows.

    Every block is placed by itself, then the blocks are packed side by side: the first `ported` in one row, since lines
    lead from their tops and bottoms to the border; the others in columns and rows to their right.
    """
    x = [0.0] * len(widths)
    tops = [0.0] * len(widths)
    layer_heights = [0.0] * len(widths)
    upper: list[list[Segment]] = [[] for _ in widths]
    lower: list[list[Segment]] = [[] for _ in widths]
    for segment in segments:
        lower[segment.above].append(segment)
        upper[segment.below].append(segment)
    left, right = [-1] * len(widths), [-1] * len(widths)
    for layers in blocks:
        _place_block(layers, widths, upper, lower, x)
        for layer in layers:
            for index in range(1, len(layer)):
                left[layer[index]] = layer[index - 1]
                right[layer[index - 1]] = layer[index]
    _straighten(widths, chains, left, right, x)
    sizes = [_stack(layers, widths, heights, x, tops, layer_heights) for layers in blocks]
    corners, width, height = _pack(sizes, ported)
    for layers, (corner_x, corner_y) in zip(blocks, corners, strict=True):
        for layer in layers:
            for node in layer:
                x[node] += corner_x
                tops[node] += corner_y
    return Placement(x, tops, layer_heights, width, height)


def _place_block(
    layers: Sequence[Sequence[int]],
    widths: Sequence[float],
    upper: Sequence[Sequence[Segment]],
    lower: Sequence[Sequence[Segment]],
    x: list[float],
) -> None:
    """Set x of a block: layer by layer, downwards and upwards in turn, nodes move to the mean of their neighbours.

    Where two of them would collide, least squares under the order of the layer decide (`_separate`).
    """
    for layer in layers:
        _separate(layer, [0.0] * len(layer), [1.0] * len(layer), widths, x)
    for sweep in range(_SWEEPS):
        # The last sweeps look both ways, so that neither direction has the last word.
        both = sweep >= _SWEEPS - 4
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            use_upper, use_lower = both or sweep % 2 == 0, both or sweep % 2 == 1
            wanted, weights = [], []
            for node in layer:
                total, weight = 0.0, 0.0
                if use_upper:
                    for segment in upper[node]:
                        total += segment.weight * (x[segment.above] + segment.above_offset - segment.below_offset)
                        weight += segment.weight
                if use_lower:
                    for segment in lower[node]:
                        total += segment.weight * (x[segment.below] + segment.below_offset - segment.above_offset)
                        weight += segment.weight
                wanted.append(total / weight if weight > 0 else x[node])
                weights.append(weight if weight > 0 else 0.01)
            _separate(layer, wanted, weights, widths, x)


def _separate(
    layer: Sequence[int], wanted: Sequence[float], weights: Sequence[float], widths: Sequence[float], x: list[float]
) -> None:
    """Set x of a layer: nearest to `wanted` (weighted least squares) with the gaps kept.

    With the least distances subtracted this is isotonic regression, solved by pooling adjacent violators.
    """
    offsets, offset = [], 0.0
    for index, node in enumerate(layer):
        if index:
            offset += _distance(widths, layer[index - 1], node)
        offsets.append(offset)
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for index in range(len(layer)):
        mean, mass, size = wanted[index] - offsets[index], weights[index], 1
        while means and means[-1] > mean:
            last, last_mass = means.pop(), masses.pop()
            mean = (mean * mass + last * last_mass) / (mass + last_mass)
            mass += last_mass
            size += sizes.pop()
        means.append(mean)
        masses.append(mass)
        sizes.append(size)
    index = 0
    for mean, size in zip(means, sizes, strict=True):
        for _ in range(size):
            x[layer[index]] = mean + offsets[index]
            index += 1


def _distance(widths: Sequence[float], left: int, right: int) -> float:
    """The least distance between the centres of two nodes that stand side by side."""
    both_dummies = widths[left] <= DUMMY_WIDTH and widths[right] <= DUMMY_WIDTH
    return (widths[left] + widths[right]) / 2 + (DUMMY_GAP if both_dummies else NODE_GAP)


def _straighten(
    widths: Sequence[float],
    chains: Sequence[Sequence[int]],
    left: Sequence[int],
    right: Sequence[int],
    x: list[float],
) -> None:
    """Line up the dummies of each chain in as few upright runs as the nodes `left` and `right` of them allow."""
    for chain in chains:
        start = 1
        while start < len(chain) - 1:
            low, high, total, end = -1e12, 1e12, 0.0, start
            while end < len(chain) - 1:
                node = chain[end]
                least = low if left[node] < 0 else max(low, x[left[node]] + _distance(widths, left[node], node))
                most = high if right[node] < 0 else min(high, x[right[node]] - _distance(widths, node, right[node]))
                if least > most and end > start:
                    break
                low, high = least, most
                total += x[node]
                end += 1
            mean = min(max(total / (end - start), low), high)
            for index in range(start, end):
                x[chain[index]] = mean
            start = end


def _stack(
    layers: Sequence[Sequence[int]],
    widths: Sequence[float],
    heights: Sequence[float],
    x: list[float],
    tops: list[float],
    layer_heights: list[float],
) -> tuple[float, float]:
    """Move a block to start at x = 0, stack its layers from y = 0; returns its width and height."""
    left = min(x[node] - widths[node] / 2 for layer in layers for node in layer)
    top = 0.0
    width = 0.0
    for layer in layers:
        height = max(heights[node] for node in layer)
        for node in layer:
            x[node] -= left
            tops[node] = top
            layer_heights[node] = height
            width = max(width, x[node] + widths[node] / 2)
        top += height + LAYER_GAP
    return width, top - LAYER_GAP


def _pack(sizes: Sequence[tuple[float, float]], ported: int) -> tuple[list[tuple[float, float]], float, float]:
    """Corners for blocks of these sizes, and the size of them all together.

    A block goes below the one before it where the row is high enough, else beside it, else begins a new row.
    """
    area = 0.0
    widest = 0.0
    for width, height in sizes[ported:]:
        area += (width + BLOCK_GAP) * (height + BLOCK_GAP)
        widest = max(widest, width)
    corners = []
    start = x = y = column = row_top = row_height = full_width = full_height = 0.0
    most = 0.0
    for index, (width, height) in enumerate(sizes):
        if index == ported:
            start = x = x + column + (BLOCK_GAP if index else 0.0)
            column, y = 0.0, row_top
            most = start + max(widest, 1.4 * area**0.5)
        fits_below = index > ported and y + height <= row_top + row_height
        if not fits_below and index and index != ported:
            x += column + BLOCK_GAP
            column, y = 0.0, row_top
            if index > ported and x + width > most:
                row_top = row_top + row_height + BLOCK_GAP
                x, y, row_height = start, row_top, 0.0
        corners.append((x, y))
        column = max(column, width)
        row_height = max(row_height, y + height - row_top)
        y += height + BLOCK_GAP
        full_width = max(full_width, x + width)
        full_height = max(full_height, row_top + row_height)
    return corners, full_width, full_height
