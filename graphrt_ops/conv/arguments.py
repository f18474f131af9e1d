"""Arguments of the public convolutions and pools, brought into the form of the ops' attributes."""

from __future__ import annotations

from collections.abc import Sequence

PADDINGS = ("SAME", "VALID", "EXPLICIT")


def per_axis(value, count: int, data_format: str, name: str) -> list[int]:
    """A stride or dilation for every axis, from one number, one a spatial axis, or one an axis."""
    if value is None:
        return [1] * (count + 2)
    values = list(value) if isinstance(value, (Sequence, tuple)) or hasattr(value, "__iter__") else [value]
    if len(values) == 1:
        values = values * count
    elif len(values) not in (count, count + 2):
        raise ValueError(f"{name} should be of length 1, {count} or {count + 2} but was {len(values)}")
    values = [int(v) for v in values]
    if len(values) == count + 2:
        return values
    return [1, 1, *values] if data_format.startswith("NC") else [1, *values, 1]


def padding_of(op_type: str, padding, rank: int) -> tuple[str, list[int]]:
    """The padding and the explicit paddings as attributes, from "SAME", "VALID" or a pair of sizes an axis."""
    if isinstance(padding, (list, tuple)):
        if len(padding) != rank or any(len(pair) != 2 for pair in padding):
            raise ValueError(f"Explicit paddings need {rank} pairs [before, after], got {padding!r}")
        return "EXPLICIT", [int(size) for pair in padding for size in pair]
    if padding == "EXPLICIT":
        raise ValueError(
            '"EXPLICIT" is not a valid value for the padding parameter. Give the sizes as a list of pairs.'
        )
    check_padding(op_type, padding)
    return padding, []


def check_padding(op_type: str, padding) -> None:
    if not isinstance(padding, str):
        raise TypeError(f"Expected string for argument 'padding' not {padding!r}.")
    if padding not in PADDINGS:
        known = ", ".join(f'"{p}"' for p in PADDINGS)
        raise ValueError(f"Attr 'padding' of '{op_type}' Op passed string '{padding}' not in: {known}.")


def check_layout(op_type: str, data_format, known: Sequence[str] = ("NHWC", "NCHW")) -> None:
    if data_format not in known:
        names = ", ".join(f'"{k}"' for k in known)
        raise ValueError(f"Attr 'data_format' of '{op_type}' Op passed string '{data_format}' not in: {names}.")
