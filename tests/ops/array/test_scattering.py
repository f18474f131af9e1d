"""Writing to places that occur twice: a device must end where NumPy does."""

from __future__ import annotations

import numpy as np
import pytest

from graphrt.backends.device_double import DEVICE_DOUBLE, DoubleArray
from graphrt_ops.array.scattering import apply_at, assign_at

UFUNCS = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
TYPES = ("float16", "float32", "float64", "int8", "int64", "complex64")
# (shape of the target, the places)
PLACES = {
    "rows": ((4, 3), (np.array([1, 3, 1, 1, 0, 1], np.int32),)),
    "elements": ((4, 3), (np.array([1, 1, 0, 1], np.int64), np.array([2, 2, 0, 2], np.int64))),
    "a matrix of rows": ((5, 2), (np.array([[4, 4], [0, 4]], np.int32),)),
    "one row": ((5, 2), (np.array(2, np.int32),)),
    "no updates": ((4,), (np.zeros(0, np.int64),)),
    "an empty target": ((2, 0), (np.array([1, 1], np.int64),)),
}


def arrays(name: str, dtype: str) -> tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray]:
    shape, places = PLACES[name]
    random = np.random.default_rng(1)
    target = random.integers(1, 9, shape).astype(dtype)
    updates = random.integers(1, 3, target[places].shape).astype(dtype)
    return target, places, updates


def on_double(target: np.ndarray, places: tuple[np.ndarray, ...]) -> tuple[DoubleArray, tuple[DoubleArray, ...]]:
    return DEVICE_DOUBLE.to_device(target), tuple(DEVICE_DOUBLE.to_device(place) for place in places)


@pytest.mark.parametrize("ufunc", UFUNCS)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", PLACES)
def test_apply_at(name: str, dtype: str, ufunc: str) -> None:
    if (ufunc == "divide" and dtype.startswith("int")) or (ufunc in ("maximum", "minimum") and dtype == "complex64"):
        pytest.skip("NumPy has no such ufunc.at")
    target, places, updates = arrays(name, dtype)
    device, device_places = on_double(target, places)
    apply_at(np, ufunc, target, places, updates)
    apply_at(DEVICE_DOUBLE.xp, ufunc, device, device_places, DEVICE_DOUBLE.to_device(updates))
    tolerance = 2e-3 if dtype == "float16" else 1e-6
    np.testing.assert_allclose(DEVICE_DOUBLE.to_host(device), target, tolerance)
    assert device.dtype == target.dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", PLACES)
def test_the_last_assignment_stays(name: str, dtype: str) -> None:
    target, places, updates = arrays(name, dtype)
    device, device_places = on_double(target, places)
    assign_at(np, target, places, updates)
    assign_at(DEVICE_DOUBLE.xp, device, device_places, DEVICE_DOUBLE.to_device(updates))
    np.testing.assert_array_equal(DEVICE_DOUBLE.to_host(device), target)


def test_one_update_for_all_places() -> None:
    device, places = on_double(np.ones((3, 2), np.float32), (np.array([0, 2], np.int32),))
    assign_at(DEVICE_DOUBLE.xp, device, places, DEVICE_DOUBLE.to_device(np.float32(7)))
    assert DEVICE_DOUBLE.to_host(device).tolist() == [[7, 7], [1, 1], [7, 7]]


def test_coordinates_without_dimensions_name_the_whole_target() -> None:
    device, _ = on_double(np.ones(3, np.int8), ())
    apply_at(DEVICE_DOUBLE.xp, "add", device, (), DEVICE_DOUBLE.to_device(np.array([[1, 2, 3], [4, 5, 6]], np.int8)))
    assert DEVICE_DOUBLE.to_host(device).tolist() == [6, 8, 10]
