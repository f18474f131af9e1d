"""tf.nest: structures of lists, tuples, dictionaries and named tuples, taken apart and put together again.

Dictionaries are walked in the order of their sorted keys. Composite values (IndexedSlices, SparseTensor) are leaves,
unless ``expand_composites`` says that their tensors are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphrt.export import export
from graphrt.opdef.indexed_slices import IndexedSlices

Parts = Callable[[Any], list[Any]]

COMPOSITES: dict[type, tuple[Parts, Callable[[list[Any]], Any]]] = {
    IndexedSlices: (
        lambda s: [s.values, s.indices] + ([] if s.dense_shape is None else [s.dense_shape]),
        lambda parts: IndexedSlices(*parts),
    )
}
"""The composite types: how one is taken apart into tensors, and made of them."""


def _children(value: Any, expand_composites: bool) -> list[Any] | None:
    """The parts of a structure; None for a leaf."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        return [value[key] for key in _sorted_keys(value)]
    if hasattr(type(value), "__attrs_attrs__"):
        return [getattr(value, field.name) for field in type(value).__attrs_attrs__]
    if expand_composites and type(value) in COMPOSITES:
        return COMPOSITES[type(value)][0](value)
    return None


def _sorted_keys(value: Mapping) -> list[Any]:
    try:
        return sorted(value)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


def _rebuilt(like: Any, parts: list[Any]) -> Any:
    """A structure of the type of ``like`` with these parts."""
    kind = type(like)
    if isinstance(like, Mapping):
        by_key = dict(zip(_sorted_keys(like), parts, strict=True))
        return kind((key, by_key[key]) for key in like)
    if hasattr(kind, "_fields") or hasattr(kind, "__attrs_attrs__"):
        return kind(*parts)
    if kind in COMPOSITES:
        return COMPOSITES[kind][1](parts)
    return kind(parts)


@export("nest.is_nested")
def is_nested(seq: Any) -> bool:
    """True if ``seq`` is a list, tuple, dictionary or named tuple, and not a leaf."""
    return _children(seq, False) is not None


@export("nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure, in order; a leaf alone gives a list of itself.

    >>> import graphrt as tf
    >>> tf.nest.flatten({"b": 1, "a": [2, (3,)]})
    [2, 3, 1]
    """
    return list(_leaves(structure, expand_composites))


def _leaves(structure: Any, expand_composites: bool) -> Iterator[Any]:
    parts = _children(structure, expand_composites)
    if parts is None:
        yield structure
        return
    for part in parts:
        yield from _leaves(part, expand_composites)


@export("nest.assert_same_structure")
def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises unless the two structures have leaves in the same places.

    Raises:
      ValueError: if they do not. TypeError: with ``check_types``, if sequences differ in type.
    """
    text = f"\n\nFirst structure: {nest1}\n\nSecond structure: {nest2}"
    _check_same(nest1, nest2, check_types, expand_composites, text)


def _check_same(first: Any, second: Any, check_types: bool, expand: bool, text: str) -> None:
    mine, theirs = _children(first, expand), _children(second, expand)
    if (mine is None) != (theirs is None):
        which, other = (first, second) if mine is not None else (second, first)
        raise ValueError(
            f"The two structures don't have the same nested structure.{text}\n\nMore specifically: {which} is a "
            f"sequence, {other} is not"
        )
    if mine is None or theirs is None:
        return
    if check_types and type(first) is not type(second) and not _same_kind(first, second):
        raise TypeError(
            "The two structures don't have the same sequence type. First structure has type "
            f"{type(first).__name__}, while second structure has type {type(second).__name__}.{text}"
        )
    if isinstance(first, Mapping) and isinstance(second, Mapping) and set(first) != set(second):
        raise ValueError(f"The two dictionaries don't have the same set of keys.{text}")
    if len(mine) != len(theirs):
        raise ValueError(f"The two structures don't have the same number of elements.{text}")
    for a, b in zip(mine, theirs, strict=True):
        _check_same(a, b, check_types, expand, text)


def _same_kind(first: Any, second: Any) -> bool:
    """Dictionaries of any type are alike, and so are named tuples of one name and fields."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return True
    kind, other = type(first), type(second)
    fields = getattr(kind, "_fields", None)
    return fields is not None and fields == getattr(other, "_fields", None) and kind.__name__ == other.__name__


@export("nest.map_structure")
def map_structure(func: Callable, *structure: Any, **kwargs: Any) -> Any:
    """The structure of ``func(leaf of each structure)``; all structures must be alike.

    Keyword arguments: ``check_types`` (True) and ``expand_composites`` (False), as in ``assert_same_structure``.

    >>> import graphrt as tf
    >>> tf.nest.map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types, expand = kwargs.pop("check_types", True), kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(f"Only valid keyword arguments are `check_types` and `expand_composites`, not: {list(kwargs)}")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types, expand_composites=expand)
    rows = zip(*[flatten(one, expand) for one in structure], strict=True)
    return pack_sequence_as(structure[0], [func(*row) for row in rows], expand)


@export("nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """A structure like ``structure`` with the elements of ``flat_sequence`` as leaves.

    Raises:
      ValueError: if the number of leaves differs.
    """
    if not isinstance(flat_sequence, (list, tuple)):
        raise TypeError("flat_sequence must be a sequence")
    wanted = len(flatten(structure, expand_composites))
    if wanted != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} elements, but flat_sequence had {len(flat_sequence)} "
            f"elements.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _packed(structure, iter(flat_sequence), expand_composites)


def _packed(structure: Any, leaves: Iterator[Any], expand_composites: bool) -> Any:
    parts = _children(structure, expand_composites)
    if parts is None:
        return next(leaves)
    return _rebuilt(structure, [_packed(part, leaves, expand_composites) for part in parts])
