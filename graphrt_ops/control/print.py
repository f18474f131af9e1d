"""tf.Print: a tensor, and lines on the standard error whenever it is computed."""

from __future__ import annotations

import sys
import threading

from graphrt import forking
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, export
from graphrt_ops.control.summarize import summarize as summary_of
from graphrt_ops.shapes import unchanged

opdef = OpDef(
    "Print",
    "input data:U*@host",
    "output",
    attrs={"message": "", "first_n": -1, "summarize": 3},
    infer=unchanged,
    stateful=True,
    aliases=0,
)


class Counter:
    """How often one node has printed in one session."""

    def __init__(self, op: Operation) -> None:
        self.lock = threading.RLock()
        self.count = 0
        forking.reset_after_fork(self)

    def _reset_after_fork(self) -> None:
        self.lock = threading.RLock()

    def next(self) -> int:
        with self.lock:
            self.count += 1
            return self.count


opdef.state(Counter)


@opdef.kernel
def kernel(xp, value, data, message, first_n, summarize, state):
    if first_n <= 0 or state.next() <= first_n:
        sys.stderr.write(message + "".join(f"[{summary_of(array, summarize)}]" for array in data) + "\n")
    return value


@opdef.gradient
def gradient(op: Operation, dy: Tensor) -> list:
    return [dy] + [None] * (len(op.inputs) - 1)


@export("Print")
def print_(input_, data, message=None, first_n=None, summarize=None, name=None):
    """``input_`` itself; whenever it is computed, ``data`` is printed on the standard error.

    Args:
      input_: any tensor.
      data: a list of tensors to print, of any types.
      message: text in front of them.
      first_n: print only so many times (None or a number below 1: always).
      summarize: how many elements of each tensor to show (None: 3; negative: all).
      name: a name for the node.

    Returns:
      A tensor like ``input_``. Nothing is printed unless something uses it.

    >>> with tf.Session() as sess:
    ...     x = tf.constant([1.5, 2.0, 3.0, 4.0])
    ...     print(sess.run(tf.Print(x, [x], "x: ") * 2.0))
    [3. 4. 6. 8.]
    """
    return opdef(
        input_,
        data,
        message="" if message is None else message,
        first_n=-1 if first_n is None else first_n,
        summarize=3 if summarize is None else summarize,
        name=name,
    )
