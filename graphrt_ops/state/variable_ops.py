"""The ops of variables: the variable itself, and assigning to it."""

from __future__ import annotations

from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export, required
from graphrt.runtime.variables import Slot
from graphrt.shapes import SCALAR, UNKNOWN, TensorShape
from graphrt_ops.shapes import NUMBERS, merged

variable = OpDef(
    "VariableV2",
    outputs="ref:&dtype",
    attrs={"shape": required(TensorShape), "container": "", "shared_name": ""},
    infer=lambda op: op.attrs["shape"],
    stateful=True,
    role="variable",
    differentiable=False,
)


@variable.state
def slot(op: Operation) -> Slot:
    return Slot(op)


def _assigned_shape(op: Operation):
    """The new value's shape, which must be the variable's unless ``validate_shape`` is off."""
    ref, value = op.inputs
    if not op.attrs["validate_shape"]:
        return value.shape
    return ref.shape.merge_with(value.shape)


assign_opdef = OpDef(
    "Assign",
    "ref:&T value",
    "output_ref:&T",
    attrs={"validate_shape": True, "use_locking": True},
    infer=_assigned_shape,
    writes=(0,),
    aliases=1,  # the new value is the array that came in, unless somebody else has that, too
    takes_absent=True,
    differentiable=False,
)


def _combined(type: str, ufunc: str) -> OpDef:
    """The op that replaces a variable's value by ``ufunc(value, operand)``, at once."""
    opdef = OpDef(
        type,
        "ref:&T value",
        "output_ref:&T",
        dtypes=NUMBERS,
        attrs={"use_locking": False},
        infer=merged,
        writes=(0,),
        differentiable=False,
    )

    @opdef.kernel
    def kernel(xp, ref, value):
        if ref.shape != value.shape:
            raise ValueError(
                f"{type} requires shapes of both tensors to match. lhs shape= {list(ref.shape)} rhs shape= "
                f"{list(value.shape)}"
            )
        return getattr(xp, ufunc)(ref, value)

    @opdef.lower
    def lower(op: Operation):
        from graphrt.native.records import Update

        return Update(lambda m, ref, value: (getattr(m, ufunc)(ref, value),))

    return opdef


assign_add_opdef = _combined("AssignAdd", "add")
assign_sub_opdef = _combined("AssignSub", "subtract")
is_initialized = OpDef(
    "IsVariableInitialized",
    "ref:&dtype",
    "is_initialized:bool",
    infer=lambda op: SCALAR,
    stateful=True,
    takes_absent=True,
    differentiable=False,
)


@assign_opdef.lower
def lower_assign(op: Operation):
    from graphrt.native.records import Update

    same = op.inputs[0].shape.values == op.inputs[1].shape.values == op.inputs[0].op.attrs.get("shape", UNKNOWN).values
    return Update(lambda m, ref, value: (value,)) if same else None


@assign_opdef.kernel
def assign_kernel(xp, ref, value, validate_shape, variable):
    declared = variable.attrs["shape"]
    if validate_shape and declared.values != value.shape and not declared.is_compatible_with(value.shape):
        raise ValueError(
            f"Assign requires shapes of both tensors to match. lhs shape= {declared} rhs shape= {list(value.shape)}"
        )
    return value


@is_initialized.kernel
def is_initialized_kernel(xp, ref):
    return xp.asarray(ref is not None)


def _reference(variable):
    """The tensor that can be assigned to; AttributeError (as in TF1) names what was given instead."""
    ref = variable._ref() if hasattr(variable, "_ref") else variable
    if not getattr(getattr(ref, "dtype", None), "is_ref", False):
        raise AttributeError(f"Expected a variable to assign to, got {variable!r}, which has no attribute 'assign'")
    return ref


@export("assign")
def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    """Sets a variable to ``value``; returns the variable's tensor, to be used after the assignment.

    Args:
      ref: a Variable (or its reference tensor).
      value: what it gets: same type, and (unless ``validate_shape`` is False) same shape.
      validate_shape: False allows the shape to change. use_locking: assignments are always atomic here.
      name: a name for the node.

    Raises:
      AttributeError: if ``ref`` is neither a variable nor a part of one.
    """
    if isinstance(ref, Tensor) and not ref.dtype.is_ref and hasattr(ref, "assign"):
        return ref.assign(value, name=name)  # a part of a variable, v[1:]
    return assign_opdef(
        _reference(ref),
        value,
        validate_shape=True if validate_shape is None else validate_shape,
        use_locking=True if use_locking is None else use_locking,
        name=name,
    )


@export("assign_add")
def assign_add(ref, value, use_locking=None, name=None):
    """Adds ``value`` to a variable; returns the variable's tensor, to be used after the addition."""
    return assign_add_opdef(_reference(ref), value, use_locking=bool(use_locking), name=name)


@export("assign_sub")
def assign_sub(ref, value, use_locking=None, name=None):
    """Subtracts ``value`` from a variable; returns the variable's tensor, to be used after the subtraction."""
    return assign_sub_opdef(_reference(ref), value, use_locking=bool(use_locking), name=name)


@export("is_variable_initialized")
def is_variable_initialized(variable):
    """A bool tensor: does the variable have a value in the session?"""
    return is_initialized(_reference(variable))
