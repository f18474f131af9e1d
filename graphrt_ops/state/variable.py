"""Variable: a value that a session keeps between runs, and that operations can change."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import graphrt_ops as F
from graphrt.dtypes import DType, as_dtype
from graphrt.graph import Graph, Operation, Tensor, get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.operators import Operators
from graphrt.graph.scopes import colocate_with, device, init_scope, name_scope
from graphrt.graph.stacks import get_default_session
from graphrt.opdef import convert_to_tensor, export
from graphrt.opdef.convert import register_tensor_conversion_function
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.array.getitem import get_item
from graphrt_ops.math.operators import take_over_operators
from graphrt_ops.state import initialized_dependencies
from graphrt_ops.state.scatter_methods import ScatterMethods
from graphrt_ops.state.variable_ops import variable as variable_opdef


@export("VariableSynchronization")
class VariableSynchronization(enum.Enum):
    """When copies of a distributed variable are brought together; graphrt has one copy."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


@export("VariableAggregation")
class VariableAggregation(enum.Enum):
    """How writes to the copies of a distributed variable are combined; graphrt has one copy."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # noqa: PIE796 (TF1 has both names)


def refuse_distribution(synchronization: Any, aggregation: Any) -> None:
    """Raises for arguments that only mean something to a distribution strategy."""
    if VariableSynchronization(synchronization) not in (VariableSynchronization.AUTO, VariableSynchronization.NONE):
        raise NotImplementedError(f"synchronization={synchronization}: graphrt has no distribution strategies")
    VariableAggregation(aggregation)  # any way to combine one copy is right


@export("Variable")
class Variable(ScatterMethods, Operators):
    """A variable of the graph.

    Args:
      initial_value: a tensor, anything that converts to one, or a function that returns one (then ``dtype`` is needed).
      trainable: True puts it in TRAINABLE_VARIABLES, where optimizers look; this is the default.
      collections: the collections to add it to; ``[GraphKeys.GLOBAL_VARIABLES]`` without it.
      validate_shape: False allows an initial value, and later values, of unknown shape.
      caching_device: the device on which the value that readers see is kept.
      name: the node's name; ``Variable`` without it, made unique.
      variable_def, import_scope: refused; they restore a variable from a protocol message.
      dtype: the type that the initial value is converted to.
      expected_shape: ValueError if the initial value has another static shape (TF 1.15 had stopped to look).
      constraint: a function from the value after an optimizer's update to the value to keep.
      use_resource: True is refused: graphrt's variables are TF1's reference variables.
      synchronization, aggregation: only what has a meaning for one copy.
      shape: the static shape, where it should be less specific than that of the initial value.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable([1.0, 2.0])
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(w.assign_add([1.0, 1.0])))
    [2. 3.]
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: Any = None,
        collections: Any = None,
        validate_shape: Any = True,
        caching_device: Any = None,
        name: Any = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        use_resource: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        shape: Any = None,
    ):
        _refuse(variable_def=variable_def, import_scope=import_scope)
        if use_resource:
            raise NotImplementedError("Variable(use_resource=True): resource variables are not supported; leave it out")
        refuse_distribution(synchronization, aggregation)
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        self._trainable = True if trainable is None else bool(trainable)
        self._constraint = constraint
        self._save_slice_info = None
        self._make(
            initial_value, None if dtype is None else as_dtype(dtype), validate_shape, caching_device, name, shape
        )
        if expected_shape is not None and not self._initial_value.shape.is_compatible_with(expected_shape):
            raise ValueError(
                f"expected_shape is {expected_shape}, but the initial value has {self._initial_value.shape}"
            )
        get_default_graph().add_to_collections(self._collections(collections), self)

    def _collections(self, collections) -> list:
        if collections is None:
            collections = [GraphKeys.GLOBAL_VARIABLES]
        if not isinstance(collections, (list, tuple, set)):
            raise ValueError(
                f"collections argument to Variable constructor must be a list, tuple, or set. Got {collections} of "
                f"type {type(collections)}"
            )
        collections = list(collections)
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections.append(GraphKeys.TRAINABLE_VARIABLES)
        return collections

    def _make(self, initial_value, dtype, validate_shape, caching_device, name, shape) -> None:
        from_function = callable(initial_value)
        with init_scope(), name_scope(name, "Variable", [] if from_function else [initial_value]) as scope:
            # What a function makes belongs to the group of the variable, and the variable says so itself.
            grouped = get_default_graph().colocated_by_name(scope[:-1]) if from_function else nullcontext()
            with grouped:
                if from_function:
                    with name_scope("Initializer"), device(None):
                        value = convert_to_tensor(initial_value(), dtype=dtype, name="initial_value")
                else:
                    value = convert_to_tensor(initial_value, dtype=dtype, name="initial_value")
                    if value.op._control_flow_context is not None:
                        raise ValueError(
                            f"Initializer for variable {scope} is from inside a control-flow construct, such as a loop "
                            "or conditional. When creating a variable inside a loop or conditional, use a lambda as "
                            "the initializer."
                        )
                declared = self._declared_shape(value, validate_shape, shape)
                self._variable = variable_opdef(shape=declared, dtype=value.dtype.base_dtype, name=scope)
            self._initial_value = value
            safe = initialized_dependencies.safe(value, scope[:-1])
            self._initializer = F.assign(self._variable, safe, validate_shape=validate_shape).op
            if caching_device is not None:
                with device(caching_device):
                    self._snapshot = F.identity(self._variable, name="read")
            else:
                with colocate_with(self._variable.op):
                    self._snapshot = F.identity(self._variable, name="read")
        self._caching_device = caching_device

    @staticmethod
    def _declared_shape(value: Tensor, validate_shape: bool, shape: Any) -> TensorShape:
        if shape is not None:
            return as_shape(shape)
        if validate_shape and not value.shape.is_fully_defined():
            raise ValueError(f"initial_value must have a shape specified: {value}")
        return value.shape if validate_shape else as_shape(None)

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self._variable.name

    @property
    def _shared_name(self) -> str:
        return self._variable.op.name

    @property
    def dtype(self) -> DType:
        """The reference type, such as ``float32_ref``; ``.base_dtype`` is ``float32``."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        return self._variable.shape

    def get_shape(self) -> TensorShape:
        return self._variable.shape

    def set_shape(self, shape) -> None:
        """Adds to what is known of the shape."""
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    @property
    def op(self) -> Operation:
        return self._variable.op

    @property
    def graph(self) -> Graph:
        return self._variable.graph

    @property
    def device(self) -> str:
        return self._variable.device

    @property
    def trainable(self) -> bool:
        return self._trainable

    @property
    def constraint(self) -> Callable | None:
        return self._constraint

    @property
    def synchronization(self) -> VariableSynchronization:
        return VariableSynchronization.AUTO

    @property
    def aggregation(self) -> VariableAggregation:
        return VariableAggregation.NONE

    @property
    def initializer(self) -> Operation:
        """The operation that gives it its initial value."""
        return self._initializer

    @property
    def initial_value(self) -> Tensor:
        return self._initial_value

    def _ref(self) -> Tensor:
        return self._variable

    def _as_graph_element(self) -> Tensor:
        return self._variable

    # -- reading -------------------------------------------------------------------------------------------------------

    def value(self) -> Tensor:
        """The tensor that expressions use: the value at the start of a run, before the writes they do not depend on."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """A new read: inside ``control_dependencies`` it sees the writes that it waits for."""
        return F.identity(self._variable, name="read")

    def initialized_value(self) -> Tensor:
        """The value if there is one, else the initial value: for initializers of other variables."""
        with init_scope():
            return F.cond(F.is_variable_initialized(self), self.read_value, lambda: self.initial_value)

    def eval(self, session=None):
        """The value in ``session`` (or the default session), as an array."""
        return self._variable.eval(session=session)

    # -- writing -------------------------------------------------------------------------------------------------------

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Sets the variable; returns its tensor, to be used after the write (the Operation if not ``read_value``)."""
        result = F.assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Adds to the variable; returns as ``assign`` does."""
        result = F.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtracts from the variable; returns as ``assign`` does."""
        result = F.assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def count_up_to(self, limit):
        """Increments the variable, until it reaches ``limit``; then raises OutOfRangeError."""
        return F.count_up_to(self._variable, limit)

    def load(self, value, session=None) -> None:
        """Sets the value in ``session`` (or the default session) at once, without adding nodes to the graph."""
        session = session or get_default_session()
        if session is None:
            raise ValueError("Either session argument should be provided or default session should be established")
        session.run(self._initializer, {self._initializer.inputs[1]: value})

    # -- as a Python object --------------------------------------------------------------------------------------------

    __array_priority__ = 100

    def __iter__(self):
        raise TypeError("'Variable' object is not iterable.")

    def __bool__(self) -> bool:
        return bool(self._snapshot)

    def __copy__(self):
        return self

    def __repr__(self) -> str:
        shape = "<unknown>" if self.shape.values is None else self.shape
        return f"<tf.Variable '{self.name}' shape={shape} dtype={self.dtype.name}>"

    __str__ = __repr__

    class SaveSliceInfo:
        """Which part of a partitioned variable a variable is."""

        def __init__(self, full_name=None, full_shape=None, var_offset=None, var_shape=None):
            self.full_name = full_name
            self.full_shape = full_shape
            self.var_offset = var_offset
            self.var_shape = var_shape

        @property
        def spec(self) -> str:
            """The slice in checkpoints' notation: ``"4 10 0,2:0,10"``."""
            sizes = " ".join(str(size) for size in self.full_shape) + " "
            return sizes + ":".join(f"{o},{s}" for o, s in zip(self.var_offset, self.var_shape, strict=True))

    def _set_save_slice_info(self, info) -> None:
        self._save_slice_info = info

    def _get_save_slice_info(self):
        return self._save_slice_info


take_over_operators(Variable, lambda variable: variable.value())


def _get_item(variable: Variable, item: Any) -> Tensor:
    """``variable[item]``: a part of its value, to which ``assign`` assigns."""
    return get_item(variable.value(), item, var=variable)


Variable.__getitem__ = _get_item


def _refuse(**arguments) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"Variable({name}=...) is not supported")


def _to_tensor(variable: Variable, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    return variable._ref() if as_ref else variable.value()


register_tensor_conversion_function(Variable, _to_tensor, 90)
