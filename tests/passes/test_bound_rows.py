"""BoundRows: values of unknown length get a bound, or are left alone with all that comes of them."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.passes.bound_rows import BoundRows
from graphrt.passes.remove_identities import RemoveIdentities
from tests.passes.programs import lines, rewritten


@pytest.fixture(autouse=True)
def graph():
    tf.reset_default_graph()


def bounded(fetches, feeds):
    return rewritten(fetches, feeds, [RemoveIdentities(), BoundRows()])


def types(program):
    return [op.type for op in program.operations() if not op.opdef.role]


def summed(size=5, width=2):
    """Ids, values, and their sums by id."""
    ids, values = tf.placeholder(tf.int32, [size], name="ids"), tf.placeholder(tf.float32, [size, width], name="values")
    rows, places = tf.unique(ids, name="unique")
    return ids, values, rows, tf.unsorted_segment_sum(values, places, tf.shape(rows)[0], name="sum")


def test_a_step_of_an_optimizer():
    v = tf.Variable(np.zeros((9, 2), np.float32), name="v")
    ids, values, rows, sums = summed()
    step = tf.scatter_add(v, rows, sums * 2.0, name="step")
    text = lines(bounded([step], [ids, values]))
    assert text == [
        "unique_1:0 int32[5], unique_1:1 int32[5], unique_1:2 int64[] = _BoundedUnique(ids, out_idx=<dtype: 'int32'>)",
        "sum_1 float32[5,2] = UnsortedSegmentSum(values, unique_1:1, Const, Tindices=<dtype: 'int32'>, "
        "Tnumsegments=<dtype: 'int32'>)",
        "mul_1 float32[5,2] = Mul(sum_1, mul/y)",
        "step_1 float32_ref[9,2] = _CountedScatterAdd(v, unique_1:0, mul_1, unique_1:2, Tindices=<dtype: 'int32'>)",
        "return step_1",
    ]


@pytest.mark.parametrize(
    "use",
    [
        lambda rows, sums: rows,
        lambda rows, sums: sums * 2.0,
        lambda rows, sums: tf.reduce_sum(sums),
        lambda rows, sums: tf.concat([rows, rows], 0),
        lambda rows, sums: sums + tf.ones([5, 1]),
        lambda rows, sums: tf.cast(sums, tf.int32) // 2,
        lambda rows, sums: tf.unique(rows)[1],
        lambda rows, sums: tf.gather(sums, rows),
    ],
)
def test_what_is_needed_as_it_is_stays(use):
    v = tf.Variable(np.zeros((9, 2), np.float32))
    ids, values, rows, sums = summed()
    step = tf.scatter_add(v, rows, sums)
    found = types(bounded([step, use(rows, sums)], [ids, values]))
    assert "Unique" in found and "ScatterAdd" in found
    assert not [type for type in found if type.startswith("_")]


def test_another_value_of_unknown_length_keeps_its_bound():
    v = tf.Variable(np.zeros((9, 2), np.float32))
    ids, values, rows, sums = summed()
    others, more, other_rows, other_sums = summed()
    steps = [tf.scatter_add(v, rows, sums), tf.scatter_sub(v, other_rows, other_sums)]
    found = types(bounded([*steps, rows], [ids, values, others, more]))
    assert "Unique" in found and "ScatterAdd" in found
    assert "_BoundedUnique" in found and "_CountedScatterSub" in found


def test_sums_by_other_ids_than_those_that_were_counted_stay():
    """They may be out of the range that only the run knows."""
    ids, others = tf.placeholder(tf.int32, [5]), tf.placeholder(tf.int32, [5])
    rows, places = tf.unique(ids)
    other_places = tf.unique(others)[1]
    v = tf.Variable(np.zeros((9, 2), np.float32))
    for given in (others, other_places, places + 0):
        sums = tf.unsorted_segment_sum(tf.ones([5, 2]), given, tf.shape(rows)[0])
        found = types(bounded([tf.scatter_add(v, rows, sums)], [ids, others]))
        assert "ScatterAdd" in found


def test_lengths_are_what_they_were():
    ids, values, rows, sums = summed()
    program = bounded([tf.shape(sums), tf.size(rows), tf.size(sums), tf.shape(rows, out_type=tf.int64)], [ids, values])
    assert "_BoundedUnique" in types(program)
    assert [t.shape.as_list() for t in program.fetches] == [[2], [], [], [1]]


def test_a_write_that_others_wait_for():
    """Who waits for a write waits for what takes its place; who reads what it has written reads that."""
    v = tf.Variable(np.zeros((9, 2), np.float32), name="v")
    ids, values, rows, sums = summed()
    with tf.control_dependencies([tf.scatter_add(v, rows, sums).op]):
        read = v.read_value()
        after = tf.assign_add(tf.Variable(0.0), 1.0)
    found = types(bounded([read, after], [ids, values]))
    assert found.count("_CountedScatterAdd") == 1 and "ScatterAdd" not in found


def test_a_write_under_a_condition():
    v = tf.Variable(np.zeros((9, 2), np.float32), name="v")
    ids, values, rows, sums = summed()
    p = tf.placeholder(tf.bool, [], name="p")
    step = tf.cond(p, lambda: tf.identity(tf.scatter_add(v, rows, sums)), lambda: v + 0.0)
    program = bounded([step], [ids, values, p])
    (write,) = [op for op in program.operations() if op.type == "_CountedScatterAdd"]
    assert [(predicate.op.name, taken) for predicate, taken in program.guard(write)] == [("p", True)]
