"""The vector functions against NumPy in a wider type: errors in units in the last place, and the edges."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import scipy.special

pytest.importorskip("llvmlite")

from graphrt.native import vector_math
from graphrt.native.builder import F32, F64, vector
from graphrt.native.kernel import Kernel
from graphrt.native.target import host
from graphrt.native.testing import compiled_lowering

ELEMENTS = {"float32": F32, "float64": F64}
WIDER = {"float32": np.float64, "float64": np.longdouble}
COUNTS = {"float32": 200_000, "float64": 20_000}
needs_extended = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="float64 is compared with an 80-bit long double, which is missing here"
)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def error_function(name, x):
    """erf or erfc; of long doubles by mpmath, of which the slowness allows some thousand."""
    if x.dtype == np.float64:
        return getattr(scipy.special, name)(x)
    mpmath = pytest.importorskip("mpmath")
    ends = {"erf": (-1, 1), "erfc": (2, 0)}[name]
    exact = np.where(x < 0, *np.array(ends, np.longdouble))
    exact[np.isnan(x)] = np.nan
    with mpmath.workprec(80):
        for i in np.flatnonzero(np.abs(x) < 30):
            exact[i] = np.longdouble(mpmath.nstr(getattr(mpmath, name)(mpmath.mpf(float(x[i]))), 22))
    if name == "erf":
        exact[x == 0] = x[x == 0]  # with its sign
    return exact


REFERENCES = {
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "log": np.log,
    "log2": np.log2,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "erf": lambda x: error_function("erf", x),
    "erfc": lambda x: error_function("erfc", x),
    "pow": np.power,
    "atan2": np.arctan2,
    "fmod": np.fmod,
}


def computed(name, *arguments, lanes=None):
    """The native function of arrays of equal length."""
    lanes = lanes or host().lanes
    dtype, length = arguments[0].dtype, len(arguments[0])
    element = ELEMENTS[dtype.name]
    wide = vector(element, lanes)
    padded = [np.concatenate([x, np.ones(-length % lanes, dtype)]) for x in arguments]

    def emit(b, pointers, begin, end):
        with b.loop(begin, end, lanes) as loop:
            values = [b.load(wide, b.element(p, element, loop.index)) for p in pointers[:-1]]
            b.store(getattr(vector_math, name)(b, *values), b.element(pointers[-1], element, loop.index))

    out = np.empty_like(padded[0])
    compiled_lowering(Kernel(name, emit, count=len(out)), len(padded) + 1)(padded, [out])
    return out[:length]


def units_in_the_last_place(actual, exact):
    """The distance of each number from the exact one; infinite where only one of them is nan or infinite."""
    dtype = actual.dtype
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        unit = np.spacing(np.minimum(np.abs(rounded), np.finfo(dtype).max)).astype(exact.dtype)
        distance = np.abs(actual.astype(exact.dtype) - exact) / unit
    same = (actual == rounded) | (np.isnan(actual) & np.isnan(rounded))
    distance[same & ~np.isfinite(distance)] = 0
    distance[~same & ~np.isfinite(actual)] = np.inf
    distance[np.isnan(distance)] = np.inf
    return distance


def special(dtype):
    """Numbers at which functions end, or change."""
    info = np.finfo(dtype)
    sizes = [0, 1, 0.5, 2, 3, np.inf, info.max, info.tiny, info.smallest_subnormal, info.eps, np.pi, 1e30, 1 - info.eps]
    bounds = [87.4, 88.8, 103.9, 104.1, 126, 127, 128, 149, 150, 708.5, 709.9, 745.1, 746, 1022, 1023, 1024, 1074, 1075]
    numbers = np.array(sizes + bounds)
    return np.concatenate([numbers, -numbers, [np.nan]]).astype(dtype)


def any_bits(rng, dtype, count):
    """Every exponent, both signs, nan and infinity are as likely as any other."""
    integer = np.dtype(f"i{np.dtype(dtype).itemsize}")
    info = np.iinfo(integer)
    return rng.integers(info.min, info.max, count, dtype=integer, endpoint=True).view(dtype)


def samples(dtype):
    rng = np.random.default_rng(0)
    count = COUNTS[dtype]
    parts = [any_bits(rng, dtype, 4 * count), special(dtype)]
    parts += [rng.normal(size=count) * size for size in (0.01, 1, 30, 300)]
    parts += [rng.uniform(0, 2, count), 1 + rng.normal(size=count) * 1e-3, rng.integers(-999, 999, count) * (np.pi / 2)]
    return np.concatenate([part.astype(dtype) for part in parts])


def pairs(dtype):
    """Arguments of pow: special ones with special ones, results of all sizes, negative bases."""
    rng = np.random.default_rng(1)
    count = COUNTS[dtype]
    first, second = special_pairs(dtype)
    largest = 88 if dtype == "float32" else 709
    reach = rng.uniform(-1.2, 1.2, count) * largest
    with np.errstate(all="ignore"):
        near, anywhere = 1 + rng.normal(size=count) * 0.01, np.abs(any_bits(rng, dtype, count)).astype(float)
        bases = [first, near, anywhere, rng.uniform(0, 3, count), -rng.integers(0, 50, count)]
        powers = [second, reach / np.log(near), reach / np.log(anywhere), rng.normal(size=count) * 3]
        powers.append(rng.integers(-30, 30, count))
        return [np.concatenate(part).astype(dtype) for part in (bases, powers)]


def arguments_of(name, dtype):
    if name == "pow":
        return pairs(dtype)
    x = samples(dtype)
    if name in ("atan2", "fmod"):
        return [np.concatenate([end, part]) for end, part in zip(special_pairs(dtype), (x, x[::-1]), strict=True)]
    if name.startswith("erf"):
        x = np.concatenate([x, np.random.default_rng(2).uniform(-6, 28, len(x)).astype(dtype)])
        return [x[:: 1 if dtype == "float32" else 40]]
    return [x]


def special_pairs(dtype):
    ends = np.concatenate([special(dtype), np.array([2.5, -2.5, -3, 16777217], dtype)])
    return np.repeat(ends, len(ends)), np.tile(ends, len(ends))


def stated(name, dtype):
    """The error that the function's docstring states."""
    return float(re.search(rf"([\d.]+) ulp \({dtype}\)", getattr(vector_math, name).__doc__)[1])


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=needs_extended)])
@pytest.mark.parametrize("name", REFERENCES)
def test_error(name, dtype):
    arguments = arguments_of(name, dtype)
    actual = computed(name, *arguments)
    with np.errstate(all="ignore"):
        exact = REFERENCES[name](*(x.astype(WIDER[dtype]) for x in arguments))
    error = units_in_the_last_place(actual, exact)
    worst = int(np.argmax(error))
    where = [x[worst] for x in arguments]
    assert error[worst] <= stated(name, dtype), f"{name}{where}: {actual[worst]}, not {exact[worst]}"
    zero = np.flatnonzero((actual == 0) & (np.signbit(actual) != np.signbit(exact)))
    assert not zero.size, f"{name}{[x[zero[0]] for x in arguments]}: a zero of the wrong sign"


