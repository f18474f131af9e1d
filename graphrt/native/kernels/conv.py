"""conv2d, forward: a correlation of the images with the filter."""

from __future__ import annotations

from collections.abc import Sequence

from graphrt.native.builder import Builder, Type, Value
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.correlation import Correlation, Placement, Wide, times
from graphrt.native.kernels.dots import correlator
from graphrt.native.kernels.windows import each, total
from graphrt.native.records import Windows


def forward(element: Type, batch: int, windows: Windows, outputs: int, lanes: int) -> Lowering | None:
    """Inputs are the images and the filter. None if a window is too large for the stack."""
    height, width = windows.counts
    placement = Placement(0, height * width * outputs, width * outputs, outputs)
    code = correlator(Correlation(element, batch, windows, outputs, placement), lanes)
    shape = f"{batch}x{times(windows.image)} * {times(windows.taps)}x{windows.image[2]}x{outputs}"
    packed = not isinstance(code, Wide)
    kernel = code.kernel(f"conv2d {shape}", 0, 3 if packed else 1, 2)
    if kernel is None:
        return None
    if not packed:
        return Lowering((kernel,))
    kh, kw = windows.taps
    channels = windows.image[2]
    given = kw * channels * outputs, channels * outputs, outputs, 1
    size = kh * given[0] * element.bytes

    def pack(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as c, each(b, kh) as i, each(b, kw) as j, each(b, outputs) as o:
            index = (i, j, c.index, o)
            source = b.element(pointers[1], element, total(b, *zip(index, given, strict=True)))
            target = b.element(pointers[3], element, total(b, *zip(index, code.filter_strides, strict=True)))
            b.store(b.load(element, source), target)

    return Lowering((Kernel(f"rearranged filter of {shape}", pack, channels, 0.0, 2.0 * size), kernel), (size,))
