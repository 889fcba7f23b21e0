"""What ``livekit.api.twirp_client`` offers: its errors, and its client for calls made by name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lkapi.errors import (
    ServerError,
    ServerErrorCode,
    SettingsError,
    SipCallError,
    TwirpError,
    TwirpErrorCode,
)
from lkapi.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.settings import Seconds

__all__ = [
    "DEFAULT_PREFIX",
    "REQUEST_ID_HEADER",
    "ServerError",
    "ServerErrorCode",
    "SipCallError",
    "TwirpClient",
    "TwirpError",
    "TwirpErrorCode",
    "logger",
]

DEFAULT_PREFIX: Final = "twirp"
REQUEST_ID_HEADER: Final = "X-Livekit-Request-Id"
logger: Final = logging.getLogger("lkapi")

T = TypeVar("T", bound=Message)


class TwirpClient:
    """Calls methods by their names, with a token that the caller puts into the headers.

    Kept for livekit-api's programs; ``LiveKitAPI.call`` does the same and signs the token too.
    """

    def __init__(
        self,
        session: Any | None,
        host: str,
        pkg: str,
        prefix: str = DEFAULT_PREFIX,
        failover: bool = True,
    ) -> None:
        """Check the settings; nothing is sent.

        Args:
            session: an ``aiohttp.ClientSession`` to send through (you close it), or None.
            host: the server.
            pkg: ``livekit``.
            prefix: ``twirp``.
            failover: whether calls to LiveKit Cloud move to another region when one fails.

        Raises:
            SettingsError: another package or prefix, or a host that is not valid.
        """
        from lkapi.settings import parse_url

        if (pkg, prefix) != ("livekit", DEFAULT_PREFIX):
            raise SettingsError(
                f"no LiveKit server has methods under /{prefix}/{pkg}: "
                "use prefix 'twirp' and pkg 'livekit'"
            )
        self._url = parse_url(host).base
        self._options: dict[str, Any] = {"session": session, "failover": failover}

    async def request(
        self,
        service: str,
        method: str,
        data: Message,
        headers: Mapping[str, str],
        response_class: type[T],
        *,
        timeout: Seconds | None = None,
    ) -> T:
        """Call one method.

        Args:
            service: ``RoomService``.
            method: ``CreateRoom``.
            data: the request.
            headers: must hold ``Authorization``.
            response_class: class of the response.
            timeout: seconds in total.

        Raises:
            ServerError: the server refused.
            SettingsError: there is no such method, or no token in the headers.
        """
        from lkapi.client import LiveKitAPI
        from lkapi.methods import find_method

        row = find_method(f"{service}/{method}")
        if row is None or row.response is not response_class:
            raise SettingsError(f"no method {service}/{method} returns {response_class.__name__}")
        sent = {name.lower(): value for name, value in headers.items()}
        token = sent.pop("authorization", "").removeprefix("Bearer ")
        if not token:
            raise SettingsError("headers have no Authorization: add the token for this call")
        async with LiveKitAPI(self._url, token=token, headers=sent, **self._options) as api:
            answer: T = await api.call(row, data, timeout=timeout)
            return answer
