"""Recorded exchanges of RoomService, tokens and plain HTTP, replayed on the embedded server."""

from __future__ import annotations

import base64
import functools
import hashlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from lkapi.devserver import JoinRefused, RpcError, RpcInvocation, SimulatedParticipant
from lkapi.protocol.models import ClientInfo, DataPacket, DisconnectReason
from lkapi.protocol.room import CreateRoomRequest
from tests.devserver.recorded import SERVER_A, SERVER_B, Replay, load
from tests.devserver.tokens import mint_for

GROUPS = ("auth", "twirp", "http", "room", "participants", "join")
_LAG = "the recorded server's store lagged one update behind; participants-unmute shows version 4"
LISTED = {
    "participants: list participants [pb]": _LAG,
    "participants: list participants [json]": _LAG,
    "participants: list participants a little later [json]": _LAG,
    "participants: get ann [json]": _LAG,
    "join: validate: roomConfig, wrong type": (
        "refused alike, but the text after 'proto:' is protobuf-go's, with its line and column"
    ),
}
"""Exchanges that the embedded server answers otherwise, and why."""


@attrs.frozen
class Outcome:
    """What came of one exchange; no differences means that it passed."""

    name: str
    differences: list[str]


@functools.cache
def replay(group: str) -> list[Outcome]:
    return list(STEPS[group](group, load(group)))


def outcome(group: str, exchange: dict[str, Any], play: Callable[[], list[str]]) -> Outcome:
    return Outcome(f"{group}: {exchange['name']}", play())


def replay_alone(group: str, exchanges: list[dict[str, Any]]) -> Iterator[Outcome]:
    """One server for the group; what exchanges left out of the recording did is done by hand."""
    server = Replay.start(SERVER_A, exchanges[0]["at"])
    for exchange in exchanges:
        open_and_close_rooms(server, exchange)
        yield outcome(group, exchange, functools.partial(server.play, exchange))


def open_and_close_rooms(server: Replay, exchange: dict[str, Any]) -> None:
    """Before a list of all rooms: open and close what exchanges in the gaps of ``order`` did."""
    answer = exchange.get("response_json")
    if exchange.get("method") != "RoomService/ListRooms" or exchange["status"] != 200:
        return
    assert isinstance(answer, dict)
    rooms = answer.get("rooms", [])
    for name in server.world.rooms.keys() - {room.get("name", "") for room in rooms}:
        server.world.close_room(name)
    for room in rooms:
        names = ("empty_timeout", "departure_timeout", "max_participants", "metadata")
        fields = {name: room[name] for name in names if room.get(name)}
        server.world.create_room(CreateRoomRequest(name=room.get("name", ""), **fields))


def replay_scenarios(group: str, exchanges: list[dict[str, Any]]) -> Iterator[Outcome]:
    """A new server for each scenario, the exchanges in their order."""
    scenarios: dict[str, list[dict[str, Any]]] = {}
    for exchange in exchanges:
        scenarios.setdefault(exchange["scenario"], []).append(exchange)
    for name, steps in scenarios.items():
        server = Replay.start(
            SERVER_B if name == "participants-unmute" else SERVER_A, steps[0]["at"]
        )
        people = People(server)
        for exchange in steps:
            yield outcome(group, exchange, functools.partial(people.play, exchange))


