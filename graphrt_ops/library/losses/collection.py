"""The collections in which losses are gathered, and their sums."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Tensor, get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.opdef import export


@export("losses.add_loss")
def add_loss(loss, loss_collection=GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection; with ``loss_collection=None``, to none."""
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


@export("losses.get_losses")
def get_losses(scope=None, loss_collection=GraphKeys.LOSSES) -> list:
    """The losses of a collection; with ``scope``, those whose names match it at their start."""
    return get_default_graph().get_collection(loss_collection, scope)


@export("losses.get_regularization_losses")
def get_regularization_losses(scope=None) -> list:
    """What regularizers added; with ``scope``, the losses whose names match it at their start."""
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@export("losses.get_regularization_loss")
def get_regularization_loss(scope=None, name="total_regularization_loss") -> Tensor:
    """The sum of the regularization losses; a constant 0 if there is none."""
    losses = get_regularization_losses(scope)
    return F.add_n(losses, name=name) if losses else F.constant(0.0)


@export("losses.get_total_loss")
def get_total_loss(add_regularization_losses=True, name="total_loss", scope=None) -> Tensor:
    """The sum of all losses of the default graph.

    Args:
      add_regularization_losses: whether those of the regularizers count. name: a name for the sum.
      scope: only losses whose names match it at their start.

    Raises:
      ValueError: if there is no loss.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     loss = tf.losses.mean_squared_error(labels=[1.0, 2.0], predictions=[1.0, 4.0])
    ...     tf.losses.add_loss(tf.constant(7.0))
    ...     print(sess.run(tf.losses.get_total_loss()))
    9.0
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses = losses + get_regularization_losses(scope)
    return F.add_n(losses, name=name)
