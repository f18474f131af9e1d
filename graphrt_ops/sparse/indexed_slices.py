"""IndexedSlices where a dense tensor is wanted."""

from __future__ import annotations

import contextlib
import warnings

import graphrt_ops as F
from graphrt.opdef import static_value
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.opdef.indexed_slices import IndexedSlices
from graphrt.source import warn

_MANY = 100_000_000  # elements
_WARNING = "Converting sparse IndexedSlices to a dense Tensor"


def _to_dense(value: IndexedSlices, dtype=None, name=None, as_ref=False):
    """The dense tensor: zeros, with the slices added at their rows."""
    del as_ref  # what is computed here is nobody's variable
    if dtype is not None and not dtype.is_compatible_with(value.dtype.base_dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {value}")
    shape = static_value(value.dense_shape)
    if shape is None:
        warn(f"{_WARNING} of unknown shape. This may consume a large amount of memory.", UserWarning)
    elif shape.prod() >= _MANY:
        warn(f"{_WARNING} with {int(shape.prod())} elements. This may consume a large amount of memory.", UserWarning)
    return F.unsorted_segment_sum(value.values, value.indices, value.dense_shape[0], name=name)


register_tensor_conversion_function(IndexedSlices, _to_dense, 100)


@contextlib.contextmanager
def dense_on_purpose(gradient):
    """A block in which nobody is warned that ``gradient`` becomes dense: there is no other way."""
    if not isinstance(gradient, IndexedSlices):
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_WARNING)
        yield
