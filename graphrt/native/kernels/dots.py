"""Convolutions with few output channels: dot products, with what they sum over in the lanes of vectors.

A block is some output pixels by some (few) output channels, with a vector of partial sums each. One step loads a vector
of each pixel's window and a vector of the filter for each channel. At the end the lanes of each vector are summed, of
many vectors at the same time, by a tree of shuffles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from graphrt.native.builder import Builder, Value, constant
from graphrt.native.kernels.correlation import Block, Correlation, Correlator, Masks, Wide
from graphrt.native.kernels.windows import (
    element_lanes,
    load,
    multiply_add,
    number,
    overlapping,
    step_cycles,
    unrolled,
    vector_registers,
)

_MOST_OUTPUTS = 8


class Dots(Correlator):
    """What lies side by side in the image in the lanes of vectors; the filter is [run, o, element of the run]."""

    def __init__(self, correlation: Correlation, lanes: int) -> None:
        at_once = min(correlation.outputs, _MOST_OUTPUTS)
        self.cycles, block = self._best(correlation, lanes, at_once)
        super().__init__(correlation, lanes, block, at_once)

    @staticmethod
    def _best(correlation: Correlation, lanes: int, at_once: int) -> tuple[float, Block]:
        """The pixels that take the fewest cycles in all."""
        w = correlation.windows
        together = w.dilations[1] == 1
        runs, length = (w.taps[0], w.taps[1] * w.image[2]) if together else (w.taps[0] * w.taps[1], w.image[2])
        width = element_lanes(correlation.element, lanes)
        steps = runs * -(-length // width)
        registers = vector_registers(lanes)
        choices = []
        for block in Block.choices(w.counts, max((registers - 1 - at_once) // at_once, 1)):
            pixels = block.rows * block.columns
            sums = pixels * at_once
            # Of the tree: two shuffles a vector of sums, one a cycle; then an extraction and a store each.
            cycles = steps * step_cycles(pixels, at_once) + 2 * -(-sums // width) * width + 2 * sums
            choices.append((-(-correlation.outputs // at_once) * block.number(w.counts) * cycles, block))
        return min(choices, key=lambda choice: (choice[0], -choice[1].columns))

    @property
    def filter_strides(self) -> tuple[int, int, int, int]:
        w = self.c.windows
        run = self.run_length * self.c.outputs
        if w.dilations[1] == 1:
            return run, w.image[2], 1, self.run_length
        return w.taps[1] * run, run, 1, self.run_length

    @property
    def accumulators(self) -> int:
        return self.block.rows * self.block.columns * self.outputs_at_once

    @contextmanager
    def _outputs(self, b: Builder) -> Iterator[tuple[Value, Masks]]:
        """The only mask is that of the last vector of a run."""
        left = self.run_length % self.type.lanes
        mask = b.mask(number(left), self.type.lanes) if left else None
        with overlapping(b, self.c.outputs, self.outputs_at_once) as o:
            yield o, [mask]

    def _run(self, b: Builder, length: int, state: list[Value], masks: Masks) -> list[Value]:
        element, lanes = self.c.element, self.type.lanes
        weights = state[1]
        whole = length // lanes
        count = unrolled(whole, self.accumulators, self.registers)
        if whole == count:
            state = self._steps(b, whole, state, None)
        elif whole:
            with b.loop(0, whole, count, carried=state) as loop:
                loop.carry(self._steps(b, count, loop.carried, None))
            state = loop.results
        if length % lanes:
            state = self._steps(b, 1, state, masks[0])
        return [state[0], b.element(weights, element, length * self.c.outputs), *state[2:]]

    def _steps(self, b: Builder, count: int, state: Sequence[Value], mask: Value | None) -> list[Value]:
        element, lanes = self.c.element, self.type.lanes
        at, weights, *sums = state
        for step in range(count):
            rows = [
                load(b, self.type, b.element(weights, element, o * self.run_length + step * lanes), mask)
                for o in range(self.outputs_at_once)
            ]
            for pixel, offset in enumerate(self._offsets()):
                here = load(b, self.type, b.element(at, element, offset + step * lanes), mask)
                for o, row in enumerate(rows):
                    i = pixel * self.outputs_at_once + o
                    sums[i] = multiply_add(b, here, row, sums[i])
        return [b.element(at, element, count * lanes), b.element(weights, element, count * lanes), *sums]

    def _write(self, b: Builder, sums: Sequence[Value], target: Value, masks: Masks) -> None:
        lanes = self.type.lanes
        places = [place + o for place in self._places() for o in range(self.outputs_at_once)]
        for first in range(0, len(sums), lanes):
            several = list(sums[first : first + lanes])
            several += [constant(self.type, 0)] * (lanes - len(several))
            folded = folded_together(b, several)
            for lane, place in enumerate(places[first : first + lanes]):
                b.store(b.lane(folded, lane), b.element(target, self.c.element, place))


def folded_together(b: Builder, vectors: Sequence[Value]) -> Value:
    """The sum of the lanes of each of as many vectors as they have lanes, side by side."""
    lanes = vectors[0].type.lanes
    group = lanes  # lanes of one vector's partial sums
    while group > 1:
        half = group // 2
        starts = [v * lanes + g for v in (0, 1) for g in range(0, lanes, group)]
        low = [start + i for start in starts for i in range(half)]
        high = [lane + half for lane in low]
        vectors = [
            b.add(b.shuffle(x, y, low), b.shuffle(x, y, high)) for x, y in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        group = half
    return vectors[0]


def correlator(correlation: Correlation, lanes: int) -> Correlator:
    """The faster one of the two kinds."""
    wide = Wide(correlation, lanes)
    if correlation.outputs >= element_lanes(correlation.element, lanes):
        return wide
    dots = Dots(correlation, lanes)
    return dots if dots.cycles < wide.cycles else wide
