"""A look inside: pictures of a graph, what a session makes of it, and what the mistakes of every day look like.

Everything here works on any graph of yours: `graphrt.view.write` draws one, `sess.explain` tells what a run does, and
an error says which op, which line of your script, what was there, and what to do.

    python examples/06_look_inside.py       # leaves 06_graph.svg, 06_graph.html, 06_rewritten.svg and 06_time.png
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch
from showing import BLUE, VERMILION, Progress, options, result, save

import graphrt as tf
from graphrt import view


def build():
    """A small classifier with batch normalization, and its training step."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    label = tf.placeholder(tf.int32, [None], name="label")
    training = tf.placeholder(tf.bool, [], name="training")
    with tf.variable_scope("classifier"):
        hidden = tf.layers.dense(x, 16, name="hidden")
        hidden = tf.layers.batch_normalization(hidden, training=training, name="normalized")
        logits = tf.layers.dense(tf.nn.relu(hidden), 3, name="logits")
    with tf.name_scope("loss"):
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits)
        loss = tf.reduce_mean(losses)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return x, label, training, loss, train


def pictures(folder):
    """The graph as a picture (scopes are boxes) and as a page on which scopes open and close; both stand alone."""
    for name in ("06_graph.svg", "06_graph.html"):
        print("wrote", view.write(tf.get_default_graph(), folder / name))


def explain(sess, x, folder):
    """What a run of one fetch does: the passes over a copy of the graph, and the plan, which is plain Python."""
    six = tf.constant(2.0) * tf.constant(3.0)  # a value that never changes: computed once, when the plan is made
    twice = tf.reduce_sum(tf.square(x)) + six * tf.reduce_sum(tf.square(x))  # the same sum twice: computed once
    report = sess.explain(twice, {x: np.ones([2, 4])})
    print(report)
    print("wrote", report.write(folder / "06_rewritten.svg"), "(what the passes took out is grey)")
    return report


def mistakes(sess, x, label, training, loss):
    """Four mistakes that everybody makes, and what is said about each."""

    def show(title, attempt):
        print(f"\n-- {title}")
        try:
            attempt()
        except (ValueError, tf.errors.OpError) as error:
            print(f"{type(error).__name__}: {error}")

    batch = {x: np.ones([2, 4]), label: [0, 1], training: True}
    show("Two placeholders forgotten: one message names both", lambda: sess.run(loss, {x: np.ones([2, 4])}))
    show("A feed of the wrong shape", lambda: sess.run(loss, {**batch, x: np.ones([2, 5])}))
    show("Shapes that do not fit, seen while the graph is built", lambda: tf.matmul(x, tf.ones([3, 2])))
    with tf.Session() as fresh:
        show("A session in which no variable was initialized", lambda: fresh.run(loss, batch))


def train(sess, model, steps, draws):
    """Trains on three clouds of points, with the time of every node of the last step measured."""
    x, label, training, loss, train_op = model
    centers = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]])
    progress, losses = Progress("training", steps), []
    metadata = tf.RunMetadata()
    for step in range(1, steps + 1):
        kinds = draws.randint(3, size=32)
        feed = {x: centers[kinds] + 0.3 * draws.randn(32, 4), label: kinds, training: True}
        trace = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE) if step == steps else None
        value, _ = sess.run([loss, train_op], feed, options=trace, run_metadata=metadata if trace else None)
        losses.append(value)
        progress(step, loss=value)
    return losses, metadata


def draw_times(metadata, folder, most=12):
    """The slowest nodes of one step, from the run's metadata."""
    stats = [node for device in metadata.step_stats.dev_stats for node in device.node_stats]
    slowest = sorted(stats, key=lambda node: node.op_end_rel_micros - node.op_start_rel_micros)[-most:]
    times = [node.op_end_rel_micros - node.op_start_rel_micros for node in slowest]
    names = ["/".join(dict.fromkeys(node.node_name.split("/")[-2:])) for node in slowest]
    colors = [VERMILION if node.node_name.startswith("gradients/") else BLUE for node in slowest]
    figure, axes = plt.subplots(figsize=(9, 4.4))
    axes.barh(names, times, color=colors, height=0.65)
    axes.grid(axis="y", visible=False)
    axes.set(title=f"The slowest of {len(stats)} nodes in one step", xlabel="microseconds")
    axes.legend(handles=[Patch(color=BLUE, label="the model"), Patch(color=VERMILION, label="its gradients")])
    save(figure, folder, "06_time.png")


def main():
    chosen = options(__doc__, __file__, steps=200, quick=50)
    tf.set_random_seed(chosen.seed)
    model = build()
    pictures(chosen.out)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses, metadata = train(sess, model, chosen.steps, np.random.RandomState(chosen.seed))
        draw_times(metadata, chosen.out)
        report = explain(sess, model[0], chosen.out)
        mistakes(sess, *model[:4])
    result(loss_first=losses[0], loss_last=losses[-1], ops_needed=report.ops_needed, ops_left=report.ops_left)


if __name__ == "__main__":
    main()
