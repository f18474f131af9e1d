"""Writing to some rows of a variable: scatter_update, scatter_add, ... and their *_nd forms."""

from __future__ import annotations

from graphrt.dtypes import int32, int64
from graphrt.graph import Operation
from graphrt.opdef import OpDef, export
from graphrt.opdef.bounded import counted
from graphrt_ops.array.gather_nd import slices_fit
from graphrt_ops.array.scattering import apply_at, assign_at
from graphrt_ops.shapes import FLOATS, NUMBERS
from graphrt_ops.state.variable_ops import _reference

INDEX_TYPES = (int32, int64)
EXTREMES = (*FLOATS, int32, int64)  # what TF1's ScatterMin and ScatterMax take


def _rows_shape(op: Operation):
    """The variable's shape; the updates must be indices.shape + ref.shape[1:], or one number for all."""
    ref, indices, updates = (tensor.shape for tensor in op.inputs)
    if updates.ndims != 0 and ref.ndims is not None and indices.ndims is not None:
        updates.merge_with(indices.concatenate(ref[1:]))
    return ref


def _checked_rows(xp, value, indices, updates):
    """The indices, after a look at their range and at the shape of the updates."""
    rows = value.shape[0]
    outside = (indices < 0) | (indices >= rows)
    if outside.any():
        where = tuple(int(i) for i in xp.argwhere(outside)[0])
        raise ValueError(f"indices{list(where)} = {int(indices[where])} is not in [0, {rows})")
    expected = indices.shape + value.shape[1:]
    if updates.shape not in ((), expected):
        raise ValueError(
            f"Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape "
            f"{list(updates.shape)}, indices.shape {list(indices.shape)}, params.shape {list(value.shape)}"
        )
    return indices


def _checked_places(xp, value, indices, updates):
    """The indices, each row a place in the variable, as a tuple of index arrays."""
    depth = indices.shape[-1]
    outside = (indices < 0) | (indices >= xp.asarray(value.shape[:depth], dtype=indices.dtype))
    if outside.any():
        where = tuple(int(i) for i in xp.argwhere(outside)[0])[:-1]
        raise ValueError(
            f"indices{list(where)} = {[int(i) for i in indices[where]]} does not index into shape {list(value.shape)}"
        )
    return tuple(indices[..., i] for i in range(depth))


def _scatter(type: str, ufunc: str | None, dtypes, check, infer, use_locking=False) -> OpDef:
    """The op that combines the rows with the updates by ``ufunc`` (None: the updates replace them)."""
    opdef = OpDef(
        type,
        "ref:&T indices:Tindices updates",
        "output_ref:&T",
        dtypes={"Tindices": INDEX_TYPES} if dtypes is None else {"T": dtypes, "Tindices": INDEX_TYPES},
        attrs={"use_locking": use_locking},
        infer=infer,
        writes=(0,),
        differentiable=False,
    )

    @opdef.kernel
    def kernel(xp, ref, indices, updates):
        value = ref.copy()
        places = check(xp, value, indices, updates)
        if ufunc is None:
            assign_at(xp, value, places, updates)
        else:
            apply_at(xp, ufunc, value, places, updates)
        return value

    @opdef.lower
    def lower(op: Operation):
        return _lowered(op, type, ufunc, coordinates=check is _checked_places)

    if check is _checked_rows:
        form = counted(opdef, (1, 2))

        @form.lower
        def lower_counted(op: Operation):
            return _lowered(op, type, ufunc, coordinates=False, count=3)

    return opdef


_HOW = {None: "update", "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div"}


def _lowered(op: Operation, type: str, ufunc: str | None, coordinates: bool, count: int | None = None):
    from graphrt.native.records import Scatter

    places, updates, whole = (t.shape.values for t in (op.inputs[1], op.inputs[2], op.outputs[0]))
    if coordinates:
        fits = slices_fit(op.inputs[1], op.inputs[2], op.outputs[0])
    else:
        fits = bool(whole) and updates in ((), places + whole[1:])
    return Scatter(type, _HOW.get(ufunc, ufunc), "variable", coordinates, count) if fits else None


