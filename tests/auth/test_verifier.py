"""The verifier: keys, leeway, claims, and what it says when it refuses."""

from __future__ import annotations

import base64
import json
import warnings
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest

from lkapi.auth import AccessToken, TokenVerifier, VideoGrants, sign_claims, unverified
from lkapi.auth.jws import sign
from lkapi.errors import (
    InvalidTokenError,
    SettingsError,
    TokenExpiredError,
    TokenNotYetValidError,
    TokenSignatureError,
    UnknownAPIKeyError,
)
from tests.tracebacks import show_locals

KEY, SECRET = "devkey", "not-a-real-secret-0123456789abcdef"
NOW = 1_800_000_000


def token(secret: str = SECRET, **claims: Any) -> str:
    return sign({"iss": KEY, "exp": NOW + 600, **claims}, secret)


def verifier(**options: Any) -> TokenVerifier:
    return TokenVerifier(KEY, SECRET, clock=lambda: NOW, **options)


def test_all_claims_are_read() -> None:
    """Everything a token says is at hand, times as datetimes too."""
    made = AccessToken(
        KEY, SECRET, identity="ann", name="Ann", metadata="m", attributes={"a": "1"}, kind="sip",
        kind_details=["forwarded"], ttl=60, video=VideoGrants(room="r"), room_preset="p",
        room_config={"agents": [{"agent_name": "x"}]}, sha256="h", clock=lambda: NOW,
    ).to_jwt()  # fmt: skip
    claims = verifier().verify(made)
    assert (claims.identity, claims.name, claims.metadata) == ("ann", "Ann", "m")
    assert (claims.kind, claims.kind_details, claims.attributes) == (
        "sip",
        ["forwarded"],
        {"a": "1"},
    )
    assert (claims.room_preset, claims.sha256, claims.api_key) == ("p", "h", KEY)
    assert claims.sip is None
    assert claims.video == VideoGrants(room="r")
    assert claims.room_config_json == {"agents": [{"agentName": "x"}]}
    assert claims.room_config is not None
    assert claims.room_config.agents[0].agent_name == "x"
    assert claims.not_before == claims.issued_at == datetime.fromtimestamp(NOW, timezone.utc)
    assert claims.expires_at == datetime.fromtimestamp(NOW + 60, timezone.utc)


def test_absent_times_are_none_and_far_ones_clamped() -> None:
    """A token without nbf has none; an end beyond the calendar is the last moment of it."""
    claims = verifier().verify(token(exp=10**15))
    assert claims.not_before is None
    assert claims.room_config is None
    assert claims.expires_at == datetime.max.replace(tzinfo=timezone.utc)


def test_identity_falls_back_to_jti() -> None:
    """``sub`` counts, else ``jti``; a claim called identity does not."""
    assert verifier().verify(token(jti="b", identity="c")).identity == "b"
    assert verifier().verify(token(sub="a", jti="b")).identity == "a"


@pytest.mark.parametrize("leeway", [0, 0.0, timedelta(0)])
def test_leeway_can_be_set(leeway: Any) -> None:
    """Without leeway, a token that ended is expired at once."""
    with pytest.raises(TokenExpiredError):
        verifier(leeway=leeway).verify(token(exp=NOW))
    with pytest.raises(TokenNotYetValidError):
        verifier(leeway=leeway).verify(token(nbf=NOW + 1))
    assert verifier(leeway=timedelta(hours=1)).verify(token(exp=NOW - 3599)).iss == KEY


def test_a_minute_of_leeway_is_the_default() -> None:
    """As the server allows: the end itself is too late, the beginning is not too early."""
    assert verifier().verify(token(exp=NOW - 59)).exp == NOW - 59
    with pytest.raises(TokenExpiredError, match=r"expired 60 s ago"):
        verifier().verify(token(exp=NOW - 60))
    assert verifier().verify(token(nbf=NOW + 60)).nbf == NOW + 60
    with pytest.raises(TokenNotYetValidError, match=r"not valid yet: it becomes valid in 61 s"):
        verifier().verify(token(nbf=NOW + 61))


def test_a_token_from_the_first_second_of_1970_has_an_end() -> None:
    """It ended long ago, which is something else than having no end."""
    with pytest.raises(TokenExpiredError):
        verifier().verify(token(exp=1))
    for none in (0, -1):
        with pytest.raises(InvalidTokenError, match="no expiry") as caught:
            verifier().verify(token(exp=none))
        assert not isinstance(caught.value, TokenExpiredError)


