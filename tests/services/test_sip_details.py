"""A failed phone call tells how it failed, whatever form the server chose for telling."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from pathlib import Path

import pytest

from lkapi import errors
from lkapi.errors.error_response import read_error_response
from lkapi.errors.sip_details import SIPErrorDetails, read_error_details

VECTORS = Path(__file__).parent.parent / "vectors"


def field(number: int, value: int | bytes) -> bytes:
    """One field on the wire."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def any_of(name: str, body: bytes) -> bytes:
    return field(1, b"type.googleapis.com/" + name.encode()) + field(2, body)


def text(*parts: bytes) -> str:
    return base64.b64encode(b"".join(parts)).decode()


def refusals() -> list[tuple[str, int, bytes]]:
    """Every recorded answer of a phone call that carries SIP metadata."""
    found = []
    for path in ("server/workers.json", "mock/sip.json"):
        group = json.loads((VECTORS / path).read_text())
        for exchange in group["exchanges"]:
            if "error_details" in ((exchange.get("response_json") or {}).get("meta") or {}):
                body = base64.b64decode(exchange["response_b64"])
                found.append((f"{path}: {exchange['name']}", exchange["status"], body))
    return found


def error_of(status: int, body: bytes) -> errors.APIError:
    refusal = read_error_response(status, {"content-type": "application/json"}, body)
    return refusal.error_class(
        refusal.code, refusal.message, status=refusal.status, metadata=refusal.metadata
    )


def test_64_recorded_refusals_are_there(record_property: pytest.RecordPropertyFixture) -> None:
    """The vectors hold the outcomes of calls of the real server and of the official mock."""
    count = len(refusals())
    record_property("sip_refusals", count)
    assert count == 64


@pytest.mark.parametrize(("name", "status", "body"), refusals())
def test_recorded_refusal_becomes_a_call_error(name: str, status: int, body: bytes) -> None:
    """The SIP status goes before the Twirp code, and the details say the same as the metadata."""
    error = error_of(status, body)
    assert isinstance(error, errors.SIPCallError), name
    assert error.details is not None
    assert error.details.sip_status_code == error.sip_status_code
    assert str(error.sip_status_code) == json.loads(body)["meta"]["sip_status_code"]
    assert error.metadata["error_details"] not in str(error)


@pytest.mark.parametrize(("name", "status", "body"), refusals())
def test_details_alone_are_enough(name: str, status: int, body: bytes) -> None:
    """A server that sends only the details still gives a call error with the status."""
    answer = json.loads(body)
    code = int(answer["meta"].pop("sip_status_code"))
    answer["meta"].pop("sip_status", None)
    error = error_of(status, json.dumps(answer).encode())
    assert isinstance(error, errors.SIPCallError), name
    assert error.sip_status_code == code


def test_transfer_error_in_the_details() -> None:
    """Reason and id of a failed transfer are read from the details."""
    status = field(1, 486) + field(2, b"Busy Here")
    transfer = field(1, b"ST_x") + field(2, 4) + field(3, status)
    details = text(
        field(1, 8), field(2, b"no"), field(3, any_of("livekit.SIPTransferError", transfer))
    )
    error = errors.SIPCallError("aborted", metadata={"error_details": details})
    assert error.sip_transfer_id == "ST_x"
    assert error.sip_transfer_reason == "STR_RINGING_TIMEOUT"
    assert (error.sip_status_code, error.sip_status) == (486, "Busy Here")
    assert str(error).startswith("SIP call failed: STR_RINGING_TIMEOUT 486 Busy Here [aborted]")


def test_unknown_transfer_reason_keeps_its_number() -> None:
    """A reason newer than this library is given as its number."""
    transfer = any_of("livekit.SIPTransferError", field(2, 99))
    details = read_error_details({"error_details": text(field(3, transfer))})
    assert details is not None
    assert details.transfer_reason == "99"


def test_details_of_another_kind_are_no_call_error() -> None:
    """Details without anything of SIP leave the class to the Twirp code."""
    details = text(field(1, 5), field(3, any_of("google.rpc.ErrorInfo", b"")))
    assert read_error_details({"error_details": details}) == SIPErrorDetails(
        grpc_code=5, other_types=("google.rpc.ErrorInfo",)
    )
    body = json.dumps({"code": "not_found", "msg": "x", "meta": {"error_details": details}})
    assert type(error_of(404, body.encode())) is errors.NotFoundError


def test_fields_of_other_wire_types_are_skipped() -> None:
    """Fixed-width fields of a newer schema do not stop the reading."""
    more = field(8, 7) + varint(9 << 3 | 1) + bytes(8) + varint(10 << 3 | 5) + bytes(4)
    details = read_error_details({"error_details": text(more, field(1, 3))})
    assert details == SIPErrorDetails(grpc_code=3)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "!",
        "CAg",
        text(b"\x1a\x7fab"),
        text(b"\x08"),
        text(b"\x0b"),
        text(b"\x12\x01\xff"),
        text(b"\x08" + b"\xff" * 11),
    ],
)
def test_garbage_is_none(bad: str) -> None:
    """Details that are no message are left out, never raised."""
    assert read_error_details({"error_details": bad}) is None
    assert errors.SIPCallError("unknown", metadata={"error_details": bad}).sip_status_code is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (486, {"busy", "retry_may_help"}),
        (600, {"busy", "retry_may_help"}),
        (480, {"no_answer", "retry_may_help"}),
        (603, {"declined"}),
        (503, {"carrier_failure", "retry_may_help"}),
        (501, {"carrier_failure"}),
        (491, {"retry_may_help"}),
        (404, set()),
    ],
)
def test_helpers_tell_the_outcome(status: int, expected: set[str]) -> None:
    """One look at a property tells what became of the call."""
    error = errors.SIPCallError("unknown", metadata={"sip_status_code": str(status)})
    names = ("busy", "no_answer", "declined", "carrier_failure", "retry_may_help")
    assert {name for name in names if getattr(error, name)} == expected


def test_server_error_turns_into_a_call_error() -> None:
    """The class method of the official client, with all facts kept."""
    error = errors.APIError(
        "resource_exhausted",
        "busy",
        status=429,
        metadata={"sip_status_code": "486"},
        method="SIP/CreateSIPParticipant",
        request_id="r",
        region="h",
        retry_after=1.0,
    )
    made = errors.SIPCallError.from_server_error(error)
    assert vars(made) == vars(error)
    assert made.busy


def test_call_error_survives_pickle_and_deepcopy() -> None:
    """Workers of queues hand errors to other processes."""
    error = errors.SIPCallError("unknown", "m", metadata={"sip_status_code": "486"})
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is errors.SIPCallError
        assert vars(twin) == vars(error)
