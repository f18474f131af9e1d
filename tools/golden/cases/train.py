"""Golden cases of tf.train: every optimizer's graph and steps, sparse gradients, slots, schedules, moving averages."""

from tools.golden.case import Facts, Run, case, each
from tools.golden.families import register

OPTIMIZERS = {
    "sgd": ("GradientDescentOptimizer", {"learning_rate": 0.1}),
    "momentum": ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9}),
    "nesterov": ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True}),
    "adagrad": ("AdagradOptimizer", {"learning_rate": 0.1}),
    "adagrad_start": ("AdagradOptimizer", {"learning_rate": 0.1, "initial_accumulator_value": 0.5}),
    "adadelta": ("AdadeltaOptimizer", {"learning_rate": 0.1}),
    "adadelta_options": ("AdadeltaOptimizer", {"learning_rate": 0.5, "rho": 0.9, "epsilon": 0.01}),
    "rmsprop": ("RMSPropOptimizer", {"learning_rate": 0.1}),
    "rmsprop_momentum": ("RMSPropOptimizer", {"learning_rate": 0.1, "decay": 0.8, "momentum": 0.9, "epsilon": 1e-3}),
    "rmsprop_centered": ("RMSPropOptimizer", {"learning_rate": 0.1, "centered": True}),
    "adam": ("AdamOptimizer", {"learning_rate": 0.1}),
    "adam_default": ("AdamOptimizer", {}),
    "adam_options": ("AdamOptimizer", {"learning_rate": 0.2, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1}),
    "ftrl": ("FtrlOptimizer", {"learning_rate": 0.1}),
    "ftrl_regularized": (
        "FtrlOptimizer",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2},
    ),
    "ftrl_shrinkage": ("FtrlOptimizer", {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.1}),
    "ftrl_power": ("FtrlOptimizer", {"learning_rate": 0.1, "learning_rate_power": -0.3}),
    "proximal_sgd": (
        "ProximalGradientDescentOptimizer",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.1, "l2_regularization_strength": 0.1},
    ),
    "proximal_adagrad": ("ProximalAdagradOptimizer", {"learning_rate": 0.1, "l1_regularization_strength": 0.1}),
}


def optimizer_of(tf, row, **more):
    kind, options = OPTIMIZERS[row]
    return getattr(tf.train, kind)(**dict(options, **more))


def slot_names(tf, optimizer):
    slots = {}
    for name in optimizer.get_slot_names():
        found = [optimizer.get_slot(v, name) for v in tf.trainable_variables()]
        slots[name] = [slot.name for slot in found if slot is not None]
    return slots


def state(tf):
    """Every variable under its own name (slots too)."""
    return {v.name.replace("/", ".").replace(":0", ""): v for v in tf.global_variables()}


def trained(tf, build_loss, optimizer, count=3, **minimize):
    """Build a loss, minimize it, initialise, step `count` times; the state is read after each step."""
    loss, feed = build_loss(tf)
    train = optimizer.minimize(loss, **minimize)
    init = tf.global_variables_initializer()
    facts = Facts(
        train=[train.name, train.type if hasattr(train, "type") else train.op.type],
        variables=[[v.name, v.dtype.name, v.shape.as_list()] for v in tf.global_variables()],
        trainable=[v.name for v in tf.trainable_variables()],
        slots=slot_names(tf, optimizer),
        train_ops=[op.name for op in tf.get_collection(tf.GraphKeys.TRAIN_OP)],
        optimizer_variables=[v.name for v in optimizer.variables()],
    )
    runs = [facts, Run(state(tf), init=init)]
    for _ in range(count):
        runs += [Run({"loss": loss}, feed), Run({"step": train}, feed), Run(state(tf))]
    return runs


