"""Golden cases by the dozen: seeded random programs, with their gradients, node for node and value for value.

A program knows the real shape of each of its tensors and never asks TensorFlow for a static one, so both sides make the
same choices. RandomState is the same stream in every NumPy.
"""

from tools.golden.case import Run, each

BATCH = 3


class Program:
    """A growing pool of (tensor, real shape); each step of `grow` adds one made from members of the pool."""

    def __init__(self, tf, np, seed, batch, dtype):
        self.tf, self.np, self.random, self.dtype = tf, np, np.random.RandomState(seed), dtype
        self.pool, self.feed, self.inputs = [], {}, []
        for name, shape in (
            ("x", [batch, 3]),
            ("y", [batch, 3]),
            ("b", [3]),
            ("s", []),
            ("w", [3, 4]),
            ("c", [batch, 1]),
        ):
            real = tuple(BATCH if size is None else size for size in shape)
            placeholder = tf.placeholder(dtype, shape, name=name)
            self.feed[placeholder] = self.random.uniform(-1, 1, real).astype(dtype)
            self.inputs.append(placeholder)
            self.add(placeholder, real)
        self.batch = batch if batch is not None else BATCH

    def add(self, tensor, shape):
        self.pool.append((tensor, tuple(shape)))

    def pick(self, test=lambda shape: True):
        found = [item for item in self.pool if test(item[1])]
        return found[self.random.randint(len(found))] if found else None

    def grow(self, steps):
        kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("step_")]
        for _ in range(steps):
            kinds[self.random.randint(len(kinds))]()

    # each step: pick, build, add -------------------------------------------------------------------------------

    def step_unary(self):
        tf = self.tf
        functions = [
            tf.tanh,
            tf.sigmoid,
            tf.nn.relu,
            tf.sin,
            tf.square,
            tf.negative,
            tf.abs,
            tf.nn.softplus,
            tf.identity,
        ]
        tensor, shape = self.pick()
        self.add(functions[self.random.randint(len(functions))](tensor), shape)

    step_unary_again = step_unary

    def step_positive(self):
        tf = self.tf
        functions = [tf.sqrt, tf.log, tf.reciprocal, tf.rsqrt]
        tensor, shape = self.pick()
        self.add(functions[self.random.randint(len(functions))](1.5 + tf.tanh(tensor)), shape)

    def step_number(self):
        functions = [
            lambda t: t + 1.0, lambda t: 2.0 * t, lambda t: 1.0 - t, lambda t: t / 3.0, lambda t: -t, lambda t: t * t,
            lambda t: t**2, lambda t: 0.5 * t + 0.25,
        ]  # fmt: skip
        tensor, shape = self.pick()
        self.add(functions[self.random.randint(len(functions))](tensor), shape)

    def step_pair(self):
        tf, np = self.tf, self.np
        functions = [tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum, tf.squared_difference, lambda a, b: a + b,
                     lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (2.0 + tf.sin(b))]  # fmt: skip
        (left, a), (right, b) = self.pick(), self.pick()
        try:
            shape = np.broadcast(np.empty(a), np.empty(b)).shape
        except ValueError:
            return
        if len(shape) < 4 and np.prod(shape, dtype=int) < 200:
            self.add(functions[self.random.randint(len(functions))](left, right), shape)

    step_pair_again = step_pair_more = step_pair

    def step_matmul(self):
        found = self.pick(lambda shape: len(shape) == 2)
        other = self.pick(lambda shape: len(shape) == 2 and shape[0] == found[1][1])
        if other:
            self.add(self.tf.matmul(found[0], other[0]) * 0.5, (found[1][0], other[1][1]))

    def step_matmul_transposed(self):
        found = self.pick(lambda shape: len(shape) == 2)
        other = self.pick(lambda shape: len(shape) == 2 and shape[1] == found[1][1])
        self.add(self.tf.matmul(found[0], other[0], transpose_b=True) * 0.5, (found[1][0], other[1][0]))

    def step_weights(self):
        tensor, shape = self.pick(lambda shape: len(shape) == 2)
        weights = self.tf.constant(self.random.uniform(-1, 1, [shape[1], 2]).astype(self.dtype))
        self.add(self.tf.nn.tanh(self.tf.matmul(tensor, weights)), (shape[0], 2))

    def step_reduce(self):
        tf, np = self.tf, self.np
        functions = [tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_logsumexp]
        function = functions[self.random.randint(len(functions))]
        tensor, shape = self.pick(lambda shape: len(shape) > 0)
        axis = int(self.random.randint(len(shape)))
        keep = bool(self.random.randint(2))
        real = np.empty(shape).sum(axis, keepdims=keep).shape
        self.add(function(tensor, axis=axis, keepdims=keep), real)

    def step_reduce_all(self):
        tensor, _ = self.pick(lambda shape: len(shape) > 0)
        self.add(self.tf.reduce_mean(tensor), ())

    def step_flatten(self):
        tensor, shape = self.pick(lambda shape: len(shape) > 1)
        self.add(self.tf.reshape(tensor, [-1]), (int(self.np.prod(shape)),))

    def step_transpose(self):
        tensor, shape = self.pick(lambda shape: len(shape) > 1)
        self.add(self.tf.transpose(tensor), shape[::-1])

    def step_expand(self):
        tensor, shape = self.pick(lambda shape: len(shape) < 3)
        axis = int(self.random.randint(len(shape) + 1))
        self.add(self.tf.expand_dims(tensor, axis), shape[:axis] + (1,) + shape[axis:])

    def step_columns(self):
        found = self.pick(lambda shape: len(shape) == 2 and shape[1] > 1)
        start = int(self.random.randint(found[1][1]))
        self.add(found[0][:, start:], (found[1][0], found[1][1] - start))

    def step_row(self):
        tensor, shape = self.pick(lambda shape: len(shape) > 0 and shape[0] > 0)
        self.add(tensor[int(self.random.randint(shape[0]))], shape[1:])

    def step_concat(self):
        found = self.pick(lambda shape: len(shape) == 2)
        other = self.pick(lambda shape: len(shape) == 2 and shape[0] == found[1][0])
        if found[1][1] + other[1][1] < 12:
            self.add(self.tf.concat([found[0], other[0]], 1), (found[1][0], found[1][1] + other[1][1]))

    def step_stack(self):
        found = self.pick(lambda shape: len(shape) < 3)
        other = self.pick(lambda shape: shape == found[1])
        self.add(self.tf.stack([found[0], other[0]], axis=len(found[1])), found[1] + (2,))

    def step_unstack(self):
        tensor, shape = self.pick(lambda shape: len(shape) > 0 and 0 < shape[-1] < 5)
        parts = self.tf.unstack(tensor, num=shape[-1], axis=len(shape) - 1)
        for part in parts[:2]:
            self.add(part, shape[:-1])

    def step_gather(self):
        tensor, shape = self.pick(lambda shape: len(shape) == 2 and shape[0] > 0)
        index = self.random.randint(shape[0], size=3)
        self.add(self.tf.gather(tensor, [int(i) for i in index]), (3, shape[1]))

    def step_softmax(self):
        tensor, shape = self.pick(lambda shape: len(shape) in (1, 2))
        self.add(self.tf.nn.softmax(tensor), shape)

    def step_where(self):
        found = self.pick()
        other = self.pick(lambda shape: shape == found[1])
        self.add(self.tf.where(found[0] > 0, found[0] * 2, other[0]), found[1])

    def step_stop(self):
        tensor, shape = self.pick()
        self.add(tensor * self.tf.stop_gradient(self.tf.cos(tensor)), shape)

    def step_clip(self):
        tensor, shape = self.pick()
        self.add(self.tf.clip_by_value(tensor, -0.75, 0.75), shape)

    def step_scope(self):
        tensor, shape = self.pick()
        with self.tf.name_scope("part"):
            self.add(self.tf.tanh(self.tf.sigmoid(tensor) * 2.0), shape)

    def loss(self, parts):
        """The last `parts` tensors, squashed, so that everything made late has a gradient."""
        last = [self.tf.reduce_sum(self.tf.tanh(tensor)) for tensor, _ in self.pool[-parts:]]
        return self.tf.add_n(last, name="loss")


