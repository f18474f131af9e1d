"""GraphDefs travel between graphrt and TensorFlow 1.15.5, for the graph of every golden case.

- What graphrt exports is TensorFlow's GraphDef, attribute by attribute and constant by constant.
- What TensorFlow exported (tests/golden/formats/graphs.tar.xz) runs in graphrt and gives TensorFlow's values.
- Live (`pytest -m oracle`): TensorFlow runs what graphrt exports, and the values are graphrt's.

A case that cannot be built, or whose nodes are not TensorFlow's, is the business of tests/test_golden.py, as are the
cases in exceptions.toml. Graphs that call Python functions (py_func) cannot travel.
"""

import fnmatch
import functools
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

import graphrt as tf
from graphrt.formats import messages
from graphrt.formats.tensor_proto import make_ndarray
from tools.golden import compare, replay, store
from tools.golden.case import Run, load

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
CASES = load()
FAMILIES = sorted({case.family for case in CASES.values()})
EXCEPTIONS = tomllib.loads((GOLDEN / "exceptions.toml").read_text()).get("exception", [])


@functools.cache
def archive():
    """{case name: TensorFlow's GraphDef as bytes}."""
    with tarfile.open(GOLDEN / "formats" / "graphs.tar.xz") as file:
        return {entry.name.removesuffix(".pb"): file.extractfile(entry).read() for entry in file}


def cases_of(family, *checks):
    """The cases of a family that TensorFlow's graph is known of and that may not differ in `checks`."""
    for name in sorted(archive()):
        excepted = any(e["check"] in checks and fnmatch.fnmatchcase(name, e["case"]) for e in EXCEPTIONS)
        if name in CASES and CASES[name].family == family and not excepted:
            yield CASES[name]


def built(case):
    """(graph, the case's Runs), or None if the case cannot be built or does not have TensorFlow's nodes."""
    with tf.Graph().as_default() as graph:
        try:
            steps = replay._as_list(case.function(tf, np))
        except Exception:
            return None
    theirs = messages.GraphDef.FromString(archive()[case.name])
    if rows(graph.as_graph_def()) != rows(theirs) or any(node.op.startswith("PyFunc") for node in theirs.node):
        return None
    return graph, [step for step in steps if isinstance(step, Run)]


def rows(graph_def):
    return [(node.name, node.op, list(node.input)) for node in graph_def.node]


def attributes(node):
    return {key: make_ndarray(value.tensor) if value.HasField("tensor") else value for key, value in node.attr.items()}


def same(mine, theirs):
    if b"CustomGradient-" in getattr(mine, "s", b"") and b"CustomGradient-" in getattr(theirs, "s", b""):
        return True  # a counter of the process
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
        return mine.dtype == theirs.dtype and mine.shape == theirs.shape and mine.tolist() == theirs.tolist()
    return type(mine) is type(theirs) and mine == theirs


def node_differences(mine, theirs):
    """What differs between two NodeDefs of the same name, in words."""
    if mine.device != theirs.device:
        yield f"{mine.name}: device {mine.device}, expected {theirs.device}"
    ours, wanted = attributes(mine), attributes(theirs)
    for key in sorted(ours.keys() | wanted.keys()):
        if (
            key not in ours
            or key not in wanted
            or not (same(ours[key], wanted[key]) or both_nan(ours[key], wanted[key]))
        ):
            yield f"{mine.name} ({mine.op}): attribute {key} is {ours.get(key)}, expected {wanted.get(key)}"


