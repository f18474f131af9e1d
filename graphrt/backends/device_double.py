"""A stand-in for a GPU on machines without one: arrays that refuse to become NumPy arrays by themselves.

CuPy raises where a device array meets a NumPy array, or is turned into one without being asked; code that was only ever
run on NumPy does not show that. This backend computes with NumPy and raises in the same places, so that CI finds
implicit host copies. (``GRAPHRT_BACKEND=device_double``; the operator tests use it.)
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphrt.backends.base import Backend

_METHODS = (
    *(
        "sum mean max min prod any all argmax argmin reshape ravel flatten transpose swapaxes squeeze copy astype "
        "view".split()
    ),
    *("take repeat cumsum cumprod clip round conj dot diagonal trace argsort nonzero fill partition".split()),
)
_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
_COMPARISONS = "lt le gt ge eq ne".split()
_UNARY = "neg pos abs invert".split()


def _refused(what: str) -> TypeError:
    return TypeError(f"implicit conversion of a device array to the host ({what}): use backend.to_host()")


def _unwrapped(value: Any) -> Any:
    """The NumPy array inside; a NumPy array that meets a device array is an error, as it is for CuPy."""
    if isinstance(value, DoubleArray):
        return value._host
    if isinstance(value, (list, tuple)):
        return type(value)(_unwrapped(item) for item in value)
    if isinstance(value, slice):
        return slice(_unwrapped(value.start), _unwrapped(value.stop), _unwrapped(value.step))
    return value


def _wrapped(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return DoubleArray(np.asarray(value))
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_wrapped(item) for item in value)
    return tuple(_wrapped(item) for item in value) if isinstance(value, tuple) else value


def _check_mixed(values: Any) -> None:
    flat: list[Any] = []
    for value in values:
        flat.extend(value if isinstance(value, (list, tuple)) else [value])
    if any(isinstance(v, DoubleArray) for v in flat) and any(isinstance(v, np.ndarray) for v in flat):
        raise TypeError(
            "Unsupported type <class 'numpy.ndarray'> beside a device array: move it with backend.to_device()"
        )


class DoubleArray:
    """An array that lives "on the device"."""

    __slots__ = ("_host",)
    __array_priority__ = 100
    __array_ufunc__ = None

    def __init__(self, host: np.ndarray[Any, Any]) -> None:
        self._host = host

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    strides = property(lambda self: self._host.strides)
    flags = property(lambda self: self._host.flags)
    T = property(lambda self: DoubleArray(self._host.T))
    real = property(lambda self: DoubleArray(self._host.real))
    imag = property(lambda self: DoubleArray(self._host.imag))

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Iterator[Any]:
        return iter([_wrapped(item) for item in self._host])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, np.ndarray):
            raise _refused("indexing by a NumPy array")
        return _wrapped(self._host[_unwrapped(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        _check_mixed([self, value])
        self._host[_unwrapped(key)] = _unwrapped(value)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _refused("numpy.asarray")

    def __bool__(self) -> bool:
        return bool(self._host)  # CuPy allows it, too: it waits for the device

    def __float__(self) -> float:
        return float(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __index__(self) -> int:
        return self._host.__index__()

    def item(self) -> Any:
        return self._host.item()

    def tolist(self) -> Any:
        raise _refused("tolist")

    def __repr__(self) -> str:
        return f"DoubleArray({self._host!r})"

    __hash__ = None  # type: ignore[assignment]


def _method(name: str) -> Callable[..., Any]:
    def method(self: DoubleArray, *arguments: Any, **keywords: Any) -> Any:
        keywords = {key: _unwrapped(value) for key, value in keywords.items()}
        return _wrapped(getattr(self._host, name)(*[_unwrapped(a) for a in arguments], **keywords))

    method.__name__ = name
    return method


def _operator(name: str) -> Callable[..., Any]:
    def operator(self: DoubleArray, other: Any) -> Any:
        _check_mixed([self, other])
        return _wrapped(getattr(self._host, name)(_unwrapped(other)))

    operator.__name__ = name
    return operator


def _in_place(name: str) -> Callable[..., Any]:
    def operator(self: DoubleArray, other: Any) -> Any:
        _check_mixed([self, other])
        self._host = getattr(self._host, name)(_unwrapped(other))
        return self

    operator.__name__ = name
    return operator


def _unary(name: str) -> Callable[..., Any]:
    def operator(self: DoubleArray) -> Any:
        return _wrapped(getattr(self._host, name)())

    operator.__name__ = name
    return operator


for _name in _METHODS:
    setattr(DoubleArray, _name, _method(_name))
for _name in _BINARY:
    setattr(DoubleArray, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(DoubleArray, f"__r{_name}__", _operator(f"__r{_name}__"))
    setattr(DoubleArray, f"__i{_name}__", _in_place(f"__i{_name}__"))
for _name in _COMPARISONS:
    setattr(DoubleArray, f"__{_name}__", _operator(f"__{_name}__"))
for _name in _UNARY:
    setattr(DoubleArray, f"__{_name}__", _unary(f"__{_name}__"))


class _Function:
    """A NumPy function (or ufunc, with its methods) on device arrays."""

    def __init__(self, function: Any) -> None:
        self._function = function
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        _check_mixed([*arguments, *keywords.values()])
        out = keywords.get("out")
        result = self._function(
            *[_unwrapped(a) for a in arguments], **{key: _unwrapped(value) for key, value in keywords.items()}
        )
        return out if out is not None else _wrapped(result)

    def __getattr__(self, name: str) -> Any:
        return _Function(getattr(self._function, name))


class _Namespace:
    """NumPy's module, or one of its submodules, on device arrays."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, types.ModuleType):
            value: Any = _Namespace(found)
        elif callable(found) and not isinstance(found, type):
            value = _Function(found)
        else:
            value = DoubleArray if found is np.ndarray else found
        setattr(self, name, value)
        return value


class DeviceDouble(Backend):
    """NumPy behind arrays that do not convert by themselves."""

    name = "device_double"
    xp: Any = _Namespace(np)
    on_host = False

    def to_device(self, array: Any) -> Any:
        return array if isinstance(array, DoubleArray) else DoubleArray(np.array(array))

    def to_host(self, array: Any) -> Any:
        return array._host.copy() if isinstance(array, DoubleArray) else array


DEVICE_DOUBLE = DeviceDouble()
