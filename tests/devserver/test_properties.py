"""Properties of the embedded server under arbitrary input and arbitrary histories."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lkapi.devserver import JoinRefused
from lkapi.devserver.http.claims import TokenRefused, read_claims
from lkapi.errors import PermissionDeniedError
from lkapi.methods import all_methods
from lkapi.transports.base import Request, Response
from tests.devserver.calls import START, Server
from tests.devserver.tokens import KEYS, mint

PATHS = [row.path for row in all_methods()] + ["/", "/rtc/validate", "/rtc/v1/validate"]
HEADER_NAMES = ["authorization", "content-type", "origin", "x-twirp-timeout-ms", "upgrade", "host"]
HEADER_NAMES += ["access-control-request-method", "access-control-request-headers"]
TYPES = ["application/json", "application/protobuf", "text/plain", ""]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
paths = st.sampled_from(PATHS) | st.text(max_size=30) | st.text(string.printable).map("/".__add__)
headers = st.dictionaries(st.sampled_from(HEADER_NAMES), st.text(max_size=30), max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "X"]), paths, headers, st.binary(max_size=40)
)
def test_handle_never_raises(method: str, path: str, sent: dict[str, str], body: bytes) -> None:
    """Any bytes, path and headers get an answer with a length or without a body."""
    response = Server().dev.handle(Request(method, path, sent, body))
    assert 200 <= response.status < 600
    assert "content-length" in response.headers or not response.content


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(all_methods()), st.sampled_from(TYPES), st.binary(max_size=60) | json_values)
def test_any_body_with_every_grant_is_answered(row, content_type: str, body: object) -> None:
    """With every grant and any body a method answers without a panic."""
    server = Server("cloud")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    token = server.token(
        video={"roomCreate": True, "roomList": True, "roomAdmin": True, "ingressAdmin": True}
    )
    sent = {"authorization": f"Bearer {token}", "content-type": content_type}
    response = server.dev.handle(Request("POST", row.path, sent, content))
    assert b"panic" not in response.content
    assert response.status in (200, 400, 401, 404, 408, 412, 429, 500, 501, 503)


@settings(max_examples=80, deadline=None)
@given(
    st.text()
    | json_values.map(mint)
    | st.dictionaries(
        st.sampled_from(
            [
                "iss",
                "sub",
                "exp",
                "nbf",
                "aud",
                "video",
                "kind",
                "roomConfig",
                "attributes",
                "metadata",
            ]
        ),
        json_values,
    ).map(lambda claims: mint({"iss": "devkey", "exp": START + 9, **claims}))
)
def test_any_token_is_read_or_refused(token: str) -> None:
    """A token of any content is claims or TokenRefused."""
    try:
        claims = read_claims(token, KEYS, START)
    except TokenRefused:
        return
    assert claims.api_key in KEYS


class Rooms(RuleBasedStateMachine):
    """Rooms and participants come and go; a simple model says what must be seen."""

    names = st.sampled_from(["a", "b", ""])
    people = st.sampled_from(["ann", "bob"])

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.model: dict[str, dict[str, int]] = {}
        """Published tracks of each participant of each room."""

    @rule(name=names)
    def create(self, name: str) -> None:
        status, room = self.server.call("CreateRoom", {"name": name, "empty_timeout": 10_000})
        assert (status, room["name"]) == (200, name)
        self.model.setdefault(name, {})

    @rule(name=names)
    def delete(self, name: str) -> None:
        status, _ = self.server.call("DeleteRoom", {"room": name})
        assert status == (200 if name in self.model else 404)
        self.model.pop(name, None)

    @rule(name=names, who=people, active=st.booleans())
    def join(self, name: str, who: str, active: bool) -> None:
        if not name:
            with pytest.raises(JoinRefused):
                self.server.join(who, name)
            return
        assert self.server.join(who, name, active=active).connected
        self.model.setdefault(name, {})[who] = 0

    @rule(name=names, who=people)
    def publish(self, name: str, who: str) -> None:
        participant = self.server.world.find_participant(name, who)
        assert (participant is None) == (who not in self.model.get(name, {}))
        if participant is not None and participant.permission.can_publish:
            participant.publish("t")
            self.model[name][who] += 1
        elif participant is not None:
            with pytest.raises(PermissionDeniedError):
                participant.publish("t")

    @rule(name=names, who=people, allowed=st.booleans())
    def permit(self, name: str, who: str, allowed: bool) -> None:
        request = {"room": name, "identity": who, "permission": {"can_publish": allowed}}
        status, _ = self.server.call("UpdateParticipant", request)
        here = who in self.model.get(name, {})
        assert status == (200 if here else 404)
        if here and not allowed:
            self.model[name][who] = 0

    @rule(name=names, who=people)
    def remove(self, name: str, who: str) -> None:
        status, _ = self.server.call("RemoveParticipant", {"room": name, "identity": who})
        here = who in self.model.get(name, {})
        assert status == (200 if here else 404)
        if here:
            del self.model[name][who]

    @precondition(lambda self: self.model)
    @rule()
    def let_empty_rooms_end(self) -> None:
        self.server.clock.advance(10_001)
        self.model = {name: people for name, people in self.model.items() if people}

    @invariant()
    def rooms_are_those_of_the_model(self) -> None:
        _, answer = self.server.call("ListRooms")
        shown = {room["name"]: room["num_participants"] for room in answer["rooms"]}
        assert shown == {name: len(people) for name, people in self.model.items()}

    @invariant()
    def participants_are_those_of_the_model(self) -> None:
        for name, people in self.model.items():
            _, answer = self.server.call("ListParticipants", {"room": name})
            shown = {who["identity"]: len(who["tracks"]) for who in answer["participants"]}
            assert shown == people

    @invariant()
    def every_visit_has_one_end(self) -> None:
        events = self.server.events()
        open_rooms = events.count("room_started") - events.count("room_finished")
        assert open_rooms == len(self.model)
        tracks = events.count("track_published") - events.count("track_unpublished")
        assert tracks == sum(n for people in self.model.values() for n in people.values())
        assert events.count("participant_joined") >= events.count("participant_left")


Rooms.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestRooms = Rooms.TestCase


def test_response_headers_are_lower_case() -> None:
    """The transports' promise holds for every kind of answer."""
    server = Server()
    for verb, path in (("OPTIONS", "/x"), ("GET", "/rtc//x"), ("POST", "/nope"), ("GET", "/")):
        answer: Response = server.send(verb, path, Access_Control_Request_Method="GET")
        assert all(name == name.lower() for name in answer.headers)
