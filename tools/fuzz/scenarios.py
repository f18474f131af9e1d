"""What is interrupted: steps of several variables, on each tier, and the making of plans."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import graphrt as tf
from graphrt.passes.key import PlanOptions
from graphrt.plan import codegen
from tools.fuzz.sessions import NATIVE, PLAIN, REWRITTEN, Switching

SIX = 6


@dataclass(frozen=True)
class Scenario:
    """One kind of step. ``equal``: its variables always hold the same numbers, one more after each step.

    Attributes:
      name: as the command line knows it.
      build: makes the graph; returns what a step fetches.
      options: how its runs are made.
      fresh: each trial has a session of its own: what is interrupted is the making of plans and code.
      stepwise: its plans run step by step, as if they were very long.
      run: how a step is done, if not by ``session.run``.
    """

    name: str
    build: Callable[[], Any]
    options: PlanOptions
    fresh: bool = False
    stepwise: bool = False
    equal: bool = True
    run: Callable[[tf.Session, Any], Any] | None = None

    @property
    def native(self) -> bool:
        return self.options.native == "on"

    @property
    def repeatable(self) -> bool:
        """True if many steps of one session make sense, which all add one to equal variables."""
        return self.equal and not self.fresh

    def opened(self, plain: bool = True) -> Trial:
        """A new session; ``plain``: variables are read and reset by tier 1, else as the step is done."""
        return Trial(self, plain)

    @contextmanager
    def ready(self, plain: bool = True) -> Iterator[Trial]:
        """The same, after the first step if that is not what matters."""
        trial = self.opened(plain)
        try:
            yield trial
        finally:
            trial.close()


_STATES: dict[str, list[list[Any]]] = {}  # those that follow each other, where each trial has a session of its own


class Trial:
    """A session in which steps of a scenario are done, interrupted and looked at."""

    def __init__(self, scenario: Scenario, plain: bool = True) -> None:
        self.scenario = scenario
        self.most_lines = codegen._MOST_LINES
        if scenario.stepwise:
            codegen._MOST_LINES = 2
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.fetched = scenario.build()
            self.variables = tf.global_variables()
            self.extra = tf.Variable(np.zeros(3), name="of_the_handler", collections=["of the handler"])
            self.start = tf.group(tf.global_variables_initializer(), self.extra.initializer)
            self.add_extra = self.extra.assign_add(np.ones(3))
            self.switching = Switching(PLAIN if plain else scenario.options)
        self.other = PLAIN if plain else scenario.options
        self.reset()
        self.states = [self.state()]
        if not scenario.fresh:
            for _ in range(3):  # plans and code are made, and the states that follow each other known
                self.step()
                self.states.append(self.state())
        else:
            if scenario.name not in _STATES:
                _STATES[scenario.name] = replace(scenario, fresh=False).opened().states
            self.states = _STATES[scenario.name]
        self.reset()

    def close(self) -> None:
        codegen._MOST_LINES = self.most_lines
        self.switching.session.close()

    def reset(self) -> None:
        """All variables as at the beginning, in new arrays."""
        with self.switching.by(self.other) as session:
            session.run(self.start)

    def step(self) -> None:
        with self.switching.by(self.scenario.options) as session:
            if self.scenario.run is not None:
                self.scenario.run(session, self.fetched)
            else:
                session.run(self.fetched)

    def state(self) -> list[Any]:
        with self.switching.by(self.other) as session:
            return [np.copy(value) for value in session.run(self.variables)]

    # -- what may be wrong ---------------------------------------------------------------------------------------------

    def problems(self, patience: float) -> list[str]:
        """What is wrong after an interrupted step; empty if all is well."""
        left: list[Any] = []
        if not _in_a_thread(lambda: left.append(self.state()), patience):
            return ["another thread hangs"]
        if not left:
            return ["another thread cannot read"]
        number = next((i for i, s in enumerate(self.states[:2]) if _same(left[0], s)), None)
        if number is None:
            return [f"variables are updated in part, or wrong: {[np.ravel(v)[:3].tolist() for v in left[0]]}"]
        gate = self.switching.session._gate
        if gate.others(0):
            gc.collect()  # a partial run, whose objects refer to each other, is there until somebody looks for cycles
        if gate.others(0):
            return [f"{sys.getrefcount(gate.presence) - gate._nobody} inside the gate"]
        if not _in_a_thread(self.step, patience):
            return ["the next step hangs in another thread"]
        if not _same(self.state(), self.states[number + 1]):
            return ["the next step is wrong"]
        self.step()
        if not _same(self.state(), self.states[number + 2]):
            return ["the step after the next one is wrong"]
        return []

    def unequal(self) -> list[str]:
        """What is wrong if the variables of a step do not hold the same numbers."""
        with self.switching.session.graph.as_default():
            values = self._read_at_once()
        if all(np.array_equal(value, values[0]) for value in values):
            return []
        return [f"variables are unequal: {[float(np.ravel(v)[0]) for v in values]}"]

    def _read_at_once(self) -> list[Any]:
        return list(self.switching.session.run(self.variables))

    def used_by_a_handler(self, call: int) -> list[str]:
        """What a signal handler does: reads, saves all, writes what the run does not write."""
        problems = self.unequal()
        session = self.switching.session
        session.run(self.add_extra)
        if session.run(self.extra)[0] != call:
            problems.append("what the handler has written is wrong")
        return problems

    def after(self, steps: int, calls: int) -> list[str]:
        """What is wrong after so many steps, and so many calls of the handler."""
        session = self.switching.session
        values = [np.ravel(value) for value in session.run(self.variables)]
        problems = []
        if any(np.any(value != steps) for value in values):
            problems.append(f"after {steps} steps the variables are {[value[0] for value in values]}")
        if np.any(session.run(self.extra) != calls):
            problems.append("the handler's variable is wrong")
        return problems


def _in_a_thread(work: Callable[[], Any], patience: float) -> bool:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(patience)
    return not thread.is_alive()


def _same(values: list[Any], others: list[Any]) -> bool:
    return all(np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(values, others, strict=True))


# -- graphs ------------------------------------------------------------------------------------------------------------


def _variables(count: int = SIX, shape: tuple[int, ...] = (4,)) -> list[tf.Variable]:
    return [tf.Variable(np.zeros(shape), name=f"v{i}") for i in range(count)]


def _group() -> Any:
    return tf.group(*[tf.assign_add(v, np.ones(4)) for v in _variables()])


def _history() -> Any:
    """Shifted rows, a write that reads its own variable, and reads beside them."""
    v, w = tf.Variable(np.zeros([5, 1]), name="v"), tf.Variable(np.zeros([5, 1]), name="w")
    moved = tf.scatter_update(v, [1, 2, 3, 4], v[:-1] + 1.0)
    with tf.control_dependencies([moved]):
        return [tf.assign_add(w, v.read_value()), tf.reduce_sum(v)]


def _python_between() -> Any:
    writes = []
    for v in _variables():
        one = tf.py_func(lambda a: np.ones_like(a), [v.value()], tf.float64)
        one.set_shape([4])
        writes.append(tf.assign_add(v, one))
    return tf.group(*writes)


def _ones_of(values: Any) -> Any:
    """As many ones, by so many nodes that a plan is cut for their sake."""
    for _ in range(8):
        values = tf.minimum(tf.abs(values) + 1.0, 1.0)
    return values


def _cut_by_values() -> Any:
    """How many rows there are follows from a variable that the rest writes."""
    variables = _variables()
    values = variables[0].value()
    ones = _ones_of(tf.boolean_mask(values, tf.greater(values, -1.0)))
    return tf.group(*[tf.assign_add(v, ones) for v in variables])


def _cut_by_python() -> Any:
    variables = _variables()
    ones = _ones_of(tf.py_func(np.copy, [variables[0].value()], tf.float64))
    return tf.group(*[tf.assign_add(v, ones) for v in variables])


def _condition() -> Any:
    variables = _variables()

    def both() -> Any:
        with tf.control_dependencies([tf.assign_add(v, np.ones(4)) for v in variables[:3]]):
            return tf.identity(variables[0].value())

    chosen = tf.cond(tf.greater(tf.reduce_sum(variables[5].value()), -1.0), both, lambda: variables[1].value() * 0.0)
    with tf.control_dependencies([chosen]):
        return [tf.group(*[tf.assign_add(v, np.ones(4)) for v in variables[3:]]), chosen]


def _branches() -> Any:
    """Branches that take turns: one draws, the other asserts; both write, and Python shows what was written."""
    variables = _variables()
    odd = tf.reduce_sum(tf.sin(variables[5].value() * np.pi / 2)) > 0.5

    def drawn() -> Any:
        one = 1.0 + 0.0 * tf.random_uniform([4], dtype=tf.float64)
        return tf.group(*[tf.assign_add(v, one) for v in variables[:3]])

    def asserted() -> Any:
        with tf.control_dependencies([tf.assert_greater(variables[1].value(), np.float64(-1))]):
            return tf.group(*[tf.assign_add(v, np.ones(4)) for v in variables[:3]])

    first = tf.cond(odd, drawn, asserted)
    with tf.control_dependencies([first]):
        shown = tf.as_string(variables[0].read_value())
    rest = tf.cond(odd, lambda: tf.group(*[tf.assign_add(v, np.ones(4)) for v in variables[3:]]), tf.no_op)
    others = tf.cond(odd, tf.no_op, lambda: tf.group(*[tf.assign_add(v, np.ones(4)) for v in variables[3:]]))
    return [first, shown, rest, others]


def _optimizer(optimizer: Callable[[], Any]) -> Callable[[], Any]:
    def build() -> Any:
        rng = np.random.default_rng(5)
        variables = [tf.Variable(rng.normal(size=(3, 2)), name=f"v{i}") for i in range(3)]
        loss = tf.add_n([tf.reduce_sum(tf.square(v - 1.0)) for v in variables])
        return [optimizer().minimize(loss), loss]

    return build


def _partially(session: tf.Session, fetched: Any) -> None:
    handle = session.partial_run_setup([fetched], [])
    session.partial_run(handle, fetched)


def _profiled(session: tf.Session, fetched: Any) -> None:
    session.run(fetched, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), run_metadata=tf.RunMetadata())


def _with_a_limit() -> PlanOptions:
    return replace(REWRITTEN, memory_limit=1 << 20)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("plain", _group, PLAIN),
        Scenario("rewritten", _group, replace(REWRITTEN, verify=False)),
        Scenario("stepwise", _group, REWRITTEN, stepwise=True),
        Scenario("native", _group, NATIVE),
        Scenario("native with Python between", _python_between, NATIVE),
        Scenario("cut by values", _cut_by_values, NATIVE),
        Scenario("cut by Python", _cut_by_python, NATIVE),
        Scenario("condition", _condition, REWRITTEN),
        Scenario("condition stepwise", _condition, REWRITTEN, stepwise=True),
        Scenario("native condition", _condition, NATIVE),
        Scenario("branches", _branches, REWRITTEN),
        Scenario("native branches", _branches, NATIVE),
        Scenario("partial run", _group, REWRITTEN, run=_partially),
        Scenario("profiled", _group, REWRITTEN, run=_profiled),
        Scenario("compared", _group, replace(REWRITTEN, verify="compare")),
        Scenario("memory limit", _group, _with_a_limit()),
        Scenario("history", _history, REWRITTEN, equal=False),
        Scenario("native history", _history, NATIVE, equal=False),
        Scenario("momentum", _optimizer(lambda: tf.train.MomentumOptimizer(0.1, 0.9)), REWRITTEN, equal=False),
        Scenario("adam", _optimizer(lambda: tf.train.AdamOptimizer(0.1)), REWRITTEN, equal=False),
        Scenario("native adam", _optimizer(lambda: tf.train.AdamOptimizer(0.1)), NATIVE, equal=False),
        Scenario("planning", _group, REWRITTEN, fresh=True),
        Scenario("planning a condition", _condition, REWRITTEN, fresh=True),
        Scenario("planning stepwise", _group, REWRITTEN, fresh=True, stepwise=True),
        Scenario("compiling", _group, NATIVE, fresh=True),
        Scenario("cutting", _cut_by_values, NATIVE, fresh=True),
    )
}
