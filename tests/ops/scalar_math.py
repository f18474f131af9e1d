"""The functions that scalar expressions may use, as NumPy has them: ``scalar(m, x)`` with this module as ``m``."""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np
import scipy.special

inf = np.inf
exp, expm1, log, log1p, sqrt, pow = np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.power
sin, cos, tan, asin, acos, atan, atan2 = np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2
sinh, cosh, tanh, asinh, acosh, atanh = np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh
abs, sign, floor, ceil, rint, trunc, fmod = np.abs, np.sign, np.floor, np.ceil, np.rint, np.trunc, np.fmod
max, min, where = np.maximum, np.minimum, np.where
erf, erfc = scipy.special.erf, scipy.special.erfc
_c_library = ctypes.CDLL(ctypes.util.find_library("m"))
_c_library.lgamma.restype, _c_library.lgamma.argtypes = ctypes.c_double, [ctypes.c_double]


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(np.real(x) < 0, e, 1) / (1 + e) if np.isrealobj(x) else 1 / (1 + np.exp(-x))


def lgamma(x):
    return np.vectorize(_c_library.lgamma, otypes=[np.float64])(x).astype(np.result_type(x))


def cast(x, dtype):
    return np.asarray(x).astype(dtype)
