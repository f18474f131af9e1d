"""What the work of a node is, whatever does it: the records that lowerings return.

``@opdef.lower`` decorates a function of one node, all of whose shapes are known. It returns a record (for Views, one an
output), or None where there is nothing to say: a value that the work depends on is not known, or the op's ordinary
kernel has to look at its inputs, since they may be wrong. A record says what is computed from the node's inputs, by
their numbers, and knows no processor: shapes and types are those of the inputs and outputs, and which of them there is
code for is the target's affair. A target is a table from records to kernels (``graphrt/native/kernels/table.py`` is the
CPU's); a node whose record it has none for stays a line of Python.

Records are named tuples, since making a class of these takes 0.05 ms and making a frozen dataclass 0.4 ms: all of them
are made when the first plan is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np


class Operand(Protocol):
    """What a target is told of an input or output of a node."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...


# -- what no table need know: memory that is there already, and expressions, which are fused into loops ----------------


class View(NamedTuple):
    """An output of a node as a part of the memory of one of its inputs: no code at all. A node with several outputs has
    a tuple of Views. The op must say so (``aliases``), lest a variable is written to while its view is in use.

    Attributes:
      strides: one for each axis of the output, counted in elements of the (C-contiguous) input; 0 repeats.
      offset: the element of the input that the output begins with.
      input: which input.
    """

    strides: tuple[int, ...]
    offset: int = 0
    input: int = 0


class Reduce(NamedTuple):
    """Output 0 is input 0 reduced over ``axes``, by ``how``: add, mul, minimum, maximum, and_, or_; then divided by
    ``divisor``. It is fused with what computes the input."""

    how: str
    axes: tuple[int, ...]
    divisor: int = 1


class Map(NamedTuple):
    """Each element of output 0 by ``expression(m, *inputs)``, the inputs broadcast: for ops that are elementwise only
    with some of their options, and have no scalar expression for that reason."""

    expression: Callable[..., Any]


class Update(NamedTuple):
    """The new values of the variables that the node's first inputs refer to, element by element:
    ``rule(m, *inputs)`` returns a tuple of expressions. Inputs of one element are broadcast."""

    rule: Callable[..., tuple[Any, ...]]


# -- moving elements: what they mean does not matter -------------------------------------------------------------------


class Axis(NamedTuple):
    """One loop of a copy: how often, and how far apart the elements are in the source and in the target."""

    length: int
    source: int
    target: int


class Part(NamedTuple):
    """Elements of an input that are copied into the output: from element ``offset`` on to element ``place`` on."""

    axes: tuple[Axis, ...]
    input: int = 0
    offset: int = 0
    place: int = 0


class Copies(NamedTuple):
    """Output 0 is made of ``parts`` of the inputs, written one after another; where none of them is, it is 0 if
    ``zeros``, and else the parts cover all of it. ``name`` is what it is called."""

    name: str
    parts: tuple[Part, ...]
    zeros: bool = False


class Pad(NamedTuple):
    """Output 0 is input 0 with so many elements before and after it along each axis: the scalar that is input number
    ``value``, or zeros."""

    margins: tuple[tuple[int, int], ...]
    value: int | None = None


class Band(NamedTuple):
    """Output 0 has the elements of the matrices in the last two axes of input 0 that are at most ``below`` under their
    diagonal and at most ``above`` over it, and 0 elsewhere; None: all of them on that side."""

    below: int | None
    above: int | None


# -- reading where indices say: one out of range is an error -----------------------------------------------------------


class Gather(NamedTuple):
    """Output 0 has the slices of input 0 along ``axis`` whose numbers are in input 1; the first ``batch`` axes of both
    go together."""

    axis: int
    batch: int = 0


class GatherSlices(NamedTuple):
    """Output 0 has the slices of input 0 whose coordinates along its first axes are the rows of input 1."""


class OneHot(NamedTuple):
    """Output 0 has input 2 at the place along ``axis`` that an element of input 0 names, and input 3 elsewhere; an
    element that names none is no error."""

    axis: int


class Unique(NamedTuple):
    """Output 0 has the different numbers of the vector that is input 0 in the order in which they first come, then the
    first of them as often as it takes to be as long as that; output 1 which of them each number is, and output 2 how
    many are different."""


# -- combining rows where indices say: one after the other, since two may have the same place --------------------------


class Segments(NamedTuple):
    """Output 0 has, in each row, those rows of input 0 combined by ``how`` (add, mul, minimum, maximum) that have the
    row's number in input 1; those with a negative number are left out. Where there is none, it has what ``how`` begins
    with: 0, 1, or the greatest or least finite number. A number that is too large is an error."""

    how: str