def test_no_frame_of_an_error_holds_a_token_or_a_secret() -> None:
    """Neither of verifying nor of what comes before it."""
    whole = token(sub="x" * 50)
    wrong = TokenVerifier(KEY, "another-secret-" + "0" * 20, clock=lambda: NOW)
    with pytest.raises(TokenSignatureError) as caught:
        wrong.verify(whole)
    assert whole not in show_locals(caught.value)
    assert "another-secret" not in show_locals(caught.value)
    with pytest.raises(InvalidTokenError) as refused:
        unverified(whole + ".x")
    assert whole not in show_locals(refused.value)
    with pytest.raises(SettingsError) as unset:
        TokenVerifier(KEY, SECRET, leeway=-1)
    assert SECRET not in show_locals(unset.value)


@pytest.mark.parametrize("leeway", [-1, float("nan"), float("inf"), timedelta(-1)])
def test_unusable_leeway_is_refused(leeway: Any) -> None:
    """A leeway that is negative or endless is a SettingsError."""
    with pytest.raises(SettingsError, match="leeway"):
        verifier(leeway=leeway)


def test_several_keys_are_chosen_by_issuer() -> None:
    """With a mapping, each token is verified with the secret of the key it names."""
    keys = {KEY: SECRET, "newkey": "another-secret-0123456789abcdefgh"}
    both = TokenVerifier(keys=keys, clock=lambda: NOW)
    for key, secret in keys.items():
        assert both.verify(sign_claims(key, secret, {}, 60, NOW)).iss == key
    with pytest.raises(TokenSignatureError):
        both.verify(sign_claims("newkey", SECRET, {}, 60, NOW))
    with pytest.raises(UnknownAPIKeyError, match="'stranger'"):
        both.verify(sign_claims("stranger", SECRET, {}, 60, NOW))


def test_a_key_may_have_two_secrets_for_a_while() -> None:
    """While a secret is replaced, tokens of the old and of the new one pass."""
    rotating = TokenVerifier(keys={KEY: ["new-secret", SECRET]}, clock=lambda: NOW)
    assert rotating.verify(token()).iss == rotating.verify(token("new-secret")).iss == KEY
    with pytest.raises(TokenSignatureError):
        rotating.verify(token("third-secret"))


def test_keys_may_be_a_function() -> None:
    """A function is asked with the issuer; None and empty secrets are an unknown key."""
    asked: list[str] = []

    def look_up(key: str) -> str | None:
        asked.append(key)
        return SECRET if key == KEY else ""

    by_function = TokenVerifier(keys=look_up, clock=lambda: NOW)
    assert by_function.verify(token()).iss == KEY
    with pytest.raises(UnknownAPIKeyError, match="over 64"):
        by_function.verify(sign({"iss": "x" * 65, "exp": NOW + 1}, ""))
    assert asked == [KEY, "x" * 65]


def test_unusable_keys_are_refused() -> None:
    """Key and secret together with keys, or no keys at all, are a SettingsError."""
    with pytest.raises(SettingsError, match="not both"):
        TokenVerifier(KEY, SECRET, keys={KEY: SECRET})
    with pytest.raises(SettingsError, match="empty"):
        TokenVerifier(keys={})


@pytest.mark.parametrize("secret", [b"bytes", 5, ["ok", b"bytes"], "\udcff"], ids=repr)
def test_secrets_that_are_no_text_are_refused(secret: Any) -> None:
    """Bytes, numbers and undecodable environment variables are a SettingsError, wherever given."""
    with pytest.raises(SettingsError, match=r"secret in keys"):
        TokenVerifier(keys={KEY: secret}).verify(token())
    with pytest.raises(SettingsError, match="api_secret"):
        TokenVerifier(KEY, secret)
    with pytest.raises(SettingsError, match="api_secret"):
        AccessToken(KEY, secret)


