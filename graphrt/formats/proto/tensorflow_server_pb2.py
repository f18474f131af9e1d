# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/tensorflow_server.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import cluster_pb2 as graphrt_dot_formats_dot_proto_dot_cluster__pb2
from graphrt.formats.proto import config_pb2 as graphrt_dot_formats_dot_proto_dot_config__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n-graphrt/formats/proto/tensorflow_server.proto\x12\ngraphrt.pb\x1a#graphrt/formats/proto/cluster.proto\x1a\"graphrt/formats/proto/config.proto\"\xa5\x01\n\tServerDef\x12\'\n\x07\x63luster\x18\x01 \x01(\x0b\x32\x16.graphrt.pb.ClusterDef\x12\x10\n\x08job_name\x18\x02 \x01(\t\x12\x12\n\ntask_index\x18\x03 \x01(\x05\x12\x37\n\x16\x64\x65\x66\x61ult_session_config\x18\x04 \x01(\x0b\x32\x17.graphrt.pb.ConfigProto\x12\x10\n\x08protocol\x18\x05 \x01(\tb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.tensorflow_server_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_SERVERDEF']._serialized_start=135
  _globals['_SERVERDEF']._serialized_end=300
# @@protoc_insertion_point(module_scope)
