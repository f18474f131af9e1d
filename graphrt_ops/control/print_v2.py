"""tf.print: an operation that prints tensors and other values."""

from __future__ import annotations

import pathlib
import pprint
import sys
from typing import Any

import numpy as np

from graphrt.dtypes import string
from graphrt.graph import Tensor
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import SCALAR
from graphrt_ops.control import nest
from graphrt_ops.control.summarize import summarize as summary_of
from graphrt_ops.sparse.sparse_tensor import SparseTensor

template_opdef = OpDef(
    "StringFormat",
    "inputs:T*@host",
    "output:string",
    attrs={"template": "%s", "placeholder": "%s", "summarize": 3},
    infer=lambda op: SCALAR,
    differentiable=False,
)
opdef = OpDef(
    "PrintV2",
    "input:string",
    attrs={"output_stream": "stderr", "end": "\n"},
    stateful=True,
    differentiable=False,
)


@template_opdef.kernel
def template_kernel(xp, inputs, template, placeholder, summarize):
    parts = template.split(placeholder)
    words = [_shown(array, summarize) for array in inputs]
    text = parts[0] + "".join(word + part for word, part in zip(words, parts[1:], strict=True))
    return np.array(text.encode(), object)


def _shown(array, count: int) -> str:
    """All of a small array; of a large one the first and the last ``count`` entries of each dimension."""
    if array.ndim == 0:
        text = summary_of(array, 1)
        return f'"{text}"' if array.dtype == object else text
    limit = len(array) if count < 0 else count
    if len(array) <= 2 * limit:
        rows = [_shown(row, count) for row in _rows(array)]
    else:
        rows = [_shown(row, count) for row in _rows(array[:limit])]
        rows += ["...", *[_shown(row, count) for row in _rows(array[len(array) - limit :])]]
    if array.ndim == 1:
        return f"[{' '.join(rows)}]"
    lines = ("\n" * (array.ndim - 1)).join(rows).split("\n")
    return "[" + "\n".join([lines[0], *[f" {line}" if line else "" for line in lines[1:]]]) + "]"


def _rows(array):
    return [array[i, ...] for i in range(len(array))]


@opdef.kernel
def kernel(xp, input, output_stream, end):
    text = input.item().decode("utf-8", "backslashreplace") + end
    if output_stream.startswith("file://"):
        with pathlib.Path(output_stream.removeprefix("file://")).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        getattr(sys, output_stream).write(text)


@export("print")
def print_v2(*inputs: Any, **kwargs: Any):
    """An operation that prints ``inputs`` (tensors, and structures with tensors in them) when it runs.

    Keyword arguments: ``output_stream`` (sys.stderr, sys.stdout, or "file://path"), ``summarize`` (how many entries of
    each end of a dimension; 3; -1 for all), ``sep`` (" "), ``end`` (a new line), ``name``.

    Returns:
      the Operation; nothing is printed unless it is run, or something waits for it.

    >>> import sys
    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(tf.print("x:", tf.range(8), output_stream=sys.stdout))
    x: [0 1 2 ... 5 6 7]
    """
    stream = _stream(kwargs.pop("output_stream", sys.stderr))
    name, summarize = kwargs.pop("name", None), kwargs.pop("summarize", 3)
    sep, end = kwargs.pop("sep", " "), kwargs.pop("end", "\n")
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    only = inputs[0] if len(inputs) == 1 else None
    if isinstance(only, Tensor) and only.shape.rank == 0 and only.dtype is string:
        return opdef.make(only, output_stream=stream, end=end, name=name)
    placeholder = _placeholder(inputs)
    tensors: list[Tensor] = []
    template = sep.join(_template(item, placeholder, tensors) for item in inputs)
    template = template.replace(f"'{placeholder}'", placeholder)
    text = template_opdef(
        tensors,
        template=template,
        placeholder=placeholder,
        summarize=summarize,
        name=f"{name}_format" if name else None,
    )
    return opdef.make(text, output_stream=stream, end=end, name=name)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, SparseTensor)) or hasattr(value, "_as_graph_element")


def _placeholder(inputs) -> str:
    """``{}``, with as many braces as it takes to be no part of the text."""
    text = " ".join(pprint.pformat(nest.map_structure(lambda x: "" if _is_tensor(x) else x, item)) for item in inputs)
    found = "{}"
    while found in text:
        found = "{" + found + "}"
    return found


def _template(item: Any, placeholder: str, tensors: list[Tensor]) -> str:
    """The text of an input, with the placeholder for each tensor, which is put into ``tensors``."""
    if isinstance(item, str):
        return item
    shown: list[Any] = []
    for leaf in nest.flatten(item):
        if isinstance(leaf, SparseTensor):
            tensors.extend([leaf.indices, leaf.values, leaf.dense_shape])
            shown.append(f"SparseTensor(indices={placeholder}, values={placeholder}, shape={placeholder})")
        elif _is_tensor(leaf):
            tensors.append(convert_to_tensor(leaf))
            shown.append(placeholder)
        else:
            shown.append(leaf)
    return pprint.pformat(nest.pack_sequence_as(item, shown))


def _stream(stream: Any) -> str:
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    if stream is sys.stdout or stream is sys.__stdout__:
        return "stdout"
    if stream is sys.stderr or stream is sys.__stderr__:
        return "stderr"
    raise ValueError(
        f"Unsupported output stream {stream!r} of tf.print: expected sys.stdout, sys.stderr or 'file://path'"
    )
