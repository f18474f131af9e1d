"""TensorFlow's messages by name, each module of graphrt/formats/proto/ imported when one of its names is asked for.

>>> from graphrt.formats import messages
>>> messages.ConfigProto(allow_soft_placement=True).allow_soft_placement
True
>>> messages.DataType.Name(1)
'DT_FLOAT'
"""

import importlib
from typing import Any

from graphrt.export import export_lazily

PACKAGE = "graphrt.formats.proto"
MODULES = {
    "types_pb2": "DataType",
    "error_codes_pb2": "Code",
    "tensor_pb2": """
        TensorShapeProto ResourceHandleProto TensorProto VariantTensorDataProto TensorSliceProto NamedTensorProto
        AllocationDescription TensorDescription""",
    "versions_pb2": "VersionDef",
    "node_pb2": "AttrValue NameAttrList NodeDef",
    "op_def_pb2": "OpDef OpDeprecation OpList",
    "function_pb2": "FunctionDefLibrary FunctionDef GradientDef",
    "graph_pb2": "GraphDef",
    "variable_pb2": "VariableSynchronization VariableAggregation VariableDef SaveSliceInfoDef",
    "queue_runner_pb2": "QueueRunnerDef",
    "control_flow_pb2": "ValuesDef ControlFlowContextDef CondContextDef WhileContextDef",
    "step_stats_pb2": """
        AllocationRecord AllocatorMemoryUsed NodeOutput MemoryStats NodeExecStats DeviceStepStats StepStats""",
    "cost_graph_pb2": "CostGraphDef",
    "device_attributes_pb2": "InterconnectLink LocalLinks DeviceLocality DeviceAttributes",
    "summary_pb2": "SummaryDescription HistogramProto SummaryMetadata Summary",
    "log_memory_pb2": """
        MemoryLogStep MemoryLogTensorAllocation MemoryLogTensorDeallocation MemoryLogTensorOutput MemoryLogRawAllocation
        MemoryLogRawDeallocation""",
    "cluster_pb2": "JobDef ClusterDef",
    "verifier_config_pb2": "VerifierConfig",
    "rewriter_config_pb2": "AutoParallelOptions ScopedAllocatorOptions RewriterConfig",
    "debug_pb2": "DebugTensorWatch DebugOptions DebuggedSourceFile DebuggedSourceFiles",
    "config_pb2": """
        GPUOptions OptimizerOptions GraphOptions ThreadPoolOptionProto RPCOptions SessionMetadata ConfigProto RunOptions
        RunMetadata TensorConnection CallableOptions""",
    "tensorflow_server_pb2": "ServerDef",
    "saver_pb2": "SaverDef",
    "meta_graph_pb2": "MetaGraphDef CollectionDef TensorInfo SignatureDef AssetFileDef",
    "struct_pb2": """
        StructuredValue NoneValue ListValue TupleValue DictValue PairValue NamedTupleValue TensorSpecProto
        TypeSpecProto""",
    "trackable_object_graph_pb2": "TrackableObjectGraph",
    "saved_object_graph_pb2": """
        SavedObjectGraph SavedObject SavedUserObject SavedAsset SavedFunction SavedConcreteFunction
        SavedBareConcreteFunction SavedConstant SavedVariable FunctionSpec SavedResource""",
    "saved_model_pb2": "SavedModel",
    "tensor_bundle_pb2": "BundleHeaderProto BundleEntryProto",
    "saved_tensor_slice_pb2": "SavedSliceMeta SavedTensorSliceMeta SavedSlice SavedTensorSlices",
    "checkpoint_state_pb2": "CheckpointState",
    "graph_debug_info_pb2": "GraphDebugInfo",
    "event_pb2": "Event LogMessage SessionLog TaggedRunMetadata",
    "feature_pb2": "BytesList FloatList Int64List Feature Features FeatureList FeatureLists",
    "example_pb2": "Example SequenceExample",
}
# Where TF 1.15's public names differ from the messages' own: some stand in a namespace, Summary in two.
PUBLIC = {
    "": """
        AttrValue ConfigProto Event GPUOptions GraphDef GraphOptions HistogramProto LogMessage MetaGraphDef NameAttrList
        NodeDef OptimizerOptions RunMetadata RunOptions SessionLog Summary SummaryMetadata TensorInfo""",
    "summary.": "Event SessionLog Summary SummaryDescription TaggedRunMetadata",
    "train.": """
        BytesList ClusterDef Example Feature FeatureList FeatureLists Features FloatList Int64List JobDef SaverDef
        SequenceExample ServerDef""",
}
HOME = {name: module for module, names in MODULES.items() for name in names.split()}

for _prefix, _names in PUBLIC.items():
    export_lazily(__name__, {_prefix + _name: _name for _name in _names.split()})

# TensorFlow's modules whose messages stand in a module of another name here.
_ELSEWHERE = {
    "allocation_description_pb2": "tensor_pb2",
    "attr_value_pb2": "node_pb2",
    "named_tensor_pb2": "tensor_pb2",
    "node_def_pb2": "node_pb2",
    "resource_handle_pb2": "tensor_pb2",
    "tensor_description_pb2": "tensor_pb2",
    "tensor_shape_pb2": "tensor_pb2",
    "tensor_slice_pb2": "tensor_pb2",
}


def module_like(name: str) -> str | None:
    """The full name of the module that has the messages of TensorFlow's module `name`, such as "node_def_pb2"."""
    found = _ELSEWHERE.get(name, name)
    return f"{PACKAGE}.{found}" if found in MODULES else None


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"graphrt has no protocol message {name!r}")
    value = getattr(importlib.import_module(f"{PACKAGE}.{HOME[name]}"), name)
    globals()[name] = value  # the next look-up is an ordinary one
    return value


def __dir__() -> list[str]:
    return sorted(HOME)
