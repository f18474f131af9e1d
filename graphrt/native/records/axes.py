"""Records of work along one axis. Input 1 of these ops is the axis, which is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ArgExtreme:
    """Output 0 is where input 0 is largest (or smallest) along ``axis``: the first place. nan never is, and if nothing
    is larger than -inf (or less than inf) it is 0."""

    axis: int
    largest: bool


@dataclass(frozen=True)
class Scan:
    """Output 0 has the running sums of input 0 along ``axis``, or with ``how`` "mul" the products: of what comes up to
    an element, with it or (``exclusive``) without it, from the beginning or (``reverse``) from the end."""

    how: str
    axis: int
    exclusive: bool = False
    reverse: bool = False
