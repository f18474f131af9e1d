"""assert_rank, assert_type, assert_scalar, ensure_shape and the like: what must be true of shapes and types."""

from __future__ import annotations

import builtins

import graphrt_ops as F
from graphrt.dtypes import NUMBERS, as_dtype, float32, int32
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import control_dependencies, name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export, required, static_value
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.array.movement import same_elements
from graphrt_ops.control.group import with_dependencies

opdef = OpDef(
    "EnsureShape",
    "input",
    "output",
    attrs={"shape": required(TensorShape)},
    infer=lambda op: _known(op.inputs[0].shape, op.attrs["shape"]),
    aliases=0,
)


def _known(have: TensorShape, wanted: TensorShape) -> TensorShape:
    return have.merge_with(wanted)


@opdef.kernel
def kernel(xp, input, shape):
    if not shape.is_compatible_with(input.shape):
        raise ValueError(
            f"Shape of tensor input {list(input.shape)} is not compatible with expected shape "
            f"{'<unknown>' if shape.rank is None else shape.as_list()}."
        )
    return input


@opdef.lower
def lower(op: Operation):
    return same_elements(op)


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> Tensor:
    return dy


@export("ensure_shape")
def ensure_shape(x, shape, name=None):
    """``x`` itself, whose shape is checked when it runs; the result is known to have ``shape``."""
    return opdef(x, shape=as_shape(shape), name=name)


def _scope(name, default: str, x, *others):
    return name_scope(name, default, [v for v in (x, *others) if isinstance(v, Tensor)])


def _check_rank(x: Tensor, ranks: list[Tensor], holds, failed: str, data, summarize, message: str):
    """An assertion about the rank of ``x``: a NoOp where everything is known, ValueError where it does not hold."""
    for rank in ranks:
        assert_type(rank, int32)
    known = [static_value(rank) for rank in ranks]
    if None not in known:
        if any(value.ndim for value in known):
            raise ValueError("Rank must be a scalar.")
        if x.shape.rank is not None:
            if not any(holds(x.shape.rank, int(value)) for value in known):
                wanted = ", ".join(str(int(value)) for value in known)
                raise ValueError(
                    f"{message}.  Tensor {x.name} must have rank {failed}{wanted}.  Received rank {x.shape.rank}, "
                    f"shape {x.shape}"
                )
            return F.no_op(name="static_checks_determined_all_ok")
    actual = F.rank(x)
    condition = _compared(actual, ranks, failed)
    for rank, value in zip(ranks, known, strict=True):
        if value is None:
            check = assert_rank(rank, 0, data=["Rank must be a scalar. Received rank: ", rank])
            condition = with_dependencies([check], condition)
    return F.Assert(condition, data, summarize=summarize)


def _compared(actual: Tensor, ranks: list[Tensor], kind: str) -> Tensor:
    if kind == "at least ":
        return F.greater_equal(actual, ranks[0])
    if kind == "":
        return F.equal(actual, ranks[0])
    result = F.equal(ranks[0], actual)
    for rank in ranks[1:]:
        result = F.logical_or(result, F.equal(rank, actual))
    return result


