"""Damaged inputs of every op case: tier 1 with and without rewriting, and native code, do the same: they raise an error
of the same class, or give the same values.

A part of the 38,000 damages is tried; GRAPHRT_ALL_DAMAGES=1 tries all (ten minutes).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.key import PlanOptions
from tests.ops import harness
from tests.ops.damage import Damaged, damaged, every_case, type_of

TIERS = {
    "plain": PlanOptions(optimize=False, native="off"),
    "rewritten": PlanOptions(native="off"),
    "native": PlanOptions(native="on", strict=True),
}
_EVERY = 1 if os.environ.get("GRAPHRT_ALL_DAMAGES") == "1" else 17
CASES = every_case()
pytest.importorskip("llvmlite")
pytestmark = pytest.mark.any_mode


def outcome(call: Damaged, tier: str) -> Sequence[Any] | type[Exception]:
    """What a run gives: values, or the class of its error."""
    with tf.Session(graph=call.graph) as session:
        session._options = TIERS[tier]
        try:
            return session.run(call.fetches, call.feeds)  # type: ignore[no-any-return]
        except Exception as error:
            return type(error)


def disagreements(row: harness.Case, every: int) -> Iterator[str]:
    """In words, for one of ``every`` damages."""
    tolerance = 10 * harness._tolerance(row, type_of(row))
    for number, call in enumerate(damaged(row)):
        if number % every != len(row.name) % every:
            continue
        expected = outcome(call, "plain")
        for tier in ("rewritten", "native"):
            actual = outcome(call, tier)
            what = f"{call.name}, {call.what}, {tier}"
            if isinstance(expected, type) or isinstance(actual, type):
                if expected is not actual:
                    yield f"{what}: {_shown(actual)}, and not {_shown(expected)}"
                continue
            try:
                harness._all_same(actual, expected, tolerance, what)
            except AssertionError as error:
                yield str(error)


def _shown(found: Sequence[Any] | type[Exception]) -> str:
    return found.__name__ if isinstance(found, type) else f"values of the shapes {[np.shape(value) for value in found]}"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[row.name for row in CASES])
def test_damaged_inputs(number: int) -> None:
    found = list(disagreements(CASES[number], _EVERY))
    assert not found, "\n".join(found)


def test_errors_are_those_of_running() -> None:
    """No damage ends in an error that TensorFlow's users do not know."""
    found = [outcome(call, "plain") for row in CASES[::5] for call in list(damaged(row))[::41]]
    errors = {kind for kind in found if isinstance(kind, type)}
    assert errors <= {tf.errors.InvalidArgumentError, tf.errors.ResourceExhaustedError, tf.errors.UnimplementedError}


def tiers(build: Any, feeds: dict[str, Any]) -> list[Any]:
    """The outcomes of ``build(placeholders)`` on all tiers, with placeholders of unknown shape."""
    with tf.Graph().as_default() as graph:
        arrays = {name: np.asarray(value) for name, value in feeds.items()}
        given = {name: tf.placeholder(array.dtype, name=name) for name, array in arrays.items()}
        fetches = [tf.convert_to_tensor(tensor) for tensor in build(**given)]
        call = Damaged("", "", graph, fetches, {given[name]: array for name, array in arrays.items()})
    return [outcome(call, tier) for tier in TIERS]


