"""Builds a described graph with graphrt, or with TensorFlow 1.15 (so this runs under Python 3.7, too).

A description is plain data, as JSON can hold it:

    {"dtype": "float32", "variables": [{"shape", "initial", "dtype"}], "nodes": [node...], "runs": [run...]}

    node  {"id", "op", "in": [ids], "attrs", "control": [ids]}; ids grow in the order of building
          a write has "variable", and "on" where it writes through what another write hands on
          "cond" has "branches": [nodes and "out" of the true one, of the false one]; its input is the predicate
          "apply" has "variables": an optimizer's step with its inputs as gradients; with the attribute "rows" the
          last input says of which rows
          "gradient" is that of its first input's sum, with respect to its second input or its "variable"
    run   {"fetches": [[what, number]...], "feeds": {id: value}, "layout": how the fed arrays lie in memory},
          what: "value", "operation" or "variable"
"""

from __future__ import annotations

import numpy as np

from tools.fuzz.operations import NO_REFERENCE, VALUES, WRITES, laid_out, optimizer


class Built:
    """The nodes of a described graph, in the default graph of ``tf``."""

    def __init__(self, tf, description):
        self.tf = tf
        self.description = description
        self.objects = {}
        self.nodes = {}
        self.variables = [
            tf.Variable(np.array(v["initial"], v["dtype"]).reshape(v["shape"]), name="v%d" % i)
            for i, v in enumerate(description["variables"])
        ]
        self._nodes(description["nodes"])

    def fetches(self, run):
        """What ``Session.run`` is to fetch."""
        return [self._fetched(what, number) for what, number in run["fetches"]]

    def feeds(self, run):
        """The feed_dict of a run."""
        return {
            self.objects[int(key)]: laid_out(
                np.reshape(np.array(value, self.nodes[int(key)]["dtype"]), self.nodes[int(key)]["shape"]),
                run["layout"],
            )
            for key, value in run["feeds"].items()
        }

    def _fetched(self, what, number):
        if what == "variable":
            return self.variables[number]
        made = self.objects[number]
        return made if what == "value" else getattr(made, "op", made)

    def _nodes(self, nodes):
        for node in nodes:
            control = [self.objects[i] for i in node["control"]]
            if control:
                with self.tf.control_dependencies(control):
                    self.objects[node["id"]] = self._made(node)
            else:
                self.objects[node["id"]] = self._made(node)
            self.nodes[node["id"]] = node

    def _made(self, node):
        kind = node["op"]
        inputs = [self.objects[i] for i in node["in"]]
        if kind in VALUES:
            return VALUES[kind].build(self.tf, inputs, node["attrs"])
        if kind in WRITES:
            on = node.get("on")
            reference = self.variables[node["variable"]] if on is None else self.objects[on]
            assert on is None or kind not in NO_REFERENCE
            return WRITES[kind].build(self.tf, reference, inputs, node["attrs"])
        return getattr(self, "_" + kind)(node, inputs)

    # -- leaves --------------------------------------------------------------------------------------------------------

    def _constant(self, node, inputs):
        return self.tf.constant(
            np.array(node["attrs"]["value"], node["attrs"]["dtype"]).reshape(node["attrs"]["shape"])
        )

    def _placeholder(self, node, inputs):
        attrs = node["attrs"]
        return self.tf.placeholder(attrs["dtype"], attrs.get("declared", attrs["shape"]))

    def _read(self, node, inputs):
        return self.variables[node["variable"]].value()

    def _read_value(self, node, inputs):
        return self.variables[node["variable"]].read_value()

    def _identity(self, node, inputs):
        return self.tf.identity(inputs[0])

    def _taken(self, node, inputs):
        """A row by an index that is a value of the graph: it fails where the index is out of range."""
        return self.tf.gather(inputs[0], inputs[1])

    def _draw(self, node, inputs):
        drawn = self.tf.random_uniform(node["attrs"]["shape"], 0, 8, self.tf.int32, seed=node["attrs"]["seed"])
        return self.tf.cast(drawn, self.description["dtype"])

    def _assert(self, node, inputs):
        holds = self.tf.less(self.tf.reduce_sum(inputs[0]), node["attrs"]["number"])
        return self.tf.Assert(holds, [inputs[0]])

    def _count_up_to(self, node, inputs):
        counted = self.tf.count_up_to(self.variables[node["variable"]], 10**6)
        return self.tf.cast(counted, self.description["dtype"])

    def _random(self, node, inputs):
        shape, seed = node["attrs"]["shape"], node["attrs"]["seed"]
        return self.tf.random_uniform(shape, seed=seed, dtype=self.description["dtype"])

    def _gradient(self, node, inputs):
        """Of the sum of the first input: with respect to the second, or to a variable."""
        x = self.variables[node["variable"]] if "variable" in node else inputs[1]
        return self.tf.convert_to_tensor(self.tf.gradients(inputs[0], x, unconnected_gradients="zero")[0])

    def _less(self, node, inputs):
        return self.tf.less(self.tf.reduce_sum(inputs[0]), node["attrs"]["number"])

    def _logical_not(self, node, inputs):
        return self.tf.logical_not(inputs[0])

    # -- more than values ----------------------------------------------------------------------------------------------

    def _cond(self, node, inputs):
        def branch(number):
            self._nodes(node["branches"][number]["nodes"])
            return self.objects[node["branches"][number]["out"]]

        return self.tf.cond(inputs[0], lambda: branch(0), lambda: branch(1))

    def _apply(self, node, inputs):
        variables = [self.variables[i] for i in node["variables"]]
        gradients = inputs
        if node["attrs"].get("rows"):
            *whole, rows = inputs
            gradients = [self.tf.IndexedSlices(self.tf.gather(one, rows), rows) for one in whole]
        return optimizer(self.tf, node["attrs"]["kind"]).apply_gradients(list(zip(gradients, variables)))
