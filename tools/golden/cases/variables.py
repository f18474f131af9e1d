"""Variables: every way to make, read and write one; initial values; scatters; what is initialised."""

from tools.golden.case import Facts, Run, case, each


def facts_of(variable):
    return [variable.name, variable.dtype.name, str(variable.shape), variable.op.type, variable.op.name]


MAKERS = {
    "number": lambda tf, np: tf.Variable(1.0),
    "int": lambda tf, np: tf.Variable(3, name="n"),
    "list": lambda tf, np: tf.Variable([1.0, 2.0], name="v"),
    "array64": lambda tf, np: tf.Variable(np.zeros([2, 2])),
    "array32": lambda tf, np: tf.Variable(np.ones([2, 2], np.float32)),
    "dtype": lambda tf, np: tf.Variable(1, dtype=tf.float32),
    "bool": lambda tf, np: tf.Variable(True),
    "string": lambda tf, np: tf.Variable("text"),
    "zeros": lambda tf, np: tf.Variable(tf.zeros([3, 2]), name="W"),
    "large_zeros": lambda tf, np: tf.Variable(tf.zeros([30, 40])),
    "random": lambda tf, np: tf.Variable(tf.random_normal([2, 2], seed=1), name="r"),
    "callable": lambda tf, np: tf.Variable(lambda: tf.fill([2], 3.0), name="c"),
    "initializer_call": lambda tf, np: tf.Variable(tf.ones_initializer()([2])),
    "not_trainable": lambda tf, np: tf.Variable(0, trainable=False, name="step"),
    "collections": lambda tf, np: tf.Variable(1.0, collections=["mine"]),
    "expected_shape": lambda tf, np: tf.Variable([1.0], expected_shape=[1]),
    "no_shape_check": lambda tf, np: tf.Variable(tf.placeholder_with_default([1.0], None), validate_shape=False),
    "name_slash": lambda tf, np: tf.Variable(1.0, name="a/b"),
    "get_default": lambda tf, np: tf.get_variable("g", [2, 3], initializer=tf.glorot_uniform_initializer(seed=1)),
    "get_seeded_by_graph": lambda tf, np: tf.get_variable("g", [2, 3]),
    "get_scalar": lambda tf, np: tf.get_variable("g", [], initializer=tf.constant_initializer(3.0)),
    "get_int": lambda tf, np: tf.get_variable("g", [2], dtype=tf.int32),
    "get_bool": lambda tf, np: tf.get_variable("g", [2], dtype=tf.bool),
    "get_string": lambda tf, np: tf.get_variable("g", [2], dtype=tf.string),
    "get_float64": lambda tf, np: tf.get_variable("g", [2], tf.float64, tf.ones_initializer()),
    "get_array": lambda tf, np: tf.get_variable("g", initializer=np.array([1.0, 2.0], np.float32)),
    "get_number": lambda tf, np: tf.get_variable("g", initializer=2.0),
    "get_tensor": lambda tf, np: tf.get_variable("g", initializer=tf.constant([1, 2])),
    "get_initializer_class": lambda tf, np: tf.get_variable("g", [2], initializer=tf.zeros_initializer),
    "get_function": lambda tf, np: tf.get_variable(
        "g", [2], initializer=lambda shape, dtype, partition_info: tf.fill(shape, 4.0)
    ),
    "get_int_shape": lambda tf, np: tf.get_variable("g", 3, initializer=tf.zeros_initializer()),
    "get_large": lambda tf, np: tf.get_variable("g", [30, 40], initializer=tf.zeros_initializer()),
    "get_not_trainable": lambda tf, np: tf.get_variable("g", [1], trainable=False, initializer=tf.ones_initializer()),
    "get_local": lambda tf, np: tf.get_local_variable("g", [1], initializer=tf.ones_initializer()),
    "get_in_collections": lambda tf, np: tf.get_variable(
        "g", [1], collections=["mine", tf.GraphKeys.GLOBAL_VARIABLES], initializer=tf.ones_initializer()
    ),
    "get_slash": lambda tf, np: tf.get_variable("a/b", [1], initializer=tf.ones_initializer()),
    "get_string_dtype": lambda tf, np: tf.get_variable("g", [1], "float64", initializer=tf.ones_initializer()),
}


