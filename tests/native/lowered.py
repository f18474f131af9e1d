"""Running the lowering of one node on arrays, beside its ordinary kernel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple
from unittest import mock

import numpy as np

import graphrt as tf
from graphrt.native.kernel import Kernel, Lowering
from graphrt.native.kernels.table import kernels
from graphrt.native.records import View
from graphrt.native.testing import compiled_lowering
from graphrt.opdef import static_value


def node(build, *arrays, constants=()):
    """The Operation that ``build(*tensors)`` declares, of placeholders; those in ``constants`` are constants."""
    with tf.Graph().as_default():
        tensors = [tf.constant(a) if i in constants else tf.placeholder(a.dtype, a.shape) for i, a in enumerate(arrays)]
        made = build(*tensors)
        made = made[0] if isinstance(made, (list, tuple)) else made
        return made if isinstance(made, tf.Operation) else made.op


class TensorOperand(NamedTuple):
    """The shape and type of a tensor or an array, as kernels see it."""

    shape: tuple
    dtype: np.dtype


def operand_of(tensor):
    return TensorOperand(tuple(tensor.shape.as_list()), tensor.dtype.base_dtype.numpy)


def lowering_of(op):
    """What the CPU does for this node: a View, several, or a Lowering; None if it does nothing."""
    record = op.opdef.lowering(op)
    if record is None or type(record) is tuple or isinstance(record, View):
        return record
    return kernels(record, [operand_of(t) for t in op.inputs], [operand_of(t) for t in op.outputs])


def input_arrays(op, given):
    """The value of each input: constants have their own, the others are ``given`` in order."""
    given = list(given)
    return [np.asarray(v) if (v := static_value(t)) is not None else given.pop(0) for t in op.inputs]


def ordinary(op, inputs):
    """What the tier-1 kernel returns, as a list."""
    attrs = {name: op.attrs[name] for name in op.opdef.kernel_attrs}
    results = op.opdef.kernel_function(np, *op.opdef.grouped(inputs, op.attrs), **attrs)
    return [np.asarray(r) for r in (results if isinstance(results, (tuple, list)) else (results,))]


def run(op, given, parts=1, lowering=None, lanes=None):
    """The outputs of the native kernels, and their flag; ``lanes``: with vectors of so many float32."""
    if lanes is not None:
        with mock.patch("graphrt.native.testing.host", lambda: SimpleNamespace(lanes=lanes)):
            return run(op, given, parts, lowering)
    lowering = lowering or lowering_of(op)
    inputs = [np.array(a, order="C") for a in input_arrays(op, given)]
    if isinstance(lowering, View):
        lowering = (lowering,)
    if isinstance(lowering, tuple):
        pairs = zip(lowering, op.outputs, strict=True)
        return [viewed(view, inputs[view.input], tensor.shape.as_list()) for view, tensor in pairs], 0
    assert isinstance(lowering, (Lowering, Kernel)), f"{op.type} is not lowered"
    before = [a.copy() for a in inputs]
    # Outputs hold rubbish, and have a margin that nobody may write to.
    outputs, margins = [], []
    for tensor in op.outputs:
        shape = tensor.shape.as_list()
        count = int(np.prod(shape, dtype=np.int64))
        margin = np.full((count + 256) * tensor.dtype.as_numpy_dtype().itemsize, 0xA7, np.uint8)
        margins.append(margin)
        outputs.append(margin.view(tensor.dtype.as_numpy_dtype)[128 : 128 + count].reshape(shape))
    flag = compiled_lowering(lowering, len(inputs) + len(outputs))(inputs, outputs, parts)
    for array, old in zip(inputs, before, strict=True):
        assert array.tobytes() == old.tobytes(), "an input was written to"
    for margin, output in zip(margins, outputs, strict=True):
        side = 128 * output.itemsize
        assert (margin[:side] == 0xA7).all() and (margin[len(margin) - side :] == 0xA7).all(), "written beyond the ends"
    return [output.copy() for output in outputs], flag


def viewed(view, array, shape):
    """The array that a View describes."""
    strides = [stride * array.itemsize for stride in view.strides]
    flat = array.reshape(-1)[view.offset :]
    return np.lib.stride_tricks.as_strided(flat, shape, strides)
