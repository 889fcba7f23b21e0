"""Building messages, reading and assigning fields, and the errors of doing it wrong."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from lkapi.errors import DecodeError
from lkapi.protocol.agent_pb.agent_session import DebugMessage, SessionResponse
from lkapi.protocol.agentdb import AgentDB
from lkapi.protocol.egress import EncodedFileOutput, GCPUpload, RoomCompositeEgressRequest, S3Upload
from lkapi.protocol.ingress import IngressInfo
from lkapi.protocol.models import (
    CAMERA,
    ListUpdate,
    ParticipantInfo,
    ParticipantPermission,
    Room,
    RTPStats,
    SpeakerInfo,
    TrackInfo,
    TrackSource,
)
from lkapi.protocol.room import (
    CreateRoomRequest,
    DeleteRoomResponse,
    ListRoomsRequest,
    SendDataRequest,
)
from lkapi.protocol.rtc import DataTrackSubscriberHandles
from lkapi.protocol.sip import CreateSIPParticipantRequest, SIPCallInfo
from lkapi.protocol.webhook import WebhookEvent

UTC = dt.timezone.utc


def test_unset_fields_read_as_proto3_defaults():
    """Scalars have their zero, lists and maps are empty, messages and optionals are None."""
    request = CreateRoomRequest()
    assert (request.name, request.empty_timeout, request.sync_streams) == ("", 0, False)
    assert (request.tags, request.agents, request.egress) == ({}, [], None)
    assert SendDataRequest().data == b""
    assert SendDataRequest().topic is None
    assert IngressInfo().enabled is None
    assert SpeakerInfo().level == 0.0
    assert TrackInfo().source is TrackSource.UNKNOWN
    assert RoomCompositeEgressRequest().preset is None


def test_keywords_become_attributes():
    """What the constructor was given is what the attributes read."""
    room = Room(sid="RM_1", num_participants=3, creation_time=2**40, active_recording=True)
    assert (room.sid, room.num_participants, room.creation_time) == ("RM_1", 3, 2**40)
    assert room.active_recording is True
    stats = RTPStats(gap_histogram={-1: 2}, bytes=2**64 - 1, jitter_current=0.5)
    assert (stats.gap_histogram, stats.bytes, stats.jitter_current) == ({-1: 2}, 2**64 - 1, 0.5)


def test_none_in_the_constructor_means_unset():
    """As in protobuf, None leaves any field alone."""
    assert CreateRoomRequest(name=None, tags=None, egress=None) == CreateRoomRequest()


def test_fields_are_given_by_keyword_only():
    """A positional value is refused by Python itself."""
    with pytest.raises(TypeError):
        CreateRoomRequest("demo")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: CreateRoomRequest(nmae="x"),
            "CreateRoomRequest has no field 'nmae'; did you mean 'name'?",
        ),
        (
            lambda: CreateRoomRequest(emptyTimeout=1),
            "CreateRoomRequest has no field 'emptyTimeout'; did you mean 'empty_timeout'?",
        ),
        (lambda: CreateRoomRequest(zzz=1), "CreateRoomRequest has no field 'zzz'"),
        (
            lambda: CreateRoomRequest().copy(metdata=""),
            "CreateRoomRequest has no field 'metdata'; did you mean 'metadata'?",
        ),
    ],
)
def test_a_misspelt_field_is_a_type_error_with_the_nearest(make, message):
    """The error names what was probably meant."""
    with pytest.raises(TypeError) as caught:
        make()
    assert str(caught.value) == message


def test_assigning_an_unknown_name_is_an_attribute_error():
    """A typo in an assignment does not pass silently."""
    room = Room()
    with pytest.raises(AttributeError, match="Room has no field 'nam'; did you mean 'name'"):
        room.nam = "x"
    with pytest.raises(AttributeError):
        _ = room.nam


@pytest.mark.parametrize(
    ("cls", "field", "value", "expected"),
    [
        (Room, "name", 5, "str"),
        (Room, "name", b"x", "str"),
        (Room, "empty_timeout", "5", "int"),
        (Room, "empty_timeout", 1.5, "int"),
        (Room, "active_recording", "yes", "bool"),
        (Room, "active_recording", 1, "bool"),
        (Room, "version", "x", "TimedVersion"),
        (Room, "version", Room(), "TimedVersion"),
        (Room, "enabled_codecs", "x", "a list of Codec"),
        (Room, "enabled_codecs", [Room()], "Codec"),
        (Room, "enabled_codecs", 5, "a list of Codec"),
        (TrackInfo, "source", "SOFA", "TrackSource"),
        (TrackInfo, "source", 1.5, "TrackSource"),
        (SpeakerInfo, "level", "loud", "float"),
        (SendDataRequest, "data", "text", "bytes"),
        (SendDataRequest, "topic", 5, "str"),
        (ListRoomsRequest, "names", "demo", "a list of str"),
        (ListRoomsRequest, "names", ["a", 1], "a list of str"),
        (ListRoomsRequest, "names", {"a": 1}, "a list of str"),
        (CreateRoomRequest, "tags", ["a"], "a dict of str to str"),
        (CreateRoomRequest, "tags", {"a": 1}, "a dict of str to str, not str to int"),
        (CreateRoomRequest, "tags", {1: "a"}, "a dict of str to str, not int to str"),
        (ParticipantPermission, "can_publish_sources", ["SOFA"], "a list of TrackSource"),
        (CreateSIPParticipantRequest, "ringing_timeout", "30s", "timedelta or seconds"),
        (CreateSIPParticipantRequest, "ringing_timeout", True, "timedelta or seconds"),
        (DebugMessage, "payload", "x", "a dict of JSON values"),
        (DebugMessage, "payload", {"a": object()}, "JSON value"),
        (DebugMessage, "payload", {1: 2}, "keys of type str"),
        (SIPCallInfo, "call_context", ["x"], "an AnyValue or a message"),
        (DataTrackSubscriberHandles, "sub_handles", [1], "a dict of int to PublishedDataTrack"),
    ],
)
def test_a_wrong_type_is_a_type_error_naming_message_and_field(cls, field, value, expected):
    """At construction and at assignment alike; the value itself is not shown."""
    with pytest.raises(TypeError) as at_construction:
        cls(**{field: value})
    assert str(at_construction.value).startswith(f"{cls.__name__}.{field} takes {expected}")
    with pytest.raises(TypeError) as at_assignment:
        setattr(cls(), field, value)
    assert str(at_assignment.value) == str(at_construction.value)


@pytest.mark.parametrize(
    ("cls", "field", "value", "why"),
    [
        (Room, "empty_timeout", -1, "out of range"),
        (Room, "empty_timeout", 2**32, "out of range"),
        (Room, "creation_time", 2**63, "out of range"),
        (Room, "creation_time", 2**100, "out of range"),
        (Room, "name", "\ud83d", "lone surrogate"),
        (ListRoomsRequest, "names", ["ok", "\ud83d"], "lone surrogate"),
        (CreateRoomRequest, "tags", {"a": "\ud83d"}, "lone surrogate"),
        (TrackInfo, "source", 2**31, r"out of range \(int32: -2147483648 to 2147483647\)$"),
        (Room, "empty_timeout", 2**40, r"out of range \(uint32: 0 to 4294967295\)$"),
        (Room, "creation_time", -(2**64), r"out of range \(int64: -9223372036854775808 to "),
        (SpeakerInfo, "level", 10**400, r"out of range \(float: "),
        (RTPStats, "gap_histogram", {1: -1}, r"\(int32: .*; uint32: 0 to 4294967295\)$"),
    ],
)
def test_a_value_that_cannot_be_encoded_is_a_value_error(cls, field, value, why):
    """Numbers out of range and broken text are named when they are given."""
    with pytest.raises(ValueError, match=f"^{cls.__name__}.{field}: .*{why}"):
        cls(**{field: value})


@pytest.mark.parametrize(
    ("cls", "field", "value", "end"),
    [
        (SendDataRequest, "kind", "RELIABL", "DataPacket.Kind{}; did you mean 'RELIABLE'?"),
        (SendDataRequest, "kind", "reliable", "DataPacket.Kind{}; did you mean 'RELIABLE'?"),
        (SendDataRequest, "kind", "zzz", "DataPacket.Kind{}: RELIABLE, LOSSY"),
        (TrackInfo, "source", 1.5, "TrackSource, not float"),
        (
            ParticipantPermission,
            "can_publish_sources",
            ["CAMERA", "CAMRA"],
            "a list of TrackSource{}; did you mean 'CAMERA'?",
        ),
    ],
)
def test_an_unknown_name_of_a_member_is_answered_with_names_that_there_are(cls, field, value, end):
    """The nearest, or the first few; the text that was given is not shown."""
    with pytest.raises(TypeError) as caught:
        cls(**{field: value})
    takes = end.format(" or the name of a member")
    assert str(caught.value) == f"{cls.__name__}.{field} takes {takes}"


def test_a_long_enum_is_not_listed_whole():
    """Eight names and an ellipsis."""
    with pytest.raises(TypeError, match=r"name of a member: (\w+, ){8}…$"):
        ParticipantInfo(disconnect_reason="?")


def test_values_without_names_are_refused_with_an_example():
    """The first field of the class, for want of a better one."""
    with pytest.raises(TypeError) as caught:
        CreateRoomRequest("secret")
    assert str(caught.value) == (
        "CreateRoomRequest takes keywords only: CreateRoomRequest(name=...), for example"
    )
    with pytest.raises(TypeError, match="takes no arguments: it has no fields"):
        DeleteRoomResponse(1)


def test_a_refused_assignment_leaves_the_old_value():
    """Nothing is half written."""
    request = CreateRoomRequest(name="a", tags={"k": "v"})
    for field, value in (("name", 5), ("tags", {"x": "y", "z": 1}), ("agents", [1])):
        with pytest.raises(TypeError):
            setattr(request, field, value)
    assert request == CreateRoomRequest(name="a", tags={"k": "v"})


def test_a_list_or_map_cannot_be_none():
    """They are emptied, not unset; so are plain scalars."""
    request = CreateRoomRequest(name="a")
    for field in ("tags", "agents", "name"):
        with pytest.raises(TypeError, match=f"CreateRoomRequest.{field} takes"):
            setattr(request, field, None)
    request.tags = {}
    request.egress = None
    assert request == CreateRoomRequest(name="a")


def test_lists_and_maps_are_copied_from_what_is_given():
    """Later changes of the caller's list do not reach the message; any iterable is taken."""
    names, tags = ["a"], {"k": "v"}
    listing, creation = ListRoomsRequest(names=names), CreateRoomRequest(tags=tags)
    names.append("b")
    tags["x"] = "y"
    assert (listing.names, creation.tags) == (["a"], {"k": "v"})
    assert ListRoomsRequest(names=(n for n in "ab")).names == ["a", "b"]
    assert ListRoomsRequest(names=("a",)).names == ["a"]


