"""The registers: ops by type, and gradient functions by name."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from graphrt.export import export
from graphrt.graph.operation import Operation
from graphrt.provided import provided
from graphrt.source import user_line

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef

F = TypeVar("F", bound=Callable[..., Any])

_OPDEFS: dict[str, OpDef] = {}
_GRADIENTS: dict[str, tuple[Callable[..., Any] | None, str]] = {}


def register_opdef(opdef: OpDef) -> None:
    if opdef.type in _OPDEFS:
        raise ValueError(f"the op type {opdef.type!r} is defined twice")
    _OPDEFS[opdef.type] = opdef


def opdef_named(op_type: str) -> OpDef:
    """The op of a type; ``ValueError`` with the nearest types where there is none.

    Types that begin with ``_`` are those that passes make nodes of: they are not for graphs.
    """
    found = _OPDEFS.get(op_type)
    if found is None or op_type.startswith("_"):
        modules: dict[str, str] = provided("modules_of_op_types")
        if op_type in modules:
            importlib.import_module(modules[op_type])
            return _OPDEFS[op_type]
        close = difflib.get_close_matches(op_type[:100], {*modules, *_OPDEFS}, n=3)
        raise ValueError(
            f"No op named {op_type[:100]!r} in graphrt." + (f" The nearest are: {', '.join(close)}." if close else "")
        )
    return found


def all_opdefs() -> dict[str, OpDef]:
    """Every op, by type (all modules of ops are imported for it)."""
    for module in set(provided("modules_of_op_types").values()):
        importlib.import_module(module)
    return dict(_OPDEFS)


def _register_gradient(op_type: str, function: Callable[..., Any] | None) -> None:
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    earlier = _GRADIENTS.get(op_type)
    if earlier is None and op_type in _OPDEFS and _OPDEFS[op_type].has_gradient_rule:
        earlier = (None, "graphrt itself")
    if earlier is not None:
        raise KeyError(f"Registering two gradient with name '{op_type}'! (Previous registration was in {earlier[1]})")
    _GRADIENTS[op_type] = (function, str(user_line()))


@export("RegisterGradient")
class RegisterGradient:
    """Decorator: registers the gradient function of an op type, or of a name for ``gradient_override_map``.

    The function takes the Operation and the gradients of its outputs, and returns those of its inputs (None for none).
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: F) -> F:
        _register_gradient(self._op_type, f)
        return f


@export("NotDifferentiable", "NoGradient", "no_gradient")
def NotDifferentiable(op_type: str) -> None:  # noqa: N802 (the name is TF1's)
    """Declares that ops of this type have no gradient: ``tf.gradients`` gives None through them."""
    _register_gradient(op_type, None)


def gradient_function(op: Operation) -> Callable[..., Any] | None:
    """The function that differentiates ``op``, or None if it has no gradient by declaration.

    Raises:
      LookupError: if nothing is known of the op's gradient.
    """
    override = op.attrs.get("_gradient_op_type")
    name = op.type if override is None else override.decode()
    if name in _GRADIENTS:
        return _GRADIENTS[name][0]
    opdef: OpDef | None = _OPDEFS.get(name)
    if opdef is not None and opdef.has_gradient_rule:
        return opdef.gradient_function
    raise LookupError(
        f"No gradient defined for operation '{op.name}' (op type: {name})"
        + (f", made at {op.source}: {op.source.text()}" if op.source is not None else "")
    )
