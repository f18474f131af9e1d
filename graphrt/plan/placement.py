"""Host or device: where each node of a program runs, and which values must move.

TF1's convention: 32-bit integers, strings and everything that a kernel reads as numbers (shapes, axes, paddings) live
in host memory; all else lives on the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphrt.backends.base import Backend
from graphrt.dtypes import int32, string
from graphrt.graph.operation import Operation, Tensor

HOST_TYPES = frozenset((int32, string))


@dataclass
class Placement:
    """Which nodes run on the device and which tensors are there."""

    device_operations: set[Operation] = field(default_factory=set)
    device_tensors: set[Tensor] = field(default_factory=set)

    def runs_on_device(self, op: Operation) -> bool:
        return op in self.device_operations

    def on_device(self, tensor: Tensor) -> bool:
        return tensor in self.device_tensors

    def move(self, op: Operation, index: int) -> str | None:
        """How input ``index`` must be moved for the kernel: "to_device", "to_host" or not at all."""
        there = op._inputs[index] in self.device_tensors
        wanted = op in self.device_operations and not op.opdef.slot_of(op, index).host
        if there == wanted:
            return None
        return "to_device" if wanted else "to_host"


def placed(order: Sequence[Operation], backend: Backend) -> Placement:
    """Where everything goes: nowhere special for a backend in host memory."""
    placement = Placement()
    if backend.on_host:
        return placement
    for op in order:
        if _wants_device(op):
            placement.device_operations.add(op)
        for tensor in op._outputs:
            if tensor.dtype.base_dtype not in HOST_TYPES and (
                _wants_device(op) or op.opdef.role in ("feed", "constant")
            ):
                placement.device_tensors.add(tensor)
    return placement


def _wants_device(op: Operation) -> bool:
    if op.opdef.host_only or "CPU:" in op._device.upper():
        return False
    if any(tensor.dtype.is_ref and tensor.dtype.base_dtype in HOST_TYPES for tensor in op._inputs):
        return False  # the variable's value is on the host, and is changed there
    # A choice computes nothing: it is where its values are.
    inputs = () if op.opdef.role == "choose" else op._inputs
    types = [tensor.dtype.base_dtype for tensor in (*op._outputs, *inputs)]
    return any(dtype not in HOST_TYPES for dtype in types) and string not in types