def test_nested_messages_are_kept_by_reference():
    """A message put into another is the same object, and changes to it are encoded."""
    room = Room(name="a")
    event = WebhookEvent(room=room)
    room.name = "b"
    assert event.room is room
    assert WebhookEvent.from_bytes(event.to_bytes()).room.name == "b"


def test_a_dict_stands_for_a_nested_message():
    """As in protobuf, its keys are the keywords of the nested message."""
    event = WebhookEvent(room={"name": "a"})
    assert event.room == Room(name="a")
    assert ParticipantInfo(tracks=[{"sid": "TR_1"}]).tracks == [TrackInfo(sid="TR_1")]
    with pytest.raises(TypeError, match="Room has no field 'nam'"):
        WebhookEvent(room={"nam": "a"})


# oneofs


def test_two_members_of_a_oneof_are_a_value_error():
    """The error names both and the oneof."""
    with pytest.raises(ValueError, match="EncodedFileOutput: s3 and gcp exclude each other"):
        EncodedFileOutput(s3=S3Upload(), gcp=GCPUpload())
    assert EncodedFileOutput(s3=S3Upload(), gcp=None).which_oneof("output") == "s3"


def test_assigning_a_member_clears_its_siblings():
    """Whether scalar or message, decoded or built, read before or not."""
    for request in (
        RoomCompositeEgressRequest(preset=1),
        RoomCompositeEgressRequest.from_bytes(RoomCompositeEgressRequest(preset=1).to_bytes()),
    ):
        assert request.which_oneof("options") == "preset"
        request.advanced = {"width": 640}
        assert (request.preset, request.which_oneof("options")) == (None, "advanced")
        assert request.advanced.width == 640
        assert RoomCompositeEgressRequest.from_bytes(request.to_bytes()).preset is None
        request.preset = 2
        assert (request.advanced, request.which_oneof("options")) == (None, "preset")
        request.preset = None
        assert request.which_oneof("options") is None
        assert request.to_bytes() == b""