def dense(dtype="float32"):
    def build(tf):
        w = tf.Variable([[1.0, -2.0], [0.5, 0.0]], name="w", dtype=dtype)
        b = tf.Variable([0.3, 0.0], name="b", dtype=dtype)
        x = tf.placeholder(dtype, [None, 2], name="x")
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - 1.0), name="loss")
        return loss, {x: [[1.0, 2.0], [-0.5, 0.25], [0.0, 1.5]]}

    return build


def sparse(tf):
    table = tf.Variable([[1.0, -1.0], [2.0, 0.5], [0.25, 3.0]], name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    return tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, ids))), {ids: [0, 2, 0]}


@each(
    {
        "%s-%s" % (name, dtype): (name, dtype)
        for name in OPTIMIZERS
        for dtype in ("float32", "float64")
        if dtype == "float32" or "proximal" not in name
    }
)
def minimize(tf, np, name, dtype):
    return trained(tf, dense(dtype), optimizer_of(tf, name))


@each({name: name for name in OPTIMIZERS})
def minimize_sparse(tf, np, name):
    return trained(tf, sparse, optimizer_of(tf, name))


@each({"dense": dense(), "sparse": sparse})
def adagrad_dual_averaging(tf, np, build_loss):
    step = tf.train.get_or_create_global_step()
    options = {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2}
    return trained(tf, build_loss, tf.train.AdagradDAOptimizer(0.1, step, **options), global_step=step)


@case
def adagrad_dual_averaging_plain(tf, np):
    step = tf.train.get_or_create_global_step()
    optimizer = tf.train.AdagradDAOptimizer(0.1, step, initial_gradient_squared_accumulator_value=0.5, name="DA")
    return trained(tf, dense(), optimizer, global_step=step)


@each({name: name for name in OPTIMIZERS})
def minimize_resource(tf, np, name):
    with tf.variable_scope("", use_resource=True):
        w = tf.get_variable("w", initializer=[1.0, 2.0])
    return trained(tf, lambda tf: (tf.reduce_sum(tf.square(w)), {}), optimizer_of(tf, name), count=2)


@each({name: name for name in OPTIMIZERS})
def minimize_with_global_step(tf, np, name):
    step = tf.train.get_or_create_global_step()
    return trained(tf, dense(), optimizer_of(tf, name), count=2, global_step=step)


@each({name: name for name in OPTIMIZERS})
def learning_rate_placeholder(tf, np, name):
    rate = tf.placeholder(tf.float32, [], name="rate")
    loss, feed = dense()(tf)
    train = optimizer_of(tf, name, learning_rate=rate).minimize(loss)
    init = tf.global_variables_initializer()
    runs = []
    for index, value in enumerate((0.1, 0.01)):
        runs += [Run({"step": train}, _with(feed, rate, value), init=None if index else init)]
        runs += [Run(state(tf))]
    return runs


def _with(feed, key, value):
    feed = dict(feed)
    feed[key] = value
    return feed


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop", "adagrad")})
def learning_rate_schedule(tf, np, name):
    step = tf.Variable(0, trainable=False, name="global_step")
    rate = tf.train.exponential_decay(0.1, step, 2, 0.5, staircase=True)
    return trained(tf, dense(), optimizer_of(tf, name, learning_rate=rate), count=4, global_step=step)


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop", "adagrad")})
def learning_rate_callable(tf, np, name):
    return trained(tf, dense(), optimizer_of(tf, name, learning_rate=lambda: 0.05), count=1)


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop")})
def in_a_name_scope(tf, np, name):
    with tf.name_scope("model"):
        loss, feed = dense()(tf)
    with tf.name_scope("train"):
        return trained(tf, lambda tf: (loss, feed), optimizer_of(tf, name), count=1)


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop")})
def in_a_variable_scope(tf, np, name):
    with tf.variable_scope("m"):
        w = tf.get_variable("w", [2], initializer=tf.constant_initializer([1.0, 2.0]))
        with tf.variable_scope("opt"):
            return trained(tf, lambda tf: (tf.reduce_sum(tf.square(w)), {}), optimizer_of(tf, name), count=1)


