"""The updates of many small variables as one update over one arena."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphrt.graph.accesses import needs_of, versions_made
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import Program
from graphrt.opdef import REQUIRED, OpDef
from graphrt.opdef.updates import gradient_index, unequal
from graphrt.passes.key import PlanKey

UPDATE_TOGETHER = OpDef(
    "_UpdateTogether",
    "references:N*&T parameters:P*T gradients:G*T",
    attrs={"rule": REQUIRED, "kinds": REQUIRED, "order": REQUIRED},
    writes=(0,),
    differentiable=False,
)
"""Several nodes of one update rule: the references of the first variable and its slots, then of the second..."""


@dataclass
class Arena:
    """Where the values of all variables of one kind lie side by side after the last update."""

    values: list[Any] = field(default_factory=list)  # the flat arrays, one a kind
    parts: list[Any] = field(default_factory=list)  # the views of them that the variables hold, variable by variable
    gradient: Any = None


@UPDATE_TOGETHER.state
def _arena(op: Operation) -> Arena:
    return Arena()


@UPDATE_TOGETHER.kernel
def _update(
    xp: Any, references: Any, parameters: Any, gradients: Any, rule: Any, kinds: int, order: Any, state: Arena
) -> list[Any]:
    _check(references, parameters, gradients, kinds)
    if len(references) != len(state.parts) or any(a is not b for a, b in zip(references, state.parts, strict=True)):
        # Somebody else has written a variable since: gather them anew.
        gathered = [xp.concatenate([part.ravel() for part in references[kind::kinds]]) for kind in range(kinds)]
    else:
        gathered = state.values
    gradient = xp.concatenate([gradient.ravel() for gradient in gradients])
    inputs = [*gathered, *parameters]
    inputs.insert(order, gradient)
    values = list(rule(xp, *inputs))
    # The parts tell whether the arena holds what the variables hold: an interrupt in between leaves them different.
    state.parts = []
    state.values = values
    state.parts = _parts(references, values, kinds)
    return state.parts


def _check(references: Sequence[Any], parameters: Sequence[Any], gradients: Sequence[Any], kinds: int) -> None:
    """Raises ValueError unless each variable, its slots and its gradient have one shape: laid side by side, all of them
    together may fit though none of them does."""
    for first, gradient in zip(range(0, len(references), kinds), gradients, strict=True):
        wanted = references[first].shape
        for what, value in (("grad", gradient), *[("slot", v) for v in references[first + 1 : first + kinds]]):
            if value.shape != wanted:
                raise ValueError(unequal("var", wanted, what, value.shape))
    for parameter in parameters:
        if parameter.shape:
            raise ValueError(f"a parameter of the update is not a scalar: {list(parameter.shape)}")


def _parts(references: Sequence[Any], values: Sequence[Any], kinds: int) -> list[Any]:
    """The new value of each variable, as a part of the flat arrays."""
    parts = []
    at = 0
    for first in range(0, len(references), kinds):
        old = references[first]
        end = at + old.size
        parts += [flat[at:end].reshape(old.shape) for flat in values]
        at = end
    return parts


@dataclass(frozen=True)
class FuseUpdates:
    """Updates the variables of one optimizer together, where each of them is small.

        ApplyAdam(w, m, v, lr, ..., dw); ApplyAdam(b, n, u, lr, ..., db)  ->  _UpdateTogether([w, m, v, b, n, u], ...)

    Leaves alone: variables of more than ``limit`` elements or of unknown shape, variables that something else writes
    in the same run, updates whose result is used, updates with other hyper-parameters or conditions than their
    neighbours, or for which other nodes wait, and updates of which one needs another.
    """

    limit: int = 1 << 15

    def __call__(self, program: Program, key: PlanKey) -> Program:
        groups: dict[Hashable, list[Operation]] = {}
        order = program.operations()
        if not any(op.opdef.update_rule is not None for op in order):
            return program
        followers = _followers(order)
        for op in order:
            kind = self._kind(program, op)
            if kind is not None:
                groups.setdefault((kind, followers.get(op, ())), []).append(op)
        for group in groups.values():
            if len(group) > 1 and not _depend(program, group):
                self._fuse(program, group)
                program.notes.append(f"{len(group)} updates by {group[0].type} done as one")
                program.changed()
        return program

    def _kind(self, program: Program, op: Operation) -> Hashable | None:
        """What updates that can be fused have in common; None for what is no small update."""
        if op.opdef.update_rule is None or not _alone(program, op):
            return None
        count = op._inputs[0].shape.num_elements()
        if count is None or count > self.limit:
            return None
        attrs = tuple((name, op.attrs[name]) for name in op.opdef.kernel_attrs)
        gradient = gradient_index(op.opdef)
        shared = tuple(t for i, t in enumerate(op._inputs) if not t.dtype.is_ref and i != gradient)
        return op.type, op.attrs["T"], attrs, shared, program.guard(op), tuple(op._control_inputs)

    @staticmethod
    def _fuse(program: Program, group: Sequence[Operation]) -> None:
        first = group[0]
        gradient = gradient_index(first.opdef)
        kinds = sum(tensor.dtype.is_ref for tensor in first._inputs)
        shared = [t for i, t in enumerate(first._inputs) if not t.dtype.is_ref and i != gradient]
        references = [tensor for op in group for tensor in op._inputs if tensor.dtype.is_ref]
        gradients = [op._inputs[gradient] for op in group]
        options = {name: first.attrs[name] for name in first.opdef.kernel_attrs}
        update_rule = first.opdef.update_rule

        def rule(xp: Any, *inputs: Any) -> Any:
            return update_rule(xp, *inputs, **options)

        attrs = {
            "N": len(references), "P": len(shared), "G": len(gradients), "T": first.attrs["T"],
            "rule": rule, "kinds": kinds, "order": gradient,
        }  # fmt: skip
        graph = program.graph
        name = graph.unique_name(f"{first.name}/together")
        fused = graph.add_operation(UPDATE_TOGETHER, [*references, *shared, *gradients], attrs, name)
        fused._control_inputs = list(first._control_inputs)
        program.stand_in(fused, (origin for op in group for origin in program.origins[op]))
        program.set_guard(fused, program.guard(first))
        fused._outputs = [Tensor(fused, i, tensor.dtype, tensor.shape) for i, tensor in enumerate(references)]
        made = [version for op in group for version in versions_made(op)]
        program.redirect_results(dict(zip(made, fused._outputs, strict=True)))
        members = set(group)
        program.targets = list(dict.fromkeys(fused if op in members else op for op in program.targets))
        for op in graph._operations:
            if not members.isdisjoint(op._control_inputs):
                op._control_inputs = list(dict.fromkeys(fused if c in members else c for c in op._control_inputs))


def _alone(program: Program, op: Operation) -> bool:
    """True if nothing else writes its variables in the same run, and nothing uses what it leaves of them."""
    versions = versions_made(op)
    if any(version._consumers or version in program.fetches for version in versions):
        return False
    return all(tensor.op.opdef.role == "variable" for tensor in op._inputs if tensor.dtype.is_ref)


def _followers(order: Sequence[Operation]) -> dict[Operation, tuple[Operation, ...]]:
    """The nodes that wait for each update."""
    found: dict[Operation, list[Operation]] = {}
    for op in order:
        for control in op._control_inputs:
            if control.opdef.update_rule is not None:
                found.setdefault(control, []).append(op)
    return {op: tuple(waiting) for op, waiting in found.items()}


def _depend(program: Program, group: Sequence[Operation]) -> bool:
    """True if one of the nodes needs another one of them."""
    members = set(group)
    needs = [need for op in group for need in needs_of(program, op)]
    seen = set(needs)
    while needs:
        op = needs.pop()
        if op in members:
            return True
        for need in needs_of(program, op):
            if need not in seen:
                seen.add(need)
                needs.append(need)
    return False
