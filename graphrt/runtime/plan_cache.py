"""The plans of one session: by what they are for, and by what the user wrote."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from graphrt.budget import Budget, Held
from graphrt.graph.operation import Operation, Tensor
from graphrt.passes.key import PlanKey
from graphrt.plan.plan import Plan
from graphrt.runtime.by_shapes import parsed
from graphrt.runtime.fetches import Rebuild
from graphrt.runtime.stacked import NODES, Memo, Stacked

LIMIT = 128 << 20
"""Bytes that plans, their native code and the values that are computed once may take together in one session."""

_PLAN, _NODE = 12_000, 1_500  # bytes of a plan, and of each of its nodes (measured with tracemalloc)
_MOST_SPELLINGS = 16  # ways to write fetches and feeds that are remembered for one plan


class HeldPlan(Held):
    """A plan as long as the session keeps it.

    Attributes:
      spellings: the keys of the runners that use it.
    """

    __slots__ = ("_cache", "key", "plan", "spellings")

    def __init__(self, cache: PlanCache, key: PlanKey) -> None:
        super().__init__(cache.budget)
        self._cache = cache
        self.key = key
        self.plan: Plan
        self.spellings: list[Hashable] = []

    def give_up(self) -> None:
        self._cache.drop(self)


class Runner:
    """What a session keeps for one kind of ``run`` call: the plan, and how feeds and results are converted."""

    __slots__ = ("converters", "held", "plan", "rebuild")

    def __init__(self, held: HeldPlan, converters: Sequence[Callable[[Any], Any]], rebuild: Rebuild) -> None:
        self.held = held
        self.plan = held.plan
        self.converters = converters
        self.rebuild = rebuild


class PlanCache:
    """Gives up the plans that have not been used for longest when they take too much memory.

    Attributes:
      runners: by fetches and feeds as the user wrote them. plans: by what they are for.
      stacks: those that others may stand on, by what they make and what is fed. memo: what these have made lately.
    """

    def __init__(self) -> None:
        asked = os.environ.get("GRAPHRT_SESSION_CACHE") or None
        self.budget = Budget(parsed(asked, "GRAPHRT_SESSION_CACHE") or LIMIT)
        self.runners: dict[Hashable, Runner] = {}
        self.plans: dict[PlanKey, HeldPlan] = {}
        self.stacks: dict[tuple[Tensor | Operation, tuple[Tensor, ...]], Stacked] = {}
        self.memo = Memo()
        self._shared: weakref.WeakValueDictionary[Hashable, Any] = weakref.WeakValueDictionary()

    def add(self, held: HeldPlan) -> None:
        self.plans[held.key] = held
        stack = held.plan.call
        if isinstance(stack, Stacked) and stack.nodes >= NODES:
            (fetch,) = held.key.fetches
            self.stacks[fetch, held.key.feeds] = stack

    def remember(self, spelling: Hashable, runner: Runner) -> None:
        """Lets a later call that is written so find its runner.

        Raises:
          TypeError: if it cannot be a dictionary key.
        """
        if self.plans.get(runner.held.key) is not runner.held:
            return  # it has been given up in the meantime
        self.runners[spelling] = runner
        runner.held.spellings.append(spelling)
        if len(runner.held.spellings) > _MOST_SPELLINGS:
            self.runners.pop(runner.held.spellings.pop(0), None)

    def state_of(self, op: Operation) -> Any:
        """What is kept for a node that a pass has made: with its plan, or with all plans that compute the same."""
        assert op.opdef.state_factory is not None
        key = op.attrs.get("_shared")
        state = None if key is None else self._shared.get(key)
        if state is None:
            state = op.opdef.state_factory(op)
            if isinstance(state, Held):
                state.budget = self.budget
            if key is not None:
                self._shared[key] = state
        return state

    def drop(self, held: HeldPlan) -> None:
        """Forgets a plan. Who holds it may still run it, and then it begins anew."""
        self.plans.pop(held.key, None)
        if len(held.key.fetches) == 1:
            self.stacks.pop((held.key.fetches[0], held.key.feeds), None)
        for spelling in held.spellings:
            self.runners.pop(spelling, None)
        held.spellings.clear()
        forget = getattr(held.plan.call, "forget", None)
        if forget is not None:
            forget()

    def clear(self) -> None:
        """Forgets everything."""
        for held in list(self.plans.values()):
            self.drop(held)
        self.runners.clear()
        self.stacks.clear()
        self.memo = Memo()


def bytes_of(plan: Plan) -> int:
    """About what a plan takes, native code aside."""
    order = plan.program.operations()
    users = {id(origin.attrs.get("value")) for op in order for origin in plan.program.origins.get(op, ())}
    constants = [op.attrs["value"] for op in order if op.opdef.role == "constant"]
    own: int = sum(value.nbytes for value in constants if id(value) not in users)
    return _PLAN + _NODE * len(order) + own
