"""A stand-in for a GPU on machines without one: arrays that refuse to become NumPy arrays by themselves.

CuPy raises where a device array meets a NumPy array, or is turned into one without being asked; code that was only ever
run on NumPy does not show that. This backend computes with NumPy and raises in the same places, so that CI finds
implicit host copies. Where CuPy gives other results than NumPy, so does it: indices outside of an array wrap around
instead of raising, of two values written to one place the first one stays (on a device any may), and ``ufunc.at`` and
reductions take no more than CuPy's do. (``GRAPHRT_BACKEND=device_double``; the operator tests use it.)
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
    *("repeat cumsum cumprod clip round conj dot diagonal trace argsort nonzero fill partition".split()),
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


def _is_index_array(item: Any) -> bool:
    return isinstance(item, DoubleArray) and item.dtype.kind in "iu"


def _index(shape: tuple[int, ...], key: Any) -> Any:
    """The key for the NumPy array inside, with the numbers in index arrays taken modulo the dimension."""
    items = key if isinstance(key, tuple) else (key,)
    if not any(_is_index_array(item) for item in items):
        return _unwrapped(key)
    used = [0 if item is None or item is Ellipsis else _dims_of(item) for item in items]
    axis, found = 0, []
    for item, dims in zip(items, used, strict=True):
        if _is_index_array(item):
            item = item._host % max(shape[axis], 1)
        axis += len(shape) - sum(used) if item is Ellipsis else dims
        found.append(_unwrapped(item))
    return tuple(found)


def _dims_of(item: Any) -> int:
    return int(item.ndim) if isinstance(item, DoubleArray) and item.dtype.kind == "b" else 1


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
        return _wrapped(self._host[_index(self.shape, key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        _check_mixed([self, value])
        if not any(_is_index_array(item) for item in (key if isinstance(key, tuple) else (key,))):
            self._host[_unwrapped(key)] = _unwrapped(value)
            return
        places = np.arange(self.size).reshape(self.shape)[_index(self.shape, key)]
        values = np.broadcast_to(_unwrapped(value), places.shape)
        np.put(self._host, places.ravel()[::-1], values.ravel()[::-1])

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
        _check_keywords(name, keywords)
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


def _take(self: DoubleArray, indices: Any, axis: int | None = None) -> Any:
    """An index outside wraps around, as in CuPy."""
    return _wrapped(self._host.take(_unwrapped(indices), axis, mode="wrap"))


for _name in _METHODS:
    setattr(DoubleArray, _name, _method(_name))
DoubleArray.take = _take  # type: ignore[attr-defined]
for _name in _BINARY:
    setattr(DoubleArray, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(DoubleArray, f"__r{_name}__", _operator(f"__r{_name}__"))
    setattr(DoubleArray, f"__i{_name}__", _in_place(f"__i{_name}__"))
for _name in _COMPARISONS:
    setattr(DoubleArray, f"__{_name}__", _operator(f"__{_name}__"))
for _name in _UNARY:
    setattr(DoubleArray, f"__{_name}__", _unary(f"__{_name}__"))


_REDUCTIONS = frozenset("sum prod max min amax amin mean any all".split())
_FOUR_AND_EIGHT_BYTES = frozenset("int32 uint32 int64 uint64 float32 float64".split())
# The types that ufunc.at takes, by the name of the ufunc.
_AT = {
    "add": _FOUR_AND_EIGHT_BYTES | {"float16"},
    "subtract": frozenset(("int32", "uint32")),
    "maximum": _FOUR_AND_EIGHT_BYTES,
    "minimum": _FOUR_AND_EIGHT_BYTES,
}
_WITH_REDUCEAT = ("add", "multiply")


def _check_keywords(name: str, keywords: dict[str, Any]) -> None:
    """CuPy's reductions have neither an initial value nor a mask."""
    if name in _REDUCTIONS and not keywords.keys().isdisjoint(("initial", "where")):
        raise TypeError(f"{name}() got an unexpected keyword argument, of {sorted(keywords)}")


def _at(ufunc: Any, target: DoubleArray, key: Any, values: Any) -> None:
    if target.dtype.name not in _AT.get(ufunc.__name__, ()):
        raise NotImplementedError(f"{ufunc.__name__}.at of {target.dtype.name} is not supported by CuPy")
    _check_mixed([target, values])
    ufunc.at(target._host, _index(target.shape, key), _unwrapped(values))


class _Function:
    """A NumPy function (or ufunc, with its methods) on device arrays."""

    def __init__(self, function: Any) -> None:
        self._function = function
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        _check_mixed([*arguments, *keywords.values()])
        _check_keywords(self._function.__name__, keywords)
        out = keywords.get("out")
        result = self._function(
            *[_unwrapped(a) for a in arguments], **{key: _unwrapped(value) for key, value in keywords.items()}
        )
        return out if out is not None else _wrapped(result)

    def __getattr__(self, name: str) -> Any:
        if name == "at":
            return functools.partial(_at, self._function)
        if name in ("accumulate", "reduceat") and self._function.__name__ not in _WITH_REDUCEAT:
            raise NotImplementedError(f"{self._function.__name__}.{name} is not supported by CuPy")
        return _Function(getattr(self._function, name))


def _wrapping_take(array: Any, indices: Any, axis: int | None = None) -> Any:
    return np.take(array, indices, axis, mode="wrap")


# What stands for functions of NumPy's that answer otherwise.
_OWN: dict[str, Any] = {"take": _wrapping_take}


class _Namespace:
    """NumPy's module, or one of its submodules, on device arrays."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module
        self.__name__ = "device_double"

    def __getattr__(self, name: str) -> Any:
        found = _OWN.get(name) or getattr(self._module, name)
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
        if isinstance(array, DoubleArray):
            return array._host.copy()
        # What lives on the host by convention (plan/placement.py) may also be made there.
        if array.dtype not in (np.dtype(np.int32), np.dtype(object)):
            raise TypeError(f"a kernel made {array.dtype} on the host where the device was expected")
        return array


DEVICE_DOUBLE = DeviceDouble()
