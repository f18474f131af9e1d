"""tf.logging: the logger "tensorflow", with TensorFlow's levels and its lines on standard error.

Lines look as TensorFlow's do: ``INFO:tensorflow:step 10``. As in TensorFlow 1.15, a handler is added only if the root
logger has none when the first line is logged, and lines are passed on to the root logger: under ``tf.app.run`` absl
prints them a second time, with the time and the line.
"""

from __future__ import annotations

import collections
import functools
import logging
import sys
import threading
from typing import Any

from graphrt.export import export_values
from graphrt.opdef import export
from graphrt.source import user_line

DEBUG = logging.DEBUG
INFO = logging.INFO
WARN = logging.WARNING
ERROR = logging.ERROR
FATAL = logging.FATAL

export_values(__name__, {f"logging.{name}": name for name in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")})

_lock = threading.RLock()
_calls: collections.Counter[Any] = collections.Counter()


@export("get_logger")
@functools.cache
def get_logger() -> logging.Logger:
    """The logger that all of tf.logging writes to.

    >>> import graphrt as tf
    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if not logging.getLogger().handlers:
        interactive = bool(getattr(sys, "ps1", sys.flags.interactive))
        handler = logging.StreamHandler(sys.stdout if interactive else sys.stderr)
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        logger.addHandler(handler)
        if interactive:
            logger.setLevel(logging.INFO)
    return logger


@export("logging.log", "logging.vlog")
def log(level, msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at ``level`` (a number: ``tf.logging.INFO``).

    >>> import graphrt as tf
    >>> tf.logging.log(tf.logging.DEBUG, "the loss is %.2f", 0.5)  # not shown: only warnings and worse are
    """
    get_logger().log(level, msg, *args, stacklevel=2, **kwargs)


@export("logging.debug")
def debug(msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at level DEBUG."""
    get_logger().debug(msg, *args, stacklevel=2, **kwargs)


@export("logging.info")
def info(msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at level INFO, which is shown after ``tf.logging.set_verbosity(tf.logging.INFO)``."""
    get_logger().info(msg, *args, stacklevel=2, **kwargs)


@export("logging.warn", "logging.warning")
def warning(msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at level WARN."""
    get_logger().warning(msg, *args, stacklevel=2, **kwargs)


@export("logging.error")
def error(msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at level ERROR."""
    get_logger().error(msg, *args, stacklevel=2, **kwargs)


@export("logging.fatal")
def fatal(msg, *args, **kwargs) -> None:
    """Logs ``msg % args`` at level FATAL; the program goes on."""
    get_logger().fatal(msg, *args, stacklevel=2, **kwargs)


@export("logging.TaskLevelStatusMessage")
def task_level_status_message(msg) -> None:
    """Logs ``msg`` at level ERROR."""
    get_logger().error(msg, stacklevel=2)


@export("logging.log_every_n")
def log_every_n(level, msg, n, *args) -> None:
    """Logs the first, the (n+1)th, ... of the calls that the line of code makes."""
    if _calls_before() % n == 0:
        get_logger().log(level, msg, *args, stacklevel=2)


@export("logging.log_first_n")
def log_first_n(level, msg, n, *args) -> None:
    """Logs the first ``n`` of the calls that the line of code makes."""
    if _calls_before() < n:
        get_logger().log(level, msg, *args, stacklevel=2)


@export("logging.log_if")
def log_if(level, msg, condition, *args) -> None:
    """Logs ``msg % args`` at ``level`` if ``condition`` is true."""
    if condition:
        get_logger().log(level, msg, *args, stacklevel=2)


def _calls_before() -> int:
    """How often the user's line has logged before."""
    line = user_line()
    with _lock:
        _calls[line] += 1
        return _calls[line] - 1


@export("logging.flush")
def flush() -> None:
    """Flushes the handlers of the logger."""
    for handler in get_logger().handlers:
        handler.flush()


@export("logging.get_verbosity")
def get_verbosity() -> int:
    """The least level that is logged."""
    return get_logger().getEffectiveLevel()


@export("logging.set_verbosity")
def set_verbosity(v) -> None:
    """Logs only what is of level ``v`` or worse: ``tf.logging.DEBUG``, INFO, WARN (the default), ERROR or FATAL."""
    get_logger().setLevel(v)
