"""Depthwise convolutions, in which each channel has a filter of its own: forward, and both gradients.

Channels are in the lanes of vectors, of what the windows see, of the filter [i, j, c], and of the output.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from graphrt.native.builder import Builder, Type, Value, constant
from graphrt.native.kernel import Lowering
from graphrt.native.kernels.conv_filter import FilterGradient
from graphrt.native.kernels.conv_input import InputGradient, Phase
from graphrt.native.kernels.correlation import Block, Correlation, Correlator, Masks, Placement, times
from graphrt.native.kernels.windows import (
    each,
    element_lanes,
    load,
    multiply_add,
    number,
    split,
    start_of,
    store,
    tail_masks,
    total,
    vector_registers,
)
from graphrt.native.records import Windows

_MOST_VECTORS = 3


class Depthwise(Correlator):
    """One correlation; ``outputs`` are the channels. A block is some pixels of one vector of channels."""

    def __init__(self, correlation: Correlation, lanes: int) -> None:
        w = correlation.windows
        most = vector_registers(lanes) // 2
        block = min(Block.choices(w.counts, most), key=lambda one: one.number(w.counts) * (one.rows * one.columns + 2))
        super().__init__(correlation, lanes, block, element_lanes(correlation.element, lanes))

    @property
    def multiplications(self) -> int:
        return self.c.batch * math.prod(self.c.windows.counts) * math.prod(self.c.windows.taps) * self.c.outputs

    @property
    def filter_strides(self) -> tuple[int, int, int, int]:
        return self.c.windows.taps[1] * self.c.outputs, self.c.outputs, 0, 1

    @contextmanager
    def _outputs(self, b: Builder) -> Iterator[tuple[Value, Masks]]:
        with each(b, self.c.outputs, self.type.lanes) as o:
            if self.c.outputs % self.type.lanes:
                yield o, tail_masks(b, total(b, self.c.outputs, (o, -1)), 1, self.type.lanes)
            else:
                yield o, [None]

    def _sums(self, b: Builder, at: Value, weights: Value, o: Value, masks: Masks) -> list[Value]:
        c, w, tile = self.c, self.c.windows, self.tile
        assert tile is not None
        offsets = self._offsets()
        seen = b.element(at, c.element, o)
        with b.loop(0, w.taps[0], carried=[seen, weights, *[constant(self.type, 0)] * len(offsets)]) as rows:
            with b.loop(0, w.taps[1], carried=rows.carried) as taps:
                here, row, *sums = taps.carried
                factor = load(b, self.type, b.element(row, c.element, 0), masks[0])
                for i, offset in enumerate(offsets):
                    value = load(b, self.type, b.element(here, c.element, offset), masks[0])
                    sums[i] = multiply_add(b, value, factor, sums[i])
                right = w.dilations[1] * w.image[2]
                taps.carry([b.element(here, c.element, right), b.element(row, c.element, c.outputs), *sums])
            down = b.element(rows.carried[0], c.element, w.dilations[0] * tile.pitch)
            rows.carry([down, *taps.results[1:]])
        return rows.results[2:]

    def _write(self, b: Builder, sums: Sequence[Value], target: Value, masks: Masks) -> None:
        for value, place in zip(sums, self._places(), strict=True):
            store(b, value, b.element(target, self.c.element, place), masks[0])


def forward(element: Type, batch: int, windows: Windows, lanes: int) -> Lowering | None:
    """Inputs are the images and the filter. None if a window is too large for the stack."""
    height, width = windows.counts
    channels = windows.image[2]
    placement = Placement(0, height * width * channels, width * channels, channels)
    code = Depthwise(Correlation(element, batch, windows, channels, placement), lanes)
    kernel = code.kernel(f"depthwise conv2d {batch}x{times(windows.image)} * {times(windows.taps)}", 0, 1, 2)
    return None if kernel is None else Lowering((kernel,))


class DepthwiseInput(InputGradient):
    """The gradient with respect to the images; as that of conv2d, but that no channels are exchanged."""

    title = "depthwise conv2d"

    def _correlator(self, correlation: Correlation) -> Correlator:
        return Depthwise(correlation, self.lanes)

    def _filter_size(self, rows: Phase, columns: Phase) -> int:
        return rows.count * columns.count * self.outputs

    def emit_transposed(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """Writes the filter for each phase, its taps mirrored; items are the channels."""
        channels = self.outputs
        down, right = self.windows.taps[1] * channels, channels
        for rows, columns, place, strides in self.filters:
            last = (rows.first + (rows.count - 1) * rows.step) * down
            last += (columns.first + (columns.count - 1) * columns.step) * right
            with each(b, rows.count) as i, each(b, columns.count) as j, b.loop(begin, end) as c:
                source = total(b, last, (i, -rows.step * down), (j, -columns.step * right), c.index)
                target = total(b, place, (i, strides[0]), (j, strides[1]), c.index)
                value = b.load(self.element, b.element(pointers[1], self.element, source))
                b.store(value, b.element(pointers[4], self.element, target))


def input_gradient(element: Type, batch: int, windows: Windows, lanes: int) -> Lowering | None:
    """Inputs are the sizes of the images, the filter and the output's gradient."""
    return DepthwiseInput(element, batch, windows, windows.image[2], lanes).lowering()


