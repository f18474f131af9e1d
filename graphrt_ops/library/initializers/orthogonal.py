"""The orthogonal initializer: a random rotation."""

from __future__ import annotations

import math

import graphrt_ops as F
from graphrt.dtypes import float32
from graphrt.opdef import export
from graphrt_ops.library.initializers.initializer import Initializer, float_type


@export(
    "orthogonal_initializer",
    "initializers.orthogonal",
    "keras.initializers.Orthogonal",
    "keras.initializers.orthogonal",
)
class Orthogonal(Initializer):
    """Makes a matrix with orthonormal rows or columns, times ``gain``; dimensions before the last are taken as one.

    From the QR decomposition of a normally distributed matrix, its signs chosen so that every rotation is equally
    likely: F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54,
    2007.

    Raises:
      ValueError: for a type that is no float type, or (when called) fewer than two dimensions.
    """

    _config_names = ("gain", "seed", "dtype")

    def __init__(self, gain=1.0, seed=None, dtype=float32) -> None:
        self.gain = gain
        self.seed = seed
        self.dtype = float_type(dtype)

    def __call__(self, shape, dtype=None, partition_info=None):
        sizes = [int(size) for size in shape]
        if len(sizes) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional, not of the shape {sizes}")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        wide = rows < columns
        flat_shape = (columns, rows) if wide else (rows, columns)
        drawn = F.random_normal(flat_shape, dtype=self._dtype_or_own(dtype), seed=self.seed)
        q, r = F.qr(drawn, full_matrices=False)
        q *= F.sign(F.diag_part(r))
        if wide:
            q = F.matrix_transpose(q)
        return self.gain * F.reshape(q, shape)
