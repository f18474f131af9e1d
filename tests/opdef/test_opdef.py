"""How a definition becomes nodes and functions of arrays."""

import numpy as np
import pytest

import graphrt as tf
from graphrt.opdef import OpDef, required
from graphrt.opdef.registry import RegisterGradient, all_opdefs, gradient_function, opdef_named
from graphrt.shapes import TensorShape


def unchanged(op):
    return op.inputs[0].shape


@pytest.fixture
def scaled():
    opdef = OpDef("HarnessScaled", "x", "y", dtypes=(tf.float32, tf.float64), attrs={"by": 2.0}, infer=unchanged)
    opdef.kernel(lambda xp, x, by: x * x.dtype.type(by))
    return opdef


# -- making nodes ------------------------------------------------------------------------------------------------------


def test_a_node_has_what_the_definition_says(scaled):
    y = scaled(np.ones([2, 3], np.float64), by=3, name="y")
    assert (y.name, y.dtype, y.shape.as_list()) == ("y:0", tf.float64, [2, 3])
    assert y.op.attrs == {"by": 3.0, "T": tf.float64} and type(y.op.attrs["by"]) is float
    assert y.op.inputs[0].name == "y/x:0"
    assert scaled(1.0).op.name == "HarnessScaled"


@pytest.mark.parametrize(
    ("values", "attrs", "error", "says"),
    [
        ((1,), {}, TypeError, "parameter 'x' has DataType int32 not in list of allowed values: float32, float64"),
        ((1.0,), {"at": 1}, TypeError, "no attribute 'at'; it has ['by']"),
        ((1.0,), {"by": tf.constant}, TypeError, "float"),
        ((1.0, 2.0), {}, TypeError, "takes 1 inputs, got 2"),
    ],
)
def test_what_is_refused(scaled, values, attrs, error, says):
    with pytest.raises(error) as caught:
        scaled(*values, **attrs)
    assert says in str(caught.value)


def test_an_attribute_is_no_tensor(scaled):
    with pytest.raises(TypeError, match="fixed when the node is declared"):
        scaled(1.0, by=tf.constant(1.0))


def test_a_required_attribute(graph):
    opdef = OpDef("HarnessNamed", "x", "y", attrs={"kind": required(str)})
    with pytest.raises(TypeError, match="HarnessNamed needs the attribute 'kind'"):
        opdef(1.0)
    assert opdef(1.0, kind=b"a").op.attrs["kind"] == "a"


def test_types_must_agree_and_the_error_names_both():
    opdef = OpDef("HarnessTwo", "a b", "y")
    with pytest.raises(TypeError, match=r"Input 'b' of 'HarnessTwo' Op has type int32 .*float32 of argument 'a'"):
        opdef(tf.constant(1.0), tf.constant(1))
    assert opdef(tf.constant(1.0), 1).op.inputs[1].dtype is tf.float32  # a number takes the other's type


def test_a_shape_function_that_refuses_is_told_with_the_users_line(scaled):
    def never(op):
        raise ValueError("It cannot be")

    opdef = OpDef("HarnessNever", "x", "y", infer=never)
    with pytest.raises(ValueError, match=r"It cannot be for 'HarnessNever' \(op: 'HarnessNever'\)") as caught:
        opdef(tf.constant(1.0))
    assert "test_opdef.py" in str(caught.value)


def test_outputs_of_all_kinds():
    assert isinstance(OpDef("HarnessNone", "x").__call__(1.0), tf.Operation)
    parts = OpDef("HarnessParts", "x", "y:N*T", attrs={"N": 1})(1.0, N=3)
    assert isinstance(parts, list) and [t.value_index for t in parts] == [0, 1, 2]
    pair = OpDef("HarnessPair", "x", "y n:int32")(1.0)
    assert isinstance(pair, tuple) and [t.dtype for t in pair] == [tf.float32, tf.int32]


def test_references_must_be_of_variables():
    opdef = OpDef("HarnessWrite", "ref:&T value", "out:&T", writes=(0,), infer=unchanged)
    v = tf.Variable([1.0, 2.0], name="v")
    assert opdef(v, [3.0, 4.0]).dtype.is_ref
    with pytest.raises(TypeError, match="be a mutable tensor"):
        opdef(tf.constant([1.0, 2.0]), [3.0, 4.0])


def test_create_takes_a_flat_list(graph):
    opdef = OpDef("HarnessFlat", "many:N*T last:int32", "y")
    a, b, n = tf.constant(1.0), tf.constant(2.0), tf.constant(3)
    op = opdef.create(graph, [a, b, n], {"N": 2, "T": tf.float32}, "flat")
    assert op.inputs == (a, b, n) and op.name == "flat"
    with pytest.raises(ValueError, match="takes 3 inputs with these attributes, but got 2"):
        opdef.create(graph, [a, n], {"N": 2, "T": tf.float32}, None)


# -- functions of arrays -----------------------------------------------------------------------------------------------


def test_bind_gives_attributes_to_the_kernel(scaled):
    function = scaled.bind(scaled(1.0, by=5.0).op, np, None)
    np.testing.assert_array_equal(function(np.float32([1, 2])), [5, 10])


