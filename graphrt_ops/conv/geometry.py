"""Where windows lie: output sizes, paddings and layouts of convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt.graph import Operation
from graphrt.shapes import TensorShape


@dataclass(frozen=True)
class Axis:
    """The windows along one axis: ``size`` taps ``dilation`` apart, moved by ``stride``; the padding if explicit."""

    size: int
    stride: int = 1
    dilation: int = 1
    explicit: tuple[int, int] | None = None

    @property
    def reach(self) -> int:
        """From the first tap to the last, both counted."""
        return (self.size - 1) * self.dilation + 1

    def output(self, length: int | None, padding: str) -> int | None:
        """How many windows there are along an axis of ``length``."""
        if length is None:
            return None
        if padding == "SAME":
            return -(-length // self.stride)
        if self.explicit is not None:
            length += sum(self.explicit)
        if length < self.reach:
            raise ValueError(f"Negative dimension size caused by subtracting {self.reach} from {length}")
        return (length - self.reach) // self.stride + 1

    def paddings(self, length: int, padding: str) -> tuple[int, int]:
        """Zeros before and after: for SAME as few as needed, the odd one after."""
        if padding == "SAME":
            total = max((self.output(length, padding) - 1) * self.stride + self.reach - length, 0)  # type: ignore[operator]
            return total // 2, total - total // 2
        return self.explicit or (0, 0)


def spatial_axes(data_format: str) -> tuple[int, ...]:
    """The positions of the spatial axes in a layout such as NHWC, NCHW, NDHWC."""
    return tuple(i for i, letter in enumerate(data_format) if letter not in "NC")


def channel_axis(data_format: str) -> int:
    return data_format.index("C")


def axes_of(attrs: dict[str, Any], sizes: Sequence[int]) -> list[Axis]:
    """The windows along the spatial axes, for the attributes of an op and the sizes of its kernel."""
    explicit = attrs.get("explicit_paddings") or ()
    if 0 in sizes:
        raise ValueError(f"A window must have at least one element along each axis, but its sizes are {list(sizes)}")
    result = []
    for size, i in zip(sizes, spatial_axes(attrs["data_format"]), strict=True):
        dilation = attrs["dilations"][i] if "dilations" in attrs else 1
        pads = (explicit[2 * i], explicit[2 * i + 1]) if explicit else None
        result.append(Axis(size, attrs["strides"][i], dilation, pads))
    return result


def check_strides(attrs: dict[str, Any]) -> None:
    """Raises TF1's ValueError for strides and dilations below 1."""
    for key, noun in (("strides", "Stride"), ("dilations", "Dilation")):
        for value in attrs.get(key, ()):
            if value < 1:
                raise ValueError(f"{noun} must be > 0, but got {value}")


def windowed(op: Operation, sizes: Sequence[int | None], channels: int | None) -> TensorShape:
    """The shape of what windows of ``sizes`` make of the first input, with ``channels`` in its place."""
    attrs = op.attrs
    check_strides(attrs)
    layout = attrs["data_format"]
    dims = list(op.inputs[0].shape.with_rank(len(layout)).values)  # type: ignore[arg-type]
    dims[channel_axis(layout)] = channels
    for i, axis in zip(spatial_axes(layout), axes_of(attrs, [1 if s is None else s for s in sizes]), strict=True):
        dims[i] = axis.output(dims[i], attrs["padding"])
    for i, size in zip(spatial_axes(layout), sizes, strict=True):
        if size is None and attrs["padding"] != "SAME":
            dims[i] = None
    return TensorShape.of(tuple(dims))


def to_channels_last(xp: Any, array: Any, data_format: str) -> Any:
    """The array with its channels last, contiguous."""
    if not data_format.endswith("C"):
        array = xp.moveaxis(array, 1, -1)
    return xp.ascontiguousarray(array)


def from_channels_last(xp: Any, array: Any, data_format: str) -> Any:
    """An array with its channels last, brought back into ``data_format``."""
    return array if data_format.endswith("C") else xp.ascontiguousarray(xp.moveaxis(array, -1, 1))


def computed_in(array: Any) -> Any:
    """The array in the type in which it is multiplied: float16 and bfloat16 in float32."""
    return array.astype(np.float32) if array.dtype.itemsize < 4 else array
