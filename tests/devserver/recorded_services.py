"""Replay of the services that have workers: what the recording's stub worker decided is given here.

The stub invented some values; they are left out of the comparison by name. Outcomes of calls are
read from the recorded answer and given to the world's callees, since a callee decides them.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

import attrs

from lkapi.devserver import Ids, VirtualClock, World, WorldConfig
from lkapi.devserver.server.dev_server import DevServer
from lkapi.protocol.room import CreateRoomRequest
from tests.devserver.recorded import SERVER_A, SERVER_B, Replay, load
from tests.devserver.tokens import mint_for

CONFIGS = {
    "workers": attrs.evolve(SERVER_A, egress_worker=True, ingress_worker=True, sip_worker=True),
    "noredis": SERVER_B,
}
"""Configuration of each group that is not plain server A."""
INVENTED = {"source_type", "stream_results", "size"}
"""What the stub made up of an egress."""
INVENTED_STATE = {"room_id", "resource_id", "started_at", "ended_at", "tracks"}
"""What the stub made up of the state of an ingress."""
TIMES = {"started_at", "ended_at", "updated_at", "duration"}
"""Nanoseconds; the recording gives calls to the second."""
NEAR = 3e9
ID = re.compile(r"(EG|IN|ST|SDR|SCL|PA|RM|AD)_\w+")
KEYS = ("egress_id", "ingress_id", "sip_trunk_id", "sip_dispatch_rule_id", "sip_call_id")
SORTED = ("egress_id", "ingress_id")
"""Lists of these have no fixed order; SIP lists do."""


class RecordedIds(Ids):
    """Gives out the ids of the recording, since SIP lists are sorted by id."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.next: defaultdict[str, deque[str]] = defaultdict(deque)

    def make(self, prefix: str, length: int = 12) -> str:
        waiting = self.next[prefix]
        return waiting.popleft() if waiting else super().make(prefix, length)

    def expect(self, answer: dict[str, Any]) -> None:
        """Prepare the ids that an answer should hold."""
        self.next.clear()
        for name in KEYS:
            if name in answer:
                made = str(answer[name])
                self.next[made.partition("_")[0] + "_"].append(made)
        if "participant_id" in answer:
            self.next["PA_"].append(answer["participant_id"])
        if "stream_key" in answer:
            self.next[""].append(answer["stream_key"])


class ServiceReplay(Replay):
    """One server that replays, with a worker that does what the stub did."""

    @classmethod
    def start(cls, config: WorldConfig, at: float) -> ServiceReplay:
        clock = VirtualClock(at)
        replay = cls(DevServer(World(clock=clock, ids=RecordedIds(7), config=config)), clock)
        replay.world.egresses.recorder_joins = False
        replay.world.ingresses.starts_after = 1.2
        return replay

    def play(self, exchange: dict[str, Any]) -> list[str]:
        self.move_clock(exchange.get("at"))
        self._expect_ids(exchange)
        if exchange.get("stub_worker") and "SIPParticipant" in exchange["method"]:
            self._prepare_callee(exchange)
        return super().play(exchange)

    def _expect_ids(self, exchange: dict[str, Any]) -> None:
        ids, answer = self.world.ids, exchange.get("response_json")
        assert isinstance(ids, RecordedIds)
        makes = exchange["method"].partition("/")[2].startswith(("Create", "Start"))
        ids.expect(answer if makes and isinstance(answer, dict) else {})

    def _prepare_callee(self, exchange: dict[str, Any]) -> None:
        """The stub's decision, read from what the server said of it."""
        request, answer = exchange["request_json"], exchange["response_json"]
        target = request.get("sip_call_to") or request.get("transfer_to", "")
        meta, text = answer.get("meta", {}), answer.get("msg", "")
        callees = self.world.callees
        if meta:
            callees.fails(target, int(meta["sip_status_code"]), meta["sip_status"])
        elif text.endswith("stub internal error"):
            callees.breaks(target, "stub internal error")
        elif text.endswith("request timed out"):
            callees.no_answer(target)
        if "transfer_to" in request:
            self._let_in(request["room_name"], request["participant_identity"])

    def _let_in(self, room: str, identity: str) -> None:
        """The participant that was there, with a SIP call unless it is plain."""
        now = int(self.clock.now())
        claims = {"iss": "devkey", "sub": identity, "nbf": now, "exp": now + 600}
        call = {} if identity == "plain" else {"attributes": {"sip.callID": "SCL_replay"}}
        video = {"roomJoin": True, "room": room}
        if self.world.find_participant(room, identity) is None:
            self.world.join(mint_for({**claims, **call, "video": video}))

    def compare(
        self, theirs: Any, mine: Any, *, where: str = "", keep_order: bool = False
    ) -> list[str]:
        if where == ".items":
            ours = {ours: recorded for recorded, ours in self.known.items()}
            key = next((k for k in SORTED if theirs and k in theirs[0]), None)
            if key is not None:
                theirs = sorted(theirs, key=lambda item: item[key])
                mine = sorted(mine, key=lambda item: ours.get(item[key], item[key]))
        return super().compare(theirs, mine, where=where, keep_order=keep_order)

    def _compare_objects(
        self, theirs: dict[str, Any], mine: dict[str, Any], where: str, *, keep_order: bool
    ) -> list[str]:
        invented = set(INVENTED)
        if "resource_id" in theirs:
            invented |= INVENTED_STATE
        theirs = {name: value for name, value in theirs.items() if name not in invented}
        mine = {name: value for name, value in mine.items() if name not in invented}
        return super()._compare_objects(theirs, mine, where, keep_order=keep_order)

    def _same_scalar(self, name: str, theirs: Any, mine: Any) -> bool:
        if theirs is None or mine is None:
            return theirs is mine
        if name in TIMES and theirs != "0":
            return bool(mine) and abs(int(theirs) - int(mine)) <= NEAR
        if isinstance(theirs, str) and isinstance(mine, str) and ID.fullmatch(theirs):
            return self._same_id(theirs, mine)
        return super()._same_scalar(name, theirs, mine)


def play_group(group: str) -> Iterator[tuple[str, list[str]]]:
    """Each exchange of a group with its differences."""
    for server, steps in open_scenarios(group):
        for exchange in steps:
            yield f"{group}: {exchange['name']}", server.play(exchange)


def open_scenarios(group: str) -> Iterator[tuple[ServiceReplay, list[dict[str, Any]]]]:
    """A new server for each scenario, with the exchanges to play on it."""
    scenarios: dict[str, list[dict[str, Any]]] = {}
    for exchange in load(group):
        scenarios.setdefault(exchange.get("scenario", ""), []).append(exchange)
    config = CONFIGS.get(group, SERVER_A)
    for steps in scenarios.values():
        server = ServiceReplay.start(config, _opened_before(steps) or steps[0]["at"])
        if _opened_before(steps):
            server.world.create_room(CreateRoomRequest(name=_first_room(steps)["name"]))
        yield server, steps


def _first_room(steps: list[dict[str, Any]]) -> dict[str, Any]:
    rooms = [step["response_json"] for step in steps if step["method"] == "RoomService/CreateRoom"]
    return rooms[0] if rooms and isinstance(rooms[0], dict) else {}


def _opened_before(steps: list[dict[str, Any]]) -> float:
    """When the scenario's room was opened, if an earlier scenario left it open."""
    made = int(_first_room(steps).get("creation_time_ms", 0)) / 1000
    return made if 0 < made < steps[0]["at"] - 1 else 0.0
