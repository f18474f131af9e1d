"""What will become of the names of TensorFlow 1.15 that graphrt does not have: one row for each group of names.

A row holds for its names and for all that is below them; the most specific row counts.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_PLANNED = "not planned"

# Where a planned name belongs; in the order in which the parts are to come.
PARTS = {
    "loops": "loops and recurrent networks",
    "files": "checkpoints, summaries, records and images",
    "data": "data sets and estimators",
    "keras": "Keras and contrib",
    "rest": "the rest of the API",
}

# Packages that came with TensorFlow without being part of its public names.
BESIDE = """
    compiler examples models tools contrib.all_reduce contrib.bigtable contrib.boosted_trees contrib.decision_trees
    contrib.fused_conv contrib.hadoop contrib.hooks contrib.ignite contrib.kafka contrib.kinesis contrib.libsvm
    contrib.meta_graph_transform contrib.nearest_neighbor contrib.session_bundle contrib.tensorrt contrib.text""".split()


class Row(NamedTuple):
    """A group of names: what they are in TensorFlow 1, where they belong in our plans, and what to do until then."""

    names: str
    what: str
    part: str
    instead: str


_STEPS = "build a fixed number of steps with a Python loop, or run one step at a time with sess.run"
_CELLS = "write the cell with tf.layers.dense or tf.matmul, and build its steps with a Python loop"
_SAVE = "save sess.run(tf.global_variables()) with numpy.savez, and give it back with variable.load(value, sess)"
_PRINT = "fetch the values with sess.run and print or plot them"
_FEED = "read and batch the data with NumPy, and feed it to placeholders"
_HOOKS = "write the training loop with tf.Session"
_IMAGES = "decode and change images with Pillow or NumPy, and feed the arrays"
_LAYERS = "tf.layers has the same layers"
_MEASURE = "compute it from fetched predictions with NumPy, or write it with tf.reduce_mean and tf.equal"
_GRAPH = "build a graph, and run it with tf.Session"
_PY_FUNC = "tf.py_func calls NumPy"
_ONE_PROCESS = "run it in this process with a plain tf.Session()"
_NUMPY = "compute it with NumPy, ahead of time or in a tf.py_func"
_REFERENCE = "leave it out: variables behave as TensorFlow 1's reference variables, reads before writes in a run"
_MODEL = "write the model with tf.layers, tf.losses and tf.train"

TABLE = (
    # Loops and recurrent networks.
    Row("while_loop map_fn foldl foldr scan vectorized_map switch_case", "control flow in the graph", "loops", _STEPS),
    Row(
        "TensorArray TensorArraySpec", "an array that a loop in the graph writes", "loops", "collect tensors in a list"
    ),
    Row(
        "nn.dynamic_rnn nn.static_rnn nn.raw_rnn nn.bidirectional_dynamic_rnn nn.static_bidirectional_rnn "
        "nn.static_state_saving_rnn",
        "a recurrent network",
        "loops",
        _CELLS,
    ),
    Row(
        "nn.rnn_cell contrib.rnn contrib.grid_rnn contrib.recurrent contrib.cudnn_rnn",
        "recurrent cells",
        "loops",
        _CELLS,
    ),
    Row("contrib.seq2seq contrib.legacy_seq2seq", "sequence-to-sequence models", "loops", _CELLS),
    Row("contrib.crf", "conditional random fields", "loops", _NUMPY),
    Row(
        "nn.ctc_loss nn.ctc_loss_v2 nn.ctc_beam_search_decoder nn.ctc_beam_search_decoder_v2 nn.ctc_greedy_decoder "
        "nn.ctc_unique_labels nn.collapse_repeated",
        "connectionist temporal classification",
        "loops",
        _NUMPY,
    ),
    # Files.
    Row("train.Saver", "saving and restoring variables", "files", _SAVE),
    Row(
        "train.latest_checkpoint train.get_checkpoint_state train.checkpoint_exists train.checkpoints_iterator "
        "train.get_checkpoint_mtimes train.generate_checkpoint_state_proto train.update_checkpoint_state "
        "train.remove_checkpoint train.list_variables train.load_checkpoint train.load_variable "
        "train.NewCheckpointReader train.init_from_checkpoint train.warm_start train.Checkpoint train.CheckpointManager "
        "train.VocabInfo train.experimental.PythonState contrib.checkpoint contrib.saved_model",
        "reading and writing checkpoints",
        "files",
        _SAVE,
    ),
    Row(
        "train.import_meta_graph train.export_meta_graph",
        "a graph with its collections in a file",
        "files",
        "tf.train.write_graph and tf.import_graph_def keep the graph itself",
    ),
    Row("saved_model contrib.predictor", "models in TensorFlow's SavedModel format", "files", _SAVE),
    Row("summary train.summary_iterator contrib.summary", "summaries for TensorBoard", "files", _PRINT),
    Row(
        "python_io io.TFRecordWriter io.TFRecordOptions io.TFRecordCompressionType io.tf_record_iterator",
        "record files",
        "files",
        "keep the data in .npz files",
    ),
    Row(
        "parse_example parse_single_example parse_single_sequence_example parse_tensor decode_raw decode_csv "
        "decode_json_example decode_compressed serialize_tensor serialize_sparse serialize_many_sparse "
        "deserialize_many_sparse io FixedLenFeature FixedLenSequenceFeature VarLenFeature SparseFeature read_file "
        "write_file matching_files fingerprint",
        "reading and decoding files and records in the graph",
        "files",
        _FEED,
    ),
    Row(
        "image io.decode_image io.decode_jpeg io.decode_png io.decode_bmp io.decode_gif io.encode_jpeg io.decode_and_crop_jpeg io.extract_jpeg_shape io.is_jpeg extract_image_patches extract_volume_patches contrib.image",
        "working on images",
        "files",
        _IMAGES,
    ),
    Row("contrib.tensorboard", "extras of TensorBoard", "files", _PRINT),
    # Input pipelines, estimators.
    Row("data contrib.data contrib.input_pipeline", "input pipelines", "data", _FEED),
    Row(
        "examples",
        "the data sets of TensorFlow's own tutorials",
        "data",
        "load the data with NumPy or scikit-learn (load_digits comes with it), and feed batches of it",
    ),
    Row(
        "FIFOQueue PaddingFIFOQueue PriorityQueue RandomShuffleQueue QueueBase queue io.QueueBase "
        "io.PaddingFIFOQueue io.PriorityQueue io.RandomShuffleQueue ConditionalAccumulator ConditionalAccumulatorBase "
        "SparseConditionalAccumulator sparse.SparseConditionalAccumulator train.QueueRunner train.queue_runner "
        "train.add_queue_runner train.start_queue_runners train.batch train.batch_join train.maybe_batch "
        "train.maybe_batch_join train.maybe_shuffle_batch train.maybe_shuffle_batch_join train.shuffle_batch "
        "train.shuffle_batch_join train.input_producer train.range_input_producer train.slice_input_producer "
        "train.string_input_producer train.limit_epochs train.match_filenames_once io.match_filenames_once "
        "FixedLengthRecordReader IdentityReader LMDBReader ReaderBase TFRecordReader TextLineReader WholeFileReader "
        "contrib.staging contrib.batching",
        "queues, and the readers that fill them",
        "data",
        _FEED,
    ),
    Row(
        "train.Coordinator train.LooperThread",
        "threads that stop together",
        "data",
        "use Python's threading: sessions may be shared by threads",
    ),
    Row("estimator contrib.estimator", "estimators", "data", _HOOKS),
    Row(
        "feature_column contrib.feature_column",
        "feature columns",
        "data",
        "prepare the columns with NumPy or pandas, and feed them",
    ),
    Row(
        "train.MonitoredSession train.MonitoredTrainingSession train.SingularMonitoredSession train.SessionManager "
        "train.SessionCreator train.ChiefSessionCreator train.WorkerSessionCreator train.Scaffold train.Supervisor "
        "train.SessionRunHook train.SessionRunArgs train.SessionRunContext train.SessionRunValues "
        "train.CheckpointSaverHook train.CheckpointSaverListener train.FeedFnHook train.FinalOpsHook "
        "train.GlobalStepWaiterHook train.LoggingTensorHook train.NanLossDuringTrainingError train.NanTensorHook "
        "train.ProfilerHook train.SecondOrStepTimer train.StepCounterHook train.StopAtStepHook train.SummarySaverHook "
        "train.basic_train_loop contrib.training",
        "training loops with hooks",
        "data",
        _HOOKS,
    ),
    Row("metrics contrib.metrics", "metrics that add up over batches", "data", _MEASURE),
    Row(
        "lookup tables_initializer initialize_all_tables initializers.tables_initializer contrib.lookup",
        "lookup tables",
        "data",
        "look the words up in a Python dict, and feed the numbers",
    ),
    # Keras and contrib.
    Row("keras contrib.keras layers.experimental", "Keras", "keras", _LAYERS),
    Row("contrib.layers.flatten contrib.slim.flatten", "a layer of contrib", "keras", "tf.layers.flatten"),
    Row(
        "contrib.layers.fully_connected contrib.slim.fully_connected",
        "a layer of contrib",
        "keras",
        "tf.layers.dense with activation=tf.nn.relu (the default there) and "
        "kernel_initializer=tf.contrib.layers.xavier_initializer()",
    ),
    Row(
        "contrib.layers.conv2d contrib.layers.convolution2d contrib.slim.conv2d contrib.slim.convolution2d",
        "a layer of contrib",
        "keras",
        "tf.layers.conv2d with padding='same', activation=tf.nn.relu (the defaults there) and "
        "kernel_initializer=tf.contrib.layers.xavier_initializer()",
    ),
    Row(
        "contrib.layers.max_pool2d contrib.slim.max_pool2d",
        "a layer of contrib",
        "keras",
        "tf.layers.max_pooling2d with strides=2 (the default there)",
    ),
    Row(
        "contrib.layers.batch_norm contrib.slim.batch_norm",
        "a layer of contrib",
        "keras",
        "tf.layers.batch_normalization with momentum=0.999 (the decay there) and scale=False",
    ),
    Row(
        "contrib.layers.dropout contrib.slim.dropout",
        "a layer of contrib",
        "keras",
        "tf.layers.dropout, which takes the rate, 1 - keep_prob, and is off unless training=True",
    ),
    Row(
        "contrib.framework.get_global_step contrib.framework.get_or_create_global_step "
        "contrib.framework.create_global_step contrib.slim.get_global_step contrib.slim.get_or_create_global_step "
        "contrib.slim.create_global_step",
        "the variable that counts steps",
        "keras",
        "tf.train.get_or_create_global_step",
    ),
    Row(
        "contrib.layers contrib.slim contrib.framework",
        "layers, arguments by scope, and helpers of contrib",
        "keras",
        _LAYERS,
    ),
    Row("contrib.learn", "estimators and data sets of contrib", "keras", _MODEL),
    Row(
        "contrib.opt",
        "optimizers of contrib",
        "keras",
        "the optimizers of tf.train, or SciPy's on values and gradients that sess.run gives",
    ),
    Row("contrib.losses contrib.nn", "losses and layers of contrib", "keras", "tf.losses and tf.nn"),
    Row(
        "distributions contrib.distributions contrib.bayesflow",
        "probability distributions",
        "keras",
        "tf.random draws the samples; write the log density with tf.log and tf.square",
    ),
    Row("contrib", "a package of contrib", "keras", _MODEL),
    # The rest.
    Row("signal spectral fft fft2d fft3d ifft ifft2d ifft3d contrib.signal", "signal processing", "rest", _NUMPY),
    Row("audio contrib.ffmpeg", "sound files", "rest", "read them with SciPy, and feed the samples"),
    Row("linalg matrix_square_root contrib.solvers contrib.integrate", "linear algebra", "rest", _NUMPY),
    Row(
        "strings string_split string_strip string_to_hash_bucket string_to_hash_bucket_fast string_to_hash_bucket_strong substr reduce_join regex_replace encode_base64 decode_base64 io.encode_base64 io.decode_base64",
        "working on strings in the graph",
        "rest",
        "do it in Python before feeding, or in a tf.py_func",
    ),
    Row("sets", "sets along the last dimension", "rest", _NUMPY),
    Row(
        "ragged RaggedTensor RaggedTensorSpec",
        "tensors whose rows differ in length",
        "rest",
        "pad the rows, and mask with tf.sequence_mask",
    ),
    Row(
        "sparse sparse_maximum sparse_merge sparse_minimum sparse_reduce_max_sparse sparse_reduce_sum_sparse sparse_reset_shape sparse_softmax sparse_split",
        "sparse tensors",
        "rest",
        "tf.sparse_tensor_to_dense and the dense op",
    ),
    Row(
        "quantization dequantize quantize quantize_v2 quantized_concat fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient fake_quant_with_min_max_vars fake_quant_with_min_max_vars_gradient fake_quant_with_min_max_vars_per_channel fake_quant_with_min_max_vars_per_channel_gradient",
        "simulated quantization",
        "rest",
        "round with tf.round, and pass the gradient with tf.stop_gradient",
    ),
    Row("test", "helpers of tests", "rest", "tf.test.TestCase and Python's unittest"),
    Row("train", "training", "rest", _HOOKS),
    Row("nn", "neural networks", "rest", "write it with the other functions of tf.nn"),
    Row(
        "profiler contrib.tfprof contrib.memory_stats contrib.stat_summarizer",
        "profiles",
        "rest",
        "RunOptions(trace_level=tf.RunOptions.FULL_TRACE) and sess.explain",
    ),
    Row(
        "get_session_handle get_session_tensor delete_session_tensor",
        "values that stay in the session",
        "rest",
        "keep it in a tf.Variable",
    ),
    Row("create_partitioned_variables", "variables in parts", "rest", "use one variable"),
    Row(
        "py_function",
        "a Python function as a node that has gradients",
        "rest",
        "tf.py_func, with tf.custom_gradient around it for gradients",
    ),
    Row("config", "switches of the whole process", "rest", "tf.ConfigProto sets the same for a session"),
    Row(
        "contrib.sparsemax contrib.resampler contrib.factorization contrib.tensor_forest contrib.timeseries contrib.labeled_tensor contrib.graph_editor contrib.copy_graph contrib.constrained_optimization contrib.kernel_methods contrib.linear_optimizer contrib.receptive_field contrib.model_pruning contrib.periodic_resample",
        "a package of contrib",
        "rest",
        _MODEL,
    ),
    Row("enable_resource_variables disable_resource_variables", "resource variables", "rest", _REFERENCE),
    Row("compat.v2", "TensorFlow 2 inside of TensorFlow 1.15", NOT_PLANNED, "tf itself, which is tf.compat.v1"),
    Row("", "part of TensorFlow 1.15", "rest", "see docs/names.md for what is there"),
    # Not planned, and why.
    Row(
        "raw_ops",
        "ops under the names of their nodes",
        NOT_PLANNED,
        "call the public function of the op, or Graph.create_op",
    ),
    Row("lite", "models for phones", NOT_PLANNED, "there is no phone runtime here"),
    Row(
        "tpu contrib.tpu contrib.cluster_resolver",
        "Google's TPUs",
        NOT_PLANNED,
        "graphrt runs on CPUs and, through CuPy, on CUDA GPUs",
    ),
    Row("xla contrib.compiler", "XLA, TensorFlow's compiler", NOT_PLANNED, "leave it out: graphrt compiles by itself"),
    Row(
        "train.Server train.ClusterSpec train.replica_device_setter train.SyncReplicasOptimizer config.experimental_connect_to_cluster config.experimental_connect_to_host contrib.rpc",
        "sessions over several machines",
        NOT_PLANNED,
        _ONE_PROCESS,
    ),
    Row("distribute contrib.distribute", "strategies that spread a model over devices", NOT_PLANNED, _ONE_PROCESS),
    Row("GradientTape contrib.eager", "eager execution", NOT_PLANNED, _GRAPH),
    Row(
        "function wrap_function autograph contrib.autograph Module experimental recompute_grad nondifferentiable_batch_function variable_creator_scope CriticalSection",
        "TensorFlow 2's way to write graphs",
        NOT_PLANNED,
        _GRAPH,
    ),
    Row("load_library load_op_library load_file_system_library contrib.util.loader", "C++ ops", NOT_PLANNED, _PY_FUNC),
    Row("contrib.cloud", "Google's cloud", NOT_PLANNED, "copy the data to this machine first"),
    Row(
        "contrib.mixed_precision train.experimental",
        "training with float16 and scaled losses",
        NOT_PLANNED,
        "train in float32, the default",
    ),
    Row(
        "contrib.quantize train.do_quantize_training_on_graphdef",
        "graphs rewritten for quantization",
        NOT_PLANNED,
        "train in float32, the default",
    ),
    Row(
        "train.sdca_optimizer train.sdca_fprint train.sdca_shrink_l1",
        "the ops of stochastic dual coordinate ascent",
        NOT_PLANNED,
        "tf.train.FtrlOptimizer fits linear models",
    ),
    Row(
        "contrib.all_reduce contrib.bigtable contrib.hadoop contrib.ignite contrib.kafka contrib.kinesis "
        "contrib.tensorrt",
        "a package for other machines and services",
        NOT_PLANNED,
        _ONE_PROCESS,
    ),
    Row("compiler tools", "tools that come with TensorFlow", NOT_PLANNED, "the public names of tf"),
    Row("models", "models of tutorials before TensorFlow 1.0", NOT_PLANNED, "tf.nn and tf.layers"),
    Row("user_ops", "an example of a C++ op", NOT_PLANNED, _PY_FUNC),
    Row(
        "contrib.remote_fused_graph contrib.reduce_slice_ops contrib.deprecated contrib.proto",
        "an experiment",
        NOT_PLANNED,
        _MODEL,
    ),
)


BY_NAME = {name: row for row in TABLE for name in row.names.split() or [""]}


def row_of(name: str) -> Row:
    """The row that counts for a name of TensorFlow 1.15 (``"nn.rnn_cell.GRUCell"``).

    >>> row_of("nn.rnn_cell.GRUCell").part, row_of("nn.relu_of_some_kind").part
    ('loops', 'rest')
    """
    while name not in BY_NAME:
        name = name.rpartition(".")[0]
    return BY_NAME[name]