@each({name: name for name in ("sgd", "momentum", "adam")})
def named(tf, np, name):
    return trained(tf, dense(), optimizer_of(tf, name, name="Mine"), count=1)


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop_centered")})
def two_optimizers(tf, np, name):
    loss, feed = dense()(tf)
    first, second = optimizer_of(tf, name), optimizer_of(tf, name)
    train = [first.minimize(loss), second.minimize(2 * loss, var_list=tf.trainable_variables()[:1])]
    init = tf.global_variables_initializer()
    return [
        Facts(names=[v.name for v in tf.global_variables()]),
        Run({"step": train[0]}, feed, init=init),
        Run(state(tf)),
        Run({"step": train[1]}, feed),
        Run(state(tf)),
    ]


@each({name: name for name in ("sgd", "adam")})
def one_optimizer_twice(tf, np, name):
    loss, feed = dense()(tf)
    optimizer = optimizer_of(tf, name)
    train = [optimizer.minimize(loss), optimizer.minimize(3 * loss)]
    init = tf.global_variables_initializer()
    return [Run({"step": train[0]}, feed, init=init), Run({"step": train[1]}, feed), Run(state(tf))]


MINIMIZE = {
    "var_list": lambda tf: {"var_list": tf.trainable_variables()[:1]},
    "gate_none": lambda tf: {"gate_gradients": tf.train.Optimizer.GATE_NONE},
    "gate_graph": lambda tf: {"gate_gradients": tf.train.Optimizer.GATE_GRAPH},
    "colocate": lambda tf: {"colocate_gradients_with_ops": True},
    "name": lambda tf: {"name": "train_op"},
    "grad_loss": lambda tf: {"grad_loss": tf.constant(2.0)},
    "tree": lambda tf: {"aggregation_method": tf.AggregationMethod.EXPERIMENTAL_TREE},
}


@each({"%s-%s" % (option, name): (option, name) for option in MINIMIZE for name in ("sgd", "adam")})
def minimize_option(tf, np, option, name):
    loss, feed = dense()(tf)
    return trained(tf, lambda tf: (loss, feed), optimizer_of(tf, name), count=1, **MINIMIZE[option](tf))


@each({name: name for name in ("sgd", "momentum", "adam", "rmsprop", "adagrad")})
def compute_and_apply(tf, np, name):
    """Clip between the two halves, as scripts do."""
    loss, feed = dense()(tf)
    optimizer = optimizer_of(tf, name)
    pairs = optimizer.compute_gradients(loss)
    clipped = [(tf.clip_by_value(g, -0.1, 0.1), v) for g, v in pairs]
    step = tf.Variable(0, name="global_step", trainable=False)
    train = optimizer.apply_gradients(clipped, global_step=step, name="apply")
    init = tf.global_variables_initializer()
    gradients = {v.op.name: g for g, v in pairs}
    return [Run(gradients, feed, init=init), Run({"step": train}, feed), Run(state(tf))]


@case
def clip_by_global_norm_then_apply(tf, np):
    loss, feed = dense()(tf)
    optimizer = tf.train.AdamOptimizer(0.01)
    gradients, variables = zip(*optimizer.compute_gradients(loss))
    gradients, norm = tf.clip_by_global_norm(gradients, 0.5)
    train = optimizer.apply_gradients(zip(gradients, variables))
    init = tf.global_variables_initializer()
    return [Run({"norm": norm}, feed, init=init), Run({"step": train}, feed), Run(state(tf))]


@case
def gradients_of_unconnected_variables(tf, np):
    used, unused = tf.Variable(1.0, name="used"), tf.Variable(2.0, name="unused")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    pairs = optimizer.compute_gradients(used * 3.0)
    train = optimizer.apply_gradients(pairs)
    init = tf.global_variables_initializer()
    facts = Facts(pairs=[[g is None, v.name] for g, v in pairs])
    return [facts, Run({"step": train}, init=init), Run({"used": used, "unused": unused})]


