"""Recording and streaming out of rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from lkapi.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
    WaitTimeoutError,
)
from lkapi.methods import egress as rows
from lkapi.protocol.egress import (
    ListEgressRequest,
    ParticipantEgressRequest,
    RoomCompositeEgressRequest,
    StartEgressRequest,
    StopEgressRequest,
    TrackCompositeEgressRequest,
    TrackEgressRequest,
    UpdateLayoutRequest,
    UpdateStreamRequest,
    WebEgressRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import require_text, single_item
from lkapi.services._requests import shows_fields_of
from lkapi.services._waiting import reached, status_name
from lkapi.settings import to_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from lkapi.methods.info import MethodInfo, Req
    from lkapi.protocol.egress import (
        EgressInfo,
        ListEgressRequestFields,
        ListEgressResponse,
        ParticipantEgressRequestFields,
        RoomCompositeEgressRequestFields,
        StartEgressRequestFields,
        StopEgressRequestFields,
        TrackCompositeEgressRequestFields,
        TrackEgressRequestFields,
        UpdateLayoutRequestFields,
        UpdateStreamRequestFields,
        WebEgressRequestFields,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.services._waiting import Until
    from lkapi.settings import Seconds

__all__ = ["EgressService"]


_OUTPUT_HINT = (
    "set an output, and on LiveKit Cloud a storage for it (s3, gcp, azure or aliOSS): Cloud cannot "
    "write to a local path"
)


class EgressService(Service):
    """Records rooms to files, segments and images, and streams them. ``api.egress``."""

    @shows_fields_of(StartEgressRequest)
    async def start_egress(
        self,
        request: StartEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[StartEgressRequestFields],
    ) -> EgressInfo:
        """Start any kind of egress: a template, a web page or chosen tracks, with several outputs.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            NotFoundError: the room does not exist.
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_EGRESS, request, fields, timeout)

    @shows_fields_of(RoomCompositeEgressRequest)
    async def start_room_composite_egress(
        self,
        request: RoomCompositeEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[RoomCompositeEgressRequestFields],
    ) -> EgressInfo:
        """Record or stream a whole room through a layout; it ends with the room.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            NotFoundError: the room does not exist.
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_ROOM_COMPOSITE_EGRESS, request, fields, timeout)

    @shows_fields_of(WebEgressRequest)
    async def start_web_egress(
        self,
        request: WebEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[WebEgressRequestFields],
    ) -> EgressInfo:
        """Record or stream any web page; it ends when stopped.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_WEB_EGRESS, request, fields, timeout)

    @shows_fields_of(ParticipantEgressRequest)
    async def start_participant_egress(
        self,
        request: ParticipantEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ParticipantEgressRequestFields],
    ) -> EgressInfo:
        """Record or stream one participant's audio and video.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            NotFoundError: the room does not exist.
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_PARTICIPANT_EGRESS, request, fields, timeout)

    @shows_fields_of(TrackCompositeEgressRequest)
    async def start_track_composite_egress(
        self,
        request: TrackCompositeEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[TrackCompositeEgressRequestFields],
    ) -> EgressInfo:
        """Record or stream one audio and one video track together.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            NotFoundError: the room does not exist.
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_TRACK_COMPOSITE_EGRESS, request, fields, timeout)

    @shows_fields_of(TrackEgressRequest)
    async def start_track_egress(
        self,
        request: TrackEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[TrackEgressRequestFields],
    ) -> EgressInfo:
        """Export one track without transcoding, to a file or a WebSocket.

        Needs the grant ``roomRecord``. Waits up to 30 s for a recorder to accept it; success means
        that it was accepted; the recording may not have started yet, see ``wait_egress``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            NotFoundError: the room does not exist.
            UnavailableError: no recorder is free (self-hosted: none is running, after 21 s).
            InvalidArgumentError: no usable output. LiveKit Cloud does not accept local files.
        """
        return await self._start(rows.START_TRACK_EGRESS, request, fields, timeout)

    async def _start(
        self,
        method: MethodInfo[Req, EgressInfo],
        request: object,
        fields: Mapping[str, object],
        timeout: Seconds | None,
    ) -> EgressInfo:
        """Start an egress; if LiveKit Cloud refuses local files, the error gets a hint."""
        try:
            return await self._call(method, request, fields, timeout)
        except InvalidArgumentError as error:
            if "output" in error.message and not error.hint:
                error.hint = _OUTPUT_HINT
            raise

    @shows_fields_of(UpdateLayoutRequest)
    async def update_layout(
        self,
        request: UpdateLayoutRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateLayoutRequestFields],
    ) -> EgressInfo:
        """Change the layout of a running room composite.

        Needs the grant ``roomRecord``.

        Raises:
            NotFoundError: no such egress.
            FailedPreconditionError: it has ended.
        """
        return await self._call(rows.UPDATE_LAYOUT, request, fields, timeout)

    @shows_fields_of(UpdateStreamRequest)
    async def update_stream(
        self,
        request: UpdateStreamRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[UpdateStreamRequestFields],
    ) -> EgressInfo:
        """Add and remove the urls of a running stream.

        The egress must have been started with a stream output; one without urls is enough. Not
        retried if the server may have acted, except on LiveKit Cloud. Needs the grant
        ``roomRecord``.

        Raises:
            NotFoundError: no such egress (self-hosted, after 3 s).
            FailedPreconditionError: it has ended.
        """
        return await self._call(rows.UPDATE_STREAM, request, fields, timeout)

    @shows_fields_of(ListEgressRequest)
    async def list_egress(
        self,
        request: ListEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListEgressRequestFields],
    ) -> ListEgressResponse:
        """List egresses, one page: of a room, by id, or all.

        ``active=True`` leaves out those that have ended. Later pages are older. Needs the grant
        ``roomRecord``. ``iter_egress`` iterates over all pages.

        Raises:
            NotFoundError: no egress has the given id.
        """
        return await self._call(rows.LIST_EGRESS, request, fields, timeout)

    @shows_fields_of(ListEgressRequest)
    def iter_egress(
        self,
        request: ListEgressRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListEgressRequestFields],
    ) -> AsyncPager[EgressInfo]:
        """Iterate over all egresses that ``list_egress`` would show, page by page.

        One request per page; ``timeout`` applies to each. Needs the grant ``roomRecord``.

        Raises:
            NotFoundError: no egress has the given id.
        """
        return self._token_pages(rows.LIST_EGRESS, request, fields, timeout, _items)

    async def get_egress(self, egress_id: str, *, timeout: Seconds | None = None) -> EgressInfo:
        """Get one egress, running or ended.

        Needs the grant ``roomRecord``.

        Raises:
            NotFoundError: no such egress.
        """
        request = ListEgressRequest(egress_id=require_text(egress_id, "egress_id"))
        response = await self._call(rows.LIST_EGRESS, request, {}, timeout)
        return single_item(response.items, rows.LIST_EGRESS, f"egress {egress_id}")

    @overload
    async def stop_egress(
        self,
        request: StopEgressRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        ended_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[StopEgressRequestFields],
    ) -> EgressInfo: ...

    @overload
    async def stop_egress(
        self,
        request: StopEgressRequest | None = None,
        /,
        *,
        missing_ok: bool,
        ended_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[StopEgressRequestFields],
    ) -> EgressInfo | None: ...

    @shows_fields_of(StopEgressRequest)
    async def stop_egress(
        self,
        request: StopEgressRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        ended_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[StopEgressRequestFields],
    ) -> EgressInfo | None:
        """Stop an egress; what it has recorded is uploaded after that.

        For an egress that has ended, the server returns ``failed_precondition``, ``not_found`` or
        ``unavailable``. With ``ended_ok``, such an error leads to a second request, which gets the
        egress. Needs the grant ``roomRecord``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if no such egress is known.
            ended_ok: if it has already ended, return it as it ended.
            timeout: seconds in total.
            fields: ``egress_id``.

        Raises:
            NotFoundError: no such egress (self-hosted, after 3 s).
            FailedPreconditionError: it has ended already.
            UnavailableError: its recorder does not respond.
        """
        message = self._request(rows.STOP_EGRESS, request, fields)
        try:
            return await self._call(rows.STOP_EGRESS, message, {}, timeout)
        except (FailedPreconditionError, NotFoundError, UnavailableError) as error:
            if ended_ok and (ended := await self._ended(message.egress_id, timeout)) is not None:
                return ended
            if missing_ok and isinstance(error, NotFoundError):
                return None
            raise

    async def _ended(self, egress_id: str, timeout: Seconds | None) -> EgressInfo | None:
        """The ended egress; None if it still runs or is unknown."""
        try:
            info = await self.get_egress(egress_id, timeout=timeout)
        except NotFoundError:
            return None
        return info if info.is_terminal else None

    async def wait_egress(
        self,
        egress_id: str,
        *,
        until: Until | None = None,
        timeout: Seconds | None = None,
        poll: Seconds = 2.0,
    ) -> EgressInfo:
        """Poll an egress until it ends or reaches the awaited state.

        One request every ``poll`` seconds. It also returns if the egress ends in a different state:
        check ``status`` or ``succeeded``. Needs the grant ``roomRecord``.

        Args:
            egress_id: the egress to wait for.
            until: a status, several, or a function of the egress that returns true; None for any
                final status.
            timeout: seconds to wait at most; None to wait as long as it takes.
            poll: seconds between two requests.

        Raises:
            NotFoundError: no such egress.
            WaitTimeoutError: it has not happened in time; ``last`` is the egress as last seen.
        """
        limit, pause = to_seconds(timeout), to_seconds(poll, "poll") or 2.0
        deadline = None if limit is None else self._clock() + limit
        while True:
            info = await self.get_egress(egress_id)
            if reached(info, until):
                return info
            left = pause if deadline is None else deadline - self._clock()
            if left <= 0:
                raise WaitTimeoutError(
                    f"egress {egress_id} is still {status_name(info)}", last=info
                )
            await self._sleep(min(pause, left))


def _items(response: ListEgressResponse) -> list[EgressInfo]:
    return response.items
