"""Variables that are kept in slices along one axis, and the partitioners that decide how."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import graphrt_ops as F
from graphrt.dtypes import DType, string
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import export
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.shapes import TensorShape, as_shape


def check_partitions(partitions: Any, shape: TensorShape) -> list[int]:
    """What a partitioner returned, if it fits ``shape`` and cuts along at most one axis."""
    if not isinstance(partitions, (list, tuple)):
        raise ValueError(f"Partitioner must return a sequence, but received: {partitions}")
    if len(partitions) != shape.ndims:
        raise ValueError(
            f"Partitioner returned a partition list that does not match the Variable's rank: {partitions} vs. {shape}"
        )
    if any(count < 1 for count in partitions):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {partitions}")
    if sum(count > 1 for count in partitions) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {partitions}")
    return list(partitions)


def slices_of(shape: list[int], partitions: list[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Offset and shape of each part; the first parts are one larger where the cut is not even."""
    axis = next((i for i, count in enumerate(partitions) if count > 1), 0)
    count = partitions[axis] if partitions else 1
    if not shape:
        yield [], []
        return
    size, rest = divmod(shape[axis], count)
    at = 0
    for i in range(count):
        length = size + (i < rest)
        offset, part = [0] * len(shape), list(shape)
        offset[axis], part[axis] = at, length
        at += length
        yield offset, part


class PartitionedVariable:
    """Several variables that together are one tensor; it converts to their concatenation."""

    def __init__(self, name: str, shape: TensorShape, dtype: DType, variable_list: list, partitions: list[int]) -> None:
        self._name = name
        self._shape = as_shape(shape)
        self._dtype = dtype
        self._variable_list = variable_list
        self._partitions = partitions

    def __iter__(self) -> Iterator:
        return iter(self._variable_list)

    def __len__(self) -> int:
        return len(self._variable_list)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> DType:
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        return self._shape

    def _get_variable_list(self) -> list:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        return [i for i, count in enumerate(self._partitions) if count > 1] or [0]

    def as_tensor(self) -> Tensor:
        """The whole as one tensor."""
        if len(self._variable_list) == 1:
            with name_scope(None):
                return F.identity(self._variable_list[0], name=self._name)
        with name_scope(self._name + "/ConcatPartitions/"):
            whole = F.concat(self._variable_list, self._partition_axes()[0])
        with name_scope(None):
            return F.identity(whole, name=self._name)

    def assign(self, value, use_locking=False, name=None, read_value=True) -> list:
        """Assigns to each part its slice of ``value``; returns the list of results."""
        results = []
        for offset, variable in zip(self._offsets(), self._variable_list, strict=True):
            part = F.slice(value, offset, variable.shape.as_list())
            results.append(variable.assign(part, use_locking, name, read_value))
        return results

    def _offsets(self) -> list[list[int]]:
        return [offset for offset, _ in slices_of(self._shape.as_list(), self._partitions)]


def _to_tensor(variable: PartitionedVariable, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    if as_ref:
        raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
    return variable.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _to_tensor, 90)


@export("fixed_size_partitioner")
def fixed_size_partitioner(num_shards, axis=0) -> Callable:
    """A partitioner that cuts every variable into ``num_shards`` parts along ``axis``."""

    def partitioner(shape, **_):
        partitions = [1] * len(shape)
        partitions[axis] = min(num_shards, shape.dims[axis].value)
        return partitions

    return partitioner


@export("variable_axis_size_partitioner")
def variable_axis_size_partitioner(max_shard_bytes, axis=0, bytes_per_string_element=16, max_shards=None) -> Callable:
    """A partitioner that cuts along ``axis`` into parts of at most ``max_shard_bytes`` (and at most ``max_shards``)."""
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape, dtype):
        if not isinstance(shape, TensorShape) or not shape.is_fully_defined():
            raise ValueError(f"shape is not a fully defined TensorShape: {shape}")
        size = bytes_per_string_element if dtype is string else dtype.size
        partitions = [1] * shape.ndims
        length = shape.dims[axis].value
        slice_bytes = size * max(1, shape.num_elements() // max(length, 1))
        per_shard = max(1.0, math.floor(max_shard_bytes / slice_bytes))
        shards = max(1.0, math.ceil(length / per_shard))
        partitions[axis] = int(min(shards, max_shards) if max_shards else shards)
        return partitions

    return partitioner


@export("min_max_variable_partitioner")
def min_max_variable_partitioner(
    max_partitions=1, axis=0, min_slice_size=256 << 10, bytes_per_string_element=16
) -> Callable:
    """A partitioner that makes parts of at least ``min_slice_size`` bytes, and at most ``max_partitions`` of them."""

    def partitioner(shape, dtype):
        total = shape.num_elements() * (bytes_per_string_element if dtype is string else dtype.size)
        partitions = [1] * shape.ndims
        wanted = max(1, math.ceil(total / min_slice_size))
        partitions[axis] = max(1, min(shape.dims[axis].value, max_partitions, wanted))
        return partitions

    return partitioner
