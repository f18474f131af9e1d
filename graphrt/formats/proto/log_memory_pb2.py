# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/log_memory.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import tensor_pb2 as graphrt_dot_formats_dot_proto_dot_tensor__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n&graphrt/formats/proto/log_memory.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\"0\n\rMemoryLogStep\x12\x0f\n\x07step_id\x18\x01 \x01(\x03\x12\x0e\n\x06handle\x18\x02 \x01(\t\"p\n\x19MemoryLogTensorAllocation\x12\x0f\n\x07step_id\x18\x01 \x01(\x03\x12\x13\n\x0bkernel_name\x18\x02 \x01(\t\x12-\n\x06tensor\x18\x03 \x01(\x0b\x32\x1d.graphrt.pb.TensorDescription\"L\n\x1bMemoryLogTensorDeallocation\x12\x15\n\rallocation_id\x18\x01 \x01(\x03\x12\x16\n\x0e\x61llocator_name\x18\x02 \x01(\t\"{\n\x15MemoryLogTensorOutput\x12\x0f\n\x07step_id\x18\x01 \x01(\x03\x12\x13\n\x0bkernel_name\x18\x02 \x01(\t\x12\r\n\x05index\x18\x03 \x01(\x05\x12-\n\x06tensor\x18\x04 \x01(\x0b\x32\x1d.graphrt.pb.TensorDescription\"\x8b\x01\n\x16MemoryLogRawAllocation\x12\x0f\n\x07step_id\x18\x01 \x01(\x03\x12\x11\n\toperation\x18\x02 \x01(\t\x12\x11\n\tnum_bytes\x18\x03 \x01(\x03\x12\x0b\n\x03ptr\x18\x04 \x01(\x04\x12\x15\n\rallocation_id\x18\x05 \x01(\x03\x12\x16\n\x0e\x61llocator_name\x18\x06 \x01(\t\"\x7f\n\x18MemoryLogRawDeallocation\x12\x0f\n\x07step_id\x18\x01 \x01(\x03\x12\x11\n\toperation\x18\x02 \x01(\t\x12\x15\n\rallocation_id\x18\x03 \x01(\x03\x12\x16\n\x0e\x61llocator_name\x18\x04 \x01(\t\x12\x10\n\x08\x64\x65\x66\x65rred\x18\x05 \x01(\x08\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.log_memory_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_MEMORYLOGSTEP']._serialized_start=90
  _globals['_MEMORYLOGSTEP']._serialized_end=138
  _globals['_MEMORYLOGTENSORALLOCATION']._serialized_start=140
  _globals['_MEMORYLOGTENSORALLOCATION']._serialized_end=252
  _globals['_MEMORYLOGTENSORDEALLOCATION']._serialized_start=254
  _globals['_MEMORYLOGTENSORDEALLOCATION']._serialized_end=330
  _globals['_MEMORYLOGTENSOROUTPUT']._serialized_start=332
  _globals['_MEMORYLOGTENSOROUTPUT']._serialized_end=455
  _globals['_MEMORYLOGRAWALLOCATION']._serialized_start=458
  _globals['_MEMORYLOGRAWALLOCATION']._serialized_end=597
  _globals['_MEMORYLOGRAWDEALLOCATION']._serialized_start=599
  _globals['_MEMORYLOGRAWDEALLOCATION']._serialized_end=726
# @@protoc_insertion_point(module_scope)
