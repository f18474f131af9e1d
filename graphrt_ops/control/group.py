"""no_op, group and tuple: nodes that only wait for others."""

from __future__ import annotations

from contextlib import nullcontext

import graphrt_ops as F
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import colocate_with, control_dependencies, device, name_scope
from graphrt.opdef import OpDef, export

opdef = OpDef("NoOp")


@export("no_op")
def no_op(name=None):
    """An operation that does nothing; useful to wait for control dependencies."""
    return opdef(name=name)


@export("group")
def group(*inputs, **kwargs):
    """An operation that is done when all of ``inputs`` (operations or tensors, or lists of them) are done."""
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    flat = _flat(inputs)
    on_device: dict[str, list] = {}
    for item in flat:
        on_device.setdefault(item.device, []).append(item)
    with name_scope(name, "group_deps", flat) as scope:
        if len(on_device) < 2:
            return _waiting("".join(on_device), flat, scope)
        # One gate a device, so that each device tells the others only once that its part is done.
        gates = [_waiting(name, on_device[name], None) for name in sorted(on_device)]
        with control_dependencies(gates):
            return no_op(name=scope)


def _waiting(device_name: str, items: list, name: str | None) -> Operation:
    with control_dependencies(items), device(device_name) if device_name else nullcontext():
        return no_op(name=name)


def _flat(items) -> list:
    result = []
    for item in items:
        if isinstance(item, (list, tuple)):
            result.extend(_flat(item))
        elif isinstance(item, (Tensor, Operation)) or hasattr(item, "_as_graph_element"):
            result.append(item)
        elif hasattr(item, "op"):
            result.append(item.op)
        else:
            raise TypeError(f"Expected tf.Tensor or tf.Operation in tf.group(...), not {item!r} of type {type(item)}")
    return result


def with_dependencies(dependencies, output_tensor, name=None):
    """``output_tensor``, as soon as ``dependencies`` are done."""
    scope_of = name_scope(name, "control_dependency", [*dependencies, output_tensor])
    with scope_of as scope, control_dependencies(dependencies), colocate_with(output_tensor):
        return F.identity(output_tensor, name=scope)


@export("tuple")
def tuple_(tensors, name=None, control_inputs=None):
    """The same tensors, none of which is available before all of them (and ``control_inputs``) are computed."""
    with name_scope(name, "tuple", [t for t in tensors if t is not None]):
        gating = [t.op for t in tensors if t is not None]
        if control_inputs is not None:
            gating += [c.op if isinstance(c, Tensor) else c for c in control_inputs]
        if not gating:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*sorted(gating, key=lambda op: op._id))
        return [None if tensor is None else with_dependencies([gate], tensor) for tensor in tensors]
