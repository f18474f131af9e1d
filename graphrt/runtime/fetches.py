"""Fetches: any structure of tensors, operations and names, and the same structure of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphrt.autodiff import unconnected
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor

Rebuild = Callable[[Sequence[Any]], Any]

# Composite fetches: type -> (their tensors, how their value is made of the tensors' values)
_COMPOSITES: list[tuple[type, Callable[[Any], list[Any]], Callable[[list[Any]], Any]]] = []


def register_composite_fetch(
    kind: type, tensors: Callable[[Any], list[Any]], rebuild: Callable[[list[Any]], Any]
) -> None:
    """Declares that objects of ``kind`` (sparse tensors, say) may be fetched."""
    _COMPOSITES.append((kind, tensors, rebuild))


class Fetches:
    """The elements of a structure, each once, and how to make the structure of their values."""

    def __init__(self, graph: Graph, structure: Any) -> None:
        self._graph = graph
        self.elements: dict[Tensor | Operation, int] = {}
        self.rebuild = self._plan(structure)

    def _plan(self, structure: Any) -> Rebuild:
        if structure is None:
            raise self._nothing([structure], 0)
        for kind, tensors, make in _COMPOSITES:
            if isinstance(structure, kind):
                parts = [self._plan(tensor) for tensor in tensors(structure)]
                return lambda values: make([part(values) for part in parts])
        if isinstance(structure, (list, tuple)):
            return self._sequence(structure)
        if isinstance(structure, Mapping):
            return self._mapping(structure)
        if hasattr(type(structure), "__attrs_attrs__"):
            names = [field.name for field in type(structure).__attrs_attrs__]
            inner = self._sequence([getattr(structure, name) for name in names])
            return lambda values: type(structure)(*inner(values))
        return self._element(structure)

    def _nothing(self, siblings: Sequence[Any], at: int) -> TypeError:
        """The error for a None among the items of a structure: most often, a gradient that does not exist."""
        why = unconnected.explained(self._graph, siblings, at)
        return TypeError(f"Fetch argument None has invalid type {type(None)}{why}")

    def _sequence(self, structure: Any) -> Rebuild:
        for at, item in enumerate(structure):
            if item is None:
                raise self._nothing(structure, at)
        parts = [self._plan(item) for item in structure]
        kind = type(structure)
        if kind is list:
            return lambda values: [part(values) for part in parts]
        if kind is tuple:
            return lambda values: tuple([part(values) for part in parts])
        if hasattr(kind, "_fields"):
            return lambda values: kind(*[part(values) for part in parts])
        return lambda values: kind([part(values) for part in parts])

    def _mapping(self, structure: Any) -> Rebuild:
        kind = type(structure)
        for at, item in enumerate(structure.values()):
            if item is None:
                raise self._nothing(list(structure.values()), at)
        parts = {key: self._plan(item) for key, item in structure.items()}
        return lambda values: kind((key, part(values)) for key, part in parts.items())

    def _element(self, item: Any) -> Rebuild:
        try:
            element = self._graph.as_graph_element(item, allow_tensor=True, allow_operation=True)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {item!r} has invalid type {type(item)}, must be a string or Tensor. ({error})"
            ) from error
        except ValueError as error:
            raise ValueError(f"Fetch argument {item!r} cannot be interpreted as a Tensor. ({error})") from error
        except KeyError as error:
            raise ValueError(f"Fetch argument {item!r} cannot be interpreted as a Tensor. ({error})") from error
        if not self._graph.is_fetchable(element):
            raise ValueError(f"Operation {element.name!r} has been marked as not fetchable.")
        if isinstance(element, Operation):
            self.elements.setdefault(element, len(self.elements))
            return lambda values: None
        at = self.elements.setdefault(element, len(self.elements))
        return lambda values: values[at]


def told_of_other_graphs(graph: Graph, fetches: Any) -> str:
    """Why a graph without nodes cannot give these fetches: a second sentence for the error."""
    if isinstance(fetches, Mapping):
        fetches = list(fetches.values())
    for item in fetches if isinstance(fetches, (list, tuple)) else [fetches]:
        element = item._as_graph_element() if hasattr(item, "_as_graph_element") else item
        if isinstance(element, (Tensor, Operation)):
            op = element.op if isinstance(element, Tensor) else element
            return f"\n  {element.name!r} is not in it. {graph.of_another_graph(op)}"
        if isinstance(element, (list, tuple, Mapping)) and element:
            return told_of_other_graphs(graph, element)
    return "\n  A session that is made without graph= takes the graph that is the default one at that time"
