"""What a server passes to its watchers: each request that it has served."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs

from lkapi.errors import mask_tokens

if TYPE_CHECKING:
    from lkapi.devserver.handlers.call import Call
    from lkapi.devserver.server.exchange import Exchange
    from lkapi.devserver.server.incoming import IncomingRequest

__all__ = ["Served", "Watcher", "describe"]

_SUBJECTS: Final = (
    *("room", "room_name", "name", "identity", "participant_identity", "agent_name"),
    *("destination_room", "track_sid", "egress_id", "ingress_id", "dispatch_id", "sip_trunk_id"),
    *("sip_dispatch_rule_id", "sip_call_to", "transfer_to", "whatsapp_call_id"),
)
"""Fields of requests that say what a call is about; none of them is a secret."""
_READING: Final = ("Get", "List", "Search")
_SUCCESS: Final = range(200, 400)


@attrs.frozen(kw_only=True)
class Served:
    """One request and its outcome, without tokens and secrets."""

    verb: str
    """HTTP method."""
    name: str
    """``RoomService/CreateRoom``, or the path of anything else."""
    api_key: str
    """The key that signed the token; empty without a valid token."""
    bad_token: str
    """What is wrong with the token; empty for a valid one and for none."""
    identity: str
    """The participant for whom the token is, if any."""
    about: dict[str, str]
    """What the request names: ``{"room": "demo"}``."""
    status: int
    """HTTP status; 0 for a connection that was closed without a response."""
    code: str
    """Code of a Twirp error."""
    reason: str
    """Text of a refusal."""
    seconds: float
    """How long it took, including waits."""

    @property
    def only_reads(self) -> bool:
        """Whether the method changes nothing (except what became due, which has its own events)."""
        return self.name.rpartition("/")[2].startswith(_READING)

    @property
    def refused(self) -> bool:
        """Whether the response is an error, or was not sent."""
        return self.status not in _SUCCESS


Watcher: TypeAlias = Callable[[Served], None]


def describe(incoming: IncomingRequest, call: Call, exchange: Exchange, seconds: float) -> Served:
    """The record of a request that has been served."""
    response = exchange.response
    status = 0 if exchange.drop else response.status
    code, reason = "", ""
    if status and status not in _SUCCESS:
        code, reason = _read_refusal(response.headers.get("content-type", ""), response.content)
    return Served(
        verb=incoming.method,
        name=incoming.name,
        api_key=call.claims.api_key if call.claims else "",
        bad_token=mask_tokens(call.bad_token),
        identity=call.claims.identity if call.claims else "",
        about=_subjects(call),
        status=status,
        code=code,
        reason=mask_tokens(reason),
        seconds=seconds + exchange.delay,
    )


def _subjects(call: Call) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _SUBJECTS:
        value: object = getattr(call.request, name, None)
        if value and isinstance(value, str):
            found[name] = value
    return found


def _read_refusal(content_type: str, content: bytes) -> tuple[str, str]:
    """Code and text of an error: Twirp's JSON, or plain text."""
    text = content.decode("utf-8", "replace")
    if not content_type.startswith("application/json"):
        return "", text.strip()
    try:
        value: object = json.loads(text)
    except ValueError:
        return "", text.strip()
    fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return str(fields.get("code", "")), str(fields.get("msg", ""))
