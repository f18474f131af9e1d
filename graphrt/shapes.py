"""Static shapes: what is known of a tensor's shape before anything runs.

A TensorShape may know nothing (unknown rank), the rank and some dimensions, or everything.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

from graphrt.export import export
from graphrt.provided import provided

Dims = tuple["int | None", ...]


@export("Dimension")
class Dimension:
    """One dimension of a TensorShape: ``.value`` is an int, or None where it is unknown.

    Arithmetic with an unknown gives an unknown; comparing with an unknown gives None, as in TF1.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        if value is None:
            self._value: int | None = None
        elif isinstance(value, Dimension):
            self._value = value._value
        else:
            self._value = _dimension(value)

    @property
    def value(self) -> int | Any:
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        other = as_dimension(other)
        return self._value is None or other._value is None or self._value == other._value

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        other = as_dimension(other)
        self.assert_is_compatible_with(other)
        return other if self._value is None else self

    def _with(self, other: Any, function: Any) -> Any:
        try:
            other = as_dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self._value is None or other._value is None:
            return Dimension(None)
        return Dimension(function(self._value, other._value))

    def __add__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, lambda mine, theirs: theirs - mine)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        return self._with(other, operator.mul)

    def __floordiv__(self, other: Any) -> Any:
        return self._with(other, operator.floordiv)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._with(other, lambda mine, theirs: theirs // mine)

    def __mod__(self, other: Any) -> Any:
        return self._with(other, operator.mod)

    def __rmod__(self, other: Any) -> Any:
        return self._with(other, lambda mine, theirs: theirs % mine)

    def __truediv__(self, other: Any) -> Any:
        raise TypeError(
            f"unsupported operand type(s) for /: 'Dimension' and {type(other).__name__!r}, please use // instead"
        )

    def __rtruediv__(self, other: Any) -> Any:
        raise TypeError(
            f"unsupported operand type(s) for /: {type(other).__name__!r} and 'Dimension', please use // instead"
        )

    def _compared(self, other: Any, function: Any) -> Any:
        other = as_dimension(other)
        if self._value is None or other._value is None:
            return None
        return function(self._value, other._value)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)

    def __eq__(self, other: object) -> Any:
        try:
            return self._compared(other, operator.eq)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other: object) -> Any:
        try:
            return self._compared(other, operator.ne)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __int__(self) -> int:
        return self._value  # type: ignore[return-value]  # int() itself raises for an unknown

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"


def as_dimension(value: Any) -> Dimension:
    """``value`` as a Dimension."""
    return value if isinstance(value, Dimension) else Dimension(value)


def _dimension(value: Any) -> int | None:
    """``value`` (an int, None or a Dimension) as an int or None."""
    if value is None:
        return None
    if type(value) is not int:
        if isinstance(value, Dimension):
            return value._value
        if isinstance(value, (str, bytes)):
            raise TypeError(f"Dimension value must be an integer or None, got {value!r}")
        if not hasattr(value, "__index__") and int(value) != value:
            raise ValueError(f"Ambiguous dimension: {value}")
        value = int(value)
    if value < 0:
        raise ValueError(f"Dimension {value} must be >= 0")
    return int(value)


