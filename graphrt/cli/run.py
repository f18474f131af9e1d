"""`graphrt run`: a TF1 script or notebook, unchanged."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from graphrt.cli import aliases, figures
from graphrt.cli.script import run_file
from graphrt.cli.tracebacks import print_exception

INTERRUPTED = 130


def run(options: Namespace) -> int:
    """Run the file with `tensorflow` meaning graphrt; returns the exit status, SystemExit passes through."""
    path = Path(options.script)
    if not path.is_file():
        print(f"graphrt: can't open file {options.script!r}: no such file", file=sys.stderr)
        return 2
    aliases.install()
    figures.choose_backend(path.stem)
    try:
        run_file(path, options.args)
    except KeyboardInterrupt as error:
        print_exception(error, full=options.full_traceback)
        return INTERRUPTED
    except Exception as error:
        print_exception(error, full=options.full_traceback)
        return 1
    return 0
