"""Which native tier the plans of a backend have: what a session asks, before any of it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphrt.native.dispatch import Tiered


def tier_for(target: str) -> type[Tiered]:
    """What runs plans by native code for a target, the ``target`` of their backend.

    Raises:
      ValueError: if there is no native code for it.
    """
    if target != "cpu":
        raise ValueError(f"there is native code for the target 'cpu', not for {target!r}")
    from graphrt.native.dispatch import Tiered

    return Tiered