@export("TensorShape")
class TensorShape:
    """The static shape of a tensor: ``TensorShape([None, 784])``, ``TensorShape(None)`` for an unknown rank."""

    __slots__ = ("_dims",)

    def __init__(self, dims: Any) -> None:
        self._dims: Dims | None
        if dims is None:
            self._dims = None
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif hasattr(dims, "unknown_rank"):  # a TensorShapeProto: -1 stands for an unknown dimension
            self._dims = None if dims.unknown_rank else tuple(None if d.size < 0 else d.size for d in dims.dim)
        elif isinstance(dims, Iterable) and not isinstance(dims, (str, bytes)):
            self._dims = tuple([_dimension(d) for d in dims])
        else:
            self._dims = (_dimension(dims),)

    @staticmethod
    def of(dims: Dims | None) -> TensorShape:
        """A shape from a tuple that is known to be valid: the fast way for shape functions."""
        shape = TensorShape.__new__(TensorShape)
        shape._dims = dims
        return shape

    @property
    def values(self) -> Dims | None:
        """The dimensions as a tuple of int and None; None for an unknown rank."""
        return self._dims

    @property
    def dims(self) -> list[Dimension] | None:
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    @property
    def rank(self) -> int | None:
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self) -> int | Any:
        return None if self._dims is None else len(self._dims)

    def as_list(self) -> list[Any]:
        """The dimensions as a list of int and None; ``ValueError`` for an unknown rank."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def as_proto(self) -> Any:
        """The TensorShapeProto of this shape."""
        return provided("shape_proto")(self)

    def num_elements(self) -> int | None:
        """How many elements such a tensor has, or None if that is not known."""
        if not self.is_fully_defined():
            return None
        count = 1
        for dimension in self._dims or ():
            count *= dimension  # type: ignore[operator]  # fully defined
        return count

    def is_fully_defined(self) -> bool:
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self) -> None:
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        """True if some tensor can have both shapes."""
        mine, theirs = self._dims, as_shape(other)._dims
        if mine is None or theirs is None:
            return True
        return len(mine) == len(theirs) and all(
            a is None or b is None or a == b for a, b in zip(mine, theirs, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def assert_same_rank(self, other: Any) -> None:
        other = as_shape(other)
        if self.ndims is not None and other.ndims is not None and self.ndims != other.ndims:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, of which it is now also known that its rank is ``rank``; ``ValueError`` if it is another."""
        if self._dims is None:
            return TensorShape.of((None,) * rank)
        if len(self._dims) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def merge_with(self, other: Any) -> TensorShape:
        """What is known when both shapes are known to hold; ``ValueError`` if they contradict each other."""
        shape = as_shape(other)
        mine, theirs = self._dims, shape._dims
        if theirs is None or mine == theirs:
            return self
        if mine is None:
            return shape
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return TensorShape.of(tuple([b if a is None else a for a, b in zip(mine, theirs, strict=True)]))

    def concatenate(self, other: Any) -> TensorShape:
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return UNKNOWN
        return TensorShape.of(self._dims + other._dims)

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The most that is true of both shapes."""
        mine, theirs = self._dims, as_shape(other)._dims
        if mine is None or theirs is None or len(mine) != len(theirs):
            return UNKNOWN
        return TensorShape.of(tuple([a if a == b else None for a, b in zip(mine, theirs, strict=True)]))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            if self._dims is not None:
                return TensorShape.of(self._dims[key])
            start, stop = key.start or 0, key.stop
            if key.step not in (None, 1):
                raise ValueError("Steps are not yet handled")
            if stop is None or start < 0 or stop < 0:
                return UNKNOWN
            return TensorShape.of((None,) * max(stop - start, 0))
        return Dimension(None) if self._dims is None else Dimension(self._dims[key])

    def __iter__(self) -> Iterator[Dimension]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(d) for d in self._dims])

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self) -> bool:
        return self._dims is not None

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        return self._dims == other._dims

    def __ne__(self, other: object) -> bool:
        try:
            other = as_shape(other)
        except (TypeError, ValueError):
            return NotImplemented
        return self._dims != other._dims

    def __hash__(self) -> int:
        return hash(self._dims)

    def __str__(self) -> str:
        if self._dims is None:
            return "<unknown>"
        if len(self._dims) == 1:
            return f"({'?' if self._dims[0] is None else self._dims[0]},)"
        return "(" + ", ".join("?" if d is None else str(d) for d in self._dims) + ")"

    def __repr__(self) -> str:
        return "TensorShape(None)" if self._dims is None else f"TensorShape({[Dimension(d) for d in self._dims]})"

    def __reduce__(self) -> Any:
        return TensorShape, (None if self._dims is None else list(self._dims),)


UNKNOWN = TensorShape(None)
SCALAR = TensorShape(())


def as_shape(value: Any) -> TensorShape:
    """``value`` (a TensorShape, None, an int or a sequence of int, None and Dimension) as a TensorShape."""
    return value if type(value) is TensorShape else TensorShape(value)


def unknown_shape(rank: int | None = None) -> TensorShape:
    """A shape of which at most the rank is known."""
    return UNKNOWN if rank is None else TensorShape.of((None,) * rank)


def brackets(shape: TensorShape) -> str:
    """A shape as TF1's C++ messages print it: ``[?,784]``, ``<unknown>``."""
    if shape.values is None:
        return "<unknown>"
    return "[" + ",".join("?" if d is None else str(d) for d in shape.values) + "]"


class CannotBroadcast(ValueError):
    """Two dimensions that must be equal, or one of them 1, are neither."""


def broadcast(a: TensorShape, b: TensorShape) -> TensorShape:
    """The static shape of an elementwise operation on two tensors.

    Raises:
      CannotBroadcast: "Dimensions must be equal, but are 3 and 4".
    """
    x, y = a.values, b.values
    if x is None or y is None:
        return UNKNOWN
    if x == y and None not in x:
        return a
    rank = max(len(x), len(y))
    x = (1,) * (rank - len(x)) + x
    y = (1,) * (rank - len(y)) + y
    return TensorShape.of(tuple([_broadcast_dimension(m, n) for m, n in zip(x, y, strict=True)]))


def _broadcast_dimension(m: int | None, n: int | None) -> int | None:
    if m == n or n == 1:
        return m
    if m == 1:
        return n
    if m is None or n is None:
        # An unknown against a known n > 1 must turn out to be 1 or n: the result is n either way. As in TF1, nothing is
        # concluded from a known 0.
        return m or n or None
    raise CannotBroadcast(f"Dimensions must be equal, but are {m} and {n}")


def absorbs(mine: TensorShape, other: TensorShape) -> bool:
    """True if broadcasting against ``other`` cannot change the shape ``mine``."""
    if mine.values is None or other.values is None or len(other.values) > len(mine.values):
        return False
    aligned = mine.values[len(mine.values) - len(other.values) :]
    return all(
        theirs == 1 or (theirs is not None and theirs == ours)
        for ours, theirs in zip(aligned, other.values, strict=True)
    )


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two broadcast shapes give; ``ValueError`` where they do not fit."""
    x, y = as_shape(shape_x), as_shape(shape_y)
    try:
        return broadcast(x, y)
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting: {x} and {y}") from None
