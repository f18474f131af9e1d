"""Damaged inputs, made of every case in the table: what an op is given by mistake.

A case's arrays are fed through placeholders that declare nothing of their shapes, so that only the kernels can find out
what is wrong; numbers and lists of numbers among the arguments (sizes, indices, axes) become placeholders as well where
the function takes tensors for them. One argument at a time is damaged.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import graphrt as tf
from tests.ops import harness
from tests.ops.harness import Case, Sample

_OPS = Path(__file__).resolve().parent


@functools.cache
def every_case() -> tuple[Case, ...]:
    """The cases of all test files of tests/ops, in the order of the files' names."""
    for path in sorted(_OPS.rglob("test_*.py")):
        if "checks(" in path.read_text(encoding="utf-8") and path.stem != "test_harness":
            importlib.import_module(".".join(("tests", "ops", *path.relative_to(_OPS).with_suffix("").parts)))
    return tuple(row for row in harness.ALL if row.samples)


@dataclass
class Damaged:
    """A graph of one call, and the feeds of which one is damaged.

    Attributes:
      fetches: the outputs, or the gradients with respect to all fed floats.
      what: the damage, for messages.
    """

    name: str
    what: str
    graph: tf.Graph
    fetches: list[Any]
    feeds: dict[Any, np.ndarray]


def _rows(array: np.ndarray, axis: int) -> Iterator[tuple[str, np.ndarray]]:
    """Other lengths of one axis."""
    length = array.shape[axis]
    if length:
        yield f"one fewer along {axis}", array.take(range(length - 1), axis)
        yield f"one more along {axis}", array.take([*range(length), 0], axis)
        yield f"none along {axis}", array.take([], axis)
    if length > 1:
        yield f"one along {axis}", array.take([0], axis)


def _with(array: np.ndarray, place: int, value: Any) -> np.ndarray:
    changed = array.copy()
    changed.reshape(-1)[place] = value
    return changed


def _contents(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Other elements: out of range, negative, not a number."""
    if not array.size:
        return
    if array.dtype.kind == "i":
        for value in (-1, -100, int(array.max()) + 1, 100):
            for place in {0, array.size - 1}:
                yield f"{value} at {place}", _with(array, place, value)
        if array.size > 1:
            yield "reversed", array.reshape(-1)[::-1].reshape(array.shape).copy()
    if array.dtype.kind == "f":
        yield "nan at 0", _with(array, 0, np.nan)
        yield "all nan", np.full_like(array, np.nan)
        yield "inf at the end", _with(array, -1, np.inf)


def damages(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """What an array may be by mistake, each with a few words."""
    for axis in {0, array.ndim - 1} if array.ndim else ():
        yield from _rows(array, axis)
    yield "one axis more", array[None]
    if array.ndim and array.shape[0]:
        yield "its first row", np.asarray(array[0])
    yield from _contents(array)


def _is_numbers(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_is_numbers(item) for item in value)
    return type(value) is int


def fed_numbers(call: Sample) -> Iterator[Sample]:
    """The call itself; then with each argument that is of whole numbers as an array, which is fed."""
    yield call
    for i, value in enumerate(call.args):
        if _is_numbers(value):
            with_array = [*call.args]
            with_array[i] = np.array(value, np.int32)
            yield Sample(tuple(with_array), call.kwargs)
    for key, value in call.kwargs.items():
        if _is_numbers(value):
            yield Sample(call.args, {**call.kwargs, key: np.array(value, np.int32)})


def _declared(row: Case, call: Sample, dtype: str) -> harness.Declared | None:
    try:
        return harness.declare(row.function, call, dtype, lambda shape, index: None)
    except Exception:  # whatever a function says that needs a number or a known shape there
        return None


def _gradients(declared: harness.Declared, seeds: list[Any] | None) -> list[Any]:
    """Those of all outputs with respect to all fed floats; ``seeds``: the outputs' own, ones if there are none."""
    with declared.graph.as_default():
        xs = [x for x in declared.placeholders if x.dtype.is_floating]
        ys = _floats(declared)
        if not xs or not ys:
            return []
        try:
            found = tf.gradients(ys, xs, seeds)
        except (LookupError, ValueError, NotImplementedError, TypeError):
            return []  # it has no gradient, or none without a known shape
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # slices of an unknown shape become whole tensors: they are small
            return [tf.convert_to_tensor(gradient) for gradient in found if gradient is not None]


def _floats(declared: harness.Declared) -> list[Any]:
    return [y for y in declared.outputs if y.dtype.is_floating]


def _seeds(declared: harness.Declared) -> dict[Any, np.ndarray]:
    """Placeholders for the gradients of the outputs, and what to feed them."""
    with declared.graph.as_default():
        values = declared.run(_floats(declared))
        return {
            tf.placeholder(value.dtype, name=f"seed_{i}"): harness.normal(*value.shape, seed=i).astype(value.dtype)
            for i, value in enumerate(map(np.asarray, values))
        }


def type_of(row: Case) -> str:
    """The type in which a case is damaged: native code is made for float32 most often."""
    return "float32" if "float32" in row.dtypes else row.dtypes[0]


def damaged(row: Case) -> Iterator[Damaged]:
    """All damaged calls of a case: of its outputs, and of its gradients."""
    dtype = type_of(row)
    for number, plain in enumerate(row.samples):
        for way, call in enumerate(fed_numbers(plain)):
            declared = _declared(row, call, dtype)
            if declared is None or not declared.feeds:
                continue
            name = f"{row.name}[{number}.{way}]"
            feeds = list(declared.feeds) if not way else [list(declared.feeds)[way_index(plain, call)]]
            yield from _each(name, declared.graph, declared.outputs, declared.feeds, feeds)
            gradients = _gradients(declared, None)
            yield from _each(f"{name} gradient", declared.graph, gradients, declared.feeds, feeds)
            if gradients and not way:
                seeds = _seeds(declared)
                gradients = _gradients(declared, list(seeds))
                yield from _each(f"{name} seeded", declared.graph, gradients, {**declared.feeds, **seeds}, list(seeds))


def _each(
    name: str, graph: tf.Graph, fetches: list[Any], feeds: dict[Any, np.ndarray], damage: list[Any]
) -> Iterator[Damaged]:
    """One after the other of some feeds, damaged in all ways."""
    for tensor in damage if fetches else ():
        for what, value in damages(feeds[tensor]):
            yield Damaged(name, f"{tensor.op.name}: {what}", graph, fetches, {**feeds, tensor: value})


def way_index(plain: Sample, call: Sample) -> int:
    """Which of the fed arrays of ``call`` stands for a number in ``plain``."""
    before = [*plain.args, *plain.kwargs.values()]
    after = [*call.args, *call.kwargs.values()]
    position = next(i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new)
    return sum(len(harness._arrays(value)) for value in after[:position])
