"""The tests of ``dialler.py``, with nothing but lkapi's pytest plugin."""

from __future__ import annotations

import dialler as program
import pytest
from dialler import Dialler, Outcome

import lkapi

ANN, BOB = "+14155550100", "+14155550101"

pytestmark = pytest.mark.asyncio


@pytest.fixture
def waits() -> list[float]:
    """The pauses that were made."""
    return []


@pytest.fixture
def dialler(livekit_api, livekit_api_sync, waits) -> Dialler:
    trunk = livekit_api_sync.sip.create_outbound_trunk(
        trunk=lkapi.SIPOutboundTrunkInfo(address="sip.example.com", numbers=["+15105550199"])
    )

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    return Dialler(livekit_api, trunk.sip_trunk_id, agent="caller", sleep=sleep)


async def test_somebody_picks_up(dialler, livekit_server, waits):
    calls = await dialler.call_all(["+1 (415) 555-0100"])
    assert calls[ANN].outcome is Outcome.ANSWERED
    room = livekit_server.world.rooms[calls[ANN].room]
    assert [person.identity for person in room.participants.values()] == [f"callee-{ANN}"]
    assert waits == []


async def test_an_agent_is_sent_into_the_room(dialler, livekit_server):
    calls = await dialler.call_all([ANN])
    dispatches = await dialler.api.agent_dispatch.list_dispatch(calls[ANN].room)
    assert [dispatch.agent_name for dispatch in dispatches] == ["caller"]


@pytest.mark.parametrize(
    ("status", "outcome", "calls_made"),
    [
        (486, Outcome.BUSY, 3),
        (480, Outcome.NO_ANSWER, 3),
        (603, Outcome.DECLINED, 1),
        (404, Outcome.WRONG_NUMBER, 1),
        (503, Outcome.FAILED, 3),
    ],
)
async def test_nobody_picks_up(dialler, livekit_server, waits, status, outcome, calls_made):
    """Again after a pause where that may help; no room is left."""
    livekit_server.world.callees.fails(BOB, status)
    calls = await dialler.call_all([BOB])
    assert (calls[BOB].outcome, calls[BOB].room) == (outcome, "")
    assert str(status) in calls[BOB].detail
    assert waits == [300] * (calls_made - 1)
    assert not livekit_server.world.rooms


async def test_it_rings_and_rings(dialler, livekit_server):
    livekit_server.world.callees.no_answer(BOB)
    assert (await dialler.call_all([BOB]))[BOB].outcome is Outcome.NO_ANSWER


async def test_busy_and_then_not(dialler, livekit_server):
    """Only those that could not be reached are called again, and each number once a round."""
    livekit_server.world.callees.busy(BOB)

    async def hang_up(_: float) -> None:
        livekit_server.world.callees.answers(BOB)

    dialler.sleep = hang_up
    calls = await dialler.call_all([ANN, BOB, ANN])
    assert {call.outcome for call in calls.values()} == {Outcome.ANSWERED}
    assert [call.number for call in livekit_server.world.calls.all()] == [ANN, BOB]


async def test_a_call_of_unknown_outcome_is_not_placed_twice(dialler, livekit_server):
    livekit_server.faults.fail_once(method="CreateSIPParticipant", drop="after")
    calls = await dialler.call_all([ANN])
    assert calls[ANN].outcome is Outcome.UNKNOWN
    assert calls[ANN].room in livekit_server.world.rooms
    assert len(livekit_server.world.calls.all()) == 1


async def test_all_lines_are_taken(dialler, livekit_server):
    livekit_server.faults.fail(times=1, method="CreateSIPParticipant", status=429)
    assert (await dialler.call_all([ANN]))[ANN].outcome is Outcome.ANSWERED


async def test_a_trunk_that_is_not_there_ends_the_run(dialler):
    dialler.trunk = "ST_nowhere"
    with pytest.raises(lkapi.LiveKitError, match=r"ST_nowhere|trunk"):
        await dialler.call_all([ANN, BOB])


async def test_a_number_that_is_none(dialler):
    with pytest.raises(ValueError, match="555"):
        await dialler.call_all(["555"])


async def test_the_program(dialler, livekit_env, livekit_server, monkeypatch, capsys):
    monkeypatch.setenv("SIP_TRUNK", dialler.trunk)
    monkeypatch.setenv("ROUNDS", "1")
    livekit_server.world.callees.busy(BOB)
    assert await program.main([ANN, BOB]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [ANN, "answered", f"call-{ANN}"]
    assert lines[1].startswith(f"{BOB}      busy          486")
