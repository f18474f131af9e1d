"""TensorFlow 1.15's answers: reads descriptions from stdin, one a line, and writes what their runs gave to stdout.

python3.7 -m tools.fuzz.oracle     (started by ``tiers.py --tf115``; graph rewriting is off: order is what counts)
"""

from __future__ import annotations

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

from tools.fuzz.build import Built


def session(tf):
    from tensorflow.core.protobuf import rewriter_config_pb2

    config = tf.ConfigProto()
    config.graph_options.optimizer_options.opt_level = -1
    rewrites = config.graph_options.rewrite_options
    rewrites.disable_meta_optimizer = True
    rewrites.constant_folding = rewriter_config_pb2.RewriterConfig.OFF
    return tf.Session(config=config)


def plain(value):
    """A value as JSON can hold it: with its type and shape."""
    if value is None:
        return None
    array = np.asarray(value)
    return [str(array.dtype), list(array.shape), array.ravel().tolist()]


def answer(tf, description):
    """For each run its values, and those of all variables after it."""
    with tf.Graph().as_default():
        built = Built(tf, description)
        start = tf.global_variables_initializer()
        with session(tf) as sess:
            sess.run(start)
            answers = []
            for run in description["runs"]:
                values = [plain(value) for value in sess.run(built.fetches(run), built.feeds(run))]
                answers.append([values, [plain(value) for value in sess.run(built.variables)]])
            return answers


def main():
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.ERROR)
    for line in sys.stdin:
        try:
            result = {"runs": answer(tf, json.loads(line))}
        except Exception as error:
            result = {"error": "%s: %s" % (type(error).__name__, str(error)[:300])}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
