"""SIP: lists can be emptied, updates say what they mean, calls are given the time they take."""

from __future__ import annotations

import warnings
from datetime import timedelta
from typing import Any

import pytest

import lkapi
from lkapi.methods import sip as rows
from lkapi.protocol.models import ListUpdate
from lkapi.protocol.sip import (
    CreateSIPParticipantRequest,
    GetSIPInboundTrunkResponse,
    SIPDispatchRule,
    SIPDispatchRuleCallee,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPMediaConfig,
    SIPOutboundConfig,
    SIPOutboundTrunkInfo,
    SIPParticipantInfo,
    SIPStatus,
    SIPTransferStatus,
    SIPTransport,
    SIPTrunkInfo,
    TransferSIPParticipantRequest,
    TransferSIPParticipantResponse,
)
from tests.services.fake_server import Face, FakeServer, refusal

INBOUND, OUTBOUND = rows.UPDATE_SIP_INBOUND_TRUNK, rows.UPDATE_SIP_OUTBOUND_TRUNK
RULE = rows.UPDATE_SIP_DISPATCH_RULE


def update_sent(server: FakeServer, row: Any) -> Any:
    """The one update that was sent."""
    (request,) = server.sent(row)
    assert request.which_oneof("action") == "update"
    return request.update


async def test_an_empty_list_clears(face: Face, server: FakeServer) -> None:
    """``[]`` goes out as ``clear``: an empty ListUpdate would be refused by the server."""
    server.on(INBOUND, SIPInboundTrunkInfo())
    change = face.api.sip.update_inbound_trunk_fields
    await face.call(change, "ST_1", numbers=[], allowed_numbers=["+1"])
    update = update_sent(server, INBOUND)
    assert update.numbers == ListUpdate(clear=True)
    assert update.allowed_numbers == ListUpdate(set=["+1"])
    assert update.allowed_addresses is None


@pytest.mark.parametrize(
    "change",
    [ListUpdate(clear=True), ListUpdate(add=["a"], remove=["b"]), ListUpdate(set=["a"])],
)
async def test_list_updates_arrive_whole(
    change: ListUpdate, face: Face, server: FakeServer
) -> None:
    """A ListUpdate goes out as it is, ``clear`` included."""
    server.on(RULE, SIPDispatchRuleInfo())
    await face.call(face.api.sip.update_dispatch_rule_fields, "SDR_1", trunk_ids=change)
    assert update_sent(server, RULE).trunk_ids == change


async def test_a_list_update_that_changes_nothing(face: Face, server: FakeServer) -> None:
    """It is refused at once, with the way to empty a list."""
    with pytest.raises(ValueError, match=r"numbers: the ListUpdate is empty.*clear=True"):
        await face.call(face.api.sip.update_outbound_trunk_fields, "ST_1", numbers=ListUpdate())
    assert not server.requests


async def test_one_text_is_no_list(face: Face) -> None:
    """A number instead of a list of numbers would become a list of digits: refused."""
    with pytest.raises(TypeError, match=r"numbers must be a list of strings.*\['\+1555'\]"):
        await face.call(face.api.sip.update_outbound_trunk_fields, "ST_1", numbers="+1555")


async def test_any_iterable_of_texts(face: Face, server: FakeServer) -> None:
    """Tuples and generators are lists too."""
    server.on(OUTBOUND, SIPOutboundTrunkInfo())
    numbers = (number for number in ("+1", "+2"))
    await face.call(face.api.sip.update_outbound_trunk_fields, "ST_1", numbers=numbers)
    assert update_sent(server, OUTBOUND).numbers == ListUpdate(set=["+1", "+2"])


async def test_every_field_of_an_inbound_trunk_can_be_changed(
    face: Face, server: FakeServer
) -> None:
    """``auth_realm`` and ``media`` are among them; empty texts clear, None leaves alone."""
    server.on(INBOUND, SIPInboundTrunkInfo())
    media = SIPMediaConfig(only_listed_codecs=True)
    await face.call(
        face.api.sip.update_inbound_trunk_fields,
        "ST_1",
        auth_username="u",
        auth_password="",
        auth_realm="r",
        metadata="m",
        media=media,
    )
    update = update_sent(server, INBOUND)
    assert (update.auth_username, update.auth_password, update.auth_realm) == ("u", "", "r")
    assert (update.name, update.metadata, update.media) == (None, "m", media)


