"""What a described graph means, said once more and by itself: an interpreter in NumPy that knows no program or plan.

The order of reads and writes within a run, which TF1 left to a race:

- A node sees the writes that it depends on (by data, control, or the predicates of its branch), and of others only
  what was there before the run.
- A read, and identities of it, pass on the variable and not a value: who uses them sees the writes *he* depends on.
- Writes to one variable happen in the order in which they were declared; one that is not done changes nothing.
- A variable that is fetched itself is read after the writes of the run, and so is what a write hands on.
- All writes of a run are there afterwards, or none, if it failed.
- Random numbers are what a graph with nothing else in it draws: as often as the node has run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

import graphrt as tf
from tools.fuzz.operations import VALUES, WRITES, applied

Node = dict[str, Any]
READS = ("read", "read_value")


class Failed(Exception):
    """A run that must fail: an index is out of range."""


def every_node(nodes: list[Node]) -> Iterator[Node]:
    """The nodes, and those inside branches before the conditions that they are branches of."""
    for node in nodes:
        for branch in node.get("branches", ()):
            yield from every_node(branch["nodes"])
        yield node


def variables_written(node: Node) -> list[int]:
    """The numbers of the variables that a node writes by itself."""
    if node["op"] == "apply":
        return list(node["variables"])
    return [node["variable"]] if node["op"] in WRITES or node["op"] == "count_up_to" else []


class Reference:
    """The variables of a described graph, and what runs make of them."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.nodes = {node["id"]: node for node in every_node(description["nodes"])}
        self.order = sorted(self.nodes)
        self.guards: dict[int, tuple[tuple[int, bool], ...]] = {}
        self.conditions: dict[int, int] = {}  # of nodes in branches: the innermost condition
        self._note_branches(description["nodes"], ())
        self.state = [np.array(v["initial"], v["dtype"]).reshape(v["shape"]) for v in description["variables"]]
        self.slots: dict[int, dict[str, Any]] = {}
        self.drawn: Counter[int] = Counter()  # how often each node has drawn

    def _note_branches(self, nodes: list[Node], guard: tuple[tuple[int, bool], ...]) -> None:
        for node in nodes:
            self.guards[node["id"]] = guard
            for branch, taken in zip(node.get("branches", ()), (True, False), strict=False):
                for inner in branch["nodes"]:
                    self.conditions[inner["id"]] = node["id"]
                self._note_branches(branch["nodes"], (*guard, (node["in"][0], taken)))

    def run(self, run: dict[str, Any]) -> list[Any]:
        """The values of the fetches; the variables change if all goes well.

        Raises:
          Failed: if a node of the run must fail; nothing has changed then.
        """
        return _Run(self, run).values()


@lru_cache(maxsize=10_000)
def _draws(seed: int, shape: tuple[int, ...], count: int) -> tuple[Any, ...]:
    """The first draws of a random node with this seed, each run by itself."""
    with tf.Graph().as_default(), tf.Session() as sess:
        node = tf.random_uniform(shape, 0, 8, tf.int32, seed=seed)
        return tuple([sess.run(node) for _ in range(count)])


