"""The two routes that a LiveKit backend serves: the token endpoint and the webhook receiver.

The names here do not depend on a web framework. ``lkapi.web.fastapi``, ``.starlette``, ``.flask``,
``.django`` and ``.aiohttp`` adapt them to one; each is loaded only when you import it.
"""

from __future__ import annotations

from lkapi.errors import TokenRefusedError
from lkapi.web.endpoint import TokenEndpoint
from lkapi.web.policy import Admission, FieldPolicy, TokenField, TokenPolicy, documented, locked
from lkapi.web.responses import EndpointResponse
from lkapi.web.webhooks import WebhookEndpoint

__all__ = [
    "Admission",
    "EndpointResponse",
    "FieldPolicy",
    "TokenEndpoint",
    "TokenField",
    "TokenPolicy",
    "TokenRefusedError",
    "WebhookEndpoint",
    "documented",
    "locked",
]