class Scatter(NamedTuple):
    """Rows of updates are combined by ``how`` with the rows of output 0 that indices name: update (which replaces),
    add, sub, mul, div, minimum, maximum. An index out of range is an error, and then nothing is written to a variable.

    Attributes:
      name: what it is called.
      into: what output 0 is before: "zeros", the variable that input 0 refers to (output 0 is its next version) or a
        "copy" of input 0. Of zeros, inputs 0 and 1 are the indices and the updates, else inputs 1 and 2.
      coordinates: each row of the indices has coordinates along the first axes; else they are numbers of rows.
      counted_by: the input that says how many of the indices, and of the updates, are meant; None: all.

    Updates may be a single number, which all rows are combined with.
    """

    name: str
    how: str
    into: str
    coordinates: bool = False
    counted_by: int | None = None


class UpdateRows(NamedTuple):
    """``rule(m, *inputs)``, given all inputs but the indices and their count, returns a tuple of expressions: the new
    rows of the variables that the inputs ``written`` refer to (and the outputs are the next versions of), element by
    element. Rows are updated one after the other. An index out of range is an error, and then nothing is written.

    Attributes:
      name: what it is called.
      gradient: the input that has a row for each index; all others are single numbers.
      indices: the input that has the numbers of the rows.
      counted_by: the input that says how many of the indices are meant; None: all.
    """

    name: str
    rule: Callable[..., tuple[Any, ...]]
    written: tuple[int, ...]
    gradient: int
    indices: int
    counted_by: int | None = None


# -- each row (the last axis), or each sequence, as a whole ------------------------------------------------------------


class Softmax(NamedTuple):
    """Output 0 is exp(x) / sum(exp(x)) of each row x of input 0, or its logarithm."""

    logarithm: bool = False


class CrossEntropy(NamedTuple):
    """Of rows of logits (input 0) and labels (input 1), which are rows of probabilities or (``sparse``) the number of
    the one class: output 0 is -sum(labels * log_softmax(logits)) of each row, output 1 softmax(logits) - labels. A
    number that is no class is an error."""

    sparse: bool = False


class InTopK(NamedTuple):
    """Output 0: whether less than k (input 2) of the predictions in a row of input 0 are greater than that of the class
    which input 1 names. False where that is not finite or no class, or a prediction is nan."""


class ReverseSequence(NamedTuple):
    """Output 0 is input 0, in which the first so many elements along the axis ``sequence`` are in reverse order; input
    1 has their number for each place on the axis ``batch``. More than there are is an error."""

    batch: int
    sequence: int


class CheckFinite(NamedTuple):
    """Output 0 is input 0. A nan or an infinity in it is an error."""


class HalfSquare(NamedTuple):
    """Output 0 is half the sum of the squares of input 0."""


# -- along one axis, which is known; it is also input 1 of these ops ---------------------------------------------------


class ArgExtreme(NamedTuple):
    """Output 0 is where input 0 is largest (or smallest) along ``axis``: the first place. nan never is, and if nothing
    is larger than -inf (or less than inf) it is 0."""

    axis: int
    largest: bool


class Scan(NamedTuple):
    """Output 0 has the running sums of input 0 along ``axis``, or with ``how`` "mul" the products: of what comes up to
    an element, with it or (``exclusive``) without it, from the beginning or (``reverse``) from the end."""

    how: str
    axis: int
    exclusive: bool = False
    reverse: bool = False


# -- products ----------------------------------------------------------------------------------------------------------


class Product(NamedTuple):
    """Output 0 is the product of the matrices in the last two axes of input 0, transposed or not, with those of input
    1; the leading axes broadcast."""

    transpose_a: bool = False
    transpose_b: bool = False


# -- windows over images with their channels last ----------------------------------------------------------------------

Pair = tuple[int, int]


class Windows(NamedTuple):
    """Window (y, x) sees, with tap (i, j), the pixel (y * stride + i * dilation + origin, ...) of an image.

    ``image`` is its height, width and channels; ``counts`` how many windows there are along both axes.
    """

    image: tuple[int, int, int]
    counts: Pair
    taps: Pair
    strides: Pair
    dilations: Pair
    origin: Pair

    def reach(self, axis: int, count: int) -> int:
        """Over how many pixels ``count`` neighbouring windows spread."""
        return (count - 1) * self.strides[axis] + (self.taps[axis] - 1) * self.dilations[axis] + 1

    @property
    def padded(self) -> bool:
        """True if a window reaches beyond the image."""
        return any(
            self.origin[axis] < 0 or self.origin[axis] + self.reach(axis, self.counts[axis]) > self.image[axis]
            for axis in (0, 1)
        )


