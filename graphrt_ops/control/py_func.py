"""tf.py_func: a Python function as a node of the graph."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrt import errors
from graphrt.bytestrings import encoded
from graphrt.dtypes import as_dtype, string
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export, required
from graphrt_ops.shapes import unknown


@dataclass(eq=False)
class Function:
    """Something that can be referred to weakly, which a Python callable need not be."""

    call: Callable[..., Any]


TOKENS = itertools.count()
FUNCTIONS: weakref.WeakValueDictionary[str, Function] = weakref.WeakValueDictionary()
"""The functions by token, which is all that a node (and its GraphDef) holds of them; their graph keeps them alive."""

ERRORS = {
    ValueError: errors.InvalidArgumentError,
    TypeError: errors.InvalidArgumentError,
    StopIteration: errors.OutOfRangeError,
    MemoryError: errors.ResourceExhaustedError,
    NotImplementedError: errors.UnimplementedError,
}


def _opdef(type: str, stateful: bool) -> OpDef:
    made = OpDef(
        type,
        "input:Tin*",
        "output:Tout*",
        attrs={"token": required(str), "Tout": required(list)},
        infer=unknown,
        stateful=stateful,
        host_only=True,
        differentiable=False,
        blocking=True,  # the function may run the session, or wait for a thread that does
    )

    @made.kernel
    def kernel(xp, arrays, token, Tout):
        values = _called(FUNCTIONS[token].call, arrays)
        results = list(values) if isinstance(values, (list, tuple)) else [] if values is None else [values]
        if len(results) != len(Tout):
            raise ValueError(f"{token} returns {len(results)} values, but expects to see {len(Tout)} values.")
        return tuple(_converted(value, Tout[i], i, token) for i, value in enumerate(results))

    return made


def _called(function, arrays):
    try:
        # Scalars come as NumPy scalars, so that the function's results have NumPy's own types. Arrays are copies: what
        # the function writes into them must not reach variables, constants or what the user has fed.
        return function(*(array[()] if array.ndim == 0 else array.copy() for array in arrays))
    except Exception as error:
        kind = next((ERRORS[base] for base in type(error).__mro__ if base in ERRORS), errors.UnknownError)
        raise kind(None, None, f"{type(error).__name__}: {error}") from error


def _converted(value, dtype, index: int, token: str) -> np.ndarray:
    """A result as an array of the engine's own: the function may keep what it returns, or a view of it."""
    if dtype is string:
        return _strings(value, f"{index}-th value returned by {token}")
    array = np.array(value, order="C")
    if as_dtype(array.dtype) != dtype:
        raise _wrong_type(array, dtype, f"{index}-th value returned by {token}")
    return array


def _strings(value, what: str) -> np.ndarray:
    array = np.array(value, dtype=object, order="C")
    try:
        result = encoded(array)
    except (TypeError, UnicodeEncodeError) as error:
        _refuse_numbers(value, what)
        raise errors.InternalError(None, None, f"{what}: {error}") from error
    if array.size == 0:
        _refuse_numbers(value, what)
    return result


def _refuse_numbers(value, what: str) -> None:
    array = np.asarray(value)
    if array.dtype.kind in "biufc":
        raise _wrong_type(array, string, what)


def _wrong_type(array: np.ndarray, dtype, what: str) -> ValueError:
    return ValueError(f"{what} is {as_dtype(array.dtype).name}, but expects {dtype.name}")


stateful_opdef = _opdef("PyFunc", True)
stateless_opdef = _opdef("PyFuncStateless", False)


@export("py_func")
def py_func(func, inp, Tout, stateful=True, name=None):
    """Calls a Python function of NumPy arrays when the graph runs.

    Args:
      func: takes as many arrays as ``inp`` has tensors (strings come as bytes, scalars as NumPy scalars), and returns
        one value or a list of them.
      inp: the tensors to give to it.
      Tout: the type of its result, or the list of types; the values must really have these types.
      stateful: False says that it always gives the same results for the same arrays, and may be left out.
      name: a name for the node.

    Returns:
      A tensor, or a list of them, or (where ``Tout`` is empty) the Operation; their shapes are unknown.

    Raises:
      InvalidArgumentError: (running) if a result has another type. What the function itself raises becomes an
        UnknownError (ValueError and TypeError: InvalidArgumentError), with the exception as its cause.

    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.py_func(np.cumsum, [tf.constant([1.0, 2.0])], tf.float32)))
    [1. 3.]
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    token = f"pyfunc_{next(TOKENS)}"
    FUNCTIONS[token] = function = Function(func)
    types = [as_dtype(dtype) for dtype in (Tout if isinstance(Tout, (list, tuple)) else [Tout])]
    op = (stateful_opdef if stateful else stateless_opdef).make(inp, token=token, Tout=types, name=name)
    op.graph.__dict__.setdefault("_python_functions", []).append(function)
    if not types:
        return op
    return list(op.outputs) if isinstance(Tout, (list, tuple)) else op.outputs[0]


@export("numpy_function")
def numpy_function(func, inp, Tout, name=None):
    """The later name of ``py_func(func, inp, Tout, stateful=True)``."""
    return py_func(func, inp, Tout, stateful=True, name=name)


def function_of(op: Operation):
    """The Python function that a PyFunc node calls."""
    return FUNCTIONS[op.attrs["token"]].call
