"""The gradient of a convolution with respect to a filter that has few outputs.

The (tap, channel)s that lie side by side in the image are in the lanes of vectors; the numbers that these are
multiplied by are the output's gradient. So a block of accumulators is all outputs by some vectors of (tap, channel)s.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphrt.native.builder import Builder, Type, Value, vector
from graphrt.native.kernel import Lowering
from graphrt.native.kernels.conv_filter import FilterGradient, Wide
from graphrt.native.kernels.windows import (
    each,
    element_lanes,
    number,
    split,
    start_of,
    step_cycles,
    total,
    vector_registers,
)
from graphrt.native.records import Windows

_MOST_OUTPUTS = 8


class Narrow(FilterGradient):
    """(tap, channel)s in the lanes of vectors.

    A block has ``vectors`` neighbouring vectors of one run; of runs shorter than a vector it has one vector each of
    ``vectors`` neighbouring rows. The last block is moved back, to end with its run or with the last row.
    """

    def __init__(self, element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> None:
        w, width = windows, element_lanes(element, lanes)
        together = w.dilations[1] == 1
        runs = w.taps[0] * (1 if together else w.taps[1])
        self.length = w.image[2] * (w.taps[1] if together else 1)
        self.short = self.length < width
        most = max((vector_registers(lanes) - 1 - outputs) // outputs, 1)
        available = (runs if together else 1) if self.short else self.length // width
        choices = []
        for v in range(1, min(most, available) + 1):
            blocks = -(-runs // v) if self.short else runs * -(-self.length // (v * width))
            choices.append((blocks * step_cycles(outputs, v), -v, blocks))
        self.cycles, v, count = min(choices)
        self.vectors, self.runs, self.width = -v, runs, width
        super().__init__(element, batch, windows, outputs, lanes, count, outputs * -v * width, outputs)

    @property
    def _a_run(self) -> int:
        """Blocks of a run that is not short."""
        return -(-self.length // (self.vectors * self.width))

    def _block(
        self, b: Builder, item: Value, seen: Value, gradient: Value, sums: Value, rows: Value, columns: Value
    ) -> None:
        numbers = [(1, o, None) for o in range(self.outputs)]
        if self.short:
            tile, mask = self.tile, b.mask(number(self.length), self.width)
            assert tile is not None
            run = start_of(b, item, self.runs, self.vectors)
            row = self.windows.dilations[0] * tile.pitch
            vectors: list[tuple[int, int, Value | None]] = [(0, v * row, mask) for v in range(self.vectors)]
            at = b.element(seen, self.element, total(b, *self.run_offset(b, run)))
        else:
            run, k = split(b, item, self._a_run)
            vectors = [(0, v * self.width, None) for v in range(self.vectors)]
            start = start_of(b, k, self.length, self.vectors * self.width)
            at = b.element(seen, self.element, total(b, start, *self.run_offset(b, run)))
        self._pixels(b, (at, gradient), sums, (rows, columns), self._outer(b, numbers, vectors))

    def emit_sums(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        _, _, _, out, scratch = pointers
        one, across = vector(self.element, 1), self.vectors * self.width
        with b.loop(begin, end) as items:
            run, t = split(b, items.index, self.length)
            if self.short:
                block = b.div(run, number(self.vectors))
                slot = b.sub(run, start_of(b, block, self.runs, self.vectors))
                place = total(b, (block, self.elements), (slot, self.width), t)
            else:
                k = b.div(t, number(across))
                position = b.sub(t, start_of(b, k, self.length, across))
                place = total(b, (run, self._a_run * self.elements), (k, self.elements), position)
            with each(b, self.outputs) as o:
                value = self._total(b, one, scratch, total(b, place, (o, across)))
                b.store(value, b.element(out, self.element, total(b, (items.index, self.outputs), o)))


def filter_gradient(element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> Lowering | None:
    """conv2d's gradient with respect to the filter; inputs are the images, its sizes and the output's gradient.

    None if a window is too large for the stack.
    """
    wide = Wide(element, batch, windows, outputs, lanes)
    if outputs <= min(_MOST_OUTPUTS, wide.type.lanes):
        narrow = Narrow(element, batch, windows, outputs, lanes)
        if narrow.cycles < wide.cycles:
            return narrow.lowering()
    return wide.lowering()
