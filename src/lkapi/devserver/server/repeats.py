"""De-duplication by request id, as on LiveKit Cloud."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from lkapi.methods.info import Idempotency

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.server.incoming import IncomingRequest
    from lkapi.transports.base import Response

__all__ = ["RepeatedRequests"]

_MAX_RESPONSES: Final = 10_000


class RepeatedRequests:
    """The responses to requests that may be repeated; the last ten thousand are kept.

    A request repeats another one that has the same request id, path and body.
    """

    def __init__(self) -> None:
        self._responses: OrderedDict[tuple[str, str, bytes], Response] = OrderedDict()

    def __len__(self) -> int:
        """How many responses are kept."""
        return len(self._responses)

    def respond_once(
        self,
        idempotency: Idempotency,
        incoming: IncomingRequest,
        run: Callable[[], Response],
    ) -> Response:
        """The response to the request that this one repeats; otherwise a new one from ``run``.

        Only requests to ``KEYED`` methods are de-duplicated.
        """
        if not incoming.request_id or idempotency is not Idempotency.KEYED:
            return run()
        digest = hashlib.sha256(incoming.content).digest()
        key = (incoming.request_id, incoming.target.path, digest)
        if key in self._responses:
            return self._responses[key]
        response = self._responses[key] = run()
        if len(self._responses) > _MAX_RESPONSES:
            self._responses.popitem(last=False)
        return response
