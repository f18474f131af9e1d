"""Attribute values of nodes as AttrValue messages, and back.

An attribute is a bool, int, float, bytes, DType, TensorShape, array (a tensor), or a list of one of those.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphrt.dtypes import DType, as_dtype, of_array
from graphrt.formats import messages
from graphrt.formats.allowance import Allowance
from graphrt.formats.tensor_proto import array_from_proto, compressed
from graphrt.shapes import TensorShape

_MOST_DIMENSIONS = 254  # TensorFlow's


def to_proto(value: Any) -> Any:
    """`value` as an AttrValue.

    Raises:
      TypeError: there is no AttrValue for such a value.
    """
    proto = messages.AttrValue()
    if isinstance(value, (list, tuple)):
        proto.list.SetInParent()  # an empty list is a list, too
        for item in value:
            field, message = _single(item)
            getattr(proto.list, field).append(message)
        return proto
    field, message = _single(value)
    if field in ("shape", "tensor"):
        getattr(proto, field).CopyFrom(message)
    else:
        setattr(proto, field, message)
    return proto


def as_tf1_gives_it(value: Any) -> Any:
    """What `op.get_attr` returns for a value: strings as bytes, shapes and arrays as their messages, else itself."""
    if isinstance(value, (list, tuple)):
        return [as_tf1_gives_it(item) for item in value]
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, TensorShape):
        return shape_to_proto(value)
    if isinstance(value, np.ndarray):
        return compressed(value, of_array(value))
    return value


def from_proto(proto: Any, allowance: Allowance) -> Any:
    """The value that an AttrValue holds: the inverse of `to_proto`. Strings are str, or bytes if they are not UTF-8.

    Raises:
      ValueError: it is empty, a placeholder of a function, or a function; or it is a tensor that would be larger than
        the `allowance`.
      TypeError: it is a type that there is not, or a tensor of a type that has no arrays.
    """
    field = proto.WhichOneof("value")
    if field == "list":
        for inner, values in proto.list.ListFields():
            return [_value(inner.name, value, allowance) for value in values]
        return []
    return _value(field, getattr(proto, field) if field else None, allowance)


def shape_to_proto(shape: TensorShape) -> Any:
    """A TensorShape as a TensorShapeProto."""
    proto = messages.TensorShapeProto()
    if shape.values is None:
        proto.unknown_rank = True
    else:
        for size in shape.values:
            proto.dim.add(size=-1 if size is None else size)
    return proto


def shape_from_proto(proto: Any) -> TensorShape:
    """A TensorShapeProto as a TensorShape.

    Raises:
      ValueError: it has dimensions below -1, or more elements than can be counted.
    """
    if proto.unknown_rank:
        if proto.dim:
            raise ValueError("a shape of unknown rank cannot have dimensions")
        return TensorShape(None)
    sizes = [dim.size for dim in proto.dim]
    if any(size < -1 for size in sizes) or len(sizes) > _MOST_DIMENSIONS:
        raise ValueError(f"a shape has at most {_MOST_DIMENSIONS} dimensions of at least -1 (unknown)")
    if math.prod(size for size in sizes if size > 0) > 2**63 - 1:
        raise ValueError(f"Shape {sizes} is too large (more than 2**63 - 1 entries)")
    return TensorShape([None if size == -1 else size for size in sizes])


def _single(value: Any) -> tuple[str, Any]:
    """The field of AttrValue for a single value, and what goes into it."""
    if isinstance(value, (bool, np.bool_)):  # before int: a bool is one
        return "b", bool(value)
    if isinstance(value, (int, np.integer)):
        return "i", int(value)
    if isinstance(value, (float, np.floating)):
        return "f", float(value)
    if isinstance(value, (str, bytes)):
        return "s", value.encode() if isinstance(value, str) else value
    if isinstance(value, DType):
        return "type", value.as_datatype_enum
    if isinstance(value, TensorShape):
        return "shape", shape_to_proto(value)
    if isinstance(value, np.ndarray):
        return "tensor", compressed(value, of_array(value))
    raise TypeError(f"an attribute that is a {type(value).__name__} has no form in a GraphDef: {value!r}")


def _value(field: str | None, value: Any, allowance: Allowance) -> Any:
    if field in ("b", "i", "f"):
        return value
    if field == "s":
        return _text(value)
    if field == "type":
        return as_dtype(value)
    if field == "shape":
        return shape_from_proto(value)
    if field == "tensor":
        return array_from_proto(value, allowance)
    raise ValueError(f"an attribute of kind {field!r} is not supported")


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