class Convolution(NamedTuple):
    """The correlation of ``batch`` images with a filter of shape [taps, taps, channels, outputs], or (``depthwise``:
    then there are as many outputs as channels) of each channel with its own. ``wanted`` says which of the three output
    0 is:

        output    from the images and the filter
        images    the gradient with respect to them, from their shape (which is known), the filter and dy
        filter    the gradient with respect to it, from the images, its shape (which is known) and dy

    dy is the gradient with respect to the output.
    """

    wanted: str
    batch: int
    windows: Windows
    outputs: int
    depthwise: bool = False


class Pool(NamedTuple):
    """Output 0 has the maximum ("max") or the mean ("avg") of each window of the images, of which input 0 has
    ``batch``; of the window's pixels, those that the image has."""

    how: str
    batch: int
    windows: Windows


class PoolGradient(NamedTuple):
    """Output 0 is the gradient of a Pool with respect to the images. Inputs are, of "max", the images, their maxima and
    the gradient of the pools, which goes to the first pixel of a window that is the maximum; of "avg" the images' shape
    (which is known) and the gradient."""

    how: str
    batch: int
    windows: Windows


# -- normalizations of images with their channels last -----------------------------------------------------------------


class BatchNorm(NamedTuple):
    """Output 0 is (x - mean) / sqrt(variance + epsilon) * scale + offset for each channel of the images x; inputs are
    x, scale, offset, mean and variance. In training the two are those of x, and else given. Outputs 1 and 2 are the
    mean and the variance (in training that of the population, estimated), outputs 3 and 4 what the gradient needs: mean
    and variance as they were used."""

    epsilon: float
    training: bool


class BatchNormGradient(NamedTuple):
    """Outputs 0, 1 and 2 are the gradients with respect to x, scale and offset; inputs are that with respect to output
    0, x, scale, and the mean and variance that were used (of which in training x has its share)."""

    epsilon: float
    training: bool


class ResponseNorm(NamedTuple):
    """Output 0 is x * norm ** -beta of input 0, with norm = bias + alpha * (the sum of the squares of x over the
    channels that are at most ``radius`` away)."""

    radius: int
    bias: float
    alpha: float
    beta: float


class ResponseNormGradient(NamedTuple):
    """Output 0 is the gradient of a ResponseNorm with respect to its input; inputs are that with respect to its output,
    its input and its output."""

    radius: int
    bias: float
    alpha: float
    beta: float


# -- random numbers: TensorFlow 1's Philox streams ---------------------------------------------------------------------

SEEDS = 3
"""64-bit numbers that stand for a place in a stream: the key, the upper half of the counter, and its lower half, which
is the number of the first block of the run (docs of ``graphrt/native/kernels/philox.py``)."""


class Draw(NamedTuple):
    """Output 0 has the stream's next numbers, and the kernels' only input is a block of SEEDS 64-bit numbers; before
    each run Python fills it with what ``begin(state)`` returns, which moves the state on.

    ``distribution`` is "uniform" (in [0, 1)), "normal" (mean 0, deviation 1) or "integers": in [low, high).
    """

    distribution: str
    begin: Callable[[Any], Sequence[int]]
    low: int = 0
    high: int = 0


# -- checks ------------------------------------------------------------------------------------------------------------


class Assertion(NamedTuple):
    """The node does nothing where input ``condition``, a single bool, is true; where it is false, that is an error."""

    condition: int = 0


# -- helpers of lowerings ----------------------------------------------------------------------------------------------


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides, in elements, of an array whose elements lie one after another."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def title(kind: str, *shapes: Sequence[int]) -> str:
    """What a piece of work is called: "transpose 2x3 to 3x2"."""
    return f"{kind} " + " to ".join("x".join(map(str, shape)) or "scalar" for shape in shapes)


def axes_of(shape: Sequence[int], source: Sequence[int], target: Sequence[int]) -> tuple[Axis, ...]:
    """The axes of a copy of an array of ``shape``."""
    return tuple([Axis(*axis) for axis in zip(shape, source, target, strict=True)])


def shown(shape: Sequence[int], strides: Sequence[int], input: int = 0) -> Part:
    """All of the output, of ``shape``, as what a View of these strides shows."""
    return Part(axes_of(shape, strides, contiguous_strides(shape)), input)
