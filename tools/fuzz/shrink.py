"""Makes a description that fails smaller, as long as it goes on failing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tools.fuzz.operations import WRITES
from tools.fuzz.reference import every_node

Description = dict[str, Any]


def shrunk(description: Description, fails: Callable[[Description], bool], ordered: bool = False) -> Description:
    """The smallest one that was found; ``fails`` says if one still shows the mistake. ``ordered`` keeps the order."""
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(description, ordered):
            if _size(smaller) < _size(description) and fails(smaller):
                description, changed = smaller, True
                break
    return description


def _size(description: Description) -> tuple[int, int, int]:
    used = [i for node in every_node(description["nodes"]) for i in (*node["in"], *node["control"])]
    nonzero = sum(bool(np.any(variable["initial"])) for variable in description["variables"])
    return len(used) + len(description["variables"]), nonzero, len(json.dumps(description))


def _smaller(description: Description, ordered: bool) -> Iterator[Description]:
    runs = description["runs"]
    for i in range(len(runs)):
        if len(runs) > 1:
            yield _with(description, runs=runs[:i] + runs[i + 1 :])
    pruned = _pruned(description)
    if pruned is not None:
        yield pruned
    for i, run in enumerate(runs):
        if run["layout"] != "plain":
            yield _with(description, runs=[*runs[:i], {**run, "layout": "plain"}, *runs[i + 1 :]])
        for j in range(len(run["fetches"])):
            if len(run["fetches"]) > 1:
                less = {**run, "fetches": run["fetches"][:j] + run["fetches"][j + 1 :]}
                yield _with(description, runs=[*runs[:i], less, *runs[i + 1 :]])
        for key in run["feeds"]:
            less = {**run, "feeds": {k: v for k, v in run["feeds"].items() if k != key}}
            yield _with(description, runs=[*runs[:i], less, *runs[i + 1 :]])
    for i, variable in enumerate(description["variables"]):
        if np.any(variable["initial"]):
            zeros = {**variable, "initial": np.zeros(np.size(variable["initial"])).tolist()}
            yield _with(
                description, variables=[*description["variables"][:i], zeros, *description["variables"][i + 1 :]]
            )
    for node in [] if ordered else list(every_node(description["nodes"])):
        yield from _simpler_nodes(description, node)


def _with(description: Description, **changes: Any) -> Description:
    return copy.deepcopy({**description, **changes})


def _simpler_nodes(description: Description, node: Description) -> Iterator[Description]:
    for i in range(len(node["control"])):
        yield _changed(description, node["id"], control=node["control"][:i] + node["control"][i + 1 :])
    if "on" in node:
        smaller = _changed(description, node["id"])
        del _found(smaller, node["id"])["on"]
        yield smaller
    is_write = node["op"] in WRITES or node["op"] == "apply"
    if node["op"] == "apply" and len(node["variables"]) > 1:
        for i in range(len(node["variables"])):
            rest = node["variables"][:i] + node["variables"][i + 1 :]
            yield _changed(description, node["id"], variables=rest, **{"in": node["in"][:i] + node["in"][i + 1 :]})
    if not is_write and node["op"] != "constant":
        shape = node["shape"]
        value = True if node["dtype"] == "bool" else np.ones(shape).ravel().tolist()
        attrs = {"value": value, "dtype": node["dtype"], "shape": shape}
        plain = {"op": "constant", "in": [], "attrs": attrs, "control": []}
        smaller = _changed(description, node["id"], **plain)
        for key in ("branches", "variable"):
            _found(smaller, node["id"]).pop(key, None)
        for run in smaller["runs"]:
            run["feeds"].pop(str(node["id"]), None)
        yield smaller
    for source in node["in"]:
        for other in every_node(description["nodes"]):
            same = other["shape"] == node["shape"] and other["dtype"] == node["dtype"]
            if other["id"] == source and same and not is_write and node["op"] != "cond":
                yield _bypassed(description, node["id"], source)


def _changed(description: Description, number: int, **changes: Any) -> Description:
    smaller = copy.deepcopy(description)
    _found(smaller, number).update(changes)
    return smaller


def _found(description: Description, number: int) -> Description:
    return next(node for node in every_node(description["nodes"]) if node["id"] == number)


def _bypassed(description: Description, number: int, source: int) -> Description:
    """Who used the node uses its input."""
    smaller = copy.deepcopy(description)
    for node in every_node(smaller["nodes"]):
        node["in"] = [source if i == number else i for i in node["in"]]
        for branch in node.get("branches", ()):
            branch["out"] = source if branch["out"] == number else branch["out"]
    for run in smaller["runs"]:
        run["fetches"] = [[w, source if n == number and w != "variable" else n] for w, n in run["fetches"]]
    return smaller


def _pruned(description: Description) -> Description | None:
    """Without the nodes that no fetch needs and no feed names, and the variables that no node has; None: all are."""
    nodes = {node["id"]: node for node in every_node(description["nodes"])}
    inside = {
        inner["id"]: node["id"]
        for node in nodes.values()
        for branch in node.get("branches", ())
        for inner in branch["nodes"]
    }
    stack = [n for run in description["runs"] for w, n in run["fetches"] if w != "variable"]
    stack += [int(key) for run in description["runs"] for key in run["feeds"]]
    needed: set[int] = set()
    while stack:
        number = stack.pop()
        if number in needed:
            continue
        needed.add(number)
        node = nodes[number]
        stack += [*node["in"], *node["control"], *[b["out"] for b in node.get("branches", ())]]
        stack += [node["on"]] if "on" in node else []
        stack += [inside[number]] if number in inside else []
    if len(needed) == len(nodes):
        return _without_variables(description)
    smaller = copy.deepcopy(description)
    smaller["nodes"] = _kept(smaller["nodes"], needed)
    return smaller


def _kept(nodes: list[Description], needed: set[int]) -> list[Description]:
    result = [node for node in nodes if node["id"] in needed]
    for node in result:
        for branch in node.get("branches", ()):
            branch["nodes"] = _kept(branch["nodes"], needed)
    return result


def _without_variables(description: Description) -> Description | None:
    used = {n for run in description["runs"] for w, n in run["fetches"] if w == "variable"}
    for node in every_node(description["nodes"]):
        used.update([node["variable"]] if "variable" in node else node.get("variables", ()))
    if len(used) == len(description["variables"]) or not used:
        return None
    smaller = copy.deepcopy(description)
    number = {old: new for new, old in enumerate(sorted(used))}
    smaller["variables"] = [description["variables"][i] for i in sorted(used)]
    for node in every_node(smaller["nodes"]):
        if "variable" in node:
            node["variable"] = number[node["variable"]]
        if "variables" in node:
            node["variables"] = [number[i] for i in node["variables"]]
    for run in smaller["runs"]:
        run["fetches"] = [[w, number[n] if w == "variable" else n] for w, n in run["fetches"]]
    return smaller
