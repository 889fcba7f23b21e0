"""The token endpoint's core against the contract's vectors, and what keeps it safe."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from lkapi.auth import VideoGrants
from lkapi.errors import SensitiveCredentialsError, SettingsError, TokenRefusedError
from lkapi.protocol.agent_dispatch import RoomAgentDispatch
from lkapi.protocol.egress import (
    EncodedFileOutput,
    RoomCompositeEgressRequest as Composite,
    S3Upload,
)
from lkapi.protocol.room import RoomConfiguration, RoomEgress
from lkapi.protocol.token_source import TokenSourceResponse
from lkapi.web import Admission, TokenEndpoint, documented, locked

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/token_endpoint.json").read_text())
KEY, SECRET = "APIweb", "web-test-secret-of-sufficient-length"
ASKS = {
    "room_name": "vip",
    "participant_name": "Ann",
    "participant_identity": "ann",
    "participant_metadata": "m",
    "participant_attributes": {"tier": "gold"},
    "room_config": {"agents": [{"agent_name": "helper"}]},
}


def endpoint(policy: Any, **options: Any) -> TokenEndpoint[Any]:
    options = {"server_url": "wss://example.com", "api_key": KEY, "api_secret": SECRET, **options}
    return TokenEndpoint(policy, **options)


def claims_of(answer: Any) -> dict[str, Any]:
    token = json.loads(answer.body)["participant_token"]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def find(claims: dict[str, Any], path: str) -> Any:
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def body_of(case: dict[str, Any]) -> bytes:
    if case["name"] == "too_large":
        return json.dumps({"participant_metadata": "x" * 2 * 1024 * 1024}).encode()
    if case.get("body_b64"):
        return base64.b64decode(case["body_b64"])
    return case["body"].encode()


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_contract(case):
    """Each request of the contract gets the status and the claims that the contract names."""
    refuse = case.get("policy", {}).get("refuse_fields", ())
    answer = endpoint(documented(refuse=refuse)).handle(body_of(case))
    assert answer.status == case["status"], answer.body
    assert answer.headers["Content-Type"] == "application/json"
    if answer.status != 201:
        told = json.loads(answer.body)
        assert told["error"]
        assert told["message"]
        assert "participant_token" not in told
        return
    claims = claims_of(answer)
    for path, value in case["claims"].items():
        read = RoomConfiguration.from_dict if path == "roomConfig" else (lambda found: found)
        assert read(find(claims, path)) == read(value), path
    for path in case.get("claims_absent", ()):
        assert not find(claims, path), path


def test_contract_has_42_cases_of_which_22_are_granted(record_property):
    """None was left out of the mirrored file."""
    granted = [case for case in VECTORS["cases"] if case["status"] == 201]
    record_property("token_endpoint_cases", len(VECTORS["cases"]))
    assert (len(VECTORS["cases"]), len(granted)) == (42, 22)


@pytest.mark.parametrize("case", VECTORS["response_cases"], ids=lambda case: case["name"])
def test_answers_are_read_in_either_spelling(case):
    """What a client has to read, as the message of the schema reads it."""
    expected = TokenSourceResponse.from_bytes(base64.b64decode(case["binary_b64"]))
    assert TokenSourceResponse.from_json(json.dumps(case["body"])) == expected


@pytest.mark.parametrize("case", VECTORS["http_cases"], ids=lambda case: case["name"])
def test_http_rules(case):
    """Method and content type are judged as the contract says."""
    answer = endpoint(documented()).handle(
        case.get("body") or "", method=case["method"], content_type=case.get("content_type")
    )
    assert answer.status == case["status"]
    if answer.status == 405:
        assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("field", ASKS)
def test_locked_refuses_each_field(field):
    """locked() answers 403 and names the field, in either spelling."""
    first, *rest = field.split("_")
    camel = first + "".join(map(str.capitalize, rest))
    for name in (field, camel):
        answer = endpoint(locked()).handle(json.dumps({name: ASKS[field]}))
        assert answer.status == 403
        assert json.loads(answer.body)["fields"] == [field]


@pytest.mark.parametrize("policy", [locked(room="lobby"), documented()])
@pytest.mark.parametrize("unknown", [{"room": "vip"}, {"canPublish": True}, {"x": {"y": [None]}}])
def test_fields_that_are_not_of_the_standard_are_ignored(policy, unknown):
    """They change nothing, whatever the policy: a newer client may send some."""
    asked, plain = (endpoint(policy).handle(json.dumps(body).encode()) for body in (unknown, {}))
    assert asked.status == plain.status == 201
    claims, expected = claims_of(asked), claims_of(plain)
    assert claims["video"] == expected["video"]
    assert claims.keys() == expected.keys()


def test_locked_names_all_refused_fields_at_once():
    """A client learns in one round what it may not ask."""
    answer = endpoint(locked()).handle(json.dumps(ASKS))
    assert json.loads(answer.body)["fields"] == list(ASKS)


def test_locked_grants_what_it_decides():
    """An empty request gets the server's room and an identity of its own."""
    locked_endpoint = endpoint(locked(room="lobby"))
    first, second = claims_of(locked_endpoint.handle("{}")), claims_of(locked_endpoint.handle("{}"))
    assert first["video"] == second["video"] == {"roomJoin": True, "room": "lobby"}
    assert first["sub"] != second["sub"]


