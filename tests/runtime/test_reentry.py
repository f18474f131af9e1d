"""A signal handler may run a session wherever it interrupts one, also where a lock is held: locks know their owners."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import numpy as np

from graphrt.native.background import Background
from graphrt_ops.random.stream import Stream

ROOT = Path(__file__).parents[2]
OWN = {"graphrt/cli/deadline.py", "graphrt/native/roofline.py"}  # threads of their own, which run no session


def ended(function):
    """True if a call of it ends; a thread that hangs is left behind."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(20)
    return not thread.is_alive()


def test_no_lock_that_a_run_holds_locks_out_its_own_thread():
    files = [path for folder in ("graphrt", "graphrt_ops") for path in (ROOT / folder).rglob("*.py")]
    found = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(r"threading\.(Lock\(|Condition\(\))", path.read_text(encoding="utf-8"))
    }
    assert found == OWN


def test_a_draw_in_the_middle_of_a_draw_of_the_same_stream():
    stream, drawn = Stream(1, 2), []

    def numbers(start, runs):
        return np.arange(runs)[:, None] + np.full(4, start)

    def interrupted(start, runs):
        drawn.append(stream.draw("others", 4, numbers))
        return numbers(start, runs)

    assert ended(lambda: drawn.append(stream.draw("these", 4, interrupted)))
    drawn.append(stream.draw("these", 4, numbers))
    starts = [int(row[0]) for row in drawn]
    assert starts == [4 * 256, 0, 2 * 4 * 256]  # each its own numbers, in the order in which they were asked for


class Maker:
    def __init__(self, name, made):
        self.name, self.made = name, made

    def make(self, signature, kind):
        self.made.append(self.name)


class Kind:
    asked = True


def test_native_code_is_asked_for_in_the_middle_of_asking_for_it():
    background, made = Background(), []
    first, second = Maker("first", made), Maker("second", made)
    call = background._call

    def interrupted():
        background.add(second, (), Kind())
        call()
        background.add(second, (), Kind())

    background._call = interrupted
    assert ended(lambda: background.add(first, (), Kind()))
    assert background.idle(20)
    assert made == ["first", "second", "second"]
