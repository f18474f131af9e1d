"""verify="compare": each run is done twice, with and without the passes, and every tensor that both have is compared.

Slow, for finding wrong rewrites: GRAPHRT_VERIFY=compare for all sessions, or ``session.verify = "compare"``. Nodes run
one by one here, not as a generated plan, so that every value is there to be looked at. The run that counts is the one
with the passes; the other one works on copies of the variables, and takes from it what must not happen twice: random
draws, and what ops with effects on the world (``py_func``, ``Print``) return.

Values agree if they differ by at most ``TOLERANCE`` times the largest value of the tensor (types other than floats: not
at all). Where a rule has fired that is not exact because it is more accurate, "the largest value" is at least 1, and
elements that overflow without the rule are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphrt.errors import InternalError
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.graph.roles import decided
from graphrt.passes import PIPELINE, run_pipeline, without
from graphrt.passes.base import Pass, PassReport
from graphrt.passes.capture import capture
from graphrt.passes.evaluator import Evaluator, StateOf
from graphrt.passes.key import PlanKey
from graphrt.passes.rule import FAMILIES
from graphrt.plan.gate import Gate, commit
from graphrt.plan.plan import Plan
from graphrt.plan.schedule import scheduled
from graphrt.runtime.variables import Slot

TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 2e-4, "complex64": 2e-4, "float16": 2e-2, "bfloat16": 1e-1}

Values = dict[Tensor, Any]


class Rewritten:
    """The program of a key after some passes, and which of its tensors stand for which of the program before them."""

    def __init__(self, key: PlanKey, reference: Program, steps: Sequence[Pass]) -> None:
        program = capture(key.fetches, key.feeds)
        # The same key is captured in the same way: the nodes correspond to each other, one by one.
        pairs = zip(reference.graph._operations, program.graph._operations, strict=True)
        program.follow_values(
            {mine: twin for op, other in pairs for mine, twin in zip(op._outputs, other._outputs, strict=True)}
        )
        self.program, self.reports = run_pipeline(program, key, steps)
        self.order = scheduled(self.program)
        self.twins = {mine: twin for twin, all_mine in (self.program.values or {}).items() for mine in all_mine}


class Compared:
    """What takes the place of a plan's function."""

    def __init__(self, plan: Plan, state_of: StateOf, gate: Gate) -> None:
        self.gate = gate
        self.key = without(plan.key, verify=True)
        self.state_of = state_of
        self.reference = capture(plan.key.fetches, plan.key.feeds)
        self.reference_order = scheduled(self.reference)
        self.rewritten = Rewritten(self.key, self.reference, PIPELINE)
        self.own_states: dict[Operation, Any] = {}  # of nodes that passes have made
        plan.add_lines(_interpreted.__code__, self.rewritten.program, dict(enumerate(self.rewritten.order)))

    def __call__(self, *fed: Any) -> tuple[Any, ...]:
        values: tuple[Any, ...] = self.gate.closing(self._compared)(*fed)
        return values

    def _compared(self, *fed: Any) -> tuple[Any, ...]:
        with self.gate.lock: return self._both(fed)  # fmt: skip  # noqa: E701

    def _both(self, fed: Sequence[Any]) -> tuple[Any, ...]:
        copies = self._copies()
        program = self.rewritten.program
        evaluator = _interpreted(program, self.rewritten.order, fed, self._state(program), {})
        values = evaluator.values
        expected = self._without_passes(fed, copies, values)
        worst = self._worst(self.rewritten, expected, values)
        if worst is not None:
            raise self._error(worst, fed, copies, values, expected)
        self._commit(evaluator)
        results = []
        for i, tensor in enumerate(program.fetches):
            value = evaluator.read(tensor)
            results.append(value if i in program.passed_through else np.array(value)[()])
        return tuple(results)

    def _commit(self, evaluator: Evaluator) -> None:
        variables = list(evaluator.written)
        slots = [evaluator.state_of(variable) for variable in variables]
        versions = evaluator.written.values()
        before = [evaluator.values[variable._outputs[0]] for variable in variables]
        commit(slots, before, [evaluator.values[version] for version, _ in versions])

    # -- states --------------------------------------------------------------------------------------------------------

    def _state(self, program: Program) -> StateOf:
        def state(op: Operation) -> Any:
            user = program.origin(op)
            if user.opdef is op.opdef:
                return self.state_of(user)
            return self.own_states.setdefault(op, op.opdef.state_factory(op))

        return state

    def _copies(self) -> dict[Operation, Slot]:
        """The variables as they are now, for the runs that do not count."""
        found = {}
        for op in self.reference_order:
            if op.opdef.role == "variable":
                user = self.reference.origin(op)
                found[user] = Slot(user)
                found[user].value = self.state_of(user).value
        return found

    def _on_copies(self, program: Program, copies: Mapping[Operation, Slot]) -> StateOf:
        made: dict[Operation, Any] = {}

        def state(op: Operation) -> Any:
            user = program.origin(op)
            if user in copies and op.opdef.role == "variable":
                return copies[user]
            return made.setdefault(op, op.opdef.state_factory(op))

        return state

    # -- the runs that do not count ------------------------------------------------------------------------------------

    def _without_passes(self, fed: Sequence[Any], copies: Mapping[Operation, Slot], values: Values) -> Values:
        given: dict[Operation, list[Any] | None] = {}
        for op in self.reference_order:
            if _happens_once(op):
                twins = [self.rewritten.twins.get(tensor) for tensor in op._outputs]
                known = all(twin is not None and twin in values for twin in twins)
                given[op] = [values[twin] for twin in twins if twin is not None] if known else None
        state = self._on_copies(self.reference, copies)
        return _interpreted(self.reference, self.reference_order, fed, state, given).values

    def _again(
        self, other: Rewritten, fed: Sequence[Any], copies: Mapping[Operation, Slot], expected: Values
    ) -> Values:
        """The values of another rewriting; what happens only once is as in ``expected``."""
        mine = {twin: tensor for tensor, twin in other.twins.items()}
        given: dict[Operation, list[Any] | None] = {}
        for op in other.order:
            if _happens_once(op):
                known = all(mine.get(tensor) in expected for tensor in op._outputs)
                given[op] = [expected[mine[tensor]] for tensor in op._outputs] if known else None
        return _interpreted(other.program, other.order, fed, self._on_copies(other.program, copies), given).values

    # -- comparing -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _worst(rewritten: Rewritten, expected: Values, values: Values) -> tuple[Tensor, str] | None:
        """The first tensor, in the order in which they run, that differs; and how."""
        loosely = _more_accurate(rewritten.reports)
        for tensor, value in expected.items():
            twin = rewritten.twins.get(tensor)
            if twin is None or twin not in values or value is None:  # (a variable without a value)
                continue
            found = values[twin]
            if _is_summed_back(tensor.op):
                value, found = np.ravel(value), np.ravel(found)
            difference = difference_of(value, found, tensor.dtype.base_dtype.name, loosely)
            if difference is not None:
                return tensor, difference
        return None

    def _error(
        self,
        worst: tuple[Tensor, str],
        fed: Sequence[Any],
        copies: Mapping[Operation, Slot],
        values: Values,
        expected: Values,
    ) -> InternalError:
        tensor, difference = worst
        user = self.reference.origin(tensor.op)
        where = f", made at {user.source}" if user.source is not None else ""
        return InternalError(
            None,
            user,
            f"{self._culprit(fed, copies, expected)} changed the value of {tensor.name!r} ({user.type} "
            f"{user.name!r}{where}): {difference}. This is a bug of graphrt: leave that rewrite out "
            "(graph_options.rewrite_options), and report it",
        )

    def _culprit(self, fed: Sequence[Any], copies: Mapping[Operation, Slot], expected: Values) -> str:
        """The first pass after which something differs; of the rules, the one without which nothing does."""

        def differs(key: PlanKey, steps: Sequence[Pass]) -> bool:
            other = Rewritten(key, self.reference, steps)
            return self._worst(other, expected, self._again(other, fed, copies, expected)) is not None

        for count in range(1, len(PIPELINE) + 1):
            steps = PIPELINE[:count]
            if not differs(self.key, steps):
                continue
            name = type(steps[-1]).__name__
            fired = dict.fromkeys(f.rule for report in self.rewritten.reports for f in report.fired)
            if name == "Rules":
                for rule in fired:
                    off = self.key.options.disabled_rules | {rule}
                    if not differs(without(self.key, disabled_rules=off), steps):
                        return f"the rule {rule!r} (of the pass Rules)"
            return f"the pass {name}"
        return "the passes together have"


