"""Products of matrices, by the BLAS that NumPy has loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphrt.native.builder import F32, F64, I32, I64, Builder, Type, Value, constant
from graphrt.native.externals import has
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.operands import Operands, float_type
from graphrt.native.kernels.strided import Copy, copying
from graphrt.native.kernels.thin import LEAST_BYTES, MOST_ROWS, Plain, Turned
from graphrt.native.records import Product, axes_of

_ROW_MAJOR, _PLAIN, _TRANSPOSED = 101, 111, 112  # CBLAS's names
_THREADED = 1 << 17  # multiplications from which on OpenBLAS may use its threads (2^18 in its source)
# OpenBLAS's kernels for small matrices are half as fast where the second one is transposed: turning it around first
# is cheaper. (50x100 * 100x100: 6.5 us, transposed 13.1 us, turned around 8.4 us.)
_SMALL, _FEW_ROWS = 1 << 20, 8
_ROWS = 16  # rows (or columns) of the result that one item has


def product(record: Product, inputs: Operands, outputs: Operands) -> Lowering | None:
    """The product of two stacks of matrices; None without a BLAS."""
    element = float_type(inputs[0])
    prefix = "s" if element == F32 else "d"
    if element is None or not has(f"cblas_{prefix}gemm"):
        return None
    a, b = inputs[0].shape, inputs[1].shape
    transpose_a, transpose_b = record.transpose_a, record.transpose_b
    m, k = a[-2:] if not transpose_a else (a[-1], a[-2])
    n = b[-1] if not transpose_b else b[-2]
    if 0 in (m, n, k) or 0 in a or 0 in b:
        return None
    # A vector lies in memory as its transpose does.
    if transpose_a and 1 in (m, k):
        a, transpose_a = (*a[:-2], m, k), False
    if transpose_b and 1 in (k, n):
        b, transpose_b = (*b[:-2], k, n), False
    stack = _Stack(a[:-2], b[:-2], m * k, k * n)
    matrices = _Matrices(prefix, m, n, k, a[-1], b[-1], transpose_a, transpose_b)
    bytes_ = element.bytes
    flops = 2.0 * m * n * k * stack.count
    moved = float(bytes_ * (math.prod(a) + math.prod(b) + m * n * stack.count))
    name = f"{m}x{k} * {k}x{n}" + (f", {stack.count} times" if stack.count > 1 else "")
    if stack.count > 1:
        emit, count = stack.emitter(matrices), stack.count
    else:
        emit, count = matrices.emit, -(-max(m, n) // _ROWS)
    if stack.count == 1 and m <= MOST_ROWS and not transpose_a and bytes_ * k * n >= LEAST_BYTES:
        thin = (Turned if transpose_b else Plain)(matrices.element, m, n, k)
        return thin.lowering(f"product {name}", flops, moved)
    threaded = m * n * k >= _THREADED
    if transpose_b and not transpose_a and stack.count == 1 and m >= _FEW_ROWS and m * n * k <= _SMALL:
        turned = _Matrices(prefix, m, n, k, a[-1], n, False, False, second=3)
        axes = axes_of((k, n), (1, k), (n, 1))
        first = copying(f"transpose {n}x{k}", matrices.element, Copy(axes, 1, 3))
        then = Kernel(f"product {name}", turned.emit, count=count, flops=flops, bytes=moved, products=threaded)
        return Lowering((*first, then), (bytes_ * k * n,))
    kernel = Kernel(f"product {name}", emit, count=count, flops=flops, bytes=moved, products=threaded)
    if stack.count > 1:
        return one(kernel)
    subtracting = replace(matrices, subtracted=True)
    again = replace(kernel, name=f"subtracted product {name}", emit=subtracting.emit, bytes=moved + bytes_ * m * n)
    return Lowering((kernel,), accumulating=one(again))


class _Stack:
    """Which matrix of each stack meets which."""

    def __init__(self, a: Sequence[int], b: Sequence[int], a_size: int, b_size: int) -> None:
        rank = max(len(a), len(b))
        self.dims = []
        for x, y in zip(_padded(a, rank), _padded(b, rank), strict=True):
            self.dims.append(max(x, y) if 0 not in (x, y) else 0)
        self.count = math.prod(self.dims)
        self.a_steps = _steps(_padded(a, rank), a_size)
        self.b_steps = _steps(_padded(b, rank), b_size)

    def emitter(self, matrices: _Matrices):  # type: ignore[no-untyped-def]
        def emit(b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
            with b.loop(begin, end) as loop:
                at_a = self._offset(b, loop.index, self.a_steps)
                at_b = self._offset(b, loop.index, self.b_steps)
                at_c = b.mul(loop.index, constant(I64, matrices.m * matrices.n))
                element = matrices.element
                matrices.call(
                    b,
                    b.element(pointers[0], element, at_a),
                    b.element(pointers[1], element, at_b),
                    b.element(pointers[2], element, at_c),
                    constant(I64, matrices.m),
                    constant(I64, matrices.n),
                    constant(element, 1.0),
                    constant(element, 0.0),
                )

        return emit

    def _offset(self, b: Builder, index: Value, steps: Sequence[int]) -> Value:
        """Where the matrix number ``index`` of the result's stack begins in an operand."""
        total = constant(I64, 0)
        left = index
        for size, step in zip(reversed(self.dims), reversed(steps), strict=True):
            wide = constant(I64, size)
            if step:
                total = b.add(total, b.mul(b.rem(left, wide), constant(I64, step)))
            left = b.div(left, wide)
        return total


