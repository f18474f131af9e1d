"""Records of work that looks at each row, the last axis of its input, or at each sequence, as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Softmax:
    """Output 0 is exp(x) / sum(exp(x)) of each row x of input 0, or its logarithm."""

    logarithm: bool = False


@dataclass(frozen=True)
class CrossEntropy:
    """Of rows of logits (input 0) and labels (input 1), which are rows of probabilities or (``sparse``) the number of
    the one class: output 0 is -sum(labels * log_softmax(logits)) of each row, output 1 softmax(logits) - labels. A
    number that is no class is an error."""

    sparse: bool = False


@dataclass(frozen=True)
class InTopK:
    """Output 0: whether less than k (input 2) of the predictions in a row of input 0 are greater than that of the class
    which input 1 names. False where that is not finite or no class, or a prediction is nan."""


@dataclass(frozen=True)
class ReverseSequence:
    """Output 0 is input 0, in which the first so many elements along the axis ``sequence`` are in reverse order; input
    1 has their number for each place on the axis ``batch``. More than there are is an error."""

    batch: int
    sequence: int


@dataclass(frozen=True)
class CheckFinite:
    """Output 0 is input 0. A nan or an infinity in it is an error."""


@dataclass(frozen=True)
class HalfSquare:
    """Output 0 is half the sum of the squares of input 0."""