def _nd_shape(op: Operation):
    """The variable's shape; the updates must be indices.shape[:-1] + ref.shape[indices.shape[-1]:]."""
    ref, indices, updates = (tensor.shape for tensor in op.inputs)
    if ref.ndims is not None and indices.ndims and indices.as_list()[-1] is not None:
        updates.merge_with(indices[:-1].concatenate(ref[indices.as_list()[-1] :]))
    return ref


update_opdef = _scatter("ScatterUpdate", None, None, _checked_rows, _rows_shape, use_locking=True)
add_opdef = _scatter("ScatterAdd", "add", NUMBERS, _checked_rows, _rows_shape)
sub_opdef = _scatter("ScatterSub", "subtract", NUMBERS, _checked_rows, _rows_shape)
mul_opdef = _scatter("ScatterMul", "multiply", NUMBERS, _checked_rows, _rows_shape)
div_opdef = _scatter("ScatterDiv", "divide", NUMBERS, _checked_rows, _rows_shape)
min_opdef = _scatter("ScatterMin", "minimum", EXTREMES, _checked_rows, _rows_shape)
max_opdef = _scatter("ScatterMax", "maximum", EXTREMES, _checked_rows, _rows_shape)
nd_update_opdef = _scatter("ScatterNdUpdate", None, None, _checked_places, _nd_shape, use_locking=True)
nd_add_opdef = _scatter("ScatterNdAdd", "add", NUMBERS, _checked_places, _nd_shape)
nd_sub_opdef = _scatter("ScatterNdSub", "subtract", NUMBERS, _checked_places, _nd_shape)


@export("scatter_update")
def scatter_update(ref, indices, updates, use_locking=True, name=None):
    """Replaces rows of a variable: ``ref[indices[i]] = updates[i]``; returns the variable, to be used afterwards.

    Args:
      ref: a Variable.
      indices: int32 or int64 numbers of rows, of any shape.
      updates: same type as ``ref``, of shape ``indices.shape + ref.shape[1:]``, or one number for all.
      use_locking: every write is atomic here.
      name: a name for the node.

    Raises:
      InvalidArgumentError: (running) if an index is out of range.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.Variable([1.0, 2.0, 3.0])
    ...     sess.run(v.initializer)
    ...     print(sess.run(tf.scatter_update(v, [2, 0], [9.0, 7.0])))
    [7. 2. 9.]
    """
    return update_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_add")
def scatter_add(ref, indices, updates, use_locking=False, name=None):
    """Adds to rows of a variable: ``ref[indices[i]] += updates[i]``; repeated indices add up. See scatter_update."""
    return add_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_sub")
def scatter_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts from rows of a variable: ``ref[indices[i]] -= updates[i]``; repeated indices add up."""
    return sub_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_mul")
def scatter_mul(ref, indices, updates, use_locking=False, name=None):
    """Multiplies rows of a variable: ``ref[indices[i]] *= updates[i]``. See scatter_update."""
    return mul_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_div")
def scatter_div(ref, indices, updates, use_locking=False, name=None):
    """Divides rows of a variable: ``ref[indices[i]] /= updates[i]``. See scatter_update."""
    return div_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_min")
def scatter_min(ref, indices, updates, use_locking=False, name=None):
    """Keeps the smaller of rows and updates: ``ref[indices[i]] = min(ref[indices[i]], updates[i])``."""
    return min_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_max")
def scatter_max(ref, indices, updates, use_locking=False, name=None):
    """Keeps the larger of rows and updates: ``ref[indices[i]] = max(ref[indices[i]], updates[i])``."""
    return max_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_nd_update")
def scatter_nd_update(ref, indices, updates, use_locking=True, name=None):
    """Replaces elements or slices of a variable: the last dimension of ``indices`` says where each update goes."""
    return nd_update_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_nd_add")
def scatter_nd_add(ref, indices, updates, use_locking=False, name=None):
    """Adds to elements or slices of a variable; repeated places add up. See scatter_nd_update."""
    return nd_add_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)


@export("scatter_nd_sub")
def scatter_nd_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts from elements or slices of a variable; repeated places add up. See scatter_nd_update."""
    return nd_sub_opdef(_reference(ref), indices, updates, use_locking=use_locking, name=name)
