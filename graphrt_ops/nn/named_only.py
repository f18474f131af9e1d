"""Losses whose arguments must be given by name."""

from __future__ import annotations


def require_names(function: str, sentinel, labels, logits) -> None:
    """Raises TF1's ValueError for positional and for missing arguments."""
    if sentinel is not None:
        raise ValueError(f"Only call `{function}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")
