# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/graph.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import function_pb2 as graphrt_dot_formats_dot_proto_dot_function__pb2
from graphrt.formats.proto import node_pb2 as graphrt_dot_formats_dot_proto_dot_node__pb2
from graphrt.formats.proto import versions_pb2 as graphrt_dot_formats_dot_proto_dot_versions__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n!graphrt/formats/proto/graph.proto\x12\ngraphrt.pb\x1a$graphrt/formats/proto/function.proto\x1a graphrt/formats/proto/node.proto\x1a$graphrt/formats/proto/versions.proto\"\x99\x01\n\x08GraphDef\x12!\n\x04node\x18\x01 \x03(\x0b\x32\x13.graphrt.pb.NodeDef\x12/\n\x07library\x18\x02 \x01(\x0b\x32\x1e.graphrt.pb.FunctionDefLibrary\x12\x0f\n\x07version\x18\x03 \x01(\x05\x12(\n\x08versions\x18\x04 \x01(\x0b\x32\x16.graphrt.pb.VersionDefb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.graph_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_GRAPHDEF']._serialized_start=160
  _globals['_GRAPHDEF']._serialized_end=313
# @@protoc_insertion_point(module_scope)
