"""The builder: what it takes, what it refuses, what it signs."""

from __future__ import annotations

import copy
import pickle
from datetime import timedelta
from typing import Any

import jwt
import pytest

from lkapi.auth import (
    AccessToken,
    AgentEndpointGrants,
    AgentGrants,
    AgentThreadGrants,
    InferenceGrants,
    ObservabilityGrants,
    SIPGrants,
    TokenVerifier,
    VideoGrants,
    unverified,
)
from lkapi.errors import SettingsError, TokenError
from lkapi.protocol.models import ParticipantInfo, TrackSource
from lkapi.protocol.room import RoomConfiguration

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
JOIN = VideoGrants(room_join=True, room="demo")


def claims_of(token: AccessToken) -> dict[str, Any]:
    return dict(unverified(token.to_jwt()).raw)


def test_keywords_and_builder_methods_are_the_same() -> None:
    """Each keyword of the constructor does what its method does."""
    config = {"agents": [{"agent_name": "helper"}]}
    by_keywords = AccessToken(
        KEY, SECRET, identity="ann", name="Ann", metadata="m", attributes={"a": "1"}, kind="agent",
        kind_details=["cloud_agent"], ttl="10m", grants=JOIN, sip=SIPGrants(True, True),
        agent=AgentGrants(admin=True), agent_endpoint=AgentEndpointGrants(True, "x"),
        agent_thread=AgentThreadGrants(thread_ids=["t"]), inference=InferenceGrants(True),
        observability=ObservabilityGrants(True), room_config=config, room_preset="p", sha256="aa==",
        clock=lambda: 5.0,
    )  # fmt: skip
    by_methods = (
        AccessToken(KEY, SECRET, clock=lambda: 5.0)
        .with_identity("ann").with_name("Ann").with_metadata("m").with_attributes({"a": "1"})
        .with_kind("agent").with_kind_details(["cloud_agent"]).with_ttl(timedelta(minutes=10))
        .with_grants(JOIN).with_sip_grants(SIPGrants(True, True))
        .with_agent_grants(AgentGrants(admin=True))
        .with_agent_endpoint_grants(AgentEndpointGrants(True, "x"))
        .with_agent_thread_grants(AgentThreadGrants(thread_ids=["t"]))
        .with_inference_grants(InferenceGrants(True))
        .with_observability_grants(ObservabilityGrants(True))
        .with_room_config(config).with_room_preset("p").with_sha256("aa==")
    )  # fmt: skip
    assert by_keywords.to_jwt() == by_methods.to_jwt()
    assert claims_of(by_keywords) == {
        "iss": KEY, "sub": "ann", "iat": 5, "nbf": 5, "exp": 605, "name": "Ann", "metadata": "m",
        "attributes": {"a": "1"}, "kind": "agent", "kindDetails": ["cloud_agent"],
        "video": {"roomJoin": True, "room": "demo"}, "sip": {"admin": True, "call": True},
        "agent": {"admin": True}, "agentEndpoint": {"call": True, "agentName": "x"},
        "agentThread": {"threadIds": ["t"]}, "inference": {"perform": True},
        "observability": {"write": True}, "roomConfig": {"agents": [{"agentName": "helper"}]},
        "roomPreset": "p", "sha256": "aa==",
    }  # fmt: skip


