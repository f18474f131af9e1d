"""The composite values that a session can feed and fetch."""

from __future__ import annotations

from graphrt.opdef.indexed_slices import IndexedSlices, IndexedSlicesValue
from graphrt.runtime.feeds import register_composite_feed
from graphrt.runtime.fetches import register_composite_fetch


def _parts(slices: IndexedSlices) -> list[object]:
    parts: list[object] = [slices.values, slices.indices]
    return parts if slices.dense_shape is None else [*parts, slices.dense_shape]


register_composite_fetch(
    IndexedSlices,
    _parts,
    lambda values: IndexedSlicesValue(values[0], values[1], values[2] if len(values) > 2 else None),
)
register_composite_feed(IndexedSlices, _parts, list)