def test_locked_opens_named_fields_only():
    """accept= opens a field and no other."""
    some = endpoint(locked(accept=["participant_name"], room="lobby"))
    assert claims_of(some.handle('{"participant_name": "Ann"}'))["name"] == "Ann"
    assert some.handle('{"room_name": "vip"}').status == 403


def test_asking_for_what_one_gets_anyway_is_no_offence():
    """A field asked for exactly as decided is granted, whatever the policy."""
    assert endpoint(locked(room="lobby")).handle('{"room_name": "lobby"}').status == 201


def test_identity_from_the_user_cannot_be_taken_by_a_client():
    """A rule that reads the user closes its field, even under documented()."""
    by_user = endpoint(documented(identity=lambda user: user))
    assert claims_of(by_user.handle("{}", "ann"))["sub"] == "ann"
    assert claims_of(by_user.handle("{}", "ann")).get("name") is None
    assert by_user.handle('{"participant_identity": "bob"}', "ann").status == 403
    assert by_user.handle("{}").status == 401


def test_documented_names_guests_as_told():
    """A name of the application's own stands for those who give none."""
    named = endpoint(documented(identity=None, name="Guest"))
    first, second = claims_of(named.handle("")), claims_of(named.handle(""))
    assert (first["name"], second["name"]) == ("Guest", "Guest")
    assert first["sub"] != second["sub"]


def test_mistyped_field_names_are_refused_at_once():
    """A policy about a field that does not exist would guard nothing."""
    with pytest.raises(ValueError, match="roomname"):
        documented(refuse=["roomname"])
    with pytest.raises(ValueError, match="room_nam"):
        Admission(identity="a", room="r", replaces=["room_nam"])


class Anonymous:
    is_authenticated = False


def members(request, user):
    return Admission(identity=user, room=request.room_name or "lobby", name=user.title())


def test_own_policy_decides_from_the_user():
    """A function of the user's own decides each field."""
    answer = endpoint(members).handle('{"room_name": "r1"}', "ann")
    claims = claims_of(answer)
    assert (claims["sub"], claims["name"]) == ("ann", "Ann")
    assert claims["video"] == {"roomJoin": True, "room": "r1"}


@pytest.mark.parametrize("field", sorted(set(ASKS) - {"room_name"}))
def test_a_field_that_the_policy_forgot_is_refused(field):
    """Nothing is dropped silently, and nothing is granted by oversight."""
    answer = endpoint(members).handle(json.dumps({field: ASKS[field]}), "zoe")
    assert answer.status == 403
    assert json.loads(answer.body)["fields"] == [field]


@pytest.mark.parametrize("user", [None, Anonymous()])
def test_nobody_does_not_reach_an_own_policy(user):
    """Without a user the answer is 401, unless anonymous requests were allowed."""
    assert endpoint(members).handle("{}", user).status == 401
    seen = []

    def guests(request, user):
        seen.append(user)
        return Admission(identity="guest", room="r")

    assert endpoint(guests, allow_anonymous=True).handle("{}", user).status == 201
    assert seen == [None]


def test_a_policy_may_replace_a_field_knowingly():
    """replaces= permits a field that comes out changed, a prefixed room say."""

    def tenant(request, user):
        room = f"acme-{request.room_name}"
        return Admission(identity=user, room=room, replaces=["room_name"])

    answer = endpoint(tenant).handle('{"room_name": "r1"}', "ann")
    assert claims_of(answer)["video"]["room"] == "acme-r1"


