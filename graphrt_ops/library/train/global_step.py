"""The global step: the variable that counts training steps."""

from __future__ import annotations

from graphrt.dtypes import int32, int64
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.opdef import export
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.variables.variable_scope import get_variable


def _graph(graph):
    return get_default_graph() if graph is None else graph


@export("train.get_global_step")
def get_global_step(graph=None):
    """The global step variable of the graph, or None if there is none."""
    graph = _graph(graph)
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        raise RuntimeError("Multiple items found in collection GLOBAL_STEP; there should be one")
    if not found:
        try:
            found = [graph.get_tensor_by_name("global_step:0")]
        except (KeyError, ValueError):
            return None
    assert_global_step(found[0])
    return found[0]


@export("train.create_global_step")
def create_global_step(graph=None):
    """Makes the global step variable; ``ValueError`` if there is one."""
    graph = _graph(graph)
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=int64,
            initializer=Zeros(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


@export("train.get_or_create_global_step")
def get_or_create_global_step(graph=None):
    """The global step variable, made if there is none."""
    graph = _graph(graph)
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


@export("train.assert_global_step")
def assert_global_step(global_step_tensor) -> None:
    """Raises TypeError or ValueError unless it can be a global step: an integer scalar."""
    if not hasattr(global_step_tensor, "dtype"):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.')
    if global_step_tensor.dtype.base_dtype not in (int32, int64):
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}')
    if global_step_tensor.get_shape().ndims not in (0, None):
        raise TypeError(f'Existing "global_step" is not scalar: {global_step_tensor.get_shape()}')


@export("train.global_step")
def global_step(sess, global_step_tensor) -> int:
    """The value of the global step in a session."""
    return int(sess.run(global_step_tensor))
