"""Names: unique names, name scopes, variable scopes and reuse, look-ups, devices, colocation, printing."""

from tools.golden.case import Facts, case, each


def names(tf):
    return [op.name for op in tf.get_default_graph().get_operations()]


@case
def unique_names_ignore_case(tf, np):
    for name in ["a", "a", "a_1", "A", "a_1_1", "a"]:
        tf.constant(1, name=name)


@case
def default_names(tf, np):
    x = tf.placeholder(tf.float32, [2, 2])
    b = x > 0.0
    made = [x + x, x - x, x * x, x / x, x // x, x % x, x**x, -x, abs(x), tf.matmul(x, x), x[0], tf.transpose(x)]
    made += [
        tf.reduce_sum(x),
        tf.reduce_mean(x),
        tf.nn.relu(x),
        tf.nn.softmax(x),
        tf.concat([x, x], 0),
        tf.stack([x, x]),
    ]
    made += [tf.zeros([2]), tf.ones([2]), tf.random_normal([2]), tf.random_uniform([2]), tf.truncated_normal([2])]
    made += [tf.argmax(x), tf.equal(x, x), tf.less(x, x), tf.cast(x, tf.int32), tf.no_op(), tf.group(x), tf.identity(x)]
    made += [x < x, x <= x, x >= x, ~b, b & b, b | b, b ^ b, tf.square(x), tf.exp(x), tf.log(x), tf.sqrt(x), tf.tanh(x)]
    made += [tf.sigmoid(x), tf.maximum(x, x), tf.minimum(x, x), tf.not_equal(x, x), tf.negative(x), tf.reshape(x, [4])]
    made += [tf.reduce_max(x), tf.reduce_min(x), tf.reduce_prod(x), tf.reduce_all(b), tf.reduce_any(b), tf.argmin(x)]
    made += [tf.expand_dims(x, 0), tf.squeeze(x[:1]), tf.tile(x, [1, 2]), tf.pad(x, [[0, 0], [1, 1]]), tf.range(3)]
    made += [tf.one_hot([1], 2), tf.gather(x, [0]), tf.where(b), tf.where(b, x, x), tf.fill([2], 1.0), tf.shape(x)]
    made += [tf.size(x), tf.rank(x), tf.zeros_like(x), tf.ones_like(x), tf.linspace(0.0, 1.0, 3), tf.cumsum(x)]
    made += [tf.add_n([x, x]), tf.split(x, 2)[0], tf.unstack(x)[0], tf.stop_gradient(x), tf.boolean_mask(x, b)]
    made += [tf.global_variables_initializer(), tf.clip_by_value(x, 0.0, 1.0), tf.squared_difference(x, x)]
    return Facts(names=[thing.name for thing in made])


@case
def explicit_names(tf, np):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    made = [
        tf.add(x, x, name="x"),
        tf.add(x, 1.0, "sum"),
        tf.multiply(x, 2.0, name="scope/mul"),
        tf.reduce_sum(x, name="r"),
    ]
    made += [tf.identity(x, name="keep/"), tf.reshape(x, [-1], name="flat"), tf.matmul(x, x, name="m.m-m_m")]
    return Facts(names=[thing.name for thing in made])


@case
def name_scopes(tf, np):
    with tf.name_scope("s") as first:
        a = tf.constant(1, name="a")
        with tf.name_scope("inner"):
            b = tf.constant(1, name="b")
    with tf.name_scope("s") as second:
        c = tf.constant(1, name="a")
    with tf.name_scope("s/") as third:
        d = tf.constant(1, name="a")
    with tf.name_scope(first):
        e = tf.constant(1, name="e")
        with tf.name_scope(None) as root:
            f = tf.constant(1, name="f")
        with tf.name_scope(""):
            g = tf.constant(1, name="f")
    with tf.name_scope(None, "default", [a]) as fourth:
        h = tf.add(a, b)
    with tf.name_scope("given", "default", [a]):
        i = tf.add(a, b)
    with tf.get_default_graph().name_scope("graph"):
        j = tf.constant(1)
    with tf.name_scope("q"):
        k = tf.constant(1, name="_a")
    made = [a, b, c, d, e, f, g, h, i, j, k]
    return Facts(names=[t.name for t in made], scopes=[first, second, third, root, fourth])


@case
def name_scopes_with_same_names_as_ops(tf, np):
    tf.constant(1, name="s")
    with tf.name_scope("s"):
        tf.constant(1, name="c")
    tf.constant(1, name="s_1")
    with tf.name_scope("S"):
        tf.constant(1, name="c")
    with tf.name_scope("a/b/c"):
        tf.constant(1, name="d")
    tf.constant(1, name="a")
    tf.constant(1, name="a/b")
    tf.constant(1, name="a/b/c/d")
    unique = tf.get_default_graph().unique_name("a")
    peek = tf.get_default_graph().unique_name("zz", mark_as_used=False)
    tf.constant(1, name="zz")
    return Facts(unique=unique, peek=peek)


@case
def variable_scopes(tf, np):
    with tf.variable_scope("a") as scope:
        v = tf.get_variable("v", [1])
        x = tf.constant(1, name="x")
        u = tf.Variable(1.0, name="u")
    with tf.variable_scope("a", reuse=True):
        again = tf.get_variable("v", [1])
        y = tf.constant(1, name="x")
    with tf.variable_scope(scope, reuse=True) as entered:
        third = tf.get_variable("v")
        z = tf.constant(1, name="x")
        with tf.variable_scope("inner") as inner:
            pass
    with tf.variable_scope(scope, auxiliary_name_scope=False):
        w = tf.constant(1, name="aux")
    with tf.name_scope("n"):
        b = tf.get_variable("b", [1])
        with tf.variable_scope("vs"):
            c = tf.get_variable("c", [1])
            d = tf.add(b, c)
    return Facts(
        same=[again is v, third is v],
        names=[t.name for t in (v, x, u, y, z, w, b, c, d)],
        scopes=[
            scope.name,
            scope.original_name_scope,
            entered.name,
            entered.original_name_scope,
            inner.name,
            inner.reuse,
        ],
        current=tf.get_variable_scope().name,
    )


@case
def reuse_rules(tf, np):
    answers = {}
    with tf.variable_scope("s", reuse=True):
        with tf.variable_scope("t", reuse=False) as scope:
            answers["false inside true"] = scope.reuse
        with tf.variable_scope("t", reuse=tf.AUTO_REUSE) as scope:
            answers["auto inside true"] = str(scope.reuse)
        with tf.variable_scope("t") as scope:
            answers["none inside true"] = scope.reuse
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
        first = tf.get_variable("v", [1])
        second = tf.get_variable("v", [1])
        third = tf.get_variable("w", [1])
        with tf.variable_scope("inner") as scope:
            answers["inside auto"] = str(scope.reuse)
    with tf.variable_scope("r") as scope:
        tf.get_variable("v", [1])
        scope.reuse_variables()
        answers["after reuse_variables"] = scope.reuse
        answers["shared"] = tf.get_variable("v", [1]).name
        tf.get_variable_scope().reuse_variables()
    answers["restored"] = tf.get_variable_scope().reuse
    answers["auto is"] = [first is second, third.name]
    return Facts(**answers)


@case
def default_name_of_variable_scope(tf, np):
    found = []
    for _ in range(3):
        with tf.variable_scope(None, default_name="d"):
            found.append(tf.get_variable("v", [1]).name)
    with tf.variable_scope("given", default_name="d"):
        found.append(tf.get_variable("v", [1]).name)
    with tf.variable_scope("d_3"):
        found.append(tf.get_variable("v", [1]).name)
    with tf.variable_scope(None, "d"):
        found.append(tf.get_variable("v", [1]).name)
    return Facts(names=found)


@case
def scope_defaults_are_inherited(tf, np):
    double = tf.constant_initializer(2.0)
    with tf.variable_scope("a", initializer=double, dtype=tf.float64, regularizer=lambda v: tf.reduce_sum(v)):
        first = tf.get_variable("v", [2])
        with tf.variable_scope("b", initializer=tf.zeros_initializer()) as inner:
            second = tf.get_variable("v", [2])
            third = tf.get_variable("w", [2], initializer=tf.ones_initializer(), regularizer=tf.no_regularizer)
            inner.set_initializer(double)
            fourth = tf.get_variable("x", [2], regularizer=lambda v: tf.reduce_mean(v))
    losses = [t.name for t in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)]
    made = [first, second, third, fourth]
    return Facts(names=[v.name for v in made], dtypes=[v.dtype.name for v in made], losses=losses)


