# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/saved_object_graph.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import struct_pb2 as graphrt_dot_formats_dot_proto_dot_struct__pb2
from graphrt.formats.proto import tensor_pb2 as graphrt_dot_formats_dot_proto_dot_tensor__pb2
from graphrt.formats.proto import trackable_object_graph_pb2 as graphrt_dot_formats_dot_proto_dot_trackable__object__graph__pb2
from graphrt.formats.proto import types_pb2 as graphrt_dot_formats_dot_proto_dot_types__pb2
from graphrt.formats.proto import variable_pb2 as graphrt_dot_formats_dot_proto_dot_variable__pb2
from graphrt.formats.proto import versions_pb2 as graphrt_dot_formats_dot_proto_dot_versions__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n.graphrt/formats/proto/saved_object_graph.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/struct.proto\x1a\"graphrt/formats/proto/tensor.proto\x1a\x32graphrt/formats/proto/trackable_object_graph.proto\x1a!graphrt/formats/proto/types.proto\x1a$graphrt/formats/proto/variable.proto\x1a$graphrt/formats/proto/versions.proto\"\xe8\x01\n\x10SavedObjectGraph\x12&\n\x05nodes\x18\x01 \x03(\x0b\x32\x17.graphrt.pb.SavedObject\x12O\n\x12\x63oncrete_functions\x18\x02 \x03(\x0b\x32\x33.graphrt.pb.SavedObjectGraph.ConcreteFunctionsEntry\x1a[\n\x16\x43oncreteFunctionsEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\x30\n\x05value\x18\x02 \x01(\x0b\x32!.graphrt.pb.SavedConcreteFunction:\x02\x38\x01\"\xbd\x04\n\x0bSavedObject\x12R\n\x08\x63hildren\x18\x01 \x03(\x0b\x32@.graphrt.pb.TrackableObjectGraph.TrackableObject.ObjectReference\x12^\n\x0eslot_variables\x18\x03 \x03(\x0b\x32\x46.graphrt.pb.TrackableObjectGraph.TrackableObject.SlotVariableReference\x12\x32\n\x0buser_object\x18\x04 \x01(\x0b\x32\x1b.graphrt.pb.SavedUserObjectH\x00\x12\'\n\x05\x61sset\x18\x05 \x01(\x0b\x32\x16.graphrt.pb.SavedAssetH\x00\x12-\n\x08\x66unction\x18\x06 \x01(\x0b\x32\x19.graphrt.pb.SavedFunctionH\x00\x12-\n\x08variable\x18\x07 \x01(\x0b\x32\x19.graphrt.pb.SavedVariableH\x00\x12G\n\x16\x62\x61re_concrete_function\x18\x08 \x01(\x0b\x32%.graphrt.pb.SavedBareConcreteFunctionH\x00\x12-\n\x08\x63onstant\x18\t \x01(\x0b\x32\x19.graphrt.pb.SavedConstantH\x00\x12-\n\x08resource\x18\n \x01(\x0b\x32\x19.graphrt.pb.SavedResourceH\x00\x42\x06\n\x04kindJ\x04\x08\x02\x10\x03R\nattributes\"`\n\x0fSavedUserObject\x12\x12\n\nidentifier\x18\x01 \x01(\t\x12\'\n\x07version\x18\x02 \x01(\x0b\x32\x16.graphrt.pb.VersionDef\x12\x10\n\x08metadata\x18\x03 \x01(\t\"*\n\nSavedAsset\x12\x1c\n\x14\x61sset_file_def_index\x18\x01 \x01(\x05\"\\\n\rSavedFunction\x12\x1a\n\x12\x63oncrete_functions\x18\x01 \x03(\t\x12/\n\rfunction_spec\x18\x02 \x01(\x0b\x32\x18.graphrt.pb.FunctionSpec\"\xa8\x01\n\x15SavedConcreteFunction\x12\x14\n\x0c\x62ound_inputs\x18\x02 \x03(\x05\x12\x42\n\x1d\x63\x61nonicalized_input_signature\x18\x03 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue\x12\x35\n\x10output_signature\x18\x04 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue\"|\n\x19SavedBareConcreteFunction\x12\x1e\n\x16\x63oncrete_function_name\x18\x01 \x01(\t\x12\x19\n\x11\x61rgument_keywords\x18\x02 \x03(\t\x12$\n\x1c\x61llowed_positional_arguments\x18\x03 \x01(\x03\"\"\n\rSavedConstant\x12\x11\n\toperation\x18\x01 \x01(\t\"\xf6\x01\n\rSavedVariable\x12#\n\x05\x64type\x18\x01 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12+\n\x05shape\x18\x02 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x12\x11\n\ttrainable\x18\x03 \x01(\x08\x12<\n\x0fsynchronization\x18\x04 \x01(\x0e\x32#.graphrt.pb.VariableSynchronization\x12\x34\n\x0b\x61ggregation\x18\x05 \x01(\x0e\x32\x1f.graphrt.pb.VariableAggregation\x12\x0c\n\x04name\x18\x06 \x01(\t\"\x95\x01\n\x0c\x46unctionSpec\x12\x30\n\x0b\x66ullargspec\x18\x01 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValue\x12\x11\n\tis_method\x18\x02 \x01(\x08\x12\x34\n\x0finput_signature\x18\x05 \x01(\x0b\x32\x1b.graphrt.pb.StructuredValueJ\x04\x08\x03\x10\x04J\x04\x08\x04\x10\x05\"\x1f\n\rSavedResource\x12\x0e\n\x06\x64\x65vice\x18\x01 \x01(\tb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.saved_object_graph_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_SAVEDOBJECTGRAPH_CONCRETEFUNCTIONSENTRY']._options = None
  _globals['_SAVEDOBJECTGRAPH_CONCRETEFUNCTIONSENTRY']._serialized_options = b'8\001'
  _globals['_SAVEDOBJECTGRAPH']._serialized_start=298
  _globals['_SAVEDOBJECTGRAPH']._serialized_end=530
  _globals['_SAVEDOBJECTGRAPH_CONCRETEFUNCTIONSENTRY']._serialized_start=439
  _globals['_SAVEDOBJECTGRAPH_CONCRETEFUNCTIONSENTRY']._serialized_end=530
  _globals['_SAVEDOBJECT']._serialized_start=533
  _globals['_SAVEDOBJECT']._serialized_end=1106
  _globals['_SAVEDUSEROBJECT']._serialized_start=1108
  _globals['_SAVEDUSEROBJECT']._serialized_end=1204
  _globals['_SAVEDASSET']._serialized_start=1206
  _globals['_SAVEDASSET']._serialized_end=1248
  _globals['_SAVEDFUNCTION']._serialized_start=1250
  _globals['_SAVEDFUNCTION']._serialized_end=1342
  _globals['_SAVEDCONCRETEFUNCTION']._serialized_start=1345
  _globals['_SAVEDCONCRETEFUNCTION']._serialized_end=1513
  _globals['_SAVEDBARECONCRETEFUNCTION']._serialized_start=1515
  _globals['_SAVEDBARECONCRETEFUNCTION']._serialized_end=1639
  _globals['_SAVEDCONSTANT']._serialized_start=1641
  _globals['_SAVEDCONSTANT']._serialized_end=1675
  _globals['_SAVEDVARIABLE']._serialized_start=1678
  _globals['_SAVEDVARIABLE']._serialized_end=1924
  _globals['_FUNCTIONSPEC']._serialized_start=1927
  _globals['_FUNCTIONSPEC']._serialized_end=2076
  _globals['_SAVEDRESOURCE']._serialized_start=2078
  _globals['_SAVEDRESOURCE']._serialized_end=2109
# @@protoc_insertion_point(module_scope)
