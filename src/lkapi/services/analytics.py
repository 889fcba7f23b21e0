"""Past sessions of a LiveKit Cloud project: the Analytics API."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lkapi.analytics.requests import LIST_SESSIONS, READ_SESSION, JSONCall, project_path
from lkapi.errors import SettingsError
from lkapi.rpc.pagination import AsyncPager
from lkapi.services._base import Service
from lkapi.services._checks import day, day_range, require_text
from lkapi.settings import to_seconds

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from lkapi.analytics import SessionDetails, SessionSummary
    from lkapi.methods.info import MethodInfo
    from lkapi.rpc.concurrency import AsyncItems
    from lkapi.settings import Seconds

__all__ = ["AnalyticsService"]

PAGE_SIZE = 100
"""Sessions per page when iterating over all of them; with many more, the API may time out."""


class AnalyticsService(Service):
    """Reads what happened in past sessions; LiveKit Cloud, Scale plan or higher. ``api.analytics``.

    It talks to ``https://cloud-api.livekit.io``. The id of a project is the ``p_…`` in the address
    of its dashboard; without ``project_id=`` it is taken from ``LIVEKIT_PROJECT_ID``. Reading the
    responses needs the extra ``analytics``, which brings cattrs.
    """

    async def list_sessions(
        self,
        *,
        project_id: str | None = None,
        limit: int | None = None,
        page: int | None = None,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
        timeout: Seconds | None = None,
    ) -> Sequence[SessionSummary]:
        """List sessions, one page. ``iter_sessions`` iterates over all pages.

        Needs the grant ``roomList``.

        Args:
            project_id: the project.
            limit: sessions per page; a large number may time out.
            page: page number, from 0.
            start: first day (UTC), a date or ``2024-01-31``; the API covers recent days only.
            end: last day, inclusive.
            timeout: seconds in total.

        Raises:
            PlanError: the project's plan does not include analytics.
            CredentialsError: the key is not of this project, or lacks the grant.
            ValueError: the days, limit or page are not valid.
        """
        query = _query(limit, page, start, end)
        path = project_path(_project(project_id), "sessions")
        found: Sequence[SessionSummary] = await self._get(
            LIST_SESSIONS, path, query, _reader().read_sessions, timeout
        )
        return found

    def iter_sessions(
        self,
        *,
        project_id: str | None = None,
        limit: int = PAGE_SIZE,
        start: dt.date | str | None = None,
        end: dt.date | str | None = None,
        timeout: Seconds | None = None,
    ) -> AsyncPager[SessionSummary]:
        """Iterate over all sessions, ``limit`` at a time; see ``list_sessions``.

        One request per page; ``timeout`` applies to each. A session that ends while you iterate may
        appear twice or not at all, since the API numbers its pages. Needs the grant ``roomList``.

        Raises:
            PlanError: the project's plan does not include analytics.
            CredentialsError: the key is not of this project, or lacks the grant.
            ValueError: the days or the limit are not valid.
        """
        project = _project(project_id)
        _query(limit, 0, start, end)

        async def pages() -> AsyncItems[Sequence[SessionSummary]]:
            number, full = 0, True
            while full:
                found = await self.list_sessions(
                    project_id=project,
                    limit=limit,
                    page=number,
                    start=start,
                    end=end,
                    timeout=timeout,
                )
                yield found
                number, full = number + 1, len(found) >= limit

        return AsyncPager(pages)

    async def get_session(
        self,
        session_id: str,
        *,
        project_id: str | None = None,
        timeout: Seconds | None = None,
    ) -> SessionDetails:
        """Get everything known about one session: participants, quality, billed usage.

        Needs the grant ``roomList``.

        Args:
            session_id: ``session_id`` of a listed session (``RM_…``).
            project_id: the project.
            timeout: seconds in total.

        Raises:
            PlanError: the project's plan does not include analytics.
            CredentialsError: the key is not of this project, or lacks the grant.
        """
        session = require_text(session_id, "session_id")
        path = project_path(_project(project_id), "sessions", session)
        found: SessionDetails = await self._get(
            READ_SESSION, path, {}, _reader().read_details, timeout
        )
        return found

    async def _get(
        self,
        method: MethodInfo[Any, Any],
        path: str,
        query: Mapping[str, str],
        read: Callable[[bytes], object],
        timeout: Seconds | None,
    ) -> Any:
        call = JSONCall(
            self._channel.context, method, path, query, read, self._options, to_seconds(timeout)
        )
        return await self._channel.perform(call, self._options)


def _reader() -> ModuleType:
    """The module that reads the responses, with cattrs.

    Raises:
        SettingsError: cattrs is not installed.
    """
    try:
        from lkapi.analytics import reading
    except ModuleNotFoundError as error:
        if error.name != "cattrs":
            raise
        raise SettingsError(
            "analytics need cattrs: install lkapi-sdk with the extra 'analytics'"
        ) from None
    return reading


def _project(project_id: str | None) -> str:
    found = project_id or os.environ.get("LIVEKIT_PROJECT_ID", "")
    if not found:
        raise ValueError(
            "no project: pass project_id= or set LIVEKIT_PROJECT_ID; it is the p_… in the address "
            "of the project's dashboard"
        )
    return found


def _query(
    limit: int | None, page: int | None, start: dt.date | str | None, end: dt.date | str | None
) -> dict[str, str]:
    if limit is not None and limit <= 0:
        raise ValueError(f"limit must be more than 0, not {limit}")
    if page is not None and page < 0:
        raise ValueError(f"page must be 0 or more, not {page}")
    first, last = day_range(day(start, "start"), day(end, "end"))
    found = {"limit": limit, "page": page, "start": first, "end": last}
    return {name: str(value) for name, value in found.items() if value is not None}
