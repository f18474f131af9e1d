"""Which kinds of shapes get native code, keep it, and lose it."""

from __future__ import annotations

import random

import pytest

from graphrt.native import kinds
from graphrt.native.kinds import Kinds


class Compiling(Kinds):
    """Makes "native code" the moment it is due; ``made`` and ``lost`` count."""

    def __init__(self, size=1000):
        super().__init__(self._lost)
        self.size = size
        self.made, self.lost = 0, 0
        self.native_runs = 0

    def _lost(self, kind):
        kind.native = None
        self.lost += 1

    def run(self, signature):
        kind = self.get(signature)
        if kind is not None and kind.native is not None:
            kind.lately += 1
            self.native_runs += 1
            return True
        kind = self.came(signature)
        if self.is_due(kind):
            self.ask(kind)
            kind.native, kind.bytes = object(), self.size
            self.made += 1
        return False

    def holders(self):
        return {signature for signature, kind in self.items() if kind.native is not None}


LARGE = kinds._BYTES


def test_a_ninth_kind_that_stays_gets_its_place():
    """Large kinds, of which there may only be eight."""
    plan = Compiling(size=LARGE)
    for size in range(8):
        for _ in range(20):
            plan.run(size)
    assert plan.holders() == set(range(8))
    misses = sum(not plan.run("ninth") for _ in range(1000))
    assert misses < 100
    assert plan.lost == 1


def test_the_one_that_goes_is_one_that_does_not_come_any_more():
    plan = Compiling(size=LARGE)
    for _ in range(50):
        for size in range(8):
            plan.run(size)
    for i in range(2000):
        plan.run("ninth" if i % 2 else i % 7)  # 7 does not come any more
    assert plan.holders() == {*range(7), "ninth"}


@pytest.mark.parametrize("count", [9, 12, 100, 1000])
def test_more_kinds_in_turns_than_there_is_room_for_do_not_compile_for_ever(count):
    plan = Compiling(size=LARGE)
    for _ in range(200):
        for size in range(count):
            plan.run(size)
    assert plan.made <= 10
    assert len(plan) <= 8 + kinds._NOTED


def test_nor_do_they_at_random():
    plan = Compiling(size=LARGE)
    draw = random.Random(3)
    for _ in range(20_000):
        plan.run(draw.randrange(12))
    assert plan.made <= 60
    assert plan.native_runs > 12_000


def test_what_comes_once_pushes_out_nothing():
    plan = Compiling(size=LARGE)
    for size in range(8):
        plan.run(size)
        plan.run(size)
    for i in range(5000):
        plan.run(("once", i))
        if i % 10 == 0:
            for size in range(8):
                plan.run(size)
    assert plan.holders() == set(range(8))
    assert len(plan) <= 8 + kinds._NOTED


def test_small_kinds_have_more_room():
    plan = Compiling()
    for size in range(40):
        for _ in range(10):
            plan.run(size)
    assert len(plan.holders()) == kinds._MOST


def test_drifting_sizes_are_followed_but_no_faster_than_they_come():
    plan = Compiling(size=LARGE)
    for size in range(100):
        for _ in range(300):
            plan.run(size)
    assert plan.native_runs > 100 * 200


def test_refused_kinds_take_no_room():
    plan = Compiling(size=LARGE)
    for size in range(100):
        kind = plan.came(("bad", size))
        kind.asked, kind.refused = True, "too small"
    plan.run(1)
    plan.run(1)
    assert plan.holders() == {1}
    assert len(plan) <= 1 + kinds._NOTED