def test_message_members_replace_each_other():
    """The bytes hold the last one assigned only."""
    output = EncodedFileOutput.from_bytes(EncodedFileOutput(s3=S3Upload(bucket="a")).to_bytes())
    assert output.s3.bucket == "a"
    output.gcp = GCPUpload(bucket="b")
    assert (output.s3, output.which_oneof("output")) == (None, "gcp")
    again = EncodedFileOutput.from_bytes(output.to_bytes())
    assert (again.s3, again.gcp.bucket) == (None, "b")


def test_a_oneof_member_that_is_set_to_its_default_is_set():
    """Presence, not value, decides."""
    assert RoomCompositeEgressRequest(preset=0).which_oneof("options") == "preset"
    assert AgentDB.Wire.Value(int_value=0).which_oneof("value") == "int_value"
    assert EncodedFileOutput(s3=S3Upload()).to_bytes() != b""


def test_an_unknown_oneof_is_a_value_error():
    """The error names the nearest."""
    with pytest.raises(ValueError, match="no oneof 'outptu'; did you mean 'output'"):
        EncodedFileOutput().which_oneof("outptu")


# presence


def test_has_field_tells_presence_or_difference_from_the_default():
    """For optionals and messages whether they are set, for others whether they hold something."""
    request = SendDataRequest(topic="", data=b"x")
    assert request.has_field("topic")
    assert request.has_field("data")
    assert not request.has_field("room")
    assert not request.has_field("destination_identities")
    event = WebhookEvent()
    assert not event.has_field("room")
    event.room = Room()
    assert event.has_field("room")
    with pytest.raises(ValueError, match="no field 'rom'; did you mean 'room'"):
        event.has_field("rom")


