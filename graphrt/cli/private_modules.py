"""TensorFlow's private modules that scripts are known to use, and the public module that has their names."""

from __future__ import annotations

# Public module ("" is tf itself), or a module of our own -> the modules that it stands for: of contrib, or else
# below tensorflow.python.
_STANDS_FOR = {
    "": """
        client.session eager.context framework.constant_op framework.function framework.importer
        framework.indexed_slices framework.op_def_registry framework.ops framework.random_seed framework.sparse_tensor
        framework.tensor_shape ops.array_ops ops.check_ops ops.clip_ops ops.confusion_matrix ops.control_flow_ops
        ops.custom_gradient ops.data_flow_ops ops.functional_ops ops.gradients ops.gradients_impl ops.histogram_ops
        ops.init_ops ops.linalg_ops ops.logging_ops ops.math_ops ops.numerics ops.parsing_ops
        ops.partitioned_variables ops.random_ops ops.script_ops ops.session_ops ops.sparse_ops ops.special_math_ops
        ops.state_ops ops.string_ops ops.template ops.tensor_array_ops ops.variable_scope ops.variables""",
    "app": "platform.app",
    "bitwise": "ops.bitwise_ops",
    "compat": "util.compat",
    "contrib.layers": """
        contrib.layers.python.layers contrib.layers.python.layers.initializers
        contrib.layers.python.layers.layers contrib.layers.python.layers.regularizers""",
    "contrib.util": "framework.tensor_util",
    "dtypes": "framework.dtypes",
    "errors": "framework.errors framework.errors_impl",
    "flags": "platform.flags",
    "gfile": "platform.gfile",
    "graph_util": "framework.graph_util framework.graph_util_impl",
    "graphrt_ops.library.platform.device_lib": "client.device_lib",
    "graphrt.view.timeline": "client.timeline",
    "image": "ops.image_ops ops.image_ops_impl",
    "layers": """
        layers.base layers.convolutional layers.core layers.layers layers.normalization layers.pooling""",
    "logging": "platform.tf_logging",
    "lookup": "ops.lookup_ops",
    "losses": "ops.losses.losses ops.losses.losses_impl ops.losses.util",
    "metrics": "ops.metrics ops.metrics_impl",
    "nest": "util.nest",
    "nn": "ops.candidate_sampling_ops ops.embedding_ops ops.nn ops.nn_impl ops.nn_ops ops.rnn",
    "nn.rnn_cell": "ops.rnn_cell ops.rnn_cell_impl",
    "python_io": "lib.io.python_io lib.io.tf_record",
    "resource_loader": "platform.resource_loader",
    "saved_model": "saved_model.saved_model",
    "summary": "summary.summary summary.summary_iterator summary.writer.writer",
    "sysconfig": "platform.sysconfig",
    "test": "framework.test_util ops.gradient_checker platform.test",
    "train": """
        training.adadelta training.adagrad training.adagrad_da training.adam training.basic_session_run_hooks
        training.checkpoint_management training.coordinator training.ftrl training.gradient_descent training.input
        training.learning_rate_decay training.momentum training.monitored_session training.moving_averages
        training.optimizer training.proximal_adagrad training.proximal_gradient_descent training.queue_runner
        training.queue_runner_impl training.rmsprop training.saver training.session_run_hook training.training
        training.training_util""",
    "graphrt_ops.library.platform.file_io": "lib.io.file_io",
}
_PUBLIC = {
    (private if private.startswith("contrib.") else f"python.{private}"): public
    for public, modules in _STANDS_FOR.items()
    for private in modules.split()
}


def _folders() -> set[str]:
    """The packages above the private modules, which hold nothing else."""
    found = {"python", "core", "core.example", "core.framework", "core.protobuf", "core.util"}
    for private in _PUBLIC:
        parent = private.rpartition(".")[0]
        while "python" in parent.split("."):
            found.add(parent)
            parent = parent.rpartition(".")[0]
    return found - set(_PUBLIC)


PACKAGES = _folders()


def is_whole_module(below: str) -> bool:
    """True for one of the private modules themselves, and not a name in it."""
    return below in _PUBLIC


def public_name_of(below: str) -> str | None:
    """The public name for what stands below 'tensorflow'; None for a private module that stands for none.

    >>> public_name_of("python.ops.rnn.dynamic_rnn"), public_name_of("nn.relu"), public_name_of("python.ops.secret")
    ('nn.dynamic_rnn', 'nn.relu', None)
    >>> public_name_of("python.keras.layers")  # a public module that is found below tensorflow.python, too
    'keras.layers'
    """
    module, rest = below, ""
    while module:
        if module in _PUBLIC:
            return ".".join(part for part in (_PUBLIC[module], rest) if part)
        module, _, last = module.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    package, _, private = below.partition(".")
    if package != "python":
        return below
    return private if private.partition(".")[0] in ("data", "estimator", "keras") else None
