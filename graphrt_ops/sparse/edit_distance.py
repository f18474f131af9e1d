"""edit_distance: how many changes make one sequence of another."""

from __future__ import annotations

import numpy as np

from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.opdef.static import static_shape
from graphrt.shapes import UNKNOWN, TensorShape
from graphrt_ops.sparse.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse, parts_of


def _batches(op: Operation) -> TensorShape:
    """The larger of the two dense shapes, without its last dimension."""
    first, second = static_shape(op.inputs[2]), static_shape(op.inputs[5])
    if not first.is_fully_defined() or not second.is_fully_defined():
        return UNKNOWN
    pairs = zip(first.values[:-1], second.values[:-1], strict=True)
    return TensorShape.of(tuple([max(a, b) for a, b in pairs]))


opdef = OpDef(
    "EditDistance",
    "hypothesis_indices:int64@host hypothesis_values@host hypothesis_shape:int64@host "
    "truth_indices:int64@host truth_values@host truth_shape:int64@host",
    "output:float32",
    attrs={"normalize": True},
    infer=_batches,
    differentiable=False,
)


def _sequences(indices, values) -> dict[tuple[int, ...], list]:
    """The values of each sequence, by its place in the batch."""
    found: dict[tuple[int, ...], list] = {}
    for place, value in zip(indices.tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(place[:-1]), []).append(value)
    return found


def _distance(a: list, b: list) -> int:
    """Levenshtein's: row by row of the table of distances between beginnings."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


@opdef.kernel
def kernel(
    xp,
    hypothesis_indices,
    hypothesis_values,
    hypothesis_shape,
    truth_indices,
    truth_values,
    truth_shape,
    normalize,
):
    shape = np.maximum(hypothesis_shape[:-1], truth_shape[:-1]).tolist()
    result = np.zeros(shape, np.float32)
    wanted, given = _sequences(truth_indices, truth_values), _sequences(hypothesis_indices, hypothesis_values)
    for place in wanted.keys() | given.keys():
        truth, hypothesis = wanted.get(place, []), given.get(place, [])
        changes = float(_distance(truth, hypothesis))
        if normalize:
            changes = changes / len(truth) if truth else np.inf
        result[place] = changes
    return xp.asarray(result)


@export("edit_distance")
def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """How many insertions, deletions and substitutions make each sequence of ``hypothesis`` that of ``truth``.

    Args:
      hypothesis, truth: SparseTensors of one rank and type; the last dimension is that of the sequences.
      normalize: divide by the length of the truth (infinity for an empty one). name: a name for the node.

    Returns:
      float32, of the shape of the two without the last dimension.

    Raises:
      TypeError: if one of them is no SparseTensor.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     a = tf.SparseTensor([[0, 0], [0, 1]], ["x", "y"], [1, 2])
    ...     b = tf.SparseTensor([[0, 0]], ["y"], [1, 1])
    ...     print(sess.run(tf.edit_distance(a, b, normalize=False)))
    [1.]
    """
    for what, value in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not isinstance(value, (SparseTensor, SparseTensorValue)):
            raise TypeError(f"{what} must be a SparseTensor.")
    return opdef(*parts_of(as_sparse(hypothesis)), *parts_of(as_sparse(truth)), normalize=normalize, name=name)