@each({name: (function,) for name, function in MAKERS.items()})
def made(tf, np, function):
    tf.set_random_seed(4)
    variable = function(tf, np)
    keys = ["variables", "trainable_variables", "local_variables", "mine"]
    collections = {key: [v.name for v in tf.get_collection(key)] for key in keys}
    init = tf.group(variable.initializer, name="make")
    facts = Facts(facts=facts_of(variable), text=str(variable).split(" shape")[0], collections=collections)
    return [facts, Run({"v": variable, "value": variable.value()}, init=init)]


ASSIGNMENTS = {
    "assign": lambda tf, v: v.assign([5.0, 6.0]),
    "assign_add": lambda tf, v: v.assign_add([1.0, 2.0]),
    "assign_sub": lambda tf, v: v.assign_sub([1.0, 2.0]),
    "assign_self": lambda tf, v: v.assign(v * 2.0),
    "tf.assign": lambda tf, v: tf.assign(v, [7.0, 8.0]),
    "tf.assign_name": lambda tf, v: tf.assign(v, [7.0, 8.0], name="write"),
    "tf.assign_add": lambda tf, v: tf.assign_add(v, [1.0, 1.0]),
    "tf.assign_sub": lambda tf, v: tf.assign_sub(v, [1.0, 1.0]),
    "assign_then_use": lambda tf, v: v.assign([5.0, 6.0]) + 1.0,
    "tf.scatter_update": lambda tf, v: tf.scatter_update(v, [1], [9.0]),
    "tf.scatter_add": lambda tf, v: tf.scatter_add(v, [1, 1], [9.0, 1.0]),
    "tf.scatter_sub": lambda tf, v: tf.scatter_sub(v, [0], [9.0]),
    "tf.scatter_mul": lambda tf, v: tf.scatter_mul(v, [0], [3.0]),
    "tf.scatter_div": lambda tf, v: tf.scatter_div(v, [0], [2.0]),
    "tf.scatter_min": lambda tf, v: tf.scatter_min(v, [0, 1], [0.5, 9.0]),
    "tf.scatter_max": lambda tf, v: tf.scatter_max(v, [0, 1], [0.5, 9.0]),
    "tf.scatter_nd_update": lambda tf, v: tf.scatter_nd_update(v, [[0]], [4.0]),
    "count_up_free": lambda tf, v: v.assign(tf.stack([v[1], v[0]])),
    "read_value": lambda tf, v: v.read_value() * 2.0,
    "initialized_value": lambda tf, v: v.initialized_value() + 1.0,
    "identity": lambda tf, v: tf.identity(v),
    "convert": lambda tf, v: tf.convert_to_tensor(v),
    "add_two": lambda tf, v: v + v,
    "slice": lambda tf, v: v[0],
    "is_initialized": lambda tf, v: tf.is_variable_initialized(v),
    "gather": lambda tf, v: tf.gather(v, [1, 1, 0]),
    "stop_gradient": lambda tf, v: tf.stop_gradient(v),
}


@each({name: (function,) for name, function in ASSIGNMENTS.items()})
def used(tf, np, function):
    v = tf.Variable([1.0, 2.0], name="v")
    init = tf.global_variables_initializer()
    y = function(tf, v)
    return [Run({"y": y}, init=init), Run({"after": v}), Run({"again": y}), Run({"end": v})]


@case
def assign_without_shape_check(tf, np):
    v = tf.Variable([1.0, 2.0], name="v", validate_shape=False)
    init = tf.global_variables_initializer()
    wider = tf.assign(v, [[1.0, 2.0, 3.0]], validate_shape=False)
    return [Run({"wider": wider}, init=init), Run({"v": v})]


@case
def fetched_beside_an_update(tf, np):
    """A fetched reference variable shows the new value, an expression of it the old one."""
    v = tf.Variable(1.0, name="v")
    product, update = v * 10.0, v.assign_add(1.0)
    return Run({"v": v, "update": update, "product": product}, init=tf.global_variables_initializer())


@case
def read_under_control_dependency(tf, np):
    v = tf.Variable(1.0, name="v")
    update = v.assign(5.0)
    with tf.control_dependencies([update]):
        after = v.read_value()
        copied = tf.identity(after, name="copied")
    return Run({"after": after, "copied": copied}, init=tf.global_variables_initializer())


