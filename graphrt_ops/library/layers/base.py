"""Layer: variables, scopes and losses of tf.layers, so that a layer can be called several times on the same weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import graphrt_ops as F
from graphrt.dtypes import as_dtype
from graphrt.graph import Graph, Tensor, get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import name_scope
from graphrt.opdef import convert_to_tensor, export, static_value
from graphrt_ops.control import nest
from graphrt_ops.library.layers.by_name import initializer_of, refuse_names
from graphrt_ops.library.variables.variable_scope import get_variable, variable_scope

_counts: WeakKeyDictionary[Graph, dict[str, int]] = WeakKeyDictionary()


def _snake_case(name: str) -> str:
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def _unique_object_name(base: str) -> str:
    """``dense_1``, ``dense_2``...: how layers call themselves, in each graph from one on."""
    counts = _counts.setdefault(get_default_graph(), {})
    counts[base] = counts.get(base, 0) + 1
    return f"{base}_{counts[base]}"


@export("layers.InputSpec")
class InputSpec:
    """What a layer wants of an input: rank, least rank, and sizes of axes."""

    def __init__(self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None):
        self.dtype = dtype
        self.shape = shape
        self.ndim = len(shape) if shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}

    def check(self, tensor: Tensor, layer_name: str) -> None:
        """Raises ValueError if ``tensor`` is not as wanted."""
        rank = tensor.shape.rank
        if rank is None:
            if self.ndim is None and self.min_ndim is None and self.max_ndim is None:
                return
            raise ValueError(
                f"Input 0 of layer {layer_name} is incompatible with the layer: its rank is undefined, but the layer "
                "requires a defined rank."
            )
        shape = tensor.shape.as_list()
        wrong = f"Input 0 of layer {layer_name} is incompatible with the layer: "
        if self.ndim is not None and rank != self.ndim:
            raise ValueError(f"{wrong}expected ndim={self.ndim}, found ndim={rank}. Full shape received: {shape}")
        if self.max_ndim is not None and rank > self.max_ndim:
            raise ValueError(f"{wrong}expected max_ndim={self.max_ndim}, found ndim={rank}")
        if self.min_ndim is not None and rank < self.min_ndim:
            raise ValueError(
                f"{wrong}: expected min_ndim={self.min_ndim}, found ndim={rank}. Full shape received: {shape}"
            )
        for axis, size in self.axes.items():
            if size is not None and shape[axis] not in (size, None):
                raise ValueError(
                    f"{wrong}expected axis {axis} of input shape to have value {size} but received input with "
                    f"shape {shape}"
                )


def smart_cond(predicate, true_fn: Callable, false_fn: Callable):
    """One of the two at once where the predicate is known while declaring, else ``tf.cond``."""
    if isinstance(predicate, bool):
        known = predicate
    elif predicate in (0, 1) and not isinstance(predicate, Tensor):
        known = bool(predicate)
    else:
        value = static_value(convert_to_tensor(predicate))
        if value is None:
            return F.cond(predicate, true_fn=true_fn, false_fn=false_fn)
        known = bool(value)
    return true_fn() if known else false_fn()


def known_bool(predicate) -> bool | None:
    """A Python or constant boolean as a bool; None where it is only known when it runs."""
    if isinstance(predicate, Tensor):
        value = static_value(predicate)
        return None if value is None else bool(value)
    if hasattr(predicate, "value") and hasattr(predicate, "initializer"):
        return None
    return bool(predicate)


def _depends_on(op, tensors) -> bool:
    """True if the operation needs one of the tensors."""
    wanted = {id(tensor) for tensor in tensors}
    stack, seen = [op], {op}
    while stack:
        at = stack.pop()
        if any(id(tensor) in wanted for tensor in at.inputs):
            return True
        for need in [tensor.op for tensor in at.inputs] + at.control_inputs:
            if need not in seen:
                seen.add(need)
                stack.append(need)
    return False


@export("layers.Layer")
class Layer:
    """The base of tf.layers: subclasses make variables in ``build(input_shape)`` and compute in ``call(inputs)``.

    Args:
      trainable: whether the variables go to TRAINABLE_VARIABLES.
      name: the name of the layer, and of its variable scope; without it, the class's name, made unique.
      dtype: the type of its variables; that of the first input without it.
      activity_regularizer: a function of the output whose result is added to the regularization losses.
      _scope, _reuse: the variable scope of the functional interface, and whether its variables exist.
    """

    def __init__(self, trainable: Any = True, name: Any = None, dtype: Any = None, **kwargs: Any) -> None:
        self._scope = None
        self._activity_regularizer = kwargs.pop("activity_regularizer", None)
        self._reuse = kwargs.pop("_reuse", None)
        scope = kwargs.pop("_scope", None)
        if kwargs:
            raise TypeError(f"Keyword argument not understood: {', '.join(kwargs)}")
        self.trainable = trainable
        self.built = False
        self.input_spec: InputSpec | None = None
        self.supports_masking = False
        self._dtype = None if dtype is None else as_dtype(dtype).base_dtype
        self._trainable_weights: list = []
        self._non_trainable_weights: list = []
        self._updates: list = []
        self._losses: list = []
        self._weight_losses: list[Callable] = []
        self._calls: list[tuple[Any, Any]] = []
        self._base_name = name or _snake_case(type(self).__name__)
        self._name = name or _unique_object_name(self._base_name)
        self._graph = get_default_graph()
        if scope is not None:
            with variable_scope(scope) as captured:
                self._scope = captured

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self._name

    @property
    def scope_name(self) -> str:
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been used yet. The scope '
                "name is determined the first time the layer instance is called."
            )
        return self._scope.name

    @property
    def dtype(self):
        return None if self._dtype is None else self._dtype.name

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def activity_regularizer(self):
        return self._activity_regularizer

    @property
    def trainable_weights(self) -> list:
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list:
        if self.trainable:
            return list(self._non_trainable_weights)
        return [*self._trainable_weights, *self._non_trainable_weights]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def weights(self) -> list:
        return self.trainable_weights + self.non_trainable_weights

    variables = weights

    @property
    def updates(self) -> list:
        """Operations to be run with each training step, such as those of moving averages."""
        return list(self._updates) if self.trainable else []

    @property
    def losses(self) -> list:
        """Regularization losses: of the activities, and of the weights (made anew)."""
        made = [loss() for loss in self._weight_losses]
        return self._losses + [loss for loss in made if loss is not None]

    def get_updates_for(self, inputs) -> list:
        """The updates that depend on ``inputs`` (None: those that depend on no input of a call)."""
        return [update for update in self.updates if self._belongs(update, inputs)]

    def get_losses_for(self, inputs) -> list:
        """The losses that depend on ``inputs`` (None: those that depend on no input of a call, as those of weights)."""
        return [loss for loss in self.losses if self._belongs(loss.op, inputs)]

    def _belongs(self, op, inputs) -> bool:
        if inputs is not None:
            return _depends_on(op, inputs if isinstance(inputs, (list, tuple)) else [inputs])
        return not any(_depends_on(op, made if isinstance(made, (list, tuple)) else [made]) for made, _ in self._calls)

    @property
    def input(self):
        return self._single_call()[0]

    @property
    def output(self):
        return self._single_call()[1]

    @property
    def input_shape(self):
        return tuple(self._single_call()[0].shape.as_list())

    @property
    def output_shape(self):
        return tuple(self._single_call()[1].shape.as_list())

    def _single_call(self):
        if len(self._calls) != 1:
            raise AttributeError(
                f"Layer {self.name} has been called {len(self._calls)} times: it has no single input and output"
            )
        return self._calls[0]

    def count_params(self) -> int:
        """How many numbers the variables hold."""
        if not self.built:
            raise ValueError(f"You tried to call `count_params` on {self.name}, but the layer isn't built.")
        return sum(variable.shape.num_elements() for variable in self.weights)

    # -- for subclasses ------------------------------------------------------------------------------------------------

    def build(self, input_shape) -> None:
        """Makes the variables for inputs of this shape."""
        self.built = True

    def call(self, inputs, **kwargs):
        """Computes the output."""
        return inputs

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of this shape."""
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")

    def add_weight(
        self,
        name,
        shape,
        dtype=None,
        initializer=None,
        regularizer=None,
        trainable=None,
        constraint=None,
        partitioner=None,
        use_resource=None,
    ):
        """Makes (or finds again, where the scope reuses) a variable of this layer."""
        refuse_names(regularizer=regularizer, constraint=constraint)
        initializer = initializer_of(initializer)
        trainable = True if trainable is None else trainable
        self._open_scope(None)
        dtype = as_dtype(dtype or self._dtype or "float32").base_dtype
        reuse = self.built or self._reuse
        existing = set(get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES))
        with (
            variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False),
            name_scope(self._scope.original_name_scope),
        ):
            variable = get_variable(
                name,
                shape=shape,
                dtype=dtype,
                initializer=initializer,
                constraint=constraint,
                trainable=trainable and self.trainable,
                partitioner=partitioner,
                use_resource=use_resource,
            )
            if regularizer is not None and variable not in existing:
                self._regularize(name, variable, regularizer)
        if all(variable is not held for held in self._trainable_weights + self._non_trainable_weights):
            (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        return variable

    add_variable = add_weight

    def _regularize(self, name: str, variable, regularizer: Callable) -> None:
        def loss():
            with name_scope(name + "/Regularizer"):
                return regularizer(variable)

        self._weight_losses.append(loss)
        _collect([loss()], GraphKeys.REGULARIZATION_LOSSES)

    def add_loss(self, losses, inputs=None) -> None:
        """Adds tensors to the losses of the layer, and to REGULARIZATION_LOSSES.

        What they depend on is seen from the graph, so that ``inputs`` need not say it.
        """
        for loss in losses if isinstance(losses, (list, tuple)) else [losses]:
            value = loss() if callable(loss) else loss
            if value is not None:
                self._losses.append(value)
                _collect([value], GraphKeys.REGULARIZATION_LOSSES)

    def add_update(self, updates, inputs=None) -> None:
        """Adds operations to the updates of the layer; they go to UPDATE_OPS when the call is done.

        What they depend on is seen from the graph, so that ``inputs`` need not say it.
        """
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            made = update() if callable(update) else update
            self._updates.append(made.op if hasattr(made, "op") else made)

    # -- calling it ----------------------------------------------------------------------------------------------------

    def _open_scope(self, scope) -> None:
        """Decides the variable scope of the layer, once."""
        if self._scope is not None:
            return
        if self._reuse:
            with variable_scope(scope if scope is not None else self._base_name) as captured:
                self._scope = captured
        else:
            with variable_scope(scope, default_name=self._base_name) as captured:
                self._scope = captured

    def __call__(self, inputs, *args, **kwargs):
        """Builds the layer if that has not been done, and computes its output."""
        scope = kwargs.pop("scope", None)
        self._open_scope(scope)
        tensor = self._converted(inputs)
        known = len(self._updates)
        with (
            variable_scope(self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False),
            name_scope(self._scope.original_name_scope),
        ):
            self._build_for(tensor)
            outputs = self.call(tensor, *args, **kwargs)
            if self._activity_regularizer is not None:
                self._regularize_activity(outputs)
        self._calls.append((tensor, outputs))
        if self.trainable:
            _collect(self._updates[known:], GraphKeys.UPDATE_OPS)
        return outputs

    def _converted(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            tensor = convert_to_tensor(inputs)
            self._check_graph(tensor)
            return tensor
        tensors = nest.map_structure(convert_to_tensor, inputs)
        flat = nest.flatten(tensors)
        if self.input_spec is not None and len(flat) != 1:
            raise ValueError(
                f"Layer {self._name} expects 1 inputs, but it received {len(flat)} input tensors. Inputs received: "
                f"{flat}"
            )
        return tensors

    def _check_graph(self, tensor: Tensor) -> None:
        if tensor.graph is not self._graph:
            if self.built:
                raise ValueError(
                    f"Input graph and Layer graph are not the same: {tensor} is not from the passed-in graph."
                )
            self._graph = tensor.graph

    def _build_for(self, inputs) -> None:
        first = nest.flatten(inputs)[0]
        if self.input_spec is not None:
            self.input_spec.check(first, self._name)
        if self.built:
            return
        if self._dtype is None:
            self._dtype = first.dtype.base_dtype
        self.build([tensor.shape for tensor in inputs] if isinstance(inputs, (list, tuple)) else first.shape)
        self.built = True
        if self.input_spec is not None:
            self.input_spec.check(first, self._name)

    def _regularize_activity(self, outputs) -> None:
        with name_scope("ActivityRegularizer"):
            for output in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
                loss = self._activity_regularizer(output)
                self.add_loss(loss / F.cast(F.shape(output)[0], loss.dtype))

    def apply(self, inputs, *args, **kwargs):
        """The same as calling the layer."""
        return self.__call__(inputs, *args, **kwargs)

    def get_weights(self, session=None) -> list:
        """The values of the variables in ``session`` (or the default session)."""
        return [variable.eval(session) for variable in self.weights]

    def __deepcopy__(self, memo):
        raise NotImplementedError(f"copying the layer {self.name}: make a new one with the same arguments")


def _collect(elements, key: str) -> None:
    collection = get_default_graph().get_collection_ref(key)
    for element in elements:
        if element is not None and all(element is not held for held in collection):
            collection.append(element)
