"""The first half of a layered drawing (Sugiyama's method): which layer each node is in, and the order inside a layer.

Both depend on the graph alone and not on how large its nodes are drawn, so they are computed once, here; the second
half (coordinates.py) is repeated whenever a scope is opened, in the browser too.

    break_cycles -> connected parts -> layers -> dummies on edges that cross several layers -> few crossings

All steps are linear or n log n in nodes, edges and dummies.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

# Rounds of reordering: more bring nothing that an eye sees; large graphs get fewer to keep the time linear.
_ROUNDS = 10
_LARGE = 4000


@dataclass
class Layers:
    """`blocks[b][r]` lists the nodes of layer r of block b from left to right; dummies have numbers after all nodes.

    A block is a connected part of the graph; nodes without any edge share the last one. The first `ported` blocks hold
    the top and bottom nodes. `chains[e]` is the path of edge e: its source, its dummies downwards, its target.
    """

    blocks: list[list[list[int]]]
    ported: int
    chains: list[list[int]]


def break_cycles(count: int, edges: Sequence[tuple[int, int]], order: Sequence[int]) -> set[int]:
    """Positions of edges without which the graph has no cycle; a graph without cycles keeps them all.

    Nodes are taken in topological order; where only cycles are left, the one created first is taken as it is.
    """
    outgoing, missing = _outgoing(count, edges)
    ready = [(order[node], node) for node in range(count) if not missing[node]]
    waiting = [(order[node], node) for node in range(count) if missing[node]]
    heapq.heapify(ready)
    heapq.heapify(waiting)
    done = [False] * count
    back: set[int] = set()
    while ready or waiting:
        _, node = heapq.heappop(ready or waiting)
        if done[node]:
            continue
        done[node] = True
        for edge in outgoing[node]:
            target = edges[edge][1]
            if done[target]:
                back.add(edge)
                continue
            missing[target] -= 1
            if not missing[target]:
                heapq.heappush(ready, (order[target], target))
    return back


def make_layers(
    count: int,
    edges: Sequence[tuple[int, int]],
    order: Sequence[int],
    top: Sequence[int] = (),
    bottom: Sequence[int] = (),
) -> Layers:
    """Layer `count` nodes along acyclic `edges`; `order` says which of two equal nodes comes first.

    The nodes `top` (without incoming edges) have the first layer for themselves, the nodes `bottom` (without outgoing
    edges) the last.
    """
    parts, isolated, ported = _parts(count, edges, order, {*top, *bottom})
    part_of = {node: index for index, part in enumerate(parts) for node in part}
    edges_of: list[list[int]] = [[] for _ in parts]
    for position, (source, _) in enumerate(edges):
        edges_of[part_of[source]].append(position)
    result = Layers([], ported, [[] for _ in edges])
    dummies = count
    for part, positions in zip(parts, edges_of, strict=True):
        number = {node: index for index, node in enumerate(part)}
        inner = [(number[edges[position][0]], number[edges[position][1]]) for position in positions]
        pins = [{number[node] for node in nodes if node in number} for nodes in (top, bottom)]
        layers, chains = _layer_part(len(part), inner, [order[node] for node in part], *pins)
        names = [*part, *range(dummies, dummies + max(map(max, layers)) + 1 - len(part))]
        dummies += len(names) - len(part)
        result.blocks.append([[names[node] for node in layer] for layer in layers])
        for position, chain in zip(positions, chains, strict=True):
            result.chains[position] = [names[node] for node in chain]
    if isolated:
        columns = max(3, ceil(sqrt(len(isolated))))
        result.blocks.append([isolated[start : start + columns] for start in range(0, len(isolated), columns)])
    return result


def _parts(
    count: int, edges: Sequence[tuple[int, int]], order: Sequence[int], pinned: set[int]
) -> tuple[list[list[int]], list[int], int]:
    """The connected parts (those with pinned nodes first, then large ones), the isolated nodes, how many have pins."""
    joined: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        joined[source].append(target)
        joined[target].append(source)
    seen = [False] * count
    parts, isolated = [], []
    for start in sorted(range(count), key=lambda node: order[node]):
        if seen[start]:
            continue
        if not joined[start] and start not in pinned:
            isolated.append(start)
            continue
        seen[start] = True
        part = [start]
        for node in part:  # grows while it is read
            for other in joined[node]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        parts.append(sorted(part, key=lambda node: order[node]))
    parts.sort(key=lambda part: (pinned.isdisjoint(part), -len(part)))
    return parts, isolated, sum(not pinned.isdisjoint(part) for part in parts)


def _layer_part(
    count: int, edges: Sequence[tuple[int, int]], order: Sequence[int], top: set[int], bottom: set[int]
) -> tuple[list[list[int]], list[list[int]]]:
    """Layers and chains of one connected part."""
    rank = _ranks(count, edges, order, top, bottom)
    chains = []
    ranks = list(rank)
    for source, target in edges:
        chain = [source]
        for between in range(rank[source] + 1, rank[target]):
            chain.append(len(ranks))
            ranks.append(between)
        chain.append(target)
        chains.append(chain)
    upper, lower = _neighbours(len(ranks), chains)
    best: list[list[int]] = []
    fewest = -1
    for mirrored in (False, True):
        layers: list[list[int]] = [[] for _ in range(max(rank) + 1)]
        for node in _depth_first(count, ranks, order, upper, lower, mirrored):
            layers[ranks[node]].append(node)
        layers = _with_few_crossings(layers, upper, lower)
        crossings = _crossings(layers, lower)
        if fewest < 0 or crossings < fewest:
            best, fewest = layers, crossings
    return best, chains


def _outgoing(count: int, edges: Sequence[tuple[int, int]]) -> tuple[list[list[int]], list[int]]:
    """Positions of each node's outgoing edges, and each node's number of incoming ones."""
    outgoing: list[list[int]] = [[] for _ in range(count)]
    incoming = [0] * count
    for position, (source, target) in enumerate(edges):
        outgoing[source].append(position)
        incoming[target] += 1
    return outgoing, incoming


def _ranks(
    count: int, edges: Sequence[tuple[int, int]], order: Sequence[int], top: set[int], bottom: set[int]
) -> list[int]:
    """The layer of each node: as high as its inputs allow, then nodes with few inputs down to their consumers."""
    outgoing, missing = _outgoing(count, edges)
    indegree = list(missing)
    rank = [0 if node in top or not top else 1 for node in range(count)]
    ready = [node for node in range(count) if not missing[node]]
    sorted_nodes = []
    while ready:
        node = ready.pop()
        sorted_nodes.append(node)
        for edge in outgoing[node]:
            target = edges[edge][1]
            rank[target] = max(rank[target], rank[node] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for node in reversed(sorted_nodes):
        if outgoing[node] and indegree[node] < len(outgoing[node]) + (not indegree[node]) and node not in top:
            rank[node] = min(rank[edges[edge][1]] for edge in outgoing[node]) - 1
    _wrap_wide_layers(rank, outgoing, order, top | bottom)
    last = max((rank[node] for node in range(count) if node not in bottom), default=-1)
    for node in bottom:
        rank[node] = last + 1
    return rank


def _wrap_wide_layers(rank: list[int], outgoing: list[list[int]], order: Sequence[int], pinned: set[int]) -> None:
    """Nodes without consumers that make a layer very wide go on in the layers below it, like words in lines."""
    widest = max(7, ceil(sqrt(2.5 * len(rank))))
    members: dict[int, list[int]] = {}
    for node, layer in enumerate(rank):
        if node not in pinned:
            members.setdefault(layer, []).append(node)
    layer = min(members, default=0)
    while layer in members:
        excess = len(members[layer]) - widest
        if excess > 0:
            sinks = sorted((node for node in members[layer] if not outgoing[node]), key=lambda node: order[node])
            for node in sinks[-excess:] if sinks else []:
                rank[node] = layer + 1
                members[layer].remove(node)
                members.setdefault(layer + 1, []).append(node)
        layer += 1


def _neighbours(count: int, chains: list[list[int]]) -> tuple[list[list[int]], list[list[int]]]:
    """Each node's neighbours in the layer above and in the layer below."""
    upper: list[list[int]] = [[] for _ in range(count)]
    lower: list[list[int]] = [[] for _ in range(count)]
    for chain in chains:
        for above, below in pairwise(chain):
            lower[above].append(below)
            upper[below].append(above)
    return upper, lower