def test_optionals_set_to_their_default_survive():
    """An explicit false or empty text is on the wire."""
    info = IngressInfo(enabled=False)
    assert info.enabled is False
    assert IngressInfo.from_bytes(info.to_bytes()).enabled is False
    info.enabled = None
    assert info.to_bytes() == b""


# enums


def test_enum_fields_give_members_and_keep_unknown_numbers():
    """Known numbers are members of the IntEnum, others stay ints, through every codec."""
    assert TrackInfo(source=1).source is CAMERA
    assert TrackInfo(source="CAMERA").source is CAMERA
    track = TrackInfo(source=77)
    assert (track.source, type(track.source)) == (77, int)
    for again in (TrackInfo.from_bytes(track.to_bytes()), TrackInfo.from_json(track.to_json())):
        assert again.source == 77
    permission = ParticipantPermission(can_publish_sources=[TrackSource.CAMERA, 99, "MICROPHONE"])
    assert permission.can_publish_sources == [1, 99, 2]
    assert permission.can_publish_sources[0] is CAMERA
    assert ParticipantPermission.from_bytes(permission.to_bytes()) == permission


# well-known types


def test_structs_are_dicts_of_json_values():
    """Nested dicts and lists too; numbers come back as floats."""
    payload = {"a": 1, "b": [True, None, "x", {"c": 2.5}], "d": {}, "e": []}
    message = DebugMessage(payload=payload)
    assert message.payload == payload
    again = DebugMessage.from_bytes(message.to_bytes())
    assert again.payload == payload
    assert again.to_dict() == {"payload": payload}
    again.payload["b"][3]["c"] = "changed"
    assert DebugMessage.from_bytes(again.to_bytes()).payload["b"][3] == {"c": "changed"}
    stats = SessionResponse.GetRTCStatsResponse(publisher_stats=[{"a": 1}])
    stats.publisher_stats.append({"b": 2})
    decoded = SessionResponse.GetRTCStatsResponse.from_bytes(stats.to_bytes())
    assert decoded.publisher_stats == [{"a": 1}, {"b": 2}]


