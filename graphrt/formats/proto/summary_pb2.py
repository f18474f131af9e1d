# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/summary.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import tensor_pb2 as graphrt_dot_formats_dot_proto_dot_tensor__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n#graphrt/formats/proto/summary.proto\x12\ngraphrt.pb\x1a\"graphrt/formats/proto/tensor.proto\"\'\n\x12SummaryDescription\x12\x11\n\ttype_hint\x18\x01 \x01(\t\"\x7f\n\x0eHistogramProto\x12\x0b\n\x03min\x18\x01 \x01(\x01\x12\x0b\n\x03max\x18\x02 \x01(\x01\x12\x0b\n\x03num\x18\x03 \x01(\x01\x12\x0b\n\x03sum\x18\x04 \x01(\x01\x12\x13\n\x0bsum_squares\x18\x05 \x01(\x01\x12\x14\n\x0c\x62ucket_limit\x18\x06 \x03(\x01\x12\x0e\n\x06\x62ucket\x18\x07 \x03(\x01\"\xb5\x01\n\x0fSummaryMetadata\x12;\n\x0bplugin_data\x18\x01 \x01(\x0b\x32&.graphrt.pb.SummaryMetadata.PluginData\x12\x14\n\x0c\x64isplay_name\x18\x02 \x01(\t\x12\x1b\n\x13summary_description\x18\x03 \x01(\t\x1a\x32\n\nPluginData\x12\x13\n\x0bplugin_name\x18\x01 \x01(\t\x12\x0f\n\x07\x63ontent\x18\x02 \x01(\x0c\"\xde\x04\n\x07Summary\x12(\n\x05value\x18\x01 \x03(\x0b\x32\x19.graphrt.pb.Summary.Value\x1a}\n\x05\x41udio\x12\x13\n\x0bsample_rate\x18\x01 \x01(\x02\x12\x14\n\x0cnum_channels\x18\x02 \x01(\x03\x12\x15\n\rlength_frames\x18\x03 \x01(\x03\x12\x1c\n\x14\x65ncoded_audio_string\x18\x04 \x01(\x0c\x12\x14\n\x0c\x63ontent_type\x18\x05 \x01(\t\x1aX\n\x05Image\x12\x0e\n\x06height\x18\x01 \x01(\x05\x12\r\n\x05width\x18\x02 \x01(\x05\x12\x12\n\ncolorspace\x18\x03 \x01(\x05\x12\x1c\n\x14\x65ncoded_image_string\x18\x04 \x01(\x0c\x1a\xcf\x02\n\x05Value\x12\x0b\n\x03tag\x18\x01 \x01(\t\x12\x16\n\x0csimple_value\x18\x02 \x01(\x02H\x00\x12&\n\x1cobsolete_old_style_histogram\x18\x03 \x01(\x0cH\x00\x12*\n\x05image\x18\x04 \x01(\x0b\x32\x19.graphrt.pb.Summary.ImageH\x00\x12+\n\x05histo\x18\x05 \x01(\x0b\x32\x1a.graphrt.pb.HistogramProtoH\x00\x12*\n\x05\x61udio\x18\x06 \x01(\x0b\x32\x19.graphrt.pb.Summary.AudioH\x00\x12)\n\x06tensor\x18\x08 \x01(\x0b\x32\x17.graphrt.pb.TensorProtoH\x00\x12\x11\n\tnode_name\x18\x07 \x01(\t\x12-\n\x08metadata\x18\t \x01(\x0b\x32\x1b.graphrt.pb.SummaryMetadataB\x07\n\x05valueb\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.summary_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_SUMMARYDESCRIPTION']._serialized_start=87
  _globals['_SUMMARYDESCRIPTION']._serialized_end=126
  _globals['_HISTOGRAMPROTO']._serialized_start=128
  _globals['_HISTOGRAMPROTO']._serialized_end=255
  _globals['_SUMMARYMETADATA']._serialized_start=258
  _globals['_SUMMARYMETADATA']._serialized_end=439
  _globals['_SUMMARYMETADATA_PLUGINDATA']._serialized_start=389
  _globals['_SUMMARYMETADATA_PLUGINDATA']._serialized_end=439
  _globals['_SUMMARY']._serialized_start=442
  _globals['_SUMMARY']._serialized_end=1048
  _globals['_SUMMARY_AUDIO']._serialized_start=495
  _globals['_SUMMARY_AUDIO']._serialized_end=620
  _globals['_SUMMARY_IMAGE']._serialized_start=622
  _globals['_SUMMARY_IMAGE']._serialized_end=710
  _globals['_SUMMARY_VALUE']._serialized_start=713
  _globals['_SUMMARY_VALUE']._serialized_end=1048
# @@protoc_insertion_point(module_scope)
