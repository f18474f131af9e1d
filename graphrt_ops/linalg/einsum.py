"""einsum: sums of products written with one letter an axis, as matrix products two tensors at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import graphrt_ops as F
from graphrt.graph import Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export


@dataclass
class Labelled:
    """A tensor and the letters of its axes."""

    tensor: Tensor
    labels: str

    def in_order(self, labels: str) -> Labelled:
        """With its axes in the order of ``labels``."""
        order = [self.labels.index(label) for label in labels]
        if order == list(range(len(order))):
            return self
        return Labelled(F.transpose(self.tensor, order), labels)


@export("einsum", "linalg.einsum")
def einsum(equation, *inputs, **kwargs):
    """Sums of products: ``einsum("ij,jk->ik", a, b)`` is the matrix product.

    Args:
      equation: the letters of each input's axes, comma separated, "->", and those of the result, which are left out to
        mean all letters that occur once, in the order of the alphabet. ``...`` stands for any number of axes.
      *inputs: tensors of one type and of known rank. name: a name for the nodes.

    Raises:
      ValueError: if the equation does not fit the inputs, or repeats a letter within one input.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1])))
    [3 7]
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {', '.join(sorted(kwargs))}")
    with name_scope(name, "einsum", [equation, *inputs]):
        tensors = [convert_to_tensor(value) for value in inputs]
        labels, wanted = _parsed(equation, [tensor.shape.rank for tensor in tensors])
        terms = [Labelled(tensor, letters) for tensor, letters in zip(tensors, labels, strict=True)]
        if len(terms) == 1 and "->" not in equation and len(labels[0]) == 2 and labels[0][0] == labels[0][1]:
            return F.trace(tensors[0])
        for letters in labels:
            if len(set(letters)) < len(letters):
                raise ValueError(f"Subscript not supported: an axis appears more than once: {letters}")
        everything = "".join(labels)
        if any(everything.count(label) > 2 and label not in wanted for label in everything):
            return _all_at_once(terms, wanted)
        return _one_by_one(terms, wanted)


def _parsed(equation: str, ranks: list[int | None]) -> tuple[list[str], str]:
    """The letters of each input, and those of the result, with ``...`` written out."""
    text = equation.replace(" ", "")
    if not re.fullmatch(r"(?:[a-zA-Z]|\.{3}|,)*(?:->(?:[a-zA-Z]|\.{3})*)?", text):
        raise ValueError(f"Indices have incorrect format: {equation}")
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        raise ValueError(f'Got {len(ranks)} arguments for equation "{equation}", expecting {len(inputs)}')
    unused = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if letter not in text]
    counts = [_hidden_axes(equation, letters, rank) for letters, rank in zip(inputs, ranks, strict=True)]
    longest = "".join(unused[: max(counts)])
    # Ellipses are aligned at their ends, as broadcasting aligns shapes.
    inputs = [letters.replace("...", longest[len(longest) - n :]) for letters, n in zip(inputs, counts, strict=True)]
    if arrow:
        return inputs, right.replace("...", longest)
    everything = "".join(inputs)
    named = sorted({letter for letter in left if letter.isalpha() and everything.count(letter) == 1})
    return inputs, longest + "".join(named)


def _hidden_axes(equation: str, letters: str, rank: int | None) -> int:
    """How many axes the ellipsis of an input stands for (0 without one)."""
    if rank is None:
        raise ValueError("einsum needs inputs of known rank")
    hidden = rank - len(letters.replace("...", ""))
    if letters.count("...") > 1 or hidden < 0 or (hidden > 0 and "..." not in letters):
        raise ValueError(f"{letters!r} in equation {equation} does not name the axes of an input of rank {rank}")
    return hidden


def _one_by_one(terms: list[Labelled], wanted: str) -> Tensor:
    result = terms[0]
    for term in terms[1:]:
        summed = (set(result.labels) & set(term.labels)) - set(wanted)
        result = _product(result, term, summed)
    over = [i for i, label in enumerate(result.labels) if label not in wanted]
    if over:
        left = "".join(label for label in result.labels if label in wanted)
        result = Labelled(F.reduce_sum(result.tensor, axis=over), left)
    if sorted(result.labels) != sorted(wanted):
        raise ValueError(f"Invalid equation: the result has the axes {wanted!r}, but the inputs give {result.labels!r}")
    return result.in_order(wanted).tensor


def _product(x: Labelled, y: Labelled, summed: set[str]) -> Labelled:
    """The product of two tensors, summed over some of the axes that both have.

    Axes of both that stay come first; then those of x, the summed ones, those of y.
    """
    stack = sorted((set(x.labels) & set(y.labels)) - summed)
    only_x, only_y = sorted(set(x.labels) - set(y.labels)), sorted(set(y.labels) - set(x.labels))
    inner = sorted(summed)
    x, y = x.in_order("".join(stack + only_x + inner)), y.in_order("".join(stack + inner + only_y))
    labels = "".join(stack + only_x + only_y)
    if not inner:
        left, right = x.tensor, y.tensor
        for _ in only_y:
            left = F.expand_dims(left, -1)
        for _ in only_x:
            right = F.expand_dims(right, len(stack))
        return Labelled(F.multiply(left, right), labels)
    batch, end_x = len(stack), len(stack) + len(only_x)
    dims_x = _dims(x.tensor)
    rows, size = _size(dims_x[batch:end_x]), _size(dims_x[end_x:])
    left = _reshaped(x.tensor, [*dims_x[:batch], rows, size])
    dims_y = _dims(y.tensor)
    free_y = dims_y[batch + len(inner) :]
    right = _reshaped(y.tensor, [*dims_y[:batch], size, _size(free_y)])
    return Labelled(_reshaped(F.matmul(left, right), [*dims_x[:end_x], *free_y]), labels)


def _dims(tensor: Tensor) -> list:
    """The lengths of the axes: numbers where they are known, scalar tensors elsewhere."""
    dims = tensor.shape.as_list()
    if None in dims:
        shape = F.shape(tensor)
        dims = [shape[i] if d is None else d for i, d in enumerate(dims)]
    return dims


def _size(dims: list):
    size = 1
    for dim in dims:
        size = size * dim
    return size


def _reshaped(tensor: Tensor, dims: list) -> Tensor:
    """``tensor`` in another shape; no node if it has that shape already, as far as is known."""
    have = tensor.shape.as_list()
    if len(have) == len(dims) and not any(isinstance(d, Tensor) or d != h for h, d in zip(have, dims, strict=True)):
        return tensor
    return F.reshape(tensor, dims)


def _all_at_once(terms: list[Labelled], wanted: str) -> Tensor:
    """One product of all inputs, each stretched to all axes: for letters that more than two inputs share."""
    letters = sorted(set("".join(term.labels for term in terms)))
    order = [letter for letter in letters if letter not in wanted] + list(wanted)
    stretched = []
    for term in terms:
        term = term.in_order("".join(label for label in order if label in term.labels))
        dims = iter([-1 if d is None else d for d in term.tensor.shape.as_list()])
        stretched.append(F.reshape(term.tensor, [next(dims) if label in term.labels else 1 for label in order]))
    product = 1
    for tensor in stretched:
        product = product * tensor
    return F.reduce_sum(product, list(range(len(order) - len(wanted))))
