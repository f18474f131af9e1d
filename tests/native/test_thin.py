"""Products of few rows with a large matrix."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from graphrt.native.builder import F32, F64
from graphrt.native.kernels.thin import Plain, Turned
from graphrt.native.testing import compiled_lowering

SHAPES = [
    (1, 1, 1),
    (1, 48, 16),
    (3, 47, 5),
    (8, 49, 17),
    (16, 100, 33),
    (9, 200, 64),
    (32, 131, 50),
    (16, 70, 300),
    (2, 5000, 40),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("m", "n", "k"), SHAPES)
@pytest.mark.parametrize("parts", [1, 2])
def test_against_numpy(m, n, k, dtype, parts):
    random = np.random.default_rng([m, n, k])
    element = F32 if dtype == np.float32 else F64
    a, b = random.normal(size=(m, k)).astype(dtype), random.normal(size=(k, n)).astype(dtype)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for make, right in ((Plain, b), (Turned, np.ascontiguousarray(b.T))):
        run = compiled_lowering(make(element, m, n, k).lowering("thin", 0.0, 0.0), 3)
        result = np.full((m, n), np.nan, dtype)
        run([a, right], [result], parts=parts)
        np.testing.assert_allclose(result, expected, tolerance, tolerance * np.sqrt(k))