@case
def regularizers_once_on_reuse(tf, np):
    for reuse in (False, True):
        with tf.variable_scope("s", reuse=reuse):
            tf.get_variable("v", [2], regularizer=tf.nn.l2_loss)
    return Facts(losses=[t.name for t in tf.get_collection("regularization_losses")])


@case
def contrib_regularizers(tf, np):
    for scale, name in ((0.1, "a"), (0.0, "b")):
        tf.get_variable(name, [2], regularizer=tf.contrib.layers.l2_regularizer(scale))
    tf.get_variable("c", [2], regularizer=tf.contrib.layers.l1_regularizer(0.5))
    return Facts(losses=[t.name for t in tf.get_collection("regularization_losses")])


@case
def custom_getter(tf, np):
    seen = []

    def wrapped(getter, name, *arguments, **options):
        seen.append(name)
        return tf.identity(getter(name, *arguments, **options), name="wrapped")

    with tf.variable_scope("s", custom_getter=wrapped):
        v = tf.get_variable("v", [1], initializer=tf.zeros_initializer())
        with tf.variable_scope("inner", custom_getter=lambda getter, *a, **k: getter(*a, **k) * 2.0):
            w = tf.get_variable("w", [1], initializer=tf.zeros_initializer())
    return Facts(names=[v.name, w.name], seen=seen, variables=[v.name for v in tf.global_variables()])


