"""Six optimizers on one surface: where each goes in its first hundred steps.

The surface is Beale's function: a long curved valley between steep walls, flat near its bottom at (3, 0.5). Plain
gradient descent must be slow, or the walls throw it out. Momentum remembers where it was going, and overshoots;
Nesterov looks ahead before it decides. Adagrad, RMSProp and Adam give each coordinate a step of its own size.

All six stand in one graph, each with its own pair of variables, and one `sess.run` moves them all.

    python examples/04_optimizer_paths.py            # a second; leaves examples/04_optimizer_paths.png
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from showing import BLACK, BLUE, GREEN, ORANGE, SKY, VERMILION, Progress, options, result, save

import graphrt as tf

START, BOTTOM = (0.8, 1.6), (3.0, 0.5)
OPTIMIZERS = {
    "gradient descent": (lambda: tf.train.GradientDescentOptimizer(0.01), BLACK),
    "momentum": (lambda: tf.train.MomentumOptimizer(0.005, momentum=0.9), BLUE),
    "Nesterov": (lambda: tf.train.MomentumOptimizer(0.005, momentum=0.9, use_nesterov=True), SKY),
    "Adagrad": (lambda: tf.train.AdagradOptimizer(0.4), ORANGE),
    "RMSProp": (lambda: tf.train.RMSPropOptimizer(0.1), VERMILION),
    "Adam": (lambda: tf.train.AdamOptimizer(0.2), GREEN),
}


def beale(x, y):
    """Beale's function, for tensors and for NumPy arrays alike: zero at (3, 0.5), nowhere below."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def build():
    """One walker an optimizer: {name: (its point, its height, its step)}."""
    walkers = {}
    for name, (make, _) in OPTIMIZERS.items():
        with tf.variable_scope(name.replace(" ", "_")):
            x = tf.get_variable("x", initializer=START[0])
            y = tf.get_variable("y", initializer=START[1])
            height = beale(x, y)
            walkers[name] = (x, y), height, make().minimize(height)
    return walkers


def walk(steps):
    """All walkers' paths, {name: float array [steps + 1, 3] of x, y and height}."""
    walkers = build()
    where = {name: (*point, height) for name, (point, height, _) in walkers.items()}
    moves = [step for _, _, step in walkers.values()]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        seen = [sess.run(where)]
        progress = Progress("heights", steps)
        for step in range(1, steps + 1):
            sess.run(moves)
            seen.append(sess.run(where))
            progress(step, **{name.split()[-1]: values[2] for name, values in seen[-1].items()})
    return {name: np.array([moment[name] for moment in seen]) for name in walkers}


def draw_paths(axes, paths):
    """The contours of the surface, the paths, and where each ends."""
    across, up = np.meshgrid(np.linspace(-2, 4, 400), np.linspace(-3, 2.2, 400))
    surface = beale(across, up)
    levels = np.geomspace(0.01, 3e4, 25)
    axes.contourf(across, up, surface, levels=levels, norm=LogNorm(), cmap="Greys", alpha=0.35, extend="both")
    axes.contour(across, up, surface, levels=levels, colors="white", linewidths=0.8)
    for name, path in paths.items():
        color = OPTIMIZERS[name][1]
        axes.plot(path[:, 0], path[:, 1], color=color, linewidth=1.8, label=name)
        axes.plot(*path[-1, :2], "o", color=color, markeredgecolor="white", markersize=8, zorder=5)
    axes.plot(*START, "o", color="white", markeredgecolor=BLACK, markersize=8, zorder=6)
    axes.plot(*BOTTOM, "*", color="white", markeredgecolor=BLACK, markersize=16, zorder=6)
    axes.grid(False)


def draw(paths, folder):
    """Left: the paths on the surface, their last part larger. Right: the height at each step."""
    figure, (plane, heights) = plt.subplots(1, 2, figsize=(11, 5.4), width_ratios=(1.25, 1))
    draw_paths(plane, paths)
    plane.annotate("start", START, (-12, 8), textcoords="offset points", ha="right", weight="bold")
    plane.set(title="Six paths over Beale's function", xlabel="x", ylabel="y", xlim=(-2, 4), ylim=(-3, 2.2))
    closer = plane.inset_axes((0.54, 0.05, 0.44, 0.31), xlim=(2.15, 3.45), ylim=(0.1, 0.72), xticks=[], yticks=[])
    draw_paths(closer, paths)
    closer.spines[:].set_visible(True)
    plane.indicate_inset_zoom(closer, edgecolor="#666666")
    for name, path in paths.items():
        heights.semilogy(path[:, 2], color=OPTIMIZERS[name][1], linewidth=1.8, label=name)
    heights.set(title="How low each has come", xlabel="step", ylabel="height")
    heights.legend(loc="lower left")
    save(figure, folder, "04_optimizer_paths.png")


def main():
    chosen = options(__doc__, __file__, steps=100, quick=30)
    paths = walk(chosen.steps)
    draw(paths, chosen.out)
    names = {name: name.lower().replace(" ", "_") for name in paths}
    result(first=beale(*START), **{f"{names[name]}_last": path[-1, 2] for name, path in paths.items()})


if __name__ == "__main__":
    main()
