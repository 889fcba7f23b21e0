"""Messages of livekit.protocol are taken wherever ours are: code can move piece by piece."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest

import lkapi
from lkapi.methods import sip as rows
from lkapi.protocol.models import ListUpdate
from lkapi.protocol.sip import SIPInboundTrunkInfo, SIPOutboundConfig, SIPParticipantInfo
from tests.services.call_case import CallCase
from tests.services.call_table import CASES
from tests.services.fake_server import Face, FakeServer

official_models = pytest.importorskip("livekit.protocol.models")
official_sip = pytest.importorskip("livekit.protocol.sip")


def official(message: Any) -> Any:
    """The same message as livekit.protocol has it; None where it has none."""
    module = importlib.import_module(type(message).__module__.replace("lkapi", "livekit"))
    cls = getattr(module, type(message).__name__, None)
    return None if cls is None else cls.FromString(message.to_bytes())


def cases() -> list[CallCase]:
    """The cases whose request exists there."""
    newer = ("phone_number", "agent_simulation", "replay")
    given = (case for case in CASES if case.sent is None and case.service not in newer)
    return [case for case in given if official(case.request) is not None]


@pytest.mark.parametrize("case", cases(), ids=str)
async def test_official_request(case: CallCase, face: Face, server: FakeServer) -> None:
    """An official request does what ours does, and is not changed."""
    server.on(case.row, case.response)
    given = official(case.request)
    before = given.SerializeToString()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        await face.call(getattr(getattr(face.api, case.service), case.method), given)
        if case.row.old_keyword:
            keyword = {case.row.old_keyword: given}
            await face.call(getattr(getattr(face.api, case.service), case.method), **keyword)
    assert all(sent == case.request for sent in server.sent(case.row))
    assert given.SerializeToString() == before


async def test_official_parts(face: Face, server: FakeServer) -> None:
    """Official messages inside a call are taken too: lists to change, trunks, configurations."""
    server.on(rows.UPDATE_SIP_INBOUND_TRUNK, SIPInboundTrunkInfo())
    server.on(rows.CREATE_SIP_PARTICIPANT, SIPParticipantInfo())
    api = face.api.sip
    change = official_models.ListUpdate(add=["+1"])
    await face.call(api.update_inbound_trunk_fields, "ST_1", numbers=change)
    trunk = official_sip.SIPInboundTrunkInfo(name="n")
    await face.call(api.update_inbound_trunk, "ST_1", trunk)
    config = official_sip.SIPOutboundConfig(hostname="h")
    await face.call(api.create_sip_participant, sip_call_to="+1", outbound_trunk_config=config)
    first, second = server.sent(rows.UPDATE_SIP_INBOUND_TRUNK)
    assert first.update.numbers == ListUpdate(add=["+1"])
    assert second.replace == SIPInboundTrunkInfo(name="n")
    assert server.sent(rows.CREATE_SIP_PARTICIPANT)[0].trunk == SIPOutboundConfig(hostname="h")


async def test_an_official_list_update_that_changes_nothing(face: Face) -> None:
    """It is refused as ours would be."""
    with pytest.raises(ValueError, match="clear=True"):
        await face.call(
            face.api.sip.update_inbound_trunk_fields, "ST_1", numbers=official_models.ListUpdate()
        )


async def test_another_message(face: Face, server: FakeServer) -> None:
    """A message of another kind is refused by name, official or not."""
    for wrong in (official_sip.DeleteSIPTrunkRequest(), lkapi.DeleteSIPTrunkRequest()):
        with pytest.raises(
            TypeError, match="expected a StopEgressRequest, not DeleteSIPTrunkRequest"
        ):
            await face.call(face.api.egress.stop_egress, wrong)
    assert not server.requests
