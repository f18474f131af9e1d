"""cond: one of two functions decides which part of the graph runs."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef import export
from graphrt_ops.control import nest
from graphrt_ops.control.cond_context import CondContext
from graphrt_ops.control.switch import merge, switch


@export("cond")
def cond(pred, true_fn=None, false_fn=None, strict=False, name=None, fn1=None, fn2=None):
    """What ``true_fn()`` returns if ``pred`` is true, else what ``false_fn()`` returns; only that branch runs.

    Both functions are called now, to make their nodes. Nodes made outside of them run in any case, also where only one
    branch uses them.

    Args:
      pred: a scalar bool tensor.
      true_fn, false_fn: functions without arguments that return the same structure (lists, tuples, dictionaries) of
        tensors (or operations) of the same types; shapes may differ.
      strict: if False, a list or tuple of one element is returned as that element.
      name: a name scope for the nodes. fn1, fn2: old names of ``true_fn`` and ``false_fn``.

    Raises:
      TypeError: if ``pred`` is a Python bool or no bool tensor, or a function is missing or not callable.
      ValueError: if ``pred`` is no scalar, or the functions return nothing or different structures or types.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32)
    ...     y = tf.cond(x < 0., lambda: -x, lambda: x * 10.)
    ...     print(sess.run(y, {x: 2.}), sess.run(y, {x: -2.}))
    20.0 2.0
    """
    true_fn = _function("true_fn", true_fn, "fn1", fn1)
    false_fn = _function("false_fn", false_fn, "fn2", fn2)
    with name_scope(name, "cond", [pred]):
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool")
        false_side, true_side = switch(pred, pred)
        true_pivot = F.identity(true_side, name="switch_t")
        false_pivot = F.identity(false_side, name="switch_f")
        pred = F.identity(pred, name="pred_id")
        for tensor in (true_side, true_pivot, false_pivot, pred):
            tensor.graph.prevent_fetching(tensor.op)
        true_context = CondContext(pred, true_pivot, branch=1)
        with true_context:
            true_returned, true_results = _built(true_context, true_fn, "true_fn")
        false_context = CondContext(pred, false_pivot, branch=0)
        with false_context:
            false_returned, false_results = _built(false_context, false_fn, "false_fn")
        if not strict:
            true_returned, false_returned = _unpacked(true_returned), _unpacked(false_returned)
        _check_same_structure(true_returned, false_returned, true_results)
        merges = _merged(true_results, false_results)
        if true_context.outer_context is None:
            pred.graph.add_to_collection(GraphKeys.COND_CONTEXT, true_context)
            pred.graph.add_to_collection(GraphKeys.COND_CONTEXT, false_context)
        result = nest.pack_sequence_as(true_returned, merges, expand_composites=True)
        return result if strict else _unpacked(result)


def _function(name: str, function, old_name: str, old_function):
    """A branch's function, which may have been given by its old name."""
    if old_function is not None:
        if function is not None:
            raise TypeError(f"cond(): {name} and {old_name} may not be set simultaneously.")
        function = old_function
    elif function is None:
        raise TypeError(f"cond(): {name} argument required")
    if not callable(function):
        raise TypeError(f"{name} must be callable.")
    return function


def _built(context: CondContext, function, name: str):
    returned, results = context.build(function)
    if returned is None:
        raise ValueError(f"{name} must have a return value.")
    return returned, results


def _unpacked(result):
    """The element of a list or tuple of one."""
    return result[0] if isinstance(result, (list, tuple)) and len(result) == 1 else result


def _check_same_structure(true_returned, false_returned, true_results) -> None:
    try:
        nest.assert_same_structure(true_returned, false_returned, expand_composites=True)
    except TypeError as error:
        raise TypeError(f"Incompatible return types of true_fn and false_fn: {error}") from error
    except ValueError as error:
        raise ValueError(f"Incompatible return values of true_fn and false_fn: {error}") from error
    if not true_results:
        raise ValueError("true_fn and false_fn must return at least one result.")


def _merged(true_results, false_results) -> list:
    true_flat = nest.flatten(true_results, expand_composites=True)
    false_flat = nest.flatten(false_results, expand_composites=True)
    for true, false in zip(true_flat, false_flat, strict=True):
        if true.dtype.base_dtype is not false.dtype.base_dtype:
            raise ValueError(
                f"Outputs of true_fn and false_fn must have the same type: {true.dtype.name}, {false.dtype.name}"
            )
    return [merge(pair)[0] for pair in zip(false_flat, true_flat, strict=True)]
