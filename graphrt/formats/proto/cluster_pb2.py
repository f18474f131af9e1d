# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/cluster.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()




DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n#graphrt/formats/proto/cluster.proto\x12\ngraphrt.pb\"r\n\x06JobDef\x12\x0c\n\x04name\x18\x01 \x01(\t\x12,\n\x05tasks\x18\x02 \x03(\x0b\x32\x1d.graphrt.pb.JobDef.TasksEntry\x1a,\n\nTasksEntry\x12\x0b\n\x03key\x18\x01 \x01(\x05\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\"-\n\nClusterDef\x12\x1f\n\x03job\x18\x01 \x03(\x0b\x32\x12.graphrt.pb.JobDefb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.cluster_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_JOBDEF_TASKSENTRY']._options = None
  _globals['_JOBDEF_TASKSENTRY']._serialized_options = b'8\001'
  _globals['_JOBDEF']._serialized_start=51
  _globals['_JOBDEF']._serialized_end=165
  _globals['_JOBDEF_TASKSENTRY']._serialized_start=121
  _globals['_JOBDEF_TASKSENTRY']._serialized_end=165
  _globals['_CLUSTERDEF']._serialized_start=167
  _globals['_CLUSTERDEF']._serialized_end=212
# @@protoc_insertion_point(module_scope)
