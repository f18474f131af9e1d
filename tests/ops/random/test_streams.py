"""Random streams against those that TensorFlow 1.15.5 made (tools/golden/philox_streams.py), without any graph."""

from __future__ import annotations

import functools
import itertools
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from graphrt_ops.random import distributions, philox, philox_native, rejection, sampling
from graphrt_ops.random.stream import BLOCKS_PER_ELEMENT, Stream

GOLDEN = Path(__file__).parents[2] / "golden" / "philox_streams"
RECORD = json.loads(GOLDEN.with_suffix(".json").read_text())
ARRAYS = dict(np.load(GOLDEN.with_suffix(".npz")))
# The largest differences to the C library's logf and sincosf, in units in the last place.
NORMAL_ULPS = {"float64": 4, "float32": 3, "float16": 1, "bfloat16": 1}


COMPILED = philox_native.Native()


@pytest.fixture(autouse=True, params=["arrays", "native"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test of this file runs on NumPy's operations and on native code."""
    if request.param == "native":
        pytest.importorskip("llvmlite")
        assert COMPILED._words is not None or COMPILED.compile()
        native = COMPILED
    else:
        native = philox_native.Native()
        monkeypatch.setattr(philox_native, "WORTHWHILE", 2**60)
    for module in (philox, sampling):
        monkeypatch.setattr(module, "NATIVE", native)
    return request.param


def dtype_of(name: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


def drawn(case: dict[str, Any], run: dict[str, Any], stream: Stream) -> np.ndarray:
    kind, dtype, bounds = case["kind"], dtype_of(case["dtype"]), case["bounds"]
    shape = tuple(run["shape"])
    if kind == "integers":
        return distributions.integers(np, stream, shape, dtype, *bounds)
    if kind == "shuffle":
        return sampling.permutation(np, stream, shape[0]).astype(np.int32)
    if kind == "multinomial":
        return sampling.multinomial(np, stream, np.array(run["logits"], dtype), shape[1], np.int64)
    if kind == "gamma":
        return rejection.gamma(np, stream, shape[:-1], np.array(bounds, dtype))
    if kind == "poisson":
        return rejection.poisson(np, stream, shape[:-1], np.array(bounds, dtype), np.int64)
    return getattr(distributions, kind)(np, stream, shape, dtype)


def ulps(a: np.ndarray, b: np.ndarray) -> int:
    """The largest distance of two float arrays, counted in numbers that lie between."""
    ranks = []
    for array in (a, b):
        bits = array.view(f"i{array.itemsize}").astype(np.int64).astype(object)
        ranks.append(np.where(bits < 0, -(2 ** (8 * array.itemsize - 1)) - bits, bits))
    return int(np.max(np.abs(ranks[0] - ranks[1]), initial=0))


@pytest.mark.parametrize(
    "case",
    RECORD["cases"],
    ids=[f"{number}-{case['kind']}-{case['dtype']}" for number, case in enumerate(RECORD["cases"])],
)
def test_as_tensorflow(case: dict[str, Any]) -> None:
    """Several runs of one generator, each with another number of elements."""
    stream = Stream(*case["seeds"])
    for run in case["runs"]:
        result = drawn(case, run, stream)
        assert result.shape == tuple(run["shape"])
        assert result.flags.c_contiguous
        flat = result.reshape(-1)
        pool, start, count = run["kept"]
        golden = ARRAYS[pool][start : start + count]
        places = np.arange(flat.size)
        if flat.size > RECORD["kept"]:
            places = np.unique(np.linspace(0, flat.size - 1, RECORD["kept"]).astype(np.int64))
        if "crc" in run:
            bits = flat.view(np.uint16) if flat.itemsize == 2 else flat
            np.testing.assert_array_equal(bits[places], golden)
            assert zlib.crc32(bits.tobytes()) == run["crc"]
        elif case["kind"] == "gamma":
            np.testing.assert_allclose(flat[places], golden, rtol=2e-15 if case["dtype"] == "float64" else 1.2e-7)
        else:
            assert ulps(flat[places], golden.view(flat.dtype)) <= NORMAL_ULPS[case["dtype"]]


def test_authors_known_answers() -> None:
    """Known answers that the authors of Philox publish with Random123."""
    ones = 2**64 - 1
    assert philox.blocks(np, 0, 0, 0, 1).tolist() == [[0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]]
    assert philox.blocks(np, ones, ones, ones, 1).tolist() == [[0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]]
    seed, seed2, start = 0x299F31D0A4093822, 0x0370734413198A2E, 0x85A308D3243F6A88
    assert philox.blocks(np, seed, seed2, start, 1).tolist() == [[0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 1000])
def test_blocks_in_any_order(count: int) -> None:
    random = np.random.default_rng(1)
    indices = random.integers(0, 2**64, count, dtype=np.uint64)
    words = philox.words_at(np, -3, 2**63 + 7, indices)
    assert words.shape == (count, 4)
    for index, block in zip(indices.tolist(), words, strict=True):
        np.testing.assert_array_equal(block, philox.blocks(np, -3, 2**63 + 7, index, 1)[0])


@pytest.mark.parametrize("kind", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch, kind: str, dtype: type) -> None:
    draw = getattr(distributions, kind)
    whole = draw(np, Stream(5, 6), (1009,), dtype)
    for size in (1, 7, 64):
        monkeypatch.setattr(philox, "CHUNK", size)
        np.testing.assert_array_equal(draw(np, Stream(5, 6), (1009,), dtype), whole)


def test_any_stretch_of_blocks() -> None:
    """Also where the low half of the counter's low half overflows, and where a 64-bit counter would."""
    whole = philox.blocks(np, 3, 4, 2**32 - 10, 20)
    parts = [philox.blocks(np, 3, 4, start, 5) for start in range(2**32 - 10, 2**32 + 10, 5)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(philox.blocks(np, 3, 4, 2**64 - 1, 2)[1], philox.blocks(np, 3, 4, 0, 1)[0])


def test_shapes_share_one_order() -> None:
    flat = distributions.normal(np, Stream(1, 2), (24,), np.float32)
    np.testing.assert_array_equal(distributions.normal(np, Stream(1, 2), (2, 3, 4), np.float32), flat.reshape(2, 3, 4))


@pytest.mark.parametrize("kind", ["uniform", "normal", "truncated_normal", "integers"])
@pytest.mark.parametrize("dtype", ["32", "64"])
def test_drawing_ahead_does_not_show(kind: str, dtype: str) -> None:
    """Runs that repeat each other are drawn in batches; each must be what it would be alone."""
    random = np.random.default_rng(0)
    sizes = [*[5] * 9, *[3] * 4, 0, *[5] * 20, 40_000, *[5] * 5, *random.integers(1, 3, 60).tolist(), *[1] * 40]
    bounds = (0, 1000) if kind == "integers" else ()
    draw = functools.partial(getattr(distributions, kind), np)
    dtype = ("i" if kind == "integers" else "f") + str(int(dtype) // 8)
    stream, offset = Stream(5, 6), 0
    for size in sizes:
        alone = Stream(5, 6)
        alone.reserve(offset)
        np.testing.assert_array_equal(draw(stream, (size,), dtype, *bounds), draw(alone, (size,), dtype, *bounds))
        offset += size * BLOCKS_PER_ELEMENT


@pytest.mark.parametrize(
    ("rows", "classes", "samples"), [(300, 7, 3), (3, 5000, 2), (2, 3, 50000), (5, 0, 0), (1, 1, 4)]
)
def test_multinomial_by_searching(rows: int, classes: int, samples: int) -> None:
    """However the comparisons are cut into pieces: the first class whose cumulated weight is above the point."""
    logits = np.random.default_rng(0).normal(size=(rows, classes)) * 3
    drawn = sampling.multinomial(np, Stream(1, 2), logits, samples, np.int32)
    words = philox.blocks(np, 1, 2, 0, -(-rows * samples // 2))
    points = distributions.unit_float64(np, words).reshape(-1)[: rows * samples].reshape(rows, samples)
    for row in range(rows):
        weights = np.cumsum(np.exp(logits[row] - logits[row].max(initial=-np.inf)))
        expected = [np.flatnonzero(weights > point * weights[-1])[0] for point in points[row]]
        assert drawn[row].tolist() == expected


def test_other_bounds_are_another_draw() -> None:
    stream = Stream(1, 2)
    draws = [distributions.integers(np, stream, (1000,), np.int32, 0, high) for high in (10, 10, 10, 7, 7, 10)]
    assert [int(draw.max()) + 1 for draw in draws] == [10, 10, 10, 7, 7, 10]


def test_threads_draw_disjoint_stretches() -> None:
    """32 threads together draw exactly the numbers that one thread draws, none twice."""

    def drawn_by_one(stream: Stream, times: int) -> list[bytes]:
        return [distributions.uniform(np, stream, (3,), np.float32).tobytes() for _ in range(times)]

    shared = Stream(9, 9)
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda _: drawn_by_one(shared, 20), range(32)))
    assert sorted(itertools.chain(*results)) == sorted(drawn_by_one(Stream(9, 9), 640))


def test_results_can_be_written_to() -> None:
    first = distributions.uniform(np, Stream(1, 2), (5,), np.float32)
    first[:] = 0
    assert (distributions.uniform(np, Stream(1, 2), (5,), np.float32) > 0).all()


def test_parameters_for_which_there_are_no_numbers() -> None:
    """TensorFlow 1.15.5 never returns from some of these; NaN it is."""
    odd = np.array([np.nan, np.inf, -np.inf, -1.0])
    assert np.isnan(rejection.gamma(np, Stream(1, 2), (2,), odd)).all()
    assert np.isnan(rejection.poisson(np, Stream(1, 2), (2,), odd[:3], np.float64)).all()
    least = np.iinfo(np.int32).min
    assert rejection.poisson(np, Stream(1, 2), (1,), odd, np.int32).tolist() == [[least, least, least, 0]]


def test_moments() -> None:
    """Not TensorFlow's word but probability's: means and variances of a hundred thousand numbers."""
    count = 100_000
    normal = distributions.normal(np, Stream(1, 2), (count,), np.float64)
    assert abs(normal.mean()) < 0.02 and abs(normal.var() - 1) < 0.02
    truncated = distributions.truncated_normal(np, Stream(1, 2), (count,), np.float64)
    assert np.abs(truncated).max() < 2 and abs(truncated.var() - 0.7737) < 0.02
    gamma = rejection.gamma(np, Stream(1, 2), (count,), np.array([0.5, 4.0]))
    np.testing.assert_allclose(gamma.mean(0), [0.5, 4.0], rtol=0.02)
    np.testing.assert_allclose(gamma.var(0), [0.5, 4.0], rtol=0.04)
    poisson = rejection.poisson(np, Stream(1, 2), (count,), np.array([3.0, 40.0]), np.float64)
    np.testing.assert_allclose(poisson.mean(0), [3.0, 40.0], rtol=0.02)
    np.testing.assert_allclose(poisson.var(0), [3.0, 40.0], rtol=0.04)
