"""When the native code of Philox is made, and when not. That it makes the same words is in test_streams.py."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from graphrt.native import target
from graphrt_ops.random import philox_native
from graphrt_ops.random.philox import blocks
from graphrt_ops.random.philox_native import Native

INDICES = np.arange(64, dtype=np.uint64)


def test_made_in_the_background_when_much_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    monkeypatch.delenv("GRAPHRT_NATIVE", raising=False)
    monkeypatch.setattr(philox_native, "WORTHWHILE", 100)
    native = Native()
    assert native.words_at(1, 2, INDICES) is None
    assert native._compiler is None
    assert native.words_at(1, 2, INDICES) is None
    assert native._compiler is not None
    native._compiler.join()
    np.testing.assert_array_equal(native.words_at(1, 2, INDICES), blocks(np, 1, 2, 0, 64))


def test_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_NATIVE", "0")
    monkeypatch.setattr(philox_native, "WORTHWHILE", 1)
    native = Native()
    for _ in range(3):
        assert native.words_at(1, 2, INDICES) is None
    assert native._compiler is not None and not native._compiler.is_alive()


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setattr(target, "_host", target._asked)
    native = Native()
    assert native.compile() is False
    assert native.words_at(1, 2, INDICES) is None
