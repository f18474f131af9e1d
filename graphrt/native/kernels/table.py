"""The CPU's table: which kernels do the work that a record describes.

Each function in it is called as ``function(record, inputs, outputs)``, with the shapes and types of the node's inputs
and outputs, and returns a Lowering, or None where there is no code for these. Kernels are written for what the pointers
of a node are: its inputs, then its outputs, those included that the record has made known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphrt.native import records
from graphrt.native.kernel import Lowering
from graphrt.native.kernels.operands import Operands

Make = Callable[[Any, Operands, Operands], "Lowering | None"]


def kernels(record: object, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The kernels for a record; None where there are none for these shapes and types.

    Raises:
      TypeError: if it is no record of work that this table has.
    """
    make = _TABLE.get(type(record))
    if make is None:
        part = _PARTS.get(type(record))
        if part is None:
            raise TypeError(
                f"expected a record of graphrt/native/records.py that the CPU has kernels for, got {record!r}"
            )
        _TABLE.update(part())
        make = _TABLE[type(record)]
    return make(record, inputs, outputs)


# A part of the table is what a file of kernels does. It is imported when one of its records is first met: a plan has
# nodes of a few.


def _along() -> dict[type, Make]:
    from graphrt.native.kernels import along

    return {records.ArgExtreme: along.arg_extreme, records.Scan: along.scan}


def _assertion() -> dict[type, Make]:
    from graphrt.native.kernels import assertion

    return {records.Assertion: assertion.holds}


def _batch_norm() -> dict[type, Make]:
    from graphrt.native.kernels import batch_norm

    return {records.BatchNorm: batch_norm.forward, records.BatchNormGradient: batch_norm.backward}


def _copies() -> dict[type, Make]:
    from graphrt.native.kernels import copies

    return {records.Copies: copies.copies, records.Pad: copies.pad, records.Band: copies.band}


def _gathers() -> dict[type, Make]:
    from graphrt.native.kernels import gathers

    return {
        records.Gather: gathers.gather,
        records.GatherSlices: gathers.gather_slices,
        records.OneHot: gathers.one_hot,
    }


def _matmul() -> dict[type, Make]:
    from graphrt.native.kernels import matmul

    return {records.Product: matmul.product}


def _philox() -> dict[type, Make]:
    from graphrt.native.kernels import philox

    return {records.Draw: philox.draw}


def _response_norm() -> dict[type, Make]:
    from graphrt.native.kernels import response_norm

    return {records.ResponseNorm: response_norm.forward, records.ResponseNormGradient: response_norm.backward}


def _rows() -> dict[type, Make]:
    from graphrt.native.kernels import rows

    return {
        records.InTopK: rows.in_top_k,
        records.ReverseSequence: rows.reverse_sequence,
        records.CheckFinite: rows.check_finite,
    }


def _scatters() -> dict[type, Make]:
    from graphrt.native.kernels import scatters

    return {records.Scatter: scatters.scatter, records.Segments: scatters.segments}


def _softmax() -> dict[type, Make]:
    from graphrt.native.kernels import softmax

    return {records.Softmax: softmax.softmax, records.CrossEntropy: softmax.cross_entropy}


def _sparse_updates() -> dict[type, Make]:
    from graphrt.native.kernels import sparse_updates

    return {records.UpdateRows: sparse_updates.rows_updated}


def _squares() -> dict[type, Make]:
    from graphrt.native.kernels import squares

    return {records.HalfSquare: squares.half_square}


def _unique() -> dict[type, Make]:
    from graphrt.native.kernels import unique

    return {records.Unique: unique.first_occurrences}


def _windowed() -> dict[type, Make]:
    from graphrt.native.kernels import windowed

    return {
        records.Convolution: windowed.convolution,
        records.Pool: windowed.pool,
        records.PoolGradient: windowed.pool_gradient,
    }


_PARTS: dict[type, Callable[[], dict[type, Make]]] = {
    records.ArgExtreme: _along,
    records.Assertion: _assertion,
    records.Band: _copies,
    records.BatchNorm: _batch_norm,
    records.BatchNormGradient: _batch_norm,
    records.CheckFinite: _rows,
    records.Convolution: _windowed,
    records.Copies: _copies,
    records.CrossEntropy: _softmax,
    records.Draw: _philox,
    records.Gather: _gathers,
    records.GatherSlices: _gathers,
    records.HalfSquare: _squares,
    records.InTopK: _rows,
    records.OneHot: _gathers,
    records.Pad: _copies,
    records.Pool: _windowed,
    records.PoolGradient: _windowed,
    records.Product: _matmul,
    records.ResponseNorm: _response_norm,
    records.ResponseNormGradient: _response_norm,
    records.ReverseSequence: _rows,
    records.Scan: _along,
    records.Scatter: _scatters,
    records.Segments: _scatters,
    records.Softmax: _softmax,
    records.Unique: _unique,
    records.UpdateRows: _sparse_updates,
}
_TABLE: dict[type, Make] = {}
