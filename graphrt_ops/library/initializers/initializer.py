"""What every initializer is: an object that makes the initial value of a variable of a given shape."""

from __future__ import annotations

from typing import Any

from graphrt.dtypes import DType, as_dtype, float32
from graphrt.opdef import export


@export("keras.initializers.Initializer")
class Initializer:
    """Base class: ``initializer(shape, dtype=None, partition_info=None)`` makes the nodes of an initial value.

    ``shape`` is a list of sizes; ``dtype`` is the initializer's own unless given; ``partition_info`` tells which part
    of a partitioned variable is asked for (its ``full_shape`` and ``var_offset``).
    """

    dtype = float32
    _config_names: tuple[str, ...] = ("dtype",)

    def __call__(self, shape, dtype=None, partition_info=None):
        raise NotImplementedError(f"{type(self).__name__} does not say what it makes: define __call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments with which ``from_config`` makes the same initializer, as plain Python values."""
        config = {name: getattr(self, name) for name in self._config_names}
        return {name: value.name if isinstance(value, DType) else value for name, value in config.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """An initializer from what ``get_config`` returned."""
        return cls(**config)

    def _dtype_or_own(self, dtype) -> DType:
        return self.dtype if dtype is None else as_dtype(dtype)


def float_type(dtype) -> DType:
    """``dtype`` as a DType.

    Raises:
      ValueError: if it is no float type.
    """
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype!r}.")
    return dtype


def whole_shape(shape, partition_info) -> list[int]:
    """The sizes that decide about the scale: of the whole variable, where only a part of it is asked for."""
    return [int(size) for size in (shape if partition_info is None else partition_info.full_shape)]
