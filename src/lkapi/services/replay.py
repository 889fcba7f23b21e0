"""Recorded sessions of LiveKit Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.methods import replay as rows
from lkapi.protocol.cloud_replay import (
    ClosePlaybackRequest,
    DeleteReplayRequest,
    ListReplaysRequest,
    PlaybackRequest,
    SeekRequest,
)
from lkapi.protocol.egress import (
    ExportReplayRequest,
)
from lkapi.services._base import Service
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lkapi.protocol.cloud_replay import (
        ClosePlaybackRequestFields,
        DeleteReplayRequestFields,
        ListReplaysRequestFields,
        ListReplaysResponse,
        PlaybackRequestFields,
        PlaybackResponse,
        ReplayInfo,
        SeekRequestFields,
    )
    from lkapi.protocol.egress import (
        EgressInfo,
        ExportReplayRequestFields,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds

__all__ = ["ReplayService"]


class ReplayService(Service):
    """Plays recorded sessions back into rooms; LiveKit Cloud only, experimental. ``api.replay``.

    Its calls need no grant.
    """

    @shows_fields_of(ListReplaysRequest)
    async def list_replays(
        self,
        request: ListReplaysRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListReplaysRequestFields],
    ) -> ListReplaysResponse:
        """List recorded sessions, one page. ``iter_replays`` iterates over all pages.

        Needs no grant.

        Raises:
            BadRouteError: the server does not offer replays.
        """
        return await self._call(rows.LIST_REPLAYS, request, fields, timeout)

    @shows_fields_of(ListReplaysRequest)
    def iter_replays(
        self,
        request: ListReplaysRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListReplaysRequestFields],
    ) -> AsyncPager[ReplayInfo]:
        """Iterate over all recorded sessions, page by page.

        One request per page; ``timeout`` applies to each. Needs no grant.

        Raises:
            BadRouteError: the server does not offer replays.
        """
        return self._token_pages(rows.LIST_REPLAYS, request, fields, timeout, _replays)

    @shows_fields_of(PlaybackRequest)
    async def playback(
        self,
        request: PlaybackRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[PlaybackRequestFields],
    ) -> PlaybackResponse:
        """Play a recorded session into a room.

        Two calls play it twice. Needs no grant.

        Raises:
            NotFoundError: no such replay.
            BadRouteError: the server does not offer replays.
        """
        return await self._call(rows.PLAYBACK, request, fields, timeout)

    @shows_fields_of(SeekRequest)
    async def seek(
        self,
        request: SeekRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[SeekRequestFields],
    ) -> None:
        """Jump to another position in a playback.

        Needs no grant.

        Raises:
            NotFoundError: no such playback.
            BadRouteError: the server does not offer replays.
        """
        await self._call(rows.SEEK, request, fields, timeout)

    @shows_fields_of(ClosePlaybackRequest)
    async def close(
        self,
        request: ClosePlaybackRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ClosePlaybackRequestFields],
    ) -> None:
        """End a playback.

        Needs no grant.

        Raises:
            NotFoundError: no such playback.
            BadRouteError: the server does not offer replays.
        """
        await self._call(rows.CLOSE, request, fields, timeout)

    @shows_fields_of(ExportReplayRequest)
    async def export(
        self,
        request: ExportReplayRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ExportReplayRequestFields],
    ) -> EgressInfo:
        """Render a recorded session to files or streams, as an egress.

        Two calls export it twice. Needs no grant.

        Raises:
            NotFoundError: no such replay.
            BadRouteError: the server does not offer replays.
        """
        return await self._call(rows.EXPORT, request, fields, timeout)

    @shows_fields_of(DeleteReplayRequest)
    async def delete_replay(
        self,
        request: DeleteReplayRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteReplayRequestFields],
    ) -> None:
        """Delete a recorded session.

        Needs no grant.

        Raises:
            NotFoundError: no such replay.
            BadRouteError: the server does not offer replays.
        """
        await self._call(rows.DELETE_REPLAY, request, fields, timeout)


def _replays(response: ListReplaysResponse) -> list[ReplayInfo]:
    return response.replays
