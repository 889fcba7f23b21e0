"""Messages as good citizens of Python: copies, pickles, comparison, match, threads, pydantic."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import threading

import pytest

from lkapi.protocol.models import ParticipantInfo, Room, TrackInfo
from lkapi.protocol.room import CreateRoomRequest, ListParticipantsResponse
from lkapi.protocol.webhook import WebhookEvent
from tests.recorded_schema import recorded_messages


def event():
    made = WebhookEvent(
        event="track_published",
        room=Room(name="demo"),
        participant=ParticipantInfo(identity="a", attributes={"k": "v"}, tracks=[{"sid": "TR_1"}]),
    )
    return WebhookEvent.from_bytes(made.to_bytes())


def touched():
    """An event whose values were converted and changed."""
    message = event()
    message.participant.attributes["k"] = "w"
    message.participant.tracks.append(TrackInfo(sid="TR_2"))
    return message


@pytest.mark.parametrize("make", [event, touched, WebhookEvent])
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda m: pickle.loads(pickle.dumps(m)),
        lambda m: pickle.loads(pickle.dumps(m, 0)),
        lambda m: m.copy(),
        lambda m: m.__replace__(),
    ],
)
def test_copies_are_equal_and_independent(make, duplicate):
    """However they are made, lazily decoded or changed before."""
    original = make()
    twin = duplicate(original)
    assert type(twin) is type(original)
    assert twin == original
    twin.event = "changed"
    twin.participant = ParticipantInfo(identity="b")
    assert original == make()
    assert twin != original


def test_copy_takes_changes_like_the_constructor():
    """Also through ``copy.replace`` and ``__replace__``: a field may be called ``replace``."""
    room = Room(name="a", num_participants=1)
    assert room.copy(name="b") == Room(name="b", num_participants=1)
    assert room.__replace__(name="b") == room.copy(name="b")
    assert room.name == "a"
    with pytest.raises(TypeError, match="Room has no field 'nome'"):
        room.copy(nome="b")
    if hasattr(copy, "replace"):
        assert copy.replace(room, name="c").name == "c"


def test_nested_values_of_a_copy_are_its_own():
    """Changing them in place does not reach the original."""
    original = touched()
    twin = original.copy()
    twin.participant.attributes["k"] = "x"
    twin.participant.tracks[0].sid = "TR_9"
    assert original.participant.attributes == {"k": "w"}
    assert original.participant.tracks[0].sid == "TR_1"


def test_equality_is_by_type_and_content():
    """Built and decoded messages are equal; other types and other things are not."""
    assert Room(name="a") == Room.from_bytes(Room(name="a").to_bytes())
    assert Room(name="a") != Room(name="b")
    assert Room() != TrackInfo()
    assert Room() != {}
    assert Room() != None  # noqa: E711 - the comparison itself is tested
    changed = touched()
    assert changed != event()
    assert changed == touched()


def test_messages_have_no_hash():
    """They can change, so they are no keys."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(Room())


def test_match_by_keyword():
    """Attributes can be matched, decoded or not."""
    match event():
        case WebhookEvent(event="track_published", room=Room(name=name)):
            found = name
        case _:
            found = None
    assert found == "demo"