def _depth_first(
    count: int, ranks: list[int], order: Sequence[int], upper: list[list[int]], lower: list[list[int]], mirrored: bool
) -> list[int]:
    """All nodes and dummies, along the edges.

    `mirrored` goes through the neighbours of a node the other way round: another start for the reordering.
    """
    seen = [False] * len(ranks)
    result = []
    for start in sorted(range(count), key=lambda node: (ranks[node], order[node])):
        if seen[start]:
            continue
        seen[start] = True
        stack = [start]
        while stack:
            node = stack.pop()
            result.append(node)
            neighbours = upper[node] + lower[node]
            for other in neighbours if mirrored else reversed(neighbours):
                if not seen[other]:
                    seen[other] = True
                    stack.append(other)
    return result


def _with_few_crossings(layers: list[list[int]], upper: list[list[int]], lower: list[list[int]]) -> list[list[int]]:
    """Reorder layers by the mean position of their neighbours, downwards and upwards in turn; keep the best order."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, lower)
    size = sum(map(len, layers))
    for round_number in range(_ROUNDS if size < _LARGE else 3):
        if not fewest:
            break
        downwards = round_number % 2 == 0
        span = range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1)
        for index in span:
            fixed = layers[index - 1 if downwards else index + 1]
            _sort_by_neighbours(layers[index], fixed, upper if downwards else lower)
        crossings = _crossings(layers, lower)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    if size < _LARGE:
        _swap_neighbours(best, upper, lower)
    return best


def _sort_by_neighbours(layer: list[int], fixed: list[int], neighbours: list[list[int]]) -> None:
    position = {node: float(index) for index, node in enumerate(fixed)}
    scale = len(fixed) / max(1, len(layer))
    wanted = {
        node: sum(position[other] for other in neighbours[node]) / len(neighbours[node])
        if neighbours[node]
        else index * scale
        for index, node in enumerate(layer)
    }
    layer.sort(key=lambda node: wanted[node])


def _crossings(layers: list[list[int]], lower: list[list[int]]) -> int:
    """How many pairs of edges cross: inversions, counted between each layer and the next."""
    total = 0
    for layer, below in pairwise(layers):
        position = {node: index for index, node in enumerate(below)}
        ends = [end for node in layer for end in sorted(position[other] for other in lower[node])]
        seen: list[int] = []
        for count, end in enumerate(ends):
            place = bisect_right(seen, end)
            total += count - place
            seen.insert(place, end)
    return total


def _swap_neighbours(layers: list[list[int]], upper: list[list[int]], lower: list[list[int]]) -> None:
    """Exchange two nodes that stand side by side wherever that alone removes crossings (three times over)."""
    position = {node: index for layer in layers for index, node in enumerate(layer)}
    for _ in range(3):
        changed = False
        for layer in layers:
            for index in range(len(layer) - 1):
                left, right = layer[index], layer[index + 1]
                gain = sum(
                    _pair_crossings(side[left], side[right], position)
                    - _pair_crossings(side[right], side[left], position)
                    for side in (upper, lower)
                )
                if gain > 0:
                    layer[index], layer[index + 1] = right, left
                    position[left], position[right] = index + 1, index
                    changed = True
        if not changed:
            return


def _pair_crossings(left: list[int], right: list[int], position: dict[int, int]) -> int:
    """Crossings between the edges of two nodes that stand side by side."""
    if not left or not right:
        return 0
    ends = sorted(position[other] for other in right)
    total = 0
    for other in left:
        place = position[other]
        for end in ends:
            if end >= place:
                break
            total += 1
    return total
