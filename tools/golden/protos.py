"""Write down TensorFlow 1.15.5's protocol messages: run under its Python, writes tests/golden/formats/protos.json.

Only what decides bytes and text format is recorded: field names, numbers, types and labels, oneofs, enum values.
Usage: /path/to/tf115/bin/python tools/golden/protos.py
"""

import importlib
import json
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2

MODULES = """
framework.types framework.tensor_shape framework.resource_handle framework.tensor framework.tensor_slice
framework.tensor_description framework.allocation_description framework.versions framework.attr_value
framework.node_def framework.op_def framework.function framework.graph framework.variable framework.step_stats
framework.cost_graph framework.device_attributes framework.summary framework.log_memory
protobuf.named_tensor protobuf.cluster protobuf.tensorflow_server protobuf.config protobuf.rewriter_config
protobuf.verifier_config protobuf.debug protobuf.queue_runner protobuf.control_flow protobuf.saver
protobuf.meta_graph protobuf.saved_model protobuf.saved_object_graph protobuf.trackable_object_graph
protobuf.struct protobuf.tensor_bundle protobuf.graph_debug_info
util.event util.saved_tensor_slice example.feature example.example lib.core.error_codes
""".split()
TYPES = descriptor_pb2.FieldDescriptorProto.Type
LABELS = descriptor_pb2.FieldDescriptorProto.Label
# Messages between the servers of a TPU cluster, which share a file with Event and have no place in graphrt.
LEFT_OUT = {"WatchdogConfig", "WorkerHeartbeatRequest", "WorkerHeartbeatResponse", "WorkerHealth", "WorkerShutdownMode"}


def local(name):
    """'.tensorflow.AttrValue.ListValue' -> 'AttrValue.ListValue' (packages differ between them and us)."""
    for prefix in (".tensorflow.error.", ".tensorflow."):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name.lstrip(".")


def describe_field(field, message):
    """[number, label, type, oneof or None]; the type of a message or enum field is that message's name."""
    kind = local(field.type_name) if field.type_name else TYPES.Name(field.type)[len("TYPE_") :].lower()
    if field.options.HasField("packed") and not field.options.packed:
        kind += " unpacked"
    oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
    return [field.number, LABELS.Name(field.label)[len("LABEL_") :].lower(), kind, oneof]


def describe_enum(enum):
    return {value.name: value.number for value in enum.value}


def describe_message(message, prefix, messages, enums):
    """Add `message` and everything nested in it to the two tables."""
    name = prefix + message.name
    messages[name] = {field.name: describe_field(field, message) for field in message.field}
    for nested in message.nested_type:
        describe_message(nested, name + ".", messages, enums)
    for enum in message.enum_type:
        enums[name + "." + enum.name] = describe_enum(enum)


def describe_files(descriptors):
    """{'messages': {name: {field: [number, label, type, oneof]}}, 'enums': {name: {value: number}}}."""
    messages, enums = {}, {}
    for descriptor in descriptors:
        file = descriptor_pb2.FileDescriptorProto()
        descriptor.CopyToProto(file)
        if file.syntax != "proto3":
            raise ValueError("%s is %s, and unset fields would differ" % (file.name, file.syntax))
        for message in file.message_type:
            if message.name not in LEFT_OUT:
                describe_message(message, "", messages, enums)
        for enum in file.enum_type:
            if enum.name not in LEFT_OUT:
                enums[enum.name] = describe_enum(enum)
    return {"messages": messages, "enums": enums}


def main():
    names = ["tensorflow.core." + module + "_pb2" for module in MODULES]
    names.append("tensorflow.python.training.checkpoint_state_pb2")
    tables = describe_files([importlib.import_module(name).DESCRIPTOR for name in names])
    path = Path(__file__).resolve().parent.parent.parent / "tests" / "golden" / "formats" / "protos.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(tables, separators=(",", ":"), sort_keys=True) + "\n")
    fresh.replace(path)
    sys.stdout.write("%s: %d messages, %d enums\n" % (path, len(tables["messages"]), len(tables["enums"])))


if __name__ == "__main__":
    main()