def test_keys_are_looked_up_afresh() -> None:
    """A key that is added to the mapping later is known at once: rotation needs no restart."""
    keys: dict[str, str] = {"other": "secret"}
    live = TokenVerifier(keys=keys, clock=lambda: NOW)
    keys[KEY] = SECRET
    assert live.verify(token()).iss == KEY


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"exp": None}, "exp"), ({"exp": 0}, "exp"), ({"exp": -5}, "exp"), ({"exp": "9"}, "exp"),
        ({"exp": 10**400}, "exp"), ({"nbf": "x"}, "nbf"), ({"iat": []}, "iat"), ({"sub": 5}, "sub"),
        ({"jti": 5}, "jti"), ({"name": []}, "name"), ({"kind": 1}, "kind"),
        ({"kindDetails": "x"}, "kindDetails"), ({"attributes": {"a": 1}}, "attributes"),
        ({"attributes": []}, "attributes"), ({"roomConfig": "x"}, "roomConfig"),
        ({"roomConfig": {"emptyTimeout": "x"}}, "roomConfig"),
        ({"iss": 5}, "iss"), ({"iss": ""}, "iss"),
        ({"sip": []}, "sip"), ({"sha256": 1}, "sha256"),
    ],
    ids=str,
)  # fmt: skip
def test_claims_of_the_wrong_type_are_refused(claims: dict[str, Any], named: str) -> None:
    """A signed token of the wrong shape is refused, and the claim is named."""
    with pytest.raises(InvalidTokenError, match=named):
        verifier().verify(token(**claims))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "empty"), ("Bearer a.b.c", "Bearer"), ("bearer a.b.c", "Bearer"),
        (" a.b.c", "white space"),
        ("a.b.c\n", "white space"), ("a.b", "has 2"), ("a.b.c.d", "has 4"), ("a.b=.c", "base64url"),
        ("a.b.c", "header"), (None, "NoneType"), (5, "int"), ({}, "dict"),
        (b"\xff.a.b", "base64url"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_token_is_told_apart(given: Any, said: str) -> None:
    """The error says what is wrong with the form."""
    with pytest.raises(InvalidTokenError, match=said):
        verifier().verify(given)


def test_bytes_are_taken() -> None:
    """A token as ASCII bytes is as good as text."""
    assert verifier().verify(token().encode()).iss == KEY  # type: ignore[arg-type]


def test_deep_nesting_is_an_ordinary_refusal() -> None:
    """Nesting beyond 100 levels is refused on every Python; brackets in strings do not count."""
    deep: Any = []
    for _ in range(150):
        deep = [deep]
    with pytest.raises(InvalidTokenError, match="not JSON"):
        verifier().verify(token(x=deep))
    assert verifier().verify(token(metadata="[{" * 500 + '\\"')).metadata.startswith("[{[{")


def test_unverified_shows_what_cannot_be_believed() -> None:
    """Wrong key, ended, or another algorithm: the claims can still be looked at."""
    other = jwt.encode({"iss": "x", "sub": "ann", "exp": 5}, "s" * 64, algorithm="HS512")
    assert unverified(other).identity == "ann"
    assert verifier().verify(other, verify_signature=False).exp == 5
    with pytest.raises(InvalidTokenError):
        verifier().verify(other)


def test_short_secrets_make_no_noise() -> None:
    """The secret of a development server signs and verifies without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = AccessToken("devkey", "secret", identity="ann").to_jwt()
        assert TokenVerifier("devkey", "secret").verify(made).identity == "ann"


def test_no_message_holds_the_token() -> None:
    """Whatever is refused, no segment of the token is in the text of the error."""
    whole = token(sub="x" * 50)
    head, body, tail = whole.split(".")
    broken = [whole[:-4], f"{head}.{body}.{'A' * 43}", f"{body}.{head}.{tail}", whole + "x."]
    for given in broken:
        with pytest.raises(InvalidTokenError) as caught:
            verifier().verify(given)
        assert not any(part in str(caught.value) for part in (head, body, tail))


def test_a_header_in_another_order_is_fine() -> None:
    """The header is read, not compared: other SDKs write it differently."""
    header = base64.urlsafe_b64encode(b'{"typ":"JWT", "alg":"HS256","kid":"x"}').rstrip(b"=")
    payload = base64.urlsafe_b64encode(json.dumps({"iss": KEY, "exp": NOW + 1}).encode()).rstrip(
        b"="
    )
    made = jwt.PyJWS().encode(b"", SECRET)
    assert made
    signature = jwt.get_algorithm_by_name("HS256").sign(header + b"." + payload, SECRET.encode())
    signed = b".".join([header, payload, base64.urlsafe_b64encode(signature).rstrip(b"=")])
    assert verifier().verify(signed.decode()).iss == KEY
