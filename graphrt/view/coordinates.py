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
    """Centres in x, the top and the height of each layer, and the size of the whole."""

    x: list[float]
    tops: list[float]
    heights: list[float]
    width: float
    height: float


def place(
    layers: Sequence[Sequence[int]],
    widths: Sequence[float],
    heights: Sequence[float],
    segments: Sequence[Segment],
    chains: Sequence[Sequence[int]],
) -> Placement:
    """Positions in which no two nodes of a layer overlap and edges are as upright as that allows.

    Layer by layer, downwards and upwards in turn, nodes move to the weighted mean of their neighbours; where two of
    them would collide, least squares under the order of the layer decide (`_separate`). At the end the dummies of each
    of `chains` are lined up (`_straighten`).
    """
    x = [0.0] * len(widths)
    for layer in layers:
        _separate(layer, [0.0] * len(layer), [1.0] * len(layer), widths, x)
    upper: list[list[Segment]] = [[] for _ in widths]
    lower: list[list[Segment]] = [[] for _ in widths]
    for segment in segments:
        lower[segment.above].append(segment)
        upper[segment.below].append(segment)
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
    _straighten(layers, widths, chains, x)
    return _finish(layers, widths, heights, x)


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
    layers: Sequence[Sequence[int]], widths: Sequence[float], chains: Sequence[Sequence[int]], x: list[float]
) -> None:
    """Line up the dummies of each chain in as few upright runs as the nodes beside them leave room for."""
    left: list[int] = [-1] * len(x)
    right: list[int] = [-1] * len(x)
    for layer in layers:
        for index in range(1, len(layer)):
            left[layer[index]] = layer[index - 1]
            right[layer[index - 1]] = layer[index]
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


def _finish(
    layers: Sequence[Sequence[int]], widths: Sequence[float], heights: Sequence[float], x: list[float]
) -> Placement:
    """Move everything to start at x = 0, and stack the layers."""
    left = min((x[node] - widths[node] / 2 for layer in layers for node in layer), default=0.0)
    x = [value - left for value in x]
    tops, layer_heights, top = [], [], 0.0
    for layer in layers:
        height = max((heights[node] for node in layer), default=0.0)
        tops.append(top)
        layer_heights.append(height)
        top += height + LAYER_GAP
    width = max((x[node] + widths[node] / 2 for layer in layers for node in layer), default=0.0)
    return Placement(x, tops, layer_heights, width, max(top - LAYER_GAP, 0.0))