@case
def make_template(tf, np):
    template = tf.make_template("layer", lambda x: x * tf.get_variable("w", [], initializer=tf.ones_initializer()))
    first, second = template(tf.constant(1.0)), template(tf.constant(2.0))
    return Facts(names=[first.name, second.name], variables=[v.name for v in tf.global_variables()])


@case
def variable_creator_and_op_scope_free(tf, np):
    """tf.variable_op_scope's successor: a default name from values."""

    def layer(x, name=None):
        with tf.variable_scope(name, "layer", [x]):
            return x + tf.get_variable("b", [], initializer=tf.zeros_initializer())

    x = tf.constant(1.0, name="x")
    return Facts(names=[layer(x).name, layer(x).name, layer(x, "own").name])


@case
def lookups(tf, np):
    graph = tf.get_default_graph()
    a, b = tf.constant(1, name="a"), tf.constant(2, name="s/b")
    top = tf.nn.top_k(tf.constant([1.0, 2.0]), name="top")
    return Facts(
        tensor=graph.get_tensor_by_name("a:0") is a,
        operation=graph.get_operation_by_name("s/b") is b.op,
        element=graph.as_graph_element("top:1") is top[1],
        element_op=graph.as_graph_element("a") is a.op,
        element_variable=graph.as_graph_element(a) is a,
        outputs=[t.name for t in top[0].op.outputs],
        consumers=[op.name for op in graph.get_tensor_by_name("Const:0").consumers()],
        index=top[1].value_index,
        feedable=graph.is_feedable(a),
        fetchable=graph.is_fetchable(a),
    )


