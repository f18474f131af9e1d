"""tf.app.run: the program around a script's main function."""

from __future__ import annotations

import sys
from typing import Any

from graphrt.opdef import export
from graphrt_ops.library.platform.logging import get_logger


@export("app.run")
def run(main=None, argv=None) -> None:
    """Reads the flags, calls ``main`` with what the command line leaves over, and ends the program with its result.

    Flags that nobody has defined are left over, too. ``--help`` prints all flags.

    Args:
      main: a function of one argument, the list of remaining words; None for ``main`` of the script.
      argv: the command line; None for ``sys.argv``.
    """
    from absl import app  # absl's flags and logging are costly to import

    get_logger()  # before absl's own handler, which would keep TensorFlow's away
    app.run(main or sys.modules["__main__"].main, argv=argv, flags_parser=_known_flags)  # type: ignore[attr-defined]


def _known_flags(argv: list[str]) -> Any:
    from graphrt_ops.library.platform.flags import FLAGS

    return FLAGS(argv, known_only=True)
