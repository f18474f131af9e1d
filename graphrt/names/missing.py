"""What to say of a name that graphrt does not have."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.resources
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from graphrt.names.planned import BESIDE, NOT_PLANNED, PARTS, row_of
from graphrt.names.renamed import LATER, NUMPYS, OLD

_ALIKE = 0.75  # the ratio of difflib from which on two names look alike


@functools.cache
def tensorflow_names() -> Mapping[str, bool]:
    """Every public name of TensorFlow 1.15; True for modules. ``{"nn": True, "nn.relu": False, ...}``"""
    found: dict[str, bool] = {}
    text = importlib.resources.files(__package__).joinpath("tensorflow.txt").read_text(encoding="utf-8")
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
    if name in NUMPYS:
        return f"tf.{name} does not exist: what NumPy calls {name} is tf.{NUMPYS[name]}"
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
    ours, tensorflows = _our_spellings(), _tensorflows_spellings()
    if last.lower() in ours.same:
        return ours.same[last.lower()]
    same = tensorflows.same.get(last.lower())
    if same is not None and same.rpartition(".")[2] != last and same.lower() != name.lower():
        same = None  # capitals of another module: tf.float is not tf.lite.constants.FLOAT
    in_module = _longer(name, any_end=bool(module) and len(last) > 3)
    return in_module or same or _alike(name, last, ours) or _alike(name, last, tensorflows)


def _longer(name: str, *, any_end: bool) -> str | None:
    """The usual one of our names that begin with ``name``: tf.float32 for tf.float, tf.nn.conv2d for tf.nn.conv."""
    ends = {other: other[len(name) :] for other in our_names() if other.startswith(name)}
    found = [other for other, end in ends.items() if end.isdigit() or (any_end and "." not in end)]
    return min(found, key=lambda other: (not other.endswith(("32", "2d")), len(other), other), default=None)


class _Spellings(NamedTuple):
    """Names, prepared to be searched: scripts ask with hasattr() for names by the hundred."""

    same: Mapping[str, str]  # the last part in small letters: the shortest of the names that end so
    letters: Sequence[tuple[str, int, int]]  # name, length and set of letters (as bits) of the last part


@functools.cache
def _our_spellings() -> _Spellings:
    return _spellings(our_names(), our_modules())


@functools.cache
def _tensorflows_spellings() -> _Spellings:
    return _spellings(tensorflow_names(), ())


def _spellings(names: Iterable[str], modules: Iterable[str]) -> _Spellings:
    longest_first = sorted(names, key=lambda name: (name.count("."), len(name), name), reverse=True)
    same = {name.rpartition(".")[2].lower(): name for name in longest_first}
    lasts = ((name, name.rpartition(".")[2]) for name in (*names, *modules))
    return _Spellings(same, [(name, len(last), _letters(last)) for name, last in lasts])


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _alike(name: str, last: str, known: _Spellings) -> str | None:
    length, letters = len(last), _letters(last)
    # difflib takes 2 us a name. What differs in too many letters cannot have the ratio: of words of lengths n and m,
    # at least _ALIKE * (n + m) / 2 letters must be in both.
    possible = [
        other
        for other, size, others_letters in known.letters
        if (length > 4 or (abs(size - length) <= 1 and other.rpartition(".")[2][:1] == last[:1]))
        and (letters & ~others_letters).bit_count() <= length - _ALIKE * (length + size) / 2
        and (others_letters & ~letters).bit_count() <= size - _ALIKE * (length + size) / 2
    ]
    close = difflib.get_close_matches(name, possible, n=5, cutoff=_ALIKE)
    ratios = {other: difflib.SequenceMatcher(None, last, other.rpartition(".")[2]).ratio() for other in close}
    return next((other for other in close if ratios[other] >= _ALIKE), None)