@case
def initial_value_from_another_variable(tf, np):
    a = tf.Variable(tf.random_uniform([2], seed=3), name="a")
    b = tf.Variable(a.initialized_value() * 3.0, name="b")
    return Run({"a": a, "b": b}, init=tf.global_variables_initializer())


@case
def initial_value_reads_another_variable(tf, np):
    a = tf.Variable(2.0, name="a")
    b = tf.Variable(a * 3.0, name="b")
    return Run({"a": a, "b": b}, init=tf.global_variables_initializer())


@case
def initializers_of_groups(tf, np):
    a = tf.Variable(1.0, name="a")
    b = tf.Variable(2.0, name="b", collections=[tf.GraphKeys.LOCAL_VARIABLES])
    some = tf.variables_initializer([a], name="some")
    locals_ = tf.local_variables_initializer()
    everything = tf.global_variables_initializer()
    again = tf.global_variables_initializer()
    old = tf.initialize_all_variables()
    nothing = tf.variables_initializer([])
    names = [op.name for op in (some, locals_, everything, again, old, nothing)]
    return [Facts(names=names), Run({"b": b, "a": a}, init=[some, locals_])]


@case
def reports(tf, np):
    a = tf.Variable(1.0, name="a")
    tf.Variable([2.0], name="b")
    tf.Variable(0, name="c", collections=[tf.GraphKeys.LOCAL_VARIABLES])
    report = tf.report_uninitialized_variables()
    answer = tf.is_variable_initialized(a)
    return [Run({"report": report, "a": answer}), Run({"report": report, "a": answer}, init=a.initializer)]


@case
def assert_variables_initialized_free(tf, np):
    v = tf.Variable([1.0, 2.0], name="v")
    return Facts(
        initial=v.initial_value.name,
        initializer=v.initializer.name,
        value=v.value().name,
        graph=v.graph is tf.get_default_graph(),
        device=v.device,
        shape=[v.get_shape().as_list(), v.shape.as_list()],
        trainable=v.trainable,
    )


@case
def load_and_eval_free_graph(tf, np):
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.get_variable("w", [2], initializer=tf.zeros_initializer())
    init = tf.global_variables_initializer()
    return [Run({"w": w.assign(v)}, init=init), Run({"sum": tf.add_n([v, w])})]


@case
def partitioned(tf, np):
    v = tf.get_variable(
        "v", [5, 2], partitioner=tf.fixed_size_partitioner(2), initializer=tf.random_uniform_initializer(seed=1)
    )
    names = [part.name for part in v]
    init = tf.global_variables_initializer()
    whole = tf.convert_to_tensor(v)
    return [Facts(names=names, shape=v.get_shape().as_list()), Run({"whole": whole, "parts": list(v)}, init=init)]


@case
def partitioned_by_scope(tf, np):
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(3, axis=1)):
        v = tf.get_variable("v", [2, 7], initializer=tf.zeros_initializer())
    return Facts(parts=[[part.name, str(part.shape)] for part in v])


@case
def count_up_to(tf, np):
    v = tf.Variable(0, name="v")
    up = v.count_up_to(3)
    return [Run({"up": up}, init=tf.global_variables_initializer()), Run({"up": up})]


@case(raises=True)
def count_up_beyond(tf, np):
    v = tf.Variable(3, name="v")
    return Run({"up": v.count_up_to(3)}, init=tf.global_variables_initializer())


@case
def expression_of_a_global_step(tf, np):
    step = tf.train.get_or_create_global_step()
    same = tf.train.get_or_create_global_step()
    found = tf.train.get_global_step()
    init = tf.global_variables_initializer()
    bump = tf.assign_add(step, 1)
    facts = Facts(
        same=same is step, found=found is step, facts=facts_of(step), collection=len(tf.get_collection("global_step"))
    )
    return [facts, Run({"bump": bump}, init=init), Run({"step": step})]


@case
def create_global_step(tf, np):
    before = tf.train.get_global_step()
    step = tf.train.create_global_step()
    return Facts(before=before is None, name=step.name, dtype=step.dtype.name, trainable=len(tf.trainable_variables()))


