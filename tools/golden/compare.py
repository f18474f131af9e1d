"""What differs between a golden record and graphrt's, in words. Pure functions over two records of `replay`."""

import numpy as np

SHOWN = 12
TOLERANCES = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-12, "complex64": 2e-6, "complex128": 1e-12}
CHECKS = ("graph", "attributes", "static", "values", "facts", "error")


def differences(golden, actual, check, tolerance=None):
    """The differences of one kind (one of CHECKS) as a list of readable lines; empty if there are none."""
    if check == "error":
        return _error_differences(golden["error"], actual["error"])
    error = actual["error"]
    if error and (error["stage"] == "declare" or check == "values"):
        return ["raised %s at %s: %s\n%s" % (error["class"], error["stage"], error["message"], error["trace"])]
    if check == "values":
        return _value_differences(golden, actual, tolerance)
    compare = {"graph": _graph_differences, "attributes": _attribute_differences}.get(check)
    if compare:
        return _shorten(compare(golden["nodes"], actual["nodes"]))
    if check == "static":
        return _shorten(_static_differences(golden["static"], actual["static"]))
    return _dict_differences("fact", golden["facts"], actual["facts"])


def checks_of(golden):
    """The kinds of comparison that this golden record has something for."""
    if golden["error"]:
        return ["error"]
    present = {
        "graph": golden["nodes"],
        "attributes": any(node[3] for node in golden["nodes"]),
        "static": any(golden["static"]),
        "values": golden["values"] or golden["strings"],
        "facts": golden["facts"],
    }
    return [check for check in CHECKS if present.get(check)]


def _graph_differences(golden, actual):
    found = []
    if len(golden) != len(actual):
        found.append("%d nodes, expected %d" % (len(actual), len(golden)))
        names, expected_names = {node[0] for node in actual}, {node[0] for node in golden}
        found.extend("missing: %s (%s)" % (node[0], node[1]) for node in golden if node[0] not in names)
        found.extend("extra: %s (%s)" % (node[0], node[1]) for node in actual if node[0] not in expected_names)
    for index, (expected, node) in enumerate(zip(golden, actual)):
        for position, what in ((0, "name"), (1, "type"), (2, "inputs")):
            if expected[position] != node[position]:
                label = "node %d (%s)" % (index, expected[0])
                found.append("%s: %s %r, expected %r" % (label, what, node[position], expected[position]))
    return found


def _attribute_differences(golden, actual):
    found = []
    by_name = {node[0]: node for node in actual}
    for name, _, _, attributes in golden:
        if name not in by_name:
            found.append("node %s is missing" % name)
            continue
        for key in sorted(attributes):
            value = by_name[name][3].get(key)
            if value != attributes[key]:
                found.append("node %s: attribute %s is %r, expected %r" % (name, key, value, attributes[key]))
    return found


def _static_differences(golden, actual):
    found = []
    if len(golden) != len(actual):
        return ["%d runs, expected %d" % (len(actual), len(golden))]
    for index, (expected, static) in enumerate(zip(golden, actual)):
        found.extend(_dict_differences("run %d: dtype and static shape of" % index, expected, static))
    return found


def _value_differences(golden, actual, tolerance):
    found = _dict_differences("strings of", golden["strings"], actual["strings"])
    for key in sorted(set(golden["values"]) | set(actual["values"])):
        if key not in actual["values"] or key not in golden["values"]:
            found.append("value %s is %s" % (key, "extra" if key in actual["values"] else "missing"))
            continue
        found.extend(array_differences(key, golden["values"][key], actual["values"][key], tolerance))
    return _shorten(found)


def array_differences(key, expected, value, tolerance=None):
    """Shape, dtype, then elements: floats within tolerance * (|expected| + min(1, max |expected|)), others equal."""
    if value.dtype != expected.dtype or value.shape != expected.shape:
        text = "value %s is %s%s, expected %s%s"
        return [text % (key, value.dtype, list(value.shape), expected.dtype, list(expected.shape))]
    if tolerance is None:
        tolerance = TOLERANCES.get(expected.dtype.name, 0)
    if expected.dtype.kind not in "fc" or tolerance == 0:
        different = ~((value == expected) | ((value != value) & (expected != expected)))
    else:
        different = ~_close(expected, value, tolerance)
    if not different.any():
        return []
    where = tuple(int(i) for i in np.argwhere(different)[0])
    text = "value %s differs in %d of %d elements, first at %s: %r, expected %r"
    return [text % (key, different.sum(), value.size, list(where), value[where].item(), expected[where].item())]


def _close(expected, value, tolerance):
    finite = np.isfinite(expected) & np.isfinite(value)
    same = (value == expected) | ((value != value) & (expected != expected))
    magnitude = np.where(np.isfinite(expected), np.abs(expected), 0)
    floor = min(1.0, float(magnitude.max())) if magnitude.size else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        return same | (finite & (np.abs(value - expected) <= tolerance * (magnitude + floor)))


def _error_differences(golden, actual):
    if golden is None:
        return [] if actual is None else ["raised %s: %s\n%s" % (actual["class"], actual["message"], actual["trace"])]
    expected = "%s when %s" % (golden["class"], "declaring" if golden["stage"] == "declare" else "running")
    if actual is None:
        return ["did not raise, expected %s: %s" % (expected, golden["message"])]
    if (actual["class"], actual["stage"]) != (golden["class"], golden["stage"]):
        text = "raised %s at %s, expected %s: %s\n%s"
        return [text % (actual["class"], actual["stage"], expected, golden["message"], actual["trace"])]
    return []


def _dict_differences(what, expected, actual):
    found = []
    for key in sorted(set(expected) | set(actual)):
        value, wanted = actual.get(key, "<missing>"), expected.get(key, "<not there>")
        if value != wanted:
            found.append("%s %s: %r, expected %r" % (what, key, value, wanted))
    return found


def _shorten(found):
    return found if len(found) <= SHOWN else found[:SHOWN] + ["... and %d more" % (len(found) - SHOWN)]
