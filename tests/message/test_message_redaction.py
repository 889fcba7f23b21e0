"""Reprs show what a message holds, but no secrets, and on request nothing personal."""

from __future__ import annotations

import base64

import pytest

from lkapi.message import redacted
from lkapi.message.fields import ScalarMap
from lkapi.message.proto_modules import MODULES
from lkapi.protocol.cloud_agent import AgentSecret, PresignedPostRequest
from lkapi.protocol.egress import EgressInfo, EncodedFileOutput, RoomCompositeEgressRequest
from lkapi.protocol.models import ParticipantInfo, Room, TrackInfo
from tests.message.vectors import class_of, instances, say
from tests.recorded_schema import is_added, recorded_marks, recorded_messages, refuse_unlisted

CANARY = "canary-7f3a"


def all_classes():
    """Every message class, nested ones too."""
    import importlib

    def walk(holder, seen):
        for value in vars(holder).values():
            if isinstance(value, type) and "__proto__" in vars(value) and value not in seen:
                seen.append(value)
                walk(value, seen)
        return seen

    found = []
    for module in MODULES.values():
        walk(importlib.import_module(module), found)
    return found


def recorded_class_names():
    """The messages that have a class, without those added since the recording."""
    found = [cls.__proto__ for cls in all_classes()]
    assert len(found) == len(set(found))
    return {name for name in found if not is_added(name)}


def marked(mark):
    return [(cls, name) for cls in all_classes() for name in getattr(cls, f"__{mark}__")]


def with_canary(cls, name):
    field = cls.__layout__.fields[name]
    if isinstance(field, ScalarMap):
        return cls(**{name: {CANARY: CANARY}})
    return cls(**{name: CANARY.encode() if field.expected == "bytes" else CANARY})


def test_all_marks_are_there():
    """Every recorded secret and personal field is marked, and of the recorded messages no other."""
    counts = (len(all_classes()), len(marked("secret")), len(marked("pii")))
    say(f"messages, secret fields, personal fields: {counts}")
    recorded = {*recorded_messages(), "google.protobuf.Empty"}
    refuse_unlisted(recorded_class_names() - recorded)
    assert recorded_class_names() == recorded
    for mark in ("secret", "pii"):
        found = [(cls.__proto__, name) for cls, name in marked(mark)]
        assert len(found) == len(set(found))
        old = {pair for pair in found if not is_added(".".join(pair))}
        assert old == recorded_marks(mark)


@pytest.mark.parametrize(
    ("cls", "name"), marked("secret"), ids=lambda x: getattr(x, "__proto__", x)
)
def test_no_secret_is_ever_shown(cls, name):
    """Neither in the repr of its message nor around it, decoded or not."""
    message = with_canary(cls, name)
    for shown in (repr(message), str(message), f"{message}", repr([message])):
        assert CANARY not in shown
        assert f"{name}='***'" in shown
    assert CANARY not in repr(cls.from_bytes(message.to_bytes()))


@pytest.mark.parametrize(("cls", "name"), marked("pii"), ids=lambda x: getattr(x, "__proto__", x))
def test_personal_fields_are_hidden_on_request(cls, name):
    """``redacted(message, pii=True)`` masks them, ``repr`` shows them."""
    message = with_canary(cls, name)
    assert CANARY not in redacted(message, pii=True)
    assert CANARY in redacted(message)
    assert CANARY in repr(message)


def test_secrets_are_masked_at_any_depth():
    """In nested messages and in lists of them."""
    output = EncodedFileOutput(s3={"access_key": CANARY, "secret": CANARY, "bucket": "b"})
    request = RoomCompositeEgressRequest(file_outputs=[output])
    info = EgressInfo(room_composite=request)
    for shown in (repr(info), repr(EgressInfo.from_bytes(info.to_bytes()))):
        assert CANARY not in shown
        assert "access_key='***', secret='***', bucket='b'" in shown
    assert CANARY not in repr(AgentSecret(value=CANARY.encode()))
    assert CANARY not in repr(PresignedPostRequest(values={"policy": CANARY}))


def test_the_repr_shows_what_is_set_and_can_be_evaluated():
    """Set fields by keyword, in the order of the schema."""
    room = Room(name="a", num_participants=2, enabled_codecs=[{"mime": "audio/opus"}])
    assert (
        repr(room)
        == "Room(name='a', enabled_codecs=[Codec(mime='audio/opus')], num_participants=2)"
    )
    info = ParticipantInfo(attributes={"k": "v"}, state=2, tracks=[TrackInfo(source=77)])
    assert repr(info) == (
        "ParticipantInfo(state=<State.ACTIVE: 2>, tracks=[TrackInfo(source=77)], "
        "attributes={'k': 'v'})"
    )
    assert repr(Room()) == "Room()"
    assert repr(ParticipantInfo.from_bytes(info.to_bytes())) == repr(info)


def test_every_vector_has_a_repr():
    """No kind of value breaks it."""
    for vector in instances():
        data = base64.b64decode(vector["binary_b64"])
        assert repr(class_of(vector["message"]).from_bytes(data)).endswith(")")


@pytest.mark.parametrize(
    ("cls", "name"), marked("secret"), ids=lambda x: getattr(x, "__proto__", x)
)
def test_errors_about_secrets_do_not_show_them(cls, name):
    """A wrong type or broken text in a secret field is named, not quoted."""
    for wrong in (CANARY + "\ud83d", [CANARY], {CANARY: 5}):
        with pytest.raises((TypeError, ValueError)) as caught:
            cls(**{name: wrong})
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("pii", [False, True])
def test_the_text_is_the_same_before_and_after_values_are_read(pii):
    """A decoded message is shown without converting its values, which must not be seen."""
    compared = 0
    for vector in instances():
        data = base64.b64decode(vector["binary_b64"])
        message = class_of(vector["message"]).from_bytes(data)
        before = redacted(message, pii=pii)
        assert not message.__dict__
        for field in message.__layout__.cached:
            getattr(message, field)
        compared += bool(message.__dict__)
        assert redacted(message, pii=pii) == before
    assert compared > 100


def test_showing_a_message_leaves_it_as_cheap_as_it_was():
    """Nothing of it is cached: encoding and comparing stay the work of upb."""
    message = RoomCompositeEgressRequest(file_outputs=[EncodedFileOutput(filepath="a")])
    decoded = RoomCompositeEgressRequest.from_bytes(message.to_bytes())
    assert repr(decoded) == repr(message)
    assert not decoded.__dict__
