"""Every exception of the HTTP libraries becomes one of ours, and the errors travel."""

from __future__ import annotations

import copy
import inspect
import json
import multiprocessing
import pickle

import aiohttp
import httpcore
import httpcore2
import httpx
import httpx2
import pytest
from aiohttp.client_reqrep import ConnectionKey

from lkapi import errors
from lkapi.errors import (
    APIError,
    Attempt,
    DecodeError,
    LiveKitError,
    TransportError,
    mask_tokens,
)
from lkapi.errors.error_response import MAX_ERROR_TEXT, parse_retry_after, read_error_response
from lkapi.transports.failures import translate
from lkapi.transports.reading import Collector, decompress

NOTHING_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "InvalidURL",
}
NOT_ABOUT_CALLS = {"ConnectionNotAvailable"}
_KEY = ConnectionKey("x", 443, True, True, None, None, None)


def classes(library):
    for name in dir(library):
        value = getattr(library, name)
        if (
            inspect.isclass(value)
            and issubclass(value, Exception)
            and not name.startswith("WebSocket")
        ) and name not in NOT_ABOUT_CALLS:
            yield value


def made(kind):
    if kind.__name__ == "HTTPStatusError":
        request = kind.__module__.startswith("httpx2") and httpx2.Request("GET", "http://x")
        return kind("text", request=request or httpx.Request("GET", "http://x"), response=None)
    try:
        return kind("text")
    except TypeError:
        return kind()


@pytest.mark.parametrize(
    "library", [httpx, httpx2, httpcore, httpcore2], ids=lambda lib: lib.__name__
)
def test_every_class_of_the_httpx_family_is_translated(library):
    """To a TransportError that tells whether anything was sent."""
    found = list(classes(library))
    assert len(found) >= 13
    for kind in found:
        error = translate(made(kind), 5.0)
        assert isinstance(error, TransportError), kind
        assert error.sent is (kind.__name__ not in NOTHING_SENT), kind
        timed_out = "Timeout" in kind.__name__
        assert isinstance(error, TimeoutError) is timed_out, kind
        assert isinstance(error, ConnectionError) is (not error.sent and not timed_out), kind


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (aiohttp.ClientConnectorDNSError(_KEY, OSError(1, "no such host")), False),
        (aiohttp.ClientProxyConnectionError(_KEY, OSError(111, "refused")), False),
        (aiohttp.ClientConnectorSSLError(_KEY, OSError(1, "tls")), False),
        (aiohttp.ConnectionTimeoutError("x"), False),
        (aiohttp.ServerTimeoutError("x"), True),
        (aiohttp.ServerDisconnectedError("x"), True),
        (aiohttp.ClientPayloadError("x"), True),
        (aiohttp.ClientOSError(104, "reset"), True),
        (aiohttp.ClientError("x"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_aiohttps_classes_are_translated(error, sent):
    """The same for the session that livekit-api's users have."""
    translated = translate(error, 5.0)
    assert translated.sent is sent
    assert isinstance(translated, TimeoutError) is ("Timeout" in type(error).__name__)


def test_a_transport_that_knows_better_decides():
    """What was seen on the socket goes before what the class suggests."""
    assert translate(httpx.ReadError("x"), 5.0, sent=False).sent is False
    assert translate(httpx.ConnectError("x"), 5.0, sent=True).sent is True


def test_texts_of_foreign_errors_are_masked():
    """A url or header inside may hold a token."""
    error = translate(httpx.ReadError("got Bearer abc.def.ghi"), 5.0)
    assert "abc" not in str(error)


def every_error():
    """An instance of each class, with everything set that it has."""
    attempts = (Attempt("https://x", "HTTP 503", 0.5), Attempt("https://y", "timed out", 1.0))
    for name in errors.__all__:
        kind = getattr(errors, name)
        if not (inspect.isclass(kind) and issubclass(kind, LiveKitError)):
            continue
        if issubclass(kind, APIError):
            error = kind(
                "not_found",
                "gone",
                status=404,
                metadata={"sip_status_code": "486", "sip_status": "Busy Here"},
                method="RoomService/GetParticipant",
                request_id="id-1",
                attempts=attempts,
                region="x",
                retry_after=3.0,
                headers={"a": "b"},
            )
            error.hint = "look here"
        elif issubclass(kind, TransportError):
            error = kind("broken", sent=False, method="A/B", request_id="id-2", attempts=attempts)
        else:
            error = kind("broken")
        if isinstance(error, DecodeError):
            error.method, error.attempts = "A/B", attempts
        yield error


def _identity(error):
    return error


@pytest.mark.parametrize("error", list(every_error()), ids=lambda e: type(e).__name__)
def test_errors_survive_pickle_and_deepcopy(error):
    """Class, text and all facts, in every protocol."""
    copies = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(2, 6)]
    for twin in [*copies, copy.deepcopy(error), copy.copy(error)]:
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)
        assert twin.args == error.args


