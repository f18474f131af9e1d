"""Records of products."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """Output 0 is the product of the matrices in the last two axes of input 0, transposed or not, with those of input
    1; the leading axes broadcast."""

    transpose_a: bool = False
    transpose_b: bool = False
