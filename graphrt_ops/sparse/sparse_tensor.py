"""SparseTensor: the elements of a tensor that are not zero, and where they are."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphrt.dtypes import DType, int64
from graphrt.export import export
from graphrt.graph import Operation, Tensor
from graphrt.graph.graph import Graph
from graphrt.graph.operation import _session_for
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor
from graphrt.opdef.static import static_shape
from graphrt.runtime.feeds import register_composite_feed
from graphrt.runtime.fetches import register_composite_fetch
from graphrt.shapes import TensorShape
from graphrt_ops.control.nest import COMPOSITES


@export("SparseTensorValue")
class SparseTensorValue(NamedTuple):
    """What fetching a SparseTensor gives, and what may be fed for one."""

    indices: Any
    values: Any
    dense_shape: Any


@export("SparseTensor", "sparse.SparseTensor")
class SparseTensor:
    """A tensor of shape ``dense_shape`` that is zero except at ``indices``, where it has ``values``.

    Args:
      indices: int64 [N, rank]. values: any type, [N]. dense_shape: int64 [rank].

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     s = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 2])
    ...     print(sess.run(tf.sparse.to_dense(s)))
    [[0 5]
     [6 0]]
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        given = [part for part in (indices, values, dense_shape) if isinstance(part, Tensor)]
        with name_scope(None, "SparseTensor", given):
            self._indices = convert_to_tensor(indices, name="indices", dtype=int64)
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, name="dense_shape", dtype=int64)
        pairs = self._indices.shape.with_rank(2)
        count, rank = self._values.shape.with_rank(1), self._dense_shape.shape.with_rank(1)
        count.concatenate(rank).assert_is_compatible_with(pairs)

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A SparseTensor of the three parts of a SparseTensorValue (or of a SparseTensor)."""
        value = sparse_tensor_value
        if not isinstance(value, (SparseTensor, SparseTensorValue)):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {value}.")
        return cls(value.indices, value.values, value.dense_shape)

    @property
    def indices(self) -> Tensor:
        return self._indices

    @property
    def values(self) -> Tensor:
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The static shape of the dense tensor that this stands for."""
        return static_shape(self._dense_shape)

    def get_shape(self) -> TensorShape:
        """The static shape of the dense tensor that this stands for."""
        return self.shape

    @property
    def dtype(self) -> DType:
        return self._values.dtype

    @property
    def op(self) -> Operation:
        return self._values.op

    @property
    def graph(self) -> Graph:
        return self._indices.graph

    def consumers(self) -> list[Operation]:
        """The Operations that take one of the three tensors as an input."""
        parts = (self._indices, self._values, self._dense_shape)
        return list(dict.fromkeys(op for part in parts for op in part.consumers()))

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """The value, computed by ``session`` (or the default session)."""
        running = _session_for("eval()", "evaluate tensor", self.op, session)
        parts = running.run([self._indices, self._values, self._dense_shape], feed_dict)
        return SparseTensorValue(*parts)

    def __mul__(self, dense: Any) -> SparseTensor:
        """Times a number, or a dense tensor that broadcasts to it."""
        from graphrt_ops.sparse import sparse_arithmetic  # which needs this class

        return sparse_arithmetic.multiplied_by(self, dense)

    def __truediv__(self, dense: Any) -> SparseTensor:
        """Divided by a number, or by a dense tensor that broadcasts to it."""
        from graphrt_ops.sparse import sparse_arithmetic  # which needs this class

        return sparse_arithmetic.divided_by(self, dense)

    def __str__(self) -> str:
        return f"SparseTensor(indices={self._indices}, values={self._values}, dense_shape={self._dense_shape})"

    __repr__ = __str__


def parts_of(sparse: SparseTensor) -> list[Tensor]:
    """The three tensors, as ops take them."""
    return [sparse.indices, sparse.values, sparse.dense_shape]


def as_sparse(value: Any) -> SparseTensor:
    """``value`` as a SparseTensor; TypeError for what is neither one nor a SparseTensorValue."""
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


COMPOSITES[SparseTensor] = (parts_of, lambda parts: SparseTensor(*parts))
register_composite_fetch(SparseTensor, parts_of, lambda values: SparseTensorValue(*values))
register_composite_fetch(SparseTensorValue, list, lambda values: SparseTensorValue(*values))
register_composite_feed(SparseTensor, parts_of, list)
register_composite_feed(SparseTensorValue, list, list)


@export("convert_to_tensor_or_sparse_tensor")
def convert_to_tensor_or_sparse_tensor(value, dtype=None, name=None):
    """``value`` as a SparseTensor if it is one (or its value), else as a Tensor."""
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return convert_to_tensor(value, dtype=dtype, name=name)
    if dtype is not None and not value.dtype.is_compatible_with(dtype):
        raise RuntimeError(f"Sparse dtype: requested = {dtype}, actual = {value.dtype.name}")
    return value
