# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/saved_model.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import meta_graph_pb2 as graphrt_dot_formats_dot_proto_dot_meta__graph__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\'graphrt/formats/proto/saved_model.proto\x12\ngraphrt.pb\x1a&graphrt/formats/proto/meta_graph.proto\"_\n\nSavedModel\x12\"\n\x1asaved_model_schema_version\x18\x01 \x01(\x03\x12-\n\x0bmeta_graphs\x18\x02 \x03(\x0b\x32\x18.graphrt.pb.MetaGraphDefb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.saved_model_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_SAVEDMODEL']._serialized_start=95
  _globals['_SAVEDMODEL']._serialized_end=190
# @@protoc_insertion_point(module_scope)
