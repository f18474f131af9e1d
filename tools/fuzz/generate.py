"""Random descriptions of graphs with variables, views, updates, conditions and feeds (see ``build.py`` for the form).

Five modes. "exact": all values are small integers in floats, so that every tier must agree bit for bit. "real": random
reals, and operations that round. "ordered": exact, and every read and write of a variable is ordered by dependencies,
so that TensorFlow 1.15 has no race to lose: a write waits for all readers of what it overwrites, whatever may share the
variable's memory is not used after it, and only values in memory of their own are fetched. "derived" and "hard" are
those of ``derive.py``.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tools.fuzz.operations import LAYOUTS, NO_REFERENCE, VALUES, WRITES

Node = dict[str, Any]
MODES = ("exact", "real", "ordered", "derived", "hard")
WITH_ROWS = ("exact", "real", "ordered")  # with gradients of some rows
MOST = 1 << 22  # of any value, so that float32 holds it exactly
OF_VARIABLE = 1024  # what a variable is taken to reach
SHAPES = ([], [1], [1], [2], [4], [5, 1], [5, 1], [3, 2], [2, 3], [4, 4], [1, 1], [2, 2, 2], [6], [0], [0, 2])
HISTORY = ([200], [200, 1], [200, 2])
# These make arrays of their own in TensorFlow; all others may pass on a part of their input's memory.
OWN_MEMORY = {
    *("negative", "abs", "square", "sign", "plus", "times", "clip", "through_int", "add", "subtract", "multiply"),
    *("maximum", "minimum", "squared_difference", "select", "add_n", "matmul", "cond", "some_of_it"),
}
UNARY = ("negative", "abs", "square", "relu", "sign", "plus", "times", "clip", "through_int")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum", "squared_difference", "select", "add_n")
VIEWS = (
    *("reshape", "transpose", "slice", "slice", "slice", "row", "split", "unstack", "expand", "squeeze", "broadcast"),
    *("tile", "reverse", "pad", "gather", "cumsum", "concat", "stack"),
)
REDUCTIONS = ("sum", "max", "min", "mean")


@dataclass
class Entry:
    """A value that later nodes may use."""

    node: Node
    bound: float
    shares: frozenset[int] = frozenset()  # variables whose memory it may share

    @property
    def shape(self) -> list[int]:
        return list(self.node["shape"])

    @property
    def id(self) -> int:
        return int(self.node["id"])


@dataclass
class Block:
    """The nodes of the graph, or of a branch: what they may use, and what has been read and written."""

    nodes: list[Node] = field(default_factory=list)
    pool: list[Entry] = field(default_factory=list)
    predicates: list[int] = field(default_factory=list)
    readers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    last_write: dict[int, int] = field(default_factory=dict)
    depth: int = 0  # how many conditions it is inside of

    @property
    def inside(self) -> bool:
        return self.depth > 0


def generate(seed: int, mode: str = "exact") -> Node:
    """The description of one graph and of some runs on it."""
    from tools.fuzz.derive import Derived, Hard

    kind = {"derived": Derived, "hard": Hard}.get(mode, Generator)
    return kind(random.Random(f"{mode} {seed}"), mode, random.Random(f"rows {mode} {seed}")).run()


class Generator:
    """Makes one description. Subclasses say what else there is (derive.py)."""

    most = MOST
    of_variable = OF_VARIABLE
    unary: tuple[str, ...] = UNARY

    def __init__(self, rng: random.Random, mode: str, rows_rng: random.Random) -> None:
        self.rng = rng
        self.rows_rng = rows_rng  # of gradients of some rows, so that graphs without them are what they always were
        self.mode = mode
        self.ordered = mode == "ordered"
        self.dtype = rng.choice(["float32", "float32", "float64"])
        self.count = 0
        self.doubling = 0  # writes of a variable to itself: each may double it, in each run
        self.block = Block()
        shapes = rng.choices(SHAPES, k=rng.randint(1, 4))
        if rng.random() < 0.15:
            shapes[0] = rng.choice(HISTORY)
        if len(shapes) > 1 and rng.random() < 0.5:
            shapes[1] = shapes[0]
        self.variables = [{"shape": s, "initial": self._numbers(s), "dtype": self.dtype} for s in shapes]
        self.counters = [len(shapes)] if rng.random() < 0.15 else []
        for _ in self.counters:
            self.variables.append({"shape": [], "initial": 0, "dtype": "int32"})
        self.reads: dict[int, Entry] = {}
        # What a run that fails has drawn depends on the order of its nodes: a graph draws, or it may fail.
        self.draws = rng.random() < 0.3
        self.indices: list[Entry] = []
        self.branching = rng.random() < 0.4  # many conditions; no Python, lest native code refuses the graph

    def run(self) -> Node:
        for _ in range(self.rng.randint(1, 2)):
            self._placeholder(self.rng.choice([*SHAPES, *[v["shape"] for v in self.variables]]))
        if self.rng.random() < 0.5:
            self._node("placeholder", [], {"dtype": "bool", "shape": []}, shape=[], dtype="bool")
        for i in range(len(self.variables) - len(self.counters)):
            self._read(i)
        if not self.ordered and not self.draws and self.rng.random() < 0.1:
            self.indices.append(self._node("placeholder", [], {"dtype": "int32", "shape": []}, shape=[], dtype="int32"))
            if self.rng.random() < 0.6:
                self._taken()
        for _ in range(self.rng.randint(4, 16)):
            self._something()
        description = {"dtype": self.dtype, "variables": self.variables, "nodes": self.block.nodes}
        return {**description, "mode": self.mode, "runs": self._runs()}

    # -- making nodes --------------------------------------------------------------------------------------------------

    def _node(
        self,
        kind: str,
        inputs: Sequence[Entry],
        attrs: Node,
        *,
        shape: Sequence[int],
        dtype: str | None = None,
        bound: float = 0,
        control: Sequence[int] | None = None,
        **more: Any,
    ) -> Entry:
        """Appends a node; numbers join the pool, and conditions the predicates."""
        block = self.block
        if control is None:
            control = self._some_control() if kind not in ("placeholder", "constant", "read") else []
        used = [e.id for e in inputs]
        # (As in TF1, a node does not wait for what it uses: where that is fed, nothing is left to wait for.)
        # (An optimizer is one node for each variable, and each waits for what the others use.)
        waits = sorted(set(control) - {*used, more.get("on")} if kind != "apply" else set(control))
        node = {"op": kind, "in": used, "attrs": attrs, "control": waits}
        node.update(more, id=self.count, shape=list(shape), dtype=dtype or self.dtype)
        self.count += 1
        block.nodes.append(node)
        shares = frozenset[int]().union(*[e.shares for e in inputs])
        for variable in shares:
            block.readers[variable].append(node["id"])
        entry = Entry(node, bound, frozenset() if kind in OWN_MEMORY else shares)
        if node["dtype"] == "bool":
            block.predicates.append(node["id"])
        elif node["dtype"] == self.dtype and kind != "apply":
            block.pool.append(entry)
        return entry

    def _some_control(self) -> list[int]:
        """Control dependencies at random: on nodes of the same block, writes above all."""
        if self.rng.random() > 0.25 or not self.block.nodes:
            return []
        nodes = self.block.nodes
        writes = [n for n in nodes if n["op"] in WRITES or n["op"] == "apply"]
        chosen = self.rng.choice(writes if writes and self.rng.random() < 0.7 else nodes)
        return [] if chosen["op"] in ("placeholder", "constant") else [chosen["id"]]

    def _value(
        self, kind: str, inputs: Sequence[Entry], attrs: Node | None = None, control: Sequence[int] | None = None
    ) -> Entry:
        """A node that computes a value; its inputs are kept so small that it is exact."""
        attrs = attrs or {}
        arrays = [np.zeros(e.shape) for e in inputs]
        bound = VALUES[kind].bound([e.bound for e in inputs], arrays, attrs)
        if bound > self.most:
            inputs = [self._tamed(e, 16 if self.most == MOST else 4) for e in inputs]
            bound = VALUES[kind].bound([e.bound for e in inputs], arrays, attrs)
        shape = np.shape(VALUES[kind].evaluate(arrays, attrs))
        return self._node(kind, inputs, attrs, shape=shape, bound=bound, control=control)

    def _tamed(self, entry: Entry, limit: int) -> Entry:
        return entry if entry.bound <= limit else self._value("clip", [entry], {"limit": limit})

    def _numbers(self, shape: Sequence[int]) -> Any:
        if self.mode in ("real", "derived"):
            return np.array([round(self.rng.uniform(-2, 2), 4) for _ in range(int(np.prod(shape)))]).tolist()
        return [self.rng.randint(-4, 4) for _ in range(int(np.prod(shape)))]

    def _constant(self, shape: Sequence[int]) -> Entry:
        attrs = {"value": self._numbers(shape), "dtype": self.dtype, "shape": list(shape)}
        return self._node("constant", [], attrs, shape=shape, bound=4)

    def _placeholder(self, shape: Sequence[int]) -> Entry:
        attrs = {"dtype": self.dtype, "shape": list(shape)}
        if self.rng.random() < 0.3:
            attrs["declared"] = [None if self.rng.random() < 0.6 else size for size in shape]
        return self._node("placeholder", [], attrs, shape=shape, bound=4)

    def _read(self, variable: int) -> Entry:
        """The variable's one read, or another one; where order matters, one that waits for the last write."""
        shape = self.variables[variable]["shape"]
        last = self.block.last_write.get(variable) if self.ordered else None
        if last is None and (variable not in self.reads or self.rng.random() < 0.5):
            if variable in self.reads:
                return self.reads[variable]
            if not self.block.inside:
                entry = self._node("read", [], {}, shape=shape, bound=self.of_variable, variable=variable)
                self.reads[variable] = entry
                return self._shared(entry, variable)
        control = None if last is None else [last]
        entry = self._node(
            "read_value", [], {}, shape=shape, bound=self.of_variable, variable=variable, control=control
        )
        return self._shared(entry, variable)

    def _shared(self, entry: Entry, variable: int) -> Entry:
        entry.shares = frozenset([variable])
        self.block.readers[variable].append(entry.id)
        return entry

    def _any(self, wanted: Callable[[Entry], bool] = lambda entry: True) -> Entry | None:
        """A value of the pool, rather a late one."""
        found = [e for e in self.block.pool if wanted(e)]
        if not found:
            return None
        return self.rng.choice(found[-5:] if self.rng.random() < 0.5 else found)

    # -- what may come next --------------------------------------------------------------------------------------------

    def _something(self, *, deep: bool = False) -> None:
        kinds: list[tuple[float, Callable[[], Any]]] = [
            (3, self._unary), (4, self._binary), (6, self._view), (3, self._reduction), (7, self._write),
            (2, self._another_read), (1, self._matmul), (0.0 if self.branching else 0.7, self._python),
            (self._nesting()[self.block.depth], self._condition),
            (2.5, self._of_unknown_shape),
            (0.8 if not deep else 0, self._apply), (0.5, self._predicate), (1, self._identity),
            (0.6 if self.counters else 0, self._count_up_to), (0.5, self._assertion),
            ((5 if deep else 1) * self.draws, self._draw), (1.0 if deep and self.indices else 0, self._taken),
            *self.more_kinds(deep),
        ]  # fmt: skip
        self.rng.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]()

    def more_kinds(self, deep: bool) -> list[tuple[float, Callable[[], Any]]]:
        """What a mode has besides, with its weights."""
        return []

    def _unary(self) -> None:
        kinds = self.unary + (("tanh", "sigmoid") if self.mode == "real" else ())
        kind = self.rng.choice(kinds)
        entry = self._any()
        if entry is not None:
            attrs = {"plus": {"number": 3.0}, "times": {"number": -2.0}, "clip": {"limit": 8}}.get(kind, {})
            if kind == "through_int" and self.mode in ("real", "derived"):
                return
            self._value(kind, [entry], attrs)

    def _binary(self) -> None:
        kind = self.rng.choice(BINARY)
        first = self._any()
        if first is None:
            return
        same = kind in ("select", "add_n")
        second = self._any(lambda e: e.shape == first.shape or (not same and _fit(e.shape, first.shape)))
        self._value(kind, [first, second or first] if self.rng.random() < 0.5 else [second or first, first])

    def _view(self) -> None:
        entry = self._any()
        if entry is not None:
            self._viewed(entry)

    def _viewed(self, entry: Entry) -> None:
        kind, rng, shape = self.rng.choice(VIEWS), self.rng, entry.shape
        axis = rng.randrange(len(shape)) if shape else 0
        attrs: Node | None = None
        inputs = [entry]
        if kind == "reshape":
            attrs = {"shape": _other_shape(rng, shape)}
        elif kind == "transpose":
            attrs = {"order": rng.sample(range(len(shape)), len(shape))}
        elif kind == "broadcast":
            attrs = {"shape": [rng.randint(1, 3), *[s if s != 1 else rng.randint(1, 4) for s in shape]]}
        elif kind == "expand":
            attrs = {"axis": rng.randint(0, len(shape))}
        elif kind == "stack":
            other = self._any(lambda e: e.shape == shape)
            inputs, attrs = [entry, other or entry], {"axis": rng.randint(0, len(shape))}
        elif not shape:
            return
        elif kind == "slice":
            attrs = {"slices": _slices(rng, shape)}
        elif kind == "squeeze":
            attrs = {"axis": axis} if shape[axis] == 1 else None
        elif kind == "concat":
            other = self._any(lambda e: len(e.shape) == len(shape) and _joins(e.shape, shape, axis))
            inputs, attrs = [entry, other or entry], {"axis": axis}
        elif kind == "tile":
            attrs = {"multiples": [rng.randint(1, 2) for _ in shape]}
        elif kind == "reverse" or kind == "cumsum":
            attrs = {"axis": axis}
        elif kind == "pad":
            attrs = {"paddings": [[rng.randint(0, 1), rng.randint(0, 1)] for _ in shape]}
        elif kind == "row" and shape[0]:
            attrs = {"index": rng.randrange(shape[0])}
        elif kind == "gather" and shape[0]:
            attrs = {"indices": [rng.randrange(shape[0]) for _ in range(rng.randint(1, 4))]}
        elif kind == "unstack" and 0 < shape[axis] <= 6:
            attrs = {"axis": axis, "of": shape[axis], "part": rng.randrange(shape[axis])}
        elif kind == "split" and shape[axis]:
            parts = rng.choice([p for p in range(1, min(shape[axis], 4) + 1) if shape[axis] % p == 0])
            attrs = {"axis": axis, "parts": parts, "part": rng.randrange(parts)}
        if attrs is not None and np.prod(shape) <= 1000:
            self._value(kind, inputs, attrs)

    def _reduction(self) -> None:
        entry, rng = self._any(), self.rng
        if entry is None or not np.prod(entry.shape):
            return
        rank = len(entry.shape)
        axes = None if rng.random() < 0.5 else sorted(rng.sample(range(rank), rng.randint(0, rank)))
        kind = rng.choice(REDUCTIONS)
        count = np.prod(entry.shape if axes is None else [entry.shape[a] for a in axes])
        rounds = self.mode in ("real", "derived")
        if kind == "mean" and count not in (1, 2, 4) and not rounds:
            kind = "sum"
        made = self._value(kind, [entry], {"axis": axes, "keep": rng.random() < 0.4})
        if kind == "mean" and not rounds and count > 1:
            self.block.pool.remove(made)
            self._value("floor", [made])

    def _matmul(self) -> None:
        first = self._any(lambda e: len(e.shape) == 2)
        second = first and self._any(lambda e: len(e.shape) == 2 and e.shape[0] == first.shape[1])
        if first and second:
            self._value("matmul", [first, second])

    def _python(self) -> None:
        entry = self._any()
        if entry is not None and entry.bound < self.most / 2:
            in_place = not self.ordered and self.rng.random() < 0.3
            self._value("python_in_place" if in_place else "python", [entry])

    def _of_unknown_shape(self) -> None:
        """What comes after it can be made for its shape only when that has been seen."""
        entry, rng = self._any(), self.rng
        if entry is None or entry.bound >= self.most / 2:
            return
        row = entry.shape[1:]
        kinds = ["python_of_any_shape"]
        if entry.shape and np.prod(row):
            kinds += ["all_of_it", "some_of_it"]
        kind = rng.choice(kinds)
        if kind == "python_of_any_shape":
            self._value(kind, [entry], {"rank": len(entry.shape)})
        elif kind == "all_of_it":
            self._value(kind, [entry], {"row": row})
        else:
            self._value(kind, [entry])

    def _identity(self) -> None:
        entry = self._any(lambda e: e.node["op"] not in WRITES)
        if entry is not None:
            made = self._node("identity", [entry], {}, shape=entry.shape, bound=entry.bound)
            made.shares = entry.shares

    def _another_read(self) -> None:
        self._read(self.rng.randrange(len(self.variables) - len(self.counters)))

    def _predicate(self) -> None:
        if self.block.predicates and self.rng.random() < 0.3:
            node = next((n for n in self.block.nodes if n["id"] == self.rng.choice(self.block.predicates)), None)
            if node is not None:
                self._node("logical_not", [Entry(node, 1)], {}, shape=[], dtype="bool")
            return
        entry = self._any(lambda e: e.bound * max(1, np.prod(e.shape)) <= self.most)
        if entry is not None:
            self._node("less", [entry], {"number": self.rng.choice([0.25, 3.25])}, shape=[], dtype="bool")

    def _taken(self) -> None:
        """A row by a fed index: some runs fail."""
        entry = self._any(lambda e: len(e.shape) > 0 and 0 < e.shape[0] < 20)
        if entry is not None:
            self._node("taken", [entry, self.indices[0]], {}, shape=entry.shape[1:], bound=entry.bound)

    def _draw(self) -> None:
        """Random numbers: each node has a stream of its own, which moves on only when the node runs."""
        shape = self.rng.choice([shape for shape in SHAPES if np.prod(shape)])
        self._node("draw", [], {"seed": self.count + 1, "shape": shape}, shape=shape, bound=8)

    def _assertion(self) -> None:
        """An assertion, and a value that waits for it. One that may fail waits for no write: others may have seen that
        one by then."""
        entry = self._any(lambda e: e.bound * max(1, np.prod(e.shape)) <= MOST)
        waiting = self._any()
        if entry is None or waiting is None:
            return
        certain = self.draws or self.block.inside or self.ordered or entry.node["op"] != "placeholder"
        attrs = {"number": float(4 * MOST) if certain else 9.0}
        made = self._node("assert", [entry], attrs, shape=[], dtype="none", control=None if certain else [])
        self._value("plus", [waiting], {"number": 0.0}, control=[made.id])

    # -- writes --------------------------------------------------------------------------------------------------------

    def _written(self, variables: Sequence[int], node: Node) -> None:
        """Notes a write, and in the ordered mode takes away what shares the memory that it overwrites."""
        block = self.block
        for variable in variables:
            block.last_write[variable] = node["id"]
            block.readers[variable] = []
            if self.ordered:
                block.pool[:] = [e for e in block.pool if variable not in e.shares or e.node is node]

    def _write_control(self, variables: Sequence[int]) -> list[int] | None:
        if not self.ordered:
            return None
        waits = [i for v in variables for i in self.block.readers[v]]
        return waits + [self.block.last_write[v] for v in variables if v in self.block.last_write]

    def _write(self) -> None:
        rng = self.rng
        variable = rng.randrange(len(self.variables) - len(self.counters))
        shape = self.variables[variable]["shape"]
        kinds = ["assign", "assign_add", "assign_add", "assign_sub"]
        if shape and shape[0]:
            kinds += ["assign_slice", *[k for k in WRITES if k.startswith("scatter")]] * 2
        kind = rng.choice(kinds)
        attrs, wanted = self._place(kind, shape)
        source = self._source(wanted, variable, WRITES[kind].grows)
        more: Node = {}
        if kind not in NO_REFERENCE and rng.random() < 0.15:
            before = [e for e in self.block.pool if e.node.get("variable") == variable and e.node["op"] in WRITES]
            if before:
                more["on"] = rng.choice(before).id
        control = self._write_control([variable])
        made = self._node(
            kind, [source], attrs, shape=shape, bound=self.of_variable, variable=variable, control=control, **more
        )
        self._written([variable], made.node)
        made.shares = frozenset([variable])
        if self.ordered:
            self.block.readers[variable] = []

    def _place(self, kind: str, shape: list[int]) -> tuple[Node, list[int]]:
        """Where a write goes, and the shape of what it takes."""
        rng = self.rng
        if kind.startswith("assign") and kind != "assign_slice":
            return {}, shape
        if kind == "assign_slice":
            slices = _slices(rng, shape)
            return {"slices": slices}, list(np.zeros(shape)[tuple(slice(*s) for s in slices)].shape)
        count = rng.randint(1, min(shape[0], 4))
        if rng.random() < 0.3:
            count = shape[0]
        start = rng.randint(0, shape[0] - count)
        indices = list(range(start, start + count))
        if rng.random() < 0.3:
            indices = rng.sample(range(shape[0]), count)
        elif "update" not in kind and rng.random() < 0.3:
            indices = [rng.randrange(shape[0]) for _ in range(count)]
        wanted = [count, *shape[1:]]
        return {"indices": [[i] for i in indices] if "_nd_" in kind else indices}, wanted

    def _source(self, shape: list[int], variable: int, grows: str) -> Entry:
        """A value of that shape to write: a view of the variable itself, with some luck."""
        entry = self._apart(self._of_shape(shape, variable), variable)
        if grows == "sign":
            return entry if entry.node["op"] == "sign" else self._value("sign", [entry])
        if grows == "to":
            return self._tamed(entry, self.of_variable)
        if entry.bound == self.of_variable and self.doubling < 2 and self.rng.random() < 0.7:
            self.doubling += 1
            return entry
        return self._tamed(entry, 8)

    def _apart(self, entry: Entry, variable: int) -> Entry:
        """Where order matters: not in the memory that will be written, for TensorFlow's kernels write row by row."""
        if self.ordered and variable in entry.shares:
            return self._value("plus", [entry], {"number": 0.0})
        return entry

    def _of_shape(self, shape: list[int], variable: int) -> Entry:
        rng = self.rng
        if rng.random() < 0.1:
            return self._constant(shape)
        larger = self._any(
            lambda e: (
                len(e.shape) == len(shape) > 0
                and e.shape[1:] == shape[1:]
                and e.shape[0] > shape[0]
                and (variable in e.shares or rng.random() < 0.2)
            )
        )
        if larger is not None and rng.random() < 0.6:
            start = rng.randint(0, larger.shape[0] - shape[0])
            stop = start + shape[0] if rng.random() < 0.5 or start else shape[0] - larger.shape[0]
            return self._value("slice", [larger], {"slices": [[start, stop]]})
        exact = self._any(lambda e: e.shape == shape)
        if exact is not None:
            return exact
        reshaped = self._any(lambda e: np.prod(e.shape) == np.prod(shape))
        if reshaped is not None:
            return self._value("reshape", [reshaped], {"shape": shape})
        small = self._any(lambda e: len(e.shape) <= len(shape) and _fit(e.shape, shape))
        if small is not None and tuple(np.broadcast_shapes(small.shape, tuple(shape))) == tuple(shape):
            return self._value("broadcast", [small], {"shape": shape})
        return self._constant(shape)

    def _count_up_to(self) -> None:
        counter = self.counters[0]
        control = self._write_control([counter])
        made = self._node("count_up_to", [], {}, shape=[], bound=64, variable=counter, control=control)
        self._written([counter], made.node)

    def _apply(self) -> None:
        count = len(self.variables) - len(self.counters)
        variables = sorted(self.rng.sample(range(count), self.rng.randint(1, count)))
        gradients = self.gradients_for(variables)
        gradients = [self._value("plus", [g], {"number": 0.0}) if self.ordered and g.shares else g for g in gradients]
        kind = self.rng.choice(["descent", "momentum"] + ["adam"] * 2 * (self.mode in ("real", "derived")))
        attrs: Node = {"kind": kind}
        least = min([(self.variables[v]["shape"] or [0])[0] for v in variables])
        if least and self.mode in WITH_ROWS and not self.block.inside and self.rows_rng.random() < 0.4:
            of_rows = {"dtype": "int32", "shape": [self.rows_rng.randint(1, 6)], "below": least}
            gradients.append(self._node("placeholder", [], of_rows, shape=of_rows["shape"], dtype="int32"))
            attrs["rows"] = True
        control = self._write_control(variables)
        made = self._node("apply", gradients, attrs, shape=[], variables=variables, control=control)
        self._written(variables, made.node)

    def gradients_for(self, variables: list[int]) -> list[Entry]:
        return [self._tamed(self._of_shape(self.variables[v]["shape"], v), 8) for v in variables]

    def _nesting(self) -> tuple[float, ...]:
        """How often there is a condition, by how many it is inside of."""
        return (6.0, 0.6, 0.6, 0.0) if self.branching else (1.3, 3.0, 0.0)

    # -- conditions ----------------------------------------------------------------------------------------------------

    def _condition(self) -> None:
        outer = self.block
        if not outer.predicates or self.rng.random() < 0.3:
            self._predicate()
        if self.rng.random() < 0.1:
            attrs = {"value": self.rng.random() < 0.5, "dtype": "bool", "shape": []}
            self._node("constant", [], attrs, shape=[], dtype="bool")
        if not outer.predicates:
            return
        predicate = self.rng.choice(outer.predicates)
        condition_control = self._some_control()
        target = self._any()
        if target is None:
            return
        blocks, outs = [], []
        for _ in range(2):
            self.block = Block(
                pool=list(outer.pool),
                predicates=list(outer.predicates) if self.rng.random() < 0.5 else [],
                depth=outer.depth + 1,
                last_write=dict(outer.last_write),
            )
            for _ in range(self.rng.randint(0, 3)):
                self._something(deep=True)
            outs.append(self._out(target.shape))
            blocks.append(self.block)
        self.block = outer
        if self.ordered:
            condition_control = self._ordered_control(outer, blocks)
        node = self._node(
            "cond",
            [],
            {},
            shape=target.shape,
            bound=max(out.bound for out in outs),
            control=condition_control,
            branches=[{"nodes": b.nodes, "out": out.id} for b, out in zip(blocks, outs, strict=True)],
        )
        node.node["in"] = [predicate]
        read = {v for b in blocks for v, ids in b.readers.items() if ids}
        written = {v for b in blocks for v, i in b.last_write.items() if outer.last_write.get(v) != i}
        for variable in read:
            outer.readers[variable].append(node.id)
        if self.ordered:
            self._written(sorted(written), node.node)

    def _out(self, shape: list[int]) -> Entry:
        """What a branch returns: in memory of its own after all that the branch does, where order matters."""
        candidates = [e for e in self.block.pool if e.shape == shape]
        inner = {n["id"] for n in self.block.nodes}
        chosen = [e for e in candidates if e.id in inner]
        out = self.rng.choice(chosen or candidates) if candidates else self._constant(shape)
        if self.ordered:
            waits = [n["id"] for n in self.block.nodes if n["op"] not in ("constant", "placeholder")]
            return self._node("plus", [out], {"number": 0.0}, shape=shape, bound=out.bound, control=waits)
        writes = [n["id"] for n in self.block.nodes if n["op"] in WRITES]
        if writes and self.rng.random() < 0.7:
            control = self.rng.sample(writes, self.rng.randint(1, len(writes)))
            kind = self.rng.choice(["identity", "plus"])
            if kind == "identity" and out.node["op"] not in WRITES:
                made = self._node("identity", [out], {}, shape=shape, bound=out.bound, control=control)
                made.shares = out.shares
                return made
            return self._node("plus", [out], {"number": 0.0}, shape=shape, bound=out.bound, control=control)
        return out

    def _ordered_control(self, outer: Block, blocks: Sequence[Block]) -> list[int]:
        """The condition as a whole waits for what its branches must come after."""
        waits: list[int] = []
        for block in blocks:
            for variable, write in block.last_write.items():
                if outer.last_write.get(variable) != write:
                    waits += outer.readers[variable]
                if variable in outer.last_write:
                    waits.append(outer.last_write[variable])
            for variable in block.readers:
                if variable in outer.last_write:
                    waits.append(outer.last_write[variable])
        return waits

    # -- runs ----------------------------------------------------------------------------------------------------------

    def _runs(self) -> list[Node]:
        kinds = [self._fetches() for _ in range(self.kinds_of_runs())]
        fed = [self._fed() for _ in kinds]
        runs = []
        for _ in range(self.rng.randint(3, 5)):
            i = self.rng.randrange(len(kinds))
            layout = self.rng.choice(LAYOUTS)
            runs.append({"fetches": kinds[i], "feeds": {str(n["id"]): self._feed(n) for n in fed[i]}, "layout": layout})
        return runs

    def kinds_of_runs(self) -> int:
        return self.rng.randint(1, 3)

    def _fetches(self) -> list[Any]:
        rng, found = self.rng, []
        values = [e.id for e in self.block.pool if not (self.ordered and e.shares)]
        writes = [n for n in self.block.nodes if n["op"] in WRITES or n["op"] == "apply"]
        for _ in range(rng.randint(1, 5)):
            draw = rng.random()
            if writes and draw < 0.4:
                node = rng.choice(writes)
                as_value = not self.ordered and node["op"] != "apply" and rng.random() < 0.5
                found.append(["value" if as_value else "operation", node["id"]])
            elif draw < 0.55 and not self.ordered:
                found.append(["variable", rng.randrange(len(self.variables))])
            elif values:
                found.append(["value", rng.choice(values)])
        choices = [n["id"] for n in self.block.nodes if n["op"] == "cond"]
        if choices and self.branching:
            found += [["value", i] for i in rng.sample(choices, rng.randint(1, len(choices)))]
        if found and rng.random() < 0.2:
            found.append(rng.choice(found))
        return found or [["operation", self.block.nodes[-1]["id"]]]

    def _fed(self) -> list[Node]:
        """All placeholders, and sometimes what is computed."""
        nodes = self.block.nodes
        fed = [n for n in nodes if n["op"] == "placeholder"]
        others = [
            n
            for n in nodes
            if n["op"] not in WRITES and n["op"] not in ("placeholder", "apply") and n["dtype"] in (self.dtype, "bool")
        ]
        if others and self.rng.random() < 0.3:
            fed += self.rng.sample(others, min(len(others), self.rng.randint(1, 2)))
        return fed

    def _feed(self, node: Node) -> Any:
        if node["dtype"] == "bool":
            return self.rng.random() < 0.5
        if "below" in node["attrs"]:
            wrong = not self.ordered and self.rows_rng.random() < 0.1
            limit = 99 if wrong else node["attrs"]["below"]
            return [self.rows_rng.randrange(limit) for _ in range(node["shape"][0])]
        if node["dtype"] == "int32":
            return self.rng.choice([0, 0, 0, 0, 99])
        return np.reshape(self._numbers(node["shape"]), node["shape"]).tolist()