class DepthwiseFilter(FilterGradient):
    """The gradient with respect to the filter. A block is some rows of taps by some vectors of channels."""

    def __init__(self, element: Type, batch: int, windows: Windows, lanes: int) -> None:
        channels, width = windows.image[2], element_lanes(element, lanes)
        registers = vector_registers(lanes) - 4
        kh, kw = windows.taps
        choices = []
        for v in range(1, min(-(-channels // width), _MOST_VECTORS) + 1):
            for rows in range(1, min(kh, registers // (kw * v)) + 1):
                blocks = -(-kh // rows) * -(-channels // (v * width))
                choices.append((blocks * (rows * kw * v + v + 2), v, rows))
        _, self.vectors, self.rows = min(choices, default=(0, 1, 1))
        self.a_column = -(-kh // self.rows)
        count = self.a_column * -(-channels // (self.vectors * width))
        elements = self.rows * kw * self.vectors * width
        super().__init__(element, batch, windows, channels, lanes, count, elements, self.vectors * width)

    @property
    def taps(self) -> int:
        return math.prod(self.windows.taps)

    def _block(
        self, b: Builder, item: Value, seen: Value, gradient: Value, sums: Value, rows: Value, columns: Value
    ) -> None:
        w, tile, lanes, width = self.windows, self.tile, self.type.lanes, self.vectors * self.type.lanes
        assert tile is not None
        block, index = split(b, item, self.a_column)
        row = start_of(b, index, w.taps[0], self.rows)
        channel = total(b, (block, width))
        masks: list[Value | None] = [None] * self.vectors
        if self.outputs % width:
            masks = list(tail_masks(b, total(b, self.outputs, (channel, -1)), self.vectors, lanes))

        def products(at: Sequence[Value]) -> Iterable[tuple[Value, Value]]:
            dy = [load(b, self.type, b.element(at[1], self.element, v * lanes), m) for v, m in enumerate(masks)]
            for i in range(self.rows):
                for j in range(w.taps[1]):
                    offset = i * w.dilations[0] * tile.pitch + j * w.dilations[1] * w.image[2]
                    for v, mask in enumerate(masks):
                        yield load(b, self.type, b.element(at[0], self.element, offset + v * lanes), mask), dy[v]

        at = b.element(seen, self.element, total(b, channel, (row, w.dilations[0] * tile.pitch)))
        self._pixels(b, (at, b.element(gradient, self.element, channel)), sums, (rows, columns), products)

    def emit_sums(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        _, _, _, out, scratch = pointers
        lanes, width = self.type.lanes, self.vectors * self.type.lanes
        with b.loop(begin, end) as items:
            i, j = split(b, items.index, self.windows.taps[1])
            index = b.div(i, number(self.rows))
            row = b.sub(i, start_of(b, index, self.windows.taps[0], self.rows))
            position = total(b, (index, self.elements), (row, self.windows.taps[1] * width), (j, width))
            with each(b, self.outputs, lanes) as c:
                block, within = split(b, c, width)
                at = total(b, position, (block, self.a_column * self.elements), within)
                value = self._total(b, self.type, scratch, at)
                mask = None if self.outputs % lanes == 0 else b.mask(total(b, self.outputs, (c, -1)), lanes)
                store(b, value, b.element(out, self.element, total(b, (items.index, self.outputs), c)), mask)


def filter_gradient(element: Type, batch: int, windows: Windows, lanes: int) -> Lowering | None:
    """Inputs are the images, the sizes of the filter and the output's gradient. None if a row of taps is too long."""
    if windows.taps[1] > vector_registers(lanes) - 4:
        return None
    return DepthwiseFilter(element, batch, windows, lanes).lowering()
