"""Receiving webhooks: the signature is checked, then the body's hash; only then is it parsed.

A delivery carries a token whose ``sha256`` claim is the hash of the body (recorded behaviour 54).
Nothing of the body is parsed before both are checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from binascii import b2a_base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import attrs

from lkapi.auth import Claims, Keys, TokenVerifier
from lkapi.errors import (
    DecodeError,
    InvalidTokenError,
    SettingsError,
    WebhookBodyError,
    WebhookHashError,
    WebhookTokenError,
)
from lkapi.errors.base import hides_locals
from lkapi.protocol.webhook import WebhookEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

__all__ = ["Body", "WebhookDelivery", "WebhookReceiver", "WebhookVerifier", "hash_body"]

Body: TypeAlias = bytes | bytearray | memoryview | str
"""The body of a request as it was received, before any decoding by a framework."""

_RAW_BODY_HINT = (
    "pass the body as received, because the signature covers its bytes: request.get_data() in "
    "Flask, request.body in Django and Django REST framework, await request.body() in FastAPI and "
    "Starlette, await request.read() in aiohttp"
)
_HEADER_HINT = "pass the Authorization header of the webhook's request"
_VERIFIERS = (
    "pass (api_key, api_secret), a dict of secrets by API key, a function that returns the secret "
    "of an API key, or a TokenVerifier"
)


def hash_body(body: bytes) -> str:
    """The ``sha256`` claim of a body: padded standard base64 of its SHA-256."""
    return b2a_base64(hashlib.sha256(body).digest(), newline=False).decode()


@attrs.frozen
class WebhookDelivery:
    """One verified delivery: the event, and everything that came with it."""

    event: WebhookEvent
    claims: Claims
    """The claims of the token; ``claims.iss`` is the API key that signed."""
    body: bytes = attrs.field(repr=False)
    """The bytes that were signed."""

    @property
    def raw(self) -> Mapping[str, Any]:
        """The body as JSON, parsed anew each time, with members that this lkapi does not know."""
        return cast("dict[str, Any]", json.loads(self.body))


class WebhookVerifier:
    """Verifies that LiveKit sent a body and that it arrived unchanged; does not parse it."""

    __slots__ = ("_verifier",)

    @hides_locals
    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | None = None,
        *,
        keys: Keys | None = None,
        leeway: float | timedelta = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use the same arguments as `lkapi.TokenVerifier`, including several ``keys`` for rotation.

        Webhooks of an egress may be signed with another key than the others: put both in ``keys``.

        Raises:
            SettingsError: if key or secret is missing.
        """
        self._verifier = TokenVerifier(api_key, api_secret, keys=keys, leeway=leeway, clock=clock)

    @classmethod
    def of(cls, verifier: TokenVerifier) -> WebhookVerifier:
        """Use the keys, the leeway and the clock of a token verifier."""
        receiver = cls.__new__(cls)
        receiver._verifier = verifier  # noqa: SLF001 - a second constructor
        return receiver

    @hides_locals
    def verify(self, body: Body, auth_token: str | bytes | None) -> Claims:
        """Check the token, then the body against it.

        Args:
            body: as received.
            auth_token: value of the ``Authorization`` header; LiveKit sends the bare token, one
                after ``Bearer`` is accepted.

        Raises:
            WebhookTokenError: if the token is missing or not valid.
            WebhookHashError: if the body is not the one that was signed.
            WebhookBodyError: if the body is not text or bytes.
        """
        raw = _as_bytes(body)
        token = _bare_token(auth_token)
        try:
            claims = self._verifier.verify(token)
        except InvalidTokenError as error:
            hint = "" if token.count(".") == 2 else f": {_HEADER_HINT}"
            raise WebhookTokenError(f"{error}{hint}") from error
        if not claims.sha256:
            raise WebhookHashError(
                f"the token has no claim sha256, so it does not sign a body: {_HEADER_HINT}"
            )
        given = claims.sha256.encode("utf-8", "replace")
        if not hmac.compare_digest(hash_body(raw).encode(), given):
            what = f"the body of {len(raw)} bytes is not the one that was signed"
            raise WebhookHashError(f"{what}; {_RAW_BODY_HINT}")
        return claims


class WebhookReceiver:
    """Verifies and parses webhooks. One object serves all threads and event loops.

    ``WebhookReceiver(TokenVerifier(key, secret)).receive(body, request.headers["Authorization"])``.
    """

    __slots__ = ("_verifier",)

    @hides_locals
    def __init__(
        self,
        verifier: WebhookVerifier | TokenVerifier | tuple[str, str] | Keys | None = None,
    ) -> None:
        """Use a verifier, a key with its secret, secrets by key, or a function that returns them.

        Without an argument, key and secret come from the environment.

        Raises:
            SettingsError: if key or secret is missing, or the argument is none of these.
        """
        self._verifier = _make_verifier(verifier)

    @hides_locals
    def receive(self, body: Body, auth_token: str | bytes | None) -> WebhookEvent:
        """Verify a delivery and return its event.

        Unknown event names, JSON members and enum values are accepted: treat ``event.event`` as an
        open set of names, and respond with 2xx to those that you do not handle.

        Args:
            body: as received, see `WebhookVerifier.verify`.
            auth_token: value of the ``Authorization`` header.

        Raises:
            WebhookError: if the delivery must be refused; the subclass says why.
        """
        raw = _as_bytes(body)
        self._verifier.verify(raw, auth_token)
        return _read_event(raw)

    @hides_locals
    def receive_delivery(self, body: Body, auth_token: str | bytes | None) -> WebhookDelivery:
        """Like ``receive``, but also return the token's claims and the raw JSON."""
        raw = _as_bytes(body)
        claims = self._verifier.verify(raw, auth_token)
        return WebhookDelivery(_read_event(raw), claims, raw)


def _read_event(body: bytes) -> WebhookEvent:
    try:
        return WebhookEvent.from_json(body)
    except DecodeError as error:
        raise WebhookBodyError(
            f"the body is signed, but it is not a webhook event: {error}"
        ) from error


def _make_verifier(given: object) -> WebhookVerifier:
    if isinstance(given, WebhookVerifier):
        return given
    if isinstance(given, TokenVerifier):
        return WebhookVerifier.of(given)
    if given is None or callable(given) or isinstance(given, Mapping):
        return WebhookVerifier(keys=cast("Keys | None", given))
    kind = type(given).__name__
    if isinstance(given, tuple):
        pair = cast("tuple[str, ...]", given)
        if len(pair) == 2:
            return WebhookVerifier(*pair)
        kind = f"tuple of {len(pair)}"
    raise SettingsError(f"WebhookReceiver cannot verify with a {kind}: {_VERIFIERS}")


def _as_bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(cast("bytearray", body))
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    raise WebhookBodyError(f"the body is a {type(body).__name__}; {_RAW_BODY_HINT}")


def _bare_token(header: object) -> str:
    text = header.decode("ascii", "replace") if isinstance(header, bytes) else header
    if text is None or text == "":
        raise WebhookTokenError("the delivery has no Authorization header")
    if not isinstance(text, str):
        raise WebhookTokenError(f"the Authorization header is a {type(header).__name__}, not text")
    return text[7:] if text[:7].lower() == "bearer " else text
