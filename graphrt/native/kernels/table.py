"""The CPU's table: which kernels do the work that a record describes.

Each function is called as ``function(record, inputs, outputs)``, with the shapes and types of the node's inputs and
outputs, and returns a Lowering, or None where there is no code for these. Kernels are written for what the pointers of
a node are: its inputs, then its outputs, those included that the record has made known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphrt.native.kernel import Lowering
from graphrt.native.kernels.operands import Operands

Make = Callable[[Any, Operands, Operands], "Lowering | None"]


def kernels(record: object, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The kernels for a record; None where there are none for these shapes and types.

    Raises:
      TypeError: if it is no record of work, or of a family that this table does not know.
    """
    make = _KNOWN.get(type(record))
    if make is None:
        family = _FAMILIES.get(type(record).__module__.rpartition(".")[2])
        if family is None:
            raise TypeError(
                f"expected a record of graphrt/native/records/ that the CPU has kernels for, got {record!r}"
            )
        _KNOWN.update(family())
        make = _KNOWN[type(record)]
    return make(record, inputs, outputs)


# A family of records is a file of graphrt/native/records/. It is imported, with its kernels, when it is first met: a
# plan has nodes of a few.


def _assertion() -> dict[type, Make]:
    from graphrt.native.kernels import assertion
    from graphrt.native.records.assertion import Assertion

    return {Assertion: assertion.holds}


def _axes() -> dict[type, Make]:
    from graphrt.native.kernels import along
    from graphrt.native.records import axes

    return {axes.ArgExtreme: along.arg_extreme, axes.Scan: along.scan}


def _indices() -> dict[type, Make]:
    from graphrt.native.kernels import gathers
    from graphrt.native.records import indices

    return {
        indices.Gather: gathers.gather,
        indices.GatherSlices: gathers.gather_slices,
        indices.OneHot: gathers.one_hot,
    }


def _movement() -> dict[type, Make]:
    from graphrt.native.kernels import copies
    from graphrt.native.records import movement

    return {movement.Copies: copies.copies, movement.Pad: copies.pad, movement.Band: copies.band}


def _normalization() -> dict[type, Make]:
    from graphrt.native.kernels import batch_norm, response_norm
    from graphrt.native.records import normalization

    return {
        normalization.BatchNorm: batch_norm.forward,
        normalization.BatchNormGradient: batch_norm.backward,
        normalization.ResponseNorm: response_norm.forward,
        normalization.ResponseNormGradient: response_norm.backward,
    }


def _products() -> dict[type, Make]:
    from graphrt.native.kernels import matmul
    from graphrt.native.records import products

    return {products.Product: matmul.product}


def _random() -> dict[type, Make]:
    from graphrt.native.kernels import philox
    from graphrt.native.records import random

    return {random.Draw: philox.draw}


def _rows() -> dict[type, Make]:
    from graphrt.native.kernels import rows, softmax, squares
    from graphrt.native.records import rows as records

    return {
        records.Softmax: softmax.softmax,
        records.CrossEntropy: softmax.cross_entropy,
        records.InTopK: rows.in_top_k,
        records.ReverseSequence: rows.reverse_sequence,
        records.CheckFinite: rows.check_finite,
        records.HalfSquare: squares.half_square,
    }


def _windows() -> dict[type, Make]:
    from graphrt.native.kernels import windowed
    from graphrt.native.records import windows

    return {
        windows.Convolution: windowed.convolution,
        windows.Pool: windowed.pool,
        windows.PoolGradient: windowed.pool_gradient,
    }


_FAMILIES = {
    "assertion": _assertion,
    "axes": _axes,
    "indices": _indices,
    "movement": _movement,
    "normalization": _normalization,
    "products": _products,
    "random": _random,
    "rows": _rows,
    "windows": _windows,
}
_KNOWN: dict[type, Make] = {}
