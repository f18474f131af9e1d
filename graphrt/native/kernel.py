"""What an op type says of itself to the native tier: its lowering.

``@opdef.lower`` decorates a function of one node, all of whose shapes are known; it returns a Lowering, a View, or None
where the node cannot be lowered (a type, shape or option that nobody has written code for: it then stays a line of
Python). Ops with a scalar expression need none: they are lowered, and fused, by that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from graphrt.native.builder import Builder, Value

Emit = Callable[[Builder, Sequence[Value], Value, Value], None]
"""``emit(b, pointers, begin, end)`` writes the work on items ``begin`` to ``end`` (i64) of the kernel's ``count``.

``pointers`` has the addresses of the node's inputs, then of its outputs, then of the scratch buffers of the Lowering,
then, if the kernel ``checks``, of a flag. Inputs and outputs are C-contiguous arrays with the alignment of an element;
scratch buffers are aligned to 64 bytes; no output or scratch buffer overlaps anything else."""


@dataclass(frozen=True)
class Kernel:
    """One loop nest of native code, for fixed shapes, types and options. It becomes one function.

    Attributes:
      name: what ``explain`` and profiles call it: "conv2d 16x64x64x32 * 5x5x32x32".
      emit: writes its code.
      count: how many independent items the work consists of. Large work is cut into ranges of items that several
        threads do at the same time; a kernel that cannot be cut has a count of 1.
      flops, bytes: floating-point operations of the whole kernel, and bytes read and written: for the roofline, and to
        decide whether more than one thread is worth its while.
      grain: the least number of items worth a range of their own.
      products: True if it calls BLAS, which then must use no threads of its own.
      checks: the kernel may find that its inputs are bad (an index out of range): it then stores a number other than 0
        at the flag (an i64, the last of its pointers). The run ends there, and the op's ordinary kernel, called with
        the same inputs, raises the error.
      key: equal for kernels whose code is equal, which then is written once; None: compare what was written.
    """

    name: str
    emit: Emit
    count: int = 1
    flops: float = 0.0
    bytes: float = 0.0
    grain: int = 1
    products: bool = False
    checks: bool = False
    key: Hashable = None


@dataclass(frozen=True)
class Lowering:
    """Kernels that run one after another and together compute a node's outputs from its inputs.

    Attributes:
      kernels: in order; all are given the same pointers.
      scratch: sizes in bytes of the buffers that they share among themselves.
      overwrites: (i, o) says that output o may be the very same memory as input i.
      check: kernels that look whether the inputs are good, and write nothing; with them, ``kernels`` cannot fail. For
        what writes variables: all that a run can fail of must come before it writes any.
      looks_at: the numbers of the inputs that ``check`` looks at. Its kernels are given no others, and wait for no
        others: not for what the run writes to the variable before.
      accumulating: of a product, the lowering that takes one more input, a number, and subtracts that many times the
        product from what output 0 holds.
    """

    kernels: tuple[Kernel, ...]
    scratch: tuple[int, ...] = ()
    overwrites: tuple[tuple[int, int], ...] = ()
    check: Lowering | None = None
    looks_at: tuple[int, ...] = ()
    accumulating: Lowering | None = None


@dataclass(frozen=True)
class Drawn:
    """Kernels that need to know where the node's random stream stands. Their only input is a block of ``words`` 64-bit
    numbers; before each run Python fills it with what ``begin(state)`` returns, which moves the state on."""

    lowering: Lowering
    words: int
    begin: Callable[[Any], Sequence[int]]


@dataclass(frozen=True)
class View:
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


@dataclass(frozen=True)
class Reduce:
    """Output 0 is input 0 reduced over ``axes``, by ``how``: add, mul, minimum, maximum, and_, or_; then divided by
    ``divisor``. It is fused with what computes the input."""

    how: str
    axes: tuple[int, ...]
    divisor: int = 1


@dataclass(frozen=True)
class Map:
    """Each element of output 0 by ``expression(tracer, *inputs)``, the inputs broadcast: for ops that are elementwise
    only with some of their options, and have no scalar expression for that reason."""

    expression: Callable[..., Any]


@dataclass(frozen=True)
class Update:
    """The new values of the variables that the node's first inputs refer to, element by element:
    ``rule(tracer, *inputs)`` returns a tuple of expressions. Inputs of one element are broadcast."""

    rule: Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Assertion:
    """The node only refuses: it does nothing where input ``condition``, a single bool, is true. Where it is false, the
    run ends there, and the op's ordinary kernel, called with the same inputs, raises the error."""

    condition: int = 0


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides, in elements, of an array whose elements lie one after another."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def one(kernel: Kernel, scratch: Sequence[int] = ()) -> Lowering:
    """The lowering that is one kernel."""
    return Lowering((kernel,), tuple(scratch))
