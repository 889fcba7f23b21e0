"""LiveKit's standard token endpoint without a web framework: from a body to status, headers, body.

The request is ``TokenSourceRequest``, the response ``TokenSourceResponse``; client SDKs use it
through ``TokenSource.endpoint(url)``.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, cast

from lkapi.auth import AccessToken, VideoGrants, find_sensitive_fields
from lkapi.errors import DecodeError, SensitiveCredentialsError, SettingsError, TokenRefusedError
from lkapi.errors.base import hides_locals
from lkapi.protocol.token_source import TokenSourceRequest, TokenSourceResponse
from lkapi.settings import APIKey, Settings
from lkapi.web.policy import (
    Admission,
    FieldPolicy,
    TokenPolicy,
    User,
    documented,
    locked,
    refuse_unmet,
)
from lkapi.web.responses import (
    JSON,
    EndpointResponse,
    calls_coroutine,
    close_unawaited,
    error_response,
    json_response,
)

if TYPE_CHECKING:
    from datetime import timedelta

Body = bytes | bytearray | memoryview | str | Mapping[str, Any] | None
"""The request's body as received, or the object parsed from it."""

DEFAULT_TTL: Final = "10m"
MAX_BODY_BYTES: Final = 64 * 1024

_ERROR_NAMES: Final = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "refused",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_ERROR_HEADERS: Final = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "POST"}}


class TokenEndpoint(Generic[User]):
    """Responds to token requests as your policy decides.

    ``documented()`` accepts the standard's fields, ``locked()`` refuses them; a function of your
    own, ``(request, user) -> Admission``, decides from the authenticated user.

    Args:
        policy: who gets what.
        server_url: where participants connect to, ``wss://`` or ``https://``; default
            ``LIVEKIT_URL``.
        api_key: signs the tokens, with its secret; default ``LIVEKIT_API_KEY``.
        api_secret: default ``LIVEKIT_API_SECRET``.
        ttl: lifetime of a token if the policy sets none; it is needed to connect, not to stay
            connected.
        max_body_bytes: larger requests are refused with 413.
        allow_anonymous: pass requests without a user to a policy that decides from the user; it
            then gets None. By default they are refused with 401.
        require_content_type: also refuse a request without a content type. Set it if the user comes
            from a cookie: other sites then cannot send the request without a CORS preflight.

    Raises:
        SettingsError: url, key or secret are missing or not valid.
        TypeError: the policy is not callable.
    """

    @hides_locals
    def __init__(
        self,
        policy: TokenPolicy[User],
        *,
        server_url: str | None = None,
        api_key: str | None = None,
        api_secret: str | None = None,
        ttl: float | timedelta | str = DEFAULT_TTL,
        max_body_bytes: int = MAX_BODY_BYTES,
        allow_anonymous: bool = False,
        require_content_type: bool = False,
    ) -> None:
        _check_policy(policy)
        settings = _resolve(server_url, api_key, api_secret)
        self.policy = policy
        self.is_async: bool = calls_coroutine(policy)
        """Whether the policy is a coroutine function, so that ``handle`` cannot be used."""
        fixed = isinstance(policy, FieldPolicy) and not policy.needs_user
        self.never_blocks: bool = fixed or self.is_async
        """Whether ``ahandle`` cannot block the event loop: it calls only coroutine functions."""
        self.server_url = "ws" + settings.url.base.removeprefix("http")
        self.max_body_bytes = max_body_bytes
        self._key = cast("APIKey", settings.credentials)
        self._ttl = ttl
        self._needs_user = not allow_anonymous and bool(getattr(policy, "needs_user", True))
        self._media_types = {JSON} if require_content_type else {JSON, ""}
        self._mint(Admission(identity="ttl", room="check"))  # an invalid ttl fails here

    def handle(
        self,
        body: Body,
        user: User | None = None,
        *,
        method: str = "POST",
        content_type: str | None = None,
    ) -> EndpointResponse:
        """Respond to one request; exceptions of your policy other than a refusal are passed on.

        Args:
            body: as received.
            user: the authenticated user, of any type; None, or an object whose ``is_authenticated``
                is false, means no user.
            method: only ``POST`` is accepted.
            content_type: value of the header, None if it was not sent.
        """
        try:
            request, caller = self._accept(body, user, method, content_type)
            admission = self.policy(request, caller)
            if inspect.isawaitable(admission):
                close_unawaited(admission)
                raise SettingsError("the policy is asynchronous: use ahandle, or an async route")
            return self._respond_to(request, admission)
        except TokenRefusedError as error:
            return _refusal(error)

    async def ahandle(
        self,
        body: Body,
        user: User | None = None,
        *,
        method: str = "POST",
        content_type: str | None = None,
    ) -> EndpointResponse:
        """``handle`` for coroutines; an ordinary function as policy runs in the loop's thread."""
        try:
            request, caller = self._accept(body, user, method, content_type)
            admission = self.policy(request, caller)
            if inspect.isawaitable(admission):
                admission = await admission
            return self._respond_to(request, admission)
        except TokenRefusedError as error:
            return _refusal(error)

    def _accept(
        self, body: Body, user: User | None, method: str, content_type: str | None
    ) -> tuple[TokenSourceRequest, User]:
        if method != "POST":
            raise TokenRefusedError("use POST to request a token", status=405)
        media_type = (content_type or "").partition(";")[0].strip().lower()
        if media_type not in self._media_types:
            raise TokenRefusedError(f"the body must be sent as {JSON}", status=415)
        caller = user if getattr(user, "is_authenticated", True) else None
        if caller is None and self._needs_user:
            raise TokenRefusedError("you are not logged in: log in to get a token", status=401)
        # None reaches a policy only where allow_anonymous or the policy itself says it may.
        return self._read(body), cast("User", caller)

    def _read(self, body: Body) -> TokenSourceRequest:
        try:
            if body is None:
                return TokenSourceRequest()
            if isinstance(body, Mapping):
                return TokenSourceRequest.from_dict(dict(body))
            content = body.encode() if isinstance(body, str) else bytes(body)
            if len(content) > self.max_body_bytes:
                raise self._too_large()
            empty = content.strip() in (b"", b"null")
            return TokenSourceRequest() if empty else TokenSourceRequest.from_json(content)
        except (DecodeError, UnicodeEncodeError) as error:
            raise TokenRefusedError(f"not a token request: {error}", status=400) from error

    def _too_large(self) -> TokenRefusedError:
        """The refusal of a body that is over the limit."""
        return TokenRefusedError(
            f"a token request may have at most {self.max_body_bytes} bytes", status=413
        )

    def _respond_to(self, request: TokenSourceRequest, admission: Admission) -> EndpointResponse:
        if not isinstance(cast("object", admission), Admission):
            raise TypeError(f"the policy must return an Admission, not {type(admission).__name__}")
        refuse_unmet(request, admission)
        try:
            token = self._mint(admission)
        except SensitiveCredentialsError as error:
            if request.room_config is None or "room_config" in admission.replaces:
                raise  # it comes from the policy: an error of this server
            found = ", ".join(find_sensitive_fields(request.room_config.to_dict()))
            reason = f"a token can be read by its holder, so room_config may not carry {found}"
            raise TokenRefusedError(reason, fields=["room_config"], status=400) from error
        response = TokenSourceResponse(server_url=self.server_url, participant_token=token)
        return json_response(201, response.to_dict(proto_names=True))

    def _mint(self, admission: Admission) -> str:
        token = AccessToken(
            self._key.key,
            self._key.secret,
            identity=admission.identity,
            name=admission.name or None,
            metadata=admission.metadata or None,
            attributes=admission.attributes or None,
            ttl=self._ttl if admission.ttl is None else admission.ttl,
            grants=_grants(admission),
            room_config=admission.room_config,
        )
        return token.to_jwt()