@each(
    {
        "op_name_as_tensor": lambda tf, graph: graph.get_tensor_by_name("a"),
        "unknown_tensor": lambda tf, graph: graph.get_tensor_by_name("zz:0"),
        "output_beyond": lambda tf, graph: graph.get_tensor_by_name("a:1"),
        "malformed": lambda tf, graph: graph.get_tensor_by_name("a:b:c"),
        "unknown_operation": lambda tf, graph: graph.get_operation_by_name("zz"),
        "tensor_as_operation": lambda tf, graph: graph.get_operation_by_name("a:0"),
        "not_a_string": lambda tf, graph: graph.get_operation_by_name(3),
        "finalized": lambda tf, graph: (graph.finalize(), tf.constant(1)),
        "scope_name": lambda tf, graph: graph.name_scope("a b").__enter__(),
        "reset_inside": lambda tf, graph: tf.reset_default_graph(),
        "element_object": lambda tf, graph: graph.as_graph_element(3.5),
        "variable_scope_none": lambda tf, graph: tf.variable_scope(None).__enter__(),
        "variable_scope_number": lambda tf, graph: tf.variable_scope(3).__enter__(),
        "control_of_number": lambda tf, graph: tf.control_dependencies([3]).__enter__(),
        "unknown_attribute": lambda tf, graph: graph.get_operation_by_name("a").get_attr("nosuch"),
    },
    raises=True,
)
def lookup_raises(tf, np, function):
    graph = tf.get_default_graph()
    tf.constant(1, name="a")
    function(tf, graph)


@case
def devices(tf, np):
    made = [tf.constant(1)]
    with tf.device("/job:ps/task:1"):
        made.append(tf.constant(1))
        with tf.device("/cpu:0"):
            made.append(tf.constant(1))
            with tf.device(None):
                made.append(tf.constant(1))
            with tf.device("/gpu:1"):
                made.append(tf.constant(1))
    with tf.device("/device:GPU:0"):
        made.append(tf.Variable(1.0).op)
        with tf.device("/job:worker"):
            made.append(tf.constant(1))
    with tf.device(lambda op: "/cpu:0" if op.type == "Const" else "/gpu:0"):
        made.append(tf.constant(1))
        made.append(tf.add(made[0], made[1]))
    with tf.get_default_graph().device("CPU:0"):
        made.append(tf.constant(1))
    return Facts(devices=[thing.device for thing in made])


@case
def colocation(tf, np):
    a = tf.constant(1, name="a")
    with tf.colocate_with(a):
        b = tf.constant(2, name="b")
        with tf.colocate_with(b.op):
            c = tf.constant(3, name="c")
    with tf.device("/cpu:0"):
        d = tf.constant(1, name="d")
    with tf.colocate_with(d):
        e = tf.constant(1, name="e")
    groups = [[group.decode() for group in t.op.colocation_groups()] for t in (a, b, c, d, e)]
    return Facts(groups=groups, devices=[t.device for t in (d, e)])


@case
def collections(tf, np):
    a, b = tf.constant(1, name="s/a"), tf.constant(2, name="b")
    tf.add_to_collection("mine", a)
    tf.add_to_collection("mine", a)
    tf.add_to_collections(["mine", "other"], b)
    copied = tf.get_collection("mine")
    copied.append(None)
    live = tf.get_collection_ref("live")
    live.append(a)
    graph = tf.get_default_graph()
    unordered = sorted(
        key for key in graph.get_all_collection_keys() if isinstance(key, str) and not key.startswith("_")
    )
    before = len(tf.get_collection("other"))
    graph.clear_collection("other")
    return Facts(
        mine=[t.name for t in tf.get_collection("mine")],
        scoped=[t.name for t in tf.get_collection("mine", scope="s")],
        live=[t.name for t in tf.get_collection("live")],
        keys=unordered,
        missing=tf.get_collection("nosuch"),
        cleared=[before, len(tf.get_collection("other"))],
    )


@case
def graph_keys(tf, np):
    names = (
        "GLOBAL_VARIABLES LOCAL_VARIABLES MODEL_VARIABLES TRAINABLE_VARIABLES SUMMARIES QUEUE_RUNNERS TABLE_INITIALIZERS "
        "ASSET_FILEPATHS BIASES WEIGHTS ACTIVATIONS UPDATE_OPS LOSSES SAVERS REGULARIZATION_LOSSES READY_OP INIT_OP "
        "LOCAL_INIT_OP TRAIN_OP GLOBAL_STEP EVAL_STEP METRIC_VARIABLES MOVING_AVERAGE_VARIABLES COND_CONTEXT WHILE_CONTEXT"
    )
    return Facts(keys={name: getattr(tf.GraphKeys, name) for name in names.split()})


