"""How far graphrt is: per family how many golden comparisons hold, and what stands in the way most often.

python tools/golden/score.py                    every family
python tools/golden/score.py arrays streams     these
python tools/golden/score.py arrays --list      ... with every case that differs and its first difference
python tools/golden/score.py arrays --case slice    ... only cases whose name contains it, with all differences
"""

import argparse
import collections
import pathlib
import re
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # not tools/golden, whose module names would be top-level ones

import graphrt as tf  # noqa: E402  (found from ROOT)
from tools.golden import compare, store  # noqa: E402
from tools.golden.case import load  # noqa: E402
from tools.golden.exceptions import Exceptions  # noqa: E402
from tools.golden.replay import replay_like  # noqa: E402


def reason(line):
    """A difference without its particulars, so that equal reasons add up."""
    line = line.split("\n")[0]
    named = re.search(r"has no attribute '[^']*'|unexpected keyword argument '[^']*'|NotImplemented\w*: .{0,60}", line)
    if named:
        return named.group(0)
    return re.sub(r"\d+", "#", re.sub(r"\([^)]*\)|'[^']*'", "", line))[:90]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--case", default="")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    reasons, totals = collections.Counter(), collections.defaultdict(collections.Counter)
    golden, exceptions = {}, Exceptions()
    for name, case in sorted(load(options.families).items()):
        if options.case not in name:
            continue
        if case.family not in golden:
            golden[case.family] = store.read(ROOT / "tests" / "golden", case.family)
        expected = golden[case.family].get(name)
        if expected is None:
            print("not recorded:", name)
            continue
        actual, listed = replay_like(expected, case, tf), set()
        for check in compare.checks_of(expected):
            found = compare.differences(expected, actual, check, case.tolerance)
            if exceptions.find(name, check):
                found = [] if found else ["no longer differs, remove the entry of exceptions.toml"]
            totals[case.family][check] += 1
            totals[case.family][check + " ok"] += not found
            if found:
                reasons[reason(found[0])] += 1
                if options.case and found[0] not in listed:
                    listed.add(found[0])
                    print("%s %s:\n  %s" % (name, check, "\n  ".join(found)))
                elif options.list and found[0] not in listed:
                    listed.add(found[0])  # a case that raised differs in the same way in every check
                    print("%s %s: %s" % (name, check, found[0].split("\n")[0][:200]))

    for family, counts in sorted(totals.items()):
        cells = [
            "%s %d/%d" % (check, counts[check + " ok"], counts[check]) for check in compare.CHECKS if counts[check]
        ]
        print("%-18s %s" % (family, "   ".join(cells)))
    print("\nthe first difference, most frequent first:")
    for text, count in reasons.most_common(40):
        print("%6d  %s" % (count, text))


if __name__ == "__main__":
    main()