def test_a_policy_may_add_attributes_and_grants():
    """What the client asked for is kept, what the policy adds is added."""

    def policy(request, user):
        return Admission(
            identity=user,
            room="r",
            metadata="from the server",
            attributes={**request.participant_attributes, "tier": "gold"},
            grants=VideoGrants(can_publish=False, room_admin=True),
            room_config=RoomConfiguration(agents=[RoomAgentDispatch(agent_name="helper")]),
            ttl=60,
        )

    claims = claims_of(endpoint(policy).handle('{"participant_attributes": {"lang": "fi"}}', "ann"))
    assert claims["attributes"] == {"lang": "fi", "tier": "gold"}
    assert claims["metadata"] == "from the server"
    assert claims["video"]["canPublish"] is False
    assert claims["video"]["roomAdmin"] is True
    assert claims["roomConfig"] == {"agents": [{"agentName": "helper"}]}
    assert 60 <= claims["exp"] - claims["nbf"] <= 120


def test_a_policy_may_refuse_with_a_reason():
    """TokenRefusedError becomes the answer, its status and fields included."""

    def policy(request, user):
        raise TokenRefusedError("the room is full", fields="room_name", status=409)

    answer = endpoint(policy).handle("{}", "ann")
    assert answer.status == 409
    assert json.loads(answer.body) == {
        "error": "refused",
        "message": "the room is full",
        "fields": ["room_name"],
    }


@pytest.mark.parametrize("wrong", [None, "ann", {"identity": "ann"}])
def test_a_policy_that_returns_nonsense_is_a_fault(wrong):
    """Forgetting to return an Admission is an error for the developer, no token for the client."""
    with pytest.raises(TypeError, match="must return an Admission"):
        endpoint(lambda request, user: wrong).handle("{}", "ann")


@pytest.mark.parametrize("facts", [{"identity": "", "room": "r"}, {"identity": "a", "room": ""}])
def test_an_admission_names_a_person_and_a_room(facts):
    """No join token for nobody, none for every room."""
    with pytest.raises(ValueError, match="must be a string that is not empty"):
        Admission(**facts)


def test_grants_for_another_room_are_a_fault():
    """Grants and admission cannot name two rooms."""
    other = Admission(identity="a", room="r", grants=VideoGrants(room="s"))
    with pytest.raises(ValueError, match="'s'"):
        endpoint(lambda request, user: other).handle("{}", "ann")


def test_credentials_of_the_client_are_refused():
    """A storage secret in the request is the client's fault: 400, the secret not repeated."""
    config = {"egress": {"tracks": {"filepath": "t", "s3": {"secret": "hush-hush"}}}}
    answer = endpoint(documented()).handle(json.dumps({"room_config": config}))
    assert (answer.status, json.loads(answer.body)["fields"]) == (400, ["room_config"])
    assert b"hush-hush" not in answer.body


def test_credentials_of_the_policy_never_reach_a_token():
    """A storage secret that the server itself configured is a fault of the server."""
    upload = EncodedFileOutput(filepath="f", s3=S3Upload(secret="hush-hush"))
    config = RoomConfiguration(egress=RoomEgress(room=Composite(file_outputs=[upload])))

    def policy(request, user):
        return Admission(identity=user, room="r", room_config=config, replaces=["room_config"])

    for body in ("{}", '{"room_config": {"max_participants": 3}}'):
        with pytest.raises(SensitiveCredentialsError):
            endpoint(policy).handle(body, "ann")


def test_the_policy_is_required_and_called():
    """No policy, a policy not called, or no policy at all: each refused at construction."""
    with pytest.raises(TypeError, match="policy"):
        TokenEndpoint()
    with pytest.raises(TypeError, match=r"call the policy: TokenEndpoint\(locked\(\)\)"):
        endpoint(locked)
    with pytest.raises(TypeError, match="not str"):
        endpoint("locked")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("https://example.com", "wss://example.com"),
        ("ws://127.0.0.1:7880", "ws://127.0.0.1:7880"),
        ("example.livekit.cloud/base/", "wss://example.livekit.cloud/base"),
        ("localhost:7880", "ws://localhost:7880"),
    ],
)
def test_server_url_is_told_in_its_ws_form(given, told):
    """Participants connect by WebSocket, whatever spelling the settings have."""
    answer = endpoint(documented(), server_url=given).handle("")
    assert json.loads(answer.body)["server_url"] == told


