"""What the credentials allow: one list call for each service, none of which changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.cli.doctor.credentials import read_token
from lkapi.cli.doctor.findings import failure, ok, warning
from lkapi.cli.failures import describe, exit_code
from lkapi.errors import (
    APIError,
    BadRouteError,
    CredentialsError,
    LiveKitError,
    UnimplementedError,
)
from lkapi.methods import find_method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding
    from lkapi.sync import SyncLiveKitAPI

__all__ = ["READS", "check_grants"]


@attrs.frozen
class Read:
    """One call that lists something."""

    check: str
    method: str
    call: Callable[[SyncLiveKitAPI, str], Sized]
    needs_room: bool = False
    cloud_host: bool = False
    """Whether the service has its own host, which exists only on LiveKit Cloud."""

    def grants(self, room: str) -> str:
        """The grants that it needs, as text."""
        row: Any = find_method(self.method)
        request = row.request(room=room) if self.needs_room else row.request()
        return str(row.needs(request).describe())


READS: Final = (
    Read("rooms", "RoomService/ListRooms", lambda api, _: api.room.list_rooms().rooms),
    Read(
        "participants",
        "RoomService/ListParticipants",
        lambda api, room: api.room.list_participants(room=room).participants,
        needs_room=True,
    ),
    Read("egress", "Egress/ListEgress", lambda api, _: api.egress.list_egress(active=True).items),
    Read("ingress", "Ingress/ListIngress", lambda api, _: api.ingress.list_ingress().items),
    Read(
        "sip inbound",
        "SIP/ListSIPInboundTrunk",
        lambda api, _: api.sip.list_inbound_trunk().items,
    ),
    Read(
        "sip outbound",
        "SIP/ListSIPOutboundTrunk",
        lambda api, _: api.sip.list_outbound_trunk().items,
    ),
    Read("sip rules", "SIP/ListSIPDispatchRule", lambda api, _: api.sip.list_dispatch_rule().items),
    Read(
        "dispatches",
        "AgentDispatchService/ListDispatch",
        lambda api, room: api.agent_dispatch.list_dispatch(room),
        needs_room=True,
    ),
    Read(
        "numbers",
        "PhoneNumberService/ListPhoneNumbers",
        lambda api, _: api.phone_number.list_phone_numbers().items,
    ),
    Read(
        "agents",
        "CloudAgent/ListAgents",
        lambda api, _: api.cloud_agent.list_agents().agents,
        cloud_host=True,
    ),
)
"""In the order in which they are called."""


def check_grants(case: Case) -> Iterator[Finding]:
    """Call each list once; the calls that need a room use the first one found."""
    claims = read_token(case)
    if claims is not None and claims.video is not None and claims.video.room:
        case.room = claims.video.room
    for read in READS:
        if not read.cloud_host or case.cloud:
            yield _check(case, read)


def _check(case: Case, read: Read) -> Finding:
    if read.needs_room and not case.room:
        return ok(read.check, "not checked: this needs a room, and there is none")
    try:
        listed = read.call(case.client, case.room)
    except LiveKitError as error:
        return _explain(case, read, error)
    if read.check == "rooms":
        case.room = case.room or next((room.name for room in _each(listed)), "")
    count = len(listed)
    shown = "none there" if count == 0 else f"{count} there"
    return ok(read.check, f"can be listed ({read.grants(case.room)}), {shown}", count=count)


def _each(listed: Any) -> Iterator[Any]:
    return iter(listed)


def _explain(case: Case, read: Read, error: LiveKitError) -> Finding:
    grants = read.grants(case.room)
    if isinstance(error, CredentialsError):
        if read_token(case) is not None:
            return ok(read.check, f"not granted: the token has no {grants}", granted=False)
        hint = "may this API key do that? See its settings in the project"
        return warning(read.check, f"refused ({grants}): {describe(error)}", hint, granted=False)
    if isinstance(error, (BadRouteError, UnimplementedError)):
        return ok(read.check, "not on this server", present=False)
    if isinstance(error, APIError) and "redis required" in error.message:
        text = "not on this server: it has no redis, which egress, ingress and SIP need"
        return ok(read.check, text, present=False)
    hint = "look at the server's log"
    return failure(read.check, f"failed: {describe(error)}", hint, exit_code(error))
