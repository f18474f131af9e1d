"""Our messages have TensorFlow 1.15.5's field names, numbers, types, oneofs and enum values, all of them."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, text_format

import graphrt as tf
from graphrt.formats import messages

ROOT = Path(__file__).resolve().parents[2]
TENSORFLOW = json.loads((ROOT / "tests" / "golden" / "formats" / "protos.json").read_text())


def describe_ours():
    """The same tables as tools/golden/protos.py wrote down for TensorFlow, of our modules."""
    spec = importlib.util.spec_from_file_location("golden_protos", ROOT / "tools" / "golden" / "protos.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    tool.local = lambda name: name.removeprefix(".graphrt.pb.error.").removeprefix(".graphrt.pb.").lstrip(".")
    files = [importlib.import_module(f"{messages.PACKAGE}.{module}").DESCRIPTOR for module in messages.MODULES]
    return tool.describe_files(files)


@pytest.fixture(scope="module")
def ours():
    return describe_ours()


def test_the_same_messages_and_enums(ours):
    assert sorted(ours["messages"]) == sorted(TENSORFLOW["messages"])
    assert sorted(ours["enums"]) == sorted(TENSORFLOW["enums"])


@pytest.mark.parametrize("name", sorted(TENSORFLOW["messages"]))
def test_fields(ours, name):
    assert ours["messages"][name] == TENSORFLOW["messages"][name]


@pytest.mark.parametrize("name", sorted(TENSORFLOW["enums"]))
def test_enum_values(ours, name):
    assert ours["enums"][name] == TENSORFLOW["enums"][name]


def test_every_top_level_name_is_reachable():
    names = {name for table in ("messages", "enums") for name in TENSORFLOW[table] if "." not in name}
    assert set(messages.HOME) == names == set(dir(messages))
    for name in names:
        assert getattr(messages, name) is not None
    with pytest.raises(AttributeError, match="no protocol message 'GraphDeff'"):
        _ = messages.GraphDeff


def test_every_proto_file_belongs_to_a_module():
    files = {path.stem + "_pb2" for path in (ROOT / "graphrt" / "formats" / "proto").glob("*.proto")}
    assert files == set(messages.MODULES)


def test_names_in_the_descriptor_pool_are_our_own():
    for module in messages.MODULES:
        file = descriptor_pb2.FileDescriptorProto()
        importlib.import_module(f"{messages.PACKAGE}.{module}").DESCRIPTOR.CopyToProto(file)
        assert file.package.startswith("graphrt.pb")
        assert file.name.startswith("graphrt/formats/proto/")


def test_bytes_and_text_are_tensorflows():
    node = messages.NodeDef(name="x", op="Placeholder", input=["a:1", "^b"])
    node.attr["dtype"].type = messages.DataType.Value("DT_FLOAT")
    data = node.SerializeToString()
    assert data == b"\n\x01x\x12\x0bPlaceholder\x1a\x03a:1\x1a\x02^b*\x0b\n\x05dtype\x12\x020\x01"
    assert messages.NodeDef.FromString(data) == node
    text = 'name: "x" op: "Placeholder" input: "a:1" input: "^b" attr { key: "dtype" value { type: DT_FLOAT } }'
    assert text_format.Parse(text, messages.NodeDef()) == node


def test_importing_graphrt_does_not_import_protobuf():
    code = "import graphrt, sys; print('google.protobuf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("shape", "text"),
    [([None, 3], "dim { size: -1 } dim { size: 3 }"), ([], ""), (None, "unknown_rank: true")],
)
def test_a_shape_as_its_message(shape, text):
    assert tf.TensorShape(shape).as_proto() == text_format.Parse(text, messages.TensorShapeProto())