def _fit(first: Sequence[int], second: Sequence[int]) -> bool:
    """True if two shapes broadcast to one of at most 1,000 elements."""
    try:
        return int(np.prod(np.broadcast_shapes(tuple(first), tuple(second)))) <= 1000
    except ValueError:
        return False


def _joins(first: Sequence[int], second: Sequence[int], axis: int) -> bool:
    return all(a == b for i, (a, b) in enumerate(zip(first, second, strict=True)) if i != axis)


def _other_shape(rng: random.Random, shape: Sequence[int]) -> list[int]:
    size = int(np.prod(shape))
    if not size:
        return list(shape)
    divisors = [d for d in range(1, size + 1) if size % d == 0]
    first = rng.choice(divisors)
    return rng.choice([[size], [first, size // first], [1, size], [size, 1], *([[]] if size == 1 else [])])


def _slices(rng: random.Random, shape: Sequence[int]) -> list[list[int | None]]:
    result: list[list[int | None]] = []
    for size in shape[: rng.randint(1, len(shape))]:
        start = rng.randint(0, max(0, size - 1))
        stop = rng.randint(start + 1, size) if size > start else size
        choices: list[list[int | None]] = [[start, stop], [None, -1], [1, None], [None, None, -1], [None, None, 2]]
        result.append(rng.choice([*choices, [None, None]]))
    return result
