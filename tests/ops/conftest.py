"""While the ops are tested, every kernel is watched: what it returns must be its own, unless its OpDef says otherwise.

Plans rely on it: they write into arrays that a kernel has made, and give them to the caller.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

from graphrt.opdef.opdef import OpDef


@pytest.fixture(autouse=True, scope="module")
def watched_kernels():
    original = OpDef.bind

    def bind(self, op, xp, state):
        kernel = original(self, op, xp, state)

        @functools.wraps(kernel)
        def watched(*arguments, **keywords):
            results = kernel(*arguments, **keywords)
            _check(self, arguments, results, keywords.get("out"))
            return results

        return watched

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpDef, "bind", bind)
        yield


def _check(opdef, arguments, results, out) -> None:
    inputs = [value for given in arguments for value in (given if isinstance(given, (tuple, list)) else [given])]
    inputs = [value for value in inputs if isinstance(value, np.ndarray) and value is not out]
    outputs = list(results) if isinstance(results, (tuple, list)) else [results]
    is_list = bool(opdef.outputs) and opdef.outputs[0].is_list
    own = [
        (i, value)
        for i, value in enumerate(outputs)
        if isinstance(value, np.ndarray) and value.size and not (opdef.aliases is not None and (i == 0 or is_list))
    ]
    for i, value in own:
        assert not any(np.may_share_memory(value, other) for other in inputs), (
            f"output {i} of {opdef.type} is a view of an input; declare OpDef(aliases=...) or copy"
        )
        assert not any(np.may_share_memory(value, other) for j, other in own if j > i), (
            f"output {i} of {opdef.type} shares its memory with another output"
        )
        assert value.flags.writeable or not (opdef.fresh and not opdef.role), f"{opdef.type}: output {i} is read-only"
