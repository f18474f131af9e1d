# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/meta_graph.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from google.protobuf import any_pb2 as google_dot_protobuf_dot_any__pb2
from graphrt.formats.proto import graph_pb2 as graphrt_dot_formats_dot_proto_dot_graph__pb2
from graphrt.formats.proto import op_def_pb2 as graphrt_dot_formats_dot_proto_dot_op__def__pb2
from graphrt.formats.proto import saved_object_graph_pb2 as graphrt_dot_formats_dot_proto_dot_saved__object__graph__pb2
from graphrt.formats.proto import saver_pb2 as graphrt_dot_formats_dot_proto_dot_saver__pb2
from graphrt.formats.proto import struct_pb2 as graphrt_dot_formats_dot_proto_dot_struct__pb2
from graphrt.formats.proto import tensor_pb2 as graphrt_dot_formats_dot_proto_dot_tensor__pb2
from graphrt.formats.proto import types_pb2 as graphrt_dot_formats_dot_proto_dot_types__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n&graphrt/formats/proto/meta_graph.proto\x12\ngraphrt.pb\x1a\x19google/protobuf/any.proto\x1a!graphrt/formats/proto/graph.proto\x1a\"graphrt/formats/proto/op_def.proto\x1a.graphrt/formats/proto/saved_object_graph.proto\x1a!graphrt/formats/proto/saver.proto\x1a\"graphrt/formats/proto/struct.proto\x1a\"graphrt/formats/proto/tensor.proto\x1a!graphrt/formats/proto/types.proto\"\x9b\x06\n\x0cMetaGraphDef\x12;\n\rmeta_info_def\x18\x01 \x01(\x0b\x32$.graphrt.pb.MetaGraphDef.MetaInfoDef\x12\'\n\tgraph_def\x18\x02 \x01(\x0b\x32\x14.graphrt.pb.GraphDef\x12\'\n\tsaver_def\x18\x03 \x01(\x0b\x32\x14.graphrt.pb.SaverDef\x12\x43\n\x0e\x63ollection_def\x18\x04 \x03(\x0b\x32+.graphrt.pb.MetaGraphDef.CollectionDefEntry\x12\x41\n\rsignature_def\x18\x05 \x03(\x0b\x32*.graphrt.pb.MetaGraphDef.SignatureDefEntry\x12\x30\n\x0e\x61sset_file_def\x18\x06 \x03(\x0b\x32\x18.graphrt.pb.AssetFileDef\x12\x36\n\x10object_graph_def\x18\x07 \x01(\x0b\x32\x1c.graphrt.pb.SavedObjectGraph\x1a\xe9\x01\n\x0bMetaInfoDef\x12\x1a\n\x12meta_graph_version\x18\x01 \x01(\t\x12,\n\x10stripped_op_list\x18\x02 \x01(\x0b\x32\x12.graphrt.pb.OpList\x12&\n\x08\x61ny_info\x18\x03 \x01(\x0b\x32\x14.google.protobuf.Any\x12\x0c\n\x04tags\x18\x04 \x03(\t\x12\x1a\n\x12tensorflow_version\x18\x05 \x01(\t\x12\x1e\n\x16tensorflow_git_version\x18\x06 \x01(\t\x12\x1e\n\x16stripped_default_attrs\x18\x07 \x01(\x08\x1aO\n\x12\x43ollectionDefEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12(\n\x05value\x18\x02 \x01(\x0b\x32\x19.graphrt.pb.CollectionDef:\x02\x38\x01\x1aM\n\x11SignatureDefEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\'\n\x05value\x18\x02 \x01(\x0b\x32\x18.graphrt.pb.SignatureDef:\x02\x38\x01\"\xd7\x03\n\rCollectionDef\x12\x37\n\tnode_list\x18\x01 \x01(\x0b\x32\".graphrt.pb.CollectionDef.NodeListH\x00\x12\x39\n\nbytes_list\x18\x02 \x01(\x0b\x32#.graphrt.pb.CollectionDef.BytesListH\x00\x12\x39\n\nint64_list\x18\x03 \x01(\x0b\x32#.graphrt.pb.CollectionDef.Int64ListH\x00\x12\x39\n\nfloat_list\x18\x04 \x01(\x0b\x32#.graphrt.pb.CollectionDef.FloatListH\x00\x12\x35\n\x08\x61ny_list\x18\x05 \x01(\x0b\x32!.graphrt.pb.CollectionDef.AnyListH\x00\x1a.\n\x07\x41nyList\x12#\n\x05value\x18\x01 \x03(\x0b\x32\x14.google.protobuf.Any\x1a\x1a\n\tBytesList\x12\r\n\x05value\x18\x01 \x03(\x0c\x1a\x1a\n\tFloatList\x12\r\n\x05value\x18\x01 \x03(\x02\x1a\x1a\n\tInt64List\x12\r\n\x05value\x18\x01 \x03(\x03\x1a\x19\n\x08NodeList\x12\r\n\x05value\x18\x01 \x03(\tB\x06\n\x04kind\"\xd1\x03\n\nTensorInfo\x12\x0e\n\x04name\x18\x01 \x01(\tH\x00\x12\x36\n\ncoo_sparse\x18\x04 \x01(\x0b\x32 .graphrt.pb.TensorInfo.CooSparseH\x00\x12\x42\n\x10\x63omposite_tensor\x18\x05 \x01(\x0b\x32&.graphrt.pb.TensorInfo.CompositeTensorH\x00\x12#\n\x05\x64type\x18\x02 \x01(\x0e\x32\x14.graphrt.pb.DataType\x12\x32\n\x0ctensor_shape\x18\x03 \x01(\x0b\x32\x1c.graphrt.pb.TensorShapeProto\x1ak\n\x0f\x43ompositeTensor\x12,\n\ttype_spec\x18\x01 \x01(\x0b\x32\x19.graphrt.pb.TypeSpecProto\x12*\n\ncomponents\x18\x02 \x03(\x0b\x32\x16.graphrt.pb.TensorInfo\x1a\x65\n\tCooSparse\x12\x1a\n\x12values_tensor_name\x18\x01 \x01(\t\x12\x1b\n\x13indices_tensor_name\x18\x02 \x01(\t\x12\x1f\n\x17\x64\x65nse_shape_tensor_name\x18\x03 \x01(\tB\n\n\x08\x65ncoding\"\xa0\x02\n\x0cSignatureDef\x12\x34\n\x06inputs\x18\x01 \x03(\x0b\x32$.graphrt.pb.SignatureDef.InputsEntry\x12\x36\n\x07outputs\x18\x02 \x03(\x0b\x32%.graphrt.pb.SignatureDef.OutputsEntry\x12\x13\n\x0bmethod_name\x18\x03 \x01(\t\x1a\x45\n\x0bInputsEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12%\n\x05value\x18\x02 \x01(\x0b\x32\x16.graphrt.pb.TensorInfo:\x02\x38\x01\x1a\x46\n\x0cOutputsEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12%\n\x05value\x18\x02 \x01(\x0b\x32\x16.graphrt.pb.TensorInfo:\x02\x38\x01\"M\n\x0c\x41ssetFileDef\x12+\n\x0btensor_info\x18\x01 \x01(\x0b\x32\x16.graphrt.pb.TensorInfo\x12\x10\n\x08\x66ilename\x18\x02 \x01(\tb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.meta_graph_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_METAGRAPHDEF_COLLECTIONDEFENTRY']._options = None
  _globals['_METAGRAPHDEF_COLLECTIONDEFENTRY']._serialized_options = b'8\001'
  _globals['_METAGRAPHDEF_SIGNATUREDEFENTRY']._options = None
  _globals['_METAGRAPHDEF_SIGNATUREDEFENTRY']._serialized_options = b'8\001'
  _globals['_SIGNATUREDEF_INPUTSENTRY']._options = None
  _globals['_SIGNATUREDEF_INPUTSENTRY']._serialized_options = b'8\001'
  _globals['_SIGNATUREDEF_OUTPUTSENTRY']._options = None
  _globals['_SIGNATUREDEF_OUTPUTSENTRY']._serialized_options = b'8\001'
  _globals['_METAGRAPHDEF']._serialized_start=343
  _globals['_METAGRAPHDEF']._serialized_end=1138
  _globals['_METAGRAPHDEF_METAINFODEF']._serialized_start=745
  _globals['_METAGRAPHDEF_METAINFODEF']._serialized_end=978
  _globals['_METAGRAPHDEF_COLLECTIONDEFENTRY']._serialized_start=980
  _globals['_METAGRAPHDEF_COLLECTIONDEFENTRY']._serialized_end=1059
  _globals['_METAGRAPHDEF_SIGNATUREDEFENTRY']._serialized_start=1061
  _globals['_METAGRAPHDEF_SIGNATUREDEFENTRY']._serialized_end=1138
  _globals['_COLLECTIONDEF']._serialized_start=1141
  _globals['_COLLECTIONDEF']._serialized_end=1612
  _globals['_COLLECTIONDEF_ANYLIST']._serialized_start=1447
  _globals['_COLLECTIONDEF_ANYLIST']._serialized_end=1493
  _globals['_COLLECTIONDEF_BYTESLIST']._serialized_start=1495
  _globals['_COLLECTIONDEF_BYTESLIST']._serialized_end=1521
  _globals['_COLLECTIONDEF_FLOATLIST']._serialized_start=1523
  _globals['_COLLECTIONDEF_FLOATLIST']._serialized_end=1549
  _globals['_COLLECTIONDEF_INT64LIST']._serialized_start=1551
  _globals['_COLLECTIONDEF_INT64LIST']._serialized_end=1577
  _globals['_COLLECTIONDEF_NODELIST']._serialized_start=1579
  _globals['_COLLECTIONDEF_NODELIST']._serialized_end=1604
  _globals['_TENSORINFO']._serialized_start=1615
  _globals['_TENSORINFO']._serialized_end=2080
  _globals['_TENSORINFO_COMPOSITETENSOR']._serialized_start=1858
  _globals['_TENSORINFO_COMPOSITETENSOR']._serialized_end=1965
  _globals['_TENSORINFO_COOSPARSE']._serialized_start=1967
  _globals['_TENSORINFO_COOSPARSE']._serialized_end=2068
  _globals['_SIGNATUREDEF']._serialized_start=2083
  _globals['_SIGNATUREDEF']._serialized_end=2371
  _globals['_SIGNATUREDEF_INPUTSENTRY']._serialized_start=2230
  _globals['_SIGNATUREDEF_INPUTSENTRY']._serialized_end=2299
  _globals['_SIGNATUREDEF_OUTPUTSENTRY']._serialized_start=2301
  _globals['_SIGNATUREDEF_OUTPUTSENTRY']._serialized_end=2371
  _globals['_ASSETFILEDEF']._serialized_start=2373
  _globals['_ASSETFILEDEF']._serialized_end=2450
# @@protoc_insertion_point(module_scope)
