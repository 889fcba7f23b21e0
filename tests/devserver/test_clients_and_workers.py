"""What users do with services that have workers, with both clients on the embedded server."""

from __future__ import annotations

from typing import Any

import pytest

import lkapi
from lkapi.devserver import InProcessTransport, World, WorldConfig
from lkapi.protocol.egress import EgressStatus
from lkapi.rpc.retry import RetryPolicy
from tests.devserver.tokens import KEYS

S3: dict[str, Any] = {"bucket": "b", "access_key": "AK", "secret": "fake"}
URL = "https://demo.livekit.cloud"


@pytest.fixture
def world() -> World:
    """A world on the computer's clock whose recorders lose no time."""
    made = World(config=WorldConfig(keys=KEYS, page_size=2))
    made.egresses.starts_after = made.egresses.ends_after = 0.0
    return made


def options(world: World) -> dict[str, Any]:
    transport = InProcessTransport(world)
    return {"transport": transport, "retry": RetryPolicy(attempts=1)}


@pytest.fixture
def sync_api(world: World) -> Any:
    with lkapi.SyncLiveKitAPI(URL, "devkey", KEYS["devkey"], **options(world)) as api:
        yield api


def start(api: Any) -> Any:
    api.room.create_room(name="demo")
    output = lkapi.EncodedFileOutput(filepath="a.mp4", s3=lkapi.S3Upload(**S3))
    return api.egress.start_room_composite_egress(room_name="demo", file_outputs=[output])


def dial(api: Any, number: str) -> Any:
    trunk = lkapi.SIPOutboundTrunkInfo(address="sip.example.com", numbers=["+14155550199"])
    made = api.sip.create_outbound_trunk(trunk=trunk)
    return api.sip.create_sip_participant(
        sip_trunk_id=made.sip_trunk_id,
        sip_call_to=number,
        room_name="demo",
        wait_until_answered=True,
    )


def test_wait_for_a_recording(world: World, sync_api: Any) -> None:
    """A recording is waited for: active, then over, with its file."""
    started = start(sync_api)
    active = sync_api.egress.wait_egress(
        started.egress_id, until=EgressStatus.EGRESS_ACTIVE, poll=0.01, timeout=5
    )
    assert active.status == EgressStatus.EGRESS_ACTIVE
    sync_api.egress.stop_egress(egress_id=started.egress_id)
    done = sync_api.egress.wait_egress(started.egress_id, poll=0.01, timeout=5)
    assert done.succeeded
    assert [file.filename for file in done.file_results] == ["a.mp4"]


def test_stop_of_what_is_over(world: World, sync_api: Any) -> None:
    """An egress that has failed cannot be stopped, unless one asks for forgiveness."""
    started = start(sync_api)
    world.egresses.fail(started.egress_id, "disk full")
    with pytest.raises(lkapi.FailedPreconditionError, match="EGRESS_FAILED cannot be stopped"):
        sync_api.egress.stop_egress(egress_id=started.egress_id)
    ended = sync_api.egress.stop_egress(egress_id=started.egress_id, ended_ok=True)
    assert (ended.status, ended.error) == (EgressStatus.EGRESS_FAILED, "disk full")


def test_pagers_walk_over_all_pages(world: World, sync_api: Any) -> None:
    """Egress and ingress come in pages of two, phone numbers by the limit asked for."""
    started = [start(sync_api).egress_id for _ in range(5)]
    assert {info.egress_id for info in sync_api.egress.iter_egress()} == set(started)
    made = [
        sync_api.ingress.create_ingress(participant_identity=f"p{n}").ingress_id for n in range(5)
    ]
    assert [info.ingress_id for info in sync_api.ingress.iter_ingress()] == made
    found = list(sync_api.phone_number.iter_search_phone_numbers(country_code="US"))
    assert len({number.e164_format for number in found}) == 400


@pytest.mark.parametrize(
    ("how", "told"), [("busy", "busy"), ("declines", "declined"), ("no_answer", "no_answer")]
)
def test_call_outcomes(world: World, sync_api: Any, how: str, told: str) -> None:
    """A callee's decision arrives as a SIPCallError that says which."""
    getattr(world.callees, how)("+14155550100")
    with pytest.raises(lkapi.SIPCallError) as caught:
        dial(sync_api, "+14155550100")
    assert getattr(caught.value, told)
    assert world.rooms.keys() == set()


def test_carrier_failure(world: World, sync_api: Any) -> None:
    """A carrier without a line is told apart from a callee."""
    world.callees.fails("+14155550100", 503, "No Lines")
    with pytest.raises(lkapi.SIPCallError) as caught:
        dial(sync_api, "+14155550100")
    assert caught.value.carrier_failure
    assert caught.value.sip_status == "No Lines"


def test_hang_up_by_deleting_the_room(world: World, sync_api: Any) -> None:
    """161: a call is ended by deleting its room."""
    placed = dial(sync_api, "+14155550100")
    call = world.calls.find(placed.sip_call_id)
    sync_api.room.delete_room(room="demo")
    assert call is not None
    assert not call.active


async def test_async_client_dials_and_transfers(world: World) -> None:
    """The async client sees the same world."""
    async with lkapi.LiveKitAPI(URL, "devkey", KEYS["devkey"], **options(world)) as api:
        trunk = lkapi.SIPOutboundTrunkInfo(address="sip.example.com", numbers=["+14155550199"])
        made = await api.sip.create_outbound_trunk(trunk=trunk)
        placed = await api.sip.create_sip_participant(
            sip_trunk_id=made.sip_trunk_id, sip_call_to="+14155550100", room_name="demo"
        )
        await api.sip.transfer_sip_participant(
            room_name="demo",
            participant_identity=placed.participant_identity,
            transfer_to="tel:+14155550101",
        )
    call = world.calls.find(placed.sip_call_id)
    assert call is not None
    assert call.transferred_to == "tel:+14155550101"


def test_analytics(world: World, sync_api: Any) -> None:
    """The analytics client reads what happened in the world."""
    started = start(sync_api)
    (session,) = sync_api.analytics.list_sessions(project_id="p_1")
    assert (session.session_id, session.room_name) == (started.room_id, "demo")
    details = sync_api.analytics.get_session(session.session_id, project_id="p_1")
    assert details.room_id == started.room_id
    for name in ("two", "three"):
        sync_api.room.create_room(name=name)
    pages = sync_api.analytics.iter_sessions(project_id="p_1", limit=2)
    assert [found.room_name for found in pages] == ["three", "two", "demo"]


def test_plan_without_analytics() -> None:
    """A project on a smaller plan is refused with an error of its own."""
    world = World(config=WorldConfig(keys=KEYS, analytics=False))
    api = lkapi.SyncLiveKitAPI(URL, "devkey", KEYS["devkey"], **options(world))
    with api, pytest.raises(lkapi.PlanError):
        api.analytics.list_sessions(project_id="p_1")