@case
def alternating_losses(tf, np):
    """Two networks, one optimizer each, as in a GAN."""
    a, b = tf.Variable(1.0, name="a"), tf.Variable(-1.0, name="b")
    train_a = tf.train.AdamOptimizer(0.1).minimize(tf.square(a - b), var_list=[a])
    train_b = tf.train.AdamOptimizer(0.1).minimize(-tf.square(a - b), var_list=[b])
    init = tf.global_variables_initializer()
    return [Run({"step": train_a}, init=init), Run({"step": train_b}), Run({"step": [train_a]}), Run(state(tf))]


@case
def global_step_functions(tf, np):
    missing = tf.train.get_global_step() is None
    step = tf.train.create_global_step()
    again = tf.train.get_or_create_global_step()
    facts = Facts(missing=missing, same=again is step, name=step.name, dtype=step.dtype.base_dtype.name,
                  collection=[v.name for v in tf.get_collection(tf.GraphKeys.GLOBAL_STEP)])  # fmt: skip
    add = tf.assign_add(step, 5)
    return [facts, Run({"add": add}, init=tf.global_variables_initializer())]


@case
def train_two_runs_of_init(tf, np):
    loss, feed = dense()(tf)
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    init = tf.global_variables_initializer()
    return [
        Run({"step": train}, feed, init=init),
        Run(state(tf)),
        Run({"step": train}, feed, init=init),
        Run(state(tf)),
    ]


@case
def sparse_and_dense_in_one(tf, np):
    table = tf.Variable([[1.0, -1.0], [2.0, 0.5], [0.25, 3.0]], name="table")
    loss = tf.reduce_sum(tf.gather(table, [0, 2])) + tf.reduce_sum(tf.square(table))
    return trained(tf, lambda tf: (loss, {}), tf.train.AdamOptimizer(0.1), count=2)


@each({name: name for name in ("sgd", "momentum", "adam", "adagrad")})
def sparse_two_lookups(tf, np, name):
    table = tf.Variable([[1.0, -1.0], [2.0, 0.5], [0.25, 3.0]], name="table")
    loss = tf.reduce_sum(tf.gather(table, [0, 2])) + tf.reduce_sum(tf.square(tf.gather(table, [1, 2, 2])))
    return trained(tf, lambda tf: (loss, {}), optimizer_of(tf, name), count=2)


@case
def sparse_steps_of_the_rules(tf, np):
    """tf1_semantics 11.7: ids [0, 1, 1], then [0]."""
    runs = []
    for name in ("sgd", "momentum", "adagrad", "rmsprop", "adam"):
        table = tf.Variable([1.0, 1.0, 1.0], name="e_" + name)
        ids = tf.placeholder(tf.int32, [None])
        train = optimizer_of(tf, name).minimize(tf.reduce_sum(tf.gather(table, ids)), var_list=[table])
        init = tf.variables_initializer(tf.global_variables())
        runs += [
            Run({"step": train}, {ids: [0, 1, 1]}, init=init),
            Run({"step": train}, {ids: [0]}),
            Run({name: table}),
        ]
    return runs


# ------------------------------------------------------------------------------------------------ what raises


@case(raises=True)
def no_variables(tf, np):
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


@case(raises=True)
def no_gradients(tf, np):
    tf.Variable(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))


@case(raises=True)
def integer_variable(tf, np):
    v = tf.Variable(1)
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.cast(v, tf.float32))


@case(raises=True)
def integer_loss(tf, np):
    v = tf.Variable(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.cast(v, tf.int32))


@case(raises=True)
def slots_not_initialized(tf, np):
    v = tf.Variable(1.0)
    init = tf.global_variables_initializer()
    return Run({"step": tf.train.MomentumOptimizer(0.1, 0.9).minimize(v * v)}, init=init)


@case(raises=True)
def apply_nothing(tf, np):
    tf.train.GradientDescentOptimizer(0.1).apply_gradients([])


