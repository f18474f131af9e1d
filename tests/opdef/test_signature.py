"""The language of signatures, and how flat lists of inputs follow from it."""

import pytest

import graphrt as tf
from graphrt.opdef import OpDef
from graphrt.opdef.signature import Slot, parse


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("x", Slot("x", type_attr="T")),
        ("shape:Tshape", Slot("shape", type_attr="Tshape")),
        ("shape:int32", Slot("shape", dtype=tf.int32)),
        ("flag:bool", Slot("flag", dtype=tf.bool)),
        ("values:N*T", Slot("values", type_attr="T", length_attr="N")),
        ("indices:N*int32", Slot("indices", dtype=tf.int32, length_attr="N")),
        ("data:Tin*", Slot("data", type_attr="Tin", own_types=True)),
        ("ref:&T", Slot("ref", type_attr="T", reference=True)),
        ("refs:N*&T", Slot("refs", type_attr="T", length_attr="N", reference=True)),
        ("axis:int32@host", Slot("axis", dtype=tf.int32, host=True)),
    ],
)
def test_one_slot(text, slot):
    assert parse(text) == (slot,)
    assert slot.is_list == ("*" in text)


def test_several_and_none():
    assert [slot.name for slot in parse("a  b:int32 c:N*T")] == ["a", "b", "c"]
    assert parse("") == ()
    with pytest.raises(ValueError, match="@host"):
        parse("axis@device")


@pytest.fixture
def mixed():
    return OpDef("HarnessMixed", "first many:N*T refs:M*&T last:Tlast own:Tin*", "y", writes=(2,))


def test_a_flat_list_is_cut_by_slot(mixed):
    attrs = {"N": 2, "M": 1, "Tin": [tf.int32, tf.float32]}
    assert mixed.grouped("abcdefg", attrs) == ["a", ("b", "c"), ("d",), "e", ("f", "g")]
    assert mixed.grouped("aexy", {"N": 0, "M": 0, "Tin": [tf.int32, tf.int32]}) == ["a", (), (), "e", ("x", "y")]


def test_slots_and_writes_of_inputs(mixed):
    numbers = [tf.constant(float(i)) for i in range(3)]
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    op = mixed.make(numbers[0], numbers[1:], [v, w], 5, [1, 2.0])
    assert (op.attrs["N"], op.attrs["M"], op.attrs["T"], op.attrs["Tlast"]) == (2, 2, tf.float32, tf.int32)
    assert op.attrs["Tin"] == [tf.int32, tf.float32]
    assert [mixed.slot_of(op, i).name for i in range(8)] == [
        "first",
        *["many"] * 2,
        *["refs"] * 2,
        "last",
        *["own"] * 2,
    ]
    assert mixed.written(op) == (3, 4)
    with pytest.raises(IndexError):
        mixed.slot_of(op, 8)


def test_what_is_no_list_is_refused(mixed):
    with pytest.raises(TypeError, match="Expected list for 'many'"):
        mixed.make(1.0, 2.0, [], 1, [])
    with pytest.raises(TypeError, match="takes 5 inputs, got 1"):
        mixed.make(1.0)