async def test_every_field_of_an_outbound_trunk_can_be_changed(
    face: Face, server: FakeServer
) -> None:
    """``destination_country`` and ``from_host`` are among them."""
    server.on(OUTBOUND, SIPOutboundTrunkInfo())
    await face.call(
        face.api.sip.update_outbound_trunk_fields,
        "ST_1",
        address="sip.example.com",
        transport=SIPTransport.SIP_TRANSPORT_TLS,
        destination_country="de",
        from_host="example.com",
    )
    update = update_sent(server, OUTBOUND)
    assert update.transport is SIPTransport.SIP_TRANSPORT_TLS
    assert (update.destination_country, update.from_host) == ("de", "example.com")
    assert update.numbers is None


async def test_every_field_of_a_rule_can_be_changed(face: Face, server: FakeServer) -> None:
    """``media`` is among them; attributes go out as they are."""
    server.on(RULE, SIPDispatchRuleInfo())
    rule = SIPDispatchRule(dispatch_rule_callee=SIPDispatchRuleCallee(room_prefix="n-"))
    media = SIPMediaConfig(drop_audio_during_dtmf=True)
    attributes = {"a": "1", "b": ""}
    await face.call(
        face.api.sip.update_dispatch_rule_fields,
        rule_id="SDR_1",
        rule=rule,
        attributes=attributes,
        media=media,
    )
    update = update_sent(server, RULE)
    assert (update.rule, update.attributes, update.media) == (rule, attributes, media)


async def test_call_with_a_trunk_of_its_own(face: Face, server: FakeServer) -> None:
    """``outbound_trunk_config`` and ``trunk_id`` end up in the request, and not in the caller's."""
    server.on(rows.CREATE_SIP_PARTICIPANT, SIPParticipantInfo())
    given = CreateSIPParticipantRequest(
        sip_call_to="+1", room_name="demo", wait_until_answered=True
    )
    before = given.to_bytes()
    config = SIPOutboundConfig(hostname="sip.example.com")
    call = face.api.sip.create_sip_participant
    await face.call(call, given, outbound_trunk_config=config)
    await face.call(call, given, trunk_id="ST_1")
    await face.call(call, sip_call_to="+1", room_name="demo", trunk_id="ST_1")
    first, second, third = server.sent(rows.CREATE_SIP_PARTICIPANT)
    assert (first.trunk, first.sip_trunk_id) == (config, "")
    assert (second.trunk, second.sip_trunk_id) == (None, "ST_1")
    assert third.sip_trunk_id == "ST_1"
    assert given.to_bytes() == before


TWO_NAMES: list[tuple[str, str, Any, Any]] = [
    ("trunk_id", "sip_trunk_id", "ST_1", "ST_2"),
    (
        "outbound_trunk_config",
        "trunk",
        SIPOutboundConfig(hostname="a.example.com", auth_password="hunter2"),
        SIPOutboundConfig(hostname="b.example.com", auth_password="hunter3"),
    ),
]
"""The fields of a call that have a second name, with two values."""


@pytest.mark.parametrize(("alias", "name", "value", "other"), TWO_NAMES)
@pytest.mark.parametrize("as_object", [False, True])
async def test_two_names_of_one_field_must_agree(
    alias: str, name: str, value: Any, other: Any, as_object: bool, face: Face, server: FakeServer
) -> None:
    """Different values are refused, and nobody is called; the same value under both is fine."""
    server.on(rows.CREATE_SIP_PARTICIPANT, SIPParticipantInfo())

    async def call(given: Any, also: Any) -> None:
        fields = {"sip_call_to": "+1", "room_name": "demo", name: given}
        request = (CreateSIPParticipantRequest(**fields),) if as_object else ()
        keywords = {} if as_object else fields
        await face.call(face.api.sip.create_sip_participant, *request, **{**keywords, alias: also})

    with pytest.raises(
        ValueError, match=f"{alias} and {name} are two names for the same field"
    ) as caught:
        await call(value, other)
    assert "hunter" not in str(caught.value)
    assert not server.requests
    await call(value, value)
    (sent,) = server.sent(rows.CREATE_SIP_PARTICIPANT)
    assert getattr(sent, name) == value


