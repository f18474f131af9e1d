"""Computing large values a second time instead of keeping them.

In a training step most memory is held by what the forward pass computed and the backward pass needs much later. A value
that is dropped in between, and computed again from what is still there, costs time and saves memory.

This is a pass; it lies here because it needs the order in which nodes run.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.key import PlanKey
from graphrt.plan.dry_run import DryRuns
from graphrt.plan.live_bytes import Entry, live_bytes, nbytes, owners_of, persistent
from graphrt.plan.schedule import scheduled
from graphrt.source import warn
from graphrt.wording import counted

_SHARES = (2, 3, 4, 6, 8, 12, 16, 24, 32)  # into how many segments the forward pass may be cut
_NEGLIGIBLE = 512  # values of less than this part of the peak are kept
_LEAST_GAP = 4  # steps during which nobody needs a value that is worth dropping
_NEAR = 3  # among so many values, the smallest one begins a segment


@dataclass(frozen=True)
class Recompute:
    """Drops values between their uses, and computes them again, until the values need less than ``limit`` bytes.

        h = Relu(z); ...; dz = ReluGrad(dh, h)    ->    h = Relu(z); ...; again = Relu(z); dz = ReluGrad(dh, again)

    First what elementwise operations compute from what is there anyway; if that does not do, whole segments of the
    forward pass, whose first values are kept. Of all ways that suffice the first one is taken, and what it need not
    drop, is kept. The results are the same bits: the same kernels compute the same values again.

    Leaves alone: fetched values, and those of nodes that are random, have a state or an effect, or run only under a
    condition; with their values everything else can be computed again (so masks of dropout are kept).
    ``in_place`` says that kernels need no memory of their own, and change variables where they are, as native code
    does; else that memory counts, too (each kind of kernel is called once, on zeros, to find out). If the limit cannot
    be reached, a warning says so.
    """

    limit: int
    in_place: bool = False
    warns: bool = True

    def __call__(self, program: Program, key: PlanKey) -> Program:
        search = _Search(program, self.in_place)
        before = search.peak(frozenset())
        if before <= self.limit:
            return program
        dropped, after = search.least(self.limit)
        if dropped and after < before:
            count = _Rewriting(program, search, dropped).run()
            program.notes.append(
                f"{counted(count, 'node')} computed twice; the values take {before:,} -> {after:,} bytes at the peak"
            )
        if after > self.limit:
            words = f"values take {after:,} bytes at the peak, {after - self.limit:,} over the limit"
            program.notes.append(words)
            if self.warns:
                warn(f"graphrt: Session(memory_limit={self.limit}) cannot be kept: {words}", RuntimeWarning)
        return program


Dropped = frozenset[Tensor]


class _Search:
    """Which values to drop. Times are positions in the order of the program."""

    def __init__(self, program: Program, in_place: bool) -> None:
        self.program = program
        self.in_place = in_place
        self.dry_runs = DryRuns()
        self.peaks: dict[Dropped, int] = {}
        self.order = [op for op in scheduled(program) if op.opdef.role not in ("feed", "constant", "variable")]
        self.at = {op: i for i, op in enumerate(self.order)}
        self.kept = {*program.fetches, *program.predicates()}
        self.owner = {v[0]: o[0] for v, o in owners_of([Entry(op) for op in self.order]).items()}
        self.uses: dict[Tensor, list[tuple[int, Tensor]]] = defaultdict(list)  # of each owner: when, and as which view
        for i, op in enumerate(self.order):
            for tensor in op._inputs:
                if tensor in self.owner:
                    self.uses[self.owner[tensor]].append((i, tensor))
        self.gaps = {owner: self._gap(owner) for owner in self.uses}

    def _gap(self, owner: Tensor) -> tuple[int, int]:
        """The longest time during which nobody needs the value: the use before it, and the use after it."""
        times = [self.at[owner.op], *[at for at, _ in self.uses[owner]]]
        return max(itertools.pairwise(times), key=lambda pair: pair[1] - pair[0])

    # -- what to drop --------------------------------------------------------------------------------------------------

    def least(self, limit: int) -> tuple[Dropped, int]:
        """The first choice that keeps the limit, less what need not be dropped; the best one if none does."""
        best: tuple[int, list[list[Tensor]]] = (self.peak(frozenset()), [])
        for groups in self._choices(limit):
            peak = self.peak(_union(groups))
            if peak < best[0]:
                best = peak, groups
            if peak <= limit:
                break
        peak, groups = best
        for group in reversed(groups):
            fewer = [other for other in groups if other is not group]
            left = self.peak(_union(fewer))
            if left <= max(limit, peak):
                peak, groups = left, fewer
        return _union(groups), peak

    def _choices(self, limit: int) -> Iterator[list[list[Tensor]]]:
        """Groups of values to drop: cheap ones, then segments of the forward pass, longer and shorter ones."""
        candidates = self._candidates(limit)
        cheap = self._cheap(candidates)
        yield [[tensor] for tensor in cheap]
        whole = sum(map(nbytes, candidates))
        for share in _SHARES:
            yield _segments(candidates, whole // share)

    def _candidates(self, limit: int) -> list[Tensor]:
        """The values that could be dropped while too much memory is in use, in the order in which they are made."""
        live = live_bytes([Entry(op) for op in self.order], self.kept, self._extra)
        over = list(itertools.accumulate((size > limit for size in live), initial=0))
        least = self.peak(frozenset()) // _NEGLIGIBLE
        kept = {self.owner.get(tensor) for tensor in self.kept}
        found = [
            owner
            for owner, (first, last) in self.gaps.items()
            if last - first >= _LEAST_GAP
            and over[last] > over[first + 1]
            and nbytes(owner) > least
            and owner not in kept
            and self._repeatable(owner.op)
            and not self._better_kept(owner, last)
        ]
        return sorted(found, key=lambda tensor: self.at[tensor.op])

    def _repeatable(self, op: Operation) -> bool:
        return op.opdef.pure and not op.opdef.checks and not op.opdef.blocking and not self.program.guard(op)

    def _cheap(self, candidates: Sequence[Tensor]) -> list[Tensor]:
        """Those that elementwise operations compute from what is there when they are needed again."""
        found: dict[Tensor, None] = {}
        for tensor in candidates:
            if tensor.op.opdef.elementwise and all(
                persistent(t) or self.owner.get(t) in found or self._there(t, self.gaps[tensor][1])
                for t in tensor.op._inputs
            ):
                found[tensor] = None
        return list(found)

    def _there(self, tensor: Tensor, time: int) -> bool:
        """True if the value is needed at that time, or later, anyway."""
        owner = self.owner.get(tensor)
        if owner is None:
            return persistent(tensor)
        return tensor in self.kept or owner in self.kept or self.uses[owner][-1][0] >= time

    # -- what follows from it ------------------------------------------------------------------------------------------

    def peak(self, dropped: Dropped) -> int:
        """The most bytes at any time if these values are dropped between their uses."""
        known = self.peaks.get(dropped)
        if known is None:
            known = self.peaks[dropped] = max(live_bytes(self.entries(dropped), self.kept, self._extra), default=0)
        return known

    def _extra(self, op: Operation) -> int:
        """Bytes that the kernel needs while it runs, beside its outputs."""
        if self.in_place or op.opdef.role:
            return 0
        return max(0, self.dry_runs.use_of(op)[0] - sum(nbytes(t) for t in op._outputs if not t.dtype.is_ref))

    def entries(self, dropped: Dropped) -> list[Entry]:
        """The steps with those that are done again, each before the first step that needs it."""
        again = self.again(dropped)
        inserted: dict[int, list[Operation]] = defaultdict(list)
        for op in sorted(again, key=self.at.__getitem__):
            inserted[again[op]].append(op)
        result: list[Entry] = []
        for i, op in enumerate(self.order):
            for repeated in inserted.get(i, ()):
                copied = tuple([self._takes_copy(t, i, dropped, again) for t in repeated._inputs])
                result.append(Entry(repeated, True, copied))
            copied = tuple([self.takes_copy(op, tensor, dropped) for tensor in op._inputs])
            result.append(Entry(op, False, copied if any(copied) else ()))
        return result

    def again(self, dropped: Dropped) -> dict[Operation, int]:
        """The nodes that must run again, and the step before which they do."""
        wanted: dict[int, int] = {}  # when each node is needed again first, by its position
        for owner in dropped:
            for time, tensor in self.uses[owner]:
                if time >= self.gaps[owner][1] > self.at[tensor.op]:
                    wanted[self.at[tensor.op]] = min(time, wanted.get(self.at[tensor.op], time))
        waiting = [-position for position in wanted]
        heapq.heapify(waiting)
        found: dict[Operation, int] = {}
        while waiting:  # the last one first, so that all that need a node have been seen before it
            op = self.order[-heapq.heappop(waiting)]
            if op in found:
                continue
            time = found[op] = wanted[self.at[op]]
            for tensor in op._inputs:
                if self._must_repeat(tensor, time, dropped):
                    position = self.at[tensor.op]
                    wanted[position] = min(time, wanted.get(position, time))
                    heapq.heappush(waiting, -position)
        return found

    def takes_copy(self, op: Operation, tensor: Tensor, dropped: Dropped) -> bool:
        """True if a node of the program uses the second copy of an input."""
        owner = self.owner.get(tensor)
        return owner in dropped and self.at[op] >= self.gaps[owner][1] > self.at[tensor.op]

    def _must_repeat(self, tensor: Tensor, time: int, dropped: Dropped) -> bool:
        """True if a node that runs again at that time cannot have the first copy of an input, or should not."""
        if persistent(tensor) or not self._repeatable(tensor.op) or self.at[tensor.op] >= time:
            return False
        owner = self.owner.get(tensor)
        if owner in dropped and time > self.gaps[owner][0]:
            return self.at[tensor.op] < self.gaps[owner][1]
        return not self._there(tensor, time) and not self._better_kept(tensor, time)

    def _better_kept(self, tensor: Tensor, time: int) -> bool:
        """True if something as large, which cannot be computed again, would have to be kept instead: random numbers
        instead of the mask that was made of them."""
        return any(
            not persistent(t)
            and not self._repeatable(t.op)
            and not self._there(t, time)
            and nbytes(t) >= nbytes(tensor)
            for t in tensor.op._inputs
        )

    def _takes_copy(self, tensor: Tensor, time: int, dropped: Dropped, again: dict[Operation, int]) -> bool:
        return tensor.op in again and self._must_repeat(tensor, time, dropped)


def _union(groups: Sequence[Sequence[Tensor]]) -> Dropped:
    return frozenset(tensor for group in groups for tensor in group)


def _segments(candidates: Sequence[Tensor], size: int) -> list[list[Tensor]]:
    """Cuts the values into segments of about ``size`` bytes each; between two of them one value, a small one if there
    is one near, is kept. The last segment is kept, too: it is needed at once."""
    segments: list[list[Tensor]] = [[]]
    taken, i = 0, 0
    while i < len(candidates):
        if taken >= size and segments[-1]:
            near = candidates[i : i + _NEAR]
            smallest = min(range(len(near)), key=lambda n: nbytes(near[n]))
            segments[-1] += near[:smallest]
            segments.append([])
            taken, i = 0, i + smallest + 1
            continue
        segments[-1].append(candidates[i])
        taken += nbytes(candidates[i])
        i += 1
    return [segment for segment in segments if segment]


class _Rewriting:
    """Writes the choice into the program."""

    def __init__(self, program: Program, search: _Search, dropped: Dropped) -> None:
        self.program = program
        self.search = search
        self.dropped = dropped
        self.copies: dict[Operation, Operation] = {}

    def run(self) -> int:
        """Returns how many nodes run again."""
        search = self.search
        again = search.again(self.dropped)
        entries = search.entries(self.dropped)
        for entry in entries:
            if entry.again:
                self._copy(entry, again[entry.op])
        for entry in entries:
            if not entry.again and any(entry.copied):
                self._redirect(entry)
        self.program.changed()
        return len(again)

    def _copy(self, entry: Entry, time: int) -> None:
        op, graph = entry.op, self.program.graph
        name = graph.unique_name(f"{op.name}/again")
        made = graph.add_operation(op.opdef, self._inputs(entry), dict(op.attrs), name)
        for old, new in zip(op._outputs, made._outputs, strict=True):
            new.set_shape(old.shape)
        made.source, made._device = op.source, op._device
        made._control_inputs = list(op._control_inputs)
        if not any(entry.copied):
            # Nothing else would keep it from running at once, when its inputs are there.
            made._add_control_inputs([self._signal(entry, time)])
        self.program.stand_in(made, self.program.origins.get(op, ()))
        self.copies[op] = made

    def _inputs(self, entry: Entry) -> list[Tensor]:
        return [
            self.copies[tensor.op]._outputs[tensor.value_index] if copied else tensor
            for tensor, copied in entry.inputs()
        ]

    def _signal(self, entry: Entry, time: int) -> Operation:
        """The node after which a copy is to run: that which makes what its user needs beside it (a gradient)."""
        search = self.search
        user = search.order[time]
        near = max((search.at.get(tensor.op, -1) for tensor in user._inputs), default=-1)
        if near <= search.at[entry.op]:
            near = time - 1
        op = search.order[near]
        while op.opdef.aliases is not None and op._inputs[op.opdef.aliases].op in search.at:
            op = op._inputs[op.opdef.aliases].op  # a view is there as soon as what it is a view of
        return op

    def _redirect(self, entry: Entry) -> None:
        op = entry.op
        inputs = self._inputs(entry)
        for old, new in zip(op._inputs, inputs, strict=True):
            if old is not new:
                old._consumers.remove(op)
                new._consumers.append(op)
        op._inputs = tuple(inputs)
