"""What a response says: a message, an error of the server or of a proxy, an outcome of a call."""

from __future__ import annotations

import json

import pytest

from lkapi.errors import DecodeError
from lkapi.protocol.models import Room
from lkapi.rpc.responses import FailedCall, hide_token, holds_message, read_failure
from lkapi.rpc.retry import Outcome
from lkapi.transports.base import Response

SIP = {"sip_status_code": "486"}


def failed(status: int, code: str | None = None, meta: dict[str, str] | None = None) -> FailedCall:
    """Twirp's JSON with this code, or without one, what a proxy sends."""
    body = b"<html>" if code is None else json.dumps({"code": code, "msg": "", "meta": meta or {}})
    content = body.encode() if isinstance(body, str) else body
    return read_failure(Response(status, {"content-type": "text/html"}, content), Room)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.FINAL),
        (429, Outcome.RATE_LIMITED),
        (451, Outcome.WRONG_REGION),
        (499, Outcome.FINAL),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (204, Outcome.FINAL),
        (101, Outcome.FINAL),
    ],
)
def test_what_another_attempt_may_change(status: int, outcome: Outcome) -> None:
    """Only the status decides, unless it is the outcome of a phone call."""
    assert failed(status).outcome is outcome
    assert failed(status, "internal").outcome is outcome
    assert failed(status, "internal", SIP).outcome is Outcome.FINAL


@pytest.mark.parametrize(
    ("response", "wrong"),
    [
        (failed(401), True),
        (failed(403), False),
        (failed(400), False),
        (failed(401, "unauthenticated"), True),
        (failed(403, "permission_denied"), True),
        (failed(401, "unauthenticated", SIP), False),
        (failed(403, "permission_denied", SIP), False),
        (failed(404, "not_found"), False),
        (failed(500, "internal"), False),
    ],
)
def test_whether_the_credentials_are_at_fault(response: FailedCall, wrong: bool) -> None:
    """A proxy says it by 401 only; a callee or a carrier that refuses a call does not say it."""
    assert response.credentials is wrong


@pytest.mark.parametrize(
    ("response", "unavailable"),
    [
        (failed(503, "unavailable"), True),
        (failed(503), False),
        (failed(503, "unavailable", SIP), False),
        (failed(500, "unknown"), False),
        (failed(501, "unimplemented"), False),
        (failed(500, "wrong_code"), False),
    ],
)
def test_whether_the_server_itself_is_unavailable(response: FailedCall, unavailable: bool) -> None:
    """And not a proxy before it, or the one who is called."""
    assert response.unavailable is unavailable


@pytest.mark.parametrize("kind", [None, "application/protobuf", "application/x-protobuf",
                                  "Application/Protobuf; charset=utf-8"])  # fmt: skip
@pytest.mark.parametrize(("status", "holds"), [(200, True), (199, False), (201, False)])
def test_only_200_holds_a_message(kind: str | None, status: int, holds: bool) -> None:
    """Of a type that protobuf has, or without any."""
    headers = {} if kind is None else {"content-type": kind}
    assert holds_message(Response(status, headers, b"")) is holds


@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/protobufs"])
def test_no_other_type_is_a_message(kind: str) -> None:
    """It is an error that names the type."""
    response = Response(200, {"content-type": kind}, b"@" * 1000)
    assert not holds_message(response)
    with pytest.raises(DecodeError, match=f"'{kind}' instead of a Room") as caught:
        read_failure(response, Room)
    assert str(caught.value).count("@") == (200 if kind == "text/html" else 0)


@pytest.mark.parametrize(("length", "hidden"), [(7, False), (8, True), (9, True)])
def test_a_token_that_is_too_short_to_be_one_is_left(length: int, hidden: bool) -> None:
    """Its letters could be anywhere in a text."""
    secret = "abcdefghi"[:length]
    response = hide_token(Response(401, {}, f"bad {secret}!".encode()), f"Bearer {secret}")
    assert response.content == (b"bad [token]!" if hidden else f"bad {secret}!".encode())


def test_no_more_than_64_kib_of_an_error_are_read() -> None:
    """What an error shows of it is far less."""
    response = hide_token(Response(500, {}, b"x" * 100_000), "Bearer not-a-real-token")
    assert len(response.content) == 65_536
