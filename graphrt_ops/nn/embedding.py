"""embedding_lookup: rows of one table, or of a table that is cut into several."""

from __future__ import annotations

import graphrt_ops as F
from graphrt.dtypes import int32
from graphrt.graph import Tensor
from graphrt.graph.scopes import colocate_with, name_scope
from graphrt.opdef import OpDef, convert_to_tensor, export
from graphrt.shapes import TensorShape
from graphrt_ops.array.partition import stitched, stitched_gradient, stitched_kernel

parallel_opdef = OpDef("ParallelDynamicStitch", "indices:N*int32 data:N*T", "merged", infer=stitched.infer)
parallel_opdef.kernel(stitched_kernel)
parallel_opdef.gradient(stitched_gradient)


@export("nn.embedding_lookup")
def embedding_lookup(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    """The rows ``ids`` of a table.

    Args:
      params: the table, or a list of tables (or a PartitionedVariable) that together are one.
      ids: int32 or int64 of any shape.
      partition_strategy: how the rows lie in several tables: "mod" (row i in table i % n) or "div" (contiguous, the
        first tables one row longer where they are not equally long).
      name: a name for the scope of the nodes. validate_indices: not used, as in TF1: indices are always checked.
      max_norm: if given, rows that are longer are scaled down to that length.

    Returns:
      A tensor of the shape of ``ids`` followed by that of a row. Its gradient with respect to a table is an
      IndexedSlices.
    """
    tables = list(params) if isinstance(params, (list, tuple)) or hasattr(params, "_variable_list") else [params]
    if not tables:
        raise ValueError("Need at least one param.")
    with name_scope(name, "embedding_lookup", [*tables, ids]) as scope:
        tables = [convert_to_tensor(table, name="params") for table in tables]
        ids = convert_to_tensor(ids, name="ids")
        if len(tables) == 1:
            with colocate_with(tables[0]):
                rows = _clipped(F.gather(tables[0], ids, name=scope), ids, max_norm)
            return F.identity(rows)
        rows = _of_several(tables, ids, partition_strategy, scope)
        return _clipped(rows, ids, max_norm)


def _clipped(rows: Tensor, ids: Tensor, max_norm) -> Tensor:
    """``rows``, the longer ones scaled down to ``max_norm``."""
    if max_norm is None:
        return rows
    ids_rank, rank = ids.shape.rank, rows.shape.rank
    if ids_rank is None or rank is None:
        return F.clip_by_norm(rows, max_norm, axes=F.range(F.rank(ids), F.rank(rows)))
    return F.clip_by_norm(rows, max_norm, axes=list(range(ids_rank, rank)))


def _of_several(tables: list[Tensor], ids: Tensor, strategy: str, name: str) -> Tensor:
    """The ids are dealt to the tables, looked up there, and put back into their order."""
    count = len(tables)
    flat = F.reshape(ids, [-1])
    places = F.range(F.size(flat))
    if strategy == "mod":
        table, row = flat % count, flat // count
    elif strategy == "div":
        table, row = _contiguous(tables, flat)
    else:
        raise ValueError(f"Unrecognized partition strategy: {strategy}")
    table = F.cast(table, int32)
    dealt = F.dynamic_partition(row, table, count)
    dealt_places = F.dynamic_partition(places, table, count)
    found = []
    for part, part_ids in zip(tables, dealt, strict=True):
        with colocate_with(part):
            found.append(F.gather(part, part_ids))
    rows = parallel_opdef(dealt_places, found, name=name)
    row_shape = tables[0].shape[1:]
    for part in tables[1:]:
        row_shape = row_shape.merge_with(part.shape[1:])
    if row_shape.is_fully_defined():
        tail = row_shape.as_list()
    else:
        with colocate_with(tables[0]):
            tail = F.shape(tables[0])[1:]
    result = F.reshape(rows, F.concat([F.shape(ids), tail], 0))
    result.set_shape(ids.shape.concatenate(row_shape))
    return result


def _contiguous(tables: list[Tensor], ids: Tensor) -> tuple[Tensor, Tensor]:
    """Which table, and which row of it, each id is in, where the first tables are one row longer than the others."""
    count = len(tables)
    lengths = [table.shape[:1] for table in tables]
    if all(length.is_fully_defined() for length in lengths):
        total = F.constant(sum(length.num_elements() for length in lengths), ids.dtype)
    else:
        total = F.reduce_sum(F.cast(F.stack([_length(table) for table in tables]), ids.dtype))
    shorter, longer_ones = total // count, total % count
    table = F.maximum(ids // (shorter + 1), (ids - longer_ones) // shorter)
    row = F.where(table < longer_ones, ids % (shorter + 1), (ids - longer_ones) % shorter)
    return table, row


def _length(table: Tensor):
    known: TensorShape = table.shape[:1]
    if known.is_fully_defined():
        return known.num_elements()
    with colocate_with(table):
        return F.shape(table)[0]
