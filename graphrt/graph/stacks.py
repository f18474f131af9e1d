"""What is the default in this thread: the graph that calls add nodes to, and the session that ``eval()`` uses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphrt.export import export

if TYPE_CHECKING:
    from graphrt.graph.graph import Graph

T = TypeVar("T")


class DefaultStack(threading.local, Generic[T]):
    """A stack per thread; blocks must nest."""

    def __init__(self) -> None:
        self.items: list[T] = []

    def top(self) -> T | None:
        return self.items[-1] if self.items else None

    @contextmanager
    def pushed(self, item: T) -> Iterator[T]:
        self.items.append(item)
        try:
            yield item
        finally:
            if self.items[-1] is not item:
                raise AssertionError(f"Nesting violated for default stack of {type(item)} objects")
            self.items.pop()


default_graphs: DefaultStack[Graph] = DefaultStack()
default_sessions: DefaultStack[Any] = DefaultStack()

_process_graph: Graph | None = None


@export("get_default_graph")
def get_default_graph() -> Graph:
    """The graph that calls add nodes to: that of the innermost ``with graph.as_default()``, else the process's."""
    stack = default_graphs.items
    if stack:
        return stack[-1]
    global _process_graph
    if _process_graph is None:
        from graphrt.graph.graph import Graph

        _process_graph = Graph()
    return _process_graph


@export("reset_default_graph")
def reset_default_graph() -> None:
    """Starts a new, empty default graph; ``AssertionError`` inside a ``with graph.as_default()`` block."""
    if default_graphs.items:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting "
            "and create a new graph."
        )
    from graphrt.graph.graph import Graph

    global _process_graph
    _process_graph = Graph()


@export("get_default_session")
def get_default_session() -> Any:
    """The session of this thread's innermost open block (``with sess:``, ``with sess.as_default():``), or None."""
    return default_sessions.top()
