"""What shape functions and kernels of square matrices share."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from graphrt.dtypes import COMPLEX, float32, float64
from graphrt.graph import Operation
from graphrt.shapes import UNKNOWN, TensorShape

MATRIX_TYPES = (float32, float64, *COMPLEX)


def matrices(shape: TensorShape) -> TensorShape:
    """``shape``, if it may be that of matrices."""
    return shape.with_rank_at_least(2)


def square(shape: TensorShape) -> TensorShape:
    """The shape of square matrices, each dimension as far as either of the two tells it.

    Raises:
      ValueError: if they are no matrices, or not square.
    """
    if shape.values is None:
        return UNKNOWN
    if len(shape.values) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(shape.values)}")
    *stack, rows, columns = shape.values
    if rows is not None and columns is not None and rows != columns:
        raise ValueError(f"Dimensions must be equal, but are {rows} and {columns}")
    size = rows if columns is None else columns
    return TensorShape.of((*stack, size, size))


def square_unchanged(op: Operation) -> TensorShape:
    """The shape of the first input, which holds square matrices."""
    return square(op.inputs[0].shape)


def one_a_matrix(op: Operation) -> TensorShape:
    """One number for each square matrix of the first input."""
    shape = square(op.inputs[0].shape)
    return UNKNOWN if shape.values is None else TensorShape.of(shape.values[:-2])


def check_square(matrix: Any) -> None:
    """Raises ValueError if an array does not hold square matrices."""
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"Input matrix must be square, got shape {list(matrix.shape)}")


def attempted(xp: Any, name: str, message: str, *arrays: Any, **options: Any) -> Any:
    """``xp.linalg.name(...)``, whose failure is reported in TF's words.

    CuPy looks at the outcome only where it is asked to, because the host then waits for the device.
    """
    function = getattr(xp.linalg, name)
    try:
        if xp is np or xp.__name__ != "cupy":
            return function(*arrays, **options)
        with importlib.import_module("cupyx").errstate(linalg="raise"):
            return function(*arrays, **options)
    except np.linalg.LinAlgError as error:
        raise ValueError(message) from error
