# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/tensor.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import types_pb2 as graphrt_dot_formats_dot_proto_dot_types__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\"graphrt/formats/proto/tensor.proto\x12\ngraphrt.pb\x1a!graphrt/formats/proto/types.proto\"z\n\x10TensorShapeProto\x12-\n\x03\x64im\x18\x02 \x03(\x0b\x32 .graphrt.pb.TensorShapeProto.Dim\x12\x14\n\x0cunknown_rank\x18\x03 \x01(\x08\x1a!\n\x03\x44im\x12\x0c\n\x04size\x18\x01 \x01(\x03\x12\x0c\n\x04name\x18\x02 \x01(\t\"\x9f\x02\n\x13ResourceHandleProto\x12\x0e\n\x06\x64\x65vice\x18\x01 \x01(\t\x12\x11\n\tcontainer\x18\x02 \x01(\t\x12\x0c\n\x04name\x18\x03 \x01(\t\x12\x11\n\thash_code\x18\x04 \x01(\x04\x12\x17\n\x0fmaybe_type_name\x18\x05 \x01(\t\x12H\n\x11\x64types_and_shapes\x18\x06 \x03(\x0b\x32-.graphrt.pb.ResourceHandleProto.DtypeAndShape\x1a\x61\n\rDtypeAndShape\x12#\n\x05\x64type\x18\x01 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\"\xe4\x03\n\x0bTensorProto\x12#\n\x05\x64type\x18\x01 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12\x32\n\x0ctensor_shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\x16\n\x0eversion_number\x18\x03 \x01(\x05\x12\x16\n\x0etensor_content\x18\x04 \x01(\x0c\x12\x11\n\tfloat_val\x18\x05 \x03(\x02\x12\x12\n\ndouble_val\x18\x06 \x03(\x01\x12\x0f\n\x07int_val\x18\x07 \x03(\x05\x12\x12\n\nstring_val\x18\x08 \x03(\x0c\x12\x14\n\x0cscomplex_val\x18\t \x03(\x02\x12\x11\n\tint64_val\x18\n \x03(\x03\x12\x10\n\x08\x62ool_val\x18\x0b \x03(\x08\x12\x14\n\x0c\x64\x63omplex_val\x18\x0c \x03(\x01\x12\x10\n\x08half_val\x18\r \x03(\x05\x12<\n\x13resource_handle_val\x18\x0e \x03(\x0b\x32\x1f.graphrt.pb.ResourceHandleProto\x12\x37\n\x0bvariant_val\x18\x0f \x03(\x0b\x32\".graphrt.pb.VariantTensorDataProto\x12\x12\n\nuint32_val\x18\x10 \x03(\r\x12\x12\n\nuint64_val\x18\x11 \x03(\x04\"g\n\x16VariantTensorDataProto\x12\x11\n\ttype_name\x18\x01 \x01(\t\x12\x10\n\x08metadata\x18\x02 \x01(\x0c\x12(\n\x07tensors\x18\x03 \x03(\x0b\x32\x17.graphrt.pb.TensorProto\"\x80\x01\n\x10TensorSliceProto\x12\x33\n\x06\x65xtent\x18\x01 \x03(\x0b\x32#.graphrt.pb.TensorSliceProto.Extent\x1a\x37\n\x06\x45xtent\x12\r\n\x05start\x18\x01 \x01(\x03\x12\x10\n\x06length\x18\x02 \x01(\x03H\x00\x42\x0c\n\nhas_length\"I\n\x10NamedTensorProto\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\'\n\x06tensor\x18\x02 \x01(\x0b\x32\x17.graphrt.pb.TensorProto\"\xa3\x01\n\x15\x41llocationDescription\x12\x17\n\x0frequested_bytes\x18\x01 \x01(\x03\x12\x17\n\x0f\x61llocated_bytes\x18\x02 \x01(\x03\x12\x16\n\x0e\x61llocator_name\x18\x03 \x01(\t\x12\x15\n\rallocation_id\x18\x04 \x01(\x03\x12\x1c\n\x14has_single_reference\x18\x05 \x01(\x08\x12\x0b\n\x03ptr\x18\x06 \x01(\x04\"\xa8\x01\n\x11TensorDescription\x12#\n\x05\x64type\x18\x01 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\x41\n\x16\x61llocation_description\x18\x04 \x01(\x0b\x32!.graphrt.pb.AllocationDescriptionb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.tensor_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_TENSORSHAPEPROTO']._serialized_start=85
  _globals['_TENSORSHAPEPROTO']._serialized_end=207
  _globals['_TENSORSHAPEPROTO_DIM']._serialized_start=174
  _globals['_TENSORSHAPEPROTO_DIM']._serialized_end=207
  _globals['_RESOURCEHANDLEPROTO']._serialized_start=210
  _globals['_RESOURCEHANDLEPROTO']._serialized_end=497
  _globals['_RESOURCEHANDLEPROTO_DTYPEANDSHAPE']._serialized_start=400
  _globals['_RESOURCEHANDLEPROTO_DTYPEANDSHAPE']._serialized_end=497
  _globals['_TENSORPROTO']._serialized_start=500
  _globals['_TENSORPROTO']._serialized_end=984
  _globals['_VARIANTTENSORDATAPROTO']._serialized_start=986
  _globals['_VARIANTTENSORDATAPROTO']._serialized_end=1089
  _globals['_TENSORSLICEPROTO']._serialized_start=1092
  _globals['_TENSORSLICEPROTO']._serialized_end=1220
  _globals['_TENSORSLICEPROTO_EXTENT']._serialized_start=1165
  _globals['_TENSORSLICEPROTO_EXTENT']._serialized_end=1220
  _globals['_NAMEDTENSORPROTO']._serialized_start=1222
  _globals['_NAMEDTENSORPROTO']._serialized_end=1295
  _globals['_ALLOCATIONDESCRIPTION']._serialized_start=1298
  _globals['_ALLOCATIONDESCRIPTION']._serialized_end=1461
  _globals['_TENSORDESCRIPTION']._serialized_start=1464
  _globals['_TENSORDESCRIPTION']._serialized_end=1632
# @@protoc_insertion_point(module_scope)
