"""Living beside livekit-api: its names, its spellings, its messages, in one process."""

from __future__ import annotations

import copy
import importlib
import pickle
import subprocess
import sys

import pytest

from lkapi.errors import DecodeError
from lkapi.message import accept
from lkapi.protocol.egress import EncodedFileOutput, RoomCompositeEgressRequest, S3Upload
from lkapi.protocol.models import ParticipantInfo, Room, TrackInfo
from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.webhook import WebhookEvent
from tests.message.vectors import say

MODULES = (
    "agent",
    "agent_dispatch",
    "agent_pb.agent_session",
    "agent_simulation",
    "agentdb",
    "cloud_agent",
    "connector",
    "connector_twilio",
    "connector_whatsapp",
    "egress",
    "ingress",
    "metrics",
    "models",
    "room",
    "rtc",
    "sip",
    "webhook",
)


def names_of(holder):
    """What ``dir`` gives for a module; upb's classes do not list what is nested in them."""
    if not hasattr(holder, "DESCRIPTOR") or not hasattr(holder.DESCRIPTOR, "enum_types"):
        return dir(holder)
    enums, nested = holder.DESCRIPTOR.enum_types, holder.DESCRIPTOR.nested_types
    values = [value.name for enum in enums for value in enum.values]
    return [item.name for item in (*enums, *nested)] + values


def public(holder):
    """Messages, enums and enum values of a module or message class of livekit.protocol."""
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
    from google.protobuf.message import Message

    for name in names_of(holder):
        value = getattr(holder, name)
        if name.startswith("_") or name.endswith("_FIELD_NUMBER") or isinstance(value, bool):
            continue
        if isinstance(value, type) and issubclass(value, Message):
            if not value.DESCRIPTOR.GetOptions().map_entry:
                yield name, value, "message"
        elif isinstance(value, EnumTypeWrapper):
            yield name, value, "enum"
        elif isinstance(value, int):
            yield name, value, "value"


def compare(ours, theirs, counts):
    for name, value, kind in public(theirs):
        mine = getattr(ours, name)
        counts[kind] += 1
        if kind == "message":
            assert mine.__proto__ == value.DESCRIPTOR.full_name
            compare(mine, value, counts)
        elif kind == "enum":
            assert dict(value.items()).items() <= {**dict(mine.items())}.items()
        else:
            assert mine == value


def test_every_name_of_livekit_protocol_is_here():
    """Each public message, enum and value of 1.1.29, in the same module under the same name."""
    pytest.importorskip("livekit.protocol")
    counts = {"message": 0, "enum": 0, "value": 0}
    for name in MODULES:
        ours = importlib.import_module(f"lkapi.protocol.{name}")
        theirs = importlib.import_module(f"livekit.protocol.{name}")
        compare(ours, theirs, counts)
    say(f"names of livekit.protocol found: {counts}")
    assert counts["message"] > 350
    assert counts["enum"] > 75
    assert counts["value"] > 350


def test_every_module_of_livekit_protocol_is_here():
    """Analytics, agent_worker, logger_pb and version aside, and the other files of agent_pb."""
    import pkgutil

    protocol = pytest.importorskip("livekit.protocol")
    theirs = {info.name for info in pkgutil.iter_modules(protocol.__path__)}
    aside = {"agent_pb", "analytics", "agent_worker", "logger_pb", "version"}
    assert theirs - aside <= set(MODULES)


def test_every_field_of_livekit_protocol_is_here():
    """What their messages can hold, ours can: bytes of each with every field set mean the same."""
    pytest.importorskip("livekit.protocol")

    def walk(theirs):
        for name, value, kind in public(theirs):
            if kind == "message":
                yield name, value
                yield from walk(value)

    for name in MODULES:
        for _, message in walk(importlib.import_module(f"livekit.protocol.{name}")):
            from tests.message.vectors import class_of

            ours = class_of(message.DESCRIPTOR.full_name).__layout__.fields
            fields = {f.name: f.number for f in message.DESCRIPTOR.fields}
            assert fields.items() <= {f.name: f.descriptor.number for f in ours.values()}.items()


# spellings of protobuf


def test_the_spellings_of_protobuf():
    """SerializeToString, FromString, HasField, WhichOneof, CopyFrom, MergeFrom, ByteSize."""
    room = Room(name="a")
    assert Room.FromString(room.SerializeToString()) == room
    assert room.ByteSize() == len(room.to_bytes())
    event = WebhookEvent(room=room)
    assert event.HasField("room")
    assert not event.HasField("participant")
    with pytest.raises(ValueError, match=r"WebhookEvent\.event has no presence"):
        event.HasField("event")
    with pytest.raises(ValueError, match="no field 'nothing'"):
        event.HasField("nothing")
    output = EncodedFileOutput(s3=S3Upload())
    assert output.HasField("output")
    assert output.WhichOneof("output") == "s3"
    request = RoomCompositeEgressRequest()
    request.CopyFrom(RoomCompositeEgressRequest(layout="grid", preset=1))
    assert (request.layout, request.preset) == ("grid", 1)
    request.MergeFrom(RoomCompositeEgressRequest(room_name="a", file_outputs=[output]))
    request.MergeFrom(RoomCompositeEgressRequest(file_outputs=[output]))
    assert (request.layout, request.room_name, len(request.file_outputs)) == ("grid", "a", 2)
    with pytest.raises(TypeError, match="CopyFrom takes Room, not TrackInfo"):
        Room().CopyFrom(TrackInfo())