@case(raises=True)
def minimize_not_a_tensor_list(tf, np):
    v = tf.Variable(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(v * v, var_list=["v"])


@case(raises=True)
def wrong_gate(tf, np):
    v = tf.Variable(1.0)
    tf.train.GradientDescentOptimizer(0.1).minimize(v * v, gate_gradients=7)


@case(raises=True)
def no_name(tf, np):
    tf.train.GradientDescentOptimizer(0.1, name="")


# -------------------------------------------------------------------------------------------------- schedules

SCHEDULES = {
    "exponential": lambda tf, s: tf.train.exponential_decay(0.1, s, 10, 0.5),
    "exponential_staircase": lambda tf, s: tf.train.exponential_decay(0.1, s, 10, 0.5, staircase=True, name="lr"),
    "inverse_time": lambda tf, s: tf.train.inverse_time_decay(0.1, s, 10, 0.5),
    "inverse_time_staircase": lambda tf, s: tf.train.inverse_time_decay(0.1, s, 10, 0.5, staircase=True),
    "natural_exp": lambda tf, s: tf.train.natural_exp_decay(0.1, s, 10, 0.5),
    "natural_exp_staircase": lambda tf, s: tf.train.natural_exp_decay(0.1, s, 10, 0.5, staircase=True),
    "polynomial": lambda tf, s: tf.train.polynomial_decay(0.1, s, 10),
    "polynomial_power": lambda tf, s: tf.train.polynomial_decay(0.1, s, 10, end_learning_rate=0.01, power=2.0),
    "polynomial_cycle": lambda tf, s: tf.train.polynomial_decay(0.1, s, 10, end_learning_rate=0.0, cycle=True),
    "piecewise": lambda tf, s: tf.train.piecewise_constant(s, [10, 20], [1.0, 0.5, 0.1]),
    "piecewise_decay": lambda tf, s: tf.train.piecewise_constant_decay(s, [10, 20], [1.0, 0.5, 0.1], name="pieces"),
    "cosine": lambda tf, s: tf.train.cosine_decay(0.1, s, 10),
    "cosine_alpha": lambda tf, s: tf.train.cosine_decay(0.1, s, 10, alpha=0.1),
    "cosine_restarts": lambda tf, s: tf.train.cosine_decay_restarts(0.1, s, 10),
    "cosine_restarts_options": lambda tf, s: tf.train.cosine_decay_restarts(0.1, s, 10, 1.5, 0.9, 0.1),
    "linear_cosine": lambda tf, s: tf.train.linear_cosine_decay(0.1, s, 10),
}


def schedule(build, make_step):
    def function(tf, np):
        step, move = make_step(tf)
        rate = build(tf, step)
        values = [0, 5, 9, 10, 11, 15, 20, 21, 30]
        if move is None:
            return [Run({"rate": rate}, {step: value}) for value in values]
        return [run for value in values for run in (Run({"moved": move[1]}, {move[0]: value}), Run({"rate": rate}))]

    return function


def _placeholder_step(dtype):
    return lambda tf: (tf.placeholder(dtype, [], name="step"), None)


def _variable_step(tf):
    step = tf.Variable(0, trainable=False, name="global_step")
    value = tf.placeholder(tf.int32, [])
    return step, (value, tf.assign(step, value))


for _name, _build in SCHEDULES.items():
    register(_name + "_int32", schedule(_build, _placeholder_step("int32")))
    register(_name + "_int64", schedule(_build, _placeholder_step("int64")))
    register(_name + "_variable", schedule(_build, _variable_step))

register("exponential_python", lambda tf, np: Run({"rate": tf.train.exponential_decay(0.1, 7, 10, 0.5)}))
register(
    "exponential_tensors",
    lambda tf, np: Run({"rate": tf.train.exponential_decay(tf.constant(0.1), tf.constant(7), tf.constant(10), 0.5)}),
)
register("exponential_no_step", lambda tf, np: tf.train.exponential_decay(0.1, None, 10, 0.5), raises=True)
register(
    "piecewise_float",
    schedule(lambda tf, s: tf.train.piecewise_constant(s, [10.0, 20.0], [1, 2, 3]), _placeholder_step("float32")),
)
register(
    "piecewise_wrong_type",
    schedule(lambda tf, s: tf.train.piecewise_constant(s, [10.0, 20.0], [1.0, 2.0, 3.0]), _placeholder_step("int32")),
    raises=True,
)


# --------------------------------------------------------------------------------------------- moving averages


@each({"plain": {}, "num_updates": {"num_updates": 3}, "debias": {"zero_debias": True}, "name": {"name": "Averages"}})
def average_of_variables(tf, np, **options):
    v, w = tf.Variable(10.0, name="v"), tf.Variable([1.0, 2.0], name="w")
    average = tf.train.ExponentialMovingAverage(0.9, **options)
    maintain = average.apply([v, w])
    change = [tf.assign(v, 20.0), tf.assign(w, [3.0, 4.0])]
    init = tf.global_variables_initializer()
    facts = Facts(
        names=[average.average_name(x) for x in (v, w)],
        variables=[x.name for x in tf.global_variables()],
        collection=[x.name for x in tf.get_collection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES)],
        restore=sorted(average.variables_to_restore()),
        train=[x.name for x in tf.trainable_variables()],
    )
    shadows = {"v": average.average(v), "w": average.average(w)}
    runs = [facts, Run({"change": change[0]}, init=init), Run({"change": change[1]})]
    return runs + [Run({"m": maintain}), Run(shadows), Run({"m": maintain}), Run(shadows)]


