"""Responses that are not messages: Twirp errors, plain texts, redirects, CORS."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Final

from lkapi.errors import APIError
from lkapi.transports.base import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bad_route", "error_response", "page_not_found", "preflight_response", "text_response"]

_JSON: Final = "application/json"
_TEXT: Final = "text/plain; charset=utf-8"
_PREFLIGHT_METHODS: Final = frozenset({"GET", "POST", "HEAD"})
_NEVER_LINKED: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def error_response(error: APIError) -> Response:
    """A Twirp error, as JSON for any encoding of the request."""
    body: dict[str, object] = {"code": error.code, "msg": error.message}
    if error.metadata:
        body["meta"] = error.metadata
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).translate(_NEVER_LINKED)
    return Response(error.status, {"content-type": _JSON}, text.encode("utf-8", "replace"))


def text_response(status: int, text: str, **headers: str) -> Response:
    """A plain text."""
    return Response(status, {"content-type": _TEXT, **headers}, text.encode("utf-8", "replace"))


def page_not_found() -> Response:
    """The response to a path that nothing serves: plain text, not Twirp."""
    nosniff = {"x-content-type-options": "nosniff"}
    return text_response(404, "404 page not found\n", **nosniff)


def redirect_response(method: str, location: str) -> Response:
    """A redirect that keeps method and body, with a page for browsers."""
    if method not in ("GET", "HEAD"):
        return Response(307, {"location": location})
    page = f'<a href="{escape(location)}">Temporary Redirect</a>.\n\n'.encode()
    return Response(307, {"location": location, "content-type": "text/html; charset=utf-8"}, page)


def bad_route(message: str, method: str, path: str) -> APIError:
    """Unknown method, wrong HTTP method or content type: all 404, with the route in ``meta``."""
    return APIError("bad_route", message, metadata={"twirp_invalid_route": f"{method} {path}"})


def quote(text: str) -> str:
    """A text in double quotes, as in the server's errors."""
    return json.dumps(text, ensure_ascii=False)


def preflight_response(headers: Mapping[str, str]) -> Response:
    """The response to a CORS preflight: always 204, with permission only for known HTTP methods."""
    vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    origin, method = headers.get("origin", ""), headers.get("access-control-request-method", "")
    allowed = {"vary": vary}
    if origin and method in _PREFLIGHT_METHODS:
        allowed["access-control-allow-origin"] = origin
        allowed["access-control-allow-methods"] = method
        allowed["access-control-max-age"] = "86400"
        requested_headers = headers.get("access-control-request-headers", "")
        if requested_headers:
            allowed["access-control-allow-headers"] = requested_headers
    return Response(204, allowed)


def finish_response(response: Response, method: str, origin: str) -> Response:
    """Add CORS headers and the length; a response to HEAD has no body but keeps its length."""
    headers = {"vary": "Origin", **response.headers}
    if origin and response.status != 204:
        headers.setdefault("access-control-allow-origin", origin)
        headers["access-control-expose-headers"] = "*"
    if response.status != 204:
        headers["content-length"] = str(len(response.content))
    return Response(response.status, headers, b"" if method == "HEAD" else response.content)