class _Run:
    def __init__(self, reference: Reference, run: dict[str, Any]) -> None:
        self.reference = reference
        self.nodes = reference.nodes
        self.fetches = run["fetches"]
        self.feeds = {int(key): np.array(value) for key, value in run["feeds"].items()}
        for key, value in self.feeds.items():
            node = self.nodes[key]
            self.feeds[key] = value.astype(node["dtype"]).reshape(node["shape"])
        self.seen: dict[int, frozenset[int]] = {}  # the writes that each node depends on
        self.made: dict[int, Any] = {}
        self.versions: dict[int, list[tuple[int, Any]]] = {i: [] for i in range(len(reference.state))}
        self.slots = {key: dict(value) for key, value in reference.slots.items()}

    def values(self) -> list[Any]:
        needed = self._needed()
        for i in self.reference.order:
            self.seen[i] = self._writes_before(self.nodes[i])
            if i in needed:
                self._step(self.nodes[i])
        after = [versions[-1][1] if versions else self._before(i) for i, versions in self.versions.items()]
        result = [self._fetched(what, number, after) for what, number in self.fetches]
        self.reference.state = after
        self.reference.slots = self.slots
        return result

    def _before(self, variable: int) -> Any:
        return self.reference.state[variable]

    def _edges(self, node: Node) -> list[int]:
        return self._data(node) + self._control(node)

    def _data(self, node: Node) -> list[int]:
        """The values that a node needs, and what decides whether it runs: nothing of what is fed."""
        data = [*node["in"], *[branch["out"] for branch in node.get("branches", ())]]
        if "on" in node:
            data.append(node["on"])
        for condition in self._around(node):
            data += condition["in"]
        return [i for i in data if i not in self.feeds]

    def _control(self, node: Node) -> list[int]:
        """What a node waits for; one in a branch for all that the decision waits for."""
        return [i for waiting in (node, *self._around(node)) for i in waiting["control"]]

    def _around(self, node: Node) -> Iterator[Node]:
        """The conditions that a node is in a branch of."""
        number = self.reference.conditions.get(node["id"])
        while number is not None:
            yield self.nodes[number]
            number = self.reference.conditions.get(number)

    def _effects(self) -> set[int]:
        """The nodes that change something (a draw its stream), or use or wait for what does (docs/decisions/0003): by
        control, nobody waits for others."""
        found: set[int] = set()
        for i in self.reference.order:
            node = self.nodes[i]
            acts = bool(variables_written(node)) or node["op"] in ("python", "python_in_place", "assert", "draw")
            if acts or any(edge in found for edge in self._edges(node)):
                found.add(i)
        return found

    def _needed(self) -> set[int]:
        effects = self._effects()
        stack = [
            number
            for what, number in self.fetches
            if what == "operation" or (what == "value" and number not in self.feeds)
        ]
        found: set[int] = set()
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                node = self.nodes[i]
                stack += self._data(node) + [e for e in self._control(node) if e in effects]
        return found

    def _writes_before(self, node: Node) -> frozenset[int]:
        own = frozenset([node["id"]]) if variables_written(node) else frozenset()
        return own.union(*[self.seen[i] for i in self._edges(node)])

    # -- one node ------------------------------------------------------------------------------------------------------

    def _runs(self, node: Node) -> bool:
        return all(bool(self._used(p, self.seen[node["id"]])) == t for p, t in self.reference.guards[node["id"]])

    def _step(self, node: Node) -> None:
        if not self._runs(node):
            for variable in variables_written(node):  # what was there is handed on
                self.versions[variable].append((node["id"], self._latest(variable)))
            return
        kind, seen = node["op"], self.seen[node["id"]]
        if kind in READS or kind == "identity" or kind == "placeholder":
            return
        if kind == "cond":
            taken = bool(self._used(node["in"][0], seen))
            self.made[node["id"]] = self._used(node["branches"][0 if taken else 1]["out"], seen)
            return
        inputs = [self._used(i, seen) for i in node["in"]]
        if kind in VALUES:
            self.made[node["id"]] = VALUES[kind].evaluate(inputs, node["attrs"])
        elif variables_written(node):
            self._write(node, inputs)
        else:
            self.made[node["id"]] = self._other(node, inputs)

    def _other(self, node: Node, inputs: list[Any]) -> Any:
        kind, attrs = node["op"], node["attrs"]
        if kind == "constant":
            return np.array(attrs["value"], attrs["dtype"]).reshape(attrs["shape"])
        if kind == "draw":
            self.reference.drawn[node["id"]] += 1
            return _draws(attrs["seed"], tuple(attrs["shape"]), self.reference.drawn[node["id"]])[-1].astype(
                node["dtype"]
            )
        if kind == "assert":
            if not np.sum(inputs[0]) < attrs["number"]:
                raise Failed(f"node {node['id']}: {inputs[0]} is too much")
            return None
        if kind == "less":
            return np.sum(inputs[0]) < attrs["number"]
        if kind == "logical_not":
            return np.logical_not(inputs[0])
        assert kind == "taken", kind
        if not 0 <= int(inputs[1]) < len(inputs[0]):
            raise Failed(f"node {node['id']}: no row {inputs[1]}")
        return inputs[0][int(inputs[1])]

    def _write(self, node: Node, inputs: list[Any]) -> None:
        variables = variables_written(node)
        if node["op"] == "apply":
            slots = self.slots.setdefault(node["id"], {})
            rows = None
            if node["attrs"].get("rows"):
                *inputs, rows = inputs
                if any(((rows < 0) | (rows >= len(one))).any() for one in inputs):
                    raise Failed(f"node {node['id']}: not all rows {rows}")
            news = applied(node["attrs"]["kind"], [self._latest(v) for v in variables], inputs, slots, rows)
        elif node["op"] == "count_up_to":
            old = self._latest(variables[0])
            self.made[node["id"]] = np.asarray(old, node["dtype"])
            news = [old + old.dtype.type(1)]
        else:
            news = [WRITES[node["op"]].evaluate(self._latest(variables[0]), inputs, node["attrs"])]
        for variable, new in zip(variables, news, strict=True):
            dtype = self._before(variable).dtype
            self.versions[variable].append((node["id"], np.asarray(new, dtype)))

    # -- values --------------------------------------------------------------------------------------------------------

    def _latest(self, variable: int) -> Any:
        versions = self.versions[variable]
        return versions[-1][1] if versions else self._before(variable)

    def _version(self, variable: int, seen: frozenset[int]) -> Any:
        for writer, value in reversed(self.versions[variable]):
            if writer in seen:
                return value
        return self._before(variable)

    def _used(self, number: int, seen: frozenset[int]) -> Any:
        """A value as a node has it that depends on the writes ``seen``."""
        while number not in self.feeds:
            node = self.nodes[number]
            if node["op"] in READS or node["op"] in WRITES:
                return self._version(node["variable"], seen)
            if node["op"] != "identity":
                return self.made[number]
            number = node["in"][0]
        return self.feeds[number]

    def _fetched(self, what: str, number: int, after: list[Any]) -> Any:
        if what == "operation":
            return None
        if what == "variable":
            return after[number]
        if number not in self.feeds and self.nodes[number]["op"] in WRITES:
            return after[self.nodes[number]["variable"]]
        return self._used(number, frozenset() if number in self.feeds else self.seen[number])
