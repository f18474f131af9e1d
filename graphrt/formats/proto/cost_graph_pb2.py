# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/cost_graph.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import tensor_pb2 as graphrt_dot_formats_dot_proto_dot_tensor__pb2
from graphrt.formats.proto import types_pb2 as graphrt_dot_formats_dot_proto_dot_types__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n&graphrt/formats/proto/cost_graph.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\"\xd4\x05\n\x0c\x43ostGraphDef\x12+\n\x04node\x18\x01 \x03(\x0b\x32\x1d.graphrt.pb.CostGraphDef.Node\x1a\x96\x05\n\x04Node\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x0e\n\x06\x64\x65vice\x18\x02 \x01(\t\x12\n\n\x02id\x18\x03 \x01(\x05\x12;\n\ninput_info\x18\x04 \x03(\x0b\x32\'.graphrt.pb.CostGraphDef.Node.InputInfo\x12=\n\x0boutput_info\x18\x05 \x03(\x0b\x32(.graphrt.pb.CostGraphDef.Node.OutputInfo\x12\x1d\n\x15temporary_memory_size\x18\x06 \x01(\x03\x12\x10\n\x08is_final\x18\x07 \x01(\x08\x12\x15\n\rcontrol_input\x18\x08 \x03(\x05\x12\x14\n\x0c\x63ompute_cost\x18\t \x01(\x03\x12\x1d\n\x15host_temp_memory_size\x18\n \x01(\x03\x12\x1f\n\x17\x64\x65vice_temp_memory_size\x18\x0b \x01(\x03\x12\x1e\n\x16persistent_memory_size\x18\x0c \x01(\x03\x12\x14\n\x0c\x63ompute_time\x18\x0e \x01(\x03\x12\x13\n\x0bmemory_time\x18\x0f \x01(\x03\x12%\n\x1d\x64\x65vice_persistent_memory_size\x18\x10 \x01(\x03\x12\x12\n\ninaccurate\x18\x11 \x01(\x08\x1a;\n\tInputInfo\x12\x16\n\x0epreceding_node\x18\x01 \x01(\x05\x12\x16\n\x0epreceding_port\x18\x02 \x01(\x05\x1a\x86\x01\n\nOutputInfo\x12\x0c\n\x04size\x18\x01 \x01(\x03\x12\x18\n\x10\x61lias_input_port\x18\x02 \x01(\x03\x12+\n\x05shape\x18\x03 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12#\n\x05\x64type\x18\x04 \x01(\x0e\x32\x14.graphrt.pb.DataTypeb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.cost_graph_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_COSTGRAPHDEF']._serialized_start=126
  _globals['_COSTGRAPHDEF']._serialized_end=850
  _globals['_COSTGRAPHDEF_NODE']._serialized_start=188
  _globals['_COSTGRAPHDEF_NODE']._serialized_end=850
  _globals['_COSTGRAPHDEF_NODE_INPUTINFO']._serialized_start=654
  _globals['_COSTGRAPHDEF_NODE_INPUTINFO']._serialized_end=713
  _globals['_COSTGRAPHDEF_NODE_OUTPUTINFO']._serialized_start=716
  _globals['_COSTGRAPHDEF_NODE_OUTPUTINFO']._serialized_end=850
# @@protoc_insertion_point(module_scope)
