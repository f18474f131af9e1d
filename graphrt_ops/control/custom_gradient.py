"""custom_gradient: a function of tensors that says itself what its gradient is."""

from __future__ import annotations

import functools
import itertools

import graphrt_ops as F
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.registry import RegisterGradient
from graphrt_ops.control import nest

_numbers = itertools.count()


def _variables() -> list:
    graph = get_default_graph()
    return graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(GraphKeys.LOCAL_VARIABLES)


def _refuse_new_variables(before: list) -> None:
    for variable in _variables():
        if all(variable is not known for known in before):
            raise TypeError(
                f"The function under @custom_gradient made the variable '{variable.name}'. TF1 wants those to be "
                "resource variables, which graphrt does not have; make it outside, and pass it as an argument"
            )


@export("custom_gradient")
def custom_gradient(f):
    """Decorator: the gradient of ``f`` is what ``f`` itself returns as the second value.

    Args:
      f: takes tensors, and returns ``(y, grad_fn)``: y a tensor or a structure of tensors; ``grad_fn(*dys)`` the
        gradients of the arguments of f, one for each, given those of the ys.

    Returns:
      A function of the same arguments that returns y.

    Raises:
      ValueError: when it is called with keyword arguments.
      TypeError: if f makes variables. In both, as in TF1.

    >>> import graphrt as tf
    >>> @tf.custom_gradient
    ... def clipped(x):
    ...     return tf.identity(x), lambda dy: tf.clip_by_norm(dy, 1.0)
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant([3.0, 4.0])
    ...     print(sess.run(tf.gradients(clipped(x) * 10.0, x)[0]).round(4))
    [0.7071 0.7071]
    """

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when eager execution is "
                f"enabled: pass {', '.join(kwargs)} by position"
            )
        return _with_own_gradient(f, [convert_to_tensor(argument) for argument in args])

    return decorated


def _with_own_gradient(f, args: list):
    before = _variables()
    structure, grad_fn = f(*args)
    _refuse_new_variables(before)
    results = nest.flatten(structure)
    for result in results:
        F.identity(result)  # TF1 makes these nodes here, too
    name = f"CustomGradient-{next(_numbers)}"

    @RegisterGradient(name)
    def gradient(op, *dys):
        gradients = nest.flatten(grad_fn(*dys[: len(results)]))
        return [None] * len(results) + gradients

    with get_default_graph().gradient_override_map({"IdentityN": name}):
        outputs = F.identity_n([convert_to_tensor(result) for result in results] + args)
    return nest.pack_sequence_as(structure, outputs[: len(results)])
