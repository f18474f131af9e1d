"""What does a node's work: a target's answer to a record (``graphrt/native/records.py``), in kernels.

How kernels are written is the target's affair; how many items they have, what memory they need, and what they may
overwrite is all that arena, fusion and regions look at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphrt.native.builder import Builder, Value

Emit = Callable[["Builder", Sequence["Value"], "Value", "Value"], None]
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
      ahead: of kernels that check, the same with a ``check`` of its own: for reading what the run itself has written,
        which else could not be in its place, since the run may end after it.
      accumulating: of a product, the lowering that takes one more input, a number, and subtracts that many times the
        product from what output 0 holds.
    """

    kernels: tuple[Kernel, ...]
    scratch: tuple[int, ...] = ()
    overwrites: tuple[tuple[int, int], ...] = ()
    check: Lowering | None = None
    looks_at: tuple[int, ...] = ()
    ahead: Lowering | None = None
    accumulating: Lowering | None = None


def one(kernel: Kernel, scratch: Sequence[int] = ()) -> Lowering:
    """The lowering that is one kernel."""
    return Lowering((kernel,), tuple(scratch))
