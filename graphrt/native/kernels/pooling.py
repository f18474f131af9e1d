"""Pools of NHWC images and their gradients, with channels in the lanes of vectors.

A gradient adds every window's share to the pixels that it goes to. Where the windows tile the image exactly, every
pixel belongs to one window and is simply written; else an image is cleared before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from graphrt.native.builder import I1, Builder, Type, Value, constant, vector
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.kernels.windows import each, element_lanes, load, number, split, store, total
from graphrt.native.records import Windows

_UNROLLED = 16  # taps that are written one after another
Tap = Callable[[Value, Sequence[Value]], Sequence[Value]]
"""``tap(offset, state)``: the state after the tap that lies ``offset`` elements behind the first pixel of the image."""


@dataclass(frozen=True)
class Span:
    """A window along one axis: the pixel of its first tap, and which taps are in the image (the last not counted)."""

    start: Value
    first: Value
    last: Value


@dataclass(frozen=True)
class Place:
    """Some channels of one window: elements from the start of the images and of the pools, and the real lanes."""

    pixels: Value
    window: Value
    rows: Span
    columns: Span
    mask: Value | None


@dataclass(frozen=True)
class Pool:
    """The pools of ``batch`` images of one geometry; ``kind`` is "max" or "avg"."""

    kind: str
    element: Type
    batch: int
    windows: Windows
    lanes: int

    @property
    def type(self) -> Type:
        """Vectors of channels: shorter ones where there are few channels."""
        most = element_lanes(self.element, self.lanes)
        return vector(self.element, min(most, 1 << (self.windows.image[2] - 1).bit_length()))

    @property
    def exact(self) -> bool:
        """True if every pixel belongs to one window."""
        w = self.windows
        return w.origin == (0, 0) and all(
            w.taps[a] == w.strides[a] and w.counts[a] * w.strides[a] == w.image[a] for a in (0, 1)
        )

    # -- loops ---------------------------------------------------------------------------------------------------------

    def _places(self, b: Builder, n: Value, y: Value) -> Iterator[Place]:
        """The channels of all windows of a row, written as loops around what is done with the one place."""
        w = self.windows
        channels, step = w.image[2], self.type.lanes
        rows = self._span(b, 0, y)
        with each(b, w.counts[1]) as x:
            columns = self._span(b, 1, x)
            with each(b, channels, step) as c:
                mask = None if channels % step == 0 else b.mask(total(b, channels, (c, -1)), step)
                row = w.counts[1] * channels
                window = total(b, (n, w.counts[0] * row), (y, row), (x, channels), c)
                yield Place(total(b, (n, math.prod(w.image)), c), window, rows, columns, mask)

    def _span(self, b: Builder, axis: int, window: Value) -> Span:
        w = self.windows
        start = total(b, (window, w.strides[axis]), w.origin[axis])
        if not w.padded:
            return Span(start, number(0), number(w.taps[axis]))
        first = b.maximum(b.sub(number(0), start), number(0))
        last = b.minimum(total(b, w.image[axis], (start, -1)), number(w.taps[axis]))
        return Span(start, first, last)

    def _taps(self, b: Builder, place: Place, state: Sequence[Value], tap: Tap) -> Sequence[Value]:
        """Goes over the taps of a window that are in the image, row by row."""
        w = self.windows
        row, channels = w.image[1] * w.image[2], w.image[2]
        at = total(b, place.pixels, (place.rows.start, row), (place.columns.start, channels))
        if not w.padded and math.prod(w.taps) <= _UNROLLED:
            for i in range(w.taps[0]):
                for j in range(w.taps[1]):
                    state = tap(total(b, at, i * row + j * channels), state)
            return state
        with b.loop(place.rows.first, place.rows.last, carried=state) as down:
            with b.loop(place.columns.first, place.columns.last, carried=down.carried) as right:
                right.carry(tap(total(b, at, (down.index, row), (right.index, channels)), right.carried))
            down.carry(right.results)
        return down.results

    def _cells(self, b: Builder, place: Place) -> Value:
        """How many pixels of the image a window has."""
        w = self.windows
        if not w.padded:
            return constant(self.type, math.prod(w.taps))
        sizes = [b.sub(span.last, span.first) for span in (place.rows, place.columns)]
        return b.splat(b.convert(b.mul(*sizes), self.element), self.type.lanes)

    def _load(self, b: Builder, pointer: Value, index: Value, mask: Value | None) -> Value:
        return load(b, self.type, b.element(pointer, self.element, index), mask)

    # -- forward -------------------------------------------------------------------------------------------------------

    def forward(self) -> Lowering:
        """Inputs are the images; items are the rows of windows."""
        w = self.windows
        return one(self._kernel("pool", self.emit, self.batch * w.counts[0], 1))

    def emit(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        images, out = pointers
        largest = self.kind == "max"
        start = constant(self.type, -math.inf if largest else 0.0)
        with b.loop(begin, end) as items:
            n, y = split(b, items.index, self.windows.counts[0])
            for place in self._places(b, n, y):
                (value,) = self._taps(b, place, [start], self._gathered(b, images, place))
                if not largest:
                    value = b.div(value, self._cells(b, place))
                store(b, value, b.element(out, self.element, place.window), place.mask)

    def _gathered(self, b: Builder, images: Value, place: Place) -> Tap:
        def tap(offset: Value, state: Sequence[Value]) -> list[Value]:
            here = self._load(b, images, offset, place.mask)
            return [b.maximum(state[0], here) if self.kind == "max" else b.add(state[0], here)]

        return tap

    # -- gradient ------------------------------------------------------------------------------------------------------

    def gradient(self) -> Lowering:
        """Inputs are (images, maxima, dy), or (sizes, dy) of "avg". Items are the rows of windows, or, where windows
        share pixels or leave some out, whole images."""
        count = self.batch * (self.windows.counts[0] if self.exact else 1)
        return one(self._kernel("pool gradient", self.emit_gradient, count, 2 if self.kind == "max" else 1))

    def emit_gradient(self, b: Builder, pointers: Sequence[Value], begin: Value, end: Value) -> None:
        *inputs, dy, out = pointers
        for place in self._gradient_places(b, out, begin, end):
            share = self._load(b, dy, place.window, place.mask)
            if self.kind == "avg":
                share = b.div(share, self._cells(b, place))
                self._taps(b, place, [], self._spread(b, out, share, place))
            else:
                images, maxima = inputs
                maximum = self._load(b, maxima, place.window, place.mask)
                left = constant(self.type.of(I1), True)
                self._taps(b, place, [left], self._routed(b, images, maximum, out, share, place))

    def _gradient_places(self, b: Builder, out: Value, begin: Value, end: Value) -> Iterator[Place]:
        height, size = self.windows.counts[0], math.prod(self.windows.image)
        with b.loop(begin, end) as items:
            if self.exact:
                n, y = split(b, items.index, height)
                yield from self._places(b, n, y)
            else:
                image = b.element(out, self.element, total(b, (items.index, size)))
                clear(b, vector(self.element, element_lanes(self.element, self.lanes)), image, size)
                with each(b, height) as row:
                    yield from self._places(b, items.index, row)

    def _spread(self, b: Builder, out: Value, share: Value, place: Place) -> Tap:
        def tap(offset: Value, state: Sequence[Value]) -> Sequence[Value]:
            self._add(b, out, offset, share, place.mask)
            return state

        return tap

    def _routed(self, b: Builder, images: Value, maximum: Value, out: Value, share: Value, place: Place) -> Tap:
        """The share goes to the first tap that equals the maximum; ``state`` has the lanes where none has yet."""
        zero = constant(self.type, 0)

        def tap(offset: Value, state: Sequence[Value]) -> list[Value]:
            here = b.compare("eq", self._load(b, images, offset, place.mask), maximum)
            here = b.and_(here, state[0])
            self._add(b, out, offset, b.select(here, share, zero), place.mask)
            return [b.xor(state[0], here)]

        return tap

    def _add(self, b: Builder, out: Value, offset: Value, value: Value, mask: Value | None) -> None:
        if not self.exact:
            value = b.add(self._load(b, out, offset, mask), value)
        store(b, value, b.element(out, self.element, offset), mask)

    def _kernel(self, what: str, emit: Callable[..., None], count: int, arrays: int) -> Kernel:
        """``arrays`` of the size of the images are read or written."""
        w = self.windows
        windows = self.batch * math.prod(w.counts) * w.image[2]
        moved = self.element.bytes * (arrays * self.batch * math.prod(w.image) + 2 * windows)
        name = f"{self.kind} {what} {self.batch}x{'x'.join(map(str, w.image))}, {w.taps[0]}x{w.taps[1]}"
        return Kernel(name, emit, count, float(windows * math.prod(w.taps)), float(moved))


def clear(b: Builder, type: Type, start: Value, count: int) -> None:
    """Sets ``count`` elements to zero, a vector of ``type`` at a time."""
    with b.loop(0, count // type.lanes * type.lanes, type.lanes) as loop:
        b.store(constant(type, 0), b.element(start, type, loop.index))
    left = count % type.lanes
    if left:
        end = b.element(start, type, count - left)
        b.masked_store(constant(type, 0), end, b.mask(number(left), type.lanes))
