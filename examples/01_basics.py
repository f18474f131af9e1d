"""The basics: a graph says what is to be computed, a session computes it.

Read this file from top to bottom beside what it prints: each part is a few lines of TensorFlow 1, and what to see.

    python examples/01_basics.py            # leaves examples/01_basics.png
"""

import matplotlib.pyplot as plt
import numpy as np
from showing import BLACK, BLUE, VERMILION, Progress, options, result, save

import graphrt as tf


def heading(text):
    print(f"\n-- {text}")


def constants():
    heading("Constants. Printing a tensor prints what it will be, not its value: nothing has been computed yet.")
    row = tf.constant([1, 2, 3])
    fours = tf.constant(4, shape=[1, 3])
    total = row + fours
    product = row * fours
    print(total)
    print(product)

    heading("A session computes. What it returns are NumPy arrays.")
    with tf.Session() as sess:
        print("total  ", sess.run(total))
        print("product", sess.run(product))
        # One run of many fetches computes what they share once. A dict of fetches gives a dict of values.
        print("both   ", sess.run({"total": total, "product": product}))


def variables():
    heading("Variables keep their values from run to run, in the session. They must be initialized in each session.")
    count = tf.get_variable("count", initializer=10.0)
    add_two = tf.assign_add(count, 2.0)
    with tf.Session() as first, tf.Session() as second:
        first.run(tf.global_variables_initializer())
        second.run(tf.global_variables_initializer())
        for _ in range(3):
            first.run(add_two)
        print("in the first session", first.run(count), "  in the second", second.run(count))


def placeholders():
    heading("Placeholders are the graph's open ends: values are fed at each run. None leaves a length open.")
    points = tf.placeholder(tf.float32, shape=[None, 2], name="points")
    lengths = tf.sqrt(tf.reduce_sum(tf.square(points), axis=1), name="lengths")
    print(points, "->", lengths)
    with tf.Session() as sess:
        print("two points  ", sess.run(lengths, feed_dict={points: [[3, 4], [6, 8]]}))
        print("three points", sess.run(lengths, feed_dict={points: np.eye(3, 2)}))

        heading("Any tensor can be fed, not only placeholders: the graph is cut there.")
        print("fed in the middle", sess.run(lengths * 10, feed_dict={lengths: [1, 2, 3]}))


def names_and_collections():
    heading("Everything has a name. Scopes put names in order, and collections remember what was made.")
    with tf.variable_scope("layer"):
        kernel = tf.get_variable("kernel", shape=[2, 3])
        tf.get_variable("steps", shape=[], dtype=tf.int32, initializer=tf.zeros_initializer(), trainable=False)
    graph = tf.get_default_graph()
    print("by its name:", graph.get_tensor_by_name("layer/kernel:0").shape, "is the shape of", kernel.name)
    print("collections:", sorted(graph.get_all_collection_keys()))
    print("all variables:      ", [variable.op.name for variable in tf.global_variables()])
    print("trainable variables:", [variable.op.name for variable in tf.trainable_variables()])
    print("the graph has", len(graph.get_operations()), "operations")


def gradients(steps, folder):
    heading("Gradients are more graph: tf.gradients writes the derivative down, ready to be run.")
    x = tf.placeholder(tf.float32, [None], name="x")
    curve = tf.sin(2 * x) + 0.1 * tf.square(x)
    (slope,) = tf.gradients(curve, [x])
    line = np.linspace(-5, 5, 400, dtype=np.float32)

    lowest = tf.get_variable("lowest", initializer=3.6)
    height = tf.sin(2 * lowest) + 0.1 * tf.square(lowest)
    descend = tf.train.GradientDescentOptimizer(0.02).minimize(height)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values, slopes = sess.run([curve, slope], {x: line})
        path, progress = [sess.run([lowest, height])], Progress("walking downhill from x = 3.6", steps)
        for step in range(1, steps + 1):
            sess.run(descend)
            path.append(sess.run([lowest, height]))
            progress(step, x=path[-1][0], height=path[-1][1])
    draw(line, values, slopes, np.array(path), folder)
    result(height_first=path[0][1], height_last=path[-1][1], x_last=path[-1][0])


def draw(line, values, slopes, path, folder):
    """A function and its derivative, and the walk down the function."""
    figure, axes = plt.subplots(figsize=(8, 4.4))
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.plot(line, values, color=BLUE, label="sin(2x) + x² / 10")
    axes.plot(line, slopes, color=VERMILION, linewidth=1.4, linestyle="--", label="its derivative, from tf.gradients")
    axes.plot(path[:, 0], path[:, 1], "o", color=BLACK, markersize=4, label="gradient descent", zorder=5)
    axes.annotate("start", path[0], (9, -9), textcoords="offset points", weight="bold")
    axes.set(title="A function, its derivative, and a walk to a minimum", xlabel="x", ylim=(-3.2, 4.2))
    axes.legend(loc="upper center", ncols=3, fontsize=9, columnspacing=1.2)
    save(figure, folder, "01_basics.png")


def main():
    chosen = options(__doc__, __file__, steps=60, quick=20)
    tf.set_random_seed(chosen.seed)
    for part in (constants, variables, placeholders, names_and_collections):
        part()
    gradients(chosen.steps, chosen.out)


if __name__ == "__main__":
    main()
