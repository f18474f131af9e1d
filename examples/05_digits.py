"""Reading handwritten digits three ways: logistic regression, a multi-layer perceptron, a convolutional network.

The data are scikit-learn's 1797 digits of 8 x 8 grey pixels; a quarter of them is held out and only ever used to test.
Logistic regression weighs every pixel for itself. The perceptron combines pixels in hidden layers. The convolutional
network looks for the same small strokes everywhere in the picture, which is what makes digits digits.

    python examples/05_digits.py            # about 10 seconds; leaves two PNG files beside the script
"""

import matplotlib.pyplot as plt
import numpy as np
from showing import BLUE, GREEN, VERMILION, Progress, options, result, save
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import graphrt as tf

BATCH = 64


def logistic_regression(images, training):
    """One weight a pixel and digit."""
    return tf.layers.dense(tf.layers.flatten(images), 10)


def perceptron(images, training):
    """Two hidden layers of rectified linear units, with dropout."""
    hidden = tf.layers.dense(tf.layers.flatten(images), 128, activation=tf.nn.relu)
    hidden = tf.layers.dropout(hidden, rate=0.3, training=training)
    hidden = tf.layers.dense(hidden, 64, activation=tf.nn.relu)
    return tf.layers.dense(hidden, 10)


def convolutional(images, training):
    """Two convolutions of 3 x 3, each with pooling, then one hidden layer with dropout."""
    hidden = tf.layers.conv2d(images, 16, 3, padding="same", activation=tf.nn.relu)
    hidden = tf.layers.max_pooling2d(hidden, 2, 2)
    hidden = tf.layers.conv2d(hidden, 32, 3, padding="same", activation=tf.nn.relu)
    hidden = tf.layers.max_pooling2d(hidden, 2, 2)
    hidden = tf.layers.dense(tf.layers.flatten(hidden), 64, activation=tf.nn.relu)
    hidden = tf.layers.dropout(hidden, rate=0.4, training=training)
    return tf.layers.dense(hidden, 10)


MODELS = {
    "logistic regression": (logistic_regression, BLUE),
    "perceptron": (perceptron, GREEN),
    "convolutional": (convolutional, VERMILION),
}


def load():
    """Training and test images, float32 [n, 8, 8, 1] from 0 to 1, and their labels, int32 [n]."""
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels.reshape(-1, 8, 8, 1) / 16.0).astype(np.float32)
    return train_test_split(images, labels.astype(np.int32), test_size=0.25, stratify=labels, random_state=0)


def train(name, data, steps, seed):
    """Trains one model; returns its curves [times, 3] of step, loss and test accuracy, and its test predictions."""
    train_images, test_images, train_labels, test_labels = data
    draws = np.random.RandomState(seed)
    with tf.Graph().as_default():
        tf.set_random_seed(seed)
        images = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
        labels = tf.placeholder(tf.int32, [None], name="labels")
        training = tf.placeholder_with_default(False, [], name="training")
        logits = MODELS[name][0](images, training)
        loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, labels), tf.float32))
        step_op = tf.train.AdamOptimizer(0.002).minimize(loss)

        weights = sum(variable.shape.num_elements() for variable in tf.trainable_variables())
        progress, recent, curves = Progress(f"{name}, {weights} weights", steps), [], []
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for step in range(1, steps + 1):
                batch = draws.randint(len(train_labels), size=BATCH)
                feed = {images: train_images[batch], labels: train_labels[batch], training: True}
                recent.append(sess.run([loss, step_op], feed)[0])
                if step % max(1, steps // 50) == 0 or step == steps:
                    right = sess.run(accuracy, {images: test_images, labels: test_labels})
                    curves.append((step, np.mean(recent), right))
                    recent.clear()
                    progress(step, loss=curves[-1][1], test_accuracy=right)
            guesses = sess.run(predicted, {images: test_images})
    return np.array(curves), guesses


def draw_curves(trained, folder):
    """The loss of training and the accuracy on held-out digits, step by step."""
    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(11, 4.4))
    for name, (curves, _) in trained.items():
        steps, loss, accuracy = curves.T
        losses.semilogy(steps, loss, color=MODELS[name][1], label=name)
        accuracies.plot(steps, 100 * accuracy, color=MODELS[name][1], label=f"{name}: {100 * accuracy[-1]:.1f} %")
    losses.set(title="Loss while training", xlabel="step", ylabel="mean cross-entropy")
    losses.legend(loc="lower left")
    accuracies.set(title="Digits that were held out", xlabel="step", ylabel="read correctly, %", ylim=(85, 100.3))
    accuracies.set_yticks((85, 90, 95, 100))
    accuracies.legend(loc="lower right")
    save(figure, folder, "05_digits_curves.png")


def draw_mistakes(guesses, data, folder, most=16):
    """Held-out digits that the last model misread: what they are, and what it took them for."""
    _, images, _, labels = data
    wrong = np.flatnonzero(guesses != labels)[:most]
    rows = max(1, -(-len(wrong) // 8))
    figure, places = plt.subplots(rows, 8, figsize=(11, 1.6 * rows + 0.5))
    total = np.count_nonzero(guesses != labels)
    title = f"Misread by the convolutional network: {total} of {len(labels)} held-out digits"
    figure.suptitle(title, weight="bold", fontsize=12, x=0.01, ha="left")
    for place in places.flat:
        place.axis("off")
    for place, number in zip(places.flat, wrong, strict=False):
        place.imshow(images[number, :, :, 0], cmap="Greys", extent=(0, 8, 0, 8))
        place.set(xticks=[], yticks=[])
        place.axis("on")
        place.spines[:].set(visible=True, color="#cccccc")
        place.set_xlabel(f"a {labels[number]}, read as {guesses[number]}", fontsize=9)
    save(figure, folder, "05_digits_mistakes.png")


def main():
    chosen = options(__doc__, __file__, steps=1500, quick=400)
    data = load()
    trained = {name: train(name, data, chosen.steps, chosen.seed) for name in MODELS}
    draw_curves(trained, chosen.out)
    draw_mistakes(trained["convolutional"][1], data, chosen.out)
    finals = {}
    for name, (curves, _) in trained.items():
        short = name.split()[0]
        finals |= {f"{short}_first": curves[0][1], f"{short}_last": curves[-1][1], f"{short}_accuracy": curves[-1][2]}
    result(**finals)


if __name__ == "__main__":
    main()