F32 = np.float32
NAMED = {
    "slice beyond the end": (lambda x: [tf.slice(x, [1], [5])], {"x": np.zeros(3, F32)}),
    "slice before the beginning": (lambda x: [tf.slice(x, [-1], [1])], {"x": np.zeros(3, F32)}),
    "index beyond the end": (lambda x: [x[7]], {"x": np.zeros(3, F32)}),
    "add_n of two shapes": (lambda x, y: [tf.add_n([x, y])], {"x": np.zeros((2, 3), F32), "y": np.zeros(3, F32)}),
    "accumulate_n of two shapes": (
        lambda x, y: [tf.accumulate_n([x, y])],
        {"x": np.zeros((2, 3), F32), "y": np.zeros((1, 3), F32)},
    ),
    "accumulate_n of two shapes, gradient": (
        lambda x, y: tf.gradients(tf.accumulate_n([x, y]), [x, y]),
        {"x": np.zeros((2, 3), F32), "y": np.zeros((1, 3), F32)},
    ),
    "avg_pool gradient of another batch": (
        lambda x, dy: tf.gradients(tf.nn.avg_pool(x, 2, 2, "SAME"), x, dy),
        {"x": np.zeros((2, 4, 4, 1), F32), "dy": np.zeros((1, 2, 2, 1), F32)},
    ),
    "max_pool gradient of another batch": (
        lambda x, dy: tf.gradients(tf.nn.max_pool(x, 2, 2, "SAME"), x, dy),
        {"x": np.zeros((2, 4, 4, 1), F32), "dy": np.zeros((3, 2, 2, 1), F32)},
    ),
    "gather gradient of a negative index": (
        lambda x, i: tf.gradients(tf.gather(x, i), x),
        {"x": np.zeros((3, 2), F32), "i": np.array([0, -1], np.int32)},
    ),
    "gather gradient of an index beyond the end": (
        lambda x, i: tf.gradients(tf.gather(x, i, axis=1), x),
        {"x": np.zeros((3, 2), F32), "i": np.array([0, 2], np.int32)},
    ),
    "segments of negative ids": (
        lambda x, i: [tf.segment_sum(x, i)],
        {"x": np.zeros((3, 2), F32), "i": np.array([-1, 0, 1], np.int32)},
    ),
    "unsorted segments beyond their number": (
        lambda x, i: [tf.unsorted_segment_max(x, i, 2)],
        {"x": np.zeros((3, 2), F32), "i": np.array([0, 1, 2], np.int32)},
    ),
    "scatter to a negative place": (
        lambda x, i: [tf.tensor_scatter_add(x, i, tf.ones([1]))],
        {"x": np.zeros(3, F32), "i": np.array([[-1]], np.int32)},
    ),
    "stitch to a negative place": (
        lambda x, i: [tf.dynamic_stitch([i], [x])],
        {"x": np.zeros(2, F32), "i": np.array([0, -1], np.int32)},
    ),
    "relu gradient of another shape": (
        lambda x, dy: tf.gradients(tf.nn.relu(x), x, dy),
        {"x": np.zeros((2, 3), F32), "dy": np.zeros((2, 1), F32)},
    ),
}


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("name", NAMED)
def test_what_is_refused_is_refused_by_all(name: str) -> None:
    build, feeds = NAMED[name]
    assert tiers(build, feeds) == [tf.errors.InvalidArgumentError] * 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0])
@pytest.mark.parametrize("function", [tf.nn.relu, tf.nn.relu6, tf.nn.crelu, tf.nn.elu, tf.nn.leaky_relu])
def test_gradients_that_are_no_numbers(function: Any, value: float) -> None:
    """TF1 multiplies by 0 or 1, and so do all tiers: nan stays nan where the unit is off."""
    x = np.array([-1.0, 0.0, 0.5, 6.0, 7.0, np.nan, np.inf, -np.inf], F32)
    width = 2 if function is tf.nn.crelu else 1
    plain, rewritten, native = tiers(
        lambda x, dy: tf.gradients(function(x), x, dy), {"x": x, "dy": np.full(width * x.size, value, F32)}
    )
    np.testing.assert_array_equal(rewritten, plain)
    np.testing.assert_array_equal(native, plain)
    if function in (tf.nn.relu, tf.nn.relu6):  # (recorded from TensorFlow 1.15.5)
        with np.errstate(invalid="ignore"):
            inside = (x > 0) & ((x < 6) | (function is tf.nn.relu))
            np.testing.assert_array_equal(plain[0], F32(value) * inside)
