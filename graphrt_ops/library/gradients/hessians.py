"""hessians: second derivatives, one row after the other."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.autodiff.gradients import gradients
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


@export("hessians")
def hessians(
    ys, xs, name="hessians", colocate_gradients_with_ops=False, gate_gradients=False, aggregation_method=None
) -> list[Tensor]:
    """The Hessian of the sum of ``ys`` with respect to each x.

    TF1 finds the rows in a while loop; here there is one subgraph of gradients for each element of x, so that x must
    have a static shape (and had better be small).

    Args:
      ys: a tensor or a list of tensors. xs: a tensor or a list of tensors.
      name: the name scope. colocate_gradients_with_ops, gate_gradients, aggregation_method: as for ``tf.gradients``.

    Returns:
      For each x a tensor of the shape ``x.shape + x.shape``.

    Raises:
      ValueError: if the shape of an x is not known, or y does not depend on it.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant([1.0, 2.0])
    ...     print(sess.run(tf.hessians(x[0] * x[0] * x[1], x)[0]))
    [[4. 2.]
     [2. 0.]]
    """
    xs = [convert_to_tensor(x) for x in (xs if isinstance(xs, (list, tuple)) else [xs])]
    options = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    with name_scope(name):
        firsts = gradients(ys, xs, **options)
        return [_hessian(first, x, options) for first, x in zip(firsts, xs, strict=True)]


def _hessian(first: Tensor | None, x: Tensor, options: dict) -> Tensor:
    if first is None:
        raise ValueError(f"hessians: y does not depend on {x}")
    if not x.shape.is_fully_defined():
        raise ValueError(
            f"hessians: the shape of {x} must be known while declaring, since each element gets its own subgraph"
        )
    flat = F.reshape(first, [-1])
    rows = []
    for i in range(x.shape.num_elements()):
        row = gradients(flat[i], x, **options)[0]
        rows.append(F.zeros_like(x) if row is None else convert_to_tensor(row))
    shape = x.shape.as_list()
    return F.reshape(F.stack(rows), shape + shape) if rows else F.zeros(shape + shape, dtype=x.dtype)
