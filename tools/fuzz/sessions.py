"""Sessions whose runs may go through any tier, on the same variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import graphrt as tf
from graphrt.passes.key import PlanOptions
from graphrt.runtime.plan_cache import PlanCache

PLAIN = PlanOptions(optimize=False, native="off")
REWRITTEN = PlanOptions(native="off", verify=True, strict=True)
NATIVE = PlanOptions(native="on", strict=True)
SMALL = replace(REWRITTEN, memory_limit=1)
COMPARED = replace(REWRITTEN, verify="compare")
BY_NAME = {
    "plain": PLAIN,
    "rewritten": REWRITTEN,
    "native": NATIVE,
    "small memory": SMALL,
    "compared": COMPARED,
    "stepwise": REWRITTEN,
    "shuffled": REWRITTEN,
}


class Switching:
    """A session and the plans that it has made for each choice of options."""

    def __init__(self, options: PlanOptions = PLAIN) -> None:
        self.session = tf.Session()
        self.session._options = options
        self.caches: dict[PlanOptions, PlanCache] = {options: self.session._cache}

    @contextmanager
    def by(self, options: PlanOptions) -> Iterator[tf.Session]:
        """A block in which runs go by these options. What has been made for others is put aside, not lost."""
        session = self.session
        if session._options == options:  # nothing to change: threads may be here together
            yield session
            return
        before = session._options
        self._go_over(options)
        try:
            yield session
        finally:
            self._go_over(before)

    def _go_over(self, options: PlanOptions) -> None:
        session = self.session
        session._options = options
        if options not in self.caches:
            self.caches[options] = PlanCache()
        session._cache = self.caches[options]
        session._runners = session._cache.runners

    def native_plans(self) -> int:
        """How many plans have native code."""
        calls = [held.plan.call for cache in self.caches.values() for held in cache.plans.values()]
        return sum(bool(getattr(call, "native", None)) for call in calls)
