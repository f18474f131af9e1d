"""`graphrt run`: a TF1 script or notebook, unchanged."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from graphrt.cli import aliases, figures
from graphrt.cli.script import ScriptError, open_script
from graphrt.cli.uncaught import ended_by


def run(options: Namespace) -> int:
    """Run the file with `tensorflow` meaning graphrt; returns the exit status, SystemExit passes through."""
    try:
        script = open_script(options.script)
    except ScriptError as error:
        print(f"graphrt: {error}", file=sys.stderr)
        return error.status
    aliases.install()
    figures.choose_backend(Path(options.script).stem if options.script != "-" else "stdin")
    try:
        script.run(options.args)
    except SystemExit:
        raise
    except BaseException as error:
        return ended_by(error, full=options.full_traceback)
    return 0
