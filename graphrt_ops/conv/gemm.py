"""Convolution as matrix products, on NumPy and CuPy: forward, and with respect to the input and to the filter.

Images are NHWC and filters HWIO, both contiguous; paddings have been applied. Measured with float32 on two cores of a
Xeon with AVX-512 (a large matrix product runs at 301 GFLOP/s there); batch x height x width x channels -> channels,
kernel size, GFLOP/s of the forward pass:

                              im2col   by rows   by blocks (of 4)
    16x128x128x 1 -> 32, k5       30        14         74
    128x28x 28x 1 -> 32, k5       37        18         74
    32x 32x 32x 3 -> 64, k5      119        51        132
    128x28x 28x 8 -> 16, k3       39        25         62
    32x 16x 16x16 -> 32, k3       89        78
    16x 64x 64x32 -> 32, k5       50       133
    128x14x 14x32 -> 64, k5      107       165
    32x 32x 32x64 -> 64, k3      113       160
    64x  8x  8x128-> 128, k3     214       216

So few channels go by blocks, many by rows, and im2col is not used. Few outputs (the gradient of a first layer, the
last layer of a generator) go by taps: 32x32x32x32 -> 3, k3 runs at 5 by rows.

By rows: only the taps of one kernel row are laid side by side, which copies every pixel ``kw`` times and not
``kh * kw`` times; kernel row i then is one product with the rows i, i + 1, ... of that copy, which lie one after
another. By blocks: four neighbouring output pixels are computed by one row of the product, against a banded matrix
that holds the kernel four times. It multiplies by some zeros, but the copy is a third as large and the product wider.
(An infinity times such a zero would be nan in pixels that do not see it: images that have any go pixel by pixel.)

Padding is zeros, as in TF1: a filter that is infinite makes nan of them, forward and backward.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from graphrt.backends.blas import BLAS_THREADS

_FEW_CHANNELS = 8
_FEW_OUTPUTS = 4
# Elements of the copy that are made at a time: it stays in the second-level cache. A GPU wants large pieces.
_ROWS_CHUNK = {True: 1 << 20, False: 1 << 26}
_BLOCKS_CHUNK = {True: 1 << 19, False: 1 << 26}

Pair = tuple[int, int]


def all_finite(xp: Any, array: Any) -> bool:
    """Whether there is no infinity and no nan. The squares of large numbers may overflow: then the answer is no, too.

    One pass of BLAS, little beside a convolution. A GPU is not asked, as the host would have to wait."""
    return xp is not np or math.isfinite(np.vdot(array, array))


def region(xp: Any, images: Any, top: int, height: int, left: int, width: int) -> Any:
    """The given part of every image, contiguous, with zeros where it reaches beyond the borders."""
    n, h, w, c = images.shape
    if top == 0 and left == 0 and height == h and width == w:
        return xp.ascontiguousarray(images)
    rows = slice(max(top, 0), max(min(top + height, h), 0))
    columns = slice(max(left, 0), max(min(left + width, w), 0))
    inside = images[:, rows, columns]
    if inside.shape[1] == height and inside.shape[2] == width:
        return xp.ascontiguousarray(inside)
    result = xp.zeros((n, height, width, c), images.dtype)
    y, x = max(-top, 0), max(-left, 0)
    result[:, y : y + inside.shape[1], x : x + inside.shape[2]] = inside
    return result


def correlate(xp: Any, images: Any, filters: Any, strides: Pair = (1, 1), dilations: Pair = (1, 1)) -> Any:
    """out[n, y, x, o] = sum over i, j, c of images[n, y*s + i*d, x*s + j*d, c] * filters[i, j, c, o]."""
    geometry = _Geometry(images.shape, filters.shape, strides, dilations)
    n, oh, ow, o = geometry.output_shape
    if images.size == 0 or filters.size == 0 or min(oh, ow) <= 0:
        return xp.zeros((n, max(oh, 0), max(ow, 0), o), images.dtype)
    if filters.shape[:2] == (1, 1):
        pixels = geometry.sampled(images).reshape(-1, images.shape[3])
        return xp.matmul(pixels, filters.reshape(-1, o)).reshape(n, oh, ow, o)
    if geometry.by_blocks:
        return _correlate_by_blocks(xp, images, filters, geometry)
    if geometry.by_taps:
        return _correlate_by_taps(xp, images, filters, geometry)
    return _correlate_by_rows(xp, images, filters, geometry)


def filter_gradient(xp: Any, images: Any, dy: Any, size: Pair, strides: Pair, dilations: Pair) -> Any:
    """The gradient of ``correlate`` with respect to the filters, whose height and width are ``size``."""
    c, o = images.shape[3], dy.shape[3]
    geometry = _Geometry(images.shape, (*size, c, o), strides, dilations)
    if images.size == 0 or dy.size == 0:
        return xp.zeros((*size, c, o), images.dtype)
    if size == (1, 1):
        pixels = geometry.sampled(images).reshape(-1, c)
        return xp.matmul(pixels.T, dy.reshape(-1, o)).reshape(1, 1, c, o)
    if geometry.by_blocks:
        return _filter_gradient_by_blocks(xp, images, dy, geometry)
    return _filter_gradient_by_rows(xp, images, dy, geometry)


def input_gradient(xp: Any, dy: Any, filters: Any, size: Pair, before: Pair, strides: Pair, dilations: Pair) -> Any:
    """The gradient of ``correlate`` with respect to the images of ``size`` that ``before`` zeros were put before.

    The pixels of one phase (their position modulo the stride) meet only some taps; for each phase that is a
    convolution of stride 1 with those taps, mirrored, so that no product with an inserted zero is computed.
    """
    n, c = dy.shape[0], filters.shape[2]
    result = None
    for y in range(strides[0]):
        rows = _Phase.of(filters.shape[0], strides[0], dilations[0], before[0], y, size[0])
        for x in range(strides[1]):
            columns = _Phase.of(filters.shape[1], strides[1], dilations[1], before[1], x, size[1])
            piece = _phase_gradient(xp, dy, filters, rows, columns)
            if strides == (1, 1) and piece is not None:
                return piece
            if result is None:
                result = xp.zeros((n, *size, c), dy.dtype)
            if piece is not None:
                result[:, y :: strides[0], x :: strides[1]] = piece
    return result


def _seen(xp: Any, images: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    """Contiguous memory seen in another shape: as ``as_strided``, which takes NumPy ten times as long."""
    if xp is np:
        return np.ndarray(shape, images.dtype, images, 0, strides)
    return xp.lib.stride_tricks.as_strided(images, shape, strides)


class _Phase:
    """Which taps the positions ``phase``, ``phase + stride``, ... meet along one axis, and where in the gradient."""

    def __init__(self, taps: slice, count: int, start: int, length: int, dilation: int) -> None:
        self.taps, self.count, self.start, self.length, self.dilation = taps, count, start, length, dilation

    @staticmethod
    def of(size: int, stride: int, dilation: int, before: int, phase: int, length: int) -> _Phase:
        common = math.gcd(stride, dilation)
        step = stride // common
        first = next((i for i in range(min(size, step)) if (phase + before - i * dilation) % stride == 0), size)
        taps = range(first, size, step)
        spread = dilation // common
        start = (phase + before - first * dilation) // stride - (len(taps) - 1) * spread
        return _Phase(slice(first, None, step), len(taps), start, max(-(-(length - phase) // stride), 0), spread)

    @property
    def needed(self) -> int:
        return self.length + (self.count - 1) * self.dilation


def _phase_gradient(xp: Any, dy: Any, filters: Any, rows: _Phase, columns: _Phase) -> Any:
    if not (rows.count and columns.count and rows.length and columns.length):
        return None
    mirrored = xp.ascontiguousarray(filters[rows.taps, columns.taps][::-1, ::-1].transpose(0, 1, 3, 2))
    window = region(xp, dy, rows.start, rows.needed, columns.start, columns.needed)
    return correlate(xp, window, mirrored, (1, 1), (rows.dilation, columns.dilation))


class _Geometry:
    """The sizes of one convolution."""

    def __init__(self, images: tuple[int, ...], filters: tuple[int, ...], strides: Pair, dilations: Pair) -> None:
        self.n, self.h, self.w, self.c = images
        self.kh, self.kw, _, self.o = filters
        self.sh, self.sw = strides
        self.dh, self.dw = dilations
        self.oh = (self.h - (self.kh - 1) * self.dh - 1) // self.sh + 1
        self.ow = (self.w - (self.kw - 1) * self.dw - 1) // self.sw + 1
        # The products are cut into a few pieces, each of which must be worth several threads.
        BLAS_THREADS.for_product(self.n * self.oh * self.ow * self.kh * self.kw * self.c * self.o // 4)

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        return self.n, self.oh, self.ow, self.o

    @property
    def by_blocks(self) -> bool:
        return self.c <= _FEW_CHANNELS and self.dw == 1

    @property
    def by_taps(self) -> bool:
        return self.o <= _FEW_OUTPUTS and self.sh == self.sw == 1

    def sampled(self, images: Any) -> Any:
        """The pixels that a kernel of one tap reads."""
        return images[:, : (self.oh - 1) * self.sh + 1 : self.sh, : (self.ow - 1) * self.sw + 1 : self.sw]

    # -- by blocks ---------------------------------------------------------------------------------------------------

    def block(self) -> int:
        """How many neighbouring output pixels one row computes: a divisor of the width, at most doubling the work."""
        return next((b for b in (4, 3, 2) if self.ow % b == 0 and (b - 1) * self.sw <= self.kw), 1)


def _block_columns(xp: Any, images: Any, g: _Geometry, block: int) -> Iterator[tuple[slice, Any]]:
    """For some images at a time the matrix with a row for each block of output pixels, a column for each pixel read."""
    width = ((block - 1) * g.sw + g.kw) * g.c
    blocks = g.ow // block
    s = images.strides
    view = _seen(
        xp,
        images,
        (g.n, g.oh, blocks, g.kh, width),
        (s[0], s[1] * g.sh, s[2] * g.sw * block, s[1] * g.dh, s[3]),
    )
    count = max(1, min(g.n, _BLOCKS_CHUNK[xp is np] // (g.oh * blocks * g.kh * width)))
    buffer = xp.empty((count, *view.shape[1:]), images.dtype)
    for first in range(0, g.n, count):
        part = view[first : first + count]
        columns = buffer[: len(part)]
        columns[...] = part
        yield slice(first, first + len(part)), columns.reshape(-1, g.kh * width)


def _correlate_by_blocks(xp: Any, images: Any, filters: Any, g: _Geometry) -> Any:
    block = g.block() if all_finite(xp, images) else 1
    banded = xp.zeros((g.kh, (block - 1) * g.sw + g.kw, g.c, block, g.o), filters.dtype)
    for b in range(block):
        banded[:, b * g.sw : b * g.sw + g.kw, :, b] = filters
    matrix = banded.reshape(-1, block * g.o)
    out = xp.empty(g.output_shape, images.dtype)
    for part, columns in _block_columns(xp, images, g, block):
        xp.matmul(columns, matrix, out=out[part].reshape(-1, block * g.o))
    return out


def _filter_gradient_by_blocks(xp: Any, images: Any, dy: Any, g: _Geometry) -> Any:
    block = g.block()
    total = None
    for part, columns in _block_columns(xp, images, g, block):
        product = xp.matmul(columns.T, dy[part].reshape(-1, block * g.o))
        total = product if total is None else xp.add(total, product, out=total)
    banded = total.reshape(g.kh, (block - 1) * g.sw + g.kw, g.c, block, g.o)
    return sum((banded[:, b * g.sw : b * g.sw + g.kw, :, b] for b in range(1, block)), banded[:, : g.kw, :, 0])


# -- by taps ---------------------------------------------------------------------------------------------------------


def _correlate_by_taps(xp: Any, images: Any, filters: Any, g: _Geometry) -> Any:
    """Every pixel times every tap, as planes of pixels; then the planes are added, each moved to where its tap lies."""
    taps = xp.ascontiguousarray(filters.transpose(0, 1, 3, 2)).reshape(-1, g.c)
    out = xp.empty(g.output_shape, images.dtype)
    count = max(1, min(g.n, _ROWS_CHUNK[xp is np] // (g.h * g.w * len(taps))))
    for first in range(0, g.n, count):
        part = images[first : first + count]
        planes = xp.matmul(taps, part.reshape(-1, g.c).T).reshape(g.kh, g.kw, g.o, len(part), g.h, g.w)
        total = None
        for i in range(g.kh):
            for j in range(g.kw):
                y, x = i * g.dh, j * g.dw
                moved = planes[i, j, :, :, y : y + g.oh, x : x + g.ow]
                total = moved.copy() if total is None else xp.add(total, moved, out=total)
        out[first : first + count] = xp.moveaxis(total, 0, 3)
    return out


# -- by rows ---------------------------------------------------------------------------------------------------------


def _row_chunks(xp: Any, g: _Geometry) -> Iterator[tuple[slice, int, int]]:
    """Some images and output rows at a time, as (images, first row, number of rows)."""
    limit = _ROWS_CHUNK[xp is np]
    per_row = g.ow * g.kw * g.c
    rows = max(1, min(g.oh, limit // max(per_row * g.sh, 1)))
    images = max(1, min(g.n, limit // (((rows - 1) * g.sh + (g.kh - 1) * g.dh + 1) * per_row))) if rows == g.oh else 1
    for first in range(0, g.n, images):
        for row in range(0, g.oh, rows):
            yield slice(first, min(first + images, g.n)), row, min(rows, g.oh - row)


class _Rows:
    """The taps of one kernel row side by side: for each input row, image and output column, ``kw * c`` numbers.

    Input rows are sorted by their phase (number modulo the stride), so that what a kernel row reads lies in sequence.
    """

    def __init__(self, xp: Any, images: Any, g: _Geometry) -> None:
        self.xp, self.g = xp, g
        s = images.strides
        self.view = _seen(xp, images, (g.h, g.n, g.ow, g.kw, g.c), (s[1], s[0], s[2] * g.sw, s[2] * g.dw, s[3]))
        self.phases = sorted({i * g.dh % g.sh for i in range(g.kh)})
        self.buffer = xp.empty(0, images.dtype)

    def load(self, images: slice, row: int, rows: int) -> None:
        """Copies what output rows ``row`` to ``row + rows`` of some images read."""
        g = self.g
        last = (g.kh - 1) * g.dh // g.sh
        shape = (len(self.phases), rows + last, images.stop - images.start, g.ow, g.kw, g.c)
        count = math.prod(shape)
        if self.buffer.size < count:
            self.buffer = self.xp.empty(count, self.buffer.dtype)
        self.columns = self.buffer[:count].reshape(shape)
        for slot, phase in enumerate(self.phases):
            part = self.view[row * g.sh + phase : (row + rows + last) * g.sh : g.sh, images]
            self.columns[slot, : len(part)] = part
        self.rows = rows

    def matrix(self, i: int) -> Any:
        """What kernel row ``i`` reads, one row of the matrix an output pixel."""
        g = self.g
        offset, phase = divmod(i * g.dh, g.sh)
        part = self.columns[self.phases.index(phase), offset : offset + self.rows]
        return part.reshape(-1, g.kw * g.c)


def _correlate_by_rows(xp: Any, images: Any, filters: Any, g: _Geometry) -> Any:
    matrices = filters.reshape(g.kh, g.kw * g.c, g.o)
    out = xp.empty(g.output_shape, images.dtype)
    taps = _Rows(xp, images, g)
    for part, row, rows in _row_chunks(xp, g):
        taps.load(part, row, rows)
        target = out[part, row : row + rows].transpose(1, 0, 2, 3)
        # One image is summed in place, several beside each other, to be put in order by the last addition.
        alone = target.shape[1] == 1
        total = target.reshape(-1, g.o) if alone else None
        total = xp.matmul(taps.matrix(0), matrices[0], out=total)
        product = None
        for i in range(1, g.kh):
            product = xp.matmul(taps.matrix(i), matrices[i], out=product)
            if i < g.kh - 1 or alone:
                total += product
        if not alone:
            shape = target.shape
            if product is None:
                target[...] = total.reshape(shape)
            else:
                xp.add(total.reshape(shape), product.reshape(shape), out=target)
    return out


def _filter_gradient_by_rows(xp: Any, images: Any, dy: Any, g: _Geometry) -> Any:
    total = xp.zeros((g.kh, g.kw * g.c, g.o), images.dtype)
    taps = _Rows(xp, images, g)
    for part, row, rows in _row_chunks(xp, g):
        taps.load(part, row, rows)
        gradient = xp.ascontiguousarray(dy[part, row : row + rows].transpose(1, 0, 2, 3)).reshape(-1, g.o)
        for i in range(g.kh):
            total[i] += xp.matmul(taps.matrix(i).T, gradient)
    return total.reshape(g.kh, g.kw, g.c, g.o)
