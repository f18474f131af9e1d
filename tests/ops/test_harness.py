"""The harness finds what it is there to find: each test breaks an op in one way."""

from __future__ import annotations

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef import OpDef, registry
from graphrt_ops.shapes import FLOATS, unchanged
from tests.ops import harness
from tests.ops.harness import case, normal, sample

SAMPLES = [sample(normal(2, 3)), sample(normal()), sample(normal(0, 2))]


@pytest.fixture
def doubled(monkeypatch):
    """Makes ops that should double their input, and takes them out of the register afterwards.

    Some have faults that only NumPy has room for: they run on the CPU, whatever the other tests run on."""
    monkeypatch.setenv("GRAPHRT_BACKEND", "numpy")
    made = []

    def make(kernel=lambda xp, x: x + x, gradient=lambda op, dy: dy * 2.0, overwrites=(), infer=unchanged, scalar=None):
        opdef = OpDef(
            f"HarnessDouble{len(made)}", "x", "y", dtypes=FLOATS, infer=infer, overwrites=overwrites, elementwise=True
        )
        made.append(opdef.type)
        opdef.kernel(kernel)
        opdef.gradient(gradient)
        if scalar is not None:
            opdef.scalar(scalar)
        row = case(lambda x: opdef(x), lambda x: 2 * x, SAMPLES, name=opdef.type)
        harness.ALL.remove(row)
        return row

    yield make
    for op_type in made:
        del registry._OPDEFS[op_type]


def test_a_right_op_passes_every_check(doubled) -> None:
    for row, check, detail in harness._checks_of(doubled(scalar=lambda m, x: 2 * x)):
        check(row, detail)


def test_a_wrong_gradient(doubled) -> None:
    with pytest.raises(AssertionError, match="derivative of HarnessDouble"):
        harness.check_gradient(doubled(gradient=lambda op, dy: dy * 2.001), "float64")


def test_a_gradient_of_the_wrong_shape(doubled) -> None:
    with pytest.raises((AssertionError, ValueError), match=r"gradient|compatible"):
        harness.check_gradient(doubled(gradient=lambda op, dy: tf.reduce_sum(dy)), "float64")


def test_a_wrong_second_gradient(doubled) -> None:
    """The first gradient is right, but its graph hides how it depends on x."""

    def gradient(op, dy):
        return dy * 2.0 * tf.stop_gradient(op.inputs[0])

    row = doubled(kernel=lambda xp, x: x * x, gradient=gradient)
    harness.check_gradient(row, "float64")
    with pytest.raises(AssertionError, match="derivative of HarnessDouble"):
        harness.check_second_gradient(row, "float64")


def test_a_missing_gradient(doubled) -> None:
    with pytest.raises(AssertionError, match="derivative of HarnessDouble"):
        harness.check_gradient(doubled(gradient=lambda op, dy: None), "float64")


def test_a_wrong_value(doubled) -> None:
    with pytest.raises(AssertionError, match="HarnessDouble"):
        harness.check_forward(doubled(kernel=lambda xp, x: x + x * 1.001), "float32")


def test_a_wrong_type(doubled) -> None:
    with pytest.raises(AssertionError, match="made float64, declared"):
        harness.check_forward(doubled(kernel=lambda xp, x: (x + x).astype(np.float64)), "float32")


def test_a_wrong_static_shape(doubled) -> None:
    row = doubled(infer=lambda op: tf.TensorShape([7]))
    with pytest.raises(AssertionError, match="declared"):
        harness.check_forward(row, "float32")


def test_an_overwritten_input(doubled) -> None:
    def kernel(xp, x):
        x += x
        return x

    with pytest.raises((ValueError, tf.errors.OpError), match="read-only"):
        harness.check_forward(doubled(kernel=kernel), "float32")


def test_a_kernel_that_expects_contiguous_memory(doubled) -> None:
    def kernel(xp, x):
        return (np.frombuffer(x.tobytes(order="A"), x.dtype).reshape(x.shape)) * 2

    row = doubled(kernel=kernel)
    harness.check_forward(row, "float32")
    with pytest.raises(AssertionError, match="_transposed_in_memory"):
        harness.check_strided(row, "float32")


def test_a_kernel_that_reads_what_it_has_overwritten(doubled) -> None:
    def kernel(xp, x, out=None):
        if out is None:
            return x + x
        out[...] = 0
        return xp.add(x, x, out=out)

    with pytest.raises(AssertionError, match="in place"):
        harness.check_in_place(doubled(kernel=kernel, overwrites=(0,)), "float32")


def test_a_wrong_scalar_expression(doubled) -> None:
    with pytest.raises(AssertionError, match="scalar expression of HarnessDouble"):
        harness.check_scalar_expression(doubled(scalar=lambda m, x: 3 * x), "float32")
