"""Every option of ConfigProto and RunOptions is honoured, harmless, or refused with its name: none is ignored."""

import json
from pathlib import Path

import pytest

from graphrt import errors
from graphrt.formats import messages
from graphrt.runtime import options

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "formats" / "protos.json"
MESSAGES = json.loads(GOLDEN.read_text())["messages"]
TABLES = {"ConfigProto": options.SESSION, "RunOptions": options.RUN}


def paths(message, prefix=""):
    """The path of every field of TensorFlow's message, and of the messages inside it."""
    for name, (_, _, kind, _) in MESSAGES[message].items():
        yield prefix + name
        if kind in MESSAGES and not kind.endswith("Entry") and kind not in ("ClusterDef", "GraphDef"):
            yield from paths(kind, prefix + name + ".")


@pytest.mark.parametrize("message", TABLES)
def test_every_field_has_a_row_and_every_row_a_field(message):
    known = set(paths(message))
    for path in known:
        assert options.row_of(TABLES[message], path).why
    assert set(TABLES[message]) <= known


def test_nothing_set():
    assert options.check_session_options(None) == options.SessionOptions()
    assert options.check_session_options(messages.ConfigProto()) == options.SessionOptions()
    assert options.check_run_options(None) == options.RunSettings()
    assert options.check_run_options(messages.RunOptions()) == options.RunSettings()


def test_honoured_options_arrive():
    config = messages.ConfigProto(
        device_count={"GPU": 0, "CPU": 4}, allow_soft_placement=True, log_device_placement=True
    )
    config.gpu_options.visible_device_list = "1,0"
    config.gpu_options.per_process_gpu_memory_fraction = 0.25
    config.gpu_options.allow_growth = True
    assert options.check_session_options(config) == options.SessionOptions(
        cpu_count=4, gpu_count=0, visible_gpus=(1, 0), gpu_memory_fraction=0.25, soft_placement=True, log_placement=True
    )
    run = messages.RunOptions(trace_level=messages.RunOptions.FULL_TRACE, output_partition_graphs=True)
    metadata = messages.RunMetadata()
    assert options.check_run_options(run, metadata) == options.RunSettings(trace=True, partition_graphs=True)
    assert options.check_run_options(run) == options.RunSettings(), "there is nothing to fill"


def refused_settings():
    rewrite = messages.RewriterConfig
    for text, part in {
        "operation_timeout_in_ms": messages.ConfigProto(operation_timeout_in_ms=5),
        "cluster_def": messages.ConfigProto(cluster_def=messages.ClusterDef(job=[messages.JobDef(name="ps")])),
        "debug_stripper": rewriting(debug_stripper=rewrite.ON),
        "auto_mixed_precision": rewriting(auto_mixed_precision=rewrite.ON),
        "optimizers": rewriting(optimizers=["constfold"]),
        "custom_optimizers": rewriting(custom_optimizers=[rewrite.CustomGraphOptimizer(name="mine")]),
        "auto_parallel": rewriting(auto_parallel=messages.AutoParallelOptions(enable=True)),
        "virtual_devices": virtual_devices(),
    }.items():
        yield pytest.param(part, text, id=text)


def rewriting(**fields):
    return messages.ConfigProto(graph_options=messages.GraphOptions(rewrite_options=messages.RewriterConfig(**fields)))


def virtual_devices():
    config = messages.ConfigProto()
    config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[100])
    return config


@pytest.mark.parametrize(("config", "path"), list(refused_settings()))
def test_refused_session_options_are_named(config, path):
    with pytest.raises(errors.UnimplementedError, match=rf"tf\.ConfigProto: .*{path}.* cannot be honoured: "):
        options.check_session_options(config)


def test_a_refused_switch_may_be_off():
    config = rewriting(debug_stripper=messages.RewriterConfig.OFF)
    assert options.check_session_options(config) == options.SessionOptions()


def test_refused_run_options_are_named():
    with pytest.raises(errors.UnimplementedError, match=r"tf\.RunOptions: timeout_in_ms=7 cannot be honoured: "):
        options.check_run_options(messages.RunOptions(timeout_in_ms=7))
    watched = messages.RunOptions()
    watched.debug_options.debug_tensor_watch_opts.add(node_name="x")
    with pytest.raises(errors.UnimplementedError, match=r"debug_options\.debug_tensor_watch_opts\.node_name"):
        options.check_run_options(watched)


def test_harmless_options_change_nothing():
    config = messages.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    config.gpu_options.allow_growth = True
    config.graph_options.rewrite_options.layout_optimizer = messages.RewriterConfig.OFF
    config.experimental.executor_type = "DEFAULT"
    assert options.check_session_options(config) == options.SessionOptions()


def test_wrong_types_and_values():
    with pytest.raises(TypeError, match=r"config must be a tf\.ConfigProto, but got <class 'dict'>"):
        options.check_session_options({"allow_soft_placement": True})
    with pytest.raises(TypeError, match=r"config must be a tf\.ConfigProto, but got .*RunOptions"):
        options.check_session_options(messages.RunOptions())
    with pytest.raises(TypeError, match=r"options must be a tf\.RunOptions, but got .*ConfigProto"):
        options.check_run_options(messages.ConfigProto())
    with pytest.raises(TypeError, match=r"run_metadata must be a tf\.RunMetadata, but got <class 'dict'>"):
        options.check_run_options(None, {})
    with pytest.raises(errors.InvalidArgumentError, match="visible_device_list='gpu0'"):
        options.check_session_options(messages.ConfigProto(gpu_options={"visible_device_list": "gpu0"}))
    with pytest.raises(errors.InvalidArgumentError, match="per_process_gpu_memory_fraction=-1"):
        options.check_session_options(messages.ConfigProto(gpu_options={"per_process_gpu_memory_fraction": -1}))
    with pytest.raises(errors.InvalidArgumentError, match=r"device_count\['GPU'\]=-1"):
        options.check_session_options(messages.ConfigProto(device_count={"GPU": -1}))
