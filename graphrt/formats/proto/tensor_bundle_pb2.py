# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/tensor_bundle.proto
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
from graphrt.formats.proto import versions_pb2 as graphrt_dot_formats_dot_proto_dot_versions__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n)graphrt/formats/proto/tensor_bundle.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\x1a$graphrt/formats/proto/versions.proto\"\xb1\x01\n\x11\x42undleHeaderProto\x12\x12\n\nnum_shards\x18\x01 \x01(\x05\x12<\n\nendianness\x18\x02 \x01(\x0e\x32(.graphrt.pb.BundleHeaderProto.Endianness\x12\'\n\x07version\x18\x03 \x01(\x0b\x32\x16.graphrt.pb.VersionDef\"!\n\nEndianness\x12\n\n\x06LITTLE\x10\x00\x12\x07\n\x03\x42IG\x10\x01\"\xd2\x01\n\x10\x42undleEntryProto\x12#\n\x05\x64type\x18\x01 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\x10\n\x08shard_id\x18\x03 \x01(\x05\x12\x0e\n\x06offset\x18\x04 \x01(\x03\x12\x0c\n\x04size\x18\x05 \x01(\x03\x12\x0e\n\x06\x63rc32c\x18\x06 \x01(\x07\x12,\n\x06slices\x18\x07 \x03(\x0b\x32\x1c.graphrt.pb.TensorSliceProtob\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.tensor_bundle_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_BUNDLEHEADERPROTO']._serialized_start=167
  _globals['_BUNDLEHEADERPROTO']._serialized_end=344
  _globals['_BUNDLEHEADERPROTO_ENDIANNESS']._serialized_start=311
  _globals['_BUNDLEHEADERPROTO_ENDIANNESS']._serialized_end=344
  _globals['_BUNDLEENTRYPROTO']._serialized_start=347
  _globals['_BUNDLEENTRYPROTO']._serialized_end=557
# @@protoc_insertion_point(module_scope)
