"""What to say of a name that graphrt does not have."""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from graphrt.names.planned import BESIDE, NOT_PLANNED, PARTS, row_of
from graphrt.names.renamed import LATER, OLD


@functools.cache
def tensorflow_names() -> Mapping[str, bool]:
    """Every public name of TensorFlow 1.15; True for modules. ``{"nn": True, "nn.relu": False, ...}``"""
    found: dict[str, bool] = {}
    text = Path(__file__).with_name("tensorflow.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        module, _, names = line.partition(":")
        prefix = f"{module}." if module else ""
        found.update({prefix + name: False for name in names.split()})
        if module:
            found[module] = True
    return found


def our_names() -> Mapping[str, tuple[str, str]]:
    """Every public name of graphrt, and where it comes from."""
    names: Mapping[str, tuple[str, str]] = importlib.import_module("graphrt.tf._names").NAMES
    return names


@functools.cache
def our_modules() -> frozenset[str]:
    """Every public module of graphrt."""
    found = {name.rpartition(".")[0] for name in our_names()}
    return frozenset({path.rsplit(".", cut)[0] for path in found for cut in range(path.count(".") + 1)} - {""})


def explained(name: str) -> str:
    """One or two sentences about ``tf.<name>``, which graphrt does not have.

    >>> explained("mul")
    'tf.mul was removed in TensorFlow 1.0: write tf.multiply'
    >>> explained("nn.reluu")
    'tf.nn.reluu does not exist in TensorFlow 1.15 or graphrt; the nearest name is tf.nn.relu'
    """
    if name in OLD:
        return _replaced(name, "was removed in TensorFlow 1.0", *OLD[name])
    if name in tensorflow_names() or any(f"{name}.".startswith(f"{package}.") for package in BESIDE):
        return f"tf.{name} {status(name)}"
    package, private, _ = f"{name}.".partition(".python.")
    if private:
        return f"tf.{name} is private to TensorFlow: the public names are those of tf.{package}"
    if name in LATER:
        return _replaced(name, "belongs to TensorFlow 2", LATER[name], "")
    nothing = f"tf.{name} does not exist in TensorFlow 1.15 or graphrt"
    close = nearest(name)
    if close is None:
        return nothing
    known = "" if is_ours(close) else f", which {status(close)}"
    return f"{nothing}; the nearest name is tf.{close}{known}"


def status(name: str) -> str:
    """What will become of a name of TensorFlow 1.15 that graphrt does not have, as the rest of a sentence."""
    row = row_of(name)
    if row.part == NOT_PLANNED:
        return f"is not in graphrt, and not planned ({row.what}). Instead: {row.instead}"
    return f"is not in graphrt yet ({row.what}; planned with {PARTS[row.part]}). Until then: {row.instead}"


def _replaced(name: str, fate: str, by: str, note: str) -> str:
    note = f" ({note})" if note else ""
    if is_ours(by):
        return f"tf.{name} {fate}: write tf.{by}{note}"
    return f"tf.{name} {fate}; it became tf.{by}{note}, which {status(by)}"


def is_ours(name: str) -> bool:
    """True for a public name, or a public module, of graphrt."""
    return name in our_names() or name in our_modules()


def nearest(name: str) -> str | None:
    """The same name in another module, or one that looks like a slip of the pen; None rather than a far-fetched one."""
    module, _, last = name.rpartition(".")
    same = _same(last, our_names())
    if same is None and len(last) > 3:
        same = next((other for other in our_names() if other.startswith(f"{module}.{last}")), None)
    same = same or _same(last, tensorflow_names())
    return same or _alike(name, last, [*our_names(), *our_modules()]) or _alike(name, last, tensorflow_names())


def _same(last: str, known: Iterable[str]) -> str | None:
    """The shortest of the names that end in ``last``; capitals do not count."""
    found = [name for name in known if name.rpartition(".")[2].lower() == last.lower()]
    return min(found, key=lambda name: (name.count("."), len(name), name), default=None)


def _alike(name: str, last: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(name, known, n=5, cutoff=0.75)
    ratios = {other: difflib.SequenceMatcher(None, last, other.rpartition(".")[2]).ratio() for other in close}
    return next((other for other in close if ratios[other] >= 0.75), None)
