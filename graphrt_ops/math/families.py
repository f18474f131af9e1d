"""One row a function: the elementwise functions of one or two tensors are all made here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from graphrt.dtypes import COMPLEX, FLOATS, DType, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies
from graphrt.opdef import OpDef, export
from graphrt_ops.shapes import broadcast, unchanged
from graphrt_ops.sparse.sparse_tensor import SparseTensor

SIGNED = (*FLOATS, int32, int64)
CONTINUOUS = (*FLOATS, *COMPLEX)
SIGNED_AND_COMPLEX = (*SIGNED, *COMPLEX)


def after(gradient: Callable[[Tensor, Tensor, Tensor], Any]) -> Callable[[Operation, Tensor], Any]:
    """A gradient function of ``gradient(x, y, dy)`` for y = f(x), whose nodes wait for ``dy`` as TF1's do.

    Without that, TF1 would compute them during the forward pass and keep them in memory until they are needed.
    """

    def waiting(op: Operation, dy: Tensor):
        with control_dependencies([dy]):
            return gradient(op.inputs[0], op.outputs[0], dy)

    return waiting


def no_gradient(op: Operation, *dy: Tensor):
    """Flat almost everywhere: TF1 sends nothing back."""
    return [None] * len(op.inputs)


def unary(
    type: str,
    public_names: str,
    text: str,
    *,
    dtypes: tuple[DType, ...] = CONTINUOUS,
    ufunc: str | None = None,
    kernel: Callable[..., Any] | None = None,
    scalar: Callable[..., Any] | None = None,
    gradient: Callable[[Operation, Tensor], Any] | None = None,
    output: str = "y",
    sparse: bool = False,
):
    """The public function ``f(x, name=None)`` of an elementwise op of one input.

    ``sparse`` functions have f(0) = 0 and take SparseTensors too, as in TF1. ``ufunc`` names NumPy's
    function where that is all there is to the kernel; ``text`` becomes the docstring.
    """
    opdef = OpDef(
        type,
        "x",
        output,
        dtypes=dtypes,
        infer=unchanged,
        ufunc=ufunc,
        elementwise=True,
        overwrites=(0,) if output == "y" and (ufunc or _takes_out(kernel)) else (),
        differentiable=gradient is not None,
    )
    _complete(opdef, kernel, scalar, gradient)

    def of_dense(x, name=None):
        return opdef(x, name=name)

    function = taking_sparse(of_dense) if sparse else of_dense
    return _published(function, public_names, text, opdef, inspect.currentframe().f_back)


# Public functions by the names of their parameters, which scripts may use as keywords.
_CALLS: dict[str, Callable[[OpDef], Callable[..., Any]]] = {
    "x y": lambda opdef: lambda x, y, name=None: opdef(x, y, name=name),
    "x q": lambda opdef: lambda x, q, name=None: opdef(x, q, name=name),
    "a x": lambda opdef: lambda a, x, name=None: opdef(a, x, name=name),
}


def binary(
    type: str,
    public_names: str,
    text: str,
    *,
    dtypes: tuple[DType, ...] | None,
    ufunc: str | None = None,
    kernel: Callable[..., Any] | None = None,
    scalar: Callable[..., Any] | None = None,
    gradient: Callable[[Operation, Tensor], Any] | None = None,
    inputs: str = "x y",
    output: str = "z",
    name: str | None = None,
    attrs: dict[str, Any] | None = None,
    commutative: bool = False,
    host_only: bool = False,
):
    """The public function ``f(x, y, name=None)`` of an elementwise op of two inputs that broadcast."""
    opdef = OpDef(
        type,
        inputs,
        output,
        dtypes=dtypes,
        attrs=attrs,
        infer=broadcast,
        name=name,
        ufunc=ufunc,
        elementwise=True,
        commutative=commutative,
        host_only=host_only,
        overwrites=(0, 1) if output == "z" and (ufunc or _takes_out(kernel)) else (),
        differentiable=gradient is not None,
    )
    _complete(opdef, kernel, scalar, gradient)

    names = " ".join(slot.name for slot in opdef.inputs)
    function = _CALLS.get(names, _CALLS["x y"])(opdef)
    return _published(function, public_names, text, opdef, inspect.currentframe().f_back)


def _takes_out(kernel: Callable[..., Any] | None) -> bool:
    """True if the kernel can write its output into the memory of an input."""
    return kernel is not None and "out" in inspect.signature(kernel).parameters


def taking_sparse(of_dense: Callable[..., Any]) -> Callable[..., Any]:
    """``of_dense``, which then also maps the values of a SparseTensor.

    As in TF1 the dense function is tried first, and its node name is spent by that.
    """

    def function(x, name=None):
        try:
            return of_dense(x, name=name)
        except TypeError:
            if not isinstance(x, SparseTensor):
                raise
        return SparseTensor(x.indices, of_dense(x.values, name=name), x.dense_shape)

    return function


def _complete(opdef: OpDef, kernel: Any, scalar: Any, gradient: Any) -> None:
    if kernel is not None:
        opdef.kernel(kernel)
    if scalar is not None:
        opdef.scalar(scalar)
    if gradient is not None:
        opdef.gradient(gradient)


def _published(function: Any, public_names: str, text: str, opdef: OpDef, caller: Any) -> Any:
    """``function`` as if it had been written where the row is, under its first public name's last part."""
    names = public_names.split()
    function.__name__ = function.__qualname__ = names[0].rpartition(".")[2].lstrip("_")
    function.__module__ = caller.f_globals["__name__"]
    function.__doc__ = _documented(text, opdef)
    exported = [name for name in names if not name.startswith("_")]
    return export(*exported)(function) if exported else function


def _documented(text: str, opdef: OpDef) -> str:
    """The row's text, with what all rows have in common before its example."""
    summary, mark, example = inspect.cleandoc(text).partition("\n\n>>>")
    allowed = opdef.allowed.get("T")
    types = ", ".join(sorted(dtype.name for dtype in allowed)) if allowed else opdef.inputs[0].dtype.name
    result = "of their type" if opdef.outputs[0].dtype is None else f"of {opdef.outputs[0].dtype.name}"
    inputs = ", ".join(slot.name for slot in opdef.inputs)
    if len(opdef.inputs) == 1:
        takes, gives = (
            f"a tensor of one of the types {types}",
            f"A tensor of the same shape, {result}".replace("their", "the same"),
        )
    else:
        takes = f"tensors of one type ({types}), whose shapes broadcast"
        gives = f"A tensor of the broadcast shape, {result}"
    common = f"\n\nArgs:\n  {inputs}: {takes}.\n  name: a name for the node.\n\nReturns:\n  {gives}."
    return summary + common + mark + example
