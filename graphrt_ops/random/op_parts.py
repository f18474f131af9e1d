"""What the random ops have in common: their generators, the shape that they get as an input, their seed attributes."""

from __future__ import annotations

import os

from graphrt.dtypes import bfloat16, float16, float32, float64, int32, int64
from graphrt.graph import Operation, Tensor
from graphrt.opdef import OpDef, convert_to_tensor
from graphrt.opdef.static import static_shape
from graphrt.shapes import TensorShape
from graphrt_ops.random.seeds import get_seed
from graphrt_ops.random.stream import Stream

FLOAT_TYPES = (float16, bfloat16, float32, float64)
SEED_ATTRS = {"seed": 0, "seed2": 0}


def random_op(type: str, inputs: str, outputs: str, infer, dtypes, attrs=None, **traits) -> OpDef:
    """A stateful op with two seeds, for which a session keeps a Stream."""
    opdef = OpDef(
        type,
        inputs,
        outputs,
        dtypes=dtypes,
        attrs={**SEED_ATTRS, **(attrs or {})},
        infer=infer,
        stateful=True,
        fresh=True,
        **traits,
    )
    opdef.state(stream_of)
    return opdef


def stream_of(op: Operation) -> Stream:
    """The generator of a node in a new session; with both seeds 0 it is another one in every session."""
    seed, seed2 = op.attrs["seed"], op.attrs["seed2"]
    if seed == 0 and seed2 == 0:
        return Stream(int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little"))
    return Stream(seed, seed2)


def seed_attrs(seed: int | None) -> dict[str, int]:
    """The attributes of a random op that is made now with the argument ``seed``."""
    seed1, seed2 = get_seed(seed)
    return {"seed": seed1 or 0, "seed2": seed2 or 0}


def drawn(op: Operation, distribution: str, low: int = 0, high: int = 0):
    """What a random op says of itself to native code."""
    from graphrt.native.records import Draw

    count = op.outputs[0].shape.num_elements()
    return Draw(distribution, lambda stream: stream.advance(count), low, high)


def shape_from_input(op: Operation) -> TensorShape:
    """The output has the shape that input 0 holds."""
    return static_shape(op.inputs[0])


def sizes(shape) -> tuple[int, ...]:
    """The shape that a kernel got as an array.

    Raises:
      ValueError: if it is no vector of sizes.
    """
    if shape.ndim != 1:
        raise ValueError(f"shape must be a vector of {{int32,int64}}, got shape {list(shape.shape)}")
    dims = tuple(shape.tolist())
    if any(size < 0 for size in dims):
        raise ValueError(f"Dimension {min(dims)} must be >= 0 in the shape {list(dims)}")
    return dims


def shape_tensor(shape) -> Tensor:
    """The ``shape`` argument of a public function as a tensor (int32 where it is an empty list)."""
    empty = isinstance(shape, (tuple, list)) and not shape
    return convert_to_tensor(shape, dtype=int32 if empty else None, name="shape")


SHAPE_TYPES = (int32, int64)
