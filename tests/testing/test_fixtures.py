"""The fixtures of the plugin, as a test that asks for them sees them."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
import urllib.error
import urllib.request

import pytest

import lkapi
from lkapi.devserver import JoinRefused, SimulatedParticipant, VirtualClock
from lkapi.testing import LiveKitServer
from lkapi.testing.sockets import borrow_port, return_port


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_world_of_its_own(livekit_api_sync, turn):
    """What one test leaves behind is not there in the next."""
    assert not livekit_api_sync.room.list_rooms().rooms
    livekit_api_sync.room.create_room(name="left-behind")


def test_all_fixtures_are_of_one_server(livekit_server, livekit_api_sync, livekit_webhooks):
    """A room made by the client is in the world, and its webhook is captured."""
    livekit_api_sync.room.create_room(name="demo")
    assert livekit_server.world.find_room("demo") is not None
    assert livekit_server.webhooks is livekit_webhooks
    assert livekit_webhooks.names == ["room_started"]


async def test_async_client(livekit_api, livekit_server):
    """It works in whatever loop the test runs."""
    livekit_server.join("ann", "demo")
    people = await livekit_api.room.list_participants(room="demo")
    assert [person.identity for person in people.participants] == ["ann"]


def test_async_client_in_a_plain_test(livekit_api):
    """No plugin for coroutines is needed to have it."""
    assert asyncio.run(livekit_api.room.create_room(name="demo")).name == "demo"


def test_participants(livekit_server):
    """They join by name or with a token, and do what participants do."""
    ann = livekit_server.join("ann", "demo", name="Ann", attributes={"seat": "4"})
    assert isinstance(ann, SimulatedParticipant)
    assert (ann.info.name, dict(ann.info.attributes)) == ("Ann", {"seat": "4"})
    assert ann.active
    bob = livekit_server.join_with(livekit_server.token("bob", "demo"), active=False)
    assert not bob.active
    grants = lkapi.VideoGrants(room_join=True, room="demo", can_publish=False)
    with pytest.raises(lkapi.PermissionDeniedError):
        livekit_server.join("eve", "demo", grants=grants).publish()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"expired": True}, "expired"),
        ({"not_yet_valid": True}, "not valid yet"),
        ({"secret": "somebody-elses-secret-of-32-bytes-or-more"}, "signature"),
        ({"key": "APIstranger"}, "invalid API key"),
    ],
)
def test_bad_tokens(livekit_server, how, said):
    """The server refuses them, and so does a verifier."""
    token = livekit_server.token("ann", "demo", **how)
    with pytest.raises(JoinRefused, match=said) as caught:
        livekit_server.join_with(token)
    assert caught.value.status == 401
    with pytest.raises(lkapi.InvalidTokenError):
        lkapi.TokenVerifier(livekit_server.key, livekit_server.secret).verify(token)


def test_expired_in_the_time_of_a_virtual_clock():
    """Good and bad are judged by the clock that the test chose."""
    with lkapi.testing.server(clock=VirtualClock(1_000_000_000)) as server:
        server.join("ann", "demo")
        with pytest.raises(JoinRefused, match="expired"):
            server.join_with(server.token("ann", "demo", expired=True))


def test_the_clock_stands_until_it_is_moved(livekit_server, livekit_api_sync, livekit_webhooks):
    """An empty room closes when its time is over, and not by itself."""
    livekit_api_sync.room.create_room(name="demo", empty_timeout=300)
    before = livekit_server.clock.now()
    livekit_server.clock.advance(299)
    assert livekit_server.clock.now() == before + 299
    assert livekit_webhooks.names == ["room_started"]
    livekit_server.clock.advance(2)
    assert livekit_webhooks.wait_for("room_finished").room.name == "demo"
    assert abs(livekit_server.clock.token_now() - time.time()) < 60


def test_faults(livekit_server, livekit_api_sync):
    """They strike the fixtures' clients, which try again."""
    livekit_server.faults.fail_once(method="CreateRoom", status=503)
    livekit_api_sync.room.create_room(name="demo")
    assert [seen.acted for seen in livekit_server.faults.seen] == [False, True]


def test_clients_with_options(livekit_server):
    """Any option of a client, and any url that it is to believe in."""
    livekit_server.faults.fail(method="ListRooms", status=503)
    impatient = livekit_server.sync_client(retry=lkapi.NO_RETRY)
    with pytest.raises(lkapi.UnavailableError):
        impatient.room.list_rooms()
    assert len(livekit_server.faults.seen) == 1
    cloud = livekit_server.sync_client("wss://demo.livekit.cloud")
    with pytest.raises(lkapi.UnavailableError):
        cloud.room.list_rooms()
    assert any(seen.method == "/settings/regions" for seen in livekit_server.faults.seen)


@pytest.mark.livekit("self-hosted", key="APIother", egress_worker=True)
class TestMarker:
    """The marker configures the server, the nearest one last."""

    def test_of_the_class(self, livekit_server):
        """Its settings reach the world."""
        config = livekit_server.world.config
        assert (config.profile, config.egress_worker) == ("self-hosted", True)
        assert livekit_server.key == "APIother"
        livekit_server.join("ann", "demo")

    @pytest.mark.livekit("cloud", page_size=3)
    def test_of_the_function(self, livekit_server):
        """It changes what it names."""
        config = livekit_server.world.config
        assert (config.profile, config.egress_worker, config.page_size) == ("cloud", True, 3)


