"""The memory that a run needs, step by step, before it has run.

For tier 1 it follows from the order of the plan, the last use of each value, and what each kernel takes (found by
``plan/dry_run.py``); for native code from the arena, which is one array whose size was decided with the plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphrt.graph.accesses import root
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.passes.capture import capture
from graphrt.plan.dry_run import DryRuns
from graphrt.plan.inplace import owns_fresh_memory, reused_inputs
from graphrt.plan.live_bytes import nbytes
from graphrt.plan.liveness import last_uses
from graphrt.plan.plan import Plan
from graphrt.plan.schedule import scheduled
from graphrt.view.memory_picture import bars, shown, svg
from graphrt.view.printable import printable_lines

if TYPE_CHECKING:
    from graphrt.native.assemble import Native


@dataclass(eq=False)
class Block:
    """Memory of one value, from step ``first`` to step ``last``; ``ops`` are the user's nodes that live in it."""

    bytes: int
    first: int
    last: int
    ops: list[Operation] = field(default_factory=list)

    @property
    def name(self) -> str:
        return ", ".join(dict.fromkeys(op.name for op in self.ops)) or "scratch"


@dataclass
class MemoryTimeline:
    """Bytes in use at each step of a run.

    Attributes:
      title: what runs. steps: the user's node of each step (the first of several).
      live: bytes in use during each, without the variables, constants and fed values, which are there before and
      after: ``lasting`` has their bytes.
      blocks: what is in use when. unknown: values whose size is not known, and is left out.
    """

    title: str
    steps: list[Operation]
    live: list[int]
    blocks: list[Block]
    lasting: dict[str, int]
    unknown: list[str] = field(default_factory=list)

    @property
    def peak(self) -> int:
        """The most bytes that the run needs at once."""
        return max(self.live, default=0)

    @property
    def at(self) -> int:
        """The step at which it needs them."""
        return self.live.index(self.peak) if self.live else 0

    def largest(self, count: int = 10) -> list[Block]:
        """The largest values in use at the peak."""
        alive = [block for block in self.blocks if block.first <= self.at <= block.last and block.bytes]
        return sorted(alive, key=lambda block: (-block.bytes, block.first))[:count]

    def svg(self) -> str:
        """A picture: a bar for each step, the values at the peak in colours."""
        return svg(self.title, [op.name for op in self.steps], self.live, self.largest())

    def __str__(self) -> str:
        lines = [f"memory of {self.title}: peak {shown(self.peak)}"]
        if self.steps:
            lines[0] += f" at step {self.at} of {len(self.steps)}, {_named(self.steps[self.at])}"
        lines.append("  beside: " + ", ".join(f"{what} {shown(size)}" for what, size in self.lasting.items()))
        if self.unknown:
            lines.append(f"  not counted, of unknown shape: {', '.join(self.unknown[:5])} ({len(self.unknown)} in all)")
        if self.largest():
            lines.append("  the largest at the peak:")
            lines += [
                f"  {shown(block.bytes):>9}  steps {block.first}-{block.last}  {block.name}{_place(block)}"
                for block in self.largest()
            ]
        return printable_lines("\n".join([*lines, *["  " + line for line in bars(self.live)]]))

    __repr__ = __str__


def _named(op: Operation) -> str:
    return f"{op.type} '{op.name}'" + (f"  {op.source}" if op.source is not None else "")


def _place(block: Block) -> str:
    places = dict.fromkeys(str(op.source) for op in block.ops if op.source is not None)
    return "  " + ", ".join(list(places)[:2]) if places else ""


def of_plan(
    plan: Plan, shapes: Sequence[tuple[int, ...] | None], title: str, dry_runs: DryRuns | None = None
) -> MemoryTimeline:
    """Tier 1's memory for fed values of these shapes (None: as far as the placeholder says)."""
    program = plan.program
    # (Where the passes have dropped a feed, its place in the key stays.)
    given = [t.shape.values if shape is None else shape for t, shape in zip(program.feeds, shapes, strict=True)]
    wanted = [*program.fetches, *program.targets, *[version.op for version in program.commits.values()]]
    known = capture(wanted, program.feeds, given)  # type: ignore[arg-type]
    _keep_controls(known)
    return _PlanMemory(plan, known, dry_runs or DryRuns()).run(title)


def _keep_controls(known: Program) -> None:
    """Capturing leaves out control inputs without an effect; but they decide when what runs twice runs again."""
    twins = {known.origin(op): op for op in known.operations()}
    for op, twin in twins.items():
        twin._control_inputs = [twins[control] for control in op._control_inputs if control in twins]
    known.changed()


