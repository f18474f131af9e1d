"""IndexedSlices: the gradient of a gather; rows of a larger tensor, with their indices."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphrt.dtypes import DType
from graphrt.export import export
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape


@export("IndexedSlices")
class IndexedSlices:
    """``dense[indices[i], ...] = values[i, ...]``, added up where an index occurs more than once."""

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        if len({t.graph for t in (values, indices, dense_shape) if t is not None}) > 1:
            raise ValueError("The values, indices and dense_shape of an IndexedSlices must be from the same graph")
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Tensor:
        return self._values

    @property
    def indices(self) -> Tensor:
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape of the dense tensor that this stands for."""
        if self._dense_shape is None:
            return UNKNOWN
        return static_shape(self._dense_shape)

    @property
    def name(self) -> str:
        return self._values.name

    @property
    def op(self) -> Operation:
        return self._values.op

    @property
    def dtype(self) -> DType:
        return self._values.dtype

    @property
    def device(self) -> str:
        return self._values.device

    @property
    def graph(self) -> Graph:
        return self._values.graph

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    __repr__ = __str__


class IndexedSlicesValue(NamedTuple):
    """What fetching an IndexedSlices gives."""

    values: Any
    indices: Any
    dense_shape: Any