def _happens_once(op: Operation) -> bool:
    """True of what would give something else, or do something again, if it ran twice."""
    opdef = op.opdef
    return opdef.role == "" and not opdef.writes and (opdef.stateful or opdef.has_effect)


def _is_summed_back(op: Operation) -> bool:
    """True of a gradient that is summed over what was broadcast, and given its shape by the node behind it: whether
    an axis of length one is among those that are summed is nobody's concern."""
    return any(tensor.op.opdef.loose_axes for tensor in op._inputs)


def _more_accurate(reports: Sequence[PassReport]) -> bool:
    exact = {rule.text for rules in FAMILIES.values() for rule in rules if rule.exact}
    return any(firing.rule not in exact for report in reports for firing in report.fired)


def difference_of(expected: Any, value: Any, dtype: str, loosely: bool = False) -> str | None:
    """How two arrays differ, in words; None if they agree (see the module's text)."""
    expected, value = np.asarray(expected), np.asarray(value)
    if expected.shape != value.shape or expected.dtype != value.dtype:
        return f"{expected.dtype}{list(expected.shape)} became {value.dtype}{list(value.shape)}"
    tolerance = TOLERANCE.get(dtype)
    if tolerance is None:
        wrong = np.asarray(expected != value)
        if not wrong.any():
            return None
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        return f"{np.count_nonzero(wrong)} elements differ, the first at {list(at)}: {expected[at]} became {value[at]}"
    wide = np.complex128 if expected.dtype.kind == "c" else np.float64
    exact, found = expected.astype(wide), value.astype(wide)
    finite = np.isfinite(exact)
    largest = float(np.max(np.abs(exact[finite]), initial=1.0 if loosely else 0.0))
    with np.errstate(all="ignore"):
        distance = np.abs(exact - found)
        same = (exact == found) | (np.isnan(exact) & np.isnan(found)) | (distance <= tolerance * largest)
    if loosely:
        same |= ~finite
    if same.all():
        return None
    distance = np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(distance)), distance.shape))
    return (
        f"the greatest difference is {distance[at]:.3g} at {list(at)}, where {expected[at]} became {value[at]} "
        f"(allowed: {tolerance * largest:.3g})"
    )


# -- running a program node by node ------------------------------------------------------------------------------------


def _interpreted(
    program: Program,
    order: Sequence[Operation],
    fed: Sequence[Any],
    state_of: StateOf,
    given: Mapping[Operation, list[Any] | None],
) -> Evaluator:
    """The value of each tensor that could be computed; the outputs of ``given`` nodes are given (None: not known)."""
    evaluator = Evaluator(program, state_of)
    values = evaluator.values
    values.update(zip(program.feeds, fed, strict=True))
    with np.errstate(all="ignore"):
        for line_number, op in enumerate(order):  # (errors look for the variable ``line_number``)
            assert line_number >= 0
            if op in given:
                values.update(zip(op._outputs, given[op] or (), strict=False))
            elif _can_run(evaluator, op):
                evaluator.visit(op)
    return evaluator


def _can_run(evaluator: Evaluator, op: Operation) -> bool:
    values = evaluator.values
    if not evaluator.runs(op):
        return False
    if op.opdef.role == "choose":
        return op._inputs[0] in values and op._inputs[2 if decided(values[op._inputs[0]]) else 1] in values
    if op.opdef.role == "join":
        return op._inputs[0] in values
    return all(tensor in values for tensor in op._inputs)
