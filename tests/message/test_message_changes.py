"""Changing decoded messages: what was changed reaches the wire, what was not stays as it is."""

from __future__ import annotations

import copy

import pytest

from lkapi.protocol.egress import EncodedFileOutput, RoomCompositeEgressRequest, S3Upload
from lkapi.protocol.models import ParticipantInfo, ParticipantPermission, Room, TrackInfo
from lkapi.protocol.room import CreateRoomRequest, ListParticipantsResponse, RoomEgress
from lkapi.protocol.webhook import WebhookEvent

UNKNOWN = b"\xc2\x3e\x05later"  # field 1000, not in the schema


def decoded(message, extra=b""):
    return type(message).from_bytes(message.to_bytes() + extra)


def answer():
    return decoded(
        ListParticipantsResponse(
            participants=[
                ParticipantInfo(
                    identity=f"p{n}",
                    attributes={"seat": str(n)},
                    permission=ParticipantPermission(can_publish=True),
                    tracks=[TrackInfo(sid=f"TR_{n}")],
                )
                for n in range(3)
            ]
        )
    )


def test_scalars_lists_maps_and_messages_in_depth_are_written_back():
    """Each kind of change, made in place below the top, is in the bytes."""
    message = answer()
    message.participants[0].identity = "renamed"
    message.participants[1].tracks[0].muted = True
    message.participants[1].tracks.append(TrackInfo(sid="TR_new"))
    message.participants[2].attributes["seat"] = "front"
    message.participants[2].permission.can_publish = False
    message.participants[2].permission.can_publish_sources.append(1)
    again = decoded(message)
    assert again.participants[0].identity == "renamed"
    assert again.participants[0].attributes == {"seat": "0"}
    assert [t.sid for t in again.participants[1].tracks] == ["TR_1", "TR_new"]
    assert again.participants[1].tracks[0].muted
    assert again.participants[2].attributes == {"seat": "front"}
    assert again.participants[2].permission == ParticipantPermission(can_publish_sources=[1])
    assert again == message


@pytest.mark.parametrize(
    "change",
    [
        lambda people: people.pop(),
        lambda people: people.reverse(),
        lambda people: people.insert(0, ParticipantInfo(identity="new")),
        lambda people: people.sort(key=lambda p: p.identity, reverse=True),
        lambda people: people.__setitem__(1, people[0]),
        lambda people: people.clear(),
        lambda people: people.extend([{"identity": "from dict"}]),
    ],
)
def test_lists_of_messages_may_be_rearranged(change):
    """Whatever is done to the list is what is encoded."""
    message = answer()
    change(message.participants)
    expected = [p["identity"] if isinstance(p, dict) else p.identity for p in message.participants]
    assert [p.identity for p in decoded(message).participants] == expected
    assert len(message.to_dict().get("participants", [])) == len(expected)


def test_a_replaced_nested_message_is_written_and_the_old_one_let_go():
    """Changing the object that was replaced changes nothing."""
    event = decoded(WebhookEvent(event="x", room=Room(name="old", metadata="m")))
    old = event.room
    event.room = Room(name="new")
    old.name = "changed"
    assert decoded(event).room == Room(name="new")
    event.room = None
    assert decoded(event) == WebhookEvent(event="x")


def test_one_message_may_stand_in_several_places():
    """Its changes show in all of them."""
    upload = S3Upload(bucket="a")
    request = RoomCompositeEgressRequest(
        file_outputs=[EncodedFileOutput(filepath=str(n), s3=upload) for n in range(2)]
    )
    upload.bucket = "b"
    assert [o.s3.bucket for o in decoded(request).file_outputs] == ["b", "b"]
    room = decoded(WebhookEvent(room=Room(name="a"))).room
    events = [WebhookEvent(room=room), WebhookEvent(room=room)]
    room.name = "b"
    assert [decoded(event).room.name for event in events] == ["b", "b"]


def test_unknown_fields_survive_every_kind_of_change():
    """At the top, in nested messages and in elements of lists."""
    inner = Room(name="a").to_bytes() + UNKNOWN
    event = WebhookEvent.from_bytes(b"\x12" + bytes([len(inner)]) + inner + b"\x0a\x01x" + UNKNOWN)
    event.event = "y"
    event.room.name = "b"
    event.room.enabled_codecs.append({"mime": "audio/opus"})
    assert event.to_bytes().count(UNKNOWN) == 2
    people = ListParticipantsResponse(participants=[{"identity": "a"}, {"identity": "b"}])
    element = people.participants[0].to_bytes() + UNKNOWN
    listed = ListParticipantsResponse.from_bytes(
        b"\x0a" + bytes([len(element)]) + element + people.to_bytes()
    )
    listed.participants[0].identity = "c"
    listed.participants.pop()
    assert listed.to_bytes().count(UNKNOWN) == 1
    assert copy.deepcopy(listed).to_bytes() == listed.to_bytes()


def test_encoding_changes_nothing_about_the_message():
    """The values read before are the same objects after, and the bytes the same twice."""
    message = answer()
    people, attributes = message.participants, message.participants[0].attributes
    attributes["k"] = "v"
    first = message.to_bytes()
    assert message.to_bytes() == first
    assert message.participants is people
    assert message.participants[0].attributes is attributes
    attributes["k"] = "w"
    assert decoded(message).participants[0].attributes["k"] == "w"


def test_reading_the_same_value_twice_gives_the_same_object():
    """So that changing it in place means something."""
    message = answer()
    assert message.participants is message.participants
    assert message.participants[0].permission is message.participants[0].permission
    assert message.participants[0].attributes is message.participants[0].attributes


def test_a_wrong_element_put_into_a_list_is_found_at_encoding():
    """The error names message and field."""
    message = answer()
    message.participants.append("nobody")
    with pytest.raises(TypeError, match=r"^ListParticipantsResponse\.participants takes"):
        message.to_bytes()
    request = CreateRoomRequest.from_bytes(b"")
    request.tags[5] = "x"
    with pytest.raises(TypeError, match=r"^CreateRoomRequest\.tags takes a dict of str to str"):
        request.to_bytes()


def test_an_assigned_wrapper_of_a_decoded_tree_outlives_its_parent():
    """A nested message stays usable when the message it came from is gone."""
    room = decoded(WebhookEvent(room=Room(name="a", metadata="m"))).room
    assert (room.name, room.metadata) == ("a", "m")
    assert room.to_bytes() == Room(name="a", metadata="m").to_bytes()


def test_defaults_written_into_a_decoded_message_clear_the_field():
    """Assigning the default is the same as never having set it."""
    room = decoded(Room(name="a", num_participants=3))
    room.num_participants = 0
    assert room.to_bytes() == Room(name="a").to_bytes()


def test_deep_requests_built_by_keyword_encode_fully():
    """Four levels of messages, lists and oneofs in one expression."""
    request = CreateRoomRequest(
        name="a",
        egress=RoomEgress(
            room=RoomCompositeEgressRequest(
                file_outputs=[EncodedFileOutput(s3=S3Upload(bucket="b", metadata={"k": "v"}))]
            )
        ),
    )
    again = decoded(request)
    assert again.egress.room.file_outputs[0].s3.metadata == {"k": "v"}
    request.egress.room.file_outputs[0].s3.metadata["k"] = "w"
    assert decoded(request).egress.room.file_outputs[0].s3.metadata == {"k": "w"}
    assert again.egress.room.file_outputs[0].s3.metadata == {"k": "v"}
