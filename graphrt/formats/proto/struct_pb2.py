# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/struct.proto
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


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\"graphrt/formats/proto/struct.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\"\xc7\x04\n\x0fStructuredValue\x12+\n\nnone_value\x18\x01 \x01(\x0b\x32\x15.graphrt.pb.NoneValueH\x00\x12\x17\n\rfloat64_value\x18\x0b \x01(\x01H\x00\x12\x15\n\x0bint64_value\x18\x0c \x01(\x12H\x00\x12\x16\n\x0cstring_value\x18\r \x01(\tH\x00\x12\x14\n\nbool_value\x18\x0e \x01(\x08H\x00\x12:\n\x12tensor_shape_value\x18\x1f \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProtoH\x00\x12\x32\n\x12tensor_dtype_value\x18  \x01(\x0e\x32\x14.graphrt.pb.DataTypeH\x00\x12\x38\n\x11tensor_spec_value\x18! \x01(\x0b\x32\x1b.graphrt.pb.TensorSpecProtoH\x00\x12\x34\n\x0ftype_spec_value\x18\" \x01(\x0b\x32\x19.graphrt.pb.TypeSpecProtoH\x00\x12+\n\nlist_value\x18\x33 \x01(\x0b\x32\x15.graphrt.pb.ListValueH\x00\x12-\n\x0btuple_value\x18\x34 \x01(\x0b\x32\x16.graphrt.pb.TupleValueH\x00\x12+\n\ndict_value\x18\x35 \x01(\x0b\x32\x15.graphrt.pb.DictValueH\x00\x12\x38\n\x11named_tuple_value\x18\x36 \x01(\x0b\x32\x1b.graphrt.pb.NamedTupleValueH\x00\x42\x06\n\x04kind\"\x0b\n\tNoneValue\"8\n\tListValue\x12+\n\x06values\x18\x01 \x03(\x0b\x32\x1b.graphrt.pb.StructuredValue\"9\n\nTupleValue\x12+\n\x06values\x18\x01 \x03(\x0b\x32\x1b.graphrt.pb.StructuredValue\"\x8a\x01\n\tDictValue\x12\x31\n\x06\x66ields\x18\x01 \x03(\x0b\x32!.graphrt.pb.DictValue.FieldsEntry\x1aJ\n\x0b\x46ieldsEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12*\n\x05value\x18\x02 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue:\x02\x38\x01\"D\n\tPairValue\x12\x0b\n\x03key\x18\x01 \x01(\t\x12*\n\x05value\x18\x02 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue\"F\n\x0fNamedTupleValue\x12\x0c\n\x04name\x18\x01 \x01(\t\x12%\n\x06values\x18\x02 \x03(\x0b\x32\x15.graphrt.pb.PairValue\"q\n\x0fTensorSpecProto\x12\x0c\n\x04name\x18\x01 \x01(\t\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12#\n\x05\x64type\x18\x03 \x01(\x0e\x32\x14.graphrt.pb.DataType\"\xf7\x02\n\rTypeSpecProto\x12@\n\x0ftype_spec_class\x18\x01 \x01(\x0e\x32\'.graphrt.pb.TypeSpecProto.TypeSpecClass\x12/\n\ntype_state\x18\x02 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue\x12\x1c\n\x14type_spec_class_name\x18\x03 \x01(\t\"\xd4\x01\n\rTypeSpecClass\x12\x0b\n\x07UNKNOWN\x10\x00\x12\x16\n\x12SPARSE_TENSOR_SPEC\x10\x01\x12\x17\n\x13INDEXED_SLICES_SPEC\x10\x02\x12\x16\n\x12RAGGED_TENSOR_SPEC\x10\x03\x12\x15\n\x11TENSOR_ARRAY_SPEC\x10\x04\x12\x15\n\x11\x44\x41TA_DATASET_SPEC\x10\x05\x12\x16\n\x12\x44\x41TA_ITERATOR_SPEC\x10\x06\x12\x11\n\rOPTIONAL_SPEC\x10\x07\x12\x14\n\x10PER_REPLICA_SPEC\x10\x08\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.struct_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_DICTVALUE_FIELDSENTRY']._options = None
  _globals['_DICTVALUE_FIELDSENTRY']._serialized_options = b'8\001'
  _globals['_STRUCTUREDVALUE']._serialized_start=122
  _globals['_STRUCTUREDVALUE']._serialized_end=705
  _globals['_NONEVALUE']._serialized_start=707
  _globals['_NONEVALUE']._serialized_end=718
  _globals['_LISTVALUE']._serialized_start=720
  _globals['_LISTVALUE']._serialized_end=776
  _globals['_TUPLEVALUE']._serialized_start=778
  _globals['_TUPLEVALUE']._serialized_end=835
  _globals['_DICTVALUE']._serialized_start=838
  _globals['_DICTVALUE']._serialized_end=976
  _globals['_DICTVALUE_FIELDSENTRY']._serialized_start=902
  _globals['_DICTVALUE_FIELDSENTRY']._serialized_end=976
  _globals['_PAIRVALUE']._serialized_start=978
  _globals['_PAIRVALUE']._serialized_end=1046
  _globals['_NAMEDTUPLEVALUE']._serialized_start=1048
  _globals['_NAMEDTUPLEVALUE']._serialized_end=1118
  _globals['_TENSORSPECPROTO']._serialized_start=1120
  _globals['_TENSORSPECPROTO']._serialized_end=1233
  _globals['_TYPESPECPROTO']._serialized_start=1236
  _globals['_TYPESPECPROTO']._serialized_end=1611
  _globals['_TYPESPECPROTO_TYPESPECCLASS']._serialized_start=1399
  _globals['_TYPESPECPROTO_TYPESPECCLASS']._serialized_end=1611
# @@protoc_insertion_point(module_scope)