def test_bind_gives_state_and_variable():
    opdef = OpDef("HarnessCounts", "ref:&T", "y", stateful=True)
    opdef.state(lambda op: [])

    @opdef.kernel
    def kernel(xp, ref, state, variable):
        state.append(variable.name)
        return ref

    v = tf.Variable(1.0, name="v")
    state = opdef.state_factory(None)
    opdef.bind(opdef(v).op, np, state)(np.float32(1))
    assert state == ["v"]
    assert opdef.kernel_attrs == ()


def test_a_ufunc_is_numpys_own():
    opdef = OpDef("HarnessUfunc", "x", "y", ufunc="exp")
    assert opdef.bind(opdef(1.0).op, np, None) is np.exp
    empty = OpDef("HarnessEmpty", "x", "y")
    with pytest.raises(NotImplementedError, match="has no kernel"):
        empty.bind(empty(1.0).op, np, None)


# -- traits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "pure", "has_effect"),
    [
        ({}, True, False),
        ({"stateful": True}, False, True),
        ({"stateful": True, "role": "variable"}, False, False),
        ({"checks": True}, True, True),
        ({"role": "constant"}, False, False),
    ],
)
def test_pure_and_with_effect(traits, pure, has_effect):
    opdef = OpDef("HarnessTraits", "x", "y", **traits)
    assert (opdef.pure, opdef.has_effect) == (pure, has_effect)


def test_drawing_has_no_effect_that_others_see():
    opdef = OpDef("HarnessDraws", "x", "y", stateful=True, fresh=True)
    opdef.state(lambda op: None)
    assert not opdef.pure and not opdef.has_effect and opdef.fresh


# -- updates -----------------------------------------------------------------------------------------------------------


def step(**traits):
    return OpDef("HarnessStep", "var:&T slot:&T rate change", "out:&T", writes=(0, 1), **traits)


def test_an_update_rule_needs_to_know_the_gradient():
    with pytest.raises(ValueError, match="gradient_input"):
        step().update(lambda xp, var, slot, rate, change: (var, slot))


def test_an_update_rule_is_a_kernel_that_checks_shapes():
    opdef = step(gradient_input=3)
    opdef.update(lambda xp, var, slot, rate, change: (var - change * rate, slot + 1))
    v, s, gradient = np.ones(3, np.float32), np.zeros(3, np.float32), np.full(3, 2.0, np.float32)
    new, more = opdef.kernel_function(np, v, s, np.float32(0.5), gradient)
    assert new.tolist() == [0, 0, 0] and more.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="var and change do not have the same shape"):
        opdef.kernel_function(np, v, s, np.float32(0.5), gradient[:2])
    with pytest.raises(ValueError, match="var and slot do not have the same shape"):
        opdef.kernel_function(np, v, s[:2], np.float32(0.5), gradient)
    with pytest.raises(ValueError, match="rate is not a scalar"):
        opdef.kernel_function(np, v, s, gradient, gradient)


# -- the registers -----------------------------------------------------------------------------------------------------


def test_a_type_is_defined_once():
    OpDef("HarnessOnce")
    with pytest.raises(ValueError, match="'HarnessOnce' is defined twice"):
        OpDef("HarnessOnce")


def test_types_are_found_and_near_ones_told(scaled):
    assert opdef_named("HarnessScaled") is scaled and all_opdefs()["HarnessScaled"] is scaled
    with pytest.raises(ValueError, match=r"No op named 'HarnessScale' in graphrt\. The nearest are: HarnessScaled"):
        opdef_named("HarnessScale")


def test_types_of_passes_are_not_for_graphs():
    OpDef("_HarnessInside")
    with pytest.raises(ValueError, match="No op named '_HarnessInside'"):
        opdef_named("_HarnessInside")


def test_gradients_by_type_and_by_name(graph, scaled):
    y = scaled(tf.constant(1.0))
    with pytest.raises(LookupError, match=r"No gradient defined for operation 'HarnessScaled'.*test_opdef"):
        gradient_function(y.op)
    RegisterGradient("HarnessScaled")(lambda op, dy: dy * 10.0)
    assert gradient_function(y.op) is not None
    with pytest.raises(KeyError, match="HarnessScaled"):
        RegisterGradient("HarnessScaled")(lambda op, dy: dy)
    RegisterGradient("HarnessOther")(lambda op, dy: dy * 20.0)
    with graph.gradient_override_map({"HarnessScaled": "HarnessOther"}):
        z = scaled(tf.constant(1.0))
    with tf.Session() as sess:
        found = [tf.gradients(t, t.op.inputs[0])[0] for t in (y, z)]
        assert sess.run(found) == [10.0, 20.0]


def test_an_op_without_a_gradient_stops_it(graph):
    opdef = OpDef("HarnessFlatLine", "x", "y", infer=unchanged, differentiable=False)
    x = tf.constant(1.0)
    assert tf.gradients(opdef(x), x) == [None]
    tf.NotDifferentiable("HarnessNamedFlat")
    with graph.gradient_override_map({"Neg": "HarnessNamedFlat"}):
        assert tf.gradients(tf.negative(x), x) == [None]


def test_an_unknown_shape_until_something_is_known():
    opdef = OpDef("HarnessShapeless", "x", "y")
    y = opdef(tf.constant([1.0]))
    assert y.shape.rank is None
    y.set_shape([None, 3])
    y.set_shape([2, None])
    assert y.shape == TensorShape([2, 3])
    with pytest.raises(ValueError, match="not compatible"):
        y.set_shape([4, 3])
