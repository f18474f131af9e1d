"""The Graph: nodes by name, and the state of the ``with`` blocks in which they are made."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from graphrt.export import export
from graphrt.graph import device as devices
from graphrt.graph.collections import Collections
from graphrt.graph.names import is_node_name, is_scope_name
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.stacks import default_graphs
from graphrt.provided import provided
from graphrt.source import user_line

_WHICH_NAMES = ": use letters, digits and _.-/ only; the first has to be a letter, a digit or a point"

_MOST_STATIC_BYTES = 1 << 28


class ControlDependencies:
    """One open ``with graph.control_dependencies(...)`` block."""

    __slots__ = ("control_inputs", "seen")

    def __init__(self, control_inputs: list[Operation]) -> None:
        self.control_inputs = control_inputs
        self.seen: set[Operation] = set()


@export("Graph")
class Graph(Collections):
    """A dataflow graph: Operations connected by Tensors. It only ever grows."""

    def __init__(self) -> None:
        super().__init__()
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names_in_use: dict[str, int] = {}
        self._name_stack = ""
        self._last_id = 0
        self._finalized = False
        self._control_dependencies: list[ControlDependencies] = []
        self._control_flow_context: Any = None
        self._devices: list[Any] = []
        self._colocation: list[Operation] = []
        self._colocated_by_name: bytes | None = None
        self._gradient_override: dict[str, str] = {}
        self._places_nodes = False  # whether any node was given a device
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Tensor | Operation] = set()
        self._records_source = True
        self._missing_gradients: list[Any] = []  # what graphrt/autodiff/unconnected.py remembers
        self._static_bytes = 0
        self.seed: int | None = None

    # -- nodes --------------------------------------------------------------------------------------------------------

    def add_operation(self, opdef: Any, inputs: Sequence[Tensor], attrs: dict[str, Any], name: str) -> Operation:
        """Appends a node under exactly ``name`` (from ``unique_name``), with the shapes that its op infers.

        Raises:
          ValueError: if the inputs' shapes do not fit, or a node has the name; the graph is then as it was.
        """
        self._check_not_finalized()
        if name in self._by_name:
            raise ValueError(f"Duplicate node name in graph: {name!r}{_made_at(self._by_name[name])}")
        self._last_id += 1
        op = Operation(self, opdef, name, inputs, attrs, self._last_id)
        if self._records_source:
            op.source = user_line()
        try:
            opdef.make_outputs(op)
        except BaseException:
            self._last_id -= 1
            for tensor in inputs:
                tensor._consumers.remove(op)
            raise
        self._operations.append(op)
        self._by_name[name] = op
        if self._gradient_override and op.type in self._gradient_override:
            attrs["_gradient_op_type"] = self._gradient_override[op.type].encode()
        if self._control_dependencies:
            self._add_control_dependencies(op)
        if self._devices or self._colocation or self._colocated_by_name is not None:
            self._place(op)
        if self._control_flow_context is not None:
            op._control_flow_context = self._control_flow_context
            self._control_flow_context.add_op(op)
        return op

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A block whose nodes are taken out of the graph again if it raises."""
        count, last_id, names = len(self._operations), self._last_id, dict(self._names_in_use)
        try:
            yield
        except BaseException:
            for op in reversed(self._operations[count:]):
                for tensor in op._inputs:
                    tensor._consumers.remove(op)
                del self._by_name[op.name]
            del self._operations[count:]
            self._last_id, self._names_in_use = last_id, names
            raise

    def _add_control_dependencies(self, op: Operation) -> None:
        """Adds the control inputs of the open blocks, except those that a data input of ``op`` waits for anyway."""
        producers = {tensor.op for tensor in op._inputs}
        for block in self._control_dependencies:
            if not block.seen.isdisjoint(producers):
                continue
            op._add_control_inputs(c for c in block.control_inputs if c not in producers)
        for block in self._control_dependencies:
            block.seen.add(op)

    def _place(self, op: Operation) -> None:
        for spec in reversed(self._devices):
            if spec is None:
                break
            if callable(spec):
                device = spec(op)
                checked = devices.canonical(device)
                op._device = device if isinstance(device, str) else checked  # a name as it is spelled, as TF1 does
            else:
                op._device = devices.merge(op._device, spec)
        groups: list[bytes] = []
        for other in self._colocation:
            groups.extend(other.colocation_groups())
            if other._device:
                op._device = other._device
        self._places_nodes = self._places_nodes or bool(op._device)
        if not groups and self._colocated_by_name is not None:
            groups = [self._colocated_by_name]
        if groups:
            op.attrs["_class"] = sorted(set(groups))

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Any = None,
        input_types: Any = None,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Appends a node of type ``op_type`` (the low-level way; ``dtypes`` etc. follow from the op itself)."""
        del dtypes, input_types, op_def, compute_shapes, compute_device  # all of them follow from the op's definition
        made: Operation = provided("op_type")(op_type).create(self, tuple(inputs), dict(attrs or {}), name)
        return made

    def get_operations(self) -> list[Operation]:
        """All nodes, in the order in which they were made."""
        return list(self._operations)

    def reserve_ids(self, count: int) -> None:
        """Advances the node counter as if ``count`` nodes had been made: default op seeds depend on it."""
        self._last_id += count

    @property
    def version(self) -> int:
        return self._last_id

    @property
    def finalized(self) -> bool:
        return self._finalized

    def finalize(self) -> None:
        """Makes the graph read-only: adding a node raises from now on."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    @property
    def building_function(self) -> bool:
        return False

    def _keep_static(self, size: int) -> bool:
        """True if ``size`` more bytes of values that are known before anything runs may be kept with the tensors."""
        if self._static_bytes + size > _MOST_STATIC_BYTES:
            return False
        self._static_bytes += size
        return True

    # -- names --------------------------------------------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """``name`` under the open name scopes, with ``_1``, ``_2``... appended if it is taken (case does not count)."""
        if self._name_stack:
            name = f"{self._name_stack}/{name}"
        taken = self._names_in_use
        key = name.lower()
        count = taken.get(key, 0)
        if mark_as_used:
            taken[key] = count + 1
        if not count:
            return name
        base = key
        while key in taken:
            key = f"{base}_{count}"
            count += 1
        if mark_as_used:
            taken[key] = 1
        return f"{name}_{count - 1}"

    def node_name(self, name: str) -> str:
        """The full name of a new node to be called ``name``: under the open scopes, and numbered if it is taken.

        A name that ends in ``/`` (what a ``with tf.name_scope(...) as scope`` gives) is the full name itself.

        Raises:
          ValueError: if a node cannot have the name.
        """
        exact = name[-1:] == "/"
        prefix = "" if exact or not self._name_stack else f"{self._name_stack}/"
        if not is_node_name(name[:-1] if exact else prefix + name):
            raise ValueError(f"{name!r} is not a valid node name{_WHICH_NAMES}")
        return name[:-1] if exact else self.unique_name(name)

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """A block in which names get the prefix ``name/``; a name that ends in ``/`` re-enters that very scope."""
        old = self._name_stack
        self._name_stack = self.opened_scope(name)
        try:
            yield self._name_stack + "/" if self._name_stack else ""
        finally:
            self._name_stack = old

    def opened_scope(self, name: str | None) -> str:
        """The prefix (without the last ``/``) that a name scope ``name`` opened here has."""
        if not name:
            return ""
        if not isinstance(name, str):
            raise ValueError(f"name for name_scope must be a string, got {name!r}")
        if not is_scope_name(name, outermost=not self._name_stack):
            raise ValueError(f"{name!r} is not a valid scope name{_WHICH_NAMES}")
        return name[:-1] if name[-1] == "/" else self.unique_name(name)

    def get_name_scope(self) -> str:
        """The open name scope, such as ``"a/b"``; empty at the root."""
        return self._name_stack

    # -- blocks --------------------------------------------------------------------------------------------------------

    def as_default(self) -> AbstractContextManager[Graph]:
        """A block in which this graph is the default graph of the thread."""
        return default_graphs.pushed(self)

    @contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """A block whose new nodes run only after ``control_inputs``; None opens a block that waits for nothing."""
        old, old_context = self._control_dependencies, self._control_flow_context
        if control_inputs is None:
            self._control_dependencies, self._control_flow_context = [], None
        else:
            operations = [self._as_control_input(item) for item in control_inputs]
            if old_context is not None:
                operations = [old_context.add_control_input(op) for op in operations]
            # What an outer block waits for is not waited for again, not even by nodes whose inputs wait for it.
            outer = set(self.current_control_inputs())
            new = [operation for operation in dict.fromkeys(operations) if operation not in outer]
            self._control_dependencies = [*old, ControlDependencies(new)]
        try:
            yield
        finally:
            self._control_dependencies, self._control_flow_context = old, old_context

    def _as_control_input(self, item: Any) -> Operation:
        if hasattr(item, "indices") and hasattr(item, "values"):  # IndexedSlices: what produces it is its values
            item = item.op
        element = self.as_graph_element(item)
        return element.op if isinstance(element, Tensor) else element

    def current_control_inputs(self) -> list[Operation]:
        """The control inputs that a node without inputs made here would get."""
        return [op for block in self._control_dependencies for op in block.control_inputs]

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """A block whose new nodes are placed on a device; a function gets each node and returns its device."""
        spec = device_name_or_function
        if spec is not None and not callable(spec):
            spec = spec if isinstance(spec, devices.DeviceSpec) else devices.DeviceSpec.from_string(str(spec))
        self._devices.append(spec)
        try:
            yield
        finally:
            self._devices.pop()

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """A block whose new nodes go where ``op`` is; None with ``ignore_existing`` forgets the open blocks."""
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        element = None if op is None else self._as_control_input(op)
        old_colocation, old_devices = self._colocation, self._devices
        if element is not None:
            # Colocation wins over the device blocks around it.
            self._devices = []
        self._colocation = [] if ignore_existing else list(old_colocation)
        if element is not None:
            self._colocation.append(element)
        try:
            yield
        finally:
            self._colocation, self._devices = old_colocation, old_devices

    @contextmanager
    def colocated_by_name(self, name: str) -> Iterator[None]:
        """A block whose new nodes belong to the group of a node that does not exist yet (a variable's initializer)."""
        old = self._colocated_by_name
        self._colocated_by_name = b"loc:@" + name.encode()
        try:
            yield
        finally:
            self._colocated_by_name = old

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """A block in which new nodes of some types differentiate by another registered gradient."""
        if not isinstance(op_type_map, dict) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()
        ):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        old = self._gradient_override
        self._gradient_override = {**old, **op_type_map}
        try:
            yield
        finally:
            self._gradient_override = old

    # -- looking things up ---------------------------------------------------------------------------------------------

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The Tensor or Operation that ``obj`` stands for: one of them, a name (str or bytes), or what holds a tensor.

        Raises:
          ValueError: if it belongs to another graph or is no valid name.
          KeyError: if no node has the name.
          TypeError: if it is of a type that stands for nothing.
        """
        convert = getattr(obj, "_as_graph_element", None)
        if convert is not None:
            obj = convert()
        if isinstance(obj, bytes):
            obj = obj.decode()
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation)
        if isinstance(obj, Tensor) and allow_tensor:
            self._check_mine(obj, obj.op)
            return obj
        if isinstance(obj, Operation) and allow_operation:
            self._check_mine(obj, obj)
            return obj
        wanted = _wanted(allow_tensor, allow_operation)
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")

    def _check_mine(self, obj: Any, op: Operation) -> None:
        if op.graph is not self:
            raise ValueError(f"{obj!r} is not an element of this graph. {self.of_another_graph(op)}")

    def of_another_graph(self, op: Operation) -> str:
        """What to say of a node of another graph that was looked for in this one."""
        made = f"It was made at {op.source}, in another graph" if op.source else "It is of another graph"
        if self._operations:
            return f"{made} (was tf.reset_default_graph() called in between, or is the session of another graph?)"
        return (
            f"{made}, and the session's graph is empty: pass the tensor's graph, tf.Session(graph=...), or make the "
            "session inside of `with graph.as_default():`"
        )

    def _named(self, name: str, allow_tensor: bool, allow_operation: bool) -> Any:
        if ":" in name and allow_tensor:
            op_name, _, index = name.rpartition(":")
            if ":" in op_name or not index.isdigit():
                raise ValueError(
                    f"The name {name!r} looks a like a Tensor name, but is not a valid one. Tensor names must be of "
                    'the form "<op_name>:<output_index>".'
                )
            op = self._by_name.get(op_name)
            if op is None:
                raise KeyError(
                    f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not "
                    f"exist in the graph.{self._nearest(op_name)}"
                )
            if int(index) >= len(op.outputs):
                raise KeyError(
                    f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, exists "
                    f"but only has {len(op.outputs)} outputs."
                )
            return op.outputs[int(index)]
        if ":" in name:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
        op = self._by_name.get(name)
        if not allow_operation:
            if op is not None:
                raise ValueError(
                    f"The name {name!r} refers to an Operation, not a Tensor. Tensor names must be of the form "
                    f'"<op_name>:<output_index>"; did you mean "{name}:0"?'
                )
            raise ValueError(
                f"The name {name!r} looks like an (invalid) Operation name, not a Tensor. Tensor names must be of the "
                f'form "<op_name>:<output_index>".{self._nearest(name)}'
            )
        if op is None:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.{self._nearest(name)}")
        return op

    def _nearest(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._by_name, n=3)
        return f" The nearest names are: {', '.join(close)}." if close else ""

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor called ``name``, such as ``"dense/BiasAdd:0"``."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        found: Tensor = self.as_graph_element(name, allow_tensor=True, allow_operation=False)
        return found

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation called ``name``, such as ``"dense/BiasAdd"``."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        found: Operation = self.as_graph_element(name, allow_tensor=False, allow_operation=True)
        return found

    def prevent_feeding(self, tensor: Tensor) -> None:
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        return tensor not in self._unfeedable

    def prevent_fetching(self, element: Tensor | Operation) -> None:
        self._unfetchable.add(element)

    def is_fetchable(self, element: Tensor | Operation) -> bool:
        op = element.op if isinstance(element, Tensor) else element
        return element not in self._unfetchable and op not in self._unfetchable

    # -- looking at it -------------------------------------------------------------------------------------------------

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """The graph as a GraphDef protobuf message."""
        return provided("graph_def")(self, from_version, add_shapes)

    def to_networkx(self) -> Any:
        """The graph as a ``networkx.MultiDiGraph`` of operation names."""
        return provided("networkx_graph")(self)

    def _repr_html_(self) -> str:
        """The graph as a notebook shows it: an interactive picture."""
        return provided("notebook_picture")(self)  # type: ignore[no-any-return]

    @property
    def graph_def_versions(self) -> Any:
        return self.as_graph_def().versions


def _wanted(allow_tensor: bool, allow_operation: bool) -> str:
    if allow_tensor and allow_operation:
        return "Tensor or Operation"
    return "Tensor" if allow_tensor else "Operation"


def graph_of(values: Iterable[Any]) -> Graph:
    """The graph of the tensors and operations among ``values``, or else the default graph.

    Raises:
      ValueError: if they belong to different graphs.
    """
    first: Any = None
    for value in values:
        graph = getattr(value, "graph", None)
        if not isinstance(graph, Graph):
            continue
        if first is None:
            first = value
        elif graph is not first.graph:
            raise ValueError(f"{_told(value)} must be from the same graph as {_told(first)}.")
    if first is not None:
        found: Graph = first.graph
        return found
    from graphrt.graph.stacks import get_default_graph

    return get_default_graph()


def _made_at(op: Operation) -> str:
    return f", made at {op.source}" if op.source is not None else ""


def _told(element: Any) -> str:
    op = element if isinstance(element, Operation) else getattr(element, "op", None)
    source = getattr(op, "source", None)
    return f"{element}" + (f" (made at {source})" if source is not None else "")
