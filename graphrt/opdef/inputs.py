"""What a call of an op is given, made into the input tensors of its node: types decided, conversions named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphrt.dtypes import DType
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Tensor
from graphrt.opdef.convert import convert_to_tensor
from graphrt.opdef.messages import at_call, declaration_error, restated
from graphrt.opdef.signature import Slot

if TYPE_CHECKING:
    from graphrt.opdef.opdef import OpDef


def convert_simple(opdef: OpDef, graph: Graph, values: Sequence[Any], name: str, attrs: dict[str, Any]) -> list[Tensor]:
    """The inputs of an op all of whose inputs have the type ``T``: the usual case, kept fast."""
    known: DType | None = None
    inputs: list[Tensor] = []
    for slot, value in zip(opdef.inputs, values, strict=True):
        if type(value) is Tensor:
            tensor = value
        else:
            tensor = _converted(opdef, graph, value, slot.name, name, known, attrs.get("T"))
        base = tensor.dtype.base_dtype
        if known is None:
            known = base
            _check_allowed(opdef, "T", base, slot.name, name)
        elif base is not known:
            raise _type_mismatch(opdef, slot.name, base, known, opdef.inputs[0].name, name, [*inputs, tensor])
        inputs.append(tensor)
    attrs["T"] = known
    return inputs


def convert_inputs(opdef: OpDef, graph: Graph, values: Sequence[Any], name: str, attrs: dict[str, Any]) -> list[Tensor]:
    """The inputs of any op; adds the types and lengths that follow from them to ``attrs``."""
    known: dict[str, DType] = {}
    decided_by: dict[str, str] = {}
    inputs: list[Tensor] = []
    for slot, value in zip(opdef.inputs, values, strict=True):
        wanted = slot.dtype if slot.type_attr is None else known.get(slot.type_attr)
        if slot.is_list:
            tensors = _convert_list(opdef, graph, slot, value, name, wanted, attrs)
        else:
            preferred = attrs.get(slot.type_attr) if slot.type_attr else None
            tensors = [_converted(opdef, graph, value, slot.name, name, wanted, preferred, slot.reference)]
        for tensor in tensors:
            base = tensor.dtype.base_dtype
            if slot.reference and not tensor.dtype.is_ref:
                raise TypeError(
                    f"'{opdef.type}' Op requires that input '{slot.name}' be a mutable tensor (e.g.: a tf.Variable)"
                    f", got {tensor}"
                )
            if slot.own_types:
                continue
            if wanted is None and slot.type_attr is not None:
                wanted = known[slot.type_attr] = base
                decided_by[slot.type_attr] = slot.name
                _check_allowed(opdef, slot.type_attr, base, slot.name, name)
            elif wanted is not None and base is not wanted:
                other = decided_by.get(slot.type_attr or "", "")
                raise _type_mismatch(opdef, slot.name, base, wanted, other, name, [*inputs, *tensors])
        if slot.own_types:
            attrs[slot.type_attr or ""] = [tensor.dtype.base_dtype for tensor in tensors]
        inputs.extend(tensors)
    attrs.update(known)
    return inputs


def _convert_list(
    opdef: OpDef, graph: Graph, slot: Slot, value: Any, name: str, wanted: DType | None, attrs: dict[str, Any]
) -> list[Tensor]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"Expected list for '{slot.name}' argument to '{opdef.type}' Op, not {value}.{at_call()}")
    if not slot.own_types:
        attrs[slot.length_attr or ""] = len(value)
        if wanted is None:
            wanted = next((v.dtype.base_dtype for v in value if isinstance(v, Tensor)), None)
    tensors: list[Tensor] = []
    for i, item in enumerate(value):
        tensor = _converted(opdef, graph, item, f"{slot.name}_{i}", name, wanted, None, slot.reference)
        if wanted is None and not slot.own_types:
            wanted = tensor.dtype.base_dtype
        tensors.append(tensor)
    return tensors


def _converted(
    opdef: OpDef,
    graph: Graph,
    value: Any,
    argument: str,
    name: str,
    dtype: DType | None,
    preferred: Any,
    reference: bool = False,
) -> Tensor:
    """``value`` as a tensor, made (if it must be) under the name of the node that is being made."""
    if type(value) is Tensor:
        return value
    old = graph._name_stack
    graph._name_stack = name
    try:
        with graph.as_default():
            return convert_to_tensor(
                value, dtype, argument, preferred if isinstance(preferred, DType) else None, as_ref=reference
            )
    except (TypeError, ValueError) as error:
        if dtype is None or isinstance(value, (list, tuple, dict, set)) or hasattr(value, "dtype"):
            raise
        raise restated(error, f"{error} (argument '{argument}' of {opdef.type} '{name}'){at_call()}") from error
    finally:
        graph._name_stack = old


def _check_allowed(opdef: OpDef, attr: str, dtype: DType, argument: str, name: str) -> None:
    allowed = opdef.allowed.get(attr)
    if allowed is not None and dtype not in allowed:
        raise TypeError(
            f"Value passed to parameter '{argument}' has DataType {dtype.name} not in list of allowed values: "
            f"{', '.join(sorted(d.name for d in allowed))} (in {opdef.type} '{name}'){at_call()}"
        )


def _type_mismatch(
    opdef: OpDef, argument: str, got: DType, wanted: DType, first: str, name: str, inputs: Sequence[Tensor]
) -> TypeError:
    versus = f" that does not match type {wanted.name} of argument '{first}'" if first else f", expected {wanted.name}"
    text = f"Input '{argument}' of '{opdef.type}' Op has type {got.name}{versus}."
    hint = f" Convert one of them: tf.cast(..., tf.{wanted.name})."
    error = declaration_error(opdef, name, inputs, TypeError(text + hint), with_shapes=False)
    assert isinstance(error, TypeError)
    return error
