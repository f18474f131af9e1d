"""A second target, which interprets records with NumPy: what they mean, as plainly as it can be said.

``kernels`` is its table, beside the CPU's; ``run`` does the work of a lowered program node by node. Nothing here looks
at an op: what a record and the shapes and types do not say, a target cannot know.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

from graphrt.native import records
from graphrt.native.kernel import Kernel, Lowering, one
from graphrt.native.work import Array, Called, Changed, Hosted, Pointwise, Reduction
from graphrt_ops.random import distributions
from graphrt_ops.random.stream import Stream
from tests.ops import scalar_math


class Refused(Exception):
    """An input is bad."""


def kernels(record, inputs, outputs):
    """One kernel, whose ``emit`` is called with the arrays of the inputs and those of the outputs."""
    kernel = Kernel(type(record).__name__, partial(TABLE[type(record)], record), checks=type(record) in MAY_REFUSE)
    if isinstance(record, records.UpdateRows):
        return checked_first(kernel, inputs[0].shape[:1], False, record.indices, record.counted_by)
    if isinstance(record, records.Gather):
        return Lowering((kernel,), ahead=checked_first(kernel, inputs[0].shape[record.axis :], False, 1, None))
    if isinstance(record, records.Scatter) and record.into == "variable":
        return checked_first(kernel, inputs[0].shape, record.coordinates, 1, record.counted_by)
    return Lowering((kernel,))


def checked_first(kernel, shape, coordinates, indices, counted_by):
    """The lowering of what writes variables: all indices are looked at before anything is written."""
    looks_at = (indices,) if counted_by is None else (indices, counted_by)
    look = partial(check_indices, shape, coordinates)
    return Lowering((replace(kernel, checks=False),), check=one(Kernel("look", look, checks=True)), looks_at=looks_at)


def check_indices(shape, coordinates, given, made):
    places = given[0] if len(given) == 1 else given[0][: int(given[1])]
    if ((places < 0) | (places >= (shape[: places.shape[-1]] if coordinates else shape[0]))).any():
        raise Refused


# -- moving elements ---------------------------------------------------------------------------------------------------


def _elements(array, offset, lengths, strides):
    return as_strided(array.reshape(-1)[offset:], lengths, [stride * array.itemsize for stride in strides])


def copies(record, given, made):
    if record.zeros:
        made[0][...] = 0
    for part in record.parts:
        lengths = [axis.length for axis in part.axes]
        source = _elements(given[part.input], part.offset, lengths, [axis.source for axis in part.axes])
        _elements(made[0], part.place, lengths, [axis.target for axis in part.axes])[...] = source


def pad(record, given, made):
    made[0][...] = 0 if record.value is None else given[record.value]
    inside = [slice(before, before + n) for (before, _), n in zip(record.margins, given[0].shape, strict=True)]
    made[0][tuple(inside)] = given[0]


def band(record, given, made):
    row, column = np.indices(given[0].shape[-2:])
    below = record.below is None or row - column <= record.below
    above = record.above is None or column - row <= record.above
    made[0][...] = np.where(below & above, given[0], 0)


# -- indices -----------------------------------------------------------------------------------------------------------


def gather(record, given, made):
    params, places = given[:2]
    if ((places < 0) | (places >= params.shape[record.axis])).any():
        raise Refused
    for batch in np.ndindex(*params.shape[: record.batch]):
        made[0][batch] = np.take(params[batch], places[batch], record.axis - record.batch)


def gather_slices(record, given, made):
    params, places = given
    if ((places < 0) | (places >= params.shape[: places.shape[-1]])).any():
        raise Refused
    made[0][...] = params[tuple(np.moveaxis(places, -1, 0))]


def one_hot(record, given, made):
    places, on, off = given[0], given[2], given[3]
    depth = made[0].shape[record.axis]
    classes = np.arange(depth).reshape([-1] + [1] * (made[0].ndim - record.axis - 1))
    made[0][...] = np.where(np.expand_dims(places, record.axis) == classes, on, off)


def segments(record, given, made):
    limits = np.finfo(made[0].dtype) if made[0].dtype.kind == "f" else np.iinfo(made[0].dtype)
    made[0][...] = {"add": 0, "mul": 1, "maximum": limits.min, "minimum": limits.max}[record.how]
    if (given[1] >= len(made[0])).any():
        raise Refused
    for place in np.ndindex(given[1].shape):
        if given[1][place] >= 0:
            row = made[0][given[1][place]]
            row[...] = COMBINE[record.how](row, given[0][place])


def scatter(record, given, made):
    """(What writes a variable finds the version before in its output.)"""
    places, updates = given[:2] if record.into == "zeros" else given[1:3]
    if record.into != "variable":
        made[0][...] = 0 if record.into == "zeros" else given[0]
        check_indices(made[0].shape, record.coordinates, [places], [])
    places = places if record.coordinates else places[..., None]
    places = places.reshape(-1, places.shape[-1])
    count = len(places) if record.counted_by is None else int(given[record.counted_by])
    inner = made[0].shape[places.shape[-1] :]
    updates = np.broadcast_to(updates, [count, *inner]) if updates.ndim == 0 else updates.reshape(-1, *inner)
    for place, update in zip(places[:count], updates[:count], strict=True):
        made[0][tuple(place)] = COMBINE[record.how](made[0][tuple(place)], update)


def update_rows(record, given, made):
    places = given[record.indices]
    for number, place in enumerate(places if record.counted_by is None else places[: int(given[record.counted_by])]):
        inputs = list(given)
        inputs[record.gradient] = given[record.gradient][number]
        for i, version in zip(record.written, made, strict=True):
            inputs[i] = version[place].copy()
        rows = record.rule(
            FUNCTIONS, *[v for i, v in enumerate(inputs) if i not in (record.indices, record.counted_by)]
        )
        for version, row in zip(made, rows, strict=True):
            version[place] = row


def unique(record, given, made):
    different = list(dict.fromkeys(given[0].tolist()))
    made[0][...] = different + different[:1] * (len(given[0]) - len(different))
    made[1][...] = [different.index(number) for number in given[0].tolist()]
    made[2][...] = len(different)


COMBINE = {
    "update": lambda x, y: y,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "minimum": np.minimum,
    "maximum": np.maximum,
}


# -- rows and axes -----------------------------------------------------------------------------------------------------


def _log_softmax(logits):
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def softmax(record, given, made):
    logarithms = _log_softmax(given[0])
    made[0][...] = logarithms if record.logarithm else np.exp(logarithms)


def cross_entropy(record, given, made):
    logits, labels = given
    if record.sparse:
        if ((labels < 0) | (labels >= logits.shape[1])).any():
            raise Refused
        labels = np.eye(logits.shape[1])[labels]
    logarithms = _log_softmax(logits)
    made[0][...] = -(labels * logarithms).sum(1)
    made[1][...] = np.exp(logarithms) - labels


def in_top_k(record, given, made):
    predictions, targets, k = given
    for i, (row, target) in enumerate(zip(predictions, targets, strict=True)):
        fine = 0 <= target < len(row) and np.isfinite(row[target]) and not np.isnan(row).any()
        made[0][i] = fine and (row > row[target]).sum() < k


def reverse_sequence(record, given, made):
    source, lengths = np.moveaxis(given[0], (record.batch, record.sequence), (0, 1)), given[1]
    target = np.moveaxis(made[0], (record.batch, record.sequence), (0, 1))
    if ((lengths < 0) | (lengths > source.shape[1])).any():
        raise Refused
    target[...] = source
    for i, length in enumerate(lengths):
        target[i, :length] = source[i, :length][::-1]


def holds(record, given, made):
    if not given[record.condition]:
        raise Refused


def check_finite(record, given, made):
    if not np.isfinite(given[0]).all():
        raise Refused
    made[0][...] = given[0]


def half_square(record, given, made):
    made[0][...] = (given[0].astype(np.float64) ** 2).sum() / 2


def arg_extreme(record, given, made):
    x = given[0]
    if x.dtype.kind == "f":
        x = np.where(np.isnan(x), -np.inf if record.largest else np.inf, x)
    made[0][...] = (np.argmax if record.largest else np.argmin)(x, record.axis)


def scan(record, given, made):
    x, out = (np.moveaxis(array, record.axis, 0) for array in (given[0], made[0]))
    total = np.full(x.shape[1:], {"add": 0, "mul": 1}[record.how], x.dtype)
    for i in reversed(range(len(x))) if record.reverse else range(len(x)):
        after = total + x[i] if record.how == "add" else total * x[i]
        out[i] = total if record.exclusive else after
        total = after


# -- products and windows ----------------------------------------------------------------------------------------------


def product(record, given, made):
    a, b = given
    a = a.swapaxes(-1, -2) if record.transpose_a else a
    b = b.swapaxes(-1, -2) if record.transpose_b else b
    made[0][...] = a.astype(np.float64) @ b


def _seen(seen: records.Windows):
    """(tap, rows, columns, inside) for each tap: the pixels that all windows see with it, and whether there are any."""
    for tap in np.ndindex(*seen.taps):
        places = []
        for axis in (0, 1):
            places.append(np.arange(seen.counts[axis]) * seen.strides[axis] + seen.origin[axis])
            places[axis] += tap[axis] * seen.dilations[axis]
        y, x = np.meshgrid(*places, indexing="ij")
        inside = (y >= 0) & (y < seen.image[0]) & (x >= 0) & (x < seen.image[1])
        yield tap, np.where(inside, y, 0), np.where(inside, x, 0), inside[..., None]


def convolution(record, given, made):
    result = np.zeros(made[0].shape)
    sums = "nyxc,c->nyxc" if record.depthwise else "nyxc,co->nyxo"
    for tap, y, x, inside in _seen(record.windows):
        if record.wanted == "images":
            weights, dy = given[1][tap].astype(np.float64), given[2]
            weights = weights[:, 0] if record.depthwise else weights
            back = dy * weights if record.depthwise else dy @ weights.T
            np.add.at(result, (slice(None), y, x), np.where(inside, back, 0))
            continue
        pixels = np.where(inside, given[0][:, y, x].astype(np.float64), 0)
        if record.wanted == "output":
            weights = given[1][tap]
            result += np.einsum(sums, pixels, weights[:, 0] if record.depthwise else weights)
        elif record.depthwise:
            result[tap] = np.einsum("nyxc,nyxc->c", pixels, given[2])[:, None]
        else:
            result[tap] = np.einsum("nyxc,nyxo->co", pixels, given[2])
    made[0][...] = result


def pool(record, given, made):
    start = -np.inf if record.how == "max" else 0.0
    result, count = np.full(made[0].shape, start), 0
    for _, y, x, inside in _seen(record.windows):
        pixels = np.where(inside, given[0][:, y, x], start)
        result = np.maximum(result, pixels) if record.how == "max" else result + pixels
        count = count + inside
    made[0][...] = result if record.how == "max" else result / count


def pool_gradient(record, given, made):
    dy, result = given[-1], np.zeros(made[0].shape)
    left, count = np.ones(dy.shape, bool), sum(inside for *_, inside in _seen(record.windows))
    for _, y, x, inside in _seen(record.windows):
        if record.how == "max":
            chosen = inside & left & (given[0][:, y, x] == given[1])
            left &= ~chosen
            share = np.where(chosen, dy, 0)
        else:
            share = np.where(inside, dy / count, 0)
        np.add.at(result, (slice(None), y, x), share)
    made[0][...] = result


# -- normalization -----------------------------------------------------------------------------------------------------


def batch_norm(record, given, made):
    x, scale, offset, mean, variance = (array.astype(np.float64) for array in given)
    shown = variance
    if record.training:
        count = x.size // x.shape[-1]
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        shown = variance * count / max(count - 1, 1)
    made[0][...] = (x - mean) / np.sqrt(variance + record.epsilon) * scale + offset
    for output, value in zip(made[1:], (mean, shown, mean, variance), strict=False):
        output[...] = value


def batch_norm_gradient(record, given, made):
    dy, x, scale, mean, variance = (array.astype(np.float64) for array in given[:5])
    over, inverse = (0, 1, 2), 1 / np.sqrt(variance + record.epsilon)
    normal = (x - mean) * inverse
    d_scale, d_offset = (dy * normal).sum(over), dy.sum(over)
    if record.training:
        count = x.size // x.shape[-1]
        dy = dy - d_offset / count - normal * d_scale / count
    for output, value in zip(made, (dy * scale * inverse, d_scale, d_offset), strict=False):
        output[...] = value


def _over_channels(x, radius):
    near = np.abs(np.subtract.outer(np.arange(x.shape[-1]), np.arange(x.shape[-1]))) <= radius
    return x @ near.astype(np.float64)


def response_norm(record, given, made):
    x = given[0].astype(np.float64)
    made[0][...] = x * (record.bias + record.alpha * _over_channels(x * x, record.radius)) ** -record.beta


def response_norm_gradient(record, given, made):
    dy, x, y = (array.astype(np.float64) for array in given)
    norm = record.bias + record.alpha * _over_channels(x * x, record.radius)
    shared = _over_channels(dy * y / norm, record.radius)
    made[0][...] = dy * norm**-record.beta - 2 * record.alpha * record.beta * x * shared


def draw(record, given, made):
    seed, seed2, first = (int(number) for number in given[0])
    stream, shape, dtype = Stream(seed, seed2), made[0].shape, made[0].dtype
    stream.reserve(first)
    if record.distribution == "integers":
        made[0][...] = distributions.integers(np, stream, shape, dtype, record.low, record.high)
    else:
        of = {"uniform": distributions.uniform, "normal": distributions.normal}[record.distribution]
        made[0][...] = of(np, stream, shape, dtype)


TABLE = {
    records.Assertion: holds,
    records.ArgExtreme: arg_extreme,
    records.Scan: scan,
    records.Gather: gather,
    records.GatherSlices: gather_slices,
    records.OneHot: one_hot,
    records.Band: band,
    records.Copies: copies,
    records.Pad: pad,
    records.BatchNorm: batch_norm,
    records.BatchNormGradient: batch_norm_gradient,
    records.ResponseNorm: response_norm,
    records.ResponseNormGradient: response_norm_gradient,
    records.Product: product,
    records.Draw: draw,
    records.CheckFinite: check_finite,
    records.CrossEntropy: cross_entropy,
    records.HalfSquare: half_square,
    records.InTopK: in_top_k,
    records.ReverseSequence: reverse_sequence,
    records.Scatter: scatter,
    records.Segments: segments,
    records.Softmax: softmax,
    records.Unique: unique,
    records.UpdateRows: update_rows,
    records.Convolution: convolution,
    records.Pool: pool,
    records.PoolGradient: pool_gradient,
}
MAY_REFUSE = {
    records.Assertion,
    records.CheckFinite,
    records.CrossEntropy,
    records.Gather,
    records.GatherSlices,
    records.ReverseSequence,
    records.Scatter,
    records.Segments,
}


# -- whole programs ----------------------------------------------------------------------------------------------------


class _Functions:
    """What scalar expressions and update rules take for ``m``."""

    def __getattr__(self, name):
        return getattr(scalar_math, name, None) or getattr(np, name)


FUNCTIONS = _Functions()
_REDUCTIONS = {
    "add": np.add,
    "mul": np.multiply,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "and_": np.logical_and,
    "or_": np.logical_or,
}


class Machine:
    """The memory of one run. ``variables`` are the values of the program's, which the run changes."""

    def __init__(self, lowered, feeds, variables, states) -> None:
        self.lowered = lowered
        self.memory = {}
        self.given = {"feed": feeds, "variable": variables, "constant": lowered.constants}
        self.given["seeds"] = [
            np.array(record.begin(state), np.uint64) for (_, record), state in zip(lowered.draws, states, strict=True)
        ]

    def view(self, array: Array):
        memory = array.memory.owner()
        if memory not in self.memory:
            if memory.kind in self.given:
                self.memory[memory] = self.given[memory.kind][memory.number].reshape(-1).view(np.uint8)
            else:
                self.memory[memory] = np.full(memory.size, 0xA7, np.uint8)
        flat = self.memory[memory].view(array.dtype) if math.prod(array.shape) else np.empty(0, array.dtype)
        return _elements(flat, array.offset, array.shape, array.strides)

    def run(self):
        done: set[int] = set()
        waiting = list(self.lowered.nodes)
        while waiting:
            ready = [node for node in waiting if node.after <= done]
            assert ready, "nodes wait for each other"
            for node in ready:
                self.do(node)
                done.add(node.position)
            waiting = [node for node in waiting if node.position not in done]
        return [self.view(value) for value in self.lowered.fetches]

    def do(self, node) -> None:
        given, made = ([self.view(array) for array in arrays] for arrays in (node.inputs, node.outputs))
        if isinstance(node, (Pointwise, Changed)):
            values = node.expression(FUNCTIONS, *given)
            for output, value in zip(made, values if isinstance(values, tuple) else (values,), strict=True):
                value = np.asarray(value)
                output[...] = value.reshape(output.shape) if value.size == output.size else value
        elif isinstance(node, Reduction):
            result = _REDUCTIONS[node.how.how].reduce(given[0], axis=node.how.axes)
            made[0][...] = (result / node.how.divisor if node.how.divisor != 1 else result).reshape(made[0].shape)
        elif isinstance(node, Called):
            for kernel in node.lowering.kernels:
                kernel.emit(given, made)
        else:
            assert isinstance(node, Hosted)
            results = node.op.opdef.bind(node.op, np, None)(*node.op.opdef.grouped(given, node.op.attrs))
            for output, value in zip(made, results if isinstance(results, tuple) else (results,), strict=True):
                output[...] = value
