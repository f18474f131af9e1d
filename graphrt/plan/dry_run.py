"""What memory a kernel takes, found by calling it on zeros.

NumPy tells ``tracemalloc`` of each array that it allocates. So the peak within a kernel (an im2col matrix, the
temporaries of a formula) and what it leaves behind (nothing, if it returns a view) are measured and not guessed, once
for each kind of node: type, attributes, and types and shapes of the inputs.
"""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np

from graphrt.graph.accesses import root
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef.static import static_value
from graphrt.plan.live_bytes import nbytes

_LARGEST_CONSTANT = 1024  # bytes

Use = tuple[int, int]
"""Bytes: the most at any time during a call, and what is left when it has returned."""


class DryRuns:
    """Remembers what each kind of node takes."""

    def __init__(self) -> None:
        self._known: dict[Any, Use] = {}

    def use_of(self, op: Operation, out: int | None = None) -> Use:
        """Of a node with known shapes. ``out`` is the input whose memory its output takes over.

        Nodes that have effects, wait, or take no arrays of numbers are not called: they are taken to need memory for
        their outputs only.
        """
        if not _callable(op):
            return _outputs_of(op)
        key = _kind(op, out)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _called(op, out)
        return found


def _callable(op: Operation) -> bool:
    opdef = op.opdef
    if opdef.role or opdef.blocking or opdef.checks or (opdef.kernel_function is None and opdef.ufunc is None):
        return False
    if opdef.stateful and opdef.state_factory is None:
        return False
    return all(t.dtype.base_dtype.numpy.kind in "fiubc" and t.shape.is_fully_defined() for t in op._inputs)


def _kind(op: Operation, out: int | None) -> Any:
    inputs = tuple([(t.dtype.name, t.shape.values, _constant(t)) for t in op._inputs])
    return op.type, repr(sorted(op.attrs.items())), inputs, out


def _constant(tensor: Tensor) -> bytes | None:
    """Small constants decide by their values what a kernel does: axes, shapes."""
    if nbytes(tensor) > _LARGEST_CONSTANT:
        return None
    value = static_value(tensor)
    return None if value is None else np.asarray(value).tobytes()


def _called(op: Operation, out: int | None) -> Use:
    inputs = [_input(op, i) for i in range(len(op._inputs))]
    opdef = op.opdef
    function, given = None, inputs
    if opdef.specialization is not None and out is None and not any(slot.is_list for slot in opdef.inputs):
        constants = [t.op.attrs["value"] if t.op.opdef.role == "constant" else None for t in op._inputs]
        function = opdef.specialization(op, np, *constants)
        given = [value for value, t in zip(inputs, op._inputs, strict=True) if t.op.opdef.role != "constant"]
    if function is None:
        state = opdef.state_factory(op) if opdef.state_factory is not None else None
        function, given = opdef.bind(op, np, state), opdef.grouped(inputs, op.attrs)
    keywords = {} if out is None else {"out": inputs[out]}
    with _traced(), np.errstate(all="ignore"):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try:
            result = function(*given, **keywords)
        except Exception:
            # Zeros are not what every kernel accepts: then only its outputs are known.
            return _outputs_of(op)
        after, peak = tracemalloc.get_traced_memory()
        del result
    return max(0, peak - before), max(0, after - before)


def _outputs_of(op: Operation) -> Use:
    size = sum(nbytes(tensor) for tensor in op._outputs if root(tensor) is tensor)
    return size, size


def _input(op: Operation, index: int) -> Any:
    tensor = op._inputs[index]
    known = static_value(tensor)
    if known is not None:
        return np.asarray(known, tensor.dtype.base_dtype.numpy)
    return np.zeros([d or 0 for d in tensor.shape.values or ()], tensor.dtype.base_dtype.numpy)


@contextlib.contextmanager
def _traced() -> Iterator[None]:
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start()
    try:
        yield
    finally:
        if not was_tracing:
            tracemalloc.stop()