class People:
    """Ann, who publishes and answers calls, and bob, who listens: as in the recording."""

    def __init__(self, server: Replay) -> None:
        self.server = server
        self.here: dict[str, SimulatedParticipant] = {}
        self.runs: list[float] = []
        self.names: set[str] = set()

    def play(self, exchange: dict[str, Any]) -> list[str]:
        if exchange.get("http_method", "").startswith("GET (websocket)"):
            return self._rejoin(exchange)
        self._fill_gap(exchange)
        for who in self.here.values():
            who.received.clear()
        self.runs.clear()
        self.server.move_clock(exchange.get("at"))
        started = self.server.clock.now()
        differences = self.server.play(exchange) + self._compare_seen(exchange, started)
        if exchange["name"].startswith("create the room"):
            self._join(exchange["request_json"]["name"])
        return differences

    def _fill_gap(self, exchange: dict[str, Any]) -> None:
        """Do what was done between exchanges, or by one that the recording leaves out."""
        name = exchange["name"]
        self.names.add(name.partition(" [")[0])
        if "after unpublishing" in name:
            self.here["ann"].unpublish(self.here["ann"].tracks[0].sid)
        if "same nonce again" in name and "send data with nonce, first" not in self.names:
            self.server.play(exchange)

    def _join(self, room: str) -> None:
        now = int(self.server.clock.now())
        base = {"iss": "devkey", "nbf": now - 5, "exp": now + 600}
        grants = {"roomJoin": True, "room": room}
        ann = {"sub": "ann", "name": "Ann", "metadata": "am", "attributes": {"a": "1", "b": "2"}}
        ann["video"] = {**grants, "canUpdateOwnMetadata": True}
        bob = {"sub": "bob", "video": {**grants, "canPublish": False, "canPublishData": False}}
        for claims in (ann, bob):
            person = self.server.world.join(
                mint_for({**base, **claims}),
                client_protocol=2,
                capabilities=(
                    ClientInfo.Capability.CAP_PACKET_TRAILER,
                    ClientInfo.Capability.CAP_COMPRESSION_DEFLATE_RAW,
                ),
            )
            self.here[person.identity] = person
        self.here["ann"].publish("mic", mid="7")
        self._register(self.here["ann"])

    def _register(self, ann: SimulatedParticipant) -> None:
        def echo(run: RpcInvocation) -> str:
            self.runs.append(run.called_at)
            return f"{run.caller_identity}|{run.payload}|{run.response_timeout}"

        def boom(run: RpcInvocation) -> str:
            raise ValueError("a fault of the handler")

        def typed(run: RpcInvocation) -> str:
            raise RpcError(4321, "typed error", "extra data")

        def slow(run: RpcInvocation) -> str:
            self.runs.append(run.called_at)
            return "late"

        ann.register_rpc("echo", echo)
        ann.register_rpc("boom", boom)
        ann.register_rpc("typed", typed)
        ann.register_rpc("slow", slow, takes=6.0)
        ann.register_rpc("long", lambda run: "x" * 20_000)

    def _rejoin(self, exchange: dict[str, Any]) -> list[str]:
        now = int(self.server.clock.now())
        claims = {**exchange["grants"], "nbf": now - 5, "exp": now + 600}
        joined = self.server.world.join(mint_for(claims), active=False)
        return [] if joined.connected else ["not connected"]

    def _compare_seen(self, exchange: dict[str, Any], started: float) -> list[str]:
        """What the participants saw: packets, disconnections, metadata, runs of their methods."""
        pairs: list[tuple[Any, Any]] = []
        if "received" in exchange:
            theirs = {
                (p["by"], p["size"], p["topic"], p["kind"], digest_of(p))
                for p in exchange["received"]
            }
            pairs.append((theirs, self._received()))
        if "client_saw" in exchange:
            ours = [
                f"{name}: {DisconnectReason.Name(who.disconnect_reason)}"
                for name, who in self.here.items()
                if who.disconnect_reason is not None
            ]
            pairs.append((sorted(exchange["client_saw"]), sorted(ours)))
        if "seen_by_ann" in exchange:
            pairs.append((exchange["seen_by_ann"], self.here["ann"].room_metadata))
        if "handler_called_after_ms" in exchange:
            theirs = [round(ms / 100) / 10 for ms in exchange["handler_called_after_ms"]]
            pairs.append((theirs, [round(at - started, 1) for at in self.runs]))
        return [f"seen: {theirs!r} != {ours!r}" for theirs, ours in pairs if theirs != ours]

    def _received(self) -> set[tuple[str, int, str, str, str]]:
        return {
            (
                name,
                len(p.payload),
                p.topic,
                DataPacket.Kind.Name(p.kind),
                hashlib.sha256(p.payload).hexdigest(),
            )
            for name, who in self.here.items()
            for p in who.received
        }


def digest_of(packet: dict[str, Any]) -> str:
    return packet.get("sha256") or hashlib.sha256(base64.b64decode(packet["data_b64"])).hexdigest()