def test_copyfrom_takes_changes_made_in_place():
    """And later changes of the source stay with the source."""
    source = ParticipantInfo(attributes={"k": "v"})
    source.attributes["k"] = "w"
    target = ParticipantInfo(identity="gone")
    _ = target.tracks
    target.CopyFrom(source)
    source.attributes["k"] = "x"
    assert target == ParticipantInfo(attributes={"k": "w"})


# messages of livekit.protocol


def test_messages_of_livekit_protocol_are_taken_as_fields():
    """Alone, in lists, in oneofs and in CopyFrom; by value."""
    models = pytest.importorskip("livekit.protocol.models")
    egress = pytest.importorskip("livekit.protocol.egress")
    theirs = models.Room(name="a")
    event = WebhookEvent(room=theirs)
    theirs.name = "b"
    assert event.room == Room(name="a")
    event.participant = models.ParticipantInfo(identity="p")
    assert event.participant.identity == "p"
    event.participant.tracks.append(models.TrackInfo(sid="TR_1"))
    assert WebhookEvent.from_bytes(event.to_bytes()).participant.tracks[0].sid == "TR_1"
    request = RoomCompositeEgressRequest(
        file_outputs=[egress.EncodedFileOutput(s3=egress.S3Upload(bucket="b"))]
    )
    assert request.file_outputs[0].s3.bucket == "b"
    room = Room()
    room.CopyFrom(models.Room(name="c"))
    assert room.name == "c"


def test_accept_takes_ours_and_theirs_and_nothing_else():
    """The helper of the services: the same object, a copy by bytes, or a TypeError."""
    theirs = pytest.importorskip("livekit.protocol.room")
    ours = CreateRoomRequest(name="a")
    assert accept(CreateRoomRequest, ours) is ours
    assert accept(CreateRoomRequest, theirs.CreateRoomRequest(name="a")) == ours
    for wrong in (Room(), theirs.DeleteRoomRequest(), {"name": "a"}, None):
        with pytest.raises(TypeError, match="request takes CreateRoomRequest, not"):
            accept(CreateRoomRequest, wrong, "request")


def test_timestamps_of_protobuf_are_taken():
    """Anything with seconds and nanos."""
    from google.protobuf.duration_pb2 import Duration
    from google.protobuf.timestamp_pb2 import Timestamp

    from lkapi.protocol.sip import SIPInboundTrunkInfo

    trunk = SIPInboundTrunkInfo(
        created_at=Timestamp(seconds=1, nanos=7), ringing_timeout=Duration(seconds=2, nanos=9)
    )
    assert trunk.to_dict() == {
        "createdAt": "1970-01-01T00:00:01.000000007Z",
        "ringingTimeout": "2.000000009s",
    }


