"""Whether there is to be native code at all: GRAPHRT_NATIVE."""

from __future__ import annotations

import os


def enabled() -> bool:
    """False if GRAPHRT_NATIVE=0: everything then runs on tier 1."""
    return os.environ.get("GRAPHRT_NATIVE") != "0"


def forced() -> bool:
    """True if GRAPHRT_NATIVE=force: native code is made before the first run, and its mistakes are errors."""
    return os.environ.get("GRAPHRT_NATIVE") == "force"