def test_not_a_number_inside_a_struct_has_no_json():
    """Binary keeps it, JSON refuses with the name of the field."""
    message = DebugMessage(payload={"a": math.nan})
    assert math.isnan(DebugMessage.from_bytes(message.to_bytes()).payload["a"])
    with pytest.raises(ValueError, match=r"DebugMessage\.payload: NaN"):
        message.to_dict()


def test_any_keeps_its_bytes_until_asked_for_a_type():
    """Packing, unpacking, and an unknown type that only JSON cannot write."""
    from lkapi.message import AnyValue

    info = SIPCallInfo(call_context=[Room(name="a"), AnyValue("example.com/x.Nope", b"\x08\x01")])
    again = SIPCallInfo.from_bytes(info.to_bytes())
    assert again.call_context[0].unpack(Room) == Room(name="a")
    assert again.call_context[1] == AnyValue("example.com/x.Nope", b"\x08\x01")
    with pytest.raises(TypeError, match=r"holds livekit\.Room, not livekit\.TrackInfo"):
        again.call_context[0].unpack(TrackInfo)
    with pytest.raises(ValueError, match=r"type 'x\.Nope' inside an Any is unknown"):
        again.to_dict()


def test_maps_of_messages():
    """Values are messages, changed in place or replaced."""
    inner = DataTrackSubscriberHandles.PublishedDataTrack
    handles = DataTrackSubscriberHandles(sub_handles={7: inner(publisher_sid="PA_1")})
    again = DataTrackSubscriberHandles.from_bytes(handles.to_bytes())
    assert again.sub_handles[7].publisher_sid == "PA_1"
    again.sub_handles[7].publisher_sid = "PA_2"
    again.sub_handles[8] = inner()
    third = DataTrackSubscriberHandles.from_json(again.to_json())
    assert {key: value.publisher_sid for key, value in third.sub_handles.items()} == {
        7: "PA_2",
        8: "",
    }
    third.sub_handles = {"x": inner()}
    with pytest.raises(TypeError, match="keys of type int, not str"):
        third.to_bytes()
    third.sub_handles = {2**40: inner()}
    with pytest.raises(ValueError, match="out of range"):
        third.to_bytes()


def test_list_update_can_be_built():
    """A message whose fields are called as methods of other classes."""
    assert ListUpdate(set=["a"]).set == ["a"]


# decoding


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x05a", b"\x0a\x02\xc3\x28"])
def test_bytes_that_are_no_message_are_a_decode_error(data):
    """Truncated, malformed and not UTF-8; the error names the type."""
    from lkapi.errors import DecodeError

    with pytest.raises(DecodeError, match=r"livekit\.Room"):
        Room.from_bytes(data)


def test_bytes_are_taken_in_any_form():
    """bytes, bytearray and memoryview."""
    data = Room(name="a").to_bytes()
    for form in (data, bytearray(data), memoryview(data)):
        assert Room.from_bytes(form).name == "a"
    assert SendDataRequest(data=bytearray(b"x")).data == b"x"
    assert SendDataRequest(data=memoryview(b"x")).data == b"x"


@pytest.mark.parametrize("text", [b"\xff{}", "", "nul", "[]", '"x"', "{", '{"name":NaN}', "5"])
def test_texts_that_are_no_json_object_are_a_decode_error(text):
    """Whatever is wrong with it, the error is one of ours."""
    from lkapi.errors import DecodeError

    with pytest.raises(DecodeError):
        Room.from_json(text)


