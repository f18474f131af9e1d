"""What `import tensorflow` finds in processes that a script under `graphrt run` has started with multiprocessing.

Such a process has the sys.path of the one that started it, in which this folder comes early, but not its import hook.
"""

import importlib
import sys

from graphrt.cli import aliases

del sys.modules["tensorflow"]
aliases.install()
importlib.import_module("tensorflow")  # python takes what stands in sys.modules afterwards
