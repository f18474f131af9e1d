"""Device names: ``/job:worker/replica:0/task:1/device:GPU:0``, any part of which may be missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from graphrt.export import export

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,9}")


@export("DeviceSpec")
@dataclass(frozen=True)
class DeviceSpec:
    """The parts of a device name; None where a part is not given."""

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None

    def __post_init__(self) -> None:
        for word in (self.job, self.device_type):
            if word is not None and _WORD.fullmatch(word) is None:
                raise ValueError(
                    f"Malformed device specification: {word!r} is not a word of letters, digits and _ that begins with "
                    "a letter"
                )

    @staticmethod
    def from_string(spec: str) -> DeviceSpec:
        """The parts of a name such as ``"/gpu:0"``, ``"/job:ps/task:1"`` or ``"/device:GPU:*"``.

        Raises:
          ValueError: if it is not one.
        """
        parts: dict[str, Any] = {}
        for part in filter(None, spec.split("/")):
            key, *values = part.split(":")
            if key in ("job", "replica", "task") and len(values) == 1:
                parts[key] = values[0] if key == "job" else _number(values[0], spec)
            elif key == "device" and len(values) in (1, 2):
                parts.update(_device(values[0], values[1:], spec))
            elif key.upper() in ("CPU", "GPU") and len(values) <= 1:
                parts.update(_device(key, values, spec))
            else:
                raise ValueError(
                    f"Unknown attribute: '{key}' in {spec!r}. Expected a device name such as '/cpu:0', '/gpu:1' or "
                    "'/job:worker/task:0/device:GPU:0'."
                )
        return DeviceSpec(**parts)

    def to_string(self) -> str:
        parts = [f"/{key}:{getattr(self, key)}" for key in ("job", "replica", "task") if getattr(self, key) is not None]
        if self.device_type is not None:
            parts.append(f"/device:{self.device_type}:{'*' if self.device_index is None else self.device_index}")
        return "".join(parts)

    def over(self, outer: DeviceSpec) -> DeviceSpec:
        """These parts, and those of ``outer`` where this spec says nothing."""
        given = {key: value for key, value in vars(self).items() if value is not None}
        return replace(outer, **given)


def _device(kind: str, index: list[str], spec: str) -> dict[str, Any]:
    number = None if not index or index[0] == "*" else _number(index[0], spec)
    return {"device_type": kind.upper(), "device_index": number}


def _number(text: str, spec: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"Malformed device specification {spec!r}: {text!r} is not a number from 0 to 999999999")
    return int(text)


def canonical(device: Any) -> str:
    """``device`` (a name, a DeviceSpec or None) in canonical spelling."""
    if not device:
        return ""
    spec = device if isinstance(device, DeviceSpec) else DeviceSpec.from_string(str(device))
    return spec.to_string()


def merge(inner: str, outer: Any) -> str:
    """The device of a node that says ``inner`` inside a block that says ``outer``."""
    if not inner:
        return canonical(outer)
    outer_spec = outer if isinstance(outer, DeviceSpec) else DeviceSpec.from_string(str(outer))
    return DeviceSpec.from_string(inner).over(outer_spec).to_string()