@export("assert_rank", "debugging.assert_rank")
def assert_rank(x, rank, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless ``x`` has the rank; ``ValueError`` now, if that is known."""
    message = message or ""
    with _scope(name, "assert_rank", x, rank):
        x, rank = convert_to_tensor(x, name="x"), convert_to_tensor(rank, name="rank")
        if data is None:
            data = [message, f"Tensor {x.name} must have rank", rank, "Received shape: ", F.shape(x)]
        return _check_rank(x, [rank], lambda have, want: have == want, "", data, summarize, message)


@export("assert_rank_at_least", "debugging.assert_rank_at_least")
def assert_rank_at_least(x, rank, data=None, summarize=None, message=None, name=None):
    """As ``assert_rank``: ``x`` has the rank, or a larger one."""
    message = message or ""
    with _scope(name, "assert_rank_at_least", x, rank):
        x, rank = convert_to_tensor(x, name="x"), convert_to_tensor(rank, name="rank")
        if data is None:
            data = [message, f"Tensor {x.name} must have rank at least", rank, "Received shape: ", F.shape(x)]
        return _check_rank(x, [rank], lambda have, want: have >= want, "at least ", data, summarize, message)


@export("assert_rank_in", "debugging.assert_rank_in")
def assert_rank_in(x, ranks, data=None, summarize=None, message=None, name=None):
    """As ``assert_rank``: ``x`` has one of the ranks."""
    message = message or ""
    with _scope(name, "assert_rank_in", x, *ranks):
        x = convert_to_tensor(x, name="x")
        ranks = [convert_to_tensor(rank, name="rank") for rank in ranks]
        if data is None:
            data = [message, f"Tensor {x.name} must have rank in", *ranks, "Received shape: ", F.shape(x)]
        return _check_rank(x, ranks, lambda have, want: have == want, "in ", data, summarize, message)


@export("assert_type", "debugging.assert_type")
def assert_type(tensor, tf_type, message=None, name=None):
    """A NoOp; ``TypeError`` unless ``tensor`` has the type."""
    with _scope(name, "assert_type", tensor):
        tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype is not as_dtype(tf_type):
            raise TypeError(f"{message or ''}  {tensor.name} must be of type {as_dtype(tf_type)!r}")
        return F.no_op("statically_determined_correct_type")


@export("assert_integer", "debugging.assert_integer")
def assert_integer(x, message=None, name=None):
    """A NoOp; ``TypeError`` unless ``x`` has an integer type."""
    with _scope(name, "assert_integer", x):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(f'{message or ""}  Expected "x" to be integer type.  Found: {x.name} of dtype {x.dtype!r}')
        return F.no_op("statically_determined_was_integer")


@export("assert_scalar", "debugging.assert_scalar")
def assert_scalar(tensor, name=None, message=None):
    """``tensor`` itself; ``ValueError`` unless it is known to be a scalar."""
    with _scope(name, "assert_scalar", tensor) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.shape.rank != 0:
            raise ValueError(f"{message or ''}Expected scalar shape for {tensor.name}, saw shape: {tensor.shape}.")
        return tensor


@export("assert_proper_iterable", "debugging.assert_proper_iterable")
def assert_proper_iterable(values):
    """``TypeError`` unless ``values`` is a list or other iterable that is no tensor, array, string or bytes."""
    if isinstance(values, (Tensor, builtins.str, bytes)) or hasattr(values, "__array__"):
        raise TypeError(f"Expected argument 'values' to be a 'proper' iterable.  Found: {type(values)}")
    if not hasattr(values, "__iter__"):
        raise TypeError(f"Expected argument 'values' to be iterable.  Found: {type(values)}")


@export("is_numeric_tensor", "debugging.is_numeric_tensor")
def is_numeric_tensor(tensor):
    """True if ``tensor`` is a tensor of numbers."""
    return isinstance(tensor, Tensor) and tensor.dtype.base_dtype in NUMBERS


def _differences(x) -> Tensor:
    """Each element of the flattened tensor less the one before."""
    x = F.reshape(x, [-1])
    if not is_numeric_tensor(x):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    too_short = F.less(F.size(x), 2)
    length = F.shape(x) - 1

    def differences() -> Tensor:
        return F.strided_slice(x, [1], [1] + length) - F.strided_slice(x, [0], length)

    return F.cond(too_short, lambda: convert_to_tensor([], dtype=x.dtype), differences)


@export("is_non_decreasing", "debugging.is_non_decreasing", "math.is_non_decreasing")
def is_non_decreasing(x, name=None):
    """A scalar bool tensor: is no element smaller than the one before it (in row-major order)?"""
    with _scope(name, "is_non_decreasing", x):
        differences = _differences(x)
        return F.reduce_all(F.less_equal(convert_to_tensor(0, dtype=differences.dtype), differences))


@export("is_strictly_increasing", "debugging.is_strictly_increasing", "math.is_strictly_increasing")
def is_strictly_increasing(x, name=None):
    """A scalar bool tensor: is every element larger than the one before it (in row-major order)?"""
    with _scope(name, "is_strictly_increasing", x):
        differences = _differences(x)
        return F.reduce_all(F.less(convert_to_tensor(0, dtype=differences.dtype), differences))


@export("assert_same_float_dtype", "debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors=None, dtype=None):
    """The float type that all ``tensors`` (and ``dtype``) have, float32 if none is given.

    Raises:
      ValueError: if types differ, or are not floats.
    """
    kinds = [] if dtype is None else [as_dtype(dtype).base_dtype]
    kinds += [tensor.dtype.base_dtype for tensor in tensors or [] if tensor is not None]
    for kind in kinds[1:]:
        if kind is not kinds[0]:
            raise ValueError(f"Tensors have different types: {kinds[0].name} and {kind.name}")
    if kinds and not kinds[0].is_floating:
        raise ValueError(f"Expected floating point type, got {kinds[0].name}.")
    return kinds[0] if kinds else float32


@export("debugging.assert_shapes")
def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """An operation that raises InvalidArgumentError unless tensors have shapes that fit each other.

    Args:
      shapes: a dictionary, or a list of pairs, of tensors and their shapes. A shape is a sequence of sizes; a letter
        stands for a size that is the same wherever the letter is, None or "." for any size, and "*" or ``...`` as the
        first entry for any number of dimensions.
      data: what the message shows. summarize: how many elements of it. message: text in front of it. name: a scope.

    Raises:
      ValueError: now, for what is known not to fit.
    """
    message = message or ""
    pairs = [pair for pair in (shapes.items() if isinstance(shapes, dict) else shapes) if pair[1] is not None]
    with _scope(name, "assert_shapes", *[tensor for tensor, _ in pairs]):
        wanted = [_Wanted(convert_to_tensor(tensor), shape, message) for tensor, shape in pairs]
        ranks = [one.check_rank(data, summarize, message) for one in wanted]
        seen: dict = {}
        checks = [check for one in wanted for check in one.check_sizes(seen, data, summarize, message)]
        with control_dependencies([check for check in ranks if check is not None]):
            return F.group(*checks)


class _Wanted:
    """A tensor, and the shape that it should have."""

    def __init__(self, tensor: Tensor, shape, message: str) -> None:
        if not hasattr(shape, "__iter__"):
            raise ValueError(
                f"{message}.  Tensor {tensor.name}.  Specified shape must be an iterable.  Received specified shape: "
                f"{shape}"
            )
        symbols = list(shape)
        for at, symbol in enumerate(symbols):
            if at and (symbol is Ellipsis or symbol == "*"):
                raise ValueError(
                    f"{message}.  Tensor {tensor.name} specified shape index {at}.  Symbol `...` or `*` for a variable "
                    "number of unspecified dimensions is only allowed as the first entry"
                )
        self.tensor = tensor
        self.open = bool(symbols) and (symbols[0] is Ellipsis or symbols[0] == "*")
        self.symbols = symbols[1:] if self.open else symbols
        self.sizes = _sizes(tensor)

    def check_rank(self, data, summarize, message: str):
        rank = len(self.symbols)
        if self.open:
            return None if rank < 2 else assert_rank_at_least(self.tensor, rank, data, summarize, message)
        if rank < 2:
            return assert_rank_in(self.tensor, [0, 1], data, summarize, message)
        return assert_rank(self.tensor, rank, data, summarize, message)

    def check_sizes(self, seen: dict, data, summarize, message: str) -> list:
        checks = []
        for i, symbol in enumerate(self.symbols):
            if symbol is None or symbol == ".":
                continue
            at = i - len(self.symbols) if self.open else i
            size = self.sizes[at]
            known = isinstance(symbol, int) or getattr(symbol, "value", None) is not None
            if not known and symbol not in seen:
                seen[symbol] = (size, self.tensor, at)
                continue
            wanted, source = (int(symbol), "Specified explicitly") if known else _found(seen[symbol])
            check = self._check(at, size, wanted, source, data, summarize, message)
            checks += [] if check is None else [check]
        return checks

    def _check(self, at: int, size, wanted, source: str, data, summarize, message: str):
        if isinstance(size, int) and isinstance(wanted, int):
            if size != wanted:
                raise ValueError(
                    f"{message}.  {source}.  Tensor {self.tensor.name} dimension {at} must have size {wanted}.  "
                    f"Received size {size}, shape {self.tensor.shape}"
                )
            return None
        condition = F.equal(convert_to_tensor(size), convert_to_tensor(wanted))
        shown = data
        if shown is None:
            name = f"Tensor {self.tensor.name} dimension"
            shown = [message, source, name, at, "must have size", wanted, "Received shape: ", F.shape(self.tensor)]
        return F.Assert(condition, shown, summarize=summarize)


def _sizes(tensor: Tensor):
    """The size of each dimension: a number, or (where it is not known) a tensor. A scalar counts as a vector of one."""
    shape, dims = F.shape(tensor), tensor.shape.values
    if dims is None:
        return F.cond(F.equal(F.rank(tensor), 0), lambda: F.constant([1]), lambda: shape)
    if not dims:
        return (1,)
    return [shape[i] if size is None else size for i, size in enumerate(dims)]


def _found(entry) -> tuple:
    size, tensor, at = entry
    return size, f"Specified by tensor {tensor.name} dimension {at}"
