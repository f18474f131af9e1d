# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/example.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import feature_pb2 as graphrt_dot_formats_dot_proto_dot_feature__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n#graphrt/formats/proto/example.proto\x12\ngraphrt.pb\x1a#graphrt/formats/proto/feature.proto\"1\n\x07\x45xample\x12&\n\x08\x66\x65\x61tures\x18\x01 \x01(\x0b\x32\x14.graphrt.pb.Features\"i\n\x0fSequenceExample\x12%\n\x07\x63ontext\x18\x01 \x01(\x0b\x32\x14.graphrt.pb.Features\x12/\n\rfeature_lists\x18\x02 \x01(\x0b\x32\x18.graphrt.pb.FeatureListsb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.example_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_EXAMPLE']._serialized_start=88
  _globals['_EXAMPLE']._serialized_end=137
  _globals['_SEQUENCEEXAMPLE']._serialized_start=139
  _globals['_SEQUENCEEXAMPLE']._serialized_end=244
# @@protoc_insertion_point(module_scope)
