"""Recorded exchanges, and how to tell whether an answer is the recorded one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Any

import attrs

from lkapi.devserver import Ids, VirtualClock, World, WorldConfig
from lkapi.devserver.server.dev_server import DevServer
from lkapi.devserver.server.exchange import Exchange
from lkapi.methods import find_method
from lkapi.protocol.room import RoomConfiguration
from lkapi.transports.base import Request
from tests.devserver.tokens import KEYS, mint_for, recorded_header

FOLDER = Path(__file__).parent.parent / "vectors" / "server"
PRESET = RoomConfiguration(empty_timeout=77, max_participants=7, metadata="from preset")
SERVER_A = WorldConfig(
    profile="self-hosted",
    keys=KEYS,
    presets={"vecpreset": PRESET},
    rtmp_base_url="rtmp://127.0.0.1:1935/x",
    whip_base_url="http://127.0.0.1:8085/w",
    count_delay=5.0,
)
SERVER_B = attrs.evolve(
    SERVER_A, presets={}, redis=False, enable_remote_unmute=True, auto_create=False
)
SECONDS = {"creation_time": 1, "joined_at": 1}
FRACTIONS = {"creation_time_ms": 1e3, "joined_at_ms": 1e3, "unix_micro": 1e6, "created_at": 1e9}
NEAR = 3.0
"""Seconds by which a time may differ: the recording gives the second of the call."""
NEWER = {
    "thread_id": "",
    "trigger": "ADT_UNSPECIFIED",
    "ringing_timeout_status": "SIP_STATUS_UNKNOWN",
    "drop_audio_during_dtmf": False,
    "destinations": [],
}
"""Fields of the schema that the recorded server did not know yet, and their defaults."""
EXACTLY, ROUGHLY, LONG = 0.05, 2.0, 20.0
"""Seconds by which a wait may differ; the search for an egress worker took 20.9 to 22.5 s."""
NAMED = re.compile(r"(RM|PA|TR|AD|ND|EV)_\w+")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LISTS = {"rooms": "name", "participants": "identity", "agent_dispatches": "id"}


def load(group: str) -> list[dict[str, Any]]:
    value = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))
    return sorted(value["exchanges"], key=lambda exchange: exchange["order"])


def body_of(exchange: dict[str, Any], part: str) -> bytes:
    """The exact bytes of ``request`` or ``response``."""
    if f"{part}_zlib_b64" in exchange:
        content = zlib.decompress(base64.b64decode(exchange[f"{part}_zlib_b64"]))
        known = exchange.get(f"{part}_sha256")
        assert known is None or hashlib.sha256(content).hexdigest() == known
        return content
    return base64.b64decode(exchange.get(f"{part}_b64", ""))


def path_of(exchange: dict[str, Any]) -> str:
    path = exchange.get("path") or f"/twirp/livekit.{exchange['method']}"
    return path.replace("<token>", mint_for(exchange["grants"]) if exchange.get("grants") else "")


def request_of(exchange: dict[str, Any], known: dict[str, str]) -> Request:
    """The recorded request, with our ids in place of the recorded ones."""
    headers = dict(exchange.get("request_headers", {}))
    answer = exchange.get("response_text", "")
    in_query = "<token>" in exchange.get("path", "") and "authorization" not in exchange
    words = "none" if in_query else exchange.get("authorization", "")
    authorization = recorded_header(words, exchange.get("grants"), answer)
    if authorization is not None:
        headers["Authorization"] = authorization
    encoding = exchange.get("encoding")
    if "request_content_type" in exchange:
        headers["Content-Type"] = exchange["request_content_type"]
    elif encoding:
        headers["Content-Type"] = f"application/{encoding}"
    content = body_of(exchange, "request")
    for recorded, ours in known.items():
        assert len(recorded) == len(ours)
        content = content.replace(recorded.encode(), ours.encode())
    method = exchange.get("http_method", "POST")
    return Request(method, "http://127.0.0.1:7880" + path_of(exchange), headers, content)


@attrs.define
class Replay:
    """One server, replaying; what it has learned of ids, and what differed."""

    server: DevServer
    clock: VirtualClock
    known: dict[str, str] = attrs.field(factory=dict)
    """Our id for each recorded one."""

    @classmethod
    def start(cls, config: WorldConfig, at: float) -> Replay:
        clock = VirtualClock(at)
        return cls(DevServer(World(clock=clock, ids=Ids(7), config=config)), clock)

    @property
    def world(self) -> World:
        return self.server.world

    def move_clock(self, at: float | None) -> None:
        if at is not None and at > self.clock.now():
            self.clock.advance(at - self.clock.now())

    def play(self, exchange: dict[str, Any]) -> list[str]:
        """Send one request and answer the differences."""
        self.move_clock(exchange.get("at"))
        answer = self.server.exchange(request_of(exchange, self.known))
        return [*self._compare_frame(exchange, answer), *self._compare_body(exchange, answer)]

    def _compare_frame(self, exchange: dict[str, Any], answer: Exchange) -> list[str]:
        response = answer.response
        headers = dict(response.headers.items())
        content_type = headers.pop("content-type", None)
        length = headers.pop("content-length", None)
        recorded = {n.lower(): v for n, v in exchange["response_headers"].items()}
        pairs: list[tuple[str, Any, Any]] = [
            ("status", exchange["status"], response.status),
            ("content type", exchange.get("response_content_type"), content_type),
            ("headers", recorded, headers),
        ]
        if response.status != 200 and "content_length_header" in exchange:
            pairs.append(("content length", exchange["content_length_header"], length))
        found = [
            f"{what}: {theirs!r} != {ours!r}" for what, theirs, ours in pairs if theirs != ours
        ]
        elapsed = exchange.get("elapsed_ms", 0) / 1000
        wanted = elapsed if elapsed > 0.4 else 0.0
        if abs(wanted - answer.waited) > (ROUGHLY if wanted > LONG else EXACTLY):
            found.append(f"elapsed: {elapsed} s != {answer.waited} s")
        return found

    def _compare_body(self, exchange: dict[str, Any], answer: Exchange) -> list[str]:
        recorded, ours = body_of(exchange, "response"), answer.response.content
        row = find_method(path_of(exchange).partition("?")[0].replace("//", "/"))
        if exchange["status"] != 200 or row is None:
            return [] if recorded == ours else [f"body: {recorded!r} != {ours!r}"]
        if exchange["encoding"] == "json" and exchange["response_content_type"].endswith("json"):
            theirs, mine = json.loads(recorded), json.loads(ours)
        else:
            theirs = row.response.from_bytes(recorded).to_dict(proto_names=True)
            mine = row.response.from_bytes(ours).to_dict(proto_names=True)
        asked = exchange.get("request_json")
        keep_order = isinstance(asked, dict) and bool(asked.get("names"))
        return self.compare(theirs, mine, keep_order=keep_order)

    def compare(
        self, theirs: Any, mine: Any, *, where: str = "", keep_order: bool = False
    ) -> list[str]:
        """Compare values: ids by consistency, times by nearness, lists of things as sets."""
        name = where.rpartition(".")[2]
        if isinstance(theirs, dict) and isinstance(mine, dict):
            return self._compare_objects(theirs, mine, where, keep_order=keep_order)
        if isinstance(theirs, list) and isinstance(mine, list):
            if name in LISTS and not keep_order:
                theirs, mine = (_sorted(items, name) for items in (theirs, mine))
            if len(theirs) != len(mine):
                return [f"{where}: {len(theirs)} items != {len(mine)}"]
            pairs = zip(theirs, mine, strict=True)
            return [
                d
                for i, (t, m) in enumerate(pairs)
                for d in self.compare(t, m, where=f"{where}[{i}]")
            ]
        same = self._same_scalar(name, theirs, mine)
        return [] if same else [f"{where}: {str(theirs)[:200]!r} != {str(mine)[:200]!r}"]

    def _compare_objects(
        self, theirs: dict[str, Any], mine: dict[str, Any], where: str, *, keep_order: bool
    ) -> list[str]:
        found = [f"{where}: only recorded {n!r}" for n in theirs.keys() - mine.keys()]
        new = [n for n in mine.keys() - theirs.keys() if n not in NEWER or mine[n] != NEWER[n]]
        found += [f"{where}: only ours {n!r}" for n in new]
        for name in theirs.keys() & mine.keys():
            inside = f"{where}.{name}"
            found += self.compare(theirs[name], mine[name], where=inside, keep_order=keep_order)
        return found

    def _same_scalar(self, name: str, theirs: Any, mine: Any) -> bool:
        if name == "turn_password":
            return all(re.fullmatch(r"[0-9A-Za-z]{43,44}", text) for text in (theirs, mine))
        scale = FRACTIONS.get(name) or SECONDS.get(name)
        if scale and theirs not in ("0", 0):
            return abs(int(theirs) - int(mine)) / scale <= NEAR and len(theirs) == len(mine)
        if isinstance(theirs, str) and isinstance(mine, str):
            if NAMED.fullmatch(theirs):
                return self._same_id(theirs, mine)
            return UUID.sub("uuid", theirs) == UUID.sub("uuid", mine)
        return theirs == mine and type(theirs) is type(mine)

    def _same_id(self, theirs: str, mine: str) -> bool:
        """An id stands for one recorded id throughout, and has its form."""
        alike = theirs[:3] == mine[:3] and len(theirs) == len(mine)
        fresh = theirs not in self.known and mine not in self.known.values()
        if fresh and alike:
            self.known[theirs] = mine
        return alike and self.known.get(theirs) == mine


def _sorted(items: list[Any], name: str) -> list[Any]:
    if name == "agent_dispatches":
        return sorted(items, key=lambda item: int(item["state"]["created_at"]))
    return sorted(items, key=lambda item: item.get(LISTS[name], ""))
