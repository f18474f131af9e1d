"""The two node types: Operation (a node of the graph) and Tensor (one of its outputs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from graphrt.dtypes import DType
from graphrt.export import export
from graphrt.graph.operators import Operators
from graphrt.provided import provided
from graphrt.shapes import TensorShape, as_shape
from graphrt.source import SourceLine

if TYPE_CHECKING:
    from graphrt.graph.graph import Graph

# What ``Tensor._static`` holds before anybody asked for the tensor's static value (None: it has none).
_NOT_ASKED = object()


@export("Tensor")
class Tensor(Operators):
    """A value that an Operation will produce; it holds no number, only a type and what is known of the shape."""

    # ``assign`` is there on parts of variables only: ``variable[1:].assign(value)``.
    __slots__ = ("__weakref__", "_consumers", "_shape", "_static", "assign", "dtype", "op", "value_index")

    # NumPy asks this before it treats a Tensor on the right of one of its arrays as an object.
    __array_priority__ = 100

    # Operators that ``graphrt_ops`` may install (Python looks them up on the class).
    OVERLOADABLE_OPERATORS = frozenset(
        f"__{name}__"
        for name in (
            *("add radd sub rsub mul rmul div rdiv truediv rtruediv floordiv rfloordiv mod rmod".split()),
            *("lt le gt ge and rand or ror xor rxor getitem pow rpow invert neg abs matmul rmatmul".split()),
        )
    )

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: TensorShape) -> None:
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self._shape = shape
        self._consumers: list[Operation] = []
        self._static: Any = _NOT_ASKED

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def name(self) -> str:
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Adds to what is known of the shape; ``ValueError`` if it contradicts what was known."""
        shape = as_shape(shape)
        if not self._shape.is_compatible_with(shape):
            raise ValueError(f"Tensor {self.name!r}: shapes {self._shape} and {shape} are not compatible")
        self._shape = self._shape.merge_with(shape)

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self._shape.values is None else list(self._shape.values)

    def _rank(self) -> int | None:
        return self._shape.rank

    def _shape_tuple(self) -> tuple[int | None, ...] | None:
        return self._shape.values

    def consumers(self) -> list[Operation]:
        """The Operations that take this tensor as an input, each once."""
        return list(dict.fromkeys(self._consumers))

    def _as_node_def_input(self) -> str:
        return self.op.name if self.value_index == 0 else self.name

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Runs what this tensor needs in ``session`` (or the default session) and returns its value."""
        return _session_for("eval()", "evaluate tensor", self.op, session).run(self, feed_dict)

    @staticmethod
    def _override_operator(operator: str, function: Callable[..., Any]) -> None:
        if operator not in Tensor.OVERLOADABLE_OPERATORS:
            raise ValueError(f"Overriding {operator} is disallowed")
        setattr(Tensor, operator, function)

    def __bool__(self) -> bool:
        raise TypeError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of `if t:` to test "
            "if a tensor is defined, and use TensorFlow ops such as tf.cond to execute subgraphs conditioned on the "
            f"value of a tensor. (The tensor is {self!r}{_made_at(self.op)}.)"
        )

    def __iter__(self) -> Any:
        raise TypeError(
            "Tensor objects are only iterable when eager execution is enabled. To iterate over this tensor use "
            f"tf.unstack or tf.map_fn. (The tensor is {self!r}{_made_at(self.op)}.)"
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors ({self.name}). Please call `x.shape` rather than `len(x)` "
            "for shape information."
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array: it has no value until Session.run "
            "computes it."
        )

    def __copy__(self) -> Tensor:
        return self

    def __str__(self) -> str:
        shape = "" if self._shape.values is None else f", shape={self._shape}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def __repr__(self) -> str:
        shape = "<unknown>" if self._shape.values is None else str(self._shape)
        return f"<tf.Tensor '{self.name}' shape={shape} dtype={self.dtype.name}>"


@export("Operation")
class Operation:
    """A node of the graph: a type, attributes, input tensors, control inputs and output tensors."""

    __slots__ = (
        "__weakref__",
        "_control_flow_context",
        "_control_inputs",
        "_device",
        "_id",
        "_inputs",
        "_outputs",
        "attrs",
        "graph",
        "name",
        "opdef",
        "source",
        "type",
    )

    def __init__(
        self, graph: Graph, opdef: Any, name: str, inputs: Sequence[Tensor], attrs: dict[str, Any], number: int
    ) -> None:
        self.graph = graph
        self.opdef = opdef
        self.type: str = opdef.type
        self.name = name
        self.attrs = attrs
        self.source: SourceLine | None = None
        self._inputs = tuple(inputs)
        self._outputs: list[Tensor] = []
        self._control_inputs: list[Operation] = []
        self._device = ""
        self._id = number
        self._control_flow_context: Any = None
        for tensor in inputs:
            tensor._consumers.append(self)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return self._inputs

    @property
    def outputs(self) -> list[Tensor]:
        return self._outputs

    @property
    def control_inputs(self) -> list[Operation]:
        return list(self._control_inputs)

    @property
    def device(self) -> str:
        return self._device

    @property
    def op_def(self) -> Any:
        return self.opdef

    @property
    def node_def(self) -> Any:
        """The NodeDef protobuf of this node."""
        return provided("node_def")(self)

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """Where the user made this node: ``[(file, line, function, source text)]``, empty if that is not known."""
        if self.source is None:
            return []
        return [(self.source.filename, self.source.lineno, self.source.function, self.source.text())]

    def get_attr(self, name: str) -> Any:
        """The value of an attribute as TF1 gives it: strings as bytes, shapes and tensors as their messages.

        Raises:
          ValueError: if there is no such attribute.
        """
        try:
            value = self.attrs[name]
        except KeyError:
            raise ValueError(
                f"Operation {self.name!r} has no attr named '{name}'. It has {sorted(self.attrs)}."
            ) from None
        return provided("public_attribute")(value)

    def _set_attr(self, name: str, value: Any) -> None:
        self.attrs[name] = value

    def _set_device(self, device: Any) -> None:
        from graphrt.graph.device import canonical

        self._device = canonical(device)
        self.graph._places_nodes = True

    def values(self) -> tuple[Tensor, ...]:
        return tuple(self._outputs)

    def colocation_groups(self) -> list[bytes]:
        """The groups that this node must share a device with; its own group where it was given none."""
        groups = [group for group in self.attrs.get("_class", ()) if group.startswith(b"loc:@")]
        return groups or [b"loc:@" + self.name.encode()]

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Makes input ``index`` come from ``tensor``."""
        self._inputs[index]._consumers.remove(self)
        self._inputs = (*self._inputs[:index], tensor, *self._inputs[index + 1 :])
        tensor._consumers.append(self)

    def _add_control_inputs(self, operations: Iterable[Operation]) -> None:
        self._control_inputs = list(dict.fromkeys((*self._control_inputs, *operations)))

    def _add_control_input(self, operation: Operation) -> None:
        self._add_control_inputs((operation,))

    def _remove_all_control_inputs(self) -> None:
        self._control_inputs.clear()

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs this operation in ``session`` (or the default session)."""
        _session_for("run()", "execute operation", self, session).run(self, feed_dict)

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"


def _made_at(op: Operation) -> str:
    return f", made at {op.source}" if op.source is not None else ""


def _session_for(call: str, purpose: str, op: Operation, session: Any) -> Any:
    from graphrt.graph.stacks import default_sessions

    which, advice = "given", ""
    if session is None:
        session = default_sessions.top()
        if session is None:
            raise ValueError(
                f"Cannot {purpose} using `{call}`: No default session is registered. "
                f"Use `with sess.as_default()` or pass an explicit session to `{call[:-1]}session=sess)`"
            )
        which, advice = "default", f" Pass an explicit session to `{call[:-1]}session=sess)`."
    if session.graph is not op.graph:
        raise ValueError(
            f"Cannot use the {which} session to {purpose}: the {purpose.split()[-1]}'s graph is different from the "
            f"session's graph.{advice} {session.graph.of_another_graph(op)}"
        )
    return session
