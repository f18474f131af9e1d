"""The switches between TensorFlow 1 and 2: graphrt is TensorFlow 1, and says so where a script asks for the other."""

from __future__ import annotations

from graphrt.opdef import export
from graphrt.source import warn

_RESOURCE = (
    "tf.enable_resource_variables() changes nothing in graphrt yet: variables stay reference variables. A read that "
    "does not wait for a write of the same run comes before it, so most scripts compute the same; what differs is a "
    "variable that is fetched itself (its value after the run's writes). Leave the call out, or see "
    "docs/tf1-differences.md"
)


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """False: ops make nodes of a graph, which sessions run."""
    return False


@export("enable_eager_execution")
def enable_eager_execution(config=None, device_policy=None, execution_mode=None) -> None:
    """Raises NotImplementedError: there is no eager execution.

    >>> import graphrt as tf
    >>> tf.enable_eager_execution()
    Traceback (most recent call last):
    NotImplementedError: tf.enable_eager_execution(): graphrt has no eager execution, and none is planned. Build ...
    """
    raise NotImplementedError(
        "tf.enable_eager_execution(): graphrt has no eager execution, and none is planned. Build a graph, and compute "
        "its tensors with tf.Session().run(...) or, in a tf.InteractiveSession, tensor.eval()"
    )


@export("disable_eager_execution")
def disable_eager_execution() -> None:
    """Does nothing: there is no eager execution to turn off."""


@export("disable_v2_behavior")
def disable_v2_behavior() -> None:
    """Does nothing: graphrt behaves as TensorFlow 1 always.

    >>> import graphrt.compat.v1 as tf
    >>> tf.disable_v2_behavior()
    """


@export("enable_v2_behavior")
def enable_v2_behavior() -> None:
    """Raises NotImplementedError: graphrt is TensorFlow 1."""
    raise NotImplementedError(
        "tf.enable_v2_behavior(): graphrt is TensorFlow 1; leave the call out, and run graphs with tf.Session"
    )


@export("enable_resource_variables")
def enable_resource_variables() -> None:
    """Warns that it changes nothing yet: variables stay TensorFlow 1's reference variables."""
    warn(_RESOURCE)


@export("disable_resource_variables")
def disable_resource_variables() -> None:
    """Does nothing: there are no resource variables to turn off."""


@export("resource_variables_enabled")
def resource_variables_enabled() -> bool:
    """False: variables are TensorFlow 1's reference variables."""
    return False


@export("enable_control_flow_v2")
def enable_control_flow_v2() -> None:
    """Raises NotImplementedError: ``tf.cond`` makes TensorFlow 1's nodes."""
    raise NotImplementedError("tf.enable_control_flow_v2(): tf.cond makes TensorFlow 1's nodes; leave the call out")


@export("disable_control_flow_v2")
def disable_control_flow_v2() -> None:
    """Does nothing: ``tf.cond`` makes TensorFlow 1's nodes always."""


@export("control_flow_v2_enabled")
def control_flow_v2_enabled() -> bool:
    """False: ``tf.cond`` makes TensorFlow 1's nodes."""
    return False


@export("enable_v2_tensorshape")
def enable_v2_tensorshape() -> None:
    """Raises NotImplementedError: shapes hold ``Dimension``s, as in TensorFlow 1."""
    raise NotImplementedError(
        "tf.enable_v2_tensorshape(): the dimensions of a shape are tf.Dimension, as in TensorFlow 1; write "
        "shape.as_list() or int(shape[0])"
    )


@export("disable_v2_tensorshape")
def disable_v2_tensorshape() -> None:
    """Does nothing: shapes hold ``Dimension``s always."""


@export("enable_tensor_equality")
def enable_tensor_equality() -> None:
    """Raises NotImplementedError: ``==`` asks whether two tensors are the same object, as in TensorFlow 1."""
    raise NotImplementedError(
        "tf.enable_tensor_equality(): == compares tensors as objects, as in TensorFlow 1; write tf.equal(x, y)"
    )


@export("disable_tensor_equality")
def disable_tensor_equality() -> None:
    """Does nothing: ``==`` compares tensors as objects always."""
