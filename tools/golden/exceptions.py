"""tests/golden/exceptions.toml: where graphrt may differ from TensorFlow 1.15.5, each entry with its reason."""

import fnmatch
import pathlib
import sys

from . import compare

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PATH = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "exceptions.toml"


class Exceptions:
    """The entries; `find` gives the one that allows a case to differ in a check ("all" stands for every check)."""

    def __init__(self, path=PATH):
        self.entries = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
        for entry in self.entries:
            if set(entry) != {"case", "check", "reason"} or not entry["reason"].strip():
                raise ValueError("%s: an exception has case, check and reason: %s" % (path, entry))
            if entry["check"] not in (*compare.CHECKS, "all"):
                raise ValueError("%s: check must be one of %s or all: %s" % (path, compare.CHECKS, entry))

    def find(self, name, check):
        """The entry for this case and check, or None."""
        for entry in self.entries:
            if entry["check"] in (check, "all") and _matches(name, entry["case"]):
                return entry
        return None


def _matches(name, pattern):
    return name == pattern or fnmatch.fnmatchcase(name, pattern)
