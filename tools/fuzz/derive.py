"""Two more modes, in which no interpreter says what is right: the tiers are compared with each other.

"derived": reals, gradients of parts of the graph (which also train), random draws, and functions that round. The plain
tier, which rewrites nothing, says what is expected. "hard": the operations of the exact mode on infinities, nan and
negative zeros. As some rules of algebra bring such results nearer to the truth (docs/decisions/0063), the rewritten
tier says what is expected, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.fuzz.generate import UNARY, Entry, Generator

MORE_UNARY = (
    *("tanh", "sigmoid", "exp", "sin", "power", "halve", "one_minus", "zeros_like", "ones_like", "stop_gradient"),
    "as_its_shape",
)
_OF_GRADIENT = 16  # what a gradient is taken to reach
HARD = (float("nan"), float("inf"), float("-inf"), -0.0)


class Derived(Generator):
    """Graphs with gradients and draws."""

    most = 64
    of_variable = 8

    def more_kinds(self, deep: bool) -> list[tuple[float, Any]]:
        return [(0 if deep else 3, self._gradient), (0 if deep else 1, self._random), (10, self._more_unary)]

    def _gradient(self) -> None:
        """The gradient of some value's sum, with respect to another value or to a variable."""
        y = self._any()
        if y is None:
            return
        count = len(self.variables) - len(self.counters)
        if self.rng.random() < 0.5:
            self._of_variable(y, self.rng.randrange(count))
        else:
            x = self._any()
            assert x is not None
            self._node("gradient", [y, x], {}, shape=x.shape, bound=_OF_GRADIENT)

    def _of_variable(self, y: Entry, variable: int) -> Entry:
        shape = self.variables[variable]["shape"]
        return self._node("gradient", [y], {}, shape=shape, bound=_OF_GRADIENT, variable=variable)

    def gradients_for(self, variables: list[int]) -> list[Entry]:
        y = self._any()
        if y is None or self.rng.random() < 0.3:
            return super().gradients_for(variables)
        return [self._tamed(self._of_variable(y, variable), 8) for variable in variables]

    def _random(self) -> None:
        shape = self.rng.choice([v["shape"] for v in self.variables])
        self._node("random", [], {"shape": shape, "seed": self.rng.randint(1, 99)}, shape=shape, bound=1, control=[])

    def _more_unary(self) -> None:
        entry = self._any()
        if entry is not None:
            self._value(self.rng.choice(MORE_UNARY), [entry])

    def kinds_of_runs(self) -> int:
        """One: what is not needed for a fetch draws no numbers where graphs are rewritten, and so shifts those of other
        runs."""
        return 1


class Hard(Generator):
    """Graphs of exact operations, fed with what is no ordinary number."""

    unary = tuple(kind for kind in UNARY if kind != "through_int")  # nan is no integer

    def _numbers(self, shape: Any) -> Any:
        ordinary = super()._numbers(shape)
        return [self.rng.choice(HARD) if self.rng.random() < 0.2 else number for number in np.ravel(ordinary).tolist()]