@pytest.mark.parametrize(
    ("fields", "timeout", "expected", "pinned"),
    [
        ({"wait_until_answered": True}, None, 32.0, 30.0),
        ({"wait_until_answered": True, "ringing_timeout": 45.5}, None, 47.5, 45.5),
        ({"wait_until_answered": True, "ringing_timeout": 5}, None, 10.0, 5.0),
        ({"wait_until_answered": True}, 10, 32.0, 30.0),
        ({"wait_until_answered": True}, timedelta(seconds=60), 60.0, 30.0),
        ({}, None, 10.0, None),
        ({"ringing_timeout": 45}, None, 10.0, 45.0),
        ({}, 3, 3.0, None),
    ],
)
async def test_how_long_a_call_may_take(
    fields: dict[str, Any],
    timeout: Any,
    expected: float,
    pinned: float | None,
    face: Face,
    server: FakeServer,
) -> None:
    """Waiting for the callee takes the ringing time and 2 s, more if asked for, never less.

    Parts of a second count, and a ringing time that is not given is written into what goes out.
    """
    server.on(rows.CREATE_SIP_PARTICIPANT, SIPParticipantInfo())
    given = CreateSIPParticipantRequest(sip_call_to="+1", room_name="demo", **fields)
    before = given.to_bytes()
    await face.call(face.api.sip.create_sip_participant, given, timeout=timeout)
    (request,) = server.requests
    assert request.timeout == pytest.approx(expected, abs=0.2)
    assert int(request.headers["x-twirp-timeout-ms"]) == pytest.approx(expected * 1000, abs=200)
    (sent,) = server.sent(rows.CREATE_SIP_PARTICIPANT)
    rings = sent.ringing_timeout
    assert (None if rings is None else rings.total_seconds()) == pinned
    assert given.to_bytes() == before


async def test_transfers_wait_for_the_ringing(face: Face, server: FakeServer) -> None:
    """A transfer is given 32 s, or what its ringing takes; the caller's request is not changed."""
    server.on(rows.TRANSFER_SIP_PARTICIPANT, TransferSIPParticipantResponse())
    given = TransferSIPParticipantRequest(
        participant_identity="ann", room_name="demo", transfer_to="tel:+1"
    )
    before = given.to_bytes()
    transfer = face.api.sip.transfer_sip_participant
    await face.call(transfer, given)
    await face.call(transfer, given.copy(ringing_timeout=timedelta(seconds=60)), timeout=5)
    assert [round(request.timeout) for request in server.requests] == [32, 62]
    first, second = server.sent(rows.TRANSFER_SIP_PARTICIPANT)
    assert first.ringing_timeout == timedelta(seconds=30)
    assert second.ringing_timeout == timedelta(seconds=60)
    assert given.to_bytes() == before


async def test_transfer_answers_with_its_own_message(face: Face, server: FakeServer) -> None:
    """Status and reason of a transfer can be read; an empty answer (self-hosted) is one too."""
    answer = TransferSIPParticipantResponse(
        transfer_id="TR_1",
        status=SIPTransferStatus.STS_TRANSFER_SUCCESSFUL,
        sip_status=SIPStatus(code=202, status="Accepted"),
    )
    server.on(rows.TRANSFER_SIP_PARTICIPANT, answer, TransferSIPParticipantResponse())
    fields = {"participant_identity": "ann", "room_name": "demo", "transfer_to": "tel:+1"}
    assert await face.call(face.api.sip.transfer_sip_participant, **fields) == answer
    empty = await face.call(face.api.sip.transfer_sip_participant, **fields)
    assert empty.transfer_id == ""


async def test_a_busy_callee(face: Face, server: FakeServer) -> None:
    """The outcome of a call is a SIPCallError whatever its Twirp code, and is not retried."""
    busy = refusal(429, "resource_exhausted", "busy", sip_status_code="486", sip_status="Busy Here")
    server.on(rows.CREATE_SIP_PARTICIPANT, busy)
    with pytest.raises(lkapi.SIPCallError) as caught:
        await face.call(
            face.api.sip.create_sip_participant, sip_call_to="+1", room_name="demo", trunk_id="ST_1"
        )
    assert caught.value.busy
    assert caught.value.sip_status_code == 486
    assert len(server.requests) == 1


