# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/node.proto
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


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n graphrt/formats/proto/node.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\"\x96\x04\n\tAttrValue\x12/\n\x04list\x18\x01 \x01(\x0b\x32\x1f.graphrt.pb.AttrValue.ListValueH\x00\x12\x0b\n\x01s\x18\x02 \x01(\x0cH\x00\x12\x0b\n\x01i\x18\x03 \x01(\x03H\x00\x12\x0b\n\x01\x66\x18\x04 \x01(\x02H\x00\x12\x0b\n\x01\x62\x18\x05 \x01(\x08H\x00\x12$\n\x04type\x18\x06 \x01(\x0e\x32\x14.graphrt.pb.DataTypeH\x00\x12-\n\x05shape\x18\x07 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProtoH\x00\x12)\n\x06tensor\x18\x08 \x01(\x0b\x32\x17.graphrt.pb.TensorProtoH\x00\x12\x15\n\x0bplaceholder\x18\t \x01(\tH\x00\x12(\n\x04\x66unc\x18\n \x01(\x0b\x32\x18.graphrt.pb.NameAttrListH\x00\x1a\xd9\x01\n\tListValue\x12\t\n\x01s\x18\x02 \x03(\x0c\x12\t\n\x01i\x18\x03 \x03(\x03\x12\t\n\x01\x66\x18\x04 \x03(\x02\x12\t\n\x01\x62\x18\x05 \x03(\x08\x12\"\n\x04type\x18\x06 \x03(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05shape\x18\x07 \x03(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\'\n\x06tensor\x18\x08 \x03(\x0b\x32\x17.graphrt.pb.TensorProto\x12&\n\x04\x66unc\x18\t \x03(\x0b\x32\x18.graphrt.pb.NameAttrListB\x07\n\x05value\"\x92\x01\n\x0cNameAttrList\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x30\n\x04\x61ttr\x18\x02 \x03(\x0b\x32\".graphrt.pb.NameAttrList.AttrEntry\x1a\x42\n\tAttrEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12$\n\x05value\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.AttrValue:\x02\x38\x01\"\xd2\x02\n\x07NodeDef\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\n\n\x02op\x18\x02 \x01(\t\x12\r\n\x05input\x18\x03 \x03(\t\x12\x0e\n\x06\x64\x65vice\x18\x04 \x01(\t\x12+\n\x04\x61ttr\x18\x05 \x03(\x0b\x32\x1d.graphrt.pb.NodeDef.AttrEntry\x12J\n\x17\x65xperimental_debug_info\x18\x06 \x01(\x0b\x32).graphrt.pb.NodeDef.ExperimentalDebugInfo\x1aQ\n\x15\x45xperimentalDebugInfo\x12\x1b\n\x13original_node_names\x18\x01 \x03(\t\x12\x1b\n\x13original_func_names\x18\x02 \x03(\t\x1a\x42\n\tAttrEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12$\n\x05value\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.AttrValue:\x02\x38\x01\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.node_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_NAMEATTRLIST_ATTRENTRY']._options = None
  _globals['_NAMEATTRLIST_ATTRENTRY']._serialized_options = b'8\001'
  _globals['_NODEDEF_ATTRENTRY']._options = None
  _globals['_NODEDEF_ATTRENTRY']._serialized_options = b'8\001'
  _globals['_ATTRVALUE']._serialized_start=120
  _globals['_ATTRVALUE']._serialized_end=654
  _globals['_ATTRVALUE_LISTVALUE']._serialized_start=428
  _globals['_ATTRVALUE_LISTVALUE']._serialized_end=645
  _globals['_NAMEATTRLIST']._serialized_start=657
  _globals['_NAMEATTRLIST']._serialized_end=803
  _globals['_NAMEATTRLIST_ATTRENTRY']._serialized_start=737
  _globals['_NAMEATTRLIST_ATTRENTRY']._serialized_end=803
  _globals['_NODEDEF']._serialized_start=806
  _globals['_NODEDEF']._serialized_end=1144
  _globals['_NODEDEF_EXPERIMENTALDEBUGINFO']._serialized_start=995
  _globals['_NODEDEF_EXPERIMENTALDEBUGINFO']._serialized_end=1076
  _globals['_NODEDEF_ATTRENTRY']._serialized_start=737
  _globals['_NODEDEF_ATTRENTRY']._serialized_end=803
# @@protoc_insertion_point(module_scope)