def _grants(admission: Admission) -> VideoGrants:
    grants = admission.grants
    if grants is None:
        return VideoGrants(room_join=True, room=admission.room)
    if grants.room not in (None, "", admission.room):
        raise ValueError(
            f"Admission.grants is for room {grants.room!r}, Admission.room is {admission.room!r}: "
            "leave room out of the grants"
        )
    return dataclasses.replace(grants, room_join=True, room=admission.room)


def _check_policy(policy: object) -> None:
    for factory in (documented, locked):
        if policy is factory:
            raise TypeError(f"call the policy: TokenEndpoint({factory.__name__}())")
    if not callable(policy):
        raise TypeError(
            "policy must be documented(), locked() or your own (request, user) -> Admission, "
            f"not {type(policy).__name__}"
        )


def _resolve(server_url: str | None, api_key: str | None, api_secret: str | None) -> Settings:
    # A ready-made LIVEKIT_TOKEN cannot sign another token, so it does not count here.
    names = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    environ = {name: os.environ[name] for name in names if name in os.environ}
    return Settings.resolve(server_url, api_key, api_secret, environ=environ)


def _refusal(error: TokenRefusedError) -> EndpointResponse:
    facts = {"fields": list(error.fields)} if error.fields else {}
    name = _ERROR_NAMES.get(error.status, "refused")
    headers = _ERROR_HEADERS.get(error.status)
    return error_response(error.status, name, error.reason, headers=headers, **facts)