def test_json_takes_bytes_and_text():
    """str, bytes and bytearray."""
    for text in ('{"name":"é"}', '{"name":"é"}'.encode(), bytearray('{"name":"é"}'.encode())):
        assert Room.from_json(text).name == "é"


def test_from_dict_takes_plain_python_values():
    """Floats and ints of Python stand for JSON numbers; other types are refused by name."""
    from lkapi.errors import DecodeError

    stats = RTPStats.from_dict({"jitterCurrent": 0.5, "packets": 3.0, "gapHistogram": {"1": 2}})
    assert (stats.jitter_current, stats.packets, stats.gap_histogram) == (0.5, 3, {1: 2})
    for wrong in (
        {"packets": 1.5},
        {"packets": math.inf},
        {"packets": b"1"},
        {"gapHistogram": {1: 2}},
    ):
        with pytest.raises(DecodeError, match=r"livekit\.RTPStats"):
            RTPStats.from_dict(wrong)


def test_a_struct_takes_json_values_only():
    """Wherever it comes from."""
    from lkapi.errors import DecodeError

    for wrong in ({"a": b"x"}, {1: 2}, {"a": 10**400}, [1], "x"):
        with pytest.raises(DecodeError, match=r"livekit\.agent\.DebugMessage\.payload: expected"):
            DebugMessage.from_dict({"payload": wrong})
    with pytest.raises(ValueError, match=r"DebugMessage\.payload: the number is out of range"):
        DebugMessage(payload={"a": 10**400})
    assert DebugMessage.from_json('{"payload":{"a":1.5e3}}').payload == {"a": 1500.0}


@pytest.mark.parametrize(
    ("cls", "text", "why"),
    [
        (RTPStats, '{"jitterCurrent":1' + "0" * 400 + "}", "out of range"),
        (RTPStats, '{"gapHistogram":[1]}', "expected an object, not list"),
        (RTPStats, '{"gapHistogram":{"":1}}', "not an integer"),
        (CreateRoomRequest, '{"tags":5}', "expected an object, not int"),
        (SIPCallInfo, '{"callContext":["x"]}', "expected an object, not str"),
        (SIPCallInfo, '{"callContext":[{"@type":"livekit.Nothing"}]}', "is unknown"),
        (SIPCallInfo, '{"callContext":[{"@type":5}]}', "needs the member @type"),
        (Room, '{"version":' * 2000 + "{}" + "}" * 2000, "no field|too deeply"),
    ],
)
def test_json_that_does_not_fit_is_a_decode_error_naming_the_field(cls, text, why):
    """With the reason, and never another exception."""
    from lkapi.errors import DecodeError

    with pytest.raises(DecodeError, match=why):
        cls.from_json(text, strict=True)


def test_from_dict_refuses_keys_that_are_no_text():
    """A dict of Python may have any keys, JSON may not."""
    from lkapi.errors import DecodeError

    with pytest.raises(DecodeError, match="expected keys of text, not int"):
        CreateRoomRequest.from_dict({"tags": {1: "a"}})


def test_dicts_nested_too_deeply_are_a_decode_error():
    """Also where the nesting is in Python objects."""
    from lkapi.errors import DecodeError

    deep: dict = {}
    for _ in range(20_000):
        deep = {"x": deep}
    with pytest.raises(DecodeError, match=r"DebugMessage\.payload: .* more than 25 deep"):
        DebugMessage.from_dict({"payload": deep})
    with pytest.raises(ValueError, match=r"DebugMessage\.payload: .* more than 25 deep"):
        DebugMessage(payload=deep)
    while deep:
        deep = deep["x"]  # let go level by level