def both_nan(mine, theirs):
    if not (isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray) and mine.dtype.kind == "f"):
        return False
    return mine.dtype == theirs.dtype and np.array_equal(mine, theirs, equal_nan=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_exports_what_tensorflow_exports(family):
    found = []
    for case in cases_of(family, "graph", "attributes"):
        made = built(case)
        if made is None:
            continue
        theirs = messages.GraphDef.FromString(archive()[case.name])
        mine = made[0].as_graph_def()
        assert mine.versions == theirs.versions
        pairs = zip(mine.node, theirs.node, strict=True)
        found += [f"{case.name}: {text}" for pair in pairs for text in node_differences(*pair)]
    assert not found, "\n".join([f"{len(found)} differences:", *found[:30]])


def wanted(runs, graph):
    """For each Run: its init operation, (key, name) of each fetch, and the feeds by name."""
    for index, run in enumerate(runs):
        leaves = replay._flatten(run.fetches)
        fetches = [(f"{index}/{key}", graph.as_graph_element(leaf).name) for key, leaf in leaves]
        init = run.init if isinstance(run.init, list) else [] if run.init is None else [run.init]
        init = [op.name for op in init]
        feeds = {}
        for key, value in run.feed.items():
            feeds.update(fed_by_name(graph, key, value))
        yield init, fetches, feeds


def fed_by_name(graph, key, value):
    """{tensor name: array} of one feed; a sparse tensor is three."""
    if isinstance(key, tf.SparseTensor):
        parts = (key.indices, key.values, key.dense_shape)
        return {part.name: np.asarray(array) for part, array in zip(parts, value, strict=True)}
    return {graph.as_graph_element(key).name: np.asarray(value)}


def run_imported(data, runs, graph):
    """The record of running TensorFlow's GraphDef under graphrt."""
    record = {"values": {}, "strings": {}, "error": None}
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(messages.GraphDef.FromString(data), name="")
        with tf.Session() as session:
            for init, fetches, feeds in wanted(runs, graph):
                for name in init:
                    session.run(imported.get_operation_by_name(name))
                values = session.run([name for _, name in fetches], feeds)
                for (key, _), value in zip(fetches, values, strict=True):
                    replay._store(record, key, value)
    return record


@functools.cache
def golden(family):
    return store.read(GOLDEN, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_runs_what_tensorflow_exported(family):
    found = []
    for case in cases_of(family, "graph", "values"):
        made = built(case)
        if made is None or not made[1]:
            continue
        try:
            record = run_imported(archive()[case.name], made[1], made[0])
        except Exception as error:
            found.append(f"{case.name}: {type(error).__name__}: {error}")
            continue
        texts = compare.differences(golden(family)[case.name], record, "values", case.tolerance)
        found += [f"{case.name}: {text}" for text in texts]
    assert not found, "\n".join([f"{len(found)} differences:", *found[:30]])


def oracle_python():
    """The interpreter with TensorFlow 1.15, or skip with the reason."""
    python = os.environ.get("GRAPHRT_TF115", "/work/tf115/bin/python")
    if not Path(python).is_file():
        pytest.skip(f"no Python with TensorFlow 1.15 at {python}; set GRAPHRT_TF115")
    return python


def fed_array(tensor, value):
    """The value in a form that an old NumPy can load: no array of objects."""
    dtype = tensor.dtype.base_dtype
    return np.asarray(value).astype("S" if dtype == tf.string else dtype.as_numpy_dtype)


def write_request(folder, stem, made):
    """Writes what tools/golden/graphs.py needs to run our GraphDef; returns the names of the steps' fetches."""
    graph, runs = made
    steps, arrays = [], {}
    for init, fetches, feeds in wanted(runs, graph):
        keys = {name: f"a{len(arrays) + i}" for i, name in enumerate(feeds)}
        arrays.update({keys[name]: fed_array(graph.get_tensor_by_name(name), value) for name, value in feeds.items()})
        steps.append({"init": init, "fetches": [name for _, name in fetches], "feeds": keys})
    (folder / f"{stem}.pb").write_bytes(graph.as_graph_def().SerializeToString())
    (folder / f"{stem}.json").write_text(json.dumps(steps))
    np.savez(folder / f"{stem}.npz", **arrays)


@pytest.mark.oracle
@pytest.mark.parametrize("family", FAMILIES)
def test_tensorflow_runs_what_we_export(family, tmp_path):
    names = {}
    for case in cases_of(family, "graph", "attributes", "values"):
        made = built(case)
        if made is not None and made[1]:
            stem = f"g{len(names)}"
            names[stem] = case
            write_request(tmp_path, stem, made)
    command = [oracle_python(), "tools/golden/graphs.py", "run", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = []
    for stem, case in names.items():
        made = built(case)
        with np.load(tmp_path / f"{stem}.out.npz", allow_pickle=True) as out:
            record = {"values": {}, "strings": {}, "error": None}
            if "error" in out:
                found.append(f"{case.name}: {out['error']}")
                continue
            for index, (_, fetches, _) in enumerate(wanted(made[1], made[0])):
                for key, name in fetches:
                    value = out[f"{index} {name}"]
                    replay._store(record, key, None if value.dtype == object and value[()] is None else value)
        texts = compare.differences(golden(family)[case.name], record, "values", case.tolerance)
        found += [f"{case.name}: {text}" for text in texts]
    assert not found, "\n".join([f"{len(found)} differences:", *found[:30]])
