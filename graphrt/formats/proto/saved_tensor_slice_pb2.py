# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/saved_tensor_slice.proto
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


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n.graphrt/formats/proto/saved_tensor_slice.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\x1a$graphrt/formats/proto/versions.proto\"\x9c\x01\n\x0eSavedSliceMeta\x12\x0c\n\x04name\x18\x01 \x01(\t\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\"\n\x04type\x18\x03 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05slice\x18\x04 \x03(\x0b\x32\x1c.graphrt.pb.TensorSliceProto\"l\n\x14SavedTensorSliceMeta\x12*\n\x06tensor\x18\x01 \x03(\x0b\x32\x1a.graphrt.pb.SavedSliceMeta\x12(\n\x08versions\x18\x02 \x01(\x0b\x32\x16.graphrt.pb.VersionDef\"n\n\nSavedSlice\x12\x0c\n\x04name\x18\x01 \x01(\t\x12+\n\x05slice\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorSliceProto\x12%\n\x04\x64\x61ta\x18\x03 \x01(\x0b\x32\x17.graphrt.pb.TensorProto\"i\n\x11SavedTensorSlices\x12.\n\x04meta\x18\x01 \x01(\x0b\x32 .graphrt.pb.SavedTensorSliceMeta\x12$\n\x04\x64\x61ta\x18\x02 \x01(\x0b\x32\x16.graphrt.pb.SavedSliceb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.saved_tensor_slice_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_SAVEDSLICEMETA']._serialized_start=172
  _globals['_SAVEDSLICEMETA']._serialized_end=328
  _globals['_SAVEDTENSORSLICEMETA']._serialized_start=330
  _globals['_SAVEDTENSORSLICEMETA']._serialized_end=438
  _globals['_SAVEDSLICE']._serialized_start=440
  _globals['_SAVEDSLICE']._serialized_end=550
  _globals['_SAVEDTENSORSLICES']._serialized_start=552
  _globals['_SAVEDTENSORSLICES']._serialized_end=657
# @@protoc_insertion_point(module_scope)