def _padded(dims: Sequence[int], rank: int) -> list[int]:
    return [1] * (rank - len(dims)) + list(dims)


def _steps(dims: Sequence[int], size: int) -> list[int]:
    steps = []
    for n in reversed(dims):
        steps.append(size if n > 1 else 0)
        size *= n
    return steps[::-1]


@dataclass(frozen=True)
class _Matrices:
    """One product C[m, n] = A * B of row-major matrices.

    ``wide_a`` and ``wide_b`` are their row lengths in memory, ``second`` is the number of the pointer to B. If the
    product is ``subtracted``, it is C - number * A * B, the number at pointer 2 and C at pointer 3.
    """

    prefix: str
    m: int
    n: int
    k: int
    wide_a: int
    wide_b: int
    transpose_a: bool
    transpose_b: bool
    second: int = 1
    subtracted: bool = False

    @property
    def element(self) -> Type:
        return F32 if self.prefix == "s" else F64

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        """The rows (or the columns, if there are more of them) of the items from ``begin`` to ``end``."""
        rows = self.m >= self.n
        length = self.m if rows else self.n
        first = b.mul(begin, constant(I64, _ROWS))
        last = b.minimum(b.mul(end, constant(I64, _ROWS)), constant(I64, length))
        size = b.sub(last, first)
        x, y, z = pointers[0], pointers[self.second], pointers[3 if self.subtracted else 2]
        alpha, beta = constant(self.element, 1.0), constant(self.element, 0.0)
        if self.subtracted:
            alpha, beta = b.neg(b.load(self.element, pointers[2])), alpha
        if rows:
            step = 1 if self.transpose_a else self.wide_a
            x = b.element(x, self.element, b.mul(first, constant(I64, step)))
            z = b.element(z, self.element, b.mul(first, constant(I64, self.n)))
            self.call(b, x, y, z, size, constant(I64, self.n), alpha, beta)
        else:
            step = self.wide_b if self.transpose_b else 1
            y = b.element(y, self.element, b.mul(first, constant(I64, step)))
            z = b.element(z, self.element, first)
            self.call(b, x, y, z, constant(I64, self.m), size, alpha, beta)

    def call(
        self,
        b: Builder,
        x: Value,
        y: Value,
        z: Value,
        m: Value,
        n: Value,
        alpha: Value,
        beta: Value,
    ) -> None:
        """cblas_?gemm on ``m`` rows and ``n`` columns of the result: alpha * A * B + beta * C."""
        b.call(
            f"cblas_{self.prefix}gemm",
            constant(I32, _ROW_MAJOR),
            constant(I32, _TRANSPOSED if self.transpose_a else _PLAIN),
            constant(I32, _TRANSPOSED if self.transpose_b else _PLAIN),
            m,
            n,
            constant(I64, self.k),
            alpha,
            x,
            constant(I64, self.wide_a),
            y,
            constant(I64, self.wide_b),
            beta,
            z,
            constant(I64, self.n),
        )
