"""Run the golden cases under real TensorFlow 1.15.5 and write tests/golden/.

/work/tf115/bin/python tools/golden/record.py                  every family
/work/tf115/bin/python tools/golden/record.py arrays streams     these
... --out FOLDER --vary SEED                                   other fed floats, for the live comparison
... --dry                                                      run and report, write nothing
"""

import argparse
import os
import pathlib
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[0] = str(ROOT)  # not tools/golden, whose module names would be top-level ones
warnings.simplefilter("ignore")

import tensorflow as tf  # noqa: E402  (its import prints unless the environment above is set first)

from tools.golden import store  # noqa: E402
from tools.golden.case import load  # noqa: E402
from tools.golden.replay import replay  # noqa: E402

SIMPLE_ATTRIBUTES = {"s", "i", "f", "b", "type", "shape"}


def attribute_names(op, index):
    """The attributes worth comparing: scalars and lists of them, the device and an explicit colocation."""
    names = []
    for name, value in op.node_def.attr.items():
        kind = value.WhichOneof("value")
        listed = kind == "list" and not value.list.func and not value.list.tensor
        if (kind in SIMPLE_ATTRIBUTES or listed) and not name.startswith("_") and name != "token":
            names.append(name)
    if "_class" in op.node_def.attr:
        names.append("@class")
    if op.device:
        names.append("@device")
    return sorted(names)


def one_thread_session():
    """A session that adds up in one order, so that recording twice gives the same bits."""
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    return tf.Session(config=config)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "tests" / "golden")
    parser.add_argument("--vary", type=int, default=None)
    parser.add_argument("--dry", action="store_true")
    options = parser.parse_args()
    if not tf.__version__.startswith("1.15."):
        sys.exit("record.py: the oracle is TensorFlow 1.15, this is %s" % tf.__version__)
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)

    families, wrong = {}, 0
    for name, case in load(options.families).items():
        if options.vary is not None and case.raises:
            continue
        record = replay(case, tf, attribute_names, options.vary, one_thread_session)
        if options.vary is not None and record["error"]:
            print("not comparable, %s raised %s" % (name, record["error"]["class"]))
            continue
        if (record["error"] is not None) != case.raises:
            wrong += 1
            print("WRONG %s: %s" % (name, record["error"]["trace"] if record["error"] else "did not raise"))
        families.setdefault(case.family, {})[name] = record
    for family, records in sorted(families.items()):
        if not options.dry and not wrong:
            store.write(options.out, family, records)
        print("%-16s %5d cases %7d nodes" % (family, len(records), sum(len(r["nodes"]) for r in records.values())))
    if wrong:
        sys.exit("record.py: %d cases do not do under TensorFlow 1.15 what they say; nothing written" % wrong)


if __name__ == "__main__":
    main()
