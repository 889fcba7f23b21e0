"""Hand a phone call on, and look at how it failed."""

from __future__ import annotations

import asyncio

from livekit import api
from livekit.protocol.sip import TransferSIPParticipantRequest


async def transfer() -> None:
    """The first try is answered, the second is busy."""
    async with api.LiveKitAPI() as lk:
        for _ in range(2):
            request = TransferSIPParticipantRequest(
                participant_identity="caller",
                room_name="my-room",
                transfer_to="tel:+15105550100",
                play_dialtone=False,
            )
            try:
                answer = await lk.sip.transfer_sip_participant(request)
            except api.twirp_client.TwirpError as error:
                print("failed", error.code, error.metadata.get("sip_status_code"))
                print("busy", isinstance(error, api.SipCallError) and error.sip_status_code == 486)
            else:
                print("answered", answer.transfer_id)


asyncio.run(transfer())
