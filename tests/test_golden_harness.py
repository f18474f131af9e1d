"""The golden comparison itself: it must see what differs, and pass what does not."""

from __future__ import annotations

import copy
import pathlib
from typing import Any

import numpy as np
import pytest

from tools.golden import compare, store
from tools.golden.case import grid
from tools.golden.replay import varied

RECORD: dict[str, Any] = {
    "nodes": [["x", "Placeholder", [], {"dtype": "float32", "shape": [None, 2]}], ["y", "Neg", ["x:0", "^c"], {}]],
    "static": [{"y": ["float32", [None, 2]]}],
    "values": {"0/y": np.array([[1.0, -2.0]], np.float32)},
    "strings": {"0/s": ["a"]},
    "facts": {"n": 3},
    "error": None,
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RECORD), **parts}


@pytest.mark.parametrize("check", compare.checks_of(RECORD))
def test_equal_records_have_no_differences(check: str) -> None:
    assert compare.differences(RECORD, copy.deepcopy(RECORD), check) == []


WRONG = {
    "name": (
        "graph",
        changed(nodes=[RECORD["nodes"][0], ["y_1", "Neg", ["x:0", "^c"], {}]]),
        "name 'y_1', expected 'y'",
    ),
    "type": (
        "graph",
        changed(nodes=[RECORD["nodes"][0], ["y", "Abs", ["x:0", "^c"], {}]]),
        "type 'Abs', expected 'Neg'",
    ),
    "input": ("graph", changed(nodes=[RECORD["nodes"][0], ["y", "Neg", ["x:0"], {}]]), "inputs ['x:0'], expected"),
    "count": ("graph", changed(nodes=RECORD["nodes"][:1]), "missing: y (Neg)"),
    "order": ("graph", changed(nodes=RECORD["nodes"][::-1]), "node 0 (x): name 'y'"),
    "attribute": ("attributes", changed(nodes=[["x", "Placeholder", [], {"dtype": "float64"}]]), "dtype is 'float64'"),
    "static": ("static", changed(static=[{"y": ["float32", [3, 2]]}]), "[3, 2]"),
    "value": ("values", changed(values={"0/y": np.array([[1.0, -2.001]], np.float32)}), "differs in 1 of 2"),
    "dtype": ("values", changed(values={"0/y": np.array([[1.0, -2.0]])}), "is float64[1, 2], expected float32[1, 2]"),
    "shape": ("values", changed(values={"0/y": np.array([1.0, -2.0], np.float32)}), "float32[2]"),
    "missing value": ("values", changed(values={}), "is missing"),
    "string": ("values", changed(strings={"0/s": ["b"]}), "['b'], expected ['a']"),
    "fact": ("facts", changed(facts={"n": 4}), "4, expected 3"),
    "error": ("error", changed(error={"stage": "run", "class": "E", "message": "m", "trace": ""}), "raised E"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_difference_is_seen(name: str) -> None:
    check, record, expected = WRONG[name]
    assert expected in "\n".join(compare.differences(RECORD, record, check))


def test_errors_compare_class_and_moment_not_words() -> None:
    golden = {"stage": "run", "class": "ValueError", "message": "a", "trace": ""}
    assert not compare.differences(changed(error=golden), changed(error={**golden, "message": "b"}), "error")
    assert compare.differences(changed(error=golden), changed(error={**golden, "stage": "declare"}), "error")
    assert compare.differences(changed(error=golden), changed(error={**golden, "class": "TypeError"}), "error")
    assert compare.differences(changed(error=golden), changed(error=None), "error")


@pytest.mark.parametrize(
    ("expected", "value", "same"),
    [
        ([np.nan, np.inf], [np.nan, np.inf], True),
        ([np.nan, np.inf], [np.inf, np.nan], False),
        ([np.inf], [-np.inf], False),
        ([1.0], [np.nan], False),
        ([1e-9], [1.1e-9], False),
        ([1e6, 1.0], [1e6, 1.0 + 1e-6], True),
        ([1e6, 1.0], [1e6, 1.0 + 1e-4], False),
    ],
)
def test_tolerance_of_floats(expected: list[float], value: list[float], same: bool) -> None:
    found = compare.array_differences("v", np.array(expected, np.float32), np.array(value, np.float32))
    assert (not found) == same


def test_no_tolerance_asks_for_equal_bits() -> None:
    one = np.array([1.0], np.float32)
    assert compare.array_differences("v", one, np.nextafter(one, np.float32(2)), tolerance=0)


def test_writing_twice_gives_the_same_bytes_and_reads_back(tmp_path: pathlib.Path) -> None:
    golden = {"family/case:row": copy.deepcopy(RECORD)}
    contents = []
    for _ in range(2):
        store.write(tmp_path, "family", golden)
        contents.append([(tmp_path / name).read_bytes() for name in ("family.json", "family.npz")])
    assert contents[0] == contents[1]
    read = store.read(tmp_path, "family")["family/case:row"]
    for check in compare.checks_of(RECORD):
        assert compare.differences(RECORD, read, check) == []


def test_varied_feeds_keep_integers_and_follow_the_seed() -> None:
    feed = {"f": np.arange(6, dtype=np.float32), "i": [1, 2], "b": np.array([True, False, False])}
    first, second, other = varied(feed, 1), varied(feed, 1), varied(feed, 2)
    assert np.array_equal(first["f"], second["f"])
    assert not np.array_equal(first["f"], other["f"])
    assert first["f"].dtype == np.float32
    assert first["i"] == [1, 2]
    assert first["b"].sum() == 1


def test_grid_names_every_combination() -> None:
    assert list(grid(a=["x", "y"], b=[1])) == ["x-1", "y-1"]
    assert grid(a=["x"], b=[1])["x-1"] == {"a": "x", "b": 1}
