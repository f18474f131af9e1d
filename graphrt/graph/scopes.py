"""The ``with`` blocks and collection functions that act on the default graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any

from graphrt.export import export
from graphrt.graph.graph import graph_of
from graphrt.graph.stacks import default_graphs, get_default_graph


@export("name_scope", "keras.backend.name_scope")
class name_scope:  # noqa: N801 (the name is TF1's)
    """A block whose new nodes get names that start with ``name/``.

    With ``values``, the block is opened in the graph of those tensors. ``name=None`` falls back on ``default_name``.
    ``with`` gives the prefix, ``"name/"``.
    """

    __slots__ = ("_default_name", "_graph", "_name", "_old", "_pushed", "_values")

    def __init__(self, name: str | None, default_name: str | None = None, values: Iterable[Any] | None = None) -> None:
        if default_name is not None and not isinstance(default_name, str):
            raise TypeError(
                f"`default_name` type ({type(default_name)}) is not a string type. You likely meant to pass this into "
                "the `values` kwarg."
            )
        if name is None and values is not None and default_name is None:
            raise ValueError(f"At least one of name ({name}) and default_name ({default_name}) must be provided.")
        self._name = default_name if name is None else name
        self._default_name = default_name
        self._values = values

    @property
    def name(self) -> str | None:
        return self._name

    def __enter__(self) -> str:
        graph = get_default_graph() if self._values is None else graph_of(self._values)
        old = graph._name_stack
        graph._name_stack = graph.opened_scope(self._name)
        self._graph, self._old = graph, old
        self._pushed = self._values is not None
        if self._pushed:
            default_graphs.items.append(graph)
        return graph._name_stack + "/" if graph._name_stack else ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pushed:
            default_graphs.items.pop()
        self._graph._name_stack = self._old


@export("op_scope")
def op_scope(values: Iterable[Any], name: str | None, default_name: str | None = None) -> name_scope:
    """The old spelling of ``name_scope(name, default_name, values)``."""
    return name_scope(name, default_name=default_name, values=values)


@export("control_dependencies")
def control_dependencies(control_inputs: Any) -> AbstractContextManager[None]:
    """A block of the default graph whose new nodes run only after ``control_inputs`` (operations or tensors)."""
    return get_default_graph().control_dependencies(control_inputs)


@export("device")
def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """A block of the default graph whose new nodes are placed on a device, such as ``"/cpu:0"`` or ``"/gpu:0"``."""
    return get_default_graph().device(device_name_or_function)


@export("init_scope")
@contextmanager
def init_scope() -> Iterator[None]:
    """A block for initialization: control dependencies and conditional contexts around it do not apply in it."""
    with get_default_graph().control_dependencies(None):
        yield


@export("colocate_with")
def colocate_with(op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
    """A block of the default graph whose new nodes are placed where ``op`` is."""
    return get_default_graph().colocate_with(op, ignore_existing)


@export("container")
def container(container_name: str) -> AbstractContextManager[None]:
    """Not supported: graphrt's variables live in the session, which has one container."""
    raise NotImplementedError(
        f"tf.container({container_name!r}): resource containers are not supported; remove the block"
    )


@export("add_to_collection")
def add_to_collection(name: Any, value: Any) -> None:
    """Appends ``value`` to a collection of the default graph."""
    get_default_graph().add_to_collection(name, value)


@export("add_to_collections")
def add_to_collections(names: Any, value: Any) -> None:
    """Appends ``value`` to several collections of the default graph."""
    get_default_graph().add_to_collections(names, value)


@export("get_collection")
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph; with ``scope``, the items whose names match it at their start."""
    return get_default_graph().get_collection(key, scope)


@export("get_collection_ref")
def get_collection_ref(key: Any) -> list[Any]:
    """A collection of the default graph itself: changing the list changes the collection."""
    return get_default_graph().get_collection_ref(key)
