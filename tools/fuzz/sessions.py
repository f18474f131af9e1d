"""Sessions whose runs may go through any tier, on the same variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import graphrt as tf
from graphrt.passes.key import PlanOptions

PLAIN = PlanOptions(optimize=False, native="off")
REWRITTEN = PlanOptions(native="off", verify=True, strict=True)
NATIVE = PlanOptions(native="on", strict=True)
BY_NAME = {"plain": PLAIN, "rewritten": REWRITTEN, "native": NATIVE}


class Switching:
    """A session and the plans that it has made for each choice of options."""

    def __init__(self, options: PlanOptions = PLAIN) -> None:
        self.session = tf.Session()
        self.session._options = options
        self.runners: dict[PlanOptions, dict[Any, Any]] = {}

    @contextmanager
    def by(self, options: PlanOptions) -> Iterator[tf.Session]:
        """A block in which runs go by these options. What has been made for others is put aside, not lost."""
        session = self.session
        if session._options == options:  # nothing to change: threads may be here together
            yield session
            return
        before = session._options, session._runners
        session._options = options
        session._runners = self.runners.setdefault(options, {})
        try:
            yield session
        finally:
            session._options, session._runners = before

    def native_plans(self) -> int:
        """How many plans have native code."""
        calls = {id(r.plan): r.plan.call for runners in self.runners.values() for r in runners.values()}
        return sum(bool(getattr(call, "native", None)) for call in calls.values())
