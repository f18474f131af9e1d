# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/op_def.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import node_pb2 as graphrt_dot_formats_dot_proto_dot_node__pb2
from graphrt.formats.proto import types_pb2 as graphrt_dot_formats_dot_proto_dot_types__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\"graphrt/formats/proto/op_def.proto\x12\ngraphrt.pb\x1a graphrt/formats/proto/node.proto\x1a!graphrt/formats/proto/types.proto\"\xd0\x05\n\x05OpDef\x12\x0c\n\x04name\x18\x01 \x01(\t\x12+\n\tinput_arg\x18\x02 \x03(\x0b\x32\x18.graphrt.pb.OpDef.ArgDef\x12,\n\noutput_arg\x18\x03 \x03(\x0b\x32\x18.graphrt.pb.OpDef.ArgDef\x12\'\n\x04\x61ttr\x18\x04 \x03(\x0b\x32\x19.graphrt.pb.OpDef.AttrDef\x12\x0f\n\x07summary\x18\x05 \x01(\t\x12\x13\n\x0b\x64\x65scription\x18\x06 \x01(\t\x12.\n\x0b\x64\x65precation\x18\x08 \x01(\x0b\x32\x19.graphrt.pb.OpDeprecation\x12\x14\n\x0cis_aggregate\x18\x10 \x01(\x08\x12\x13\n\x0bis_stateful\x18\x11 \x01(\x08\x12\x16\n\x0eis_commutative\x18\x12 \x01(\x08\x12\"\n\x1a\x61llows_uninitialized_input\x18\x13 \x01(\x08\x12\x16\n\x0e\x63ontrol_output\x18\x14 \x03(\t\x1a\x9f\x01\n\x06\x41rgDef\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x13\n\x0b\x64\x65scription\x18\x02 \x01(\t\x12\"\n\x04type\x18\x03 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12\x11\n\ttype_attr\x18\x04 \x01(\t\x12\x13\n\x0bnumber_attr\x18\x05 \x01(\t\x12\x16\n\x0etype_list_attr\x18\x06 \x01(\t\x12\x0e\n\x06is_ref\x18\x10 \x01(\x08\x1a\xbd\x01\n\x07\x41ttrDef\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x0c\n\x04type\x18\x02 \x01(\t\x12,\n\rdefault_value\x18\x03 \x01(\x0b\x32\x15.graphrt.pb.AttrValue\x12\x13\n\x0b\x64\x65scription\x18\x04 \x01(\t\x12\x13\n\x0bhas_minimum\x18\x05 \x01(\x08\x12\x0f\n\x07minimum\x18\x06 \x01(\x03\x12-\n\x0e\x61llowed_values\x18\x07 \x01(\x0b\x32\x15.graphrt.pb.AttrValue\"5\n\rOpDeprecation\x12\x0f\n\x07version\x18\x01 \x01(\x05\x12\x13\n\x0b\x65xplanation\x18\x02 \x01(\t\"\'\n\x06OpList\x12\x1d\n\x02op\x18\x01 \x03(\x0b\x32\x11.graphrt.pb.OpDefb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.op_def_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_OPDEF']._serialized_start=120
  _globals['_OPDEF']._serialized_end=840
  _globals['_OPDEF_ARGDEF']._serialized_start=489
  _globals['_OPDEF_ARGDEF']._serialized_end=648
  _globals['_OPDEF_ATTRDEF']._serialized_start=651
  _globals['_OPDEF_ATTRDEF']._serialized_end=840
  _globals['_OPDEPRECATION']._serialized_start=842
  _globals['_OPDEPRECATION']._serialized_end=895
  _globals['_OPLIST']._serialized_start=897
  _globals['_OPLIST']._serialized_end=936
# @@protoc_insertion_point(module_scope)
