"""Phone calls: dialling out into a room, and transferring a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import sip as rows
from lkapi.protocol.sip import CreateSIPParticipantRequest, TransferSIPParticipantRequest
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of, with_second_name
from lkapi.settings import to_seconds

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.sip import (
        CreateSIPParticipantRequestFields,
        SIPOutboundConfig,
        SIPParticipantInfo,
        TransferSIPParticipantRequestFields,
        TransferSIPParticipantResponse,
    )
    from lkapi.settings import Seconds


class PhoneCalls(Service):
    """The part of ``api.sip`` that deals with calls."""

    @shows_fields_of(CreateSIPParticipantRequest)
    async def create_sip_participant(
        self,
        request: CreateSIPParticipantRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        trunk_id: str | None = None,
        outbound_trunk_config: SIPOutboundConfig | None = None,
        **fields: Unpack[CreateSIPParticipantRequestFields],
    ) -> SIPParticipantInfo:
        """Call a phone number and bring the callee into a room as a participant.

        Without ``wait_until_answered`` it returns while the phone rings; the participant then shows
        how the call goes. With it, it returns when the call is answered and raises when the call
        fails. This is a real call, which the carrier bills, so it is never retried if it may
        already have been made. Needs the grant ``sip.call``.

        Args:
            request: the request; or give its fields as keywords.
            timeout: seconds in total; when waiting for the answer it is at least
                ``ringing_timeout`` (30 s unless set) plus 2 s.
            trunk_id: the field ``sip_trunk_id`` under a shorter name.
            outbound_trunk_config: the field ``trunk`` (a trunk defined in the request) under its
                name in livekit-api.
            fields: fields of the request.

        Raises:
            SIPCallError: the call failed: busy, not answered, declined, or the carrier failed.
            InvalidArgumentError: trunk, number or room is missing or malformed.
            NotFoundError: there is no such trunk.
            ValueError: a field is given under both its names, with different values.
            UnavailableError: no SIP worker is running (self-hosted, after 1 s).
            DeadlineExceededError: there was no outcome in time; the call may still be up.
        """
        message = self._request(rows.CREATE_SIP_PARTICIPANT, request, fields)
        message = with_second_name(message, "sip_trunk_id", "trunk_id", trunk_id)
        message = with_second_name(message, "trunk", "outbound_trunk_config", outbound_trunk_config)
        limit = _at_least(rows.dial_seconds(message), timeout)
        return await self._call(rows.CREATE_SIP_PARTICIPANT, message, {}, limit)

    @shows_fields_of(TransferSIPParticipantRequest)
    async def transfer_sip_participant(
        self,
        request: TransferSIPParticipantRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[TransferSIPParticipantRequestFields],
    ) -> TransferSIPParticipantResponse:
        """Transfer a phone call to another number (SIP REFER); the caller leaves the room.

        It returns when the transfer has succeeded and raises when it has failed; a self-hosted
        server's response is empty. Never retried if the transfer may have begun: after a timeout,
        its outcome is unknown. Needs the grants ``sip.call`` and ``roomAdmin`` for the room. The
        carrier's trunk must allow transfers.

        Args:
            request: the request; or give its fields as keywords. ``transfer_to`` is a ``tel:``,
                ``sip:`` or ``sips:`` URI, see ``lkapi.sip_values``.
            timeout: seconds in total, at least ``ringing_timeout`` (30 s unless set) plus 2 s.
            fields: fields of the request.

        Raises:
            SIPCallError: the transfer failed: busy, declined, not answered, or not allowed.
            InvalidArgumentError: the target is not such a URI, or the participant is not a phone
                call.
            DeadlineExceededError: there was no outcome in time.
        """
        message = self._request(rows.TRANSFER_SIP_PARTICIPANT, request, fields)
        limit = _at_least(rows.transfer_seconds(message), timeout)
        return await self._call(rows.TRANSFER_SIP_PARTICIPANT, message, {}, limit)


def _at_least(least: float | None, timeout: Seconds | None) -> float | None:
    """The caller's timeout, but at least as long as the call is known to take."""
    given = to_seconds(timeout)
    return given if given is None or least is None else max(given, least)
