"""Elementary functions of vectors, as IR: ``exp(b, x)`` writes the code into the Builder ``b`` and returns the value.

All take float and double in any number of lanes. Polynomials were fitted by tools/minimax.py; nothing is called.
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
from graphrt.native.elementary.library import fmod as fmod
from graphrt.native.elementary.library import lgamma as lgamma
from graphrt.native.elementary.logarithm import log as log
from graphrt.native.elementary.logarithm import log1p as log1p
from graphrt.native.elementary.logarithm import log2 as log2
from graphrt.native.elementary.power import pow as pow
from graphrt.native.elementary.power import rsqrt as rsqrt
from graphrt.native.elementary.power import sqrt as sqrt
from graphrt.native.elementary.trigonometric import cos as cos
from graphrt.native.elementary.trigonometric import sin as sin
from graphrt.native.elementary.trigonometric import tan as tan