def test_structs_may_be_nested_as_deep_as_protobuf_allows():
    """25 levels of dicts or lists go through every codec, inside other messages too."""
    dicts: dict = {}
    lists: list = []
    for _ in range(25):
        dicts = {"x": dicts}
    for _ in range(24):
        lists = [lists]
    for payload in (dicts, {"x": lists}):
        response = SessionResponse.GetRTCStatsResponse(publisher_stats=[payload])
        outer = SessionResponse(get_rtc_stats=response)
        again = SessionResponse.from_bytes(outer.to_bytes())
        assert again.copy().get_rtc_stats.publisher_stats == [payload]
        assert SessionResponse.from_json(outer.to_json()) == outer
    with pytest.raises(ValueError, match="25 deep"):
        DebugMessage(payload={"x": [lists]})


def test_a_struct_changed_to_be_too_deep_is_a_value_error():
    """A Struct changed in place to be too deep."""
    message = DebugMessage(payload={})
    here = message.payload
    for _ in range(40):
        here["x"] = {}
        here = here["x"]
    with pytest.raises(ValueError, match=r"DebugMessage\.payload: .* more than 25 deep"):
        message.to_bytes()


def test_an_error_of_protobuf_in_encoding_is_a_value_error_of_ours():
    """Runtimes differ in what they refuse; none of their exceptions comes out."""
    from google.protobuf.message import EncodeError

    from lkapi.message.abstract import attach

    class Refusing:
        def SerializeToString(self, **_options):  # noqa: N802
            raise EncodeError("too deep")

    room = Room()
    attach(room, Refusing())
    with pytest.raises(ValueError, match=r"^this livekit\.Room cannot be encoded: too deep$"):
        room.to_bytes()


def test_fields_can_be_looked_at_on_the_class():
    """The class shows a descriptor where the instance shows a value."""
    _ = Room()
    assert repr(Room.version) == "<field Room.version>"
    assert repr(Room.enabled_codecs) == "<field Room.enabled_codecs>"
    assert repr(ListRoomsRequest.__layout__.cls.names) == "<field ListRoomsRequest.names>"
    assert repr(CreateRoomRequest.__layout__.cls.tags) == "<field CreateRoomRequest.tags>"


def test_the_base_class_cannot_be_used():
    """It has no schema of its own."""
    from lkapi.message import Message

    with pytest.raises(
        TypeError, match="Message is not a message of the schema: use one of its classes"
    ):
        Message()


def test_subclasses_decode_to_themselves():
    """A user's subclass keeps the layout and adds behaviour."""

    class Labelled(Room):
        @property
        def label(self) -> str:
            return f"{self.name} ({self.num_participants})"

    assert Labelled.from_bytes(Room(name="a", num_participants=2).to_bytes()).label == "a (2)"
    assert Labelled(name="a") == Room(name="a")
    assert WebhookEvent(room=Labelled(name="a")).room.label == "a (0)"


def test_a_time_out_of_pythons_range_is_an_error_only_when_read():
    """The bytes survive; reading says what is wrong."""
    raw = CreateSIPParticipantRequest.__layout__.raw_class(ringing_timeout={"seconds": 2**62})
    request = CreateSIPParticipantRequest.from_bytes(raw.SerializeToString())
    with pytest.raises(ValueError, match=r"CreateSIPParticipantRequest\.ringing_timeout: outside"):
        _ = request.ringing_timeout
    assert request.to_bytes() == raw.SerializeToString()
    request.ringing_timeout = 5
    assert request.ringing_timeout == dt.timedelta(seconds=5)


DEEP = 10_001


@pytest.mark.parametrize(
    "text",
    [
        f'{{"unknown": {"[" * DEEP}1{"]" * DEEP}}}',
        "[" * DEEP,
        '{"unknown": "]]]]", "other": ' + '{"a":' * DEEP,
    ],
    ids=["unknown", "unfinished", "after a string"],
)
def test_json_that_is_nested_too_deeply_is_refused(text):
    """On every Python, whatever its own limit is; brackets in strings do not count."""
    with pytest.raises(DecodeError, match="nested too deeply"):
        Room.from_json(text)


def test_brackets_in_strings_are_no_nesting():
    """A room's metadata is JSON itself, as often as not."""
    metadata = '[{"a\\\\": "' * 6000
    assert Room.from_json(Room(metadata=metadata).to_json()).metadata == metadata