@case
def variable_collections(tf, np):
    with tf.variable_scope("s"):
        v = tf.get_variable("v", [1])
    tf.Variable(1.0, name="u")
    tf.Variable(0, trainable=False, name="t")
    tf.get_local_variable("l", [1])

    def listed(variables):
        return [variable.name for variable in variables]

    return Facts(
        everything=listed(tf.global_variables()),
        trainable=listed(tf.trainable_variables()),
        local=listed(tf.local_variables()),
        scoped=listed(tf.global_variables("s")),
        pattern=listed(tf.trainable_variables(scope="u|s")),
        old=listed(tf.all_variables()),
        model=listed(tf.model_variables()),
        moving=listed(tf.moving_average_variables()),
        by_key=listed(tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, "s")),
        scope_lists=listed(tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=v.op.name)),
    )


@case
def printing(tf, np):
    x = tf.placeholder(tf.float32, [None, 2])
    v = tf.get_variable("v", [2, 3])
    u = tf.Variable(1)
    return Facts(
        x=[str(x), repr(x)],
        unknown=[str(tf.placeholder(tf.int32)), repr(tf.placeholder(tf.string))],
        variable=[str(v), repr(u)],
        read=str(v.value()),
        operation=[str(x.op).split("\n")[0], repr(x.op), repr(tf.no_op())],
        sliced=str(x[0]),
        ref=str(u.assign(3)),
        scalar=repr(tf.constant(1.5)),
    )


@case
def graph_facts(tf, np):
    graph = tf.Graph()
    before = graph.version
    with graph.as_default():
        a = tf.constant(1)
        inner = tf.get_default_graph() is graph
    return Facts(
        versions=[before, graph.version],
        inner=[inner, a.graph is graph, tf.get_default_graph() is graph],
        finalized=graph.finalized,
        building=graph.building_function,
        scope=tf.get_default_graph().get_name_scope(),
        control_inputs=len(a.op.control_inputs),
        node=[a.op.node_def.name, a.op.node_def.op],
        count=len(graph.get_operations()),
    )


@case
def default_name_beside_other_scopes(tf, np):
    names = []

    def note(scope):
        names.append((scope.name if scope is not None else "", tf.no_op().name))

    with tf.variable_scope(None, default_name="d") as first:
        note(first)
    with tf.variable_scope(first):
        note(first)
    with tf.variable_scope(None, default_name="d") as second:
        note(second)
    with tf.name_scope("d"):
        note(None)
    with tf.variable_scope("o"):
        with tf.variable_scope(None, default_name="e") as inner:
            note(inner)
        with tf.variable_scope(inner):
            note(inner)
        with tf.variable_scope(None, default_name="e") as inner:
            note(inner)
    return Facts(names=names)


@case
def template_called_again(tf, np):
    def body(x):
        return x * tf.get_variable("w", [], initializer=tf.ones_initializer())

    first, second = tf.make_template("layer", body), tf.make_template("layer", body)
    now = tf.make_template("now", body, create_scope_now_=True)
    names = [template(tf.constant(1.0)).name for template in (first, first, second, now)]
    with tf.variable_scope("outer"):
        names += [now(tf.constant(1.0)).name, tf.make_template("inner", body)(tf.constant(1.0)).name]
    return Facts(names=names, variables=[v.name for v in tf.global_variables()])


@case(raises=True)
def template_makes_a_variable_again(tf, np):
    template = tf.make_template("v", lambda x: x * tf.Variable(1.0))
    template(1.0)
    template(1.0)


@case
def control_dependencies_again_inside(tf, np):
    x = tf.placeholder(tf.float32, [2], name="x")
    u, v, w = (tf.no_op(name) for name in "uvw")
    with tf.control_dependencies([u, v]):
        a = tf.negative(x, name="a")
        with tf.control_dependencies([u]):
            tf.negative(a, name="b")
            tf.negative(x, name="c")
            tf.constant(1.0, name="d")
        with tf.control_dependencies([u, v, w]):
            tf.negative(a, name="e")
        with tf.control_dependencies([a, w]):
            tf.negative(a, name="f")
            tf.negative(x, name="g")
