"""Which options of tf.ConfigProto and tf.RunOptions this engine honours, accepts, or refuses, and why.

An option that would be accepted and ignored is a lie, so every field stands in one of the two tables below:

- HONOURED: the session does what the option says; the value travels in SessionOptions or RunSettings.
- HARMLESS: it tunes machinery that has no counterpart here (threads, streams, transport) and cannot change a result.
- REFUSED: it would change results, failures or files, and graphrt cannot do so: setting it raises.

A row speaks for its field and for every field inside it that has no row of its own. Fields left at their default are
never looked at. Nothing here imports protobuf: the messages know their own fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from graphrt.errors import InvalidArgumentError, UnimplementedError
from graphrt.passes.key import PlanOptions
from graphrt.runtime.rewriting import plan_options


class Verdict(Enum):
    HONOURED = "honoured"
    HARMLESS = "harmless"
    REFUSED = "refused"


HONOURED, HARMLESS, REFUSED = Verdict.HONOURED, Verdict.HARMLESS, Verdict.REFUSED


class Row(NamedTuple):
    verdict: Verdict
    why: str  # of a refused field: what the user can do instead


_THREADS = "a run uses the calling thread and the BLAS library's own threads (OPENBLAS_NUM_THREADS sets their number)"
_STREAMS = "tunes TensorFlow's GPU streams and allocator; CuPy has its own and results are the same"
_SERVERS = "one process is all there is: there are no servers to talk to"
_REWRITER = "chooses among TensorFlow's rewriters that have no counterpart here; results are the same"
_TOGGLES = (
    "layout_optimizer function_optimization scoped_allocator_opts pin_to_host_optimization implementation_selector "
    "memory_optimizer_target_node_name_scope meta_optimizer_iterations meta_optimizer_timeout_ms "
    "inter_optimizer_verifier_config post_optimization_verifier_config disable_model_pruning"
)
_REWRITE = "graph_options.rewrite_options."
_OPTIMIZER = "graph_options.optimizer_options."

SESSION: dict[str, Row] = {
    "device_count": Row(HONOURED, "'GPU': 0 hides the GPUs; 'CPU' gives the one CPU so many names (/cpu:0, /cpu:1...)"),
    "intra_op_parallelism_threads": Row(HARMLESS, _THREADS),
    "inter_op_parallelism_threads": Row(HARMLESS, _THREADS),
    "use_per_session_threads": Row(HARMLESS, _THREADS),
    "session_inter_op_thread_pool": Row(HARMLESS, _THREADS),
    "placement_period": Row(HARMLESS, "devices are assigned when a plan is made, never again"),
    "device_filters": Row(HARMLESS, _SERVERS),
    "allow_soft_placement": Row(HONOURED, "an op on a missing device runs on the CPU instead of failing"),
    "log_device_placement": Row(HONOURED, "the device of every op is written to stderr when a plan is made"),
    "gpu_options": Row(HARMLESS, _STREAMS),
    "gpu_options.per_process_gpu_memory_fraction": Row(HONOURED, "limits CuPy's memory pool"),
    "gpu_options.allow_growth": Row(HARMLESS, "CuPy's memory pool always starts empty and grows"),
    "gpu_options.visible_device_list": Row(HONOURED, "the GPUs this process uses, in this order"),
    "gpu_options.experimental.virtual_devices": Row(REFUSED, "a GPU cannot be split; remove it"),
    "graph_options": Row(HARMLESS, "tunes TensorFlow's executor; results are the same"),
    "graph_options.enable_bfloat16_sendrecv": Row(HARMLESS, _SERVERS),
    "graph_options.optimizer_options": Row(HARMLESS, _REWRITER),
    _OPTIMIZER + "opt_level": Row(HONOURED, "L0 leaves out every rewrite that is not asked for by name"),
    _OPTIMIZER + "do_common_subexpression_elimination": Row(HONOURED, "asks for MergeEqual where the level is L0"),
    _OPTIMIZER + "do_constant_folding": Row(HONOURED, "asks for FoldConstants where the level is L0"),
    _OPTIMIZER + "do_function_inlining": Row(HARMLESS, "there are no functions in a graph"),
    _OPTIMIZER + "max_folded_constant_in_bytes": Row(HONOURED, "larger values are not computed ahead of time"),
    _OPTIMIZER + "global_jit_level": Row(HONOURED, "OFF: no native code; ON_1, ON_2: native code wherever it can be"),
    _REWRITE + "constant_folding": Row(HONOURED, "OFF computes constants in every run"),
    _REWRITE + "arithmetic_optimization": Row(
        HONOURED, "OFF leaves out the rules of algebra and MergeEqual; AGGRESSIVE lets rules change roundings"
    ),
    _REWRITE + "shape_optimization": Row(HONOURED, "OFF leaves out the rules about shapes"),
    _REWRITE + "dependency_optimization": Row(HONOURED, "OFF leaves out SinkControls and RemoveIdentities"),
    _REWRITE + "loop_optimization": Row(HONOURED, "OFF keeps branches that can never run"),
    _REWRITE + "remapping": Row(HONOURED, "OFF leaves out the rules that make one op of several"),
    _REWRITE + "scoped_allocator_optimization": Row(HONOURED, "OFF updates each variable by itself"),
    _REWRITE + "memory_optimization": Row(HONOURED, "NO_MEM_OPT: no kernel writes its output over an input"),
    _REWRITE + "min_graph_nodes": Row(HONOURED, "programs of fewer nodes are not rewritten"),
    _REWRITE + "fail_on_optimizer_errors": Row(HONOURED, "a rewrite that fails is an error instead of being left out"),
    _REWRITE + "inter_optimizer_verifier_config.structure_verifier": Row(
        HONOURED, "ON checks programs after each pass"
    ),
    _REWRITE + "post_optimization_verifier_config.structure_verifier": Row(HONOURED, "ON checks programs, too"),
    _REWRITE + "disable_meta_optimizer": Row(HONOURED, "leaves the graph as it was written"),
    **{_REWRITE + name: Row(HARMLESS, _REWRITER) for name in _TOGGLES.split()},
    _REWRITE + "debug_stripper": Row(REFUSED, "Assert and Print are kept; leave them out of the graph instead"),
    _REWRITE + "auto_mixed_precision": Row(REFUSED, "it changes numbers; cast to float16 where you want it"),
    _REWRITE + "auto_parallel": Row(REFUSED, "a graph runs on one device; remove it"),
    _REWRITE + "optimizers": Row(REFUSED, "TensorFlow's rewriters are not here to be named; remove it"),
    _REWRITE + "custom_optimizers": Row(REFUSED, "TensorFlow's rewriters are not here to be named; remove it"),
    "operation_timeout_in_ms": Row(REFUSED, "a run cannot be ended by a clock; remove it"),
    "rpc_options": Row(HARMLESS, _SERVERS),
    "cluster_def": Row(REFUSED, "there are no servers; run in one process without it"),
    "isolate_session_state": Row(HARMLESS, "every session has variables of its own anyway"),
    "experimental": Row(HARMLESS, "tunes TensorFlow's executor and its transport; results are the same"),
}

RUN: dict[str, Row] = {
    "trace_level": Row(HONOURED, "any level but NO_TRACE measures each op and fills run_metadata.step_stats"),
    "timeout_in_ms": Row(REFUSED, "a run cannot be ended by a clock; remove it"),
    "inter_op_thread_pool": Row(HARMLESS, _THREADS),
    "output_partition_graphs": Row(
        HONOURED, "run_metadata.partition_graphs holds the graph that ran, after the passes"
    ),
    "debug_options": Row(REFUSED, "tfdbg is not here; fetch the tensors you want to see, or use sess.explain(fetches)"),
    "report_tensor_allocations_upon_oom": Row(HARMLESS, "an out-of-memory error names the op in any case"),
    "experimental": Row(HARMLESS, _THREADS),
}


@dataclass(frozen=True)
class SessionOptions:
    """The honoured options of a session.

    Attributes:
      cpu_count: under how many names the CPU is known (they are all the same).
      gpu_count: at most so many GPUs; None: all there are, 0: none.
      visible_gpus: numbers of the GPUs to use, in order; None: all.
      gpu_memory_fraction: share of a GPU's memory that may be used; 0: no limit.
      soft_placement: run an op elsewhere when its device is missing, instead of failing.
      log_placement: write each op's device to stderr when a plan is made.
      plan: which rewrites plans are made with; see runtime/rewriting.py.
    """

    cpu_count: int = 1
    gpu_count: int | None = None
    visible_gpus: tuple[int, ...] | None = None
    gpu_memory_fraction: float = 0.0
    soft_placement: bool = False
    log_placement: bool = False
    plan: PlanOptions = field(default_factory=PlanOptions)


@dataclass(frozen=True)
class RunSettings:
    """The honoured options of one run: whether each op is timed, and whether the rewritten graph is reported."""

    trace: bool = False
    partition_graphs: bool = False


def check_session_options(config: Any) -> SessionOptions:
    """What `tf.Session(config=config)` has to honour; `config` is a tf.ConfigProto or None.

    Raises:
      TypeError: `config` is something else.
      UnimplementedError: an option is set that this engine cannot honour; the message names it.
      InvalidArgumentError: a value makes no sense.
    """
    if config is None:
        return SessionOptions(plan=plan_options())
    if _message_name(config) != "ConfigProto":
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    _refuse(config, SESSION, "tf.ConfigProto")
    gpus = config.gpu_options
    return SessionOptions(
        cpu_count=_count(config.device_count, "CPU", 1) or 1,
        gpu_count=_count(config.device_count, "GPU", None),
        visible_gpus=_visible_gpus(gpus.visible_device_list),
        gpu_memory_fraction=_fraction(gpus.per_process_gpu_memory_fraction),
        soft_placement=config.allow_soft_placement,
        log_placement=config.log_device_placement,
        plan=plan_options(config),
    )


def check_run_options(options: Any, run_metadata: Any = None) -> RunSettings:
    """What `session.run(..., options=options, run_metadata=run_metadata)` has to honour.

    Args:
      options: a tf.RunOptions or None.
      run_metadata: a tf.RunMetadata or None: without it there is nothing to fill, so nothing is measured.

    Raises:
      TypeError: they are something else.
      UnimplementedError: an option is set that this engine cannot honour; the message names it.
    """
    if run_metadata is not None and _message_name(run_metadata) != "RunMetadata":
        raise TypeError(f"run_metadata must be a tf.RunMetadata, but got {type(run_metadata)}")
    if options is None:
        return RunSettings()
    if _message_name(options) != "RunOptions":
        raise TypeError(f"options must be a tf.RunOptions, but got {type(options)}")
    _refuse(options, RUN, "tf.RunOptions")
    if run_metadata is None:
        return RunSettings()
    return RunSettings(trace=options.trace_level != options.NO_TRACE, partition_graphs=options.output_partition_graphs)


def row_of(table: dict[str, Row], path: str) -> Row:
    """The row that speaks for the field at `path`: its own, or that of the message around it."""
    while path not in table:
        path, dot, _ = path.rpartition(".")
        if not dot:
            raise KeyError(path)
    return table[path]


def _message_name(message: Any) -> str | None:
    # TensorFlow's own messages are as good as ours where both are imported: the fields are the same.
    descriptor = getattr(message, "DESCRIPTOR", None)
    return None if descriptor is None else descriptor.name


def _set_fields(message: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every field that is not at its default; messages are opened, lists of messages too."""
    for descriptor, value in message.ListFields():
        path = prefix + descriptor.name
        inner = [value] if hasattr(value, "ListFields") else value
        kind = descriptor.message_type
        if kind is not None and not kind.GetOptions().map_entry:
            for part in inner:
                yield from _set_fields(part, path + ".")
        else:
            yield path, value