PROGRAM = """
import warnings
warnings.simplefilter("error")
{imports}
from livekit import api as theirs
import lkapi.protocol.room as ours
request = theirs.CreateRoomRequest(name="a", empty_timeout=5)
assert ours.CreateRoomRequest.from_bytes(request.SerializeToString()).empty_timeout == 5
built = ours.CreateRoomRequest(name="a", tags={{"k": "v"}}, agents=[{{"agent_name": "x"}}])
again = theirs.CreateRoomRequest.FromString(built.to_bytes())
assert again.agents[0].agent_name == "x", again
assert type(again).DESCRIPTOR.file.pool is not type(built).__layout__.descriptor.file.pool
print("good")
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from livekit import api\nfrom lkapi.protocol import room",
        "from lkapi.protocol import room\nroom.CreateRoomRequest()\nfrom livekit import api",
    ],
    ids=["livekit first", "lkapi first"],
)
def test_both_libraries_live_in_one_process(imports):
    """In either order, without a clash of names or versions."""
    pytest.importorskip("livekit.api")
    program = PROGRAM.format(imports=imports)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "good\n"), done.stderr


def test_importing_message_modules_loads_no_protobuf():
    """protobuf and the pool are loaded with the first message, not with the import."""
    program = (
        "import sys, lkapi.protocol.room, lkapi.protocol.sip, lkapi.protocol.egress\n"
        "print([m for m in sys.modules if m.startswith(('google.protobuf', 'pydantic'))])\n"
        "lkapi.protocol.room.CreateRoomRequest()\n"
        "print('google.protobuf.descriptor_pool' in sys.modules, 'pydantic_core' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\nTrue False\n", done.stderr


def test_lists_of_messages_have_add():
    """It appends a new message and returns it; in all else such a list is a list."""
    request = RoomCompositeEgressRequest()
    made = request.file_outputs.add(filepath="a.mp4")
    made.disable_manifest = True
    request.file_outputs.append(EncodedFileOutput(filepath="b.mp4"))
    sent = RoomCompositeEgressRequest.from_bytes(request.to_bytes())
    assert [o.filepath for o in sent.file_outputs] == ["a.mp4", "b.mp4"]
    assert sent.file_outputs[0].disable_manifest
    sent.file_outputs.add(filepath="c.mp4")
    again = RoomCompositeEgressRequest.from_bytes(sent.to_bytes()).file_outputs
    assert isinstance(again, list)
    assert [o.filepath for o in again] == ["a.mp4", "b.mp4", "c.mp4"]
    assert again == list(again) == again[:]
    assert repr(again) == repr(list(again))
    with pytest.raises(TypeError, match="EncodedFileOutput has no field 'path'"):
        again.add(path="x")


def test_lists_given_have_add_too():
    """Whether they came with the constructor, were assigned, or are a copy."""
    request = RoomCompositeEgressRequest(file_outputs=[{"filepath": "a"}])
    request.file_outputs.add(filepath="b")
    twin = copy.deepcopy(request.file_outputs)
    twin.add(filepath="c")
    shallow = copy.copy(request.file_outputs)
    shallow.add(filepath="d")
    twin[0].filepath = "z"
    assert [o.filepath for o in request.file_outputs] == ["a", "b"]
    request.file_outputs = twin
    request.file_outputs.add(filepath="e")
    assert [o.filepath for o in request.file_outputs] == ["z", "b", "c", "e"]
    assert type(pickle.loads(pickle.dumps(twin))) is list
    assert pickle.loads(pickle.dumps(twin)) == twin


def test_clearing():
    """One field, the member of a oneof, and everything; changes in place are forgotten too."""
    output = EncodedFileOutput(filepath="a", s3=S3Upload(bucket="b"))
    output.s3.bucket = "c"
    output.ClearField("output")
    output.ClearField("output")
    assert output == EncodedFileOutput(filepath="a")
    output.ClearField("filepath")
    assert output.to_bytes() == b""
    room = CreateRoomRequest(name="a", tags={"k": "v"}, agents=[{"agent_name": "x"}])
    _ = room.agents[0].agent_name, room.tags["k"]
    room.ClearField("agents")
    room.ClearField("tags")
    assert (room.agents, room.tags, room.to_dict()) == ([], {}, {"name": "a"})
    room.agents.add(agent_name="y")
    room.Clear()
    assert room == CreateRoomRequest()
    with pytest.raises(ValueError, match="no field 'nmae'"):
        room.ClearField("nmae")


def test_clearing_a_nested_message_is_encoded():
    """The message that holds it sees the change."""
    event = WebhookEvent.from_bytes(WebhookEvent(room=Room(name="a", sid="s")).to_bytes())
    assert event.room is not None
    event.room.ClearField("name")
    assert event.to_dict() == {"room": {"sid": "s"}}
    event.room.Clear()
    assert event.to_dict() == {"room": {}}
    event.ClearField("room")
    assert event.to_dict() == {}


def test_parsing_into_a_message():
    """ParseFromString replaces, MergeFromString adds; neither changes anything for bad bytes."""
    data = Room(name="a", num_participants=2).to_bytes()
    room = Room(sid="s")
    assert room.MergeFromString(data) == len(data)
    assert room == Room(sid="s", name="a", num_participants=2)
    assert room.ParseFromString(data) == len(data)
    assert room == Room(name="a", num_participants=2)
    for read in (room.ParseFromString, room.MergeFromString):
        with pytest.raises(DecodeError):
            read(b"\x0a\xff")
    assert room == Room(name="a", num_participants=2)


def test_list_fields():
    """Descriptor and value of what is set, by number, as protobuf lists them."""
    models = pytest.importorskip("livekit.protocol.models")
    theirs = models.ParticipantInfo(
        identity="p", state=2, tracks=[{"sid": "t"}], attributes={"k": "v"}, permission={}
    )
    ours = ParticipantInfo.from_bytes(theirs.SerializeToString())
    names = [field.name for field, _ in theirs.ListFields()]
    assert [field.name for field, _ in ours.ListFields()] == names
    found = {field.name: value for field, value in ours.ListFields()}
    assert (found["identity"], found["state"], found["attributes"]) == ("p", 2, {"k": "v"})
    assert Room().ListFields() == []
