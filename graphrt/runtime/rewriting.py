"""Which rewrites a session does: TF1's switches (``graph_options``) as options of plans.

TensorFlow's rewriters are other ones than ours. A switch turns off what here does the job of its rewriter:

| switch, where OFF | left out |
|---|---|
| ``constant_folding`` | FoldConstants, HoistInvariants |
| ``arithmetic_optimization`` | MergeEqual and the rules of algebra, but for those about shapes and fusions |
| ``shape_optimization`` | RefineShapes and the rules about shapes |
| ``dependency_optimization`` | SinkControls, RemoveIdentities |
| ``loop_optimization`` | ResolveConditions (TensorFlow's loop optimizer is what removes branches that never run) |
| ``remapping`` | the rules that make one op of several |
| ``scoped_allocator_optimization`` | FuseUpdates: many variables side by side, updated as one |

``arithmetic_optimization = AGGRESSIVE`` also lets rules change how results are rounded.
"""

from __future__ import annotations

import os
from typing import Any

from graphrt.errors import InvalidArgumentError
from graphrt.passes.key import PlanOptions

_PASSES = {
    "constant_folding": ("FoldConstants", "HoistInvariants"),
    "arithmetic_optimization": ("MergeEqual",),
    "shape_optimization": ("RefineShapes",),
    "dependency_optimization": ("SinkControls", "RemoveIdentities"),
    "loop_optimization": ("ResolveConditions",),
    "scoped_allocator_optimization": ("FuseUpdates",),
}
_RULES = {
    "arithmetic_optimization": (
        "stabilizing gradients arithmetic powers casts transposes broadcasts sums".split()  # the families' names
    ),
    "shape_optimization": ["shapes"],
    "remapping": ["fusions"],
}
_EVERY_PASS = frozenset(name for names in _PASSES.values() for name in names) | {"Rules"}
_NATIVE = {0: "auto", -1: "off", 1: "on", 2: "on"}  # GlobalJitLevel: DEFAULT, OFF, ON_1, ON_2
_VERIFY: dict[str, bool | str] = {"": False, "0": False, "1": True, "compare": "compare"}


def plan_options(config: Any = None) -> PlanOptions:
    """The options of the plans of a session with this ConfigProto (or None), and with the environment as it is.

    GRAPHRT_VERIFY=1 checks that programs are well formed after each pass, GRAPHRT_VERIFY=compare that every tensor has
    the value that it has without the passes.
    """
    verify = os.environ.get("GRAPHRT_VERIFY", "")
    if verify not in _VERIFY:
        raise InvalidArgumentError(None, None, f"GRAPHRT_VERIFY={verify!r}: expected one of {sorted(_VERIFY)}")
    if config is None:
        return PlanOptions(verify=_VERIFY[verify])
    optimizer, rewriting = config.graph_options.optimizer_options, config.graph_options.rewrite_options
    off = {name for name in {*_PASSES, *_RULES} if getattr(rewriting, name) == rewriting.OFF}
    passes = {step for name in off for step in _PASSES.get(name, ())}
    if optimizer.opt_level < 0:  # L0: nothing but what is asked for by name
        passes = set(_EVERY_PASS)
        if optimizer.do_common_subexpression_elimination:
            passes.discard("MergeEqual")
        if optimizer.do_constant_folding:
            passes.discard("FoldConstants")
    rewrites = passes != _EVERY_PASS and not rewriting.disable_meta_optimizer
    verifiers = (rewriting.inter_optimizer_verifier_config, rewriting.post_optimization_verifier_config)
    return PlanOptions(
        optimize=rewrites,
        disabled_passes=frozenset(passes) if rewrites else frozenset(),
        disabled_rules=frozenset(family for name in off for family in _RULES.get(name, ())),
        verify=_VERIFY[verify] or any(v.structure_verifier == rewriting.ON for v in verifiers),
        strict=rewriting.fail_on_optimizer_errors,
        fold_limit=optimizer.max_folded_constant_in_bytes or None,
        round_freely=rewriting.arithmetic_optimization == rewriting.AGGRESSIVE,
        reuse_memory=rewriting.memory_optimization != rewriting.NO_MEM_OPT,
        least_nodes=max(0, rewriting.min_graph_nodes),
        native=_NATIVE[optimizer.global_jit_level],
    )