class _PlanMemory:
    def __init__(self, plan: Plan, program: Program, dry_runs: DryRuns) -> None:
        self.plan = plan
        self.program = program
        self.dry_runs = dry_runs
        self.order = [op for op in scheduled(program) if not op.opdef.role or op.opdef.role == "choose"]
        self.position = {op: i for i, op in enumerate(self.order)}
        kept = {*program.fetches, *program.predicates(), *program.commits.values()}
        self.last = last_uses(scheduled(program), kept)
        self.reused = reused_inputs(scheduled(program), self.last) if plan.key.options.reuse_memory else {}
        self.blocks: dict[Tensor, Block] = {}  # by the tensor that owns the memory
        self.all: list[Block] = []

    def user(self, op: Operation) -> Operation:
        return self.plan.program.origin(self.program.origin(op))

    def run(self, title: str) -> MemoryTimeline:
        order, end = self.order, len(self.order)
        dies = self._deaths(end)
        live, now = [], 0
        for i, op in enumerate(order):
            reused = self.reused.get(op)
            out = None if reused is None else op._inputs.index(reused)
            peak, left = (0, 0) if op.opdef.role else self.dry_runs.use_of(op, out)
            live.append(now + peak)
            now += self._allocate(i, op, reused, left, dies)
            now -= sum(block.bytes for block in self._ending(op))
        copies = sum(nbytes(t) for t in self.program.fetches if not owns_fresh_memory(root(t)))
        live.append(now + copies)
        steps = [self.user(op) for op in order]
        if copies or not steps:
            self.all.append(Block(copies, end, end, [self.user(t.op) for t in self.program.fetches]))
            steps.append(self.user(self.program.fetches[0].op) if self.program.fetches else self.plan_target())
        else:
            live.pop()
        return MemoryTimeline(title, steps, live, self.all, self._lasting(), self._unknown())

    def _ending(self, op: Operation) -> list[Block]:
        """The blocks that nobody needs after a node."""
        i = self.position[op]
        owners = dict.fromkeys(root(t) for t in (*op._inputs, *op._outputs))
        return [block for t in owners if (block := self.blocks.get(t)) is not None and block.last == i]

    def plan_target(self) -> Operation:
        return self.user(self.program.targets[0])

    def _deaths(self, end: int) -> dict[Tensor, int]:
        """The step after which the memory of each tensor that owns some is not needed."""
        at = {tensor: self.position.get(op, -1) for op, tensors in self.last.items() for tensor in tensors}
        dies: dict[Tensor, int] = {}
        for op in self.order:
            for tensor in op._outputs:
                owner = root(tensor)
                dies[owner] = max(dies.get(owner, -1), at.get(tensor, end))
        return dies

    def _allocate(self, i: int, op: Operation, reused: Tensor | None, left: int, dies: Mapping[Tensor, int]) -> int:
        """Notes the memory of a node's outputs; returns the bytes that are new."""
        outputs = [t for t in op._outputs if root(t) is t]
        if reused is not None and root(reused) in self.blocks:
            block = self.blocks[outputs[0]] = self.blocks.pop(root(reused))
            block.last = max(i, dies.get(outputs[0], i))
            block.ops.append(self.user(op))
            return 0
        whole = sum(map(nbytes, outputs))
        for tensor in outputs:
            if whole:
                size = left * nbytes(tensor) // whole
                block = self.blocks[tensor] = Block(size, i, max(i, dies.get(tensor, i)), [self.user(op)])
                self.all.append(block)
        return sum(self.blocks[t].bytes for t in outputs if t in self.blocks)

    def _lasting(self) -> dict[str, int]:
        roles = {"variables": "variable", "constants": "constant"}
        sizes = {
            what: sum(nbytes(op._outputs[0]) for op in self.program.operations() if op.opdef.role == role)
            for what, role in roles.items()
        }
        return sizes | {"fed": sum(map(nbytes, self.program.feeds))}

    def _unknown(self) -> list[str]:
        names = (self.user(op).name for op in self.order if not all(t.shape.is_fully_defined() for t in op._outputs))
        return list(dict.fromkeys(names))


def of_native(native: Native, title: str) -> MemoryTimeline:
    """Native code's memory. Its arena is kept from run to run, and is as large as the plan is at its peak, or somewhat
    larger; results are new arrays in each run."""
    program = native.lowered.program
    blocks: dict[int, Block] = {}
    scratch: list[Block] = []
    for i, step in enumerate(native.steps):
        user = [program.origin(node.op) for node in step.nodes]
        for memory in (*step.reads, *step.writes):
            owner = memory.owner()
            if owner.kind in ("arena", "output"):
                block = blocks.setdefault(id(owner), Block(owner.size, i, i))
                block.last = i
                if any(memory is m for m in step.writes):
                    block.ops.extend(op for op in user if op not in block.ops)
        if step.called is not None and step.called.lowering.scratch:
            scratch.append(Block(sum(step.called.lowering.scratch), i, i))
    found = [*blocks.values(), *scratch]
    changes = [0] * (len(native.steps) + 1)
    for block in found:
        changes[block.first] += block.bytes
        changes[block.last + 1] -= block.bytes
    live = list(itertools.accumulate(changes[:-1]))
    lasting = {
        "arena": native.arena_size,
        "variables": sum(nbytes(op._outputs[0]) for op in native.lowered.variables),
        "constants": sum(array.nbytes for array in native.lowered.constants),
        "fed": sum(map(nbytes, native.lowered.feeds)),
    }
    return MemoryTimeline(title, [program.origin(s.nodes[0].op) for s in native.steps], live, found, lasting)
