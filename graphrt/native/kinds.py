"""For which kinds of shapes a plan has native code: those that come often.

Making native code takes a tenth of a second, and keeping it takes memory. So a plan counts how often each kind comes:

- the first ``_FIRST`` kinds get native code when they have come twice, later ones when they have come ``_LATER`` times,
  so that a script that feeds ever new shapes does not compile for ever;
- where there is no room for another one, that which came least of late goes: but only if the new one comes clearly more
  often. Twelve batch sizes in turns, of which eight have native code, stay as they are; a ninth size that has come to
  stay is there after some dozens of runs.

"Of late" is measured in runs that found no native code: all counts are halved after ``_PERIOD`` of those. So nothing
but a count is kept up where native code runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrt.native.assemble import Native

_RUNS = 2  # of one kind, after which it gets native code
_FIRST = 8  # kinds that get it so early, and that may always keep it
_LATER = 8  # runs of one kind after which a later one gets it
_MOST = 32  # kinds with native code, if they are small
_BYTES = 32 << 20  # that they may take together, if there are more than the first ones
_PERIOD = 32  # runs without native code after which counts are halved
_CLEARLY = 4  # runs more than twice as many
_NOTED = 64  # kinds without native code that are counted


class Kind:
    """The native code of a plan for values of certain shapes: wanted, being made, there, or not possible.

    Attributes:
      runs: how often it came. lately: the same, with what is long ago counting less.
      asked: native code is being made, or has been. refused: why there is none. seconds: what making it took.
      bytes: what it takes.
    """

    __slots__ = ("asked", "bytes", "lately", "native", "refused", "runs", "seconds")

    def __init__(self) -> None:
        self.runs = 0
        self.lately = 0
        self.asked = False
        self.native: Native | None = None
        self.refused = ""
        self.seconds = 0.0
        self.bytes = 0


class Kinds(dict[Any, Kind]):
    """Those of one plan, by what they are specialised on. ``drop`` is called with each that loses its native code."""

    def __init__(self, drop: Callable[[Kind], None]) -> None:
        super().__init__()
        self._drop = drop
        self._misses = 0
        self._made = 0

    def came(self, signature: Any) -> Kind:
        """Notes a run for which there is no native code."""
        kind = self.get(signature)
        if kind is None:
            self._make_room_to_count()
            kind = self[signature] = Kind()
        kind.runs += 1
        kind.lately += 1
        if not kind.refused:
            self._misses += 1
            if self._misses % _PERIOD == 0:
                self._age()
        return kind

    def is_due(self, kind: Kind, at_once: bool = False) -> bool:
        """True if native code should be made for it now; if another one has to go for it, that has gone. ``at_once``:
        the first kinds need not come twice."""
        first = 1 if at_once else _RUNS
        if kind.asked or kind.runs < (first if self._made < _FIRST else _LATER):
            return False
        holders = [(signature, other) for signature, other in list(self.items()) if other.asked and not other.refused]
        taken = sum(other.bytes for _, other in holders)
        if len(holders) >= _MOST or (len(holders) >= _FIRST and taken >= _BYTES):
            ready = [(signature, other) for signature, other in holders if other.native is not None]
            if len(ready) < len(holders) or not self._displaced(kind, ready):
                return False  # (one at a time: what is being made may be the one that should go)
        return True

    def ask(self, kind: Kind) -> None:
        """Notes that native code is being made for it."""
        kind.asked = True
        self._made += 1

    def _displaced(self, kind: Kind, ready: list[tuple[Any, Kind]]) -> bool:
        signature, least = min(ready, key=lambda item: item[1].lately)
        if kind.lately <= 2 * least.lately + _CLEARLY:
            return False
        self.pop(signature, None)
        self._drop(least)
        return True

    def _make_room_to_count(self) -> None:
        without = [(signature, kind) for signature, kind in list(self.items()) if not kind.asked or kind.refused]
        if len(without) >= _NOTED:
            signature, _ = min(without, key=lambda item: (item[1].lately, item[1].runs))
            self.pop(signature, None)

    def _age(self) -> None:
        for kind in list(self.values()):
            kind.lately = min(kind.lately, 2 * _PERIOD) // 2
