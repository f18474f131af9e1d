"""Algebra: the rules of the rewriter, one file a family.

The order of the families is the order in which the rules of one op type are tried.
"""

from __future__ import annotations

import importlib

FAMILIES = (
    "stabilizing",
    "gradients",
    "fusions",
    "shapes",
    "arithmetic",
    "powers",
    "casts",
    "transposes",
    "broadcasts",
    "sums",
)


def load() -> None:
    """Registers all rules."""
    for family in FAMILIES:
        importlib.import_module(f"graphrt_ops.rules.{family}")