def test_other_libraries_accept_the_token() -> None:
    """PyJWT and livekit-api read what lkapi signs."""
    livekit_api = pytest.importorskip("livekit.api")
    token = AccessToken(KEY, SECRET, identity="ann", video=JOIN).to_jwt()
    assert jwt.decode(token, SECRET, algorithms=["HS256"])["video"] == {
        "roomJoin": True,
        "room": "demo",
    }
    assert livekit_api.TokenVerifier(KEY, SECRET).verify(token).identity == "ann"


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments, key and secret are those of the environment."""
    monkeypatch.setenv("LIVEKIT_API_KEY", "envkey")
    monkeypatch.setenv("LIVEKIT_API_SECRET", SECRET)
    assert TokenVerifier().verify(AccessToken().to_jwt()).iss == "envkey"


@pytest.mark.parametrize(
    ("key", "secret", "named"),
    [(None, SECRET, "LIVEKIT_API_KEY"), ("k", None, "LIVEKIT_API_SECRET"), ("k", "", "api_secret")],
)
def test_a_missing_credential_is_named(
    monkeypatch: pytest.MonkeyPatch, key: str | None, secret: str | None, named: str
) -> None:
    """The error says which one is missing and where it could come from; it is a ValueError."""
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    monkeypatch.delenv("LIVEKIT_API_SECRET", raising=False)
    with pytest.raises(SettingsError, match=named) as caught:
        AccessToken(key, secret)
    assert isinstance(caught.value, ValueError)


def test_inputs_are_copied() -> None:
    """Changing what was passed in does not change the token."""
    grants, attributes, config = VideoGrants(room_create=True), {"a": "1"}, {"agents": [{}]}
    token = AccessToken(KEY, SECRET, video=grants, attributes=attributes, room_config=config)
    grants.room_list, attributes["b"] = True, "2"
    config["agents"].append({"agentName": "late"})
    claims = claims_of(token)
    assert claims["video"] == {"roomCreate": True}
    assert claims["attributes"] == {"a": "1"}
    assert claims["roomConfig"] == {"agents": [{}]}


def test_add_grant_merges() -> None:
    """``add_grant`` keeps what was granted before, and returns the token."""
    token = AccessToken(KEY, SECRET, identity="ann")
    assert token.add_grant(room_join=True, room="a") is token
    token.add_grant(can_publish=False, room="b")
    assert claims_of(token)["video"] == {"roomJoin": True, "room": "b", "canPublish": False}


def test_add_grant_names_the_nearest_field() -> None:
    """A misspelt grant is a TypeError with a suggestion."""
    with pytest.raises(TypeError, match="did you mean 'room_join'"):
        AccessToken(KEY, SECRET).add_grant(roomjoin=True)
    with pytest.raises(TypeError, match="did you mean 'room_join'"):
        AccessToken(KEY, SECRET).add_grant(roomJoin=True)
    with pytest.raises(TypeError, match=r"'zzz'$"):
        AccessToken(KEY, SECRET).add_grant(zzz=True)


def test_a_misspelt_argument_is_named_with_the_nearest() -> None:
    """Of the constructor too; neither key nor secret is in the error."""
    wrong = {"identty": "ann"}
    with pytest.raises(TypeError) as caught:
        AccessToken(KEY, SECRET, **wrong)
    assert str(caught.value) == ("AccessToken has no argument 'identty'; did you mean 'identity'?")
    assert caught.value.__suppress_context__


def test_both_credentials_are_named_when_both_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One error is enough to put both right."""
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    monkeypatch.delenv("LIVEKIT_API_SECRET", raising=False)
    with pytest.raises(SettingsError) as caught:
        AccessToken()
    for name in ("api_key", "api_secret", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"attributes": {"a": 1}}, "attribute 'a'"),
        ({"attributes": {1: "a"}}, "key of attributes"),
        ({"attributes": ["a"]}, "mapping"),
        ({"identity": 7}, "identity"),
        ({"name": b"x"}, "name"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"room_preset": 1}, "room_preset"),
        ({"sha256": b""}, "sha256"),
        ({"kind": "robot"}, "kind of participant 'robot'"),
        ({"kind": True}, "kind of participant True"),
        ({"kind_details": "cloud_agent"}, "kind_details"),
        ({"kind_details": ["moon"]}, "kind detail 'moon'"),
        ({"video": SIPGrants()}, "VideoGrants"),
        ({"sip": JOIN}, "SIPGrants"),
        ({"grants": JOIN, "video": JOIN}, "give only one"),
        ({"room_config": 5}, "RoomConfiguration"),
        ({"room_config": {"egress": "x"}}, "room_config.egress"),
        ({"room_config": {"emptyTimeout": 1, "empty_timeout": 2}}, "given twice"),
        ({"room_config": {"tags": {1, 2}}}, "JSON"),
        ({"room_config": {"tags": float("nan")}}, "JSON"),
        ({"room_config": {"agents": [3]}}, r"agents\[0\]"),
        ({"ttl": 0}, "ttl"),
    ],
    ids=str,
)
def test_unusable_arguments_are_refused_at_once(change: dict[str, Any], named: str) -> None:
    """The error names the argument, before anything is signed."""
    with pytest.raises(TokenError, match=named):
        AccessToken(KEY, SECRET, **change)


def test_half_a_surrogate_pair_is_refused() -> None:
    """Text that is no text cannot be signed."""
    with pytest.raises(TokenError, match="surrogate"):
        AccessToken(KEY, SECRET, name="\ud800").to_jwt()