def _refuse(message: Any, table: dict[str, Row], what: str) -> None:
    for path, value in _set_fields(message):
        row = row_of(table, path)
        if row.verdict is REFUSED and not _switched_off(path, value):
            raise UnimplementedError(None, None, f"{what}: {path}={value!r} cannot be honoured: {row.why}")


def _switched_off(path: str, value: Any) -> bool:
    """True of a rewriter's switch that says OFF (2), which asks for nothing."""
    return path.startswith(_REWRITE) and value == 2


def _count(device_count: Any, kind: str, default: int | None) -> int | None:
    if kind not in device_count:
        return default
    count: int = device_count[kind]
    if count < 0:
        raise InvalidArgumentError(None, None, f"tf.ConfigProto: device_count['{kind}']={count} must not be negative")
    return count


def _visible_gpus(text: str) -> tuple[int, ...] | None:
    if not text:
        return None
    numbers = text.split(",")
    if not all(number.strip().isdigit() for number in numbers):
        message = f"tf.ConfigProto: gpu_options.visible_device_list={text!r} is not a list of numbers such as '0,1'"
        raise InvalidArgumentError(None, None, message)
    return tuple(int(number) for number in numbers)


def _fraction(value: float) -> float:
    # Above 1 is legal in TensorFlow, where unified memory lets a process use more than there is.
    if not value >= 0:
        message = f"tf.ConfigProto: gpu_options.per_process_gpu_memory_fraction={value} must not be negative"
        raise InvalidArgumentError(None, None, message)
    return min(value, 1.0)