def built(tf, np, seed, batch, dtype, steps=14):
    program = Program(tf, np, seed, batch, dtype)
    program.grow(steps)
    return program, program.loss(5)


# Seed 6 has a gradient that cancels to rounding errors.
@each(
    {"%d-%s" % (seed, batch): (seed, batch) for seed in range(25) if seed != 6 for batch in (BATCH, None)},
    tolerance=2e-5,
)
def float32(tf, np, seed, batch):
    program, loss = built(tf, np, seed, batch, "float32")
    gradients = tf.gradients(loss, program.inputs)
    fetches = {"d%d" % i: g for i, g in enumerate(gradients) if g is not None}
    fetches["loss"] = loss
    return Run(fetches, program.feed, vary=False)


@each({"%d-%s" % (seed, batch): (seed, batch) for seed in range(40, 48) for batch in (BATCH, None)}, tolerance=1e-9)
def float64_second_order(tf, np, seed, batch):
    program, loss = built(tf, np, seed, batch, "float64", steps=8)
    first = [g for g in tf.gradients(loss, program.inputs) if g is not None and not hasattr(g, "indices")]
    second = tf.gradients([tf.reduce_sum(tf.square(g)) for g in first], program.inputs)
    fetches = {"f%d" % i: g for i, g in enumerate(first)}
    fetches.update({"s%d" % i: g for i, g in enumerate(second) if g is not None})
    return Run(fetches, program.feed, vary=False)


@each({str(seed): seed for seed in range(60, 68)}, tolerance=5e-5)
def trained(tf, np, seed):
    """Variables in place of two inputs, an optimizer, two steps."""
    program = Program(tf, np, seed, None, "float32")
    for position in (2, 4):
        variable = tf.Variable(program.feed[program.inputs[position]], name="v%d" % position)
        program.pool[position] = (variable, program.pool[position][1])
    program.grow(12)
    kind = ["AdamOptimizer", "GradientDescentOptimizer", "RMSPropOptimizer"][seed % 3]
    v = tf.trainable_variables()
    loss = program.loss(5) + 0.01 * tf.add_n([tf.nn.l2_loss(x) for x in v])
    train = getattr(tf.train, kind)(0.01).minimize(loss)
    init = tf.global_variables_initializer()
    runs = []
    for step in range(2):
        runs.append(Run({"train": train}, program.feed, init=None if step else init, vary=False))
        runs.append(Run({"v": v, "loss": loss}, program.feed, vary=False))
    return runs
