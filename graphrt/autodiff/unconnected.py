"""Why a gradient is None: which one it was, and where the path from x to y ends. For messages only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphrt.dtypes import TRAINABLE
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.opdef.registry import gradient_function
from graphrt.source import SourceLine, user_line

_MOST_CALLS = 16  # of tf.gradients that are remembered for a graph
_MOST_ENDS = 3  # that are listed


@dataclass(frozen=True)
class _Call:
    """One call of tf.gradients that gave None for at least one x."""

    results: tuple[Any, ...]
    ys: tuple[Tensor, ...]
    xs: tuple[Tensor, ...]
    line: SourceLine | None


def remember(graph: Graph, ys: Iterable[Any], xs: Iterable[Tensor], results: Iterable[Any]) -> None:
    """Notes a call of tf.gradients that gave None, so that a fetch of it can be explained."""
    targets = tuple(y.values if isinstance(y, IndexedSlices) else y for y in ys)
    graph._missing_gradients.append(_Call(tuple(results), targets, tuple(xs), user_line()))
    del graph._missing_gradients[:-_MOST_CALLS]


def explained(graph: Graph, siblings: Sequence[Any], at: int) -> str:
    """What to say of the None at ``siblings[at]`` in a structure of fetches; begins with a newline."""
    found = _call_of(graph, siblings, at)
    if found is None:
        return (
            "\n  nothing was to be fetched: a function that returns nothing gives None, and so does tf.gradients for "
            "what its ys do not depend on"
        )
    call, i, sure = found
    x = call.xs[i]
    where = f", called at {call.line}\n      {call.line.text()}" if call.line is not None else ""
    return (
        f"\n  it {'is' if sure else 'may be'} the gradient with respect to {x.name!r} that tf.gradients did not find"
        f"{where}\n  {why_none(call.ys, x)}"
    )


def _call_of(graph: Graph, siblings: Sequence[Any], at: int) -> tuple[_Call, int, bool] | None:
    """The call that gave the None, the place among its xs, and whether it must have been this one."""
    calls: list[_Call] = graph._missing_gradients[::-1]
    for call in calls:
        if len(call.results) == len(siblings) and all(a is b for a, b in zip(call.results, siblings, strict=True)):
            return call, at, True
    for call in calls:  # a pair of compute_gradients: (None, variable)
        for i, x in enumerate(call.xs):
            if call.results[i] is None and any(_tensor(item) is x for item in siblings):
                return call, i, True
    return next(((call, i, False) for call in calls for i, result in enumerate(call.results) if result is None), None)


def _tensor(item: Any) -> Any:
    """The tensor that a variable (or anything like one) stands for."""
    return item._as_graph_element() if hasattr(item, "_as_graph_element") else item


def why_none(ys: Sequence[Tensor], x: Tensor) -> str:
    """Where every path from ``x`` to the ``ys`` ends, in a line or more."""
    y_names = " and ".join(repr(y.name) for y in ys[:2]) + (f" and {len(ys) - 2} more" if len(ys) > 2 else "")
    between = _reached_from([x.op]) & _needed_by([y.op for y in ys])
    if not between:
        return f"{y_names} does not depend on {x.name!r}{_made(x.op)}{_computed_from(ys, x)}"
    ends = list(_ends([y.op for y in ys if y.op in between], between, x.op))
    # What comes of x's shape alone, as the axes of a sum over all of them do, is not what anybody looks for.
    ends = [end for end in ends if any(_is_trainable(tensor) for tensor in end[0].inputs)] or ends
    if not ends:
        return f"the nodes between {x.name!r}{_made(x.op)} and {y_names} give no gradient for what they make of it"
    lines = [f"no path from {x.name!r}{_made(x.op)} to {y_names} lets a gradient through:"]
    lines += [f"  {reason}{_text(op)}" for op, reason in ends[:_MOST_ENDS]]
    if len(ends) > _MOST_ENDS:
        lines.append(f"  and {len(ends) - _MOST_ENDS} more")
    return "\n  ".join(lines)


def _reached_from(ops: Iterable[Operation]) -> set[Operation]:
    found: set[Operation] = set()
    waiting = list(ops)
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [consumer for tensor in op.outputs for consumer in tensor._consumers]
    return found


def _needed_by(ops: Iterable[Operation]) -> set[Operation]:
    found: set[Operation] = set()
    waiting = list(ops)
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [tensor.op for tensor in op.inputs]
    return found


def _ends(ops: Iterable[Operation], between: set[Operation], x: Operation) -> Iterator[tuple[Operation, str]]:
    """The nodes at which a gradient on its way from the ys to x ends, each with the reason."""
    seen: set[Operation] = set()
    waiting = list(ops)
    while waiting:
        op = waiting.pop()
        if op in seen or op is x:
            continue
        seen.add(op)
        reason = _reason(op)
        if reason is not None:
            yield op, f"it ends at {op.type} {op.name!r}{_made(op)}, {reason}"
        else:
            waiting += [tensor.op for tensor in op.inputs if tensor.op in between]


def _reason(op: Operation) -> str | None:
    """Why no gradient comes through a node; None if one does, as far as its definition tells."""
    if op.outputs and not any(_is_trainable(tensor) for tensor in op.outputs):
        return f"whose result is {op.outputs[0].dtype.base_dtype.name}: only floating point numbers have gradients"
    try:
        function = gradient_function(op)
    except LookupError:
        function = None
    return "which has no gradient" if function is None else None


def _is_trainable(tensor: Tensor) -> bool:
    return tensor.dtype.base_dtype in TRAINABLE


def _computed_from(ys: Sequence[Tensor], x: Tensor) -> str:
    """What x was computed from, if the ys depend on that: the usual mistake."""
    needed = _needed_by([y.op for y in ys])
    shared = next((tensor for tensor in x.op.inputs if tensor.op in needed), None)
    if shared is None:
        return ""
    return (
        f"; both are computed from {shared.name!r}: ask for the gradient with respect to that, or compute "
        f"{ys[0].name!r} from {x.name!r}"
    )


def _made(op: Operation) -> str:
    return f" (made at {op.source})" if op.source is not None else ""


def _text(op: Operation) -> str:
    return f"\n        {op.source.text()}" if op.source is not None and op.source.text() else ""
