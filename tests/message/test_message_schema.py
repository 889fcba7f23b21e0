"""The proto files against the recorded schema, and the generated code against the proto files."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

pytest.importorskip("grpc_tools")

from google.protobuf import descriptor_pb2

from codegen.__main__ import PROTOCOL, differences, generate
from codegen.load import compile_protos
from codegen.names import Names
from codegen.schema import read_schema
from lkapi.message.pool import find_message, python_class, schema_files
from tests import recorded_schema
from tests.message.vectors import say
from tests.recorded_schema import (
    RECORDED,
    is_added,
    messages,
    names,
    refuse_unlisted,
    without_added,
)
from tests.schema_additions import ADDED

ROOT = Path(__file__).parent.parent.parent


@functools.cache
def compiled():
    return compile_protos(ROOT / "protobufs")


def schema():
    return read_schema(compiled())


def plain_files():
    files = descriptor_pb2.FileDescriptorSet.FromString(compiled()).file
    return {f.name: f for f in files if not f.name.startswith(("google/", "lkapi/"))}


def field_facts(field):
    """A field of ours in the form of the facts."""
    kind = f"map<{field.key},{field.type}>" if field.key else field.type
    facts = {"number": field.number, "name": field.name, "type": kind}
    facts |= {"repeated": True} if field.list else {}
    facts |= {"optional": True} if field.optional else {}
    facts |= {"oneof": field.oneof} if field.oneof else {}
    facts |= {"deprecated": True} if field.deprecated else {}
    facts |= {"sensitivity": field.mark} if field.mark else {}
    return facts


def enum_facts(enum):
    return {"name": enum.name, "values": [list(pair) for pair in enum.values]}


def message_facts(message):
    facts = {"name": message.name, "fields": [field_facts(field) for field in message.fields]}
    if message.messages:
        facts["messages"] = [message_facts(nested) for nested in message.messages]
    if message.enums:
        facts["enums"] = [enum_facts(enum) for enum in message.enums]
    return facts


def without_reserved(message):
    facts = {key: value for key, value in message.items() if not key.startswith("reserved")}
    if "messages" in facts:
        facts["messages"] = [without_reserved(nested) for nested in facts["messages"]]
    return facts


def service_facts(service):
    return {
        "name": service.name,
        "methods": [
            {
                "name": method.name,
                "input": method.input_type[1:],
                "output": method.output_type[1:],
                **({"deprecated": True} if method.options.deprecated else {}),
            }
            for method in service.method
        ],
    }


@functools.cache
def ours():
    """The proto files in the form of the recording, without reserved numbers and names."""
    plain = plain_files()
    return {
        file.name: {
            "package": file.package,
            "imports": [d for d in plain[file.name].dependency if d != "lkapi/options.proto"],
            "messages": [message_facts(message) for message in file.messages],
            "enums": [enum_facts(enum) for enum in file.enums],
            "services": [service_facts(service) for service in plain[file.name].service],
        }
        for file in schema().files
    }


def ours_as_recorded():
    """The proto files without the listed additions."""
    kept = without_added(ours())
    refuse_unlisted(set(names(kept)) - set(names(RECORDED)))
    return kept


def test_every_name_is_recorded_or_listed_as_added():
    """What is new in ``protobufs/`` is named in one short list."""
    new = set(names(without_added(ours()))) - set(names(RECORDED))
    outermost = sorted(name for name in new if name.rpartition(".")[0] not in new)
    assert not outermost, (
        f"new in protobufs/: add to ADDED in tests/schema_additions.py {outermost}"
    )
    gone = sorted(set(names(RECORDED)) - set(names(ours())))
    assert not gone, f"protobufs/ lacks what tests/vectors/wire_schema.json has: {gone}"


def test_every_addition_is_there_and_was_not_recorded():
    """The list of additions hides no change of what was recorded, and has no stale entry."""
    recorded = sorted(ADDED & set(names(RECORDED)))
    assert not recorded, f"tests/schema_additions.py lists what was recorded: {recorded}"
    stale = sorted(ADDED - set(names(ours())))
    assert not stale, f"tests/schema_additions.py lists what is not in protobufs/: {stale}"


def test_additions_are_left_out_of_the_comparison(monkeypatch):
    """A listed rpc, message, field, enum, value or import goes, with what is inside it."""
    listed = {
        "RoomService/CreateRoom",
        "livekit.SimulationRun.Create",
        "livekit.Room.sid",
        "livekit.TrackType",
        "livekit.TrackSource.CAMERA",
        "livekit_room.proto: livekit_egress.proto",
    }
    assert listed <= set(names(RECORDED))
    monkeypatch.setattr(recorded_schema, "ADDED", listed)
    gone = set(names(RECORDED)) - set(names(without_added(RECORDED)))
    assert gone == {name for name in names(RECORDED) if is_added(name)}
    assert listed < gone
    with pytest.raises(AssertionError, match=r"\['livekit.SimulationRun.Create'\]"):
        refuse_unlisted({name for name in gone if ".Create" in name})


def test_every_message_field_and_enum_is_as_recorded():
    """Names, numbers, types, labels, oneofs, marks and order are those of the recording."""
    kept = ours_as_recorded()
    assert set(kept) == set(RECORDED)
    for name, facts in RECORDED.items():
        assert kept[name]["package"] == facts["package"]
        assert kept[name]["messages"] == [without_reserved(m) for m in facts["messages"]]
        assert kept[name]["enums"] == facts["enums"]


def test_every_service_and_method_is_as_recorded():
    """All methods have their request, answer and deprecation."""
    kept = ours_as_recorded()
    assert set(kept) == set(RECORDED)
    for name, facts in RECORDED.items():
        assert kept[name]["services"] == facts["services"]


def reserved_of(messages):
    found = {}
    for message in messages:
        found[message["name"]] = (message.get("reserved", []), message.get("reserved_names", []))
        found |= {
            f"{message['name']}.{name}": value
            for name, value in reserved_of(message.get("messages", [])).items()
        }
    return found


def reserved_in(messages):
    found = {}
    for message in messages:
        ranges = [[r.start, r.end - 1] for r in message.reserved_range]
        found[message.name] = (ranges, list(message.reserved_name))
        nested = [m for m in message.nested_type if not m.options.map_entry]
        found |= {f"{message.name}.{name}": v for name, v in reserved_in(nested).items()}
    return found


def test_reserved_numbers_names_and_imports_are_as_recorded():
    """What LiveKit will not use again is reserved here too."""
    plain, kept = plain_files(), ours_as_recorded()
    for name, facts in RECORDED.items():
        found = reserved_in(plain[name].message_type)
        package = facts["package"]
        old = {m: value for m, value in found.items() if not is_added(f"{package}.{m}")}
        assert old == reserved_of(facts["messages"])
        assert sorted(kept[name]["imports"]) == sorted(facts["imports"])


def test_the_counts_of_the_recorded_schema():
    """The one place for these numbers: additions do not change them."""
    kept = ours_as_recorded()
    every = [m for file in kept.values() for _, m in messages(file, file["package"])]
    fields = [field for message in every for field in message["fields"]]
    services = [service for file in kept.values() for service in file["services"]]
    counts = {
        "files": len(kept),
        "messages": len(every),
        "fields": len(fields),
        "enums": sum(len(holder.get("enums", ())) for holder in [*every, *kept.values()]),
        "services": len(services),
        "methods": sum(len(service["methods"]) for service in services),
        "secret": sum(field.get("sensitivity") == "secret" for field in fields),
        "pii": sum(field.get("sensitivity") == "pii" for field in fields),
    }
    say(str(counts))
    assert counts == {
        "files": 20,
        "messages": 511,
        "fields": 2295,
        "enums": 97,
        "services": 10,
        "methods": 89,
        "secret": 35,
        "pii": 78,
    }


def test_every_message_has_a_class_that_knows_its_fields_and_marks():
    """The classes stand where the schema says, with all fields and all marks."""
    for file in schema().files:
        for message in file.walk():
            cls = class_at(message.full_name)
            assert cls.__proto__ == message.full_name
            assert list(cls.__layout__.fields) == [field.name for field in message.fields]
            assert list(cls.__secret__) == [f.name for f in message.fields if f.mark == "secret"]
            assert list(cls.__pii__) == [f.name for f in message.fields if f.mark == "pii"]


def class_at(full_name):
    return python_class(find_message(full_name))


def test_the_generated_files_are_up_to_date():
    """``python -m codegen --check`` finds nothing."""
    assert differences(generate()) == []


def test_stale_missing_and_orphaned_files_are_found(tmp_path):
    """The check compares whole contents and notices files that nothing generates."""
    files = generate()
    room = PROTOCOL / "room.py"
    stale = {**files, room: files[room] + b"\n"}
    assert differences(stale) == ["src/lkapi/protocol/room.py: stale"]
    less = {path: content for path, content in files.items() if path != room}
    assert differences(less) == ["src/lkapi/protocol/room.py: generated by nothing"]
    more = {**files, PROTOCOL / "unwritten.py": b""}
    assert differences(more) == ["src/lkapi/protocol/unwritten.py: missing"]


def test_the_shipped_descriptors_carry_no_comments_and_no_marks():
    """What users install is the bare schema."""
    for data in schema_files():
        file = descriptor_pb2.FileDescriptorProto.FromString(data)
        assert not file.HasField("source_code_info")
        assert "lkapi/options.proto" not in file.dependency
        assert file.name != "google/protobuf/descriptor.proto"


def test_an_annotation_hidden_by_a_field_is_qualified():
    """A field called ``bytes`` does not capture the type of its neighbours."""
    files = {file.name: file for file in schema().files}
    models = files["livekit_models.proto"]
    stats = next(m for m in models.walk() if m.full_name == "livekit.RTPStats")
    owner = Names(schema()).owner(models, stats)
    assert "bytes" in owner.hidden
