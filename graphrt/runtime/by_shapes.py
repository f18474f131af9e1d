"""Plans that depend on the shapes of what is fed: those of a session with a memory limit.

How much memory a run needs follows from the shapes, and with it what must be computed twice. So there is one plan for
each kind of shapes, behind the plan that a session knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphrt.passes.key import PlanKey
from graphrt.plan.plan import Plan

_MOST = 16  # kinds of shapes; for others the plan without a limit runs


class ByShapes:
    """What a session calls to run a plan with a memory limit."""

    def __init__(self, plan: Plan, make: Callable[[PlanKey], Plan], fallback: Callable[..., Any]) -> None:
        self.plan = plan
        self.make = make
        self.fallback = fallback  # runs the plan without a limit
        self.plans: dict[tuple[tuple[int, ...], ...], Plan] = {}

    def __call__(self, *fed: Any) -> tuple[Any, ...]:
        plan = self.plans.get(tuple([value.shape for value in fed]))
        if plan is None:
            plan = self.plan_for(*fed)
        return self.fallback(*fed) if plan is self.plan else plan.call(*fed)

    def forget(self) -> None:
        """Gives up the plans for shapes."""
        for plan in self.plans.values():
            forget = getattr(plan.call, "forget", None)
            if forget is not None:
                forget()
        self.plans.clear()

    def plan_for(self, *fed: Any) -> Plan:
        """The plan for values of these shapes."""
        shapes = tuple([tuple(value.shape) for value in fed])
        plan = self.plans.get(shapes)
        if plan is None:
            if len(self.plans) >= _MOST:
                return self.plan
            try:
                plan = self.make(replace(self.plan.key, shapes=shapes))
            except ValueError:
                return self.plan  # the shapes do not fit each other: the run says so, at the node
            # Errors are looked up in the plan that the session knows; native code that is made later is added there.
            plan.share_lines(self.plan)
            self.plans[shapes] = plan
        return plan


def parsed(limit: int | str | None, name: str = "memory_limit") -> int | None:
    """Bytes of a limit: a number, or a text such as "512MB" or "1.5 GiB".

    Raises:
      ValueError: if it is neither, or not positive.
    """
    if limit is None:
        return None
    units = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    units |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
    number: float | None = None
    if isinstance(limit, str):
        text = limit.strip()
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
        unit = units.get(text[len(digits) :].strip().upper())
        try:
            number = None if unit is None else float(digits) * unit
        except ValueError:
            number = None
    elif isinstance(limit, int) and not isinstance(limit, bool):
        number = limit
    if number is None or not 0 < number < float("inf"):
        raise ValueError(f"{name}={limit!r}: expected a number of bytes, or a text such as '512MB' or '2GB'")
    return int(number)
