# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/rewriter_config.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import node_pb2 as graphrt_dot_formats_dot_proto_dot_node__pb2
from graphrt.formats.proto import verifier_config_pb2 as graphrt_dot_formats_dot_proto_dot_verifier__config__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n+graphrt/formats/proto/rewriter_config.proto\x12\ngraphrt.pb\x1a graphrt/formats/proto/node.proto\x1a+graphrt/formats/proto/verifier_config.proto\";\n\x13\x41utoParallelOptions\x12\x0e\n\x06\x65nable\x18\x01 \x01(\x08\x12\x14\n\x0cnum_replicas\x18\x02 \x01(\x05\"+\n\x16ScopedAllocatorOptions\x12\x11\n\tenable_op\x18\x01 \x03(\t\"\x88\x10\n\x0eRewriterConfig\x12;\n\x10layout_optimizer\x18\x01 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x1d\n\x15\x64isable_model_pruning\x18\x02 \x01(\x08\x12;\n\x10\x63onstant_folding\x18\x03 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x42\n\x13memory_optimization\x18\x04 \x01(\x0e\x32%.graphrt.pb.RewriterConfig.MemOptType\x12\x36\n\rauto_parallel\x18\x05 \x01(\x0b\x32\x1f.graphrt.pb.AutoParallelOptions\x12/\n\'memory_optimizer_target_node_name_scope\x18\x06 \x01(\t\x12\x42\n\x17\x61rithmetic_optimization\x18\x07 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x42\n\x17\x64\x65pendency_optimization\x18\x08 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12<\n\x11loop_optimization\x18\t \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12@\n\x15\x66unction_optimization\x18\n \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x39\n\x0e\x64\x65\x62ug_stripper\x18\x0b \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12O\n\x19meta_optimizer_iterations\x18\x0c \x01(\x0e\x32,.graphrt.pb.RewriterConfig.NumIterationsType\x12=\n\x12shape_optimization\x18\r \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x34\n\tremapping\x18\x0e \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12H\n\x1dscoped_allocator_optimization\x18\x0f \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x41\n\x15scoped_allocator_opts\x18\x10 \x01(\x0b\x32\".graphrt.pb.ScopedAllocatorOptions\x12\x17\n\x0fmin_graph_nodes\x18\x11 \x01(\x05\x12\x43\n\x18pin_to_host_optimization\x18\x12 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x1e\n\x16\x64isable_meta_optimizer\x18\x13 \x01(\x08\x12!\n\x19meta_optimizer_timeout_ms\x18\x14 \x01(\x03\x12 \n\x18\x66\x61il_on_optimizer_errors\x18\x15 \x01(\x08\x12\x42\n\x17implementation_selector\x18\x16 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12?\n\x14\x61uto_mixed_precision\x18\x17 \x01(\x0e\x32!.graphrt.pb.RewriterConfig.Toggle\x12\x12\n\noptimizers\x18\x64 \x03(\t\x12K\n\x11\x63ustom_optimizers\x18\xc8\x01 \x03(\x0b\x32/.graphrt.pb.RewriterConfig.CustomGraphOptimizer\x12\x44\n\x1finter_optimizer_verifier_config\x18\xac\x02 \x01(\x0b\x32\x1a.graphrt.pb.VerifierConfig\x12\x46\n!post_optimization_verifier_config\x18\xad\x02 \x01(\x0b\x32\x1a.graphrt.pb.VerifierConfig\x1a\xca\x01\n\x14\x43ustomGraphOptimizer\x12\x0c\n\x04name\x18\x01 \x01(\t\x12X\n\rparameter_map\x18\x02 \x03(\x0b\x32\x41.graphrt.pb.RewriterConfig.CustomGraphOptimizer.ParameterMapEntry\x1aJ\n\x11ParameterMapEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12$\n\x05value\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.AttrValue:\x02\x38\x01\"\x9f\x01\n\nMemOptType\x12\x13\n\x0f\x44\x45\x46\x41ULT_MEM_OPT\x10\x00\x12\x0e\n\nNO_MEM_OPT\x10\x01\x12\n\n\x06MANUAL\x10\x02\x12\x0e\n\nHEURISTICS\x10\x03\x12\x17\n\x13SWAPPING_HEURISTICS\x10\x04\x12\x1c\n\x18RECOMPUTATION_HEURISTICS\x10\x05\x12\x19\n\x15SCHEDULING_HEURISTICS\x10\x06\"<\n\x11NumIterationsType\x12\x15\n\x11\x44\x45\x46\x41ULT_NUM_ITERS\x10\x00\x12\x07\n\x03ONE\x10\x01\x12\x07\n\x03TWO\x10\x02\"6\n\x06Toggle\x12\x0b\n\x07\x44\x45\x46\x41ULT\x10\x00\x12\x06\n\x02ON\x10\x01\x12\x07\n\x03OFF\x10\x02\x12\x0e\n\nAGGRESSIVE\x10\x03\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.rewriter_config_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER_PARAMETERMAPENTRY']._options = None
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER_PARAMETERMAPENTRY']._serialized_options = b'8\001'
  _globals['_AUTOPARALLELOPTIONS']._serialized_start=138
  _globals['_AUTOPARALLELOPTIONS']._serialized_end=197
  _globals['_SCOPEDALLOCATOROPTIONS']._serialized_start=199
  _globals['_SCOPEDALLOCATOROPTIONS']._serialized_end=242
  _globals['_REWRITERCONFIG']._serialized_start=245
  _globals['_REWRITERCONFIG']._serialized_end=2301
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER']._serialized_start=1819
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER']._serialized_end=2021
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER_PARAMETERMAPENTRY']._serialized_start=1947
  _globals['_REWRITERCONFIG_CUSTOMGRAPHOPTIMIZER_PARAMETERMAPENTRY']._serialized_end=2021
  _globals['_REWRITERCONFIG_MEMOPTTYPE']._serialized_start=2024
  _globals['_REWRITERCONFIG_MEMOPTTYPE']._serialized_end=2183
  _globals['_REWRITERCONFIG_NUMITERATIONSTYPE']._serialized_start=2185
  _globals['_REWRITERCONFIG_NUMITERATIONSTYPE']._serialized_end=2245
  _globals['_REWRITERCONFIG_TOGGLE']._serialized_start=2247
  _globals['_REWRITERCONFIG_TOGGLE']._serialized_end=2301
# @@protoc_insertion_point(module_scope)
