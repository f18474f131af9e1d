# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/queue_runner.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import error_codes_pb2 as graphrt_dot_formats_dot_proto_dot_error__codes__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n(graphrt/formats/proto/queue_runner.proto\x12\ngraphrt.pb\x1a\'graphrt/formats/proto/error_codes.proto\"\xaa\x01\n\x0eQueueRunnerDef\x12\x12\n\nqueue_name\x18\x01 \x01(\t\x12\x17\n\x0f\x65nqueue_op_name\x18\x02 \x03(\t\x12\x15\n\rclose_op_name\x18\x03 \x01(\t\x12\x16\n\x0e\x63\x61ncel_op_name\x18\x04 \x01(\t\x12<\n\x1cqueue_closed_exception_types\x18\x05 \x03(\x0e\x32\x16.graphrt.pb.error.Codeb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.queue_runner_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_QUEUERUNNERDEF']._serialized_start=98
  _globals['_QUEUERUNNERDEF']._serialized_end=268
# @@protoc_insertion_point(module_scope)
