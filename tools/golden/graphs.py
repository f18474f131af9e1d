"""GraphDefs between TensorFlow 1.15.5 and graphrt. Runs under TensorFlow's Python.

/work/tf115/bin/python tools/golden/graphs.py record            writes tests/golden/formats/graphs.tar.xz: one GraphDef
                                                                for each golden case that graphrt's tests import
/work/tf115/bin/python tools/golden/graphs.py run FOLDER        imports each FOLDER/NAME.pb, runs what NAME.json asks
                                                                for with the feeds of NAME.npz, writes NAME.out.npz
"""

import io
import json
import os
import pathlib
import sys
import tarfile
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[0] = str(ROOT)  # not tools/golden, whose module names would be top-level ones
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402

from tools.golden.case import load  # noqa: E402

ARCHIVE = ROOT / "tests" / "golden" / "formats" / "graphs.tar.xz"


def record(tf):
    """All cases that do not raise; the entries have no dates, so that recording again gives the same file."""
    with tarfile.open(str(ARCHIVE), "w:xz", preset=9) as archive:
        for name, case in sorted(load().items()):
            if case.raises:
                continue
            with tf.Graph().as_default() as graph:
                case.function(tf, np)
                data = graph.as_graph_def().SerializeToString(deterministic=True)
            entry = tarfile.TarInfo(name + ".pb")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    print("%s: %d bytes" % (ARCHIVE, ARCHIVE.stat().st_size))


def run(tf, folder):
    """Each NAME.json is a list of {"init": [operations], "fetches": [names], "feeds": {tensor: key in the npz}}."""
    for path in sorted(folder.glob("*.pb")):
        graph_def = tf.GraphDef.FromString(path.read_bytes())
        arrays = np.load(str(path.with_suffix(".npz")), allow_pickle=True)
        values = {}
        with tf.Graph().as_default():
            try:
                tf.import_graph_def(graph_def, name="")
                with one_thread_session(tf) as session:
                    for i, step in enumerate(json.loads(path.with_suffix(".json").read_text())):
                        for name in step["init"]:
                            session.run(tf.get_default_graph().get_operation_by_name(name))
                        feeds = {name: arrays[key] for name, key in step["feeds"].items()}
                        for name, value in zip(step["fetches"], session.run(step["fetches"], feeds)):
                            values["%d %s" % (i, name)] = value
            except Exception as error:
                values = {"error": np.array("%s: %s" % (type(error).__name__, error))}
        np.savez(str(path.with_suffix(".out.npz")), **values)


def one_thread_session(tf):
    """As tools/golden/record.py: sums are added up in one order, so that the values are the recorded ones."""
    return tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))


def main():
    import tensorflow as tf

    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    if sys.argv[1:] == ["record"]:
        record(tf)
    elif len(sys.argv) == 3 and sys.argv[1] == "run":
        run(tf, pathlib.Path(sys.argv[2]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
