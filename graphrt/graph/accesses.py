"""References as versions: which value of which variable a reference tensor stands for.

In a program each reference is one version of its variable: the variable's own output is the value from before the run,
and every write takes a version and makes the next one. See passes/versions.py, which brings a captured program into
this form, and docs/decisions/0100-state-has-versions.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program


def variable_of(tensor: Tensor) -> Operation | None:
    """The variable that a reference tensor refers to; None for what is no reference, or refers to something else."""
    while tensor.dtype.is_ref:
        op = tensor.op
        if op.opdef.role == "variable":
            return op
        if not op._inputs:
            return None
        tensor = version_before(tensor)
    return None


def version_before(version: Tensor) -> Tensor:
    """The version that a write, or whatever else passes a reference on, has made ``version`` of."""
    op = version.op
    if not op.opdef.writes:
        return op._inputs[0]
    before: Tensor = op._inputs[op.opdef.written(op)[versions_made(op).index(version)]]
    return before


def versions_made(op: Operation) -> list[Tensor]:
    """The versions that a write makes: one for each reference that it writes to, in the order of its inputs."""
    return [tensor for tensor in op._outputs if tensor.dtype.is_ref] if op.opdef.writes else []


def may_be_absent(version: Tensor) -> bool:
    """True if the variable may have no value in this version: nothing in the run has certainly written it."""
    op = version.op
    return op.opdef.role == "variable" or (op.opdef.role == "join" and may_be_absent(op._inputs[0]))


def needs_of(program: Program, op: Operation) -> list[Operation]:
    """The nodes that must have run before ``op``."""
    return [t.op for t in op._inputs] + op._control_inputs + [predicate.op for predicate, _ in program.guard(op)]


def writers_before(program: Program, order: Sequence[Operation], bits: Mapping[Operation, int]) -> dict[Operation, int]:
    """For each node that depends on writers, which these are (itself, if it is one), as a set of bits."""
    result: dict[Operation, int] = {}
    for op in order:
        mask = bits.get(op, 0)
        for tensor in op._inputs:
            if tensor.op in result:
                mask |= result[tensor.op]
        for need in op._control_inputs:
            mask |= result.get(need, 0)
        for predicate, _ in program.guard(op):
            mask |= result.get(predicate.op, 0)
        if mask:
            result[op] = mask
    return result


def root(tensor: Tensor) -> Tensor:
    """The tensor whose memory ``tensor`` may be a view of (itself, where it owns its memory)."""
    while True:
        alias = tensor.op.opdef.aliases
        if alias is None or alias >= len(tensor.op._inputs):
            return tensor
        if tensor.value_index != 0 and not tensor.op.opdef.outputs[0].is_list:
            return tensor
        tensor = tensor.op._inputs[alias]
