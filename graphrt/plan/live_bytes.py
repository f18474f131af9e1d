"""How many bytes the values of a program take at each step, if some of them are computed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrt.graph.operation import Operation, Tensor

Version = tuple[Tensor, bool]
"""A tensor, and whether it is the second copy of it."""


@dataclass(frozen=True)
class Entry:
    """One step: a node, whether it is done again, and which of its inputs are second copies."""

    op: Operation
    again: bool = False
    copied: tuple[bool, ...] = ()

    def inputs(self) -> list[Version]:
        if not self.copied:
            return [(tensor, False) for tensor in self.op._inputs]
        return list(zip(self.op._inputs, self.copied, strict=True))


def nbytes(tensor: Tensor) -> int:
    """Size of a tensor's array; 0 where its shape is not known."""
    return (tensor.shape.num_elements() or 0) * tensor.dtype.base_dtype.numpy.itemsize


def live_bytes(
    entries: Sequence[Entry], kept: Iterable[Tensor], extra: Callable[[Operation], int] = lambda op: 0
) -> list[int]:
    """The bytes in use during each entry. ``kept`` are needed to the end; ``extra(op)`` is what the kernel of a node
    needs while it runs, beside its outputs."""
    owners = owners_of(entries)
    last: dict[Version, int] = {}
    for i, entry in enumerate(entries):
        for version in (*entry.inputs(), *[(tensor, entry.again) for tensor in entry.op._outputs]):
            owner = owners.get(version)
            if owner is not None:
                last[owner] = i
    for tensor in kept:
        owner = owners.get((tensor, False))
        if owner is not None:
            last[owner] = len(entries)
    sizes: dict[Version, int] = {}
    now, live = 0, []
    for i, entry in enumerate(entries):
        made = [v for t in entry.op._outputs if owners.get(v := (t, entry.again)) == v]
        reused = _reused(entry, made, owners, last, sizes, i)
        if reused is not None:
            sizes[made[0]] = sizes.pop(reused)
        else:
            sizes.update((version, nbytes(version[0])) for version in made)
            now += sum(sizes[version] for version in made)
        live.append(now + extra(entry.op))
        ends = {owner for v in entry.inputs() if (owner := owners.get(v)) is not None and last[owner] == i}
        ends.update(version for version in made if last[version] == i)
        now -= sum(sizes.pop(owner, 0) for owner in ends)
    return live


def owners_of(entries: Sequence[Entry]) -> dict[Version, Version]:
    """For each value that this run allocates, or that is a view of one: the value whose memory it is."""
    owners: dict[Version, Version] = {}
    for entry in entries:
        op = entry.op
        alias = op.opdef.aliases
        for tensor in op._outputs:
            version = (tensor, entry.again)
            if alias is not None and alias < len(op._inputs) and _is_view(tensor):
                source = entry.inputs()[alias]
                if source in owners:
                    owners[version] = owners[source]
            elif not tensor.dtype.is_ref and op.opdef.role == "":
                owners[version] = version
    return owners


def _is_view(tensor: Tensor) -> bool:
    return tensor.value_index == 0 or tensor.op.opdef.outputs[0].is_list


def _reused(
    entry: Entry,
    made: Sequence[Version],
    owners: Mapping[Version, Version],
    last: Mapping[Version, int],
    sizes: Mapping[Version, int],
    at: int,
) -> Version | None:
    """The value whose memory the output takes over."""
    if len(made) != 1:
        return None
    given = [owners.get(version) for version in entry.inputs()]
    for index in entry.op.opdef.overwrites:
        owner: Version | None = given[index]
        if owner is None or last[owner] != at or given.count(owner) > 1:
            continue
        if sizes.get(owner) == nbytes(made[0][0]):
            return owner
    return None


def persistent(tensor: Tensor) -> bool:
    """True of what is there before the run and after it: feeds, constants, variables and what is read from them."""
    op: Any = tensor.op
    return tensor.dtype.is_ref or op.opdef.role in ("feed", "constant", "variable") or _reads(op)


def _reads(op: Operation) -> bool:
    return op.opdef.role == "identity" and (op._inputs[0].dtype.is_ref or persistent(op._inputs[0]))
