# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/function.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import node_pb2 as graphrt_dot_formats_dot_proto_dot_node__pb2
from graphrt.formats.proto import op_def_pb2 as graphrt_dot_formats_dot_proto_dot_op__def__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n$graphrt/formats/proto/function.proto\x12\ngraphrt.pb\x1a graphrt/formats/proto/node.proto\x1a\"graphrt/formats/proto/op_def.proto\"j\n\x12\x46unctionDefLibrary\x12)\n\x08\x66unction\x18\x01 \x03(\x0b\x32\x17.graphrt.pb.FunctionDef\x12)\n\x08gradient\x18\x02 \x03(\x0b\x32\x17.graphrt.pb.GradientDef\"\xb6\x05\n\x0b\x46unctionDef\x12$\n\tsignature\x18\x01 \x01(\x0b\x32\x11.graphrt.pb.OpDef\x12%\n\x08node_def\x18\x03 \x03(\x0b\x32\x13.graphrt.pb.NodeDef\x12-\n\x03ret\x18\x04 \x03(\x0b\x32 .graphrt.pb.FunctionDef.RetEntry\x12/\n\x04\x61ttr\x18\x05 \x03(\x0b\x32!.graphrt.pb.FunctionDef.AttrEntry\x12<\n\x0b\x63ontrol_ret\x18\x06 \x03(\x0b\x32\'.graphrt.pb.FunctionDef.ControlRetEntry\x12\x36\n\x08\x61rg_attr\x18\x07 \x03(\x0b\x32$.graphrt.pb.FunctionDef.ArgAttrEntry\x1a\x88\x01\n\x08\x41rgAttrs\x12\x38\n\x04\x61ttr\x18\x01 \x03(\x0b\x32*.graphrt.pb.FunctionDef.ArgAttrs.AttrEntry\x1a\x42\n\tAttrEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12$\n\x05value\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.AttrValue:\x02\x38\x01\x1a*\n\x08RetEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\x1a\x42\n\tAttrEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12$\n\x05value\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.AttrValue:\x02\x38\x01\x1a\x31\n\x0f\x43ontrolRetEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\x1aP\n\x0c\x41rgAttrEntry\x12\x0b\n\x03key\x18\x01 \x01(\r\x12/\n\x05value\x18\x02 \x01(\x0b\x32 .graphrt.pb.FunctionDef.ArgAttrs:\x02\x38\x01J\x04\x08\x02\x10\x03\";\n\x0bGradientDef\x12\x15\n\rfunction_name\x18\x01 \x01(\t\x12\x15\n\rgradient_func\x18\x02 \x01(\tb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.function_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_FUNCTIONDEF_ARGATTRS_ATTRENTRY']._options = None
  _globals['_FUNCTIONDEF_ARGATTRS_ATTRENTRY']._serialized_options = b'8\001'
  _globals['_FUNCTIONDEF_RETENTRY']._options = None
  _globals['_FUNCTIONDEF_RETENTRY']._serialized_options = b'8\001'
  _globals['_FUNCTIONDEF_ATTRENTRY']._options = None
  _globals['_FUNCTIONDEF_ATTRENTRY']._serialized_options = b'8\001'
  _globals['_FUNCTIONDEF_CONTROLRETENTRY']._options = None
  _globals['_FUNCTIONDEF_CONTROLRETENTRY']._serialized_options = b'8\001'
  _globals['_FUNCTIONDEF_ARGATTRENTRY']._options = None
  _globals['_FUNCTIONDEF_ARGATTRENTRY']._serialized_options = b'8\001'
  _globals['_FUNCTIONDEFLIBRARY']._serialized_start=122
  _globals['_FUNCTIONDEFLIBRARY']._serialized_end=228
  _globals['_FUNCTIONDEF']._serialized_start=231
  _globals['_FUNCTIONDEF']._serialized_end=925
  _globals['_FUNCTIONDEF_ARGATTRS']._serialized_start=538
  _globals['_FUNCTIONDEF_ARGATTRS']._serialized_end=674
  _globals['_FUNCTIONDEF_ARGATTRS_ATTRENTRY']._serialized_start=608
  _globals['_FUNCTIONDEF_ARGATTRS_ATTRENTRY']._serialized_end=674
  _globals['_FUNCTIONDEF_RETENTRY']._serialized_start=676
  _globals['_FUNCTIONDEF_RETENTRY']._serialized_end=718
  _globals['_FUNCTIONDEF_ATTRENTRY']._serialized_start=608
  _globals['_FUNCTIONDEF_ATTRENTRY']._serialized_end=674
  _globals['_FUNCTIONDEF_CONTROLRETENTRY']._serialized_start=788
  _globals['_FUNCTIONDEF_CONTROLRETENTRY']._serialized_end=837
  _globals['_FUNCTIONDEF_ARGATTRENTRY']._serialized_start=839
  _globals['_FUNCTIONDEF_ARGATTRENTRY']._serialized_end=919
  _globals['_GRADIENTDEF']._serialized_start=927
  _globals['_GRADIENTDEF']._serialized_end=986
# @@protoc_insertion_point(module_scope)
