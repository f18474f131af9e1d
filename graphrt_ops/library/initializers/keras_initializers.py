"""tf.keras.initializers: smaller default spreads, and initializers by name."""

from __future__ import annotations

from typing import Any

from graphrt.dtypes import float32
from graphrt.opdef import export
from graphrt_ops.library.initializers import constants, orthogonal, random_draws, variance_scaling
from graphrt_ops.library.initializers.initializer import Initializer


@export("keras.initializers.RandomUniform", "keras.initializers.uniform", "keras.initializers.random_uniform")
class RandomUniform(random_draws.RandomUniform):
    """As ``tf.random_uniform_initializer``, but between -0.05 and 0.05."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None, dtype=float32) -> None:
        super().__init__(minval, maxval, seed, dtype)


@export("keras.initializers.RandomNormal", "keras.initializers.normal", "keras.initializers.random_normal")
class RandomNormal(random_draws.RandomNormal):
    """As ``tf.random_normal_initializer``, but with the standard deviation 0.05."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=float32) -> None:
        super().__init__(mean, stddev, seed, dtype)


@export("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(random_draws.TruncatedNormal):
    """As ``tf.truncated_normal_initializer``, but with the standard deviation 0.05."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None, dtype=float32) -> None:
        super().__init__(mean, stddev, seed, dtype)


_BY_NAME: dict[str, Any] = {
    **dict.fromkeys(("Zeros", "zeros", "zero"), constants.Zeros),
    **dict.fromkeys(("Ones", "ones", "one"), constants.Ones),
    **dict.fromkeys(("Constant", "constant"), constants.Constant),
    **dict.fromkeys(("Identity", "identity"), constants.Identity),
    **dict.fromkeys(("RandomUniform", "random_uniform", "uniform"), RandomUniform),
    **dict.fromkeys(("RandomNormal", "random_normal", "normal"), RandomNormal),
    **dict.fromkeys(("TruncatedNormal", "truncated_normal"), TruncatedNormal),
    "VarianceScaling": variance_scaling.VarianceScaling,
    **dict.fromkeys(("Orthogonal", "orthogonal"), orthogonal.Orthogonal),
    **dict.fromkeys(("GlorotUniform", "glorot_uniform"), variance_scaling.GlorotUniform),
    **dict.fromkeys(("GlorotNormal", "glorot_normal"), variance_scaling.GlorotNormal),
    "he_normal": variance_scaling.he_normal,
    "he_uniform": variance_scaling.he_uniform,
    "lecun_normal": variance_scaling.lecun_normal,
    "lecun_uniform": variance_scaling.lecun_uniform,
}


@export("keras.initializers.get")
def get(identifier):
    """The initializer that ``identifier`` means: its name, its serialized form, what can be called, or None.

    Raises:
      ValueError: if it means none.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier!r}")


@export("keras.initializers.serialize")
def serialize(initializer: Initializer) -> dict[str, Any]:
    """The initializer as a dictionary of plain Python values, for ``deserialize``."""
    return {"class_name": type(initializer).__name__, "config": initializer.get_config()}


@export("keras.initializers.deserialize")
def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None):
    """The initializer that ``serialize`` described; ``custom_objects`` are further classes by name.

    Raises:
      ValueError: if there is no initializer of that name.
    """
    known = {**_BY_NAME, **(custom_objects or {})}
    name = config["class_name"]
    if name not in known:
        raise ValueError(f"Unknown initializer: {name}; there are {', '.join(sorted(known))}")
    return known[name](**config["config"])