def test_environment(livekit_env, livekit_server):
    """A client of the application finds the server by the environment, over HTTP."""
    assert os.environ["LIVEKIT_URL"] == livekit_env["LIVEKIT_URL"]
    assert livekit_env["LIVEKIT_URL"].startswith("ws://127.0.0.1:")
    with lkapi.SyncLiveKitAPI() as api:
        api.room.create_room(name="demo")
    assert "demo" in livekit_server.world.rooms
    assert [seen.method for seen in livekit_server.faults.seen] == ["RoomService/CreateRoom"]


def test_environment_of_a_token(livekit_env, livekit_server):
    """Tokens of the application are admitted."""
    token = lkapi.AccessToken(identity="ann", grants=lkapi.VideoGrants(room_join=True, room="demo"))
    assert livekit_server.join_with(token.to_jwt()).identity == "ann"


URLS: list[str] = []


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_the_port_stays(livekit_env, livekit_server, turn):
    """One port for all tests, so that an application made at import finds each test's server."""
    URLS.append(livekit_server.url)
    assert len(set(URLS)) == 1
    with lkapi.SyncLiveKitAPI() as api:
        assert not api.room.list_rooms().rooms
        api.room.create_room(name="left-behind")


def test_a_port_without_a_test():
    """An application that calls after its test is told why nothing is there."""
    server = lkapi.testing.server()
    url = server.url
    server.close()
    request = urllib.request.Request(f"{url}/twirp/livekit.RoomService/ListRooms", data=b"{}")
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request):
        pass
    assert caught.value.code == 412
    told = json.loads(caught.value.read())
    caught.value.close()
    assert told["code"] == "failed_precondition"
    assert "livekit_server" in told["msg"]


def test_servers_side_by_side():
    """Each has a port of its own, which it gives back."""
    with lkapi.testing.server() as one, lkapi.testing.server() as other:
        assert one.url != other.url
        one.sync_client().room.create_room(name="demo")
        with lkapi.SyncLiveKitAPI(other.url, other.key, other.secret) as api:
            assert not api.room.list_rooms().rooms
        urls = {one.url, other.url}
    with lkapi.testing.server() as third:
        assert third.url in urls


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_opens_a_port_of_its_own():
    """The thread behind its parent's port is not there."""
    port = borrow_port()
    return_port(port)
    child = os.fork()
    if child == 0:
        fresh = borrow_port()
        os._exit(0 if fresh.url != port.url and not port.usable else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_environment_of_a_server(monkeypatch):
    """Set while it is open, and what was there before comes back."""
    monkeypatch.setenv("LIVEKIT_URL", "ws://before")
    monkeypatch.setenv("LIVEKIT_TOKEN", "before")
    monkeypatch.delenv("LIVEKIT_API_KEY", raising=False)
    with lkapi.testing.server(environ=True) as server:
        assert os.environ["LIVEKIT_API_KEY"] == server.key
        assert "LIVEKIT_TOKEN" not in os.environ
        with lkapi.SyncLiveKitAPI() as api:
            api.room.list_rooms()
    assert os.environ["LIVEKIT_URL"] == "ws://before"
    assert os.environ["LIVEKIT_TOKEN"] == "before"
    assert "LIVEKIT_API_KEY" not in os.environ
    server.close()


def test_settings_that_are_none():
    """Named, with what was probably meant."""
    with pytest.raises(lkapi.SettingsError, match=r"no setting 'egres_worker'.*'egress_worker'"):
        lkapi.testing.server(egres_worker=True)
    with pytest.raises(lkapi.SettingsError, match="'cloud' or 'self-hosted', not 'selfhosted'"):
        lkapi.testing.server("selfhosted")


def test_keys():
    """Those of a configuration stay; the first one is that of the clients."""
    config = lkapi.devserver.WorldConfig(keys={"APIone": "one" * 12, "APItwo": "two" * 12})
    with lkapi.testing.server(config=config) as server:
        assert (server.key, server.secret) == ("APIone", "one" * 12)
        assert set(server.world.config.keys) == {"APIone", "APItwo"}
    with lkapi.testing.server(config=config, key="APItwo") as server:
        assert (server.key, server.secret) == ("APItwo", "two" * 12)
    with lkapi.testing.server(secret="x" * 32) as server:
        assert (server.key, server.secret) == ("devkey", "x" * 32)


@pytest.mark.parametrize("given", [{"secret": ""}, {"key": ""}, {"key": "APIone", "secret": ""}])
def test_empty_credentials_are_not_missing_ones(given):
    """They are refused, rather than replaced by those that everybody knows."""
    with pytest.raises(lkapi.SettingsError, match="is empty"):
        lkapi.testing.server(**given)


def test_waits_between_attempts_can_be_had():
    """They are skipped while a server is open, in whatever order servers are closed."""
    from lkapi.rpc.retry import RetryPolicy

    policy = RetryPolicy(jitter=0)
    with lkapi.testing.server(retry_waits=True):
        assert policy.wait(1) == pytest.approx(0.2)
    first, second = lkapi.testing.server(), lkapi.testing.server()
    first.close()
    assert policy.wait(1) == 0
    second.close()
    assert policy.wait(1) == pytest.approx(0.2)


def test_no_secret_in_a_repr():
    """Neither of the server nor of what it captured."""
    with lkapi.testing.server(secret="do-not-show-this-secret-to-anybody") as server:
        server.join("ann", "demo")
        server.webhooks.flush()
        shown = f"{server!r} {server.webhooks!r} {server.webhooks.deliveries!r}"
    assert "do-not-show" not in shown
    assert "eyJ" not in shown


def test_threads_may_use_one_server(livekit_server):
    """As an application with workers does."""
    api = livekit_server.sync_client()
    threads = [
        threading.Thread(target=api.room.create_room, kwargs={"name": f"room-{number}"})
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(livekit_server.world.rooms) == 8
    assert isinstance(livekit_server, LiveKitServer)
