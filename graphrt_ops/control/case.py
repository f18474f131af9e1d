"""case: the first function whose predicate is true."""

from __future__ import annotations

import functools

import graphrt_ops as F
from graphrt.dtypes import bool_, int32
from graphrt.graph import Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import export
from graphrt.source import warn
from graphrt_ops.control.cond import cond


@export("case")
def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """What the function of the first true predicate returns.

    Args:
      pred_fn_pairs: a list of pairs (scalar bool tensor, function), or a dictionary of them; functions as for ``cond``.
      default: the function for when no predicate is true; without it, that is an error when it runs.
      exclusive: if True, it is an error (when it runs) if more than one predicate is true.
      strict: as for ``cond``. name: a name scope for the nodes.

    Raises:
      TypeError: for arguments of other types.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant(5)
    ...     rows = [(x < 3, lambda: tf.constant("few")), (x < 10, lambda: tf.constant("some"))]
    ...     print(sess.run(tf.case(rows, default=lambda: tf.constant("many"))))
    b'some'
    """
    if not pred_fn_pairs and default is None:
        raise ValueError("case needs at least one pair of a predicate and a function, or a default")
    predicates, actions = _checked(pred_fn_pairs, exclusive)
    with name_scope(name, "case", predicates):
        if default is None:
            default, predicates, actions = _last_as_default(predicates, actions)
        chosen = default
        for predicate, action in reversed(list(zip(predicates, actions, strict=True))):
            chosen = functools.partial(cond, predicate, true_fn=action, false_fn=chosen, strict=strict)
        if not exclusive:
            return chosen()
        with control_dependencies([_at_most(predicates, 1, "Input error: exclusive=True")]):
            return chosen()


def _checked(pairs, exclusive: bool):
    """The predicates and the functions."""
    if not isinstance(pairs, (list, tuple, dict)):
        raise TypeError("fns must be a list, tuple, or dict")
    if isinstance(pairs, dict):
        if not exclusive:
            warn(
                "tf.case: an unordered dictionary of predicate/fn pairs was provided, but exclusive=False. The order "
                "of conditional tests is by the names of the predicates.",
                UserWarning,
            )
        pairs = sorted(pairs.items(), key=lambda pair: pair[0].name)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        if not isinstance(pair[0], Tensor):
            raise TypeError(f"pred must be a Tensor, got {pair[0]!r}")
        if pair[0].dtype is not bool_:
            raise TypeError(f"pred must be of type bool: {pair[0].name}")
        if not callable(pair[1]):
            raise TypeError(f"fn for pred {pair[0].name} must be callable.")
    return [predicate for predicate, _ in pairs], [action for _, action in pairs]


def _last_as_default(predicates, actions):
    """Without a default one of the predicates must hold: the last one is checked instead of tested."""
    last, action = predicates[-1], actions[-1]
    others = predicates[:-1]

    def default():
        message = (
            f"Implementation error: selected default action #{len(others)} was called, but some of other predicates "
            "are True: "
        )
        none_true = ("Input error: None of conditions evaluated as True:", F.stack(predicates, name="preds_c"))
        with control_dependencies([_at_most(others, 0, message), F.Assert(last, data=none_true)]):
            return action()

    return default, others, actions[:-1]


def _at_most(predicates, count: int, message: str):
    """An assertion that at most ``count`` predicates are true."""
    stacked = F.stack(predicates, name="preds_c")
    true = F.reduce_sum(F.cast(stacked, int32), name="num_true_conds")
    condition = F.less_equal(true, F.constant(count, name="n_true_conds"))
    names = ", ".join(predicate.name for predicate in predicates)
    text = f"{message}: more than {count} conditions ({names}) evaluated as True:"
    return F.Assert(condition, data=[text, stacked], summarize=len(predicates))