def test_a_claim_spoilt_after_the_checks_is_refused() -> None:
    """What is not JSON is a TokenError when signing."""
    token = AccessToken(KEY, SECRET)
    token.claims.attributes = {"a": object()}  # type: ignore[dict-item]
    with pytest.raises(TokenError, match="JSON"):
        token.to_jwt()


def test_the_guard_looks_again_when_signing() -> None:
    """A secret put into the claims past the builder is still refused."""
    token = AccessToken(KEY, SECRET)
    token.claims.room_config_json = {"egress": {"tracks": {"s3": {"secret": "hush"}}}}
    with pytest.raises(TokenError, match=r"egress\.tracks\.s3\.secret"):
        token.to_jwt()


def test_join_needs_identity_and_room() -> None:
    """Join tokens without identity or room are refused with the way out."""
    with pytest.raises(TokenError, match="with_identity"):
        AccessToken(KEY, SECRET, video=JOIN).to_jwt()
    token = AccessToken(KEY, SECRET, identity="ann").add_grant(room_join=True)
    with pytest.raises(TokenError, match="allow_any_room"):
        token.to_jwt()
    assert claims_of(token.with_any_room())["video"] == {"roomJoin": True}


def test_the_secret_is_not_shown() -> None:
    """No repr holds the secret, and there is no ``__dict__`` to dump."""
    token = AccessToken(KEY, SECRET, identity="ann")
    assert repr(token) == "AccessToken(api_key='devkey', identity='ann', ttl=6:00:00)"
    assert SECRET not in repr(token.claims)
    assert not hasattr(token, "__dict__")
    assert token.api_secret == SECRET


def test_attributes_of_livekit_api_are_there() -> None:
    """``identity``, ``ttl``, ``claims`` and ``api_key`` can be read and set as in livekit-api."""
    token = AccessToken(KEY, SECRET)
    token.identity, token.ttl = "ann", timedelta(hours=1)
    assert (token.identity, token.ttl, token.api_key) == ("ann", timedelta(hours=1), KEY)
    token.claims.name = "Ann"
    assert claims_of(token)["name"] == "Ann"
    with pytest.raises(TokenError):
        token.ttl = timedelta(0)
    assert "standard" in AccessToken.ParticipantKind.__args__


def test_wire_enums_are_words_in_the_token() -> None:
    """Numbers of the message enums and words in any case give the words of the wire."""
    sources = [TrackSource.CAMERA, 3, "MICROPHONE", "screen_share_audio"]
    token = AccessToken(KEY, SECRET, kind=ParticipantInfo.Kind.SIP, kind_details=[5])
    token.with_grants(VideoGrants(can_publish_sources=sources))
    claims = claims_of(token)
    assert claims["kind"] == "sip"
    assert claims["kindDetails"] == ["simulation"]
    assert claims["video"]["canPublishSources"] == [
        "camera",
        "screen_share",
        "microphone",
        "screen_share_audio",
    ]


def test_room_config_takes_messages_of_both_libraries() -> None:
    """A message of lkapi, one of livekit.protocol and a dict give the same claim."""
    livekit_api = pytest.importorskip("livekit.api")
    wanted = {"name": "x", "emptyTimeout": 3, "agents": [{"agentName": "helper"}]}
    ours = RoomConfiguration.from_dict(wanted)
    theirs = livekit_api.RoomConfiguration.FromString(ours.to_bytes())
    for config in (ours, theirs, wanted, {**wanted, "metadata": None}):
        token = AccessToken(KEY, SECRET).with_room_config(config)
        assert claims_of(token)["roomConfig"] == wanted
        assert token.claims.room_config == ours


def test_map_keys_keep_their_spelling() -> None:
    """Only field names are rewritten, not the keys of tags and attributes."""
    config = {"tags": {"a_b": "1"}, "agents": [{"agent_name": "x", "attributes": {"c_d": "2"}}]}
    assert claims_of(AccessToken(KEY, SECRET, room_config=config))["roomConfig"] == {
        "tags": {"a_b": "1"},
        "agents": [{"agentName": "x", "attributes": {"c_d": "2"}}],
    }


def test_tokens_can_be_copied_and_pickled() -> None:
    """A builder survives pickle and deepcopy."""
    token = AccessToken(KEY, SECRET, identity="ann", video=JOIN, ttl=60)
    for again in (pickle.loads(pickle.dumps(token)), copy.deepcopy(token)):
        assert again.claims == token.claims
        assert again.ttl == token.ttl