@case
def own_global_step(tf, np):
    step = tf.Variable(0, name="global_step", trainable=False)
    found = tf.train.get_global_step()
    return Facts(found=found is step)


@each(
    {
        "unknown_shape": lambda tf: tf.Variable(tf.placeholder("float")),
        "no_initial_value": lambda tf: tf.Variable(),
        "get_no_shape": lambda tf: tf.get_variable("v"),
        "get_partial_shape": lambda tf: tf.get_variable("v", [None, 2]),
        "get_twice": lambda tf: (tf.get_variable("v", [1]), tf.get_variable("v", [1])),
        "get_array_and_shape": lambda tf: tf.get_variable("v", [2], initializer=tf.constant([1.0, 2.0])),
        "get_bad_initializer_shape": lambda tf: tf.get_variable("v", [3], initializer=tf.constant([1.0])),
        "reuse_missing": lambda tf: tf.variable_scope("s", reuse=True).__enter__() and tf.get_variable("v", [1]),
        "assign_shape": lambda tf: tf.Variable([1.0]).assign([1.0, 2.0]),
        "assign_dtype": lambda tf: tf.Variable([1.0]).assign(tf.constant([1])),
        "assign_a_tensor": lambda tf: tf.assign(tf.constant(1.0), 2.0),
        "scatter_float_indices": lambda tf: tf.scatter_add(tf.Variable([1.0]), [0.5], [1.0]),
        "initial_value_none": lambda tf: tf.Variable(None),
        "dtype_clash": lambda tf: tf.Variable(tf.constant(1), dtype=tf.float32),
        "trainable_int_free": lambda tf: tf.get_variable("v", [1], dtype="nosuch"),
        "global_step_twice": lambda tf: (tf.train.create_global_step(), tf.train.create_global_step()),
        "constant_verify": lambda tf: tf.get_variable(
            "v", [2], initializer=tf.constant_initializer([1.0], verify_shape=True)
        ),
        "iterate": lambda tf: list(tf.Variable([1.0])),
        "orthogonal_rank": lambda tf: tf.get_variable("v", [3], initializer=tf.orthogonal_initializer()),
        "identity_rank": lambda tf: tf.get_variable("v", [3], initializer=tf.initializers.identity()),
        "int_glorot": lambda tf: tf.get_variable("v", [3], tf.int32, tf.glorot_uniform_initializer()),
    },
    raises=True,
)
def declaring_raises(tf, np, function):
    function(tf)


@each(
    {
        "uninitialized": lambda tf, v: v + 1.0,
        "uninitialized_fetch": lambda tf, v: v,
        "assign_add": lambda tf, v: v.assign_add([1.0, 1.0]),
        "scatter_add": lambda tf, v: tf.scatter_add(v, [0], [1.0]),
    },
    raises=True,
)
def running_raises(tf, np, function):
    v = tf.Variable([1.0, 2.0], name="v")
    return Run({"y": function(tf, v)})


@case(raises=True)
def scatter_beyond(tf, np):
    v = tf.Variable([1.0, 2.0], name="v")
    return Run({"y": tf.scatter_add(v, [2], [1.0])}, init=tf.global_variables_initializer())


@case(raises=True)
def placeholder_not_fed(tf, np):
    return Run({"y": tf.placeholder(tf.float32, [2], name="x") * 2.0})


SCATTERS = ("scatter_add", "scatter_sub", "scatter_update", "scatter_max", "scatter_min", "scatter_mul", "scatter_div")


@each({name: name for name in SCATTERS})
def scatter_methods(tf, np, name):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], name="v")
    slices = tf.IndexedSlices(tf.constant([[2.0, 3.0], [0.5, 9.0]]), tf.constant([2, 0]))
    change = getattr(v, name)(slices, name="changed")
    return Run({"change": change}, init=tf.global_variables_initializer())


@each({name: name for name in ("scatter_nd_add", "scatter_nd_sub", "scatter_nd_update")})
def scatter_nd_methods(tf, np, name):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="v")
    return Run({"change": getattr(v, name)([[0, 1]], [9.0])}, init=tf.global_variables_initializer())


@case(raises=True)
def scatter_of_a_tensor(tf, np):
    tf.Variable([1.0]).scatter_add(tf.constant([1.0]))
