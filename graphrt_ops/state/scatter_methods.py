"""Variable.scatter_add and its kin: the scatter ops as methods, which take IndexedSlices."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.opdef.indexed_slices import IndexedSlices


def _rows(sparse_delta) -> tuple[Tensor, Tensor]:
    if not isinstance(sparse_delta, IndexedSlices):
        raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
    return sparse_delta.indices, sparse_delta.values


class ScatterMethods:
    """Each method changes rows (or, ``scatter_nd_*``, elements) of the variable, and returns its tensor afterwards.

    Args:
      sparse_delta: IndexedSlices; TypeError for anything else. indices, updates: as in ``tf.scatter_nd_update``.
      use_locking: every write is atomic here. name: a name for the node.
    """

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_add(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_sub(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_update(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_mul(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_div(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_min(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        return F.scatter_max(self, *_rows(sparse_delta), use_locking=use_locking, name=name)

    def scatter_nd_add(self, indices, updates, name=None):
        return F.scatter_nd_add(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_sub(self, indices, updates, name=None):
        return F.scatter_nd_sub(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_update(self, indices, updates, name=None):
        return F.scatter_nd_update(self, indices, updates, name=name)
