"""Fused loops against NumPy: any domain, broadcasts, strides, reductions over any axes, cut in parts, in place."""

from __future__ import annotations

import math
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphrt.native.expressions import Tracer
from graphrt.native.loops import Loop, Operand, Sink
from graphrt.native.records import contiguous_strides
from graphrt.native.testing import compiled_lowering

DRAWN = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
TYPES = ("f4", "f8", "i4", "i8", "?")
SIZES = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 53, 130)
MARGIN = 64  # elements on each side of an output, which nobody may write to


def values(rng, shape, dtype):
    """Numbers whose sums and products are exact in every type."""
    if np.dtype(dtype) == bool:
        return rng.integers(0, 2, shape).astype(bool)
    return rng.integers(-3, 4, shape).astype(dtype)


def seen(array, domain):
    """The strides of an array in a domain that it broadcasts to, in elements."""
    shown = np.broadcast_to(array, domain)
    return tuple(s // array.itemsize if n != 1 else 0 for s, n in zip(shown.strides, domain, strict=True))


class Result:
    """An output with margins."""

    def __init__(self, shape, dtype):
        count = math.prod(shape)
        self.whole = np.frombuffer(b"\xa5" * ((count + 2 * MARGIN) * np.dtype(dtype).itemsize), np.uint8).copy()
        self.array = self.whole.view(dtype)[MARGIN : MARGIN + count].reshape(shape)

    def check_margins(self):
        side = MARGIN * self.array.itemsize
        assert (self.whole[:side] == 0xA5).all() and (self.whole[len(self.whole) - side :] == 0xA5).all()


def run(loop, inputs, outputs, parts=1, lanes=None):
    """Runs the loop; the arrays may lie in any way, since the pointers are to their first elements."""
    flat = [np.lib.stride_tricks.as_strided(a, (1,), (a.itemsize,)) for a in inputs]
    kernel = loop.kernel("test")
    if lanes is None:
        return compiled_lowering(kernel, len(inputs) + len(outputs))(flat, outputs, parts)
    with mock.patch("graphrt.native.testing.host", lambda: SimpleNamespace(lanes=lanes)):
        return compiled_lowering(kernel, len(inputs) + len(outputs))(flat, outputs, parts)


domains = st.lists(st.sampled_from(SIZES), min_size=0, max_size=4).filter(lambda d: math.prod(d) <= 6000).map(tuple)


@st.composite
def arrays(draw, domain, dtype):
    """An array that broadcasts to the domain: some axes of one element, transposed, reversed, or with steps."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    shape = [1 if draw(st.booleans()) and draw(st.booleans()) else n for n in domain]
    how = draw(st.sampled_from(["plain", "plain", "transposed", "stepped", "reversed", "shifted"]))
    if how == "transposed":
        order = draw(st.permutations(range(len(shape))))
        array = values(rng, [shape[i] for i in order], dtype).transpose(np.argsort(order))
    elif how == "stepped" and shape:
        array = values(rng, [*shape[:-1], 2 * shape[-1]], dtype)[..., ::2]
    elif how == "reversed" and shape:
        array = values(rng, shape, dtype)[::-1]
    elif how == "shifted" and shape:
        array = values(rng, [*shape[:-1], shape[-1] + 3], dtype)[..., 1:-2]
    else:
        array = values(rng, shape, dtype)
    assert list(array.shape) == shape
    return array


@st.composite
def problems(draw):
    domain = draw(domains)
    dtype = draw(st.sampled_from(TYPES))
    return domain, dtype, draw(arrays(domain, dtype)), draw(arrays(domain, dtype)), draw(st.integers(1, 4))


def combined(dtype, m, x, y):
    """Some arithmetic that is exact in each type, by numbers or by expressions."""
    if np.dtype(dtype) == bool:
        return (x & y) | ~x
    return m.maximum(x * 2 + y, y - x)


LANES = st.sampled_from([None, None, 4, 8, 16])


@DRAWN
@given(problems(), LANES)
def test_elementwise(problem, lanes):
    domain, dtype, x, y, parts = problem
    tracer = Tracer()
    a, b = tracer.input(0, x.dtype), tracer.input(1, y.dtype)
    own = Operand(contiguous_strides(domain), x.dtype.char)
    truth = Operand(own.strides, "?")
    loop = Loop(domain, [Operand(seen(x, domain), x.dtype.char), Operand(seen(y, domain), y.dtype.char)])
    loop.outputs = [(combined(dtype, tracer, a, b), own), (a.__eq__(b), truth)]
    results = Result(domain, x.dtype), Result(domain, bool)
    run(loop, [x, y], [r.array for r in results], parts, lanes)
    np.testing.assert_array_equal(results[0].array, np.broadcast_to(combined(dtype, np, x, y), domain))
    np.testing.assert_array_equal(results[1].array, np.broadcast_to(x == y, domain))
    for result in results:
        result.check_margins()


REDUCTIONS = {"add": np.add, "mul": np.multiply, "minimum": np.minimum, "maximum": np.maximum}
TRUTHS = {"or_": np.logical_or, "and_": np.logical_and}


@DRAWN
@given(problems(), st.data(), LANES)
def test_reductions_beside_an_output(problem, data, lanes):
    domain, dtype, x, y, parts = problem
    tracer = Tracer()
    a, b = tracer.input(0, x.dtype), tracer.input(1, y.dtype)
    made = combined(dtype, tracer, a, b)
    expected = np.broadcast_to(combined(dtype, np, x, y), domain)
    own = Operand(contiguous_strides(domain), x.dtype.char)
    loop = Loop(domain, [Operand(seen(x, domain), x.dtype.char), Operand(seen(y, domain), y.dtype.char)])
    stored = data.draw(st.booleans())
    loop.outputs = [(made, own)] if stored else []
    results = [Result(domain, x.dtype)] if stored else []
    wanted = [expected] if stored else []
    for _ in range(data.draw(st.integers(1, 3))):
        how = data.draw(st.sampled_from(sorted(TRUTHS if dtype == "?" else REDUCTIONS)))
        reduced = (*TRUTHS.items(), *REDUCTIONS.items())
        axes = tuple(i for i in range(len(domain)) if data.draw(st.booleans()))
        source = expected
        root = made
        if how == "mul":  # numbers of which products stay small
            root = tracer.where(a > b, tracer.number(-1, x.dtype), tracer.number(1, x.dtype))
            source = np.broadcast_to(np.where(x > y, -1, 1).astype(x.dtype), domain)
        divisor = 4 if np.dtype(dtype).kind == "f" and data.draw(st.booleans()) else 1
        value = dict(reduced)[how].reduce(source, axis=axes) if axes else source
        kept = tuple(n for i, n in enumerate(domain) if i not in axes)
        steps = dict(zip([i for i in range(len(domain)) if i not in axes], contiguous_strides(kept), strict=True))
        operand = Operand(tuple(steps.get(i, 0) for i in range(len(domain))), x.dtype.char)
        loop.sinks.append(Sink(how, root, operand, divisor))
        results.append(Result(kept, x.dtype))
        wanted.append(np.asarray(value / divisor if divisor != 1 else value).astype(x.dtype))
    run(loop, [x, y], [r.array for r in results], parts, lanes)
    for result, value in zip(results, wanted, strict=True):
        np.testing.assert_array_equal(result.array, value)
        result.check_margins()


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
@pytest.mark.parametrize("length", [1, 3, 15, 16, 17, 47, 64, 4099, 9000])
def test_in_place_with_a_masked_tail(length, dtype, lanes):
    rng = np.random.default_rng(length)
    x, y = values(rng, length, dtype), values(rng, length, dtype)
    place = Result((length,), dtype)
    place.array[:] = x
    tracer = Tracer()
    a, b = tracer.input(0, x.dtype), tracer.input(1, x.dtype)
    operand = Operand((1,), x.dtype.char)
    total = Result((), dtype)
    loop = Loop((length,), [operand, operand], [(a * 3 - b, operand)])
    run(loop, [place.array, y], [place.array], 3, lanes)
    np.testing.assert_array_equal(place.array, x * 3 - y)
    # The sum of what is written, in the same pass.
    place.array[:] = x
    loop.sinks.append(Sink("add", loop.outputs[0][0], Operand((0,), x.dtype.char)))
    run(loop, [place.array, y], [place.array, total.array], 1, lanes)
    np.testing.assert_array_equal(place.array, x * 3 - y)
    assert total.array == (x * 3 - y).sum()
    place.check_margins()
    total.check_margins()


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 5, 1), (7, 1, 5), (1, 1, 1), (2, 1, 33), (64, 3, 64)])
@pytest.mark.parametrize("axes", [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("parts", [1, 2, 5])
def test_a_mean_over_every_choice_of_axes(shape, axes, parts):
    x = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    kept = tuple(n for i, n in enumerate(shape) if i not in axes)
    steps = dict(zip([i for i in range(3) if i not in axes], contiguous_strides(kept), strict=True))
    count = math.prod(shape) // math.prod(kept)
    tracer = Tracer()
    root = tracer.input(0, x.dtype)
    sink = Sink("add", root, Operand(tuple(steps.get(i, 0) for i in range(3)), "f"), count)
    result = Result(kept, "f4")
    run(Loop(shape, [Operand(seen(x, shape), "f")], [], [sink]), [x], [result.array], parts)
    np.testing.assert_allclose(result.array, x.astype(np.float64).mean(axis=axes), rtol=1e-5, atol=1e-6)
    result.check_margins()


def test_long_sums_keep_their_precision():
    x = np.full(3_000_001, 0.1, np.float32)
    tracer = Tracer()
    loop = Loop((len(x),), [Operand((1,), "f")], [], [Sink("add", tracer.input(0, x.dtype), Operand((0,), "f"))])
    result = Result((), "f4")
    run(loop, [x], [result.array])
    np.testing.assert_allclose(result.array, x.astype(np.float64).sum(), rtol=2e-6)


@pytest.mark.parametrize("how", ["minimum", "maximum"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8"])
def test_extremes_of_extreme_numbers(how, dtype):
    """The identity of a reduction must not show: all infinite, all at an end of the integers."""
    limit = np.inf if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    for value in (limit, -limit):
        x = np.full((5, 19), value, dtype)
        tracer = Tracer()
        sink = Sink(how, tracer.input(0, x.dtype), Operand((1, 0), x.dtype.char))
        result = Result((5,), dtype)
        run(Loop((5, 19), [Operand((19, 1), x.dtype.char)], [], [sink]), [x], [result.array])
        assert (result.array == value).all()


def test_equal_loops_of_any_size_have_equal_keys():
    def key(size, dtype="f", factor=2.0):
        tracer = Tracer()
        x = tracer.input(0, np.dtype(dtype))
        return Loop((size,), [Operand((1,), dtype)], [(x * factor, Operand((1,), dtype))]).kernel("test").key

    assert key(100) == key(7000)
    assert key(100) != key(100, "d")
    assert key(100) != key(100, factor=3.0)
    assert key(100) != key(1)
