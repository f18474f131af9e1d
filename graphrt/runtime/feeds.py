"""What may be fed, and how a fed value becomes an array of the right type and shape."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from graphrt.bytestrings import encoded, object_array
from graphrt.errors import InternalError, ResourceExhaustedError
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.opdef.messages import described, out_of_memory, restated
from graphrt.plan.placement import HOST_TYPES

# Composite values: type -> (tensors of the key, parts of the value)
_COMPOSITES: list[tuple[type, Callable[[Any], list[Any]], Callable[[Any], list[Any]]]] = []


def register_composite_feed(kind: type, tensors: Callable[[Any], list[Any]], parts: Callable[[Any], list[Any]]) -> None:
    """Declares that objects of ``kind`` (sparse tensors, say) may be keys of a feed_dict."""
    _COMPOSITES.append((kind, tensors, parts))


def expand(graph: Graph, feed_dict: Any) -> dict[Tensor, Any]:
    """``feed_dict`` with every key resolved to a Tensor of ``graph``, and composite keys and values taken apart.

    Raises:
      TypeError: if ``feed_dict`` is no dictionary, or a key stands for no tensor.
      ValueError: if a tensor belongs to another graph, or may not be fed.
    """
    if not hasattr(feed_dict, "items"):
        raise TypeError(
            f"feed_dict must be a dictionary of tensor -> value, got {type(feed_dict).__name__}: {feed_dict!r}"
        )
    result: dict[Tensor, Any] = {}
    for key, value in feed_dict.items():
        for tensor, part in _pairs(key, value):
            result[_feedable(graph, tensor)] = part
    return result


def _pairs(key: Any, value: Any) -> Iterable[tuple[Any, Any]]:
    for kind, tensors, parts in _COMPOSITES:
        if isinstance(key, kind):
            for pair in zip(tensors(key), parts(value), strict=False):
                if pair[0] is not None:
                    yield pair
            return
    if isinstance(key, (tuple, list)):
        if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != len(key):
            raise ValueError(f"The feed key {key!r} has {len(key)} parts; its value must have as many, got {value!r}")
        for part, part_value in zip(key, value, strict=True):
            yield from _pairs(part, part_value)
        return
    yield key, value


def _feedable(graph: Graph, key: Any) -> Tensor:
    try:
        tensor = graph.as_graph_element(key, allow_tensor=True, allow_operation=False)
    except Exception as error:
        # Of a name, the error itself says which tensor may be meant.
        hint = f" Did you mean {key.name}:0?" if isinstance(key, Operation) else ""
        raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error}{hint}") from error
    if not graph.is_feedable(tensor):
        raise ValueError(f"Tensor {tensor} may not be fed.")
    found: Tensor = tensor
    return found


def converter(tensor: Tensor, on_device: bool = False) -> Callable[[Any], Any]:
    """The function that turns what the user feeds for ``tensor`` into an array, or raises what TF1 raises.

    Arrays on a GPU stay there if the session's device takes them (``on_device``), and are copied to the host elsewhere.
    """
    wanted = tensor.dtype.base_dtype.numpy
    dims = tensor.shape.values
    is_string = wanted.kind == "O"
    on_device = on_device and tensor.dtype.base_dtype not in HOST_TYPES
    static = dims is not None and None not in dims

    def convert(value: Any) -> Any:
        if type(value) is np.ndarray and value.dtype is wanted:
            array = value
        else:
            array = _as_array(value, tensor, wanted, is_string, on_device)
        shape = array.shape
        if (shape != dims) if static else (dims is not None and not _fits(shape, dims)):
            raise _shape_error(tensor, array)
        return _encoded(array, value, tensor) if is_string else array

    return convert


def _fits(shape: tuple[int, ...], dims: tuple[int | None, ...]) -> bool:
    if len(shape) != len(dims):
        return False
    for have, want in zip(shape, dims, strict=True):  # noqa: SIM110 (a loop is twice as fast as all())
        if want is not None and have != want:
            return False
    return True


def _holds(wanted: np.dtype[Any], value: int) -> bool:
    """True if ``wanted`` has exactly this number: int32 has no 2**40, float32 no 16777217, bool no 2, strings none."""
    if wanted.kind == "O":
        return False
    try:
        return bool(wanted.type(value).item() == value)
    except OverflowError:
        return False


def _gpu_array(value: Any, on_device: bool) -> Any:
    """An array on a GPU, of whichever library, as CuPy's or as NumPy's."""
    array = importlib.import_module("cupy").asarray(value)
    return array if on_device else array.get()


def _as_array(value: Any, tensor: Tensor, wanted: np.dtype[Any], is_string: bool, on_device: bool) -> Any:
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, "
            f"lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was {value} which was passed "
            f"to the feed with key {tensor}."
        )
    if isinstance(value, int) and wanted.kind in "iufcbO" and not _holds(wanted, value):
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {wanted}. Try "
            "explicitly setting the type of the feed tensor to a larger type (e.g. int64)."
        )
    if hasattr(value, "__cuda_array_interface__"):
        return _gpu_array(value, on_device).astype(wanted, copy=False)
    try:
        if is_string:
            return object_array(value)
        if isinstance(value, np.ndarray) and value.dtype == wanted:
            return np.asarray(value)
        return np.asarray(value, dtype=wanted)
    except MemoryError as error:
        raise ResourceExhaustedError(
            None, tensor.op, f"{out_of_memory(error)}, for what is fed to {described(tensor)}"
        ) from error
    except (TypeError, ValueError, OverflowError) as error:
        what = f"{type(value).__name__} {_clipped(value)}"
        raise restated(error, f"Cannot feed {what} for Tensor {described(tensor)}: {error}") from error


def _encoded(array: Any, value: Any, tensor: Tensor) -> Any:
    """The strings that are fed as bytes (TF1 finds what is no string only when it runs: an InternalError)."""
    try:
        return encoded(array)
    except (TypeError, UnicodeEncodeError) as error:
        what = f"{type(value).__name__} {_clipped(value)}"
        raise InternalError(None, None, f"Cannot feed {what} for Tensor {described(tensor)}: {error}") from error


def _clipped(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _shape_error(tensor: Tensor, array: Any) -> ValueError:
    shape = tuple(array.shape)
    text = f"Cannot feed value of shape {shape} for Tensor '{tensor.name}', which has shape '{tensor.shape}'"
    source = tensor.op.source
    if source is not None:
        text += f"\n  declared at {source}\n      {source.text()}"
    return ValueError(text + _shape_advice(tensor, array))


def _shape_advice(tensor: Tensor, array: Any) -> str:
    dims = tensor.shape.values
    if dims is None:
        return ""
    if array.size == 0:
        return "\n  the array is empty: was the data loaded?"
    unknown = sum(d is None for d in dims)
    known = 1
    for d in dims:
        known *= 1 if d is None else d
    target = ", ".join("-1" if d is None else str(d) for d in dims)
    if (unknown == 1 and known and array.size % known == 0) or (unknown == 0 and array.size == known):
        return f"\n  value.reshape({target}) would fit"
    return ""
