"""The devices that a session has, and whether its nodes can go where the graph says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphrt.backends.base import Backend
from graphrt.errors import InvalidArgumentError
from graphrt.graph.device import DeviceSpec
from graphrt.graph.operation import Operation
from graphrt.plan.placement import placed
from graphrt.plan.plan import Plan
from graphrt.runtime.options import SessionOptions

TASK = "/job:localhost/replica:0/task:0"


@dataclass(frozen=True)
class DeviceAttributes:
    """One device of `Session.list_devices()`; `memory_limit_bytes` is 0, for a session sets no limit on the CPU."""

    name: str
    device_type: str
    memory_limit_bytes: int = 0
    incarnation: int = 0

    def __repr__(self) -> str:
        return f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, {self.incarnation})"


def devices_of(options: SessionOptions, backend: Backend) -> list[DeviceAttributes]:
    """The devices that nodes may be placed on: the CPU (under as many names as asked for), then the GPU."""
    found = [DeviceAttributes(f"{TASK}/device:CPU:{i}", "CPU") for i in range(options.cpu_count)]
    if not backend.on_host:
        found.append(DeviceAttributes(f"{TASK}/device:GPU:0", "GPU"))
    return found


def check_devices(operations: Iterable[Operation], devices: Sequence[DeviceAttributes], soft: bool) -> None:
    """Raises InvalidArgumentError for a node on a device that is not there; if `soft`, only for another machine's."""
    names = {device.name for device in devices}
    for op in operations:
        if op.device and not _exists(DeviceSpec.from_string(op.device), names, soft):
            at = f" (defined at {op.source.filename}:{op.source.lineno})" if op.source is not None else ""
            hint = "" if soft else " With tf.ConfigProto(allow_soft_placement=True) it runs on the CPU instead."
            message = (
                f"Cannot assign a device for operation {op.name}: node {op.name}{at} was explicitly assigned to "
                f"{op.device} but available devices are [ {', '.join(sorted(names))} ]. Make sure the device "
                f"specification refers to a valid device.{hint}\n\t [[{op.name}]]"
            )
            raise InvalidArgumentError(None, op, message)


def _exists(spec: DeviceSpec, names: set[str], soft: bool) -> bool:
    if spec.job not in (None, "localhost") or spec.replica not in (None, 0) or spec.task not in (None, 0):
        return False
    if soft or spec.device_type is None:
        return True
    kind = f"{TASK}/device:{spec.device_type}:"
    if spec.device_index is None:
        return any(name.startswith(kind) for name in names)
    return f"{kind}{spec.device_index}" in names


def log_placement(plan: Plan, backend: Backend) -> None:
    """Writes the device of each node of a plan to stderr, in TF1's words: "MatMul: (MatMul): /job:.../device:CPU:0"."""
    order = plan.program.operations()
    placement = placed(order, backend)
    for op in order:
        origin = plan.program.origin(op)
        where = "GPU:0" if placement.runs_on_device(op) else "CPU:0"
        print(f"{origin.name}: ({origin.type}): {TASK}/device:{where}", file=sys.stderr)  # noqa: T201 (asked for)
