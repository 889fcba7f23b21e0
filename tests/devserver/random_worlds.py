"""Worlds driven through random calls and happenings, the same ones again for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from lkapi.devserver import CallNotTakenError, SimulatedParticipant
from lkapi.errors import LiveKitError
from tests.devserver.furnished import REQUESTS, furnish, request_for
from tests.devserver.service_calls import ServiceServer

__all__ = ["QUESTIONS", "Driver", "answers"]

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("RoomService/ListRooms", {}),
    ("Egress/ListEgress", {}),
    ("Ingress/ListIngress", {}),
    ("SIP/ListSIPInboundTrunk", {}),
    ("SIP/ListSIPOutboundTrunk", {}),
    ("SIP/ListSIPTrunk", {}),
    ("SIP/ListSIPDispatchRule", {}),
    ("PhoneNumberService/ListPhoneNumbers", {"limit": 100}),
    (
        "PhoneNumberService/ListPhoneNumbers",
        {"limit": 100, "statuses": ["PHONE_NUMBER_STATUS_RELEASED"]},
    ),
]
OUTSIDE = ["+12125550100", "+12125550101"]


def answers(server: ServiceServer) -> list[Any]:
    """Everything that a world answers when it is asked for all that it has."""
    found: list[Any] = [server.ask(method, body) for method, body in QUESTIONS]
    for name, room in sorted(server.world.rooms.items()):
        found += [
            server.ask("RoomService/ListParticipants", {"room": name}),
            server.ask("AgentDispatchService/ListDispatch", {"room": name}),
        ]
        found += [
            (who.room_metadata, who.received, sorted(who.unsubscribed))
            for who in room.participants.values()
        ]
    found += [
        (call.call_id, call.status, call.active, call.transferred_to, call.answered_at)
        for call in server.world.calls.all()
    ]
    now = server.clock.now()
    found += [(s.summary(), s.details(now)) for s in server.world.sessions.all()]
    return found


class Driver:
    """Does random things to a world."""

    def __init__(self, server: ServiceServer, seed: int) -> None:
        self.server = server
        self.random = random.Random(seed)
        self.ids: dict[str, str] = {}

    def furnish(self) -> None:
        """Put something of everything into the world."""
        self.ids = furnish(self.server)

    def drive(self, steps: int) -> list[Any]:
        """Do so many things; what came of each."""
        return [self._step() for _ in range(steps)]

    def _step(self) -> Any:
        happenings: list[Callable[[], Any]] = [
            *[self._call] * 6,
            *(self._join, self._leave, self._publish, self._pass_time),
            *(self._ring, self._hang_up, self._ingress, self._egress, self._callee),
        ]
        try:
            return self.random.choice(happenings)()
        except (LiveKitError, CallNotTakenError, ValueError) as error:
            return type(error).__name__, str(error)

    def _call(self) -> Any:
        method = self.random.choice(sorted(REQUESTS))
        return method, self.server.ask(method, request_for(method, self.ids))

    def _pass_time(self) -> None:
        self.server.clock.advance(self.random.choice([0.3, 0.8, 3.0, 40.0, 400.0]))

    def _join(self) -> str:
        room, who = self.random.choice(["demo", "other", "third"]), self.random.choice("abc")
        active = self.random.random() < 0.8
        return self.server.join(who, room, active=active, attributes={"x": who}).sid

    def _participants(self) -> list[SimulatedParticipant]:
        rooms = self.server.world.rooms
        return [who for name in sorted(rooms) for who in rooms[name].participants.values()]

    def _leave(self) -> None:
        here = self._participants()
        if here:
            self.random.choice(here).leave()

    def _publish(self) -> Any:
        here = self._participants()
        return self.random.choice(here).publish("t").sid if here else None

    def _ring(self) -> str:
        called = self.random.choice(["+14155550111", "+14155550107"])
        return self.server.world.calls.take(self.random.choice(OUTSIDE), called).call_id

    def _hang_up(self) -> None:
        calls = self.server.world.calls.all()
        if calls:
            self.server.world.calls.hang_up(self.random.choice(calls).call_id)

    def _ingress(self) -> None:
        for info in self.server.world.ingresses.all()[:2]:
            if self.random.random() < 0.5:
                self.server.world.ingresses.start(info.ingress_id)
            else:
                self.server.world.ingresses.end(info.ingress_id)

    def _egress(self) -> None:
        for info in self.server.world.egresses.all()[-2:]:
            act = self.random.choice(["activate", "complete", "fail"])
            more = ["disk full"] if act == "fail" else []
            getattr(self.server.world.egresses, act)(info.egress_id, *more)

    def _callee(self) -> None:
        number = "+14155550100"
        callees = self.server.world.callees
        self.random.choice([callees.busy, callees.no_answer, callees.answers])(number)
