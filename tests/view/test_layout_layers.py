"""What must hold of every layered drawing, on random graphs."""

from __future__ import annotations

import random
import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from graphrt.view.coordinates import DUMMY_WIDTH, Segment, place
from graphrt.view.layers import Layers, break_cycles, make_layers

QUICK = settings(deadline=None, max_examples=150)


@st.composite
def digraphs(draw: st.DrawFn, acyclic: bool = True) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(0, 25))
    if not count:
        return 0, []
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60, unique=True))
    pairs = [(a, b) for a, b in pairs if a != b]
    return count, [(min(p), max(p)) for p in pairs] if acyclic else pairs


def unique(edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return list(dict.fromkeys(edges))


def check(layers: Layers, count: int, edges: list[tuple[int, int]]) -> None:
    rank = {node: index for block in layers.blocks for index, layer in enumerate(block) for node in layer}
    placed = [node for block in layers.blocks for layer in block for node in layer]
    assert len(placed) == len(set(placed))
    dummies = {node for chain in layers.chains for node in chain[1:-1]}
    assert set(placed) == set(range(count)) | dummies
    assert len(layers.chains) == len(edges)
    for (source, target), chain in zip(edges, layers.chains, strict=True):
        assert (chain[0], chain[-1]) == (source, target)
        assert all(rank[below] == rank[above] + 1 for above, below in pairwise(chain))


@QUICK
@given(digraphs())
def test_every_edge_goes_down_layer_by_layer(graph):
    count, edges = graph[0], unique(graph[1])
    layers = make_layers(count, edges, range(count))
    check(layers, count, edges)
    assert all(layer for block in layers.blocks for layer in block)
    assert layers == make_layers(count, edges, range(count))


@QUICK
@given(digraphs())
def test_ports_have_the_first_and_the_last_layer(graph):
    count, edges = graph[0], unique(graph[1])
    tops = [node for node in range(count) if all(target != node for _, target in edges)][:3]
    bottoms = [node for node in range(count) if all(source != node for source, _ in edges) and node not in tops][:3]
    layers = make_layers(count, edges, range(count), tops, bottoms)
    check(layers, count, edges)
    first = {node for block in layers.blocks for node in block[0]}
    assert set(tops) <= first
    for index, block in enumerate(layers.blocks):
        nodes = {node for layer in block for node in layer}
        assert (index < layers.ported) == (not nodes.isdisjoint({*tops, *bottoms}))
        if nodes & set(tops):
            assert set(block[0]) <= set(tops)
        if nodes & set(bottoms):
            assert {node for node in block[-1] if node < count} == nodes & set(bottoms)


@QUICK
@given(digraphs(acyclic=False))
def test_break_cycles_leaves_a_graph_without_cycles(graph):
    count, edges = graph[0], unique(graph[1])
    back = break_cycles(count, edges, range(count))
    kept = [edge for position, edge in enumerate(edges) if position not in back]
    assert not break_cycles(count, kept, range(count))
    check(make_layers(count, kept, range(count)), count, kept)


def test_graphs_without_cycles_keep_all_edges():
    assert break_cycles(4, [(3, 2), (2, 1), (1, 0)], range(4)) == set()
    assert len(break_cycles(3, [(0, 1), (1, 2), (2, 0)], range(3))) == 1


def test_two_parallel_chains_do_not_cross():
    edges = [(0, 3), (1, 2), (2, 5), (3, 4)]
    edges += [(0, 6), (1, 6)]
    (layers,) = make_layers(7, edges, range(7)).blocks
    first = [layer.index(a) < layer.index(b) for layer, a, b in zip(layers[:3], (0, 3, 4), (1, 2, 5), strict=True)]
    assert len(set(first)) == 1


@QUICK
@given(digraphs(), st.randoms(use_true_random=False))
def test_no_two_nodes_overlap(graph, chance):
    count, edges = graph[0], unique(graph[1])
    layers = make_layers(count, edges, range(count))
    total = 1 + max((node for block in layers.blocks for layer in block for node in layer), default=-1)
    widths = [chance.choice([20.0, 80.0, 300.0]) if node < count else DUMMY_WIDTH for node in range(total)]
    heights = [chance.choice([20.0, 42.0]) if node < count else 0.0 for node in range(total)]
    segments = [Segment(a, b, chance.choice([0.001, 1.0, 8.0])) for chain in layers.chains for a, b in pairwise(chain)]
    ported = chance.randrange(len(layers.blocks) + 1)
    placement = place(layers.blocks, ported, widths, heights, segments, layers.chains)
    x, tops = placement.x, placement.tops
    for block in layers.blocks:
        for layer in block:
            for left, right in pairwise(layer):
                assert x[left] + widths[left] / 2 < x[right] - widths[right] / 2
                assert tops[left] == tops[right]
        for above, below in pairwise(block):
            assert tops[below[0]] > tops[above[0]] + placement.heights[above[0]]
    for node in range(total):
        assert x[node] - widths[node] / 2 >= -1e-6
        assert x[node] + widths[node] / 2 <= placement.width + 1e-6
        assert tops[node] + placement.heights[node] <= placement.height + 1e-6
        for other in range(node):
            apart = abs(x[node] - x[other]) >= (widths[node] + widths[other]) / 2 - 1e-6
            below = tops[node] >= tops[other] + placement.heights[other] - 1e-6
            assert apart or below or tops[other] >= tops[node] + placement.heights[node] - 1e-6


def test_a_chain_is_drawn_upright_and_what_is_light_stands_beside_it():
    # 0 -> 1 -> 2, and a light input of 1 and of 2.
    chains = [[0, 1], [1, 2], [3, 1], [4, 2]]
    segments = [Segment(0, 1, 1.0), Segment(1, 2, 1.0), Segment(3, 1, 0.001), Segment(4, 2, 0.001)]
    x = place([[[0, 3], [1, 4], [2]]], 0, [50.0] * 5, [30.0] * 5, segments, chains).x
    assert max(x[:3]) - min(x[:3]) < 1.0


def test_time_grows_about_linearly_with_the_graph():
    def seconds(count: int) -> float:
        chance = random.Random(count)
        edges = unique([(max(0, node - 1 - chance.randrange(8)), node) for node in range(1, count) for _ in range(2)])
        started = time.perf_counter()
        make_layers(count, edges, range(count))
        return time.perf_counter() - started

    seconds(200)
    small, large = seconds(500), seconds(5000)
    assert large < 60 * small
    assert large < 20
