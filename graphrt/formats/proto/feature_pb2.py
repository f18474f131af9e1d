# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/feature.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()




DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n#graphrt/formats/proto/feature.proto\x12\ngraphrt.pb\"\x1a\n\tBytesList\x12\r\n\x05value\x18\x01 \x03(\x0c\"\x1a\n\tFloatList\x12\r\n\x05value\x18\x01 \x03(\x02\"\x1a\n\tInt64List\x12\r\n\x05value\x18\x01 \x03(\x03\"\x98\x01\n\x07\x46\x65\x61ture\x12+\n\nbytes_list\x18\x01 \x01(\x0b\x32\x15.graphrt.pb.BytesListH\x00\x12+\n\nfloat_list\x18\x02 \x01(\x0b\x32\x15.graphrt.pb.FloatListH\x00\x12+\n\nint64_list\x18\x03 \x01(\x0b\x32\x15.graphrt.pb.Int64ListH\x00\x42\x06\n\x04kind\"\x83\x01\n\x08\x46\x65\x61tures\x12\x32\n\x07\x66\x65\x61ture\x18\x01 \x03(\x0b\x32!.graphrt.pb.Features.FeatureEntry\x1a\x43\n\x0c\x46\x65\x61tureEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\"\n\x05value\x18\x02 \x01(\x0b\x32\x13.graphrt.pb.Feature:\x02\x38\x01\"3\n\x0b\x46\x65\x61tureList\x12$\n\x07\x66\x65\x61ture\x18\x01 \x03(\x0b\x32\x13.graphrt.pb.Feature\"\x9c\x01\n\x0c\x46\x65\x61tureLists\x12?\n\x0c\x66\x65\x61ture_list\x18\x01 \x03(\x0b\x32).graphrt.pb.FeatureLists.FeatureListEntry\x1aK\n\x10\x46\x65\x61tureListEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12&\n\x05value\x18\x02 \x01(\x0b\x32\x17.graphrt.pb.FeatureList:\x02\x38\x01\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.feature_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_FEATURES_FEATUREENTRY']._options = None
  _globals['_FEATURES_FEATUREENTRY']._serialized_options = b'8\001'
  _globals['_FEATURELISTS_FEATURELISTENTRY']._options = None
  _globals['_FEATURELISTS_FEATURELISTENTRY']._serialized_options = b'8\001'
  _globals['_BYTESLIST']._serialized_start=51
  _globals['_BYTESLIST']._serialized_end=77
  _globals['_FLOATLIST']._serialized_start=79
  _globals['_FLOATLIST']._serialized_end=105
  _globals['_INT64LIST']._serialized_start=107
  _globals['_INT64LIST']._serialized_end=133
  _globals['_FEATURE']._serialized_start=136
  _globals['_FEATURE']._serialized_end=288
  _globals['_FEATURES']._serialized_start=291
  _globals['_FEATURES']._serialized_end=422
  _globals['_FEATURES_FEATUREENTRY']._serialized_start=355
  _globals['_FEATURES_FEATUREENTRY']._serialized_end=422
  _globals['_FEATURELIST']._serialized_start=424
  _globals['_FEATURELIST']._serialized_end=475
  _globals['_FEATURELISTS']._serialized_start=478
  _globals['_FEATURELISTS']._serialized_end=634
  _globals['_FEATURELISTS_FEATURELISTENTRY']._serialized_start=559
  _globals['_FEATURELISTS_FEATURELISTENTRY']._serialized_end=634
# @@protoc_insertion_point(module_scope)
