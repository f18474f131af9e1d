"""The variables of a graph that ``get_variable`` made, by name: made once, found again when reuse is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import graphrt_ops as F
from graphrt.dtypes import as_dtype, float32
from graphrt.graph import get_default_graph
from graphrt.graph.collections import GraphKeys
from graphrt.graph.scopes import colocate_with, init_scope, name_scope
from graphrt.opdef import convert_to_tensor
from graphrt.shapes import TensorShape, as_shape
from graphrt_ops.library.initializers.constants import Zeros
from graphrt_ops.library.initializers.variance_scaling import GlorotUniform
from graphrt_ops.library.variables.partitioned_variable import PartitionedVariable, check_partitions, slices_of
from graphrt_ops.state.variable import Variable

_STORE_KEY = ("__variable_store",)


class _AutoReuse:
    """Reuse a variable if it exists, else make it."""

    def __repr__(self) -> str:
        return "_ReuseMode.AUTO_REUSE"

    def __bool__(self) -> bool:
        return True


AUTO_REUSE = _AutoReuse()


def variable_store() -> VariableStore:
    """The store of the default graph."""
    stores = get_default_graph().get_collection_ref(_STORE_KEY)
    if not stores:
        stores.append(VariableStore())
    return stores[0]


class VariableStore:
    """Variables and partitioned variables by full name."""

    def __init__(self) -> None:
        self._vars: dict[str, Variable] = {}
        self._partitioned_vars: dict[str, PartitionedVariable] = {}

    def get_variable(
        self,
        name: str,
        shape=None,
        dtype=float32,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        custom_getter=None,
        constraint=None,
        **creation,
    ):
        """The variable ``name``: found, or made, as ``reuse`` says; through ``custom_getter`` if there is one."""
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        arguments = {
            "name": name,
            "shape": shape,
            "dtype": dtype if dtype is None else as_dtype(dtype).base_dtype,
            "initializer": initializer,
            "regularizer": regularizer,
            "reuse": reuse,
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "validate_shape": validate_shape,
            "constraint": constraint,
            **creation,
        }
        if custom_getter is None:
            return self._true_getter(**arguments)
        if "constraint" not in _parameters(custom_getter):
            del arguments["constraint"]
        return custom_getter(getter=self._true_getter, **arguments)

    def _true_getter(self, name, shape=None, partitioner=None, **arguments):
        if partitioner is not None:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            return self._get_partitioned(name, shape, partitioner, **arguments)
        if name in self._partitioned_vars:
            raise ValueError(
                f"A partitioner was not provided, but an existing partitioned variable was found with this name: {name}"
            )
        return self._get_single(name, shape, **arguments)

    def _get_single(self, name, shape, reuse=None, partition_info=None, **arguments) -> Variable:
        if f"{name}/part_0" in self._vars and partition_info is None:
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. "
                "Perhaps a variable of the same name was already created with partitioning?"
            )
        shape = as_shape(shape)
        if name in self._vars:
            return self._found(name, shape, reuse, arguments.get("dtype", float32))
        if reuse and reuse is not AUTO_REUSE:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
        variable = self._make(name, shape, partition_info, **arguments)
        self._vars[name] = variable
        return variable

    def _found(self, name: str, shape: TensorShape, reuse: Any, dtype: Any) -> Variable:
        variable = self._vars[name]
        if not reuse:
            source = variable.op.source
            where = "" if source is None else f"\n\n  {source}\n      {source.text()}\n"
            raise ValueError(
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in "
                f"VarScope? Originally defined at:{where}"
            )
        if not shape.is_compatible_with(variable.shape):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shape} and found shape {variable.shape}."
            )
        if not as_dtype(dtype).is_compatible_with(variable.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {as_dtype(dtype).name} and found dtype "
                f"{variable.dtype.name}."
            )
        return variable

    def _make(
        self,
        name,
        shape,
        partition_info,
        dtype=float32,
        initializer=None,
        regularizer=None,
        trainable=None,
        collections=None,
        caching_device=None,
        validate_shape=True,
        constraint=None,
        **creation,
    ) -> Variable:
        from_value = initializer is not None and not callable(initializer)
        if initializer is None:
            initializer = default_initializer(name, dtype)
        elif from_value and shape.values is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        variable = Variable(
            initial_value=_initial_value(initializer, from_value, shape, dtype, partition_info, name),
            name=name,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            dtype=None if from_value else as_dtype(dtype).base_dtype,
            validate_shape=validate_shape,
            constraint=constraint,
            **creation,
        )
        if regularizer is not None:
            with colocate_with(variable.op), name_scope(name + "/Regularizer/"), init_scope():
                loss = regularizer(variable)
            if loss is not None:
                get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
        return variable

    # -- partitioned ---------------------------------------------------------------------------------------------------

    def _get_partitioned(
        self, name, shape, partitioner, reuse=None, initializer=None, **arguments
    ) -> PartitionedVariable:
        if initializer is not None and not callable(initializer):
            shape = convert_to_tensor(initializer).shape if shape is None else as_shape(shape)
        shape = as_shape(shape)
        if name in self._partitioned_vars:
            existing = self._partitioned_vars[name]
            if not reuse:
                raise ValueError(
                    f"Partitioned variable with name {name} already exists. Did you mean to set reuse=True or "
                    "reuse=tf.AUTO_REUSE in VarScope?"
                )
            if not shape.is_compatible_with(existing.get_shape()):
                raise ValueError(
                    f"Trying to reuse partitioned variable {name}, but specified shape {shape} and found shape "
                    f"{existing.get_shape()}."
                )
            return existing
        partitions = check_partitions(partitioner(shape=shape, dtype=arguments.get("dtype", float32)), shape)
        parts = []
        for i, (offset, part_shape) in enumerate(slices_of(shape.as_list(), partitions)):
            info = PartitionInfo(shape.as_list(), offset)
            start = initializer
            if initializer is not None and not callable(initializer):
                start = F.slice(convert_to_tensor(initializer), offset, part_shape)
            with name_scope(None):
                part = self._get_single(
                    f"{name}/part_{i}",
                    None if start is not None and not callable(start) else part_shape,
                    reuse=reuse,
                    partition_info=info,
                    initializer=start,
                    **arguments,
                )
            part._set_save_slice_info(Variable.SaveSliceInfo(name, shape.as_list(), offset, part_shape))
            parts.append(part)
        result = PartitionedVariable(name, shape, parts[0].dtype.base_dtype, parts, partitions)
        self._partitioned_vars[name] = result
        return result


class PartitionInfo:
    """Which slice of a partitioned variable an initializer is asked for."""

    def __init__(self, full_shape: list[int], var_offset: list[int]) -> None:
        self.full_shape = full_shape
        self.var_offset = var_offset


def _initial_value(initializer, from_value: bool, shape: TensorShape, dtype, partition_info, name: str) -> Any:
    if from_value:
        return initializer
    if inspect.isclass(initializer):
        initializer = initializer()
    if shape.values is None or None in shape.values:
        if shape.values is None and not _parameters(initializer) & {"shape"} and not _needs_arguments(initializer):
            return initializer
        raise ValueError(f"Shape of a new variable ({name}) must be fully defined, but instead was {shape}.")
    keywords: dict[str, Any] = {"dtype": as_dtype(dtype).base_dtype}
    if "partition_info" in _parameters(initializer):
        keywords["partition_info"] = partition_info
    return lambda: initializer(shape.as_list(), **keywords)


def _parameters(function: Callable) -> set[str]:
    """The names of a function's parameters; a function with ``**kwargs`` has every name."""
    target = function if inspect.isroutine(function) or inspect.isclass(function) else function.__call__
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return set()
    names = set(parameters)
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        names |= {"constraint", "partition_info"}
    return names


def _needs_arguments(function: Callable) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    empty = inspect.Parameter.empty
    return any(p.default is empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def default_initializer(name: str, dtype) -> Callable:
    """What ``get_variable`` starts from when no scope says otherwise: Glorot's uniform for floats, else zeros."""
    dtype = as_dtype(dtype)
    if dtype.is_floating:
        return GlorotUniform()
    if dtype.is_integer or dtype.is_unsigned or dtype.is_bool or dtype.name == "string":
        return Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype!r} is required")