async def test_get_trunk_without_a_trunk(face: Face, server: FakeServer) -> None:
    """An answer without a trunk is not found, as an error from the server would be."""
    server.on(rows.GET_SIP_INBOUND_TRUNK, GetSIPInboundTrunkResponse(), refusal(404, "not_found"))
    for _ in range(2):
        with pytest.raises(lkapi.NotFoundError):
            await face.call(face.api.sip.get_inbound_trunk, "ST_9")
    with pytest.raises(ValueError, match="trunk_id is empty"):
        await face.call(face.api.sip.get_outbound_trunk, "")


OLD_NAMES = {
    "create_sip_inbound_trunk": (
        rows.CREATE_SIP_INBOUND_TRUNK,
        (),
        {"trunk": SIPInboundTrunkInfo()},
    ),
    "create_sip_outbound_trunk": (
        rows.CREATE_SIP_OUTBOUND_TRUNK,
        (),
        {"trunk": SIPOutboundTrunkInfo()},
    ),
    "list_sip_inbound_trunk": (rows.LIST_SIP_INBOUND_TRUNK, (), {}),
    "list_sip_outbound_trunk": (rows.LIST_SIP_OUTBOUND_TRUNK, (), {}),
    "list_sip_dispatch_rule": (rows.LIST_SIP_DISPATCH_RULE, (), {}),
    "list_trunk": (rows.LIST_SIP_TRUNK, (), {}),
    "delete_sip_trunk": (rows.DELETE_SIP_TRUNK, (), {"sip_trunk_id": "ST_1"}),
    "delete_sip_dispatch_rule": (
        rows.DELETE_SIP_DISPATCH_RULE,
        (),
        {"sip_dispatch_rule_id": "SDR_1"},
    ),
    "create_sip_dispatch_rule": (rows.CREATE_SIP_DISPATCH_RULE, (), {"name": "n"}),
    "update_sip_inbound_trunk": (INBOUND, ("ST_1", SIPInboundTrunkInfo()), {}),
    "update_sip_outbound_trunk": (OUTBOUND, ("ST_1", SIPOutboundTrunkInfo()), {}),
    "update_sip_dispatch_rule": (RULE, ("SDR_1", SIPDispatchRuleInfo()), {}),
    "update_sip_inbound_trunk_fields": (
        INBOUND,
        ("ST_1",),
        {"numbers": ListUpdate(add=["+1"]), "media": SIPMediaConfig()},
    ),
    "update_sip_outbound_trunk_fields": (
        OUTBOUND,
        ("ST_1",),
        {"numbers": ["+1"], "media": SIPMediaConfig()},
    ),
    "update_sip_dispatch_rule_fields": (
        RULE,
        (),
        {"rule_id": "SDR_1", "trunk_ids": ListUpdate(add=["ST_1"]), "media": SIPMediaConfig()},
    ),
}


@pytest.mark.parametrize("name", OLD_NAMES)
async def test_old_names_work_and_warn(name: str, face: Face, server: FakeServer) -> None:
    """The deprecated spellings do what the new ones do, ListUpdate and media included.

    The warning points at the caller.
    """
    row, args, fields = OLD_NAMES[name]
    server.on(row, row.response())
    with pytest.warns(DeprecationWarning, match=f"{name} is deprecated") as caught:
        await face.call(getattr(face.api.sip, name), *args, **fields)
    assert len(server.requests) == 1
    assert caught[0].filename.endswith(("fake_server.py", "test_sip_service.py"))


async def test_new_names_do_not_warn(face: Face, server: FakeServer) -> None:
    """``create_sip_participant`` is no old name, though it looks like one."""
    server.on(rows.CREATE_SIP_PARTICIPANT, SIPParticipantInfo())
    server.on(rows.DELETE_SIP_TRUNK, SIPTrunkInfo())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await face.call(face.api.sip.create_sip_participant, sip_call_to="+1")
        await face.call(face.api.sip.delete_trunk, sip_trunk_id="ST_1")


async def test_delete_missing_ok(face: Face, server: FakeServer) -> None:
    """A rule that is gone may be gone."""
    server.on(rows.DELETE_SIP_DISPATCH_RULE, refusal(404, "not_found"))
    delete = face.api.sip.delete_dispatch_rule
    assert await face.call(delete, sip_dispatch_rule_id="SDR_1", missing_ok=True) is None
    with pytest.raises(lkapi.NotFoundError):
        await face.call(delete, sip_dispatch_rule_id="SDR_1")
