"""Rows whose number only the run tells, in as many as there may be: then all shapes are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.opdef.bounded import Bounds, Rows
from graphrt.passes.key import PlanKey


@dataclass(frozen=True)
class BoundRows:
    """Gives values of unknown length the greatest length that they can have, for native code.

        ids, places = Unique(i int32[256])                 ids, places, count = _BoundedUnique(i)
        n = Shape(ids)[0]                             ->
        rows = UnsortedSegmentSum(g, places, n)            rows = UnsortedSegmentSum(g, places, 256)
        ScatterAdd(v, ids, rows * 2)                       _CountedScatterAdd(v, ids, rows * 2, count)

    Leaves alone: all that comes of a value of unknown length if some of it is fetched, or used by a node that knows no
    such form: that needs the value as it is.
    """

    def __call__(self, program: Program, key: PlanKey) -> Program:
        needed_as_they_are: set[Operation] = set()
        while True:
            attempt = _Attempt(program, needed_as_they_are)
            try:
                with program.graph.all_or_nothing(), program.as_default():
                    attempt.run()
            except _Needed as found:
                needed_as_they_are |= found.sources
                continue
            if attempt.sources:
                attempt.install()
                program.notes.append(f"{len(attempt.sources)} values of unknown length have a bound")
            return program


class _Needed(Exception):
    """Values of unknown length, by the nodes that they come from, are needed as they are."""

    def __init__(self, sources: set[Operation]) -> None:
        super().__init__(sources)
        self.sources = sources


class _Attempt:
    """One try to give bounds to whatever has none, but not to what the nodes ``left_alone`` make."""

    def __init__(self, program: Program, left_alone: set[Operation]) -> None:
        self.program = program
        self.left_alone = left_alone
        self.bounds = Bounds()
        self.sources: dict[Tensor, Operation] = {}  # the first node that has made rows of a count
        self.new: dict[Operation, Operation] = {}

    def run(self) -> None:
        """Makes the new nodes.

        Raises:
          _Needed: if a node cannot do with them.
        """
        for op in self.program.operations():
            used = self._counts(op._inputs)
            if not used and all(tensor.shape.is_fully_defined() for tensor in op._outputs):
                continue
            if (op in self.left_alone or not self._bounded(op)) and used:
                raise _Needed({self.sources[count] for count in used})
        fetched = self._counts(self.program.fetches)
        if fetched:
            raise _Needed({self.sources[count] for count in fetched})

    def _counts(self, tensors: Iterable[Tensor]) -> set[Tensor]:
        return {self.bounds.rows[tensor].count for tensor in tensors if tensor in self.bounds.rows}

    def _bounded(self, op: Operation) -> bool:
        """Makes the new form of a node; False if it has none."""
        form = op.opdef.bounded_form or (_in_rows if _is_simple(op) else None)
        before = self.program.node_count()
        made = None if form is None else form(op, self.bounds)
        if made is None:
            return False
        for old, new in zip(op._outputs, made, strict=True):
            if isinstance(new, Rows):
                self.bounds.rows[old] = new
                self.sources.setdefault(new.count, op)
            else:
                self.bounds.equals[old] = new
        first = made[0].tensor if isinstance(made[0], Rows) else made[0]
        self.program.adopt(op, first, before)
        self.new[op] = first.op
        return True

    def install(self) -> None:
        """Lets the new nodes take the place of the old ones."""
        program = self.program
        program.replace_all(self.bounds.equals)
        program.targets = list(dict.fromkeys(self.new.get(op, op) for op in program.targets))
        for op in program.graph._operations:
            if not self.new.keys().isdisjoint(op._control_inputs):
                op._control_inputs = list(dict.fromkeys(self.new.get(c, c) for c in op._control_inputs))
        program.changed()
        program.forget_dead_consumers()


def _is_simple(op: Operation) -> bool:
    """True for a node that computes each element by itself, whatever numbers it finds, and refuses none."""
    opdef = op.opdef
    if not opdef.elementwise or opdef.scalar_expression is None or not opdef.pure or opdef.checks:
        return False
    # (Integers may be divided by 0.)
    return len(op._outputs) == 1 and not any(t.dtype.is_integer for t in (*op._inputs, *op._outputs))


def _in_rows(op: Operation, bounds: Bounds) -> list[Rows] | None:
    """An elementwise node on rows of one count, and on what is the same for each row."""
    counts, inputs = set(), []
    rank = op._outputs[0].shape.rank
    for tensor in op._inputs:
        known, dims = bounds.rows.get(tensor), tensor.shape.values
        if known is not None:
            counts.add(known.count)
        if dims is None or rank is None or (len(dims) != rank if known else len(dims) == rank and dims[0] != 1):
            return None
        inputs.append(bounds.now(tensor) if known is None else known.tensor)
    if len(counts) != 1:
        return None
    graph = op.graph
    made = graph.add_operation(op.opdef, inputs, dict(op.attrs), graph.unique_name(op.name))
    return [Rows(made._outputs[0], counts.pop())]
