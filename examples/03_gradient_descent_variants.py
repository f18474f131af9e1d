"""Batch, mini-batch and stochastic gradient descent: the same hill, three ways down.

The gradient of a mean over the examples is the mean of their gradients. Taken over all of them it is exact, and dear;
taken over a few it is an estimate: right on average, noisy, cheap. The noise falls as one over the square root of the
batch, so a batch four times as large is only twice as exact.

The model is logistic regression on real data: benign or malignant, from two measured properties of a tumour's cells
(scikit-learn's breast cancer set). Two weights, no bias (the features are centred): so its paths can be drawn.

    python examples/03_gradient_descent_variants.py       # a few seconds; leaves a PNG beside the script
"""

import matplotlib.pyplot as plt
import numpy as np
from showing import BLACK, BLUE, GREEN, VERMILION, Progress, options, result, save
from sklearn.datasets import load_breast_cancer

import graphrt as tf

FEATURES = ("mean concave points", "worst texture")
COLUMNS = [7, 21]  # where scikit-learn's table has them
COLORS = {"batch": BLUE, "mini-batch": GREEN, "stochastic": VERMILION}
START, RATE = (-1.5, -2.0), 0.5


def load():
    """Two standardized features of 569 tumours, float32 [569, 2], and 1.0 where one is malignant, [569]."""
    table, kinds = load_breast_cancer(return_X_y=True)
    features = table[:, COLUMNS]
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    return features.astype(np.float32), (kinds == 0).astype(np.float32)


def build():
    """The graph: placeholders for a batch, the two weights, the loss, its gradient and the step."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.placeholder(tf.float32, [None], name="malignant")
    weights = tf.get_variable("weights", initializer=tf.constant(START))
    logits = tf.reduce_sum(x * weights, axis=1)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    accuracy = tf.reduce_mean(tf.cast(tf.equal(logits > 0, y > 0.5), tf.float32))
    (gradient,) = tf.gradients(loss, [weights])
    step_op = tf.train.GradientDescentOptimizer(RATE).minimize(loss)
    return x, y, weights, loss, accuracy, gradient, step_op


def descend(sess, model, data, name, size, steps, draws):
    """Walks `steps` steps with batches of `size`; returns the weights [steps + 1, 2] and the loss over all examples."""
    x, y, weights, loss, accuracy, _, step_op = model
    everything = {x: data[0], y: data[1]}
    sess.run(tf.global_variables_initializer())
    path, losses = [sess.run(weights)], [sess.run(loss, everything)]
    progress = Progress(f"{name} gradient descent, {size} of {len(data[1])} examples a step", steps)
    for step in range(1, steps + 1):
        chosen = slice(None) if size == len(data[1]) else draws.randint(len(data[1]), size=size)
        sess.run(step_op, {x: data[0][chosen], y: data[1][chosen]})
        values = sess.run([weights, loss, accuracy], everything)
        path.append(values[0])
        losses.append(values[1])
        progress(step, loss=values[1], accuracy=values[2])
    return np.array(path), np.array(losses)


def gradient_noise(sess, model, data, size, draws, samples=300):
    """The root mean square distance between gradients of batches of `size` and the gradient of all examples."""
    x, y, _, _, _, gradient, _ = model
    exact = sess.run(gradient, {x: data[0], y: data[1]})
    batches = (draws.randint(len(data[1]), size=size) for _ in range(samples))
    estimates = np.array([sess.run(gradient, {x: data[0][batch], y: data[1][batch]}) for batch in batches])
    return np.sqrt(np.mean(np.sum((estimates - exact) ** 2, axis=1)))


def landscape(sess, model, data, across, up):
    """The loss at every point of a grid of weights. Any tensor can be fed, so the variable itself is."""
    x, y, weights, loss = model[:4]
    value = sess.make_callable(loss, [weights, x, y])
    return np.array([[value(np.array([a, b], np.float32), *data) for a in across] for b in up])


def draw(walks, sizes, surface, noise, folder):
    """Above: the three paths in the plane of the weights. Below: the loss of all examples, and the gradients' noise."""
    figure = plt.figure(figsize=(11, 7.4))
    rows = figure.add_gridspec(2, 6, height_ratios=(1.15, 1))
    across, up, heights = surface
    levels = np.geomspace(heights.min() * 1.02, heights.max(), 14)
    for number, (name, (path, _)) in enumerate(walks.items()):
        plane = figure.add_subplot(rows[0, 2 * number : 2 * number + 2])
        plane.contour(across, up, heights, levels=levels, colors="#c3c9d1", linewidths=0.8)
        plane.plot(*path.T, color=COLORS[name], linewidth=1.3)
        plane.plot(*path[0], "o", color=BLACK, markersize=6, zorder=4)
        plane.plot(*path[-1], "o", color=COLORS[name], markeredgecolor="white", markersize=9, zorder=5)
        plane.set(title=name, xlabel=f"weight of {FEATURES[0]}", xlim=across[[0, -1]], ylim=up[[0, -1]])
        plane.grid(False)
        if number == 0:
            plane.set_ylabel(f"weight of {FEATURES[1]}")
            plane.annotate("start", path[0], (8, -3), textcoords="offset points", color=BLACK)
    curves, spread = figure.add_subplot(rows[1, :3]), figure.add_subplot(rows[1, 3:])
    for name, (_, losses) in walks.items():
        seen = np.arange(1, len(losses)) * sizes[name]
        curves.semilogx(seen, losses[1:], color=COLORS[name], linewidth=1.4, label=name)
    curves.set(title="Loss against work", xlabel="examples looked at", ylabel="loss of all examples", ylim=(0, None))
    curves.legend(loc="upper right")
    batches, values = np.array(list(noise)), np.array(list(noise.values()))
    spread.loglog(
        batches, values[0] / np.sqrt(batches), color="#999999", linewidth=1.2, label=r"$1/\sqrt{\mathrm{batch}}$"
    )
    spread.loglog(batches, values, "o", color=BLUE, markersize=7, label="measured")
    spread.set_xticks(batches, map(str, batches))
    spread.tick_params(which="minor", length=0, labelbottom=False, labelleft=False)
    spread.set(title="Noise of the gradient", xlabel="examples in a batch", ylabel="distance from the exact gradient")
    spread.legend(loc="upper right")
    save(figure, folder, "03_gradient_descent_variants.png")


def main():
    chosen = options(__doc__, __file__, steps=300, quick=60)
    data, draws = load(), np.random.RandomState(chosen.seed)
    sizes = {"batch": len(data[1]), "mini-batch": 32, "stochastic": 1}
    model = build()
    with tf.Session() as sess:
        walks = {name: descend(sess, model, data, name, size, chosen.steps, draws) for name, size in sizes.items()}
        sess.run(tf.global_variables_initializer())
        noise = {size: gradient_noise(sess, model, data, size, draws) for size in (1, 4, 16, 64, 256)}
        across, up = np.linspace(-2.5, 5.5, 60), np.linspace(-2.8, 3.0, 60)
        surface = across, up, landscape(sess, model, data, across, up)
    draw(walks, sizes, surface, noise, chosen.out)
    finals = {}
    for name, (_, losses) in walks.items():
        finals[f"{name.replace('-', '_')}_first"], finals[f"{name.replace('-', '_')}_last"] = losses[0], losses[-1]
    result(noise_of_1=noise[1], noise_of_64=noise[64], **finals)


if __name__ == "__main__":
    main()
