"""What the examples share: the options of the command line, lines of progress, the look of the figures."""

import argparse
import json
import time
from pathlib import Path

import matplotlib.pyplot as plt
from cycler import cycler

# Okabe and Ito's colours: they stay apart for all common kinds of colour blindness, and in grey.
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK = (
    "#0072B2 #D55E00 #009E73 #E69F00 #CC79A7 #56B4E9 #222222".split()
)  # fmt: skip

STYLE = {
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.labelcolor": "#333333",
    "axes.prop_cycle": cycler(color=[BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,
    "font.size": 10,
    "grid.alpha": 0.5,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
    "savefig.dpi": 110,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}


def options(description, script, steps=None, quick=None):
    """Reads the command line: --out FOLDER, --seed N and, where a script trains, --steps N and --quick."""
    parser = argparse.ArgumentParser(description=description.strip().splitlines()[0])
    folder = Path(script).resolve().parent
    parser.add_argument("--out", type=Path, default=folder, metavar="FOLDER", help="where pictures go (here)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, batches and masks (0)")
    if steps is not None:
        parser.add_argument("--steps", type=int, default=steps, help=f"training steps ({steps})")
        parser.add_argument("--quick", action="store_true", help=f"only {quick} steps, to see that it works")
    chosen = parser.parse_args()
    if steps is not None and chosen.quick:
        chosen.steps = quick
    chosen.out.mkdir(parents=True, exist_ok=True)
    plt.style.use(STYLE)
    return chosen


class Progress:
    """Prints a line about ten times during a training: the step, the numbers given, and the time so far."""

    def __init__(self, title, steps):
        self.steps, self.started = steps, time.perf_counter()
        self.every = max(1, steps // 10)
        print(f"\n{title}")

    def __call__(self, step, **numbers):
        if step % self.every and step != self.steps:
            return
        seconds = time.perf_counter() - self.started
        values = "   ".join(f"{name} {value:8.4f}" for name, value in numbers.items())
        print(f"  step {step:6d} of {self.steps}   {values}   {seconds:6.2f} s")


def save(figure, folder, name):
    """Writes a figure as PNG and says where it is."""
    path = folder / name
    figure.savefig(path)
    plt.close(figure)
    print(f"\nwrote {path}")


def result(**numbers):
    """The last line of an example: its final numbers as JSON, for programs (our tests) to read."""
    print("result", json.dumps({name: round(float(value), 6) for name, value in numbers.items()}))
