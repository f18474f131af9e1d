"""Complex numbers: from parts, and their parts."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import COMPLEX, complex64, complex128, float32, float64
from graphrt.graph import Operation, Tensor
from graphrt.graph.scopes import name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt_ops.math.broadcast_gradient import summed
from graphrt_ops.math.families import after
from graphrt_ops.shapes import broadcast, unchanged

_PARTS = {"T": COMPLEX, "Tout": (float32, float64)}

_complex = OpDef(
    "Complex",
    "real imag",
    "out:Tout",
    dtypes={"T": (float32, float64), "Tout": COMPLEX},
    infer=broadcast,
    elementwise=True,
)
_real = OpDef("Real", "input", "output:Tout", dtypes=_PARTS, infer=unchanged, elementwise=True)
_imag = OpDef("Imag", "input", "output:Tout", dtypes=_PARTS, infer=unchanged, elementwise=True)
_angle = OpDef("Angle", "input", "output:Tout", dtypes=_PARTS, infer=unchanged, elementwise=True)
_conj = OpDef("Conj", "input", "output", dtypes=COMPLEX, infer=unchanged, ufunc="conjugate", elementwise=True)


@_complex.kernel
def _complex_kernel(xp, real, imag, Tout):  # noqa: N803 (attributes have TF1's names)
    # Not real + 1j * imag, which makes nan of an infinite imaginary part.
    parts = xp.stack(xp.broadcast_arrays(real, imag), axis=-1)
    return parts.view(Tout.as_numpy_dtype)[..., 0]


@_real.kernel
def _real_kernel(xp, input):
    return input.real.copy()


@_imag.kernel
def _imag_kernel(xp, input):
    return input.imag.copy()


@_angle.kernel
def _angle_kernel(xp, input):
    return xp.arctan2(input.imag, input.real)


@_complex.gradient
def _complex_gradient(op: Operation, dy: Tensor):
    return summed(op, lambda: F.real(dy), lambda: F.imag(dy))


@_real.gradient
def _real_gradient(op: Operation, dy: Tensor):
    return F.complex(dy, F.constant(0, dtype=dy.dtype))


@_imag.gradient
def _imag_gradient(op: Operation, dy: Tensor):
    return F.complex(F.constant(0, dtype=dy.dtype), dy)


@_conj.gradient
def _conj_gradient(op: Operation, dy: Tensor):
    return F.conj(dy)


@_angle.gradient
@after
def _angle_gradient(x: Tensor, y: Tensor, dy: Tensor):
    real, imag = F.real(x), F.imag(x)
    turned = F.reciprocal(F.complex(imag, real))
    return -F.complex(dy, F.constant(0, dtype=dy.dtype)) * turned


@export("complex", "dtypes.complex")
def complex(real, imag, name=None):
    """Complex numbers from their real and imaginary parts: complex64 from float32, complex128 from float64.

    Raises:
      TypeError: for other types.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.complex([1.0, 2.0], [3.0, -1.0])))
    [1.+3.j 2.-1.j]
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as scope:
        types = (real.dtype.base_dtype, imag.dtype.base_dtype)
        if types not in ((float64, float64), (float32, float32)):
            raise TypeError(f"real and imag have incorrect types: {types[0].name} {types[1].name}")
        return _complex(real, imag, Tout=complex64 if types[0] is float32 else complex128, name=scope)


@export("real", "math.real")
def real(input, name=None):
    """The real part; a real tensor is returned as it is."""
    with name_scope(name, "Real", [input]) as scope:
        tensor = convert_to_tensor(input)
        return _real(tensor, Tout=tensor.dtype.base_dtype.real_dtype, name=scope) if tensor.dtype.is_complex else tensor


@export("imag", "math.imag")
def imag(input, name=None):
    """The imaginary part: zeros for a real tensor."""
    with name_scope(name, "Imag", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if tensor.dtype.is_complex:
            return _imag(tensor, Tout=tensor.dtype.base_dtype.real_dtype, name=scope)
        return F.zeros_like(tensor)


@export("angle", "math.angle")
def angle(input, name=None):
    """The angle of a complex number in the plane, in radians: atan2(imag, real). Zeros for a real tensor."""
    with name_scope(name, "Angle", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if tensor.dtype.is_complex:
            return _angle(tensor, Tout=tensor.dtype.base_dtype.real_dtype, name=scope)
        return F.zeros_like(tensor)


@export("conj", "math.conj")
def conj(x, name=None):
    """The complex conjugate; a real tensor is returned as it is.

    Raises:
      TypeError: if ``x`` is not numeric.
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return _conj(x, name=scope)
        if x.dtype.is_floating or x.dtype.is_integer:
            return x
        raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
