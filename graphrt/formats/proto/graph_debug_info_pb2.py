# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/graph_debug_info.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()




DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n,graphrt/formats/proto/graph_debug_info.proto\x12\ngraphrt.pb\"\xd5\x02\n\x0eGraphDebugInfo\x12\r\n\x05\x66iles\x18\x01 \x03(\t\x12\x36\n\x06traces\x18\x02 \x03(\x0b\x32&.graphrt.pb.GraphDebugInfo.TracesEntry\x1aX\n\x0b\x46ileLineCol\x12\x12\n\nfile_index\x18\x01 \x01(\x05\x12\x0c\n\x04line\x18\x02 \x01(\x05\x12\x0b\n\x03\x63ol\x18\x03 \x01(\x05\x12\x0c\n\x04\x66unc\x18\x04 \x01(\t\x12\x0c\n\x04\x63ode\x18\x05 \x01(\t\x1aL\n\nStackTrace\x12>\n\x0e\x66ile_line_cols\x18\x01 \x03(\x0b\x32&.graphrt.pb.GraphDebugInfo.FileLineCol\x1aT\n\x0bTracesEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\x34\n\x05value\x18\x02 \x01(\x0b\x32%.graphrt.pb.GraphDebugInfo.StackTrace:\x02\x38\x01\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.graph_debug_info_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_GRAPHDEBUGINFO_TRACESENTRY']._options = None
  _globals['_GRAPHDEBUGINFO_TRACESENTRY']._serialized_options = b'8\001'
  _globals['_GRAPHDEBUGINFO']._serialized_start=61
  _globals['_GRAPHDEBUGINFO']._serialized_end=402
  _globals['_GRAPHDEBUGINFO_FILELINECOL']._serialized_start=150
  _globals['_GRAPHDEBUGINFO_FILELINECOL']._serialized_end=238
  _globals['_GRAPHDEBUGINFO_STACKTRACE']._serialized_start=240
  _globals['_GRAPHDEBUGINFO_STACKTRACE']._serialized_end=316
  _globals['_GRAPHDEBUGINFO_TRACESENTRY']._serialized_start=318
  _globals['_GRAPHDEBUGINFO_TRACESENTRY']._serialized_end=402
# @@protoc_insertion_point(module_scope)
