"""The CUDA kernel's body, compiled as C: the words are those of the array operations."""

from __future__ import annotations

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from graphrt_ops.random.philox import _words_by_array_operations
from graphrt_ops.random.philox_cuda import BODY

COMPILER = shutil.which("cc")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("philox")
    number = "unsigned long long"
    parameters = f"{number} count, const {number} *blocks, {number} seed, {number} upper, unsigned int *words"
    loop = f"for ({number} i = 0; i < count; i++) {{ {number} block = blocks[i]; {BODY} }}"
    (folder / "philox.c").write_text(f"void philox({parameters}) {{ {loop} }}\n")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", "philox.so", "philox.c"], check=True, cwd=folder)
    function = ctypes.CDLL(str(folder / "philox.so")).philox
    function.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_void_p]
    function.restype = None
    return function


@pytest.mark.parametrize(("seed", "seed2"), [(0, 0), (1, 2), (2**64 - 1, 2**63 + 5), (0x0123456789ABCDEF, 2**40)])
def test_the_words(compiled, seed, seed2):
    indices = np.array([0, 1, 255, 2**32 - 1, 2**32, 2**40 + 7, 2**64 - 1], np.uint64)
    words = np.zeros((len(indices), 4), np.uint32)
    compiled(len(indices), indices.ctypes.data, seed, seed2, words.ctypes.data)
    np.testing.assert_array_equal(words, _words_by_array_operations(np, seed, seed2, indices))
