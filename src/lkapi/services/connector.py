"""Phone-like calls from WhatsApp and Twilio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import connector as rows
from lkapi.protocol.connector_twilio import (
    ConnectTwilioCallRequest,
)
from lkapi.protocol.connector_whatsapp import (
    AcceptWhatsAppCallRequest,
    ConnectWhatsAppCallRequest,
    DialWhatsAppCallRequest,
    DisconnectWhatsAppCallRequest,
)
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.connector_twilio import (
        ConnectTwilioCallRequestFields,
        ConnectTwilioCallResponse,
    )
    from lkapi.protocol.connector_whatsapp import (
        AcceptWhatsAppCallRequestFields,
        AcceptWhatsAppCallResponse,
        ConnectWhatsAppCallRequestFields,
        ConnectWhatsAppCallResponse,
        DialWhatsAppCallRequestFields,
        DialWhatsAppCallResponse,
        DisconnectWhatsAppCallRequestFields,
        DisconnectWhatsAppCallResponse,
    )
    from lkapi.settings import Seconds

__all__ = ["ConnectorService"]


class ConnectorService(Service):
    """Connects WhatsApp and Twilio calls to rooms; LiveKit Cloud only. ``api.connector``.

    Each method acts on a live call and is never retried if the server may have acted.
    """

    @shows_fields_of(DialWhatsAppCallRequest)
    async def dial_whatsapp_call(
        self,
        request: DialWhatsAppCallRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DialWhatsAppCallRequestFields],
    ) -> DialWhatsAppCallResponse:
        """Call somebody on WhatsApp.

        It does not wait for the answer, which comes to your WhatsApp webhook. This is a real call,
        so it is never retried if it may already have been made. Needs the grant ``roomCreate``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.DIAL_WHATSAPP_CALL, request, fields, timeout)

    @shows_fields_of(AcceptWhatsAppCallRequest)
    async def accept_whatsapp_call(
        self,
        request: AcceptWhatsAppCallRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[AcceptWhatsAppCallRequestFields],
    ) -> AcceptWhatsAppCallResponse:
        """Accept an incoming WhatsApp call and connect it to a room.

        With ``wait_until_answered`` it may take 30 s, or ``ringing_timeout`` plus 2 s if that is
        longer. An explicit ``timeout`` overrides both. Never retried if the server may have acted.
        Needs the grant ``roomCreate``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.ACCEPT_WHATSAPP_CALL, request, fields, timeout)

    @shows_fields_of(ConnectWhatsAppCallRequest)
    async def connect_whatsapp_call(
        self,
        request: ConnectWhatsAppCallRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ConnectWhatsAppCallRequestFields],
    ) -> ConnectWhatsAppCallResponse:
        """Connect a dialled WhatsApp call, with the session description from the webhook.

        With ``wait_until_answered`` it may take 30 s. Never retried if the server may have acted.
        Needs the grant ``roomCreate``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.CONNECT_WHATSAPP_CALL, request, fields, timeout)

    @shows_fields_of(DisconnectWhatsAppCallRequest)
    async def disconnect_whatsapp_call(
        self,
        request: DisconnectWhatsAppCallRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DisconnectWhatsAppCallRequestFields],
    ) -> DisconnectWhatsAppCallResponse:
        """Hang up a WhatsApp call, or report that the user has hung up.

        Never retried if the server may have acted. Needs the grant ``roomCreate``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.DISCONNECT_WHATSAPP_CALL, request, fields, timeout)

    @shows_fields_of(ConnectTwilioCallRequest)
    async def connect_twilio_call(
        self,
        request: ConnectTwilioCallRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ConnectTwilioCallRequestFields],
    ) -> ConnectTwilioCallResponse:
        """Get the url to which a Twilio call's media stream connects.

        Never retried if the server may have acted. Needs the grant ``roomCreate``.

        Raises:
            BadRouteError: the server is not LiveKit Cloud.
        """
        return await self._call(rows.CONNECT_TWILIO_CALL, request, fields, timeout)
