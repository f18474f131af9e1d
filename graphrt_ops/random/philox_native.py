"""Philox as native code, by llvmlite: the words of philox.py, seven times as fast as NumPy makes them; and shuffling.

A process that draws few numbers should not wait a tenth of a second for a compiler. So the code is made in the
background once a process has drawn many, and used from the moment at which it is ready. Where llvmlite is missing, or
GRAPHRT_NATIVE is 0, NumPy goes on alone; the numbers are the same, bit by bit.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from graphrt import forking
from graphrt_ops.random.philox_constants import KEY_STEPS, MULTIPLIERS, ROUNDS, WORDS_PER_BLOCK

# Blocks after which the compiler starts: some 10 ms of NumPy's time.
WORTHWHILE = 1 << 18
_BLOCKS_PER_SWAP = 10  # a swap of two list elements takes Python as long as ten blocks take NumPy
_LANES = 16  # blocks made at a time: four registers of 512 bits, or as many smaller ones as the processor has
_I32 = f"<{_LANES} x i32>"
_I64 = f"<{_LANES} x i64>"


class Native:
    """The compiled function, from the moment at which it is worth its while."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._drawn = 0
        self._compiler: threading.Thread | None = None
        self._code: Any = None  # owns the machine code
        self._words: Callable[..., None] | None = None
        self._shuffle: Callable[..., None] | None = None
        forking.reset_after_fork(self)

    def _reset_after_fork(self) -> None:
        self._lock = threading.RLock()
        if self._shuffle is None:  # the thread that was making it is gone
            self._compiler = None

    def words_at(self, seed: int, seed2: int, indices: np.ndarray) -> np.ndarray | None:
        """As philox.words_at; None as long as there is no native code."""
        if self._words is None:
            self._count(len(indices))
            return None
        count = len(indices)
        padded = -(-count // _LANES) * _LANES
        if padded != count:
            indices, given = np.zeros(padded, np.uint64), indices
            indices[:count] = given
        indices = np.ascontiguousarray(indices, np.uint64)
        words = np.empty((padded, WORDS_PER_BLOCK), np.uint32)
        seeds = (value & 0xFFFF_FFFF_FFFF_FFFF for value in (seed, seed2))
        self._words(*seeds, indices.ctypes.data, padded, words.ctypes.data)
        return words[:count]

    def shuffle(self, order: np.ndarray, words: np.ndarray) -> bool:
        """Swaps order[i] with order[i + words[i] % (len(order) - i)] for each i; False if there is no native code."""
        if self._shuffle is None:
            self._count(_BLOCKS_PER_SWAP * len(words))
            return False
        words = np.ascontiguousarray(words)
        self._shuffle(order.ctypes.data, words.ctypes.data, len(words))
        return True

    def _count(self, blocks: int) -> None:
        """Starts the compiler when enough has been drawn."""
        if self._compiler is not None:
            return
        with self._lock:
            self._drawn += blocks
            if self._drawn < WORTHWHILE or self._compiler is not None:
                return
            self._compiler = threading.Thread(target=self.compile, name="graphrt-philox-compiler")
        if os.environ.get("GRAPHRT_NATIVE") != "0":
            self._compiler.start()

    def compile(self) -> bool:
        """Makes the native code now; False if llvmlite is not installed."""
        import ctypes

        from graphrt.native.compiler import compiled

        try:
            code = compiled(words_program() + SHUFFLE_PROGRAM, ["philox_words", "philox_shuffle"])
        except ImportError:
            return False
        number, address = ctypes.c_int64, ctypes.c_void_p
        seed = ctypes.c_uint64
        self._code = code
        self._words = ctypes.CFUNCTYPE(None, seed, seed, address, number, address)(code.address("philox_words"))
        self._shuffle = ctypes.CFUNCTYPE(None, address, address, number)(code.address("philox_shuffle"))
        return True


NATIVE = Native()

SHUFFLE_PROGRAM = """
define void @philox_shuffle(ptr %order, ptr %words, i64 %swaps) {
entry:
  %size = add i64 %swaps, 1
  %any = icmp sgt i64 %swaps, 0
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %from = getelementptr i32, ptr %words, i64 %i
  %word = load i32, ptr %from, align 4
  %left = sub i64 %size, %i
  %left32 = trunc i64 %left to i32
  %ahead = urem i32 %word, %left32
  %ahead64 = zext i32 %ahead to i64
  %j = add i64 %i, %ahead64
  %here = getelementptr i64, ptr %order, i64 %i
  %there = getelementptr i64, ptr %order, i64 %j
  %one = load i64, ptr %here, align 8
  %other = load i64, ptr %there, align 8
  store i64 %other, ptr %here, align 8
  store i64 %one, ptr %there, align 8
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %swaps
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""


def words_program() -> str:
    """LLVM's assembly of ``philox_words(seed, seed2, indices, count, words)``; count is a multiple of 16."""
    words, keys = ["%low", "%high", "%seed2.low", "%seed2.high"], ["%seed.low", "%seed.high"]
    rounds: list[str] = []
    for number in range(ROUNDS):
        text, words, keys = _round(number, words, keys)
        rounds.append(text)
    pairs = [lane // 2 + lane % 2 * _LANES for lane in range(2 * _LANES)]
    fours = [lane // 4 * 2 + lane % 2 + (lane % 4 // 2) * 2 * _LANES for lane in range(4 * _LANES)]
    return f"""
define void @philox_words(i64 %seed, i64 %seed2, ptr %indices, i64 %count, ptr %words) {{
entry:
{_halves("seed")}
{_halves("seed2")}
  %any = icmp sgt i64 %count, 0
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %from = getelementptr i64, ptr %indices, i64 %i
  %index = load {_I64}, ptr %from, align 8
  %low = trunc {_I64} %index to {_I32}
  %shifted = lshr {_I64} %index, {_splat("i64", 32)}
  %high = trunc {_I64} %shifted to {_I32}
{"".join(rounds)}
  %first = shufflevector {_I32} {words[0]}, {_I32} {words[1]}, {_mask(pairs)}
  %second = shufflevector {_I32} {words[2]}, {_I32} {words[3]}, {_mask(pairs)}
  %blocks = shufflevector <{2 * _LANES} x i32> %first, <{2 * _LANES} x i32> %second, {_mask(fours)}
  %at = shl i64 %i, 2
  %to = getelementptr i32, ptr %words, i64 %at
  store <{4 * _LANES} x i32> %blocks, ptr %to, align 4
  %next = add i64 %i, {_LANES}
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def _round(number: int, words: list[str], keys: list[str]) -> tuple[str, list[str], list[str]]:
    """One round: its text, and the names of the words and keys after it."""
    lines = []
    for row, multiplier in enumerate(MULTIPLIERS):
        name = f"%r{number}.{row}"
        lines += [
            f"{name}.wide = zext {_I32} {words[2 * row]} to {_I64}",
            f"{name}.product = mul {_I64} {name}.wide, {_splat('i64', multiplier)}",
            f"{name}.top = lshr {_I64} {name}.product, {_splat('i64', 32)}",
            f"{name}.high = trunc {_I64} {name}.top to {_I32}",
            f"{name}.low = trunc {_I64} {name}.product to {_I32}",
        ]
    for row in range(2):
        name, other = f"%r{number}.{row}", f"%r{number}.{1 - row}"
        lines += [
            f"{name}.mixed = xor {_I32} {other}.high, {words[2 * row + 1]}",
            f"{name}.word = xor {_I32} {name}.mixed, {keys[row]}",
            f"{name}.key = add {_I32} {keys[row]}, {_splat('i32', KEY_STEPS[row])}",
        ]
    first, second = f"%r{number}.0", f"%r{number}.1"
    text = "".join(f"  {line}\n" for line in lines)
    return text, [f"{first}.word", f"{second}.low", f"{second}.word", f"{first}.low"], [f"{first}.key", f"{second}.key"]


def _halves(name: str) -> str:
    """The low and high half of a 64-bit argument, each in every lane of a vector."""
    lines = [f"%{name}.upper = lshr i64 %{name}, 32"]
    for half, source in (("low", name), ("high", f"{name}.upper")):
        full = f"%{name}.{half}"
        lines += [
            f"{full}.one = trunc i64 %{source} to i32",
            f"{full}.lane = insertelement {_I32} poison, i32 {full}.one, i32 0",
            f"{full} = shufflevector {_I32} {full}.lane, {_I32} poison, {_mask([0] * _LANES)}",
        ]
    return "\n".join(f"  {line}" for line in lines)


def _splat(kind: str, value: int) -> str:
    return "<" + ", ".join([f"{kind} {value}"] * _LANES) + ">"


def _mask(lanes: list[int]) -> str:
    return f"<{len(lanes)} x i32> <" + ", ".join(f"i32 {lane}" for lane in lanes) + ">"
