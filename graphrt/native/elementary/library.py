"""Functions for which the C library is called, one lane after another, in float64: rare ones, and hard ones."""

from __future__ import annotations

from graphrt.native.builder import Builder, Value
from graphrt.native.elementary.parts import lane_by_lane


def lgamma(b: Builder, x: Value) -> Value:
    """log(|gamma(x)|), exactly as the C library's lgamma has it."""
    return lane_by_lane(b, "lgamma", x)
