"""From an exception in a kernel to an error that the user can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol

import graphrt.errors as errors
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef.messages import described, out_of_memory
from graphrt.passes.intrinsics import FEED
from graphrt.passes.key import PlanKey
from graphrt.plan.codegen import DeadTensorError
from graphrt.plan.failure import Failure
from graphrt.runtime.variables import Slot, UninitializedVariableError
from graphrt.shapes import CannotBroadcast, brackets


class Running(Protocol):
    """What the reports ask of that which ran: a Plan, or a PartialRun."""

    key: PlanKey

    def failure(self, traceback: TracebackType | None) -> Failure | None: ...

    def unfed_placeholders(self) -> list[Operation]: ...

    def user_variables(self) -> list[Operation]: ...


class UnfedPlaceholderError(Exception):
    """The kernel of a placeholder was reached; the session turns this into InvalidArgumentError."""


def run_error(plan: Running, error: Exception, slots: Iterable[Slot], fed: Sequence[Any]) -> Exception:
    """What to raise instead of ``error``, which came out of the plan's function."""
    failure = plan.failure(error.__traceback__)
    op = failure.op if failure is not None else None
    if isinstance(error, UnfedPlaceholderError):
        return _unfed(plan, op)
    if isinstance(error, UninitializedVariableError):
        return _uninitialized(plan, error.op, slots)
    if isinstance(error, DeadTensorError):
        return errors.InvalidArgumentError(
            None, op, f"Retval[0] does not have value: {error} is in a branch that was not taken"
        )
    if isinstance(error, errors.OpError):
        return _reworded(error, op, plan, fed)
    if isinstance(error, MemoryError):
        text = out_of_memory(error)
        return errors.ResourceExhaustedError(None, op, text if op is None else _message(op, text, plan, fed))
    if failure is None:
        return error
    kind = _class_of(error)
    words = _clash(failure) if isinstance(error, ValueError) else ""
    return kind(None, op, _message(failure.op, words or str(error) or type(error).__name__, plan, fed))


def _clash(failure: Failure) -> str:
    """In TF1's words (scripts look for these) that a node's two inputs do not broadcast; "" if that is not it."""
    shapes = failure.shapes
    if len(shapes) != 2 or None in shapes:
        return ""
    node = failure.node
    graph = Graph()
    inputs = [
        graph.add_operation(FEED, (), {"dtype": tensor.dtype.base_dtype}, f"input_{i}").outputs[0]
        for i, tensor in enumerate(node._inputs)
    ]
    for tensor, shape in zip(inputs, shapes, strict=True):
        tensor.set_shape(shape)
    try:
        graph.add_operation(node.opdef, inputs, node.attrs, "node")
    except CannotBroadcast:
        first, second = (brackets(tensor.shape) for tensor in inputs)
        return f"Incompatible shapes: {first} vs. {second}"
    except ValueError:
        return ""  # something else is wrong with them, which the kernel has said
    return ""


def _class_of(error: Exception) -> type[errors._CodedError]:
    if isinstance(error, NotImplementedError):
        return errors.UnimplementedError
    if isinstance(error, (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError)):
        return errors.InvalidArgumentError
    return errors.UnknownError


def _reworded(error: errors.OpError, op: Operation | None, plan: Running, fed: Sequence[Any]) -> errors.OpError:
    if error.op is not None or op is None:
        return error
    kind = errors.exception_type_from_error_code(error.error_code)
    return kind(None, op, _message(op, error.message, plan, fed))  # type: ignore[call-arg]


def _message(op: Operation, text: str, plan: Running, fed: Sequence[Any]) -> str:
    """TF1's words first, then where the node was declared and what came into it."""
    lines = [f"{op.type} '{op.name}': {text}", f"\t [[node {op.name}{_defined_at(op)}]]"]
    lines += declared(op)
    arrays = dict(zip(plan.key.feeds, fed, strict=False))
    for i, tensor in enumerate(op.inputs):
        value = arrays.get(tensor)
        got = f", fed {value.dtype}{list(value.shape)}" if value is not None and hasattr(value, "shape") else ""
        lines.append(f"  input {i}: {described(tensor)}{got}")
    if "gradients" in op.name:
        lines.append("  part of: gradients")
    return "\n".join(lines)


