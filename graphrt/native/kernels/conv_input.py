"""The gradient of a convolution with respect to the images.

It is a convolution of the output's gradient with the transposed and mirrored filter; with strides, one for each phase
of the pixels (their position modulo the stride), which meets only some taps. So no product with a zero between the
elements of a spread gradient is computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graphrt.native.builder import Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.correlation import Correlation, Correlator, Placement, times
from graphrt.native.kernels.dots import correlator
from graphrt.native.kernels.windows import each, element_lanes, split, store, total
from graphrt.native.records import Windows


@dataclass(frozen=True)
class Phase:
    """Which taps the positions ``phase``, ``phase + stride``, ... of an image meet along one axis, and where.

    ``first``, ``step`` and ``count`` tell the taps; mirrored, they see the gradient of the output ``dilation`` apart,
    from ``origin``; ``length`` is how many positions there are.
    """

    first: int
    step: int
    count: int
    origin: int
    dilation: int
    length: int

    @staticmethod
    def of(windows: Windows, axis: int, phase: int) -> Phase:
        taps, stride, dilation = windows.taps[axis], windows.strides[axis], windows.dilations[axis]
        common = math.gcd(stride, dilation)
        step, spread = stride // common, dilation // common
        away = phase - windows.origin[axis]
        first = next((i for i in range(min(taps, step)) if (away - i * dilation) % stride == 0), taps)
        count = len(range(first, taps, step))
        start = (away - first * dilation) // stride - (count - 1) * spread
        return Phase(first, step, count, start, spread, max(-(-(windows.image[axis] - phase) // stride), 0))


class InputGradient:
    """Its kernels; inputs are the sizes of the images, the filter and the output's gradient.

    ``windows`` and ``outputs`` are those of the convolution.
    """

    title = "conv2d"

    def __init__(self, element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> None:
        self.element, self.batch, self.windows, self.outputs, self.lanes = element, batch, windows, outputs, lanes
        self.filters: list[tuple[Phase, Phase, int, tuple[int, int, int, int]]] = []
        self.phases = [
            (y, x, Phase.of(windows, 0, y), Phase.of(windows, 1, x))
            for y in range(min(windows.strides[0], windows.image[0]))
            for x in range(min(windows.strides[1], windows.image[1]))
        ]

    def lowering(self) -> Lowering | None:
        """None if a window is too large for the stack."""
        w = self.windows
        shape = f"{self.batch}x{times(w.image)} * {times(w.taps)}x{w.image[2]}x{self.outputs}"
        kernels, offset = [], 0
        for y, x, rows, columns in self.phases:
            if not (rows.count and columns.count):
                kernels.append(self._zeros(rows.length, columns.length, self._placement(y, x)))
                continue
            code = self._phase(y, x, rows, columns, offset)
            kernel = code.kernel(f"{self.title} input gradient {shape}", 2, 4, 3)
            if kernel is None:
                return None
            kernels.append(kernel)
            self.filters.append((rows, columns, offset, code.filter_strides))
            offset += self._filter_size(rows, columns)
        size = self.element.bytes * max(offset, 1)
        transpose = Kernel(f"transposed filter of {shape}", self.emit_transposed, self.outputs, 0.0, 2.0 * size)
        return Lowering((transpose, *kernels), (size,))

    def _placement(self, y: int, x: int) -> Placement:
        """Where the pixels of a phase go."""
        height, width, channels = self.windows.image
        row = width * channels
        down, right = self.windows.strides
        return Placement(y * row + x * channels, height * row, down * row, right * channels)

    def _phase(self, y: int, x: int, rows: Phase, columns: Phase, offset: int) -> Correlator:
        seen = Windows(
            (*self.windows.counts, self.outputs),
            (rows.length, columns.length),
            (rows.count, columns.count),
            (1, 1),
            (rows.dilation, columns.dilation),
            (rows.origin, columns.origin),
        )
        channels = self.windows.image[2]
        place = self._placement(y, x)
        return self._correlator(Correlation(self.element, self.batch, seen, channels, place, offset))

    def _correlator(self, correlation: Correlation) -> Correlator:
        return correlator(correlation, self.lanes)

    def _filter_size(self, rows: Phase, columns: Phase) -> int:
        """Elements of the filter of a phase."""
        return rows.count * columns.count * self.windows.image[2] * self.outputs

    def _zeros(self, rows: int, columns: int, place: Placement) -> Kernel:
        """Zeros at pixels that no window sees."""
        type = vector(self.element, element_lanes(self.element, self.lanes))
        channels = self.windows.image[2]

        def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end) as items, each(b, columns) as x, each(b, channels, type.lanes) as c:
                n, y = split(b, items.index, rows)
                at = total(b, place.offset, (n, place.image), (y, place.row), (x, place.pixel), c)
                mask = None if channels % type.lanes == 0 else b.mask(total(b, channels, (c, -1)), type.lanes)
                store(b, constant(type, 0), b.element(pointers[3], self.element, at), mask)

        size = self.batch * rows * columns * channels * self.element.bytes
        return Kernel("zeros of an unseen phase", emit, self.batch * rows, 0.0, float(size))

    def emit_transposed(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """Writes the filter for each phase, its taps mirrored and its channels exchanged; items are the outputs."""
        channels, outputs = self.windows.image[2], self.outputs
        down, right = self.windows.taps[1] * channels * outputs, channels * outputs
        for rows, columns, place, strides in self.filters:
            last = (rows.first + (rows.count - 1) * rows.step) * down
            last += (columns.first + (columns.count - 1) * columns.step) * right
            with each(b, rows.count) as i, each(b, columns.count) as j:
                source = total(b, last, (i, -rows.step * down), (j, -columns.step * right))
                target = total(b, place, (i, strides[0]), (j, strides[1]))
                with b.loop(begin, end) as o, each(b, channels) as c:
                    read = b.element(pointers[1], self.element, total(b, source, o.index, (c, outputs)))
                    at = total(b, target, (o.index, strides[2]), (c, strides[3]))
                    b.store(b.load(self.element, read), b.element(pointers[4], self.element, at))


def input_gradient(element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> Lowering | None:
    """conv2d's gradient with respect to the images; inputs are their sizes, the filter and the output's gradient."""
    return InputGradient(element, batch, windows, outputs, lanes).lowering()
