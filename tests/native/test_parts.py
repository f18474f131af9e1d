"""Long reductions over the first axis, in parts that several threads can do."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from graphrt.native.expressions import Tracer
from graphrt.native.loops import Loop, Operand, Sink
from graphrt.native.testing import compiled_lowering


def doubled_sums(rows, columns, divisor=1):
    """``y = 2 x`` and the sums of y over its rows."""
    tracer = Tracer()
    value = tracer.input(0, "f") * 2.0
    whole = Operand((columns, 1), "f")
    return Loop((rows, columns), [whole], [(value, whole)], [Sink("add", value, Operand((0, 1), "f"), divisor)])


@pytest.mark.parametrize(("rows", "columns"), [(16384, 32), (12000, 33), (9001 * 5, 17)])
@pytest.mark.parametrize("cut", [1, 2])
def test_against_numpy(rows, columns, cut):
    lowering = doubled_sums(rows, columns, divisor=rows).lowering("test")
    assert len(lowering.kernels) == 2
    assert lowering.kernels[0].count > 1
    x = np.random.default_rng(rows).normal(size=(rows, columns)).astype(np.float32)
    y, means = np.full_like(x, np.nan), np.full(columns, np.nan, np.float32)
    compiled_lowering(lowering, 3)([x], [y, means], parts=cut)
    np.testing.assert_array_equal(y, 2 * x)
    np.testing.assert_allclose(means, (2 * x.astype(np.float64)).mean(0), 1e-5, 1e-6)


def test_short_ones_and_those_that_cannot_be_cut_evenly_stay_whole():
    assert len(doubled_sums(100, 32).lowering("test").kernels) == 1
    assert len(doubled_sums(15013, 32).lowering("test").kernels) == 1  # a prime number of rows
