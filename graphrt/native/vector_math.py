"""Elementary functions of vectors, as IR: ``exp(b, x)`` writes the code into the Builder ``b`` and returns the value.

All take float and double in any number of lanes, and give the same bits whatever the processor is. They have few
branches: ``pow`` mends special cases if there are any; ``sin``, ``cos`` and ``tan`` call the C library for very large
numbers, and ``fmod`` for very large quotients. ``lgamma`` always calls it. The polynomials were fitted by
tools/minimax.py.

Each function states its largest error in units in the last place (ulp), measured by tests/native/test_vector_math.py,
which holds it to that: float32 against float64 at two million numbers of all exponents and near the function's own
landmarks (and, once, at every 29th of all float32); float64 against the 80-bit long double or mpmath at a tenth as
many. nan, infinities, -0.0, subnormal arguments and results, overflow and underflow are as in C.

Speed, in thousand million numbers a second, of this code and of NumPy 2.4 (erf and erfc: SciPy 1.17), whose functions
on this machine are Intel's for AVX-512; the time to call either is included. One core of an Intel Xeon (Emerald
Rapids, AVX-512), other processes running, best of 15:

              float32, 1,000  100,000        float64, 1,000  100,000
    function  here  NumPy    here  NumPy    here  NumPy    here  NumPy
    exp       1.38   1.09    3.16   2.14    0.87   0.85    1.35   1.45
    expm1     1.34   1.24    3.23   3.19    0.85   0.59    1.40   0.84
    log       1.18   1.12    2.52   2.41    0.58   0.70    0.78   1.06
    log1p     1.18   0.96    2.54   2.07    0.59   0.59    0.77   0.82
    tanh      1.15   1.20    2.54   2.79    0.70   0.47    1.05   0.65
    sigmoid   1.17   0.34    2.67   1.07    0.74   0.27    1.14   0.54
    erf       1.09   0.08    2.02   0.06    0.41   0.09    0.49   0.06
    sin       1.28   0.92    2.74   1.71    0.79   0.15    1.20   0.06
    cos       1.25   0.93    2.81   1.70    0.79   0.15    1.18   0.06
    pow       0.56   0.71    0.75   1.25    0.27   0.31    0.29   0.37
    sqrt      1.42   1.45    3.90   3.87    0.69   0.69    0.99   0.99
    rsqrt     1.12   0.71    2.15   1.94    0.48   0.39    0.60   0.59
    tan       1.20   1.03    2.53   2.28    0.65   0.50    0.87   0.65
    atan      1.32   0.99    3.28   2.39    0.66   0.54    0.94   0.73
    sinh      1.15   1.12    2.58   2.67    0.71   0.57    1.04   0.79
    exp2      1.48   1.37    3.67   3.63    0.88   0.92    1.34   1.78
    log2      1.17   1.31    2.56   4.28    0.61   0.67    0.78   1.00
    asin      1.33   1.10    3.39   2.58    0.67   0.54    0.96   0.76
    acos      1.39   1.05    3.19   2.26    0.69   0.51    0.99   0.71
    cosh      1.28   1.19    3.34   3.12    0.83   0.72    1.26   1.12
    asinh     0.77   0.73    1.20   1.22    0.34   0.36    0.40   0.43
    atanh     0.96   0.88    1.65   1.64    0.43   0.44    0.53   0.57
    atan2     1.12   0.81    2.01   1.38    0.56   0.36    0.68   0.45
    erfc      0.85   0.07    1.36   0.07    0.32   0.08    0.37   0.08
    acosh     0.89   0.83    1.52   1.48    0.38   0.34    0.49   0.40
"""

from __future__ import annotations

from graphrt.native.elementary.error_function import erf as erf
from graphrt.native.elementary.error_function import erfc as erfc
from graphrt.native.elementary.exponential import exp as exp
from graphrt.native.elementary.exponential import exp2 as exp2
from graphrt.native.elementary.exponential import expm1 as expm1
from graphrt.native.elementary.exponential import sigmoid as sigmoid
from graphrt.native.elementary.exponential import tanh as tanh
from graphrt.native.elementary.hyperbolic import acosh as acosh
from graphrt.native.elementary.hyperbolic import asinh as asinh
from graphrt.native.elementary.hyperbolic import atanh as atanh
from graphrt.native.elementary.hyperbolic import cosh as cosh
from graphrt.native.elementary.hyperbolic import sinh as sinh
from graphrt.native.elementary.inverse import acos as acos
from graphrt.native.elementary.inverse import asin as asin
from graphrt.native.elementary.inverse import atan as atan
from graphrt.native.elementary.inverse import atan2 as atan2
from graphrt.native.elementary.library import lgamma as lgamma
from graphrt.native.elementary.logarithm import log as log
from graphrt.native.elementary.logarithm import log1p as log1p
from graphrt.native.elementary.logarithm import log2 as log2
from graphrt.native.elementary.power import pow as pow
from graphrt.native.elementary.power import rsqrt as rsqrt
from graphrt.native.elementary.power import sqrt as sqrt
from graphrt.native.elementary.remainder import fmod as fmod
from graphrt.native.elementary.trigonometric import cos as cos
from graphrt.native.elementary.trigonometric import sin as sin
from graphrt.native.elementary.trigonometric import tan as tan
