"""Where windows lie: output sizes, paddings and layouts of convolutions and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphrt.graph import Operation
from graphrt.shapes import TensorShape
from graphrt_ops.conv.arguments import check_layout, check_padding


@dataclass(frozen=True)
class Axis:
    """The windows along one axis: ``size`` taps ``dilation`` apart, moved by ``stride``; the padding if explicit."""

    size: int
    stride: int = 1
    dilation: int = 1
    explicit: tuple[int, int] | None = None

    def within(self, length: int) -> Axis:
        """The same windows with a stride of at most ``length``, the length of the axis: beyond it there is one window,
        and nobody has to count to two billion."""
        return replace(self, stride=min(self.stride, max(1, length + sum(self.explicit or ()))))

    def without_idle_taps(self, length: int, padding: str) -> Axis:
        """Windows that see the same cells, without the taps that see nothing but padding, in every window.

        A window of a pool may be much larger than the axis; with SAME its size decides the padding.
        """
        if padding != "SAME":
            return self
        last = (-(-length // self.stride) - 1) * self.stride  # where the last window begins, from the first one
        return replace(self, size=self.size - 2 * max(0, min(self.paddings(length, padding)) - max(0, last)))

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


_LAYOUTS = {4: ("NHWC", "NCHW"), 5: ("NDHWC", "NCDHW")}
_LARGEST = 2**31 - 1


def check_windows(op: Operation) -> None:
    """Checks the attributes that say where windows lie: a file may hold anything.

    Raises:
      ValueError: the layout or padding is not one of TF1's; there is not one stride (size, dilation) for each axis, or
        one is below 1 or no int32.
    """
    attrs = op.attrs
    rank = len(op.opdef.attrs.get("data_format", "NHWC"))
    check_layout(op.type, attrs.get("data_format", _LAYOUTS[rank][0]), _LAYOUTS[rank])
    check_padding(op.type, attrs["padding"])
    explicit = attrs.get("explicit_paddings", [])
    if attrs["padding"] == "EXPLICIT" and "explicit_paddings" not in attrs:
        raise ValueError(f"Attr 'padding' of '{op.type}' Op cannot be EXPLICIT")
    if len(explicit) != (2 * rank if attrs["padding"] == "EXPLICIT" else 0):
        raise ValueError(f"explicit_paddings attribute must contain {2 * rank} values with padding EXPLICIT, else none")
    if any(not 0 <= size <= _LARGEST for size in explicit):
        raise ValueError(f"All elements of explicit_paddings must be nonnegative and fit an int32, got {explicit}")
    for key, noun in (("strides", "stride"), ("ksize", "ksize"), ("dilations", "dilation"), ("rates", "rate")):
        values = attrs.get(key)
        if values is None:
            continue
        if len(values) != rank:
            raise ValueError(
                f"{op.type} requires the {noun} attribute to contain {rank} values, but got: {len(values)}"
            )
        for value in values:
            if value < 1:
                raise ValueError(f"{noun.capitalize()} must be > 0, but got {value}")
            if value > _LARGEST:
                raise ValueError(f"Attr {key} has value {value} out of range for an int32")


def checking_windows(infer: Callable[[Operation], TensorShape]) -> Callable[[Operation], TensorShape]:
    """The shape function of an op of windows: its attributes are checked before anything is made of them."""

    def checked(op: Operation) -> TensorShape:
        check_windows(op)
        return infer(op)

    return checked


def windowed(op: Operation, sizes: Sequence[int | None], channels: int | None) -> TensorShape:
    """The shape of what windows of ``sizes`` make of the first input, with ``channels`` in its place."""
    attrs = op.attrs
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