def test_errors_cross_processes():
    """As multiprocessing and Celery move them."""
    error = errors.SIPCallError("resource_exhausted", "busy", metadata={"sip_status_code": "486"})
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        twin = pool.apply(_identity, (error,))
    assert twin.busy
    assert str(twin) == str(error)


def test_retry_after_in_both_forms():
    """Seconds, and an HTTP date; nonsense says nothing."""
    assert parse_retry_after("120") == 120
    assert parse_retry_after("Mon, 23 Nov 2026 04:00:10 GMT", 1795406400.0) == pytest.approx(10)
    assert parse_retry_after("Mon, 23 Nov 2026 04:00:10 GMT", 1795406500.0) == 0
    for text in (None, "", "soon", "-1", "1e9", "99999999999"):
        assert parse_retry_after(text, 0.0) is None


def test_bodies_are_bounded_when_they_are_unpacked_too():
    """A small compressed body may hold a large one."""
    import gzip
    import zlib

    packed = gzip.compress(b"x" * 100_000)
    assert decompress(packed, "GZIP", 100_000) == b"x" * 100_000
    assert decompress(zlib.compress(b"hi"), "deflate", 10) == b"hi"
    assert decompress(b"hi", "identity", 10) == b"hi"
    for raw, encoding, told in (
        (packed, "gzip", "larger than"),
        (gzip.compress(b"hi")[:-3], "gzip", "ends too early"),
        (b"nonsense", "gzip", "broken"),
        (gzip.compress(b"hi") * 2, "gzip", "before the response"),
        (b"x", "br", "'br'"),
    ):
        with pytest.raises(TransportError, match=told):
            decompress(raw, encoding, 1000)
    body = Collector(3)
    body.add(b"abc")
    with pytest.raises(TransportError, match="larger than 3"):
        body.add(b"d")


@pytest.mark.parametrize(
    "text",
    [
        "example.livekit.cloud refused the connection",
        "no address for production-eu.region.example.com:443",
        "lkapi.errors.api.NotFoundError in eyebrow.example.com",
    ],
)
def test_names_of_hosts_are_not_taken_for_tokens(text):
    """What a reader needs most in an error stays readable."""
    assert mask_tokens(text) == text


@pytest.mark.parametrize(
    "start", ["eyJhbGciOiJIUzI1NiJ9", "eyAiYWxnIjogIkhTMjU2IiB9", "ewogICJhbGci"]
)
def test_tokens_are_masked_whatever_their_header(start):
    """With or without a signature behind it."""
    for token in (f"{start}.eyJpc3MiOiJrIn0.{'s' * 43}", f"{start}.eyJpc3MiOiJrIn0."):
        assert mask_tokens(f"token={token}, then") == "token=[token], then"


def test_each_part_of_a_refusal_is_masked_bounded_and_printable():
    """Code, text, names and values: what a server writes there is not to be trusted."""
    token = f"{'e' * 20}.{'p' * 30}.{'s' * 43}"
    body = json.dumps({"code": f"x {token}", "msg": "\ud800", "meta": {token: f"\udfff {token}"}})
    refusal = read_error_response(404, {}, body.encode())
    text = repr(refusal)
    text.encode()
    assert "s" * 43 not in text
    assert refusal.metadata == {"[token]": "? [token]"}
    assert refusal.message == "?"
    long = read_error_response(404, {}, json.dumps({"code": "x" * 9000}).encode())
    assert len(long.code) <= MAX_ERROR_TEXT + 1