def test_the_signature_lists_the_fields():
    """``help()`` and ``inspect`` show keyword-only fields with their types and defaults."""
    signature = inspect.signature(CreateRoomRequest)
    assert list(signature.parameters) == list(CreateRoomRequest.__layout__.fields)
    assert {p.kind for p in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert signature.parameters["name"].default == ""
    text = str(signature)
    assert "name: str = ''" in text
    assert "egress: lkapi.protocol.room.RoomEgress | None = None" in text
    assert "agents: list[lkapi.protocol.agent_dispatch.RoomAgentDispatch] = ()" in text
    assert "tags: dict[str, str] = {}" in text


def test_every_message_has_a_signature():
    """Of all kinds of fields."""
    from tests.message.test_message_redaction import all_classes

    shown = {cls.__proto__: str(inspect.signature(cls)) for cls in all_classes()}
    assert set(shown) >= {*recorded_messages(), "google.protobuf.Empty"}
    assert "sub_handles: dict[int, lkapi" in shown["livekit.DataTrackSubscriberHandles"]
    assert "created_at: datetime.datetime | None = None" in shown["livekit.SIPInboundTrunkInfo"]
    assert "ringing_timeout: datetime.timedelta | None" in shown["livekit.SIPInboundTrunkInfo"]
    assert "payload: dict | None = None" in shown["livekit.agent.DebugMessage"]


def test_the_docstring_tells_of_the_fields():
    """Meaning and proto line of each."""
    assert "Attributes:" in CreateRoomRequest.__doc__
    assert "uint32 empty_timeout = 2" in CreateRoomRequest.__doc__


def test_typed_dicts_of_the_keywords_can_be_imported():
    """``CreateRoomRequestFields`` has the keywords of ``CreateRoomRequest``, none required."""
    from lkapi.protocol.room import CreateRoomRequestFields

    assert set(CreateRoomRequestFields.__annotations__) == set(CreateRoomRequest.__layout__.fields)
    assert CreateRoomRequestFields.__required_keys__ == frozenset()
    assert CreateRoomRequestFields.__module__ == "lkapi.protocol.room"
    from lkapi.protocol import room

    with pytest.raises(AttributeError, match="NobodyFields"):
        _ = room.NobodyFields


def test_modules_are_reached_as_attributes():
    """``lkapi.protocol.sip`` without importing it by name, and nothing that is not there."""
    from lkapi import protocol

    assert protocol.sip.SIPTrunkInfo.__module__ == "lkapi.protocol.sip"
    assert protocol.agent_pb.agent_session.ChatMessage.__proto__ == "livekit.agent.ChatMessage"
    with pytest.raises(AttributeError, match="nothing"):
        _ = protocol.nothing
    with pytest.raises(AttributeError, match="nothing"):
        _ = protocol.agent_pb.nothing


def test_every_exported_name_exists():
    """The ``__all__`` of each generated module is true."""
    import importlib

    from lkapi.message.proto_modules import MODULES

    for name in MODULES.values():
        module = importlib.import_module(name)
        assert list(module.__all__) == sorted(module.__all__)
        for exported in module.__all__:
            assert hasattr(module, exported), f"{name}.{exported}"


def test_many_threads_read_one_message():
    """Lazy conversion gives every thread the same objects and the right values."""
    people = [ParticipantInfo(identity=str(n), tracks=[{"sid": f"T{n}"}]) for n in range(200)]
    data = ListParticipantsResponse(participants=people).to_bytes()
    for _ in range(5):
        message = ListParticipantsResponse.from_bytes(data)
        seen, errors = [], []
        barrier = threading.Barrier(8)

        def read(message=message, barrier=barrier, seen=seen, errors=errors):
            try:
                barrier.wait()
                assert [p.tracks[0].sid for p in message.participants] == [
                    f"T{n}" for n in range(200)
                ]
                assert message.to_bytes() == data
                seen.append(id(message.participants))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(set(seen)) == 1


def test_many_threads_meet_a_class_for_the_first_time():
    """One pool and one layout are made, however many threads begin at once."""
    program = """
import sys, threading
from lkapi.protocol import egress, models, room, sip, webhook
sys.setswitchinterval(1e-6)
barrier, made, errors = threading.Barrier(16), [], []
def work():
    try:
        barrier.wait()
        for n in range(20):
            event = webhook.WebhookEvent(room=models.Room(), egress_info=egress.EgressInfo())
            event.participant = models.ParticipantInfo(tracks=[models.TrackInfo(sid="x")])
            request = sip.CreateSIPParticipantRequest(ringing_timeout=5, headers={"a": "b"})
            made.append(webhook.WebhookEvent.from_bytes(event.to_bytes()) == event)
            made.append(sip.CreateSIPParticipantRequest.from_json(request.to_json()) == request)
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(made), all(made), errors)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "640 True []\n", done.stdout + done.stderr


def test_pydantic_takes_messages_and_their_json():
    """As a field it validates instances and objects, and writes ProtoJSON."""
    pydantic = pytest.importorskip("pydantic")

    class Answer(pydantic.BaseModel):
        event: WebhookEvent

    given = Answer(event=event())
    assert given.event == event()
    text = given.model_dump_json()
    assert Answer.model_validate_json(text).event == event()
    assert given.model_dump()["event"] is given.event
    for wrong in ({"event": 5}, 5, Room()):
        with pytest.raises(pydantic.ValidationError):
            Answer(event=wrong)


def test_pydantic_describes_messages_as_json_schema():
    """FastAPI shows the fields of a response model."""
    pydantic = pytest.importorskip("pydantic")

    adapter = pydantic.TypeAdapter(ParticipantInfo)
    for mode in ("validation", "serialization"):
        properties = adapter.json_schema(mode=mode)["properties"]
        assert properties["joinedAt"] == {"type": "string", "format": "int64"}
        assert properties["state"]["enum"] == ["JOINING", "JOINED", "ACTIVE", "DISCONNECTED"]
        assert properties["tracks"] == {
            "type": "array",
            "items": {"type": "object", "title": "TrackInfo"},
        }
        assert properties["attributes"] == {"type": "object"}
        assert properties["isPublisher"] == {"type": "boolean"}
    room = pydantic.TypeAdapter(Room).json_schema()["properties"]
    assert room["version"] == {"type": "object", "title": "TimedVersion"}
    from lkapi.protocol.sip import SIPInboundTrunkInfo

    trunk = pydantic.TypeAdapter(SIPInboundTrunkInfo).json_schema()["properties"]
    assert trunk["createdAt"] == {"type": "string", "format": "date-time"}
    assert trunk["ringingTimeout"]["type"] == "string"
    assert trunk["numbers"] == {"type": "array", "items": {"type": "string"}}


def test_fastapi_answers_with_messages():
    """As ``response_model`` or return type, alone or in lists; as a body with ``Body()``."""
    fastapi = pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient")
    app, body = fastapi.FastAPI(), fastapi.Body()

    def one():
        return Room(name="a", creation_time=5)

    def several():
        return [Room(name="b"), Room.from_bytes(Room(name="c").to_bytes())]

    def echo(room=body):
        return room.copy(metadata="x")

    echo.__annotations__["room"] = Room
    app.get("/one", response_model=Room)(one)
    app.get("/several", response_model=list[Room])(several)
    app.post("/echo", response_model=Room)(echo)
    client = testclient.TestClient(app)
    assert client.get("/one").json() == {"name": "a", "creationTime": "5"}
    assert client.get("/several").json() == [{"name": "b"}, {"name": "c"}]
    assert client.post("/echo", json={"name": "d"}).json() == {"name": "d", "metadata": "x"}
    assert client.post("/echo", json={"name": 5}).status_code == 422
    schemas = client.get("/openapi.json").json()
    answer = schemas["paths"]["/one"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["properties"]["numParticipants"] == {"type": "integer"}
