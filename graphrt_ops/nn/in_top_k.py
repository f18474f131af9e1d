"""in_top_k: is the right class among the best k?"""

from __future__ import annotations

from graphrt.dtypes import int32, int64
from graphrt.graph import Operation
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, export
from graphrt.shapes import TensorShape
from graphrt_ops.nn.checks import of_rank, same_dimension


def _infer(op: Operation) -> TensorShape:
    predictions, targets = of_rank(op.inputs[0].shape, 2), of_rank(op.inputs[1].shape, 1)
    return TensorShape.of((same_dimension(predictions.values[0], targets.values[0]),))


opdef = OpDef(
    "InTopKV2",
    "predictions:float32 targets k:T@host",
    "precision:bool",
    dtypes=(int32, int64),
    infer=_infer,
    differentiable=False,
)


@opdef.kernel
def kernel(xp, predictions, targets, k):
    """Classes that tie with the target count as worse, so all of a tie at the border are in."""
    classes = predictions.shape[1]
    inside = (targets >= 0) & (targets < classes)
    own = predictions[xp.arange(len(targets)), xp.where(inside, targets, 0)][:, None]
    better = (predictions > own).sum(1)
    finite = xp.isfinite(own[:, 0]) & ~xp.isnan(predictions).any(1)
    return inside & finite & (better < int(k))


@opdef.lower
def lower(op: Operation):
    from graphrt.native.records import InTopK

    return InTopK()


@export("nn.in_top_k", "math.in_top_k")
def in_top_k(predictions, targets, k, name=None):
    """For every row whether the class ``targets`` is among the ``k`` best ``predictions``.

    Args:
      predictions: float32 of the shape [batch, classes]. targets: class numbers, int32 or int64. k: how many are best.
      name: a name for the scope of the node.

    Returns:
      A bool vector. A class that ties with the k-th best is in; a target out of range, or that is not finite, is not.
    """
    with name_scope(name, "in_top_k"):
        return opdef(predictions, targets, k, name=name)