def _defined_at(op: Operation) -> str:
    return f" (defined at {op.source.filename}:{op.source.lineno}) " if op.source is not None else " "


def declared(op: Operation) -> list[str]:
    """The lines that show where the user declared ``op``."""
    if op.source is None:
        return []
    text = op.source.text()
    return [f"  declared at {op.source}"] + ([f"      {text}"] if text else [])


def _unfed(plan: Running, op: Operation | None) -> errors.InvalidArgumentError:
    """All the placeholders that are missing, in one report."""
    missing = sorted(plan.unfed_placeholders(), key=lambda placeholder: placeholder._id)
    first = op if op is not None else missing[0]
    tensor = first.outputs[0]
    shape = "" if tensor.shape.values is None else f" and shape {brackets(tensor.shape)}"
    lines = [
        f"You must feed a value for placeholder tensor '{first.name}' with dtype {_cpp_name(tensor)}{shape}",
        f"\t [[node {first.name}{_defined_at(first)}]]",
    ]
    if len(missing) > 1:
        lines.append(f"  {len(missing)} placeholders are needed and not fed:")
    for placeholder in missing:
        if placeholder.outputs[0] in plan.key.feeds:
            lines.append(
                f"  {placeholder.name!r} itself is fetched, the operation, which has no value but the one that is fed: "
                f"fetch {placeholder.outputs[0].name!r}, or nothing of it"
            )
            continue
        lines.append(f"  not fed: {described(placeholder.outputs[0])}" + _needed_by(plan, placeholder))
    fed = ", ".join(repr(t.name) for t in plan.key.feeds)
    lines.append(f"  fed: {fed}" if fed else "  nothing was fed: pass feed_dict={...} to run()")
    return errors.InvalidArgumentError(None, first, "\n".join(lines))


def _uninitialized(plan: Running, op: Operation, slots: Iterable[Slot]) -> errors.FailedPreconditionError:
    """All the variables that have no value, in one report."""
    known = {slot.op: slot for slot in slots}
    missing = [v for v in plan.user_variables() if v not in known or not known[v].initialized]
    missing.sort(key=lambda variable: variable._id)
    lines = [
        f"Attempting to use uninitialized value {op.name}",
        f"\t [[node {op.name}{_defined_at(op)}]]",
    ]
    if len(missing) > 1:
        lines.append(f"  {len(missing)} variables are needed and have no value:")
    for variable in missing:
        lines.append(f"  not initialized: {described(variable.outputs[0])}" + _needed_by(plan, variable))
    lines.append(
        "  run tf.global_variables_initializer() (made after the last variable and after minimize()) in this session, "
        "tf.local_variables_initializer() for local ones, or restore them"
    )
    return errors.FailedPreconditionError(None, op, "\n".join(lines))


def _needed_by(plan: Running, source: Operation) -> str:
    """Which of the fetches need a node."""
    names = []
    for fetch in plan.key.fetches:
        target = fetch if isinstance(fetch, Operation) else fetch.op
        if _reaches(target, source, set(plan.key.feeds)):
            names.append(fetch.name)
    if not names:
        return ""
    return f", needed by {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _reaches(target: Operation, source: Operation, fed: set[Tensor]) -> bool:
    stack, seen = [target], {target}
    while stack:
        op = stack.pop()
        if op is source:
            return True
        for need in [t.op for t in op.inputs if t not in fed] + op.control_inputs:
            if need not in seen:
                seen.add(need)
                stack.append(need)
    return False


_CPP_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


def _cpp_name(tensor: Tensor) -> str:
    name = tensor.dtype.base_dtype.name
    return _CPP_NAMES.get(name, name)