def replay_joins(group: str, exchanges: list[dict[str, Any]]) -> Iterator[Outcome]:
    """Sockets through ``world.join``; a socket is closed when the next one opens."""
    servers = {
        False: Replay.start(SERVER_A, exchanges[0]["at"]),
        True: Replay.start(SERVER_B, exchanges[0]["at"]),
    }
    open_now: list[SimulatedParticipant] = []
    for exchange in exchanges:
        server = servers["server B" in exchange.get("note", "")]
        open_socket_left_out(server, exchange, open_now)
        if exchange.get("http_method") != "GET (websocket)":
            yield outcome(group, exchange, functools.partial(server.play, exchange))
            continue
        if exchange["name"] != "socket: room full: second":
            while open_now:
                open_now.pop().leave(DisconnectReason.SIGNAL_CLOSE)
        play = functools.partial(play_socket, server, exchange, open_now)
        yield outcome(group, exchange, play)


LEFT_OUT: dict[str, dict[str, Any]] = {
    "socket: canPublish false, canSubscribe false, canPublishData false": {
        "video": {
            "roomJoin": True,
            "room": "vec-j3",
            "canPublish": False,
            "canSubscribe": False,
            "canPublishData": False,
        },
    },
    "socket: roomConfig with a name inside": {
        "video": {"roomJoin": True, "room": "vec-j9"},
        "roomConfig": {"name": "elsewhere", "emptyTimeout": 35},
    },
    "socket: roomPreset known": {
        "video": {"roomJoin": True, "room": "vec-j10"},
        "roomPreset": "vecpreset",
    },
}
"""Sockets that the recording leaves out while it has what was seen after them."""


def open_socket_left_out(
    server: Replay, exchange: dict[str, Any], open_now: list[SimulatedParticipant]
) -> None:
    claims = LEFT_OUT.get(exchange["name"].rpartition(": ")[0])
    if claims is None or server.world.find_participant(claims["video"]["room"], "me"):
        return
    server.move_clock(exchange["at"])
    base = {"iss": "devkey", "sub": "me", "exp": int(exchange["at"]) + 600}
    open_now.append(server.world.join(mint_for({**base, **claims}), active=False))


def play_socket(
    server: Replay, exchange: dict[str, Any], open_now: list[SimulatedParticipant]
) -> list[str]:
    server.move_clock(exchange["at"])
    publish = "cam" if "publish=cam" in exchange["path"] else ""
    try:
        joined = server.world.join(mint_for(exchange["grants"]), active=False, publish=publish)
    except JoinRefused as refused:
        pairs = [
            (exchange["status"], refused.status),
            (exchange.get("response_text"), refused.text),
        ]
        return [f"{theirs!r} != {ours!r}" for theirs, ours in pairs if theirs != ours]
    open_now.append(joined)
    ours = joined.response.to_dict(proto_names=True)
    for left_out in ("server_info", "ice_servers", "sif_trailer"):
        ours.pop(left_out, None)
    return server.compare(exchange["response_json"], ours)


STEPS: dict[str, Callable[[str, list[dict[str, Any]]], Iterator[Outcome]]] = {
    "auth": replay_alone,
    "twirp": replay_alone,
    "http": replay_alone,
    "room": replay_scenarios,
    "participants": replay_scenarios,
    "join": replay_joins,
}


@pytest.mark.parametrize("group", GROUPS)
def test_answers_are_the_recorded_ones(group: str) -> None:
    """Status, headers, body, waits and what participants saw are as recorded."""
    outcomes = [o for o in replay(group) if o.differences and o.name not in LISTED]
    assert not outcomes, "\n".join(f"{o.name}: {d}" for o in outcomes for d in o.differences)


@pytest.mark.parametrize("name", LISTED)
def test_listed_differences_still_differ(name: str) -> None:
    """The list of differences holds nothing that is the same by now."""
    found = {o.name: o for o in replay(name.partition(":")[0])}
    assert name in found, "no exchange of this name"
    assert found[name].differences, "no longer differs: take it off the list"


def test_counts(record_property, capsys) -> None:
    """Nothing is left out unseen: the counts are printed, and every exchange is in one of them."""
    outcomes = [o for group in GROUPS for o in replay(group)]
    listed = sum(o.name in LISTED for o in outcomes)
    text = f"{len(outcomes)} exchanges replayed, {len(outcomes) - listed} as recorded, "
    text += f"{listed} listed"
    record_property("server_vectors", text)
    with capsys.disabled():
        sys.stdout.write(f"\nserver vectors: {text}\n")
    assert len(outcomes) == sum(len(load(group)) for group in GROUPS)
    assert len(outcomes) > 600
