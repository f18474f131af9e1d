# Written by tools/gen_protos.py; do not edit.
# source: graphrt/formats/proto/config.proto
# Protobuf Python Version: 4.25.1
"""Generated protocol buffer code."""
from google.protobuf import descriptor as _descriptor
from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf import symbol_database as _symbol_database
from google.protobuf.internal import builder as _builder
# @@protoc_insertion_point(imports)

_sym_db = _symbol_database.Default()


from graphrt.formats.proto import cluster_pb2 as graphrt_dot_formats_dot_proto_dot_cluster__pb2
from graphrt.formats.proto import cost_graph_pb2 as graphrt_dot_formats_dot_proto_dot_cost__graph__pb2
from graphrt.formats.proto import debug_pb2 as graphrt_dot_formats_dot_proto_dot_debug__pb2
from graphrt.formats.proto import graph_pb2 as graphrt_dot_formats_dot_proto_dot_graph__pb2
from graphrt.formats.proto import rewriter_config_pb2 as graphrt_dot_formats_dot_proto_dot_rewriter__config__pb2
from graphrt.formats.proto import step_stats_pb2 as graphrt_dot_formats_dot_proto_dot_step__stats__pb2


DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\n\"graphrt/formats/proto/config.proto\x12\ngraphrt.pb\x1a#graphrt/formats/proto/cluster.proto\x1a&graphrt/formats/proto/cost_graph.proto\x1a!graphrt/formats/proto/debug.proto\x1a!graphrt/formats/proto/graph.proto\x1a+graphrt/formats/proto/rewriter_config.proto\x1a&graphrt/formats/proto/step_stats.proto\"\xb7\x05\n\nGPUOptions\x12\'\n\x1fper_process_gpu_memory_fraction\x18\x01 \x01(\x01\x12\x16\n\x0e\x61llocator_type\x18\x02 \x01(\t\x12\x1f\n\x17\x64\x65\x66\x65rred_deletion_bytes\x18\x03 \x01(\x03\x12\x14\n\x0c\x61llow_growth\x18\x04 \x01(\x08\x12\x1b\n\x13visible_device_list\x18\x05 \x01(\t\x12\"\n\x1apolling_active_delay_usecs\x18\x06 \x01(\x05\x12$\n\x1cpolling_inactive_delay_msecs\x18\x07 \x01(\x05\x12\x1c\n\x14\x66orce_gpu_compatible\x18\x08 \x01(\x08\x12\x39\n\x0c\x65xperimental\x18\t \x01(\x0b\x32#.graphrt.pb.GPUOptions.Experimental\x1a\xf0\x02\n\x0c\x45xperimental\x12K\n\x0fvirtual_devices\x18\x01 \x03(\x0b\x32\x32.graphrt.pb.GPUOptions.Experimental.VirtualDevices\x12\x1a\n\x12use_unified_memory\x18\x02 \x01(\x08\x12#\n\x1bnum_dev_to_dev_copy_streams\x18\x03 \x01(\x05\x12\x1d\n\x15\x63ollective_ring_order\x18\x04 \x01(\t\x12\x1d\n\x15timestamped_allocator\x18\x05 \x01(\x08\x12#\n\x1bkernel_tracker_max_interval\x18\x07 \x01(\x05\x12 \n\x18kernel_tracker_max_bytes\x18\x08 \x01(\x05\x12\"\n\x1akernel_tracker_max_pending\x18\t \x01(\x05\x1a)\n\x0eVirtualDevices\x12\x17\n\x0fmemory_limit_mb\x18\x01 \x03(\x02\"\x85\x03\n\x10OptimizerOptions\x12+\n#do_common_subexpression_elimination\x18\x01 \x01(\x08\x12\x1b\n\x13\x64o_constant_folding\x18\x02 \x01(\x08\x12\x35\n\topt_level\x18\x03 \x01(\x0e\x32\".graphrt.pb.OptimizerOptions.Level\x12\x1c\n\x14\x64o_function_inlining\x18\x04 \x01(\x08\x12\x45\n\x10global_jit_level\x18\x05 \x01(\x0e\x32+.graphrt.pb.OptimizerOptions.GlobalJitLevel\x12$\n\x1cmax_folded_constant_in_bytes\x18\x06 \x01(\x03\"C\n\x0eGlobalJitLevel\x12\x0b\n\x07\x44\x45\x46\x41ULT\x10\x00\x12\x10\n\x03OFF\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x08\n\x04ON_1\x10\x01\x12\x08\n\x04ON_2\x10\x02\" \n\x05Level\x12\x06\n\x02L1\x10\x00\x12\x0f\n\x02L0\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\"\xee\x02\n\x0cGraphOptions\x12\x1e\n\x16\x65nable_recv_scheduling\x18\x02 \x01(\x08\x12\x37\n\x11optimizer_options\x18\x03 \x01(\x0b\x32\x1c.graphrt.pb.OptimizerOptions\x12\x18\n\x10\x62uild_cost_model\x18\x04 \x01(\x03\x12\x14\n\x0cinfer_shapes\x18\x05 \x01(\x08\x12\x1a\n\x12place_pruned_graph\x18\x06 \x01(\x08\x12 \n\x18\x65nable_bfloat16_sendrecv\x18\x07 \x01(\x08\x12\x15\n\rtimeline_step\x18\x08 \x01(\x05\x12\x1e\n\x16\x62uild_cost_model_after\x18\t \x01(\x03\x12\x33\n\x0frewrite_options\x18\n \x01(\x0b\x32\x1a.graphrt.pb.RewriterConfigJ\x04\x08\x01\x10\x02R%skip_common_subexpression_elimination\"A\n\x15ThreadPoolOptionProto\x12\x13\n\x0bnum_threads\x18\x01 \x01(\x05\x12\x13\n\x0bglobal_name\x18\x02 \x01(\t\"\xb4\x01\n\nRPCOptions\x12$\n\x1cuse_rpc_for_inprocess_master\x18\x01 \x01(\x08\x12\x1d\n\x15\x63ompression_algorithm\x18\x02 \x01(\t\x12\x19\n\x11\x63ompression_level\x18\x03 \x01(\x05\x12\x1a\n\x12\x63\x61\x63he_rpc_response\x18\x04 \x01(\x08\x12*\n\"disable_session_connection_sharing\x18\x05 \x01(\x08\"0\n\x0fSessionMetadata\x12\x0c\n\x04name\x18\x01 \x01(\t\x12\x0f\n\x07version\x18\x02 \x01(\x03\"\x8c\t\n\x0b\x43onfigProto\x12>\n\x0c\x64\x65vice_count\x18\x01 \x03(\x0b\x32(.graphrt.pb.ConfigProto.DeviceCountEntry\x12$\n\x1cintra_op_parallelism_threads\x18\x02 \x01(\x05\x12\x18\n\x10placement_period\x18\x03 \x01(\x05\x12\x16\n\x0e\x64\x65vice_filters\x18\x04 \x03(\t\x12$\n\x1cinter_op_parallelism_threads\x18\x05 \x01(\x05\x12+\n\x0bgpu_options\x18\x06 \x01(\x0b\x32\x16.graphrt.pb.GPUOptions\x12\x1c\n\x14\x61llow_soft_placement\x18\x07 \x01(\x08\x12\x1c\n\x14log_device_placement\x18\x08 \x01(\x08\x12\x1f\n\x17use_per_session_threads\x18\t \x01(\x08\x12/\n\rgraph_options\x18\n \x01(\x0b\x32\x18.graphrt.pb.GraphOptions\x12\x1f\n\x17operation_timeout_in_ms\x18\x0b \x01(\x03\x12G\n\x1csession_inter_op_thread_pool\x18\x0c \x03(\x0b\x32!.graphrt.pb.ThreadPoolOptionProto\x12+\n\x0brpc_options\x18\r \x01(\x0b\x32\x16.graphrt.pb.RPCOptions\x12+\n\x0b\x63luster_def\x18\x0e \x01(\x0b\x32\x16.graphrt.pb.ClusterDef\x12\x1d\n\x15isolate_session_state\x18\x0f \x01(\x08\x12:\n\x0c\x65xperimental\x18\x10 \x01(\x0b\x32$.graphrt.pb.ConfigProto.Experimental\x1a\xb0\x03\n\x0c\x45xperimental\x12\x1f\n\x17\x63ollective_group_leader\x18\x01 \x01(\t\x12\x15\n\rexecutor_type\x18\x03 \x01(\t\x12\x1a\n\x12recv_buf_max_chunk\x18\x04 \x01(\x05\x12\x19\n\x11use_numa_affinity\x18\x05 \x01(\x08\x12\x35\n-collective_deterministic_sequential_execution\x18\x06 \x01(\x08\x12\x17\n\x0f\x63ollective_nccl\x18\x07 \x01(\x08\x12\x36\n.share_session_state_in_clusterspec_propagation\x18\x08 \x01(\x08\x12\x1f\n\x17\x64isable_thread_spinning\x18\t \x01(\x08\x12(\n share_cluster_devices_in_session\x18\n \x01(\x08\x12\x35\n\x10session_metadata\x18\x0b \x01(\x0b\x32\x1b.graphrt.pb.SessionMetadata\x12!\n\x19optimize_for_static_graph\x18\x0c \x01(\x08J\x04\x08\x02\x10\x03\x1a\x32\n\x10\x44\x65viceCountEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\x05:\x02\x38\x01\"\xd8\x03\n\nRunOptions\x12\x36\n\x0btrace_level\x18\x01 \x01(\x0e\x32!.graphrt.pb.RunOptions.TraceLevel\x12\x15\n\rtimeout_in_ms\x18\x02 \x01(\x03\x12\x1c\n\x14inter_op_thread_pool\x18\x03 \x01(\x05\x12\x1f\n\x17output_partition_graphs\x18\x05 \x01(\x08\x12/\n\rdebug_options\x18\x06 \x01(\x0b\x32\x18.graphrt.pb.DebugOptions\x12*\n\"report_tensor_allocations_upon_oom\x18\x07 \x01(\x08\x12\x39\n\x0c\x65xperimental\x18\x08 \x01(\x0b\x32#.graphrt.pb.RunOptions.Experimental\x1aJ\n\x0c\x45xperimental\x12\x1c\n\x14\x63ollective_graph_key\x18\x01 \x01(\x03\x12\x1c\n\x14use_run_handler_pool\x18\x02 \x01(\x08\"R\n\nTraceLevel\x12\x0c\n\x08NO_TRACE\x10\x00\x12\x12\n\x0eSOFTWARE_TRACE\x10\x01\x12\x12\n\x0eHARDWARE_TRACE\x10\x02\x12\x0e\n\nFULL_TRACE\x10\x03J\x04\x08\x04\x10\x05\"\x87\x03\n\x0bRunMetadata\x12)\n\nstep_stats\x18\x01 \x01(\x0b\x32\x15.graphrt.pb.StepStats\x12,\n\ncost_graph\x18\x02 \x01(\x0b\x32\x18.graphrt.pb.CostGraphDef\x12.\n\x10partition_graphs\x18\x03 \x03(\x0b\x32\x14.graphrt.pb.GraphDef\x12?\n\x0f\x66unction_graphs\x18\x04 \x03(\x0b\x32&.graphrt.pb.RunMetadata.FunctionGraphs\x1a\xad\x01\n\x0e\x46unctionGraphs\x12.\n\x10partition_graphs\x18\x01 \x03(\x0b\x32\x14.graphrt.pb.GraphDef\x12\x34\n\x16pre_optimization_graph\x18\x02 \x01(\x0b\x32\x14.graphrt.pb.GraphDef\x12\x35\n\x17post_optimization_graph\x18\x03 \x01(\x0b\x32\x14.graphrt.pb.GraphDef\":\n\x10TensorConnection\x12\x13\n\x0b\x66rom_tensor\x18\x01 \x01(\t\x12\x11\n\tto_tensor\x18\x02 \x01(\t\"\xb0\x03\n\x0f\x43\x61llableOptions\x12\x0c\n\x04\x66\x65\x65\x64\x18\x01 \x03(\t\x12\r\n\x05\x66\x65tch\x18\x02 \x03(\t\x12\x0e\n\x06target\x18\x03 \x03(\t\x12+\n\x0brun_options\x18\x04 \x01(\x0b\x32\x16.graphrt.pb.RunOptions\x12\x37\n\x11tensor_connection\x18\x05 \x03(\x0b\x32\x1c.graphrt.pb.TensorConnection\x12\x42\n\x0c\x66\x65\x65\x64_devices\x18\x06 \x03(\x0b\x32,.graphrt.pb.CallableOptions.FeedDevicesEntry\x12\x44\n\rfetch_devices\x18\x07 \x03(\x0b\x32-.graphrt.pb.CallableOptions.FetchDevicesEntry\x12\x17\n\x0f\x66\x65tch_skip_sync\x18\x08 \x01(\x08\x1a\x32\n\x10\x46\x65\x65\x64\x44\x65vicesEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\x1a\x33\n\x11\x46\x65tchDevicesEntry\x12\x0b\n\x03key\x18\x01 \x01(\t\x12\r\n\x05value\x18\x02 \x01(\t:\x02\x38\x01\x62\x06proto3')

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'graphrt.formats.proto.config_pb2', _globals)
if _descriptor._USE_C_DESCRIPTORS == False:
  DESCRIPTOR._options = None
  _globals['_CONFIGPROTO_DEVICECOUNTENTRY']._options = None
  _globals['_CONFIGPROTO_DEVICECOUNTENTRY']._serialized_options = b'8\001'
  _globals['_CALLABLEOPTIONS_FEEDDEVICESENTRY']._options = None
  _globals['_CALLABLEOPTIONS_FEEDDEVICESENTRY']._serialized_options = b'8\001'
  _globals['_CALLABLEOPTIONS_FETCHDEVICESENTRY']._options = None
  _globals['_CALLABLEOPTIONS_FETCHDEVICESENTRY']._serialized_options = b'8\001'
  _globals['_GPUOPTIONS']._serialized_start=283
  _globals['_GPUOPTIONS']._serialized_end=978
  _globals['_GPUOPTIONS_EXPERIMENTAL']._serialized_start=610
  _globals['_GPUOPTIONS_EXPERIMENTAL']._serialized_end=978
  _globals['_GPUOPTIONS_EXPERIMENTAL_VIRTUALDEVICES']._serialized_start=937
  _globals['_GPUOPTIONS_EXPERIMENTAL_VIRTUALDEVICES']._serialized_end=978
  _globals['_OPTIMIZEROPTIONS']._serialized_start=981
  _globals['_OPTIMIZEROPTIONS']._serialized_end=1370
  _globals['_OPTIMIZEROPTIONS_GLOBALJITLEVEL']._serialized_start=1269
  _globals['_OPTIMIZEROPTIONS_GLOBALJITLEVEL']._serialized_end=1336
  _globals['_OPTIMIZEROPTIONS_LEVEL']._serialized_start=1338
  _globals['_OPTIMIZEROPTIONS_LEVEL']._serialized_end=1370
  _globals['_GRAPHOPTIONS']._serialized_start=1373
  _globals['_GRAPHOPTIONS']._serialized_end=1739
  _globals['_THREADPOOLOPTIONPROTO']._serialized_start=1741
  _globals['_THREADPOOLOPTIONPROTO']._serialized_end=1806
  _globals['_RPCOPTIONS']._serialized_start=1809
  _globals['_RPCOPTIONS']._serialized_end=1989
  _globals['_SESSIONMETADATA']._serialized_start=1991
  _globals['_SESSIONMETADATA']._serialized_end=2039
  _globals['_CONFIGPROTO']._serialized_start=2042
  _globals['_CONFIGPROTO']._serialized_end=3206
  _globals['_CONFIGPROTO_EXPERIMENTAL']._serialized_start=2722
  _globals['_CONFIGPROTO_EXPERIMENTAL']._serialized_end=3154
  _globals['_CONFIGPROTO_DEVICECOUNTENTRY']._serialized_start=3156
  _globals['_CONFIGPROTO_DEVICECOUNTENTRY']._serialized_end=3206
  _globals['_RUNOPTIONS']._serialized_start=3209
  _globals['_RUNOPTIONS']._serialized_end=3681
  _globals['_RUNOPTIONS_EXPERIMENTAL']._serialized_start=3517
  _globals['_RUNOPTIONS_EXPERIMENTAL']._serialized_end=3591
  _globals['_RUNOPTIONS_TRACELEVEL']._serialized_start=3593
  _globals['_RUNOPTIONS_TRACELEVEL']._serialized_end=3675
  _globals['_RUNMETADATA']._serialized_start=3684
  _globals['_RUNMETADATA']._serialized_end=4075
  _globals['_RUNMETADATA_FUNCTIONGRAPHS']._serialized_start=3902
  _globals['_RUNMETADATA_FUNCTIONGRAPHS']._serialized_end=4075
  _globals['_TENSORCONNECTION']._serialized_start=4077
  _globals['_TENSORCONNECTION']._serialized_end=4135
  _globals['_CALLABLEOPTIONS']._serialized_start=4138
  _globals['_CALLABLEOPTIONS']._serialized_end=4570
  _globals['_CALLABLEOPTIONS_FEEDDEVICESENTRY']._serialized_start=4467
  _globals['_CALLABLEOPTIONS_FEEDDEVICESENTRY']._serialized_end=4517
  _globals['_CALLABLEOPTIONS_FETCHDEVICESENTRY']._serialized_start=4519
  _globals['_CALLABLEOPTIONS_FETCHDEVICESENTRY']._serialized_end=4570
# @@protoc_insertion_point(module_scope)