@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 32])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_number_of_lanes_gives_the_same(dtype, lanes):
    """Vectors of any width, and scalars, come to the same bits."""
    if lanes == host().lanes:
        pytest.skip("that is the width at hand")
    x = np.concatenate([special(dtype), np.linspace(-20, 20, 1000).astype(dtype)])
    for name in REFERENCES:
        arguments = [x, x[::-1].copy()] if name in ("pow", "atan2", "fmod") else [x]
        np.testing.assert_array_equal(computed(name, *arguments, lanes=lanes), computed(name, *arguments), name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lgamma(dtype):
    """Against Python's own, which is not the C library's."""
    x = np.concatenate([special(dtype), np.linspace(-10, 40, 999).astype(dtype)])
    x = x[~((x <= 0) & (x == np.floor(x)))]  # there Python raises, where C says infinity
    with np.errstate(over="ignore"):
        expected = np.array([math.lgamma(v) if v < 1e300 else math.inf for v in x.tolist()]).astype(dtype)
    actual = computed("lgamma", x)
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(actual[x < 1e30], expected[x < 1e30], tolerance, 10 * tolerance)
    assert np.isinf(computed("lgamma", np.array([0, -1, -2, np.inf, -np.inf], dtype))).all()


def test_every_function_has_a_reference():
    assert set(REFERENCES) | {"lgamma"} == {name for name, value in vars(vector_math).items() if callable(value)}
