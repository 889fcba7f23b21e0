"""How the server reads an access token, which is less strict than a verifier should be.

Recorded behaviours 13 to 19: the case of claim names does not matter, ``exp`` may be a string of
digits, ``aud`` is ignored, and the plain-text response repeats a refused token. Use
``lkapi.TokenVerifier`` for everything except simulating a server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from lkapi.devserver.http.claim_types import FieldError, Grants, read_grants

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Claims", "TokenRefused", "read_bearer", "read_claims"]

LEEWAY: Final = 60
"""Seconds by which clocks may differ."""

_ALGORITHMS: Final = frozenset(
    {"none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    | {"ES256", "ES384", "ES512", "EdDSA"}
)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]*")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_BEARER: Final = "Bearer "


class TokenRefused(Exception):  # noqa: N818 - named for what happened to the token
    """The token is not valid; the text is the body of a 401 response."""


@attrs.frozen
class Claims:
    """The claims of a valid token."""

    api_key: str
    identity: str
    grants: Grants

    def has(self, needs: Mapping[str, Mapping[str, bool | str]]) -> bool:
        """Whether every flag is set, and every name equal to the one that is needed."""
        return all(
            self._has(group, flag, value)
            for group, flags in needs.items()
            for flag, value in flags.items()
        )

    def _has(self, group: str, flag: str, value: bool | str) -> bool:
        absent = "" if isinstance(value, str) else False
        return bool(self.grants.group(group).get(flag, absent) == value)


def read_bearer(authorization: str, query_token: str) -> str:
    """Find the token of a request: in the header, or in the query string if there is no header.

    Raises:
        TokenRefused: for a header that does not begin with ``Bearer`` and a space.
    """
    if not authorization:
        return query_token
    if not authorization.startswith(_BEARER):
        raise TokenRefused("invalid authorization header. Must start with Bearer ")
    return authorization[len(_BEARER) :]


def read_claims(token: str, keys: Mapping[str, str], now: float) -> Claims:
    """Check a token as the server does, and read it.

    Raises:
        TokenRefused: with the recorded text for each reason.
    """
    header, payload, signature, signed = _split(token)
    issuer, subject = _read_registered(payload)
    secret = keys.get(issuer)
    if secret is None:
        raise TokenRefused(f"invalid API key: {issuer}")
    try:
        grants = read_grants(payload)
        _check_signature(header, secret, signed, signature)
        _check_times(payload, now)
    except FieldError as error:
        why = f"token is malformed: could not JSON decode claim: {error}"
        raise TokenRefused(f"invalid token: {token}, error: {why}") from None
    except _InvalidError as error:
        raise TokenRefused(f"invalid token: {token}, error: {error}") from None
    return Claims(api_key=issuer, identity=subject, grants=grants)


class _InvalidError(Exception):
    pass


def _split(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        head, body, tail = token.split(".")
        header, payload, signature = _read_object(head), _read_object(body), _decode_segment(tail)
    except (ValueError, RecursionError):
        raise TokenRefused("invalid authorization token") from None
    if str(header.get("alg")) not in _ALGORITHMS:
        raise TokenRefused("invalid authorization token")
    return header, payload, signature, f"{head}.{body}".encode()


def _decode_segment(text: str) -> bytes:
    if not _SEGMENT.fullmatch(text):
        raise ValueError("not unpadded base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read_object(segment: str) -> dict[str, Any]:
    value: object = json.loads(_decode_segment(segment))
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of refusal for any bad token
    return cast("dict[str, Any]", value)


def _read_registered(payload: dict[str, Any]) -> tuple[str, str]:
    """Issuer and identity; wrong types here are refused before the API key is looked up."""
    found = {name.lower(): value for name, value in payload.items()}
    texts = {name: found.get(name) for name in ("iss", "sub", "jti")}
    times = [found.get(name) for name in ("exp", "nbf", "iat")]
    valid = (
        all(text is None or isinstance(text, str) for text in texts.values())
        and _is_audience(found.get("aud"))
        and all(value is None or _read_time(value) is not None for value in times)
    )
    if not valid:
        raise TokenRefused("invalid authorization token")
    return texts["iss"] or "", texts["sub"] or texts["jti"] or ""


def _is_audience(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in cast("list[object]", value))
    return value is None or isinstance(value, str)


def _read_time(value: Any) -> float | None:
    """A NumericDate: a number, or the digits of one in a string."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _check_signature(header: dict[str, Any], secret: str, signed: bytes, signature: bytes) -> None:
    algorithm = header["alg"]
    if algorithm != "HS256":
        raise _InvalidError(f"token signature is invalid: signing method {algorithm} is invalid")
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(expected, signature):
        raise _InvalidError("token signature is invalid: signature is invalid")


def _check_times(payload: dict[str, Any], now: float) -> None:
    found = {name.lower(): value for name, value in payload.items()}
    expires, begins = _read_time(found.get("exp")), _read_time(found.get("nbf"))
    if expires is None:
        missing = "token is missing required claim: exp claim is required"
        raise _InvalidError(f"token has invalid claims: {missing}")
    if now >= expires + LEEWAY:
        raise _InvalidError("token has invalid claims: token is expired")
    if begins is not None and now < begins - LEEWAY:
        raise _InvalidError("token has invalid claims: token is not valid yet")
