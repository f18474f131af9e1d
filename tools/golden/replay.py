"""Run one golden case with a module that looks like TensorFlow 1, and write down what came out.

The same code makes the golden record (under TensorFlow 1.15.5) and the record to compare with it (under graphrt), so
it asks only the public API: Graph.get_operations, Operation.name/type/inputs/control_inputs/get_attr/device.
"""

import re
import traceback

import numpy as np

from .case import Facts, Run


def replay(case, tf, attribute_names, vary_seed=None, session=None):
    """Return the record of `case` under the module `tf`, a dict:

    nodes:  [[name, type, [inputs], {attributes}], ...] in graph order (control inputs last, as '^name', sorted)
    static: [{fetch name: [dtype name, static shape or None]}, ...] one for each Run
    values: {"run index/fetch name": array}, and strings: the same for arrays of bytes, as nested lists
    facts:  {name: value};  error: {stage, class, message} if the case raised (with `trace`, never stored)

    `attribute_names(op, index)` says which attributes of an operation to write down. `vary_seed` replaces the fed
    floats (see `varied`). `session` makes the Session, default `tf.Session()`.
    """
    record = {"nodes": [], "static": [], "values": {}, "strings": {}, "facts": {}, "error": None}
    graph = tf.Graph()
    with graph.as_default():
        try:
            steps = _as_list(case.function(tf, np))
        except Exception as error:
            record["error"] = _error("declare", error, tf)
            return record
        for index, op in enumerate(graph.get_operations()):
            record["nodes"].append(_node(op, attribute_names(op, index)))
        record["static"] = [_static(step.fetches) for step in steps if isinstance(step, Run)]
        for step in steps:
            if isinstance(step, Facts):
                record["facts"].update(_fact(step.values))
        runs = [step for step in steps if isinstance(step, Run)]
        try:
            _run(runs, record, session or tf.Session, vary_seed)
        except Exception as error:
            record["error"] = _error("run", error, tf)
    return record


def replay_like(golden, case, tf, vary_seed=None):
    """`replay`, asking each node for the attributes that the golden record has at its place."""
    nodes = golden["nodes"]

    def attribute_names(op, index):
        return sorted(nodes[index][3]) if index < len(nodes) and nodes[index][0] == op.name else []

    return replay(case, tf, attribute_names, vary_seed)


def _fact(value):
    """As it will come back from JSON: NumPy scalars as Python's, tuples as lists, bytes and keys as str."""
    if isinstance(value, dict):
        return {str(key): _fact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_fact(item) for item in value]
    return _plain(value)


def _run(runs, record, session_factory, vary_seed):
    if not runs:
        return
    with session_factory() as session:
        for index, run in enumerate(runs):
            if run.init is not None:
                session.run(run.init)
            feed = run.feed if vary_seed is None or not run.vary else varied(run.feed, vary_seed + index)
            for name, value in _flatten(session.run(run.fetches, feed)):
                _store(record, "%d/%s" % (index, name), value)


def varied(feed, seed):
    """The feed with its floats shuffled and scaled by 0.5 to 1.5, its booleans shuffled; integers stay (indices)."""
    random = np.random.RandomState(seed % 2**32)
    new = {}
    for key, value in feed.items():
        array = np.asarray(value)
        if array.dtype.kind in "fb":
            value = random.permutation(array.ravel()).reshape(array.shape).astype(array.dtype)
        if array.dtype.kind == "f":
            value = (value * random.uniform(0.5, 1.5, array.shape)).astype(array.dtype)
        new[key] = value
    return new


def _as_list(steps):
    if steps is None:
        return []
    return list(steps) if isinstance(steps, (list, tuple)) else [steps]


def _node(op, attribute_names):
    inputs = [tensor.name for tensor in op.inputs] + sorted("^" + control.name for control in op.control_inputs)
    attributes = {name: attribute(op, name) for name in attribute_names}
    return [op.name, op.type, inputs, attributes]


def attribute(op, name):
    """An attribute as JSON: dtypes by name, shapes as lists (None: unknown), bytes as str. '@device', '@class' too."""
    try:
        if name == "@device":
            return op.device
        if name == "@class":
            return sorted(_plain(group) for group in op.colocation_groups())
        return _plain(op.get_attr(name))
    except Exception as error:  # a missing attribute is a difference to report, not a crash of the comparison
        return "<%s: %s>" % (type(error).__name__, error)


def _plain(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float("%.7g" % value)  # attributes are float32 in a GraphDef
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "unknown_rank"):  # TensorShapeProto
        return None if value.unknown_rank else [dim.size if dim.size >= 0 else None for dim in value.dim]
    if hasattr(value, "as_datatype_enum"):
        return value.name
    if hasattr(value, "as_list"):
        return None if value.ndims is None else value.as_list()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return "<%s>" % type(value).__name__


def _static(fetches):
    found = {}
    for name, fetch in _flatten(fetches):
        if hasattr(fetch, "get_shape") and hasattr(fetch, "dtype"):
            shape = fetch.get_shape()
            found[name] = [fetch.dtype.name, None if shape.ndims is None else shape.as_list()]
    return found


def _flatten(value, prefix=""):
    """Leaves of a structure as (name, leaf), names as a.0.b; None (the value of an Operation) is a leaf too."""
    if isinstance(value, dict):
        items = [(str(key), value[key]) for key in sorted(value, key=str)]
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        items = list(zip(value._fields, value))
    elif isinstance(value, (list, tuple)):
        items = [(str(index), item) for index, item in enumerate(value)]
    elif hasattr(value, "values") and hasattr(value, "indices") and hasattr(value, "dense_shape"):
        items = [(name, getattr(value, name)) for name in ("values", "indices", "dense_shape")]
    else:
        return [(prefix, value)]
    leaves = []
    for name, item in items:
        leaves.extend(_flatten(item, "%s.%s" % (prefix, name) if prefix else name))
    return leaves


def _store(record, key, value):
    if value is None:
        record["strings"][key] = None
        return
    array = np.asarray(value)
    if array.dtype.kind in "OSU":
        record["strings"][key] = _plain_strings(array.tolist())
    else:
        record["values"][key] = array


def _plain_strings(value):
    return [_plain_strings(item) for item in value] if isinstance(value, list) else _plain(value)


def _error(stage, error, tf):
    """The class is the nearest one that a script can name: Python's own or one of tf.errors."""
    public = [c for c in type(error).__mro__ if c.__module__ == "builtins" or getattr(tf.errors, c.__name__, 0) is c]
    message = str(error).strip().split("\n")[0].split(" (defined at ")[0]
    return {
        "stage": stage,
        "class": public[0].__name__,
        "message": re.sub("0x[0-9a-f]+", "0x...", message),
        "trace": traceback.format_exc(),
    }
