"""Products of few rows with a large matrix, which are bound by reading it: BLAS would first copy it, in pieces.

    C[m, n] = A[m, k] * B[k, n]     rows of B in blocks, a strip of columns at a time, added to C in the cache
    C[m, n] = A[m, k] * B[n, k]'    three rows of B against eight of A, along the rows: dot products

Measured on two cores, 16 x 32768 x 1024: 30 ms by OpenBLAS, 4.5 GB/s of a memory that gives 27.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from graphrt.native.builder import F32, I64, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering, one

MOST_ROWS = 24
LEAST_BYTES = 1 << 20  # of the large matrix: one that stays in the cache is copied soon enough
_LONG_ROW = 1 << 14  # bytes
_DEPTH = 16  # rows of B that are read side by side


def _block(b: Builder) -> tuple[int, int]:
    """Rows and vectors (or rows of B) of a block, so that their accumulators fit into the registers."""
    return (8, 3) if b.lanes >= 16 else (4, 2)


def _lanes(b: Builder, element: Type) -> int:
    return max(1, b.lanes * F32.bytes // element.bytes)


def _row_blocks(rows: int, most: int) -> list[tuple[int, int]]:
    """The rows in blocks of nearly equal size: where each begins, and how many it has."""
    count = -(-rows // most)
    bounds = [rows * i // count for i in range(count + 1)]
    return [(first, last - first) for first, last in pairwise(bounds)]


class Plain:
    """C = A * B, cut into strips of columns, or into ranges of rows of B, whose products are then added up.

    Rows of B that are short are read as they lie in memory only if a range takes whole rows.
    """

    STRIP = 48
    PARTS = 8

    def __init__(self, element: Type, m: int, n: int, k: int) -> None:
        self.element, self.m, self.n, self.k = element, m, n, k
        self.by_rows = n * element.bytes < _LONG_ROW and k >= _DEPTH * self.PARTS
        self.rows = -(-k // self.PARTS)  # of B in a part

    def lowering(self, name: str, flops: float, bytes: float) -> Lowering:
        """As kernels whose pointers are A, B, C, and a scratch buffer if there are parts."""
        if not self.by_rows:
            return one(Kernel(name, self._strips, count=-(-self.n // self.STRIP), flops=flops, bytes=bytes))
        parts = self.PARTS * self.m * self.n
        size = float(parts * self.element.bytes)
        products = Kernel(name, self._parts, count=self.PARTS, flops=flops, bytes=bytes)
        total = Kernel(f"sum of {self.PARTS} parts", self._sum, count=self.m, flops=float(parts), bytes=size)
        return Lowering((products, total), (parts * self.element.bytes,))

    def _strips(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        first = b.mul(begin, constant(I64, self.STRIP))
        last = b.minimum(b.mul(end, constant(I64, self.STRIP)), constant(I64, self.n))
        self._product(
            b, (pointers[0], pointers[1], pointers[2]), (first, last), (constant(I64, 0), constant(I64, self.k))
        )

    def _parts(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        with b.loop(begin, end) as part:
            first = b.mul(part.index, constant(I64, self.rows))
            last = b.minimum(b.add(first, constant(I64, self.rows)), constant(I64, self.k))
            own = b.element(pointers[3], self.element, b.mul(part.index, constant(I64, self.m * self.n)))
            columns = constant(I64, 0), constant(I64, self.n)
            self._product(b, (pointers[0], pointers[1], own), columns, (first, last))

    def _sum(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        lanes = _lanes(b, self.element)
        type = vector(self.element, lanes)
        first, last = (b.mul(row, constant(I64, self.n)) for row in (begin, end))
        with b.loop(first, last, lanes) as loop:
            mask = b.mask(b.sub(last, loop.index), lanes)
            total = constant(type, 0)
            for part in range(self.PARTS):
                at = b.add(loop.index, constant(I64, part * self.m * self.n))
                total = b.add(total, b.masked_load(type, b.element(pointers[3], self.element, at), mask))
            b.masked_store(total, b.element(pointers[2], self.element, loop.index), mask)

    def _product(
        self,
        b: Builder,
        pointers: tuple[Value, Value, Value],
        columns: tuple[Value, Value],
        rows_of_b: tuple[Value, Value],
    ) -> None:
        """Some columns of the product with some rows of B."""
        x, y, z = pointers
        first, last = columns
        self._clear(b, z, first, last)
        with b.loop(*rows_of_b, _DEPTH) as depth:
            stop = b.minimum(b.add(depth.index, constant(I64, _DEPTH)), rows_of_b[1])
            rows, vectors = _block(b)
            lanes = _lanes(b, self.element)
            wide = vectors * lanes
            whole = b.add(first, b.mul(b.div(b.sub(last, first), constant(I64, wide)), constant(I64, wide)))
            with b.loop(first, whole, wide) as loop:
                for top, height in _row_blocks(self.m, rows):
                    self._multiply(b, (x, y, z), (top, height), loop.index, vectors, None, (depth.index, stop))
            with b.loop(whole, last, lanes) as loop:
                mask = b.mask(b.sub(last, loop.index), lanes)
                for top, height in _row_blocks(self.m, rows):
                    self._multiply(b, (x, y, z), (top, height), loop.index, 1, mask, (depth.index, stop))

    def _clear(self, b: Builder, z: Value, first: Value, last: Value) -> None:
        lanes = _lanes(b, self.element)
        type = vector(self.element, lanes)
        with b.loop(first, last, lanes) as loop:
            mask = b.mask(b.sub(last, loop.index), lanes)
            for row in range(self.m):
                at = b.add(loop.index, constant(I64, row * self.n))
                b.masked_store(constant(type, 0), b.element(z, self.element, at), mask)

    def _multiply(
        self,
        b: Builder,
        pointers: tuple[Value, Value, Value],
        rows: tuple[int, int],
        column: Value,
        vectors: int,
        mask: Value | None,
        depth: tuple[Value, Value],
    ) -> None:
        """Adds the product of a block of A and a block of B to one of C."""
        x, y, z = pointers
        top, height = rows
        lanes = _lanes(b, self.element)
        type = vector(self.element, lanes)
        places = [
            b.element(z, self.element, b.add(column, constant(I64, (top + i) * self.n + j * lanes)))
            for i in range(height)
            for j in range(vectors)
        ]
        held = [b.load(type, p) if mask is None else b.masked_load(type, p, mask) for p in places]
        with b.loop(*depth, carried=held) as loop:
            row = b.add(b.mul(loop.index, constant(I64, self.n)), column)
            right = []
            for j in range(vectors):
                at = b.element(y, self.element, b.add(row, constant(I64, j * lanes)) if j else row)
                right.append(b.load(type, at) if mask is None else b.masked_load(type, at, mask))
            following = []
            for i in range(height):
                left = b.element(x, self.element, b.add(loop.index, constant(I64, (top + i) * self.k)))
                spread = b.splat(b.load(self.element, left), lanes)
                for j in range(vectors):
                    following.append(b.fma(spread, right[j], loop.carried[i * vectors + j]))
            loop.carry(following)
        for place, value in zip(places, loop.results, strict=True):
            if mask is None:
                b.store(value, place)
            else:
                b.masked_store(value, place, mask)


class Turned:
    """C = A * B'. An item is one row of B, which gives a column of C."""

    def __init__(self, element: Type, m: int, n: int, k: int) -> None:
        self.element, self.m, self.n, self.k = element, m, n, k

    def lowering(self, name: str, flops: float, bytes: float) -> Lowering:
        """As one kernel whose pointers are A, B and C."""
        return one(Kernel(name, self._columns, count=self.n, flops=flops, bytes=bytes))

    def _columns(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        rows, most = _block(b)
        step = constant(I64, most)
        whole = b.add(begin, b.mul(b.div(b.sub(end, begin), step), step))
        for start, stop, together in ((begin, whole, most), (whole, end, 1)):
            with b.loop(start, stop, together) as loop:
                for top, height in _row_blocks(self.m, rows):
                    self._dots(b, pointers, (top, height), loop.index, together)

    def _dots(self, b: Builder, pointers: Sequence[Value], rows: tuple[int, int], row: Value, together: int) -> None:
        x, y, z = pointers[:3]
        top, height = rows
        lanes = _lanes(b, self.element)
        type = vector(self.element, lanes)
        begins = [
            b.element(y, self.element, b.mul(b.add(row, constant(I64, j)), constant(I64, self.k)))
            for j in range(together)
        ]
        whole = self.k - self.k % lanes
        totals = [constant(type, 0)] * (height * together)
        with b.loop(0, whole, lanes, carried=totals) as loop:
            loop.carry(self._added(b, x, begins, (top, height), loop.index, None, loop.carried))
        totals = loop.results
        if whole < self.k:
            mask = b.mask(constant(I64, self.k - whole), lanes)
            totals = self._added(b, x, begins, (top, height), constant(I64, whole), mask, totals)
        for i in range(height):
            for j in range(together):
                at = b.add(row, constant(I64, (top + i) * self.n + j))
                b.store(b.folded(totals[i * together + j], b.add), b.element(z, self.element, at))

    def _added(
        self,
        b: Builder,
        x: Value,
        begins: Sequence[Value],
        rows: tuple[int, int],
        at: Value,
        mask: Value | None,
        totals: Sequence[Value],
    ) -> list[Value]:
        """The sums with one vector of each row more."""
        top, height = rows
        type = vector(self.element, _lanes(b, self.element))

        def load(pointer: Value, index: Value) -> Value:
            place = b.element(pointer, self.element, index)
            return b.load(type, place) if mask is None else b.masked_load(type, place, mask)

        right = [load(begin, at) for begin in begins]
        result = []
        for i in range(height):
            left = load(x, b.add(at, constant(I64, (top + i) * self.k)))
            result += [b.fma(left, other, totals[i * len(right) + j]) for j, other in enumerate(right)]
        return result
