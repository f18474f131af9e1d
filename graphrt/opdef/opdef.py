"""OpDef: everything that graphrt knows of an op type, and the call that makes a node of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from graphrt import bytestrings
from graphrt.dtypes import DType, string
from graphrt.errors import InvalidArgumentError
from graphrt.graph.accesses import variable_of
from graphrt.graph.graph import Graph, graph_of
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef import attributes, signature
from graphrt.opdef.inputs import convert_inputs, convert_simple
from graphrt.opdef.messages import declaration_error
from graphrt.opdef.registry import register_opdef
from graphrt.opdef.updates import check_update, gradient_index
from graphrt.shapes import UNKNOWN, TensorShape

Infer = Callable[[Operation], "TensorShape | Sequence[TensorShape]"]
F = TypeVar("F", bound=Callable[..., Any])


class OpDef:
    """An op type: signature, traits, shape inference, kernel, scalar expression and gradient.

    Traits are data that passes and the executor ask for; none of them asks for a type by name.

      elementwise   output i depends on input elements i only (after broadcasting)
      commutative   the two inputs may be swapped
      stateful      two nodes of it are never merged, and it is never evaluated ahead of time
      fresh         a stateful op whose outputs only this run has (random numbers): they may be overwritten
      blocking      the kernel may wait for another thread
      host_only     the kernel works on NumPy arrays only: on a GPU, its inputs are brought to the host
      overwrites    inputs whose buffer the kernel may take for its output (by ``out=``)
      same_shapes   the inputs must have one shape, which is the output's: nothing is broadcast
      aliases       the input of which output 0 (or each tensor of a list output) may be a view
      checks        it is there to fail, and does nothing else: what waits for it must not run without it
      writes        inputs (references) whose variable the op changes
      small         the outputs have no more elements than the inputs together, whatever numbers the inputs hold
      loose_axes    what it makes are axes to sum over, of which those of length one may be left out
      gradient_input  of an op with an update rule: the input that has, element by element, what changes the variable
      takes_absent  the kernel takes None for a variable that has no value
      role          what the executor must know of it: "constant", "placeholder", "variable", "switch", "merge"
    """

    # The parts, given by the decorators below.
    gradient_function: Callable[..., Any] | None = None
    kernel_function: Callable[..., Any] | None = None
    scalar_expression: Callable[..., Any] | None = None
    state_factory: Callable[[Operation], Any] | None = None
    static_rule: Callable[[Operation], Any] | None = None
    fold_rule: Callable[[Operation], Any] | None = None
    static_dims_rule: Callable[[Operation], Any] | None = None
    specialization: Callable[..., Any] | None = None
    update_rule: Callable[..., Any] | None = None
    lowering: Callable[[Operation], Any] | None = None
    bounded_form: Callable[[Operation, Any], Any] | None = None
    kernel_attrs: tuple[str, ...] = ()
    _wants_variable = False

    def __init__(
        self,
        type: str,
        inputs: str = "",
        outputs: str = "",
        *,
        dtypes: Iterable[DType] | Mapping[str, Iterable[DType]] | None = None,
        attrs: Mapping[str, Any] | None = None,
        infer: Infer | None = None,
        name: str | None = None,
        ufunc: str | None = None,
        elementwise: bool = False,
        commutative: bool = False,
        stateful: bool = False,
        fresh: bool = False,
        blocking: bool = False,
        host_only: bool = False,
        overwrites: tuple[int, ...] = (),
        same_shapes: bool = False,
        aliases: int | None = None,
        writes: tuple[int, ...] = (),
        role: str = "",
        differentiable: bool = True,
        checks: bool = False,
        takes_absent: bool = False,
        small: bool = False,
        loose_axes: bool = False,
        gradient_input: int | None = None,
    ) -> None:
        self.type = type
        self.default_name = name or type
        self.inputs = signature.parse(inputs)
        self.outputs = signature.parse(outputs)
        self.allowed = _allowed_types(dtypes)
        self.attrs = dict(attrs or {})
        self.infer = infer
        self.ufunc = ufunc
        self.elementwise = elementwise
        self.commutative = commutative
        self.stateful = stateful
        self.fresh = fresh or not stateful
        self.blocking = blocking
        self.host_only = host_only
        self.overwrites = overwrites
        self.same_shapes = same_shapes
        self.aliases = aliases
        self.writes = writes
        self.role = role
        self.checks = checks
        self.takes_absent = takes_absent
        self.small = small
        self.loose_axes = loose_axes
        self.gradient_input = gradient_input
        self.has_gradient_rule = not differentiable
        self.takes_lists = any(s.is_list for s in self.inputs)
        self._has_references = any(s.reference for s in self.inputs)
        self._simple_input = len(self.inputs) > 0 and all(
            not s.is_list and not s.reference and s.type_attr == "T" for s in self.inputs
        )
        self.module = _module_being_imported()
        register_opdef(self)

    # -- the parts, as decorators --------------------------------------------------------------------------------------

    def kernel(self, function: F) -> F:
        """The NumPy/CuPy implementation: ``kernel(xp, *inputs, attr=..., state=..., out=None)``.

        Inputs are arrays (a list input is a tuple of arrays, a reference is the variable's value). Keyword parameters
        named as attributes receive them; ``state`` receives what ``@opdef.state`` made for this node and session;
        ``variable`` receives the node of the variable that input 0 refers to. An op with several outputs returns a
        tuple. One that writes returns, after its outputs that are no references, the new value of each variable that it
        writes, and changes none of its inputs.
        """
        self.kernel_function = function
        parameters = list(inspect.signature(function).parameters)[1 + len(self.inputs) :]
        self.kernel_attrs = tuple(p for p in parameters if p not in ("out", "state", "variable"))
        self._wants_variable = "variable" in parameters
        return function

    def specialize(self, function: F) -> F:
        """``specialize(op, xp, *constants)`` may return a faster kernel for one node, by its types, shapes, constants.

        ``constants`` has the value of each constant input and None for the others. The kernel that is returned takes
        only the others (and no ``out``); None means that there is none.
        """
        self.specialization = function
        return function

    def update(self, function: F) -> F:
        """The rule of an optimizer's update, element by element: ``update(xp, *inputs, attr=...)`` returns the new
        values of the references among the inputs. All inputs but the references and ``gradient_input`` are scalars.

        From it follows the kernel, and that the updates of several variables may be done as one.
        """
        gradient_index(self)
        self.update_rule = function
        parameters = list(inspect.signature(function).parameters)[1 + len(self.inputs) :]
        self.kernel_attrs = tuple(parameters)
        single = len(self.writes) == 1

        def kernel(xp: Any, *inputs: Any, **attrs: Any) -> Any:
            check_update(self, inputs)
            values = function(xp, *inputs, **attrs)
            return values[0] if single else values

        self.kernel_function = kernel
        return function

    def scalar(self, function: F) -> F:
        """The op as one scalar expression ``scalar(m, x, ...)``, read by the native and GPU code generators.

        Parameters after the inputs are named as attributes and receive them.
        """
        self.scalar_expression = function
        return function

    def lower(self, function: F) -> F:
        """``lower(op)`` returns a record of the work of a node whose shapes are all known (None: nothing is said of
        it); see graphrt/native/records.py."""
        self.lowering = function
        return function

    def bounded(self, function: F) -> F:
        """``bounded(op, bounds)`` makes nodes that do the same where inputs have become Rows of a known length, or the
        node itself makes such; it returns a Tensor or Rows for each output (None: it cannot). See opdef/bounded.py.
        """
        self.bounded_form = function
        return function

    def gradient(self, function: F) -> F:
        """``gradient(op, *output_gradients)`` returns the gradients of the inputs (None for none)."""
        self.gradient_function = function
        self.has_gradient_rule = True
        return function

    def state(self, function: Callable[[Operation], Any]) -> Callable[[Operation], Any]:
        """``state(op)`` makes what a session keeps for this node between runs."""
        self.state_factory = function
        return function

    def static(self, function: Callable[[Operation], Any]) -> Callable[[Operation], Any]:
        """``static(op)`` returns the output (a tuple of several) if the declaration alone decides it, else None."""
        self.static_rule = function
        return function

    def fold(self, function: Callable[[Operation], Any]) -> Callable[[Operation], Any]:
        """``fold(op)`` is as ``static``, for what TF1's shape inference does not know: only rewriting asks for it."""
        self.fold_rule = function
        return function

    def static_dims(self, function: Callable[[Operation], Any]) -> Callable[[Operation], Any]:
        """``static_dims(op)``: output 0 read as a shape, each entry an int or None; None if nothing is known.

        Of an op with several outputs it returns a list with one such shape for each.
        """
        self.static_dims_rule = function
        return function

    @property
    def pure(self) -> bool:
        """True if running it twice on the same inputs gives the same and does nothing else."""
        return not self.stateful and not self.writes and not self.role

    def slot_of(self, op: Operation, index: int) -> signature.Slot:
        """The slot of the signature that input ``index`` of a node belongs to."""
        if not self.takes_lists:
            return self.inputs[index]
        for slot, span in zip(self.inputs, self.grouped(range(len(op.inputs)), op.attrs), strict=True):
            if index == span or (isinstance(span, tuple) and index in span):
                return slot
        raise IndexError(f"{op!r} has no input {index}")

    def written(self, op: Operation) -> tuple[int, ...]:
        """Which of the node's inputs are references to variables that it changes."""
        if not self.takes_lists:
            return self.writes
        spans = self.grouped(range(len(op.inputs)), op.attrs)
        written = [spans[i] if isinstance(spans[i], tuple) else (spans[i],) for i in self.writes]
        return tuple(index for span in written for index in span)

    @property
    def has_effect(self) -> bool:
        """True if running it changes something outside of it, or checks something, so that it may not be left out
        (drawing a random number changes nothing that others see)."""
        return bool(self.writes) or self.checks or (self.stateful and self.state_factory is None and not self.role)

    @property
    def advances(self) -> bool:
        """True if each time that it runs moves a state of its own on, such as a random stream: what it makes in a later
        run depends on whether it runs in this one."""
        return self.state_factory is not None and not self.role

    def bind(self, op: Operation, xp: Any, state: Any) -> Callable[..., Any]:
        """The function that computes ``op`` with the array module ``xp``: only the input arrays are left to give."""
        function = self._bound(op, xp, state)
        makes_strings = string in [tensor.dtype for tensor in op._outputs]
        return bytestrings.in_arrays(function) if makes_strings and not self.role else function

    def _bound(self, op: Operation, xp: Any, state: Any) -> Callable[..., Any]:
        if self.kernel_function is None:
            if self.ufunc is None:
                raise NotImplementedError(f"{op.type} '{op.name}' has no kernel")
            function: Callable[..., Any] = getattr(xp, self.ufunc)
            return function
        bound = {name: op.attrs[name] for name in self.kernel_attrs}
        if self.state_factory is not None:
            bound["state"] = state
        if self._wants_variable:
            bound["variable"] = _referred(op)
        return partial(self.kernel_function, xp, **bound)

    # -- making a node -------------------------------------------------------------------------------------------------

    def __call__(self, *values: Any, name: str | None = None, **attrs: Any) -> Any:
        """Makes a node in the graph of ``values`` (or the default graph).

        Returns the output tensor; the list of tensors of a list output; the tuple of several outputs; or the Operation
        of an op without outputs.
        """
        op = self.make(*values, name=name, **attrs)
        outputs = op._outputs
        slots = self.outputs
        if len(slots) == 1:
            return list(outputs) if slots[0].is_list else outputs[0]
        return tuple(outputs) if slots else op

    def make(self, *values: Any, name: str | None = None, **attrs: Any) -> Operation:
        """As ``__call__``, but returns the Operation."""
        if len(values) != len(self.inputs):
            raise TypeError(f"{self.type} takes {len(self.inputs)} inputs, got {len(values)}")
        graph = graph_of(_flat(values))
        if name is None:
            name = graph.unique_name(self.default_name)
        else:
            name = graph.node_name(name)
        node_attrs = attributes.checked(self, attrs)
        converted = convert_simple if self._simple_input else convert_inputs
        inputs = converted(self, graph, values, name, node_attrs)
        try:
            if self._has_references:
                return self._made_beside(graph, inputs, node_attrs, name)
            return graph.add_operation(self, inputs, node_attrs, name)
        except ValueError as error:
            raise declaration_error(self, name, inputs, error) from error

    def _made_beside(self, graph: Graph, inputs: Sequence[Tensor], attrs: dict[str, Any], name: str) -> Operation:
        """A node that takes references goes where the variables are."""
        with ExitStack() as blocks:
            for slot, tensor in zip(self.inputs, inputs, strict=False):
                if slot.reference:
                    blocks.enter_context(graph.colocate_with(tensor.op))
            return graph.add_operation(self, inputs, attrs, name)

    def create(self, graph: Graph, inputs: Sequence[Tensor], attrs: dict[str, Any], name: str | None) -> Operation:
        """Makes a node from a flat list of tensors, as GraphDef import and ``Graph.create_op`` need it."""
        attributes.check_input_count(self, len(inputs), attrs)
        with graph.as_default():
            return self.make(*self.grouped(inputs, attrs), name=name, **attributes.without_derived(self, attrs))

    def grouped(self, inputs: Sequence[Any], attrs: Mapping[str, Any]) -> list[Any]:
        """A flat list with one entry an input, cut into one entry a slot (a tuple for a list slot)."""
        result: list[Any] = []
        at = 0
        for slot in self.inputs:
            if not slot.is_list:
                result.append(inputs[at])
                at += 1
                continue
            count = len(attrs[slot.type_attr]) if slot.own_types else attrs[slot.length_attr]  # type: ignore[index]
            result.append(tuple(inputs[at : at + count]))
            at += count
        return result

    # -- what a node of it looks like ----------------------------------------------------------------------------------

    def make_outputs(self, op: Operation) -> None:
        """Gives ``op`` its output tensors, with inferred types and shapes."""
        types: list[DType] = []
        for slot in self.outputs:
            types.extend(attributes.types_of(slot, op.attrs))
        if not types:
            return
        # Outputs exist before inference, so that a rule may look at them; shapes come after.
        op._outputs = [Tensor(op, i, dtype, UNKNOWN) for i, dtype in enumerate(types)]
        if self.infer is None:
            return
        shapes = self.infer(op)
        if isinstance(shapes, TensorShape):
            op._outputs[0]._shape = shapes
            return
        for tensor, shape in zip(op._outputs, shapes, strict=True):
            tensor._shape = shape

    def __repr__(self) -> str:
        return f"OpDef({self.type!r})"


def _referred(op: Operation) -> Operation:
    """The variable that a node's first input refers to."""
    variable = variable_of(op._inputs[0])
    if variable is None:
        raise InvalidArgumentError(None, op, f"{op.type} '{op.name}': its first input refers to no variable")
    return variable


def _module_being_imported() -> str:
    """The module in whose body an op is being defined, be it by a factory of another module."""
    frame = sys._getframe(2)
    while frame.f_code.co_name != "<module>" and frame.f_back is not None:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", ""))


def _allowed_types(
    dtypes: Iterable[DType] | Mapping[str, Iterable[DType]] | None,
) -> dict[str, frozenset[DType]]:
    if dtypes is None:
        return {}
    if isinstance(dtypes, Mapping):
        return {attr: frozenset(kinds) for attr, kinds in dtypes.items()}
    return {"T": frozenset(dtypes)}


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from value
        else:
            yield value