def test_settings_come_from_the_environment(monkeypatch):
    """LIVEKIT_URL, key and secret are enough; a LIVEKIT_TOKEN cannot sign and is ignored."""
    monkeypatch.setenv("LIVEKIT_URL", "wss://env.example.com")
    monkeypatch.setenv("LIVEKIT_TOKEN", "a.b.c")
    with pytest.raises(SettingsError, match="LIVEKIT_API_KEY"):
        TokenEndpoint(documented())
    monkeypatch.setenv("LIVEKIT_API_KEY", KEY)
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)
    answer = TokenEndpoint(documented()).handle("")
    assert json.loads(answer.body)["server_url"] == "wss://env.example.com"
    assert claims_of(answer)["iss"] == KEY


def test_unusable_ttl_shows_at_construction():
    """Not on the first request."""
    with pytest.raises(ValueError, match="ttl"):
        endpoint(documented(), ttl="soon")


def test_strict_content_type_keeps_simple_requests_out():
    """With cookies, a request without a content type could come from any site."""
    strict = endpoint(documented(), require_content_type=True)
    assert strict.handle("{}").status == 415
    assert strict.handle("{}", content_type="Application/JSON").status == 201


def test_any_form_of_body_is_taken():
    """Bytes of all kinds, text, the parsed object, or nothing."""
    text = '{"room_name": "r1"}'
    raw = text.encode()
    for body in (raw, bytearray(raw), memoryview(raw), text, json.loads(text)):
        assert claims_of(endpoint(documented()).handle(body))["video"]["room"] == "r1"
    assert endpoint(documented()).handle(None).status == 201


def test_the_limit_is_the_users():
    """413 past max_body_bytes, not at it."""
    small = endpoint(documented(), max_body_bytes=20)
    assert small.handle(b"{}" + b" " * 18).status == 201
    assert small.handle(b"{}" + b" " * 19).status == 413


async def members_later(request, user):
    await asyncio.sleep(0)
    return members(request, user)


class AsyncPolicy:
    async def __call__(self, request, user):
        return members(request, user)


@pytest.mark.parametrize("policy", [members_later, AsyncPolicy()])
async def test_asynchronous_policies(policy):
    """A coroutine function decides as well; sync code is refused with the way out."""
    later = endpoint(policy)
    assert later.is_async
    assert claims_of(await later.ahandle('{"room_name": "r1"}', "ann"))["sub"] == "ann"
    assert (await later.ahandle('{"participant_name": "x"}', "ann")).status == 403
    with pytest.raises(SettingsError, match="ahandle"):
        later.handle("{}", "ann")


async def test_ahandle_takes_ordinary_policies():
    """The same policy serves sync and async applications."""
    now = endpoint(members)
    assert not now.is_async
    assert claims_of(await now.ahandle("{}", "ann"))["sub"] == "ann"


def test_tokens_are_not_cached_by_proxies():
    """Each answer forbids storing."""
    assert endpoint(documented()).handle("").headers["Cache-Control"] == "no-store"


def test_no_secret_in_reprs():
    """Neither endpoint nor policy shows the key's secret, no answer shows its token."""
    shown = endpoint(documented())
    assert SECRET not in repr(shown) + repr(vars(shown)) + repr(shown.policy)
    answer = shown.handle("")
    assert json.loads(answer.body)["participant_token"] not in repr(answer)
    assert repr(answer).startswith("<EndpointResponse 201, ")


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_random_bodies_are_answered(body):
    """Whatever is sent, there is an answer and never an exception."""
    assert endpoint(documented()).handle(body).status in (201, 400)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ASKS)), JSON_VALUES, min_size=1))
def test_random_objects_are_refused_or_granted_as_asked(request):
    """A 201 means that every field asked for stands in the token; locked() grants none of them."""
    answer = endpoint(documented()).handle(json.dumps(request))
    assert answer.status in (201, 400)
    if answer.status == 201:
        claims = claims_of(answer)
        if request.get("room_name"):
            assert claims["video"]["room"] == request["room_name"]
        if request.get("participant_attributes"):
            assert claims["attributes"] == request["participant_attributes"]
        if any(request[field] for field in request if field != "room_config"):
            assert endpoint(locked()).handle(json.dumps(request)).status == 403


def test_only_functions_that_may_block_are_given_a_thread():
    """Fixed rules and coroutine functions run in the event loop; ordinary functions may wait."""

    async def later(request, user):
        return Admission(identity="ann", room="demo")

    def now(request, user):
        return Admission(identity="ann", room="demo")

    def blocks(policy):
        url = "wss://livekit.test"
        endpoint = TokenEndpoint(policy, server_url=url, api_key=KEY, api_secret=SECRET)
        return not endpoint.never_blocks

    assert not blocks(documented())
    assert not blocks(locked())
    assert not blocks(later)
    assert blocks(now)
    assert blocks(documented(identity=str))
