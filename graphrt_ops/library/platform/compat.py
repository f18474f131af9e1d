"""tf.compat: text and bytes under Python 2 and 3, and other small differences between versions."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np

from graphrt.export import export_values
from graphrt.opdef import export

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)

export_values(
    __name__,
    {f"compat.{name}": name for name in ("integral_types", "real_types", "complex_types", "bytes_or_text_types")},
)


@export("compat.as_bytes")
def as_bytes(bytes_or_text, encoding="utf-8") -> bytes:
    """The bytes of a str in ``encoding``; bytes stay as they are. TypeError for anything else.

    >>> import graphrt as tf
    >>> tf.compat.as_bytes("é"), tf.compat.as_bytes(b"e")
    (b'\\xc3\\xa9', b'e')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_text", "compat.as_str")
def as_text(bytes_or_text, encoding="utf-8") -> str:
    """The str that bytes spell in ``encoding``; a str stays as it is. TypeError for anything else.

    >>> import graphrt as tf
    >>> tf.compat.as_text(b"e"), tf.compat.as_str("e")
    ('e', 'e')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_str_any")
def as_str_any(value) -> str:
    """A str of anything: of bytes what they spell, of other values what ``str`` makes of them.

    >>> import graphrt as tf
    >>> tf.compat.as_str_any(b"e"), tf.compat.as_str_any(3)
    ('e', '3')
    """
    return as_text(value) if isinstance(value, bytes) else str(value)


@export("compat.path_to_str")
def path_to_str(path) -> Any:
    """The str of a path object; anything else as it is.

    >>> import pathlib
    >>> import graphrt as tf
    >>> tf.compat.path_to_str(pathlib.PurePosixPath("a") / "b")
    'a/b'
    """
    return as_text(os.fspath(path)) if hasattr(path, "__fspath__") else path


@export("compat.dimension_value", "dimension_value")
def dimension_value(dimension) -> Any:
    """The number (or None) of a ``tf.Dimension``; anything else as it is.

    >>> import graphrt as tf
    >>> tf.compat.dimension_value(tf.TensorShape([None, 3])[1])
    3
    """
    return dimension.value if hasattr(dimension, "value") else dimension


@export("compat.dimension_at_index", "dimension_at_index")
def dimension_at_index(shape, index) -> Any:
    """The ``tf.Dimension`` of a shape at ``index``; an unknown one if the rank is unknown.

    >>> import graphrt as tf
    >>> tf.compat.dimension_at_index(tf.TensorShape([None, 3]), 1)
    Dimension(3)
    """
    return type(shape)([None])[0] if shape.ndims is None else shape.dims[index]