@case
def average_of_a_tensor_without_bias(tf, np):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    average = tf.train.ExponentialMovingAverage(decay=0.5, zero_debias=True)
    maintain = average.apply([y])
    init = tf.global_variables_initializer()
    facts = Facts(variables=[v.name for v in tf.global_variables()], restore=sorted(average.variables_to_restore()))
    runs = [facts, Run({"m": maintain}, {x: [1.0, 2.0]}, init=init), Run({"average": average.average(y)})]
    return runs + [Run({"m": maintain}, {x: [3.0, -1.0]}), Run({"average": average.average(y)})]


@case
def noisy_linear_cosine(tf, np):
    tf.set_random_seed(7)
    step = tf.placeholder(tf.int32, [], name="step")
    rate = tf.train.noisy_linear_cosine_decay(0.1, step, 10)
    return [Run({"rate": rate}, {step: value}) for value in (0, 3, 10, 12)]


@case
def average_of_a_tensor(tf, np):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    average = tf.train.ExponentialMovingAverage(decay=0.5)
    maintain = average.apply([y])
    init = tf.global_variables_initializer()
    feed = {x: [1.0, 2.0]}
    return [Run({"m": maintain}, feed, init=init), Run({"a": average.average(y)}), Run({"m": maintain}, feed),
            Run({"a": average.average(y)})]  # fmt: skip


@case
def average_after_training(tf, np):
    loss, feed = dense()(tf)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    average = tf.train.ExponentialMovingAverage(0.99, step)
    with tf.control_dependencies([train]):
        both = average.apply(tf.trainable_variables())
    init = tf.global_variables_initializer()
    return [Run({"both": both}, feed, init=init), Run(state(tf)), Run({"both": both}, feed), Run(state(tf))]


@case
def average_of_all_trainable(tf, np):
    tf.Variable(1.0, name="a")
    tf.Variable(2.0, name="b", trainable=False)
    average = tf.train.ExponentialMovingAverage(0.9)
    maintain = average.apply()
    return [Run({"m": maintain}, init=tf.global_variables_initializer()), Run(state(tf))]


@case(raises=True)
def average_of_integers(tf, np):
    tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)])


@case
def average_twice(tf, np):
    v = tf.Variable(1.0)
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply([v])
    average.apply([v])
