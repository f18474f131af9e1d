"""The command line: what the subcommands are and what they take. Each one's work is imported when it is asked for."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
from collections.abc import Callable, Sequence

_RUN = """\
Run a TensorFlow 1 script or notebook, unchanged: `import tensorflow as tf` gives graphrt.

Where there is no display, figures that the script shows are saved as PNG files in the current directory
(SCRIPT-figure-1.png ...). Exit status, signals, sys.argv and __main__ are as with python itself.

Cells of notebooks behave as in Jupyter: figures are shown at the end of each cell, the last value is printed, ! and
magics that run code run it (%time %timeit %prun %run %env %cd %%capture %%bash %%writefile ...). Other magics, and
commands that would install packages, are left out, which is said.
"""
_VIEW = """\
Run a script without training and write the picture of the graph that it builds.

Runs that train are skipped: fetched operations give None as always, fetched values are computed without the update.
The script is stopped where a value cannot be had without training, or after --limit seconds; whatever graph there is
then is drawn. Python code is stopped at once; a script that catches everything, or waits in a call that cannot be
interrupted, or has threads that go on, ends with the process 3 seconds later (finally blocks and atexit functions do
not run then); 30 seconds later, and without a picture, if it is in a call that lets no other thread run. --full trains,
as long as it takes. Several graphs give several files (graph.svg, graph-2.svg). Arguments for the script
follow after two dashes: graphrt view script.py -o graph.html -- --epochs 3
"""


def _seconds(text: str) -> float:
    """A time greater than 0 (which not-a-number is not)."""
    with contextlib.suppress(ValueError):
        if float(text) > 0:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a number of seconds greater than 0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (None: the process's own); returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    script_args: list[str] = []
    if words[:1] == ["run"]:
        # All that follows the script is the script's, even two dashes.
        at = next((i for i, word in enumerate(words) if i and (word == "-" or not word.startswith("-"))), len(words))
        words, script_args = words[: at + 1], words[at + 1 :]
    if words[:1] == ["view"] and "--" in words:
        # The script's arguments cannot be told from our own options, which may stand after the script's name.
        split = words.index("--")
        words, script_args = words[:split], words[split + 1 :]
    options = _parser().parse_args(words)
    options.args = script_args
    module = importlib.import_module(f"graphrt.cli.{options.command}")
    command: Callable[[argparse.Namespace], int] = getattr(module, options.command)
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="graphrt", description="TensorFlow 1 scripts on NumPy and CuPy.")
    parser.add_argument("--version", action="version", version=f"graphrt {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run | view")
    keep = argparse.RawDescriptionHelpFormatter
    run = commands.add_parser(
        "run",
        help="run a TF1 script or notebook unchanged",
        description=_RUN,
        formatter_class=keep,
        usage="graphrt run [-h] [--full-traceback] script [arguments of the script]",
    )
    view = commands.add_parser("view", help="draw the graph of a script", description=_VIEW, formatter_class=keep)
    for command in (run, view):
        command.add_argument(
            "--full-traceback", action="store_true", help="show the frames inside graphrt in tracebacks, too"
        )
    view.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="graph.svg, .html, .png (pip install 'graphrt[png]'), .pdf (the program 'dot'), .dot, .gv or .graphml",
    )
    view.add_argument(
        "--expand",
        choices=("auto", "none", "scopes", "all"),
        default="auto",
        help="which scopes are drawn open: what fits (auto), none, all but gradients and variables (scopes), all",
    )
    view.add_argument(
        "--layout",
        choices=("own", "dot"),
        default="own",
        help="who lays out .svg and .png: graphrt, or the program 'dot'",
    )
    view.add_argument("--full", action="store_true", help="run the script as it is, training included")
    view.add_argument(
        "--limit",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="stop the script after this time (default: 30; not with --full)",
    )
    for command in (run, view):
        command.add_argument("script", help="a .py or .ipynb file, a folder or zip file with a __main__.py, or -")
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("graphrt")
    except PackageNotFoundError:
        return "(not installed)"
