"""A network that is too large for ten points, and two ways to keep it in hand: dropout and batch normalization.

Ten measurements, and a network of four hidden layers with some sixteen thousand weights. Left alone (plain), it ends by
bending through almost every point. Dropout switches a fifth of the neurons off at random in each step of training,
so that no neuron can rely on one particular other. Batch normalization brings what enters each layer to mean zero and
variance one: first with the batch's own moments while training, then with the moving averages gathered on the way.

    python examples/02_regression.py            # about half a minute; leaves examples/02_regression.png
"""

import matplotlib.pyplot as plt
import numpy as np
from showing import BLACK, BLUE, GREEN, VERMILION, Progress, options, result, save

import graphrt as tf

POINTS_X = np.linspace(-4.5, 4.5, 10).reshape(-1, 1)
POINTS_Y = np.array([0.9819, 0.7973, 1.9737, 0.1838, 1.3180, -0.8361, -0.6591, -2.4701, -2.8122, -6.2512]).reshape(
    -1, 1
)
COLORS = {"plain": BLUE, "dropout": VERMILION, "batch norm": GREEN}
BATCH = 50


def network(x, training, variant):
    """Four hidden sigmoid layers; `training` is a placeholder: True in the training steps, False for predictions."""
    small = tf.random_normal_initializer(stddev=0.1)
    hidden = x
    for units in (30, 100, 100, 30):
        hidden = tf.layers.dense(hidden, units, kernel_initializer=small, bias_initializer=small)
        if variant == "batch norm":
            hidden = tf.layers.batch_normalization(hidden, training=training)
        hidden = tf.nn.sigmoid(hidden)
        if variant == "dropout":
            hidden = tf.layers.dropout(hidden, rate=0.2, training=training)
    return tf.layers.dense(hidden, 1, kernel_initializer=small, bias_initializer=small)


def train(variant, steps, seed):
    """Trains one variant in a graph of its own; returns the loss of every step and the curve it has learnt."""
    draws = np.random.RandomState(seed)
    with tf.Graph().as_default():
        tf.set_random_seed(seed)
        x = tf.placeholder(tf.float32, [None, 1], name="x")
        y = tf.placeholder(tf.float32, [None, 1], name="y")
        training = tf.placeholder(tf.bool, name="training")
        prediction = network(x, training, variant)
        loss = tf.reduce_mean(tf.square(prediction - y))
        # The moving averages of batch normalization are updated by ops that nothing else asks for: the step must wait
        # for them. Without this line, predictions would use averages that never left their initial values.
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            count = tf.train.get_or_create_global_step()
            rate = tf.train.exponential_decay(0.005, count, decay_steps=steps, decay_rate=0.02)
            step_op = tf.train.AdamOptimizer(rate).minimize(loss, global_step=count)

        losses = []
        progress = Progress(variant, steps)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for step in range(1, steps + 1):
                chosen = draws.randint(len(POINTS_X), size=BATCH)
                feed = {x: POINTS_X[chosen], y: POINTS_Y[chosen], training: True}
                value, _ = sess.run([loss, step_op], feed)
                losses.append(value)
                progress(step, loss=np.mean(losses[-100:]))
            line = np.linspace(-4.5, 4.5, 300).reshape(-1, 1)
            curve = sess.run(prediction, {x: line, training: False})
    return np.array(losses), line[:, 0], curve[:, 0]


def draw(trained, folder):
    """Left: the three curves through the points. Right: the loss of training, averaged over windows of steps."""
    figure, (curves, losses) = plt.subplots(1, 2, figsize=(11, 4.4), width_ratios=(1.25, 1))
    for variant, (history, line, curve) in trained.items():
        curves.plot(line, curve, color=COLORS[variant], label=variant)
        window = max(1, len(history) // 100)
        means = history[: len(history) // window * window].reshape(-1, window).mean(axis=1)
        losses.semilogy(np.arange(len(means)) * window, means, color=COLORS[variant], label=variant)
    curves.plot(POINTS_X, POINTS_Y, "o", color=BLACK, markersize=7, markeredgecolor="white", zorder=5, label="the data")
    curves.set(title="Ten points, one network, three trainings", xlabel="x", ylabel="y")
    curves.legend(loc="lower left")
    losses.set(title="Loss while training", xlabel="step", ylabel="mean squared error of the batch")
    ticks = (0.01, 0.03, 0.1, 0.3, 1, 3)
    losses.set_yticks(ticks, map(str, ticks))
    losses.tick_params(which="minor", length=0, labelleft=False)
    losses.legend(loc="upper right")
    save(figure, folder, "02_regression.png")


def main():
    chosen = options(__doc__, __file__, steps=10000, quick=1000)
    trained = {variant: train(variant, chosen.steps, chosen.seed) for variant in COLORS}
    draw(trained, chosen.out)
    finals = {}
    for variant, (history, _, _) in trained.items():
        name = variant.replace(" ", "_")
        finals[f"{name}_first"], finals[f"{name}_last"] = history[0], history[-100:].mean()
    result(**finals)


if __name__ == "__main__":
    main()
