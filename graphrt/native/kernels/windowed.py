"""Convolutions, pools and their gradients: which of the kernels that are made for each does it."""

from __future__ import annotations

from graphrt.native import records
from graphrt.native.builder import Type
from graphrt.native.kernel import Lowering
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.target import host


def convolution(record: records.Convolution, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32 and float64. None if a window is too large for the stack."""
    element = float_type(outputs[0])
    if element is None or _empty(inputs, outputs):
        return None
    if record.depthwise:
        return _depthwise(record, element)
    given = element, record.batch, record.windows, record.outputs, host().lanes
    if record.wanted == "output":
        from graphrt.native.kernels.conv import forward

        return forward(*given)
    if record.wanted == "images":
        from graphrt.native.kernels.conv_input import input_gradient

        return input_gradient(*given)
    from graphrt.native.kernels.conv_filter_few import filter_gradient

    return filter_gradient(*given)


def _depthwise(record: records.Convolution, element: Type) -> Lowering | None:
    """One output a channel."""
    from graphrt.native.kernels import depthwise

    if record.outputs != record.windows.image[2]:
        return None
    made = {"output": depthwise.forward, "images": depthwise.input_gradient, "filter": depthwise.filter_gradient}
    return made[record.wanted](element, record.batch, record.windows, host().lanes)


def pool(record: records.Pool, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32 and float64."""
    from graphrt.native.kernels.pooling import Pool

    element = float_type(outputs[0])
    if element is None or _empty(inputs, outputs):
        return None
    return Pool(record.how, element, record.batch, record.windows, host().lanes).forward()


def pool_gradient(record: records.PoolGradient, inputs: Operands, outputs: Operands) -> Lowering | None:
    """Of float32 and float64."""
    from graphrt.native.kernels.pooling import Pool

    element = float_type(outputs[0])
    if element is None or _empty(inputs, outputs):
        return None
    return Pool(record.how, element, record.batch, record.windows, host().lanes).gradient()


def _empty(inputs: Operands, outputs: Operands) -> bool:
    return any(0 in operand.shape for operand in (*inputs, *outputs))
