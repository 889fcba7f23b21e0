"""Putting a seed into a world: each object is created as by an API call, including checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.devserver.handlers import find_handler
from lkapi.devserver.handlers.call import Call
from lkapi.devserver.seeds.people import seat, text_of
from lkapi.devserver.seeds.reading import SeedValue
from lkapi.devserver.telephony.callees import Callee
from lkapi.devserver.telephony.phone_call import CallNotTakenError
from lkapi.errors import APIError, SettingsError
from lkapi.methods.agent_dispatch import CREATE_DISPATCH
from lkapi.methods.egress import (
    START_EGRESS,
    START_PARTICIPANT_EGRESS,
    START_ROOM_COMPOSITE_EGRESS,
    START_TRACK_COMPOSITE_EGRESS,
    START_TRACK_EGRESS,
    START_WEB_EGRESS,
)
from lkapi.methods.info import MethodInfo, Req, Res
from lkapi.methods.ingress import CREATE_INGRESS
from lkapi.methods.phone_number import PURCHASE_PHONE_NUMBER
from lkapi.methods.room import CREATE_ROOM
from lkapi.methods.sip import (
    CREATE_SIP_DISPATCH_RULE,
    CREATE_SIP_INBOUND_TRUNK,
    CREATE_SIP_OUTBOUND_TRUNK,
)
from lkapi.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from lkapi.devserver.world import World
    from lkapi.message import Message

__all__ = ["SECTIONS", "plant"]

_EGRESS: Final = dict[str, MethodInfo[Any, Any]](
    room_composite=START_ROOM_COMPOSITE_EGRESS,
    web=START_WEB_EGRESS,
    participant=START_PARTICIPANT_EGRESS,
    track_composite=START_TRACK_COMPOSITE_EGRESS,
    track=START_TRACK_EGRESS,
    egress=START_EGRESS,
)
"""The kinds of egress, named as the fields of ``EgressInfo`` that show the request."""


def plant(world: World, seed: Any, *, where: str = "seed") -> dict[str, int]:
    """Create everything in a seed in a world.

    Args:
        world: the world to add to.
        seed: an object, as described in docs/development-server.md.
        where: its name in errors, the name of its file for example.

    Returns:
        How many objects of each kind were created.

    Raises:
        SettingsError: naming the place of what is wrong; the world is then unchanged.
    """
    with world.lock:
        before = world.snapshot()
        try:
            return _Planter(world).plant(SeedValue(seed, where))
        except SettingsError:
            world.restore(before)
            raise


SECTIONS: Final = (
    *("callees", "rooms", "dispatches", "inbound_trunks", "outbound_trunks", "dispatch_rules"),
    *("numbers", "egress", "ingress", "calls"),
)
"""The names of a seed, in the order in which they are created: each may refer to earlier ones."""


class _Planter:
    """Plants one seed: trunks and rules are remembered by name, for references to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._trunk_ids: dict[str, str] = {}
        self._rule_ids: dict[str, str] = {}
        ways: tuple[Callable[[SeedValue], object], ...] = (
            *(self._plant_callee, self._plant_room),
            lambda item: self._call(item, CREATE_DISPATCH),
            *(self._plant_inbound, self._plant_outbound, self._plant_rule, self._plant_number),
            self._plant_egress,
            lambda item: self._call(item, CREATE_INGRESS),
            self._plant_call,
        )
        self._kinds = dict(zip(SECTIONS, ways, strict=True))

    def plant(self, seed: SeedValue) -> dict[str, int]:
        sections = {} if seed.missing else seed.expect_names(self._kinds)
        counts: dict[str, int] = {}
        for name, plant_one in self._kinds.items():
            items = sections[name].items() if name in sections else []
            for item in items:
                plant_one(item)
            if items:
                counts[name] = len(items)
        return counts

    def _call(self, item: SeedValue, row: MethodInfo[Req, Res], **more: Any) -> Res:
        """Create an object with the handler of its method."""
        return self._run(item, row, item.message_of(row.request, **more))

    def _run(self, item: SeedValue, row: MethodInfo[Any, Res], request: Message) -> Res:
        handler = find_handler(row.path)
        assert handler is not None
        call = Call(world=self._world, clock=self._world.clock)
        try:
            made: Res = handler.run(call, request)
        except APIError as error:
            raise item.error(text_of(error)) from None
        return made

    def _plant_room(self, item: SeedValue) -> None:
        people = item.find("participants")
        room = self._call(item.without("participants"), CREATE_ROOM)
        if not room.name:
            raise item.error("'name' is missing")
        for person in people.items() if people is not None else []:
            seat(self._world, room.name, SeedValue(person.value, person.where))

    def _plant_inbound(self, item: SeedValue) -> None:
        trunk = item.message_of(SIPInboundTrunkInfo)
        wanted, trunk.sip_trunk_id = trunk.sip_trunk_id, ""
        request = CREATE_SIP_INBOUND_TRUNK.request(trunk=trunk)
        made = self._run(item, CREATE_SIP_INBOUND_TRUNK, request)
        self._keep_trunk(item, self._world.trunks.inbound, made, wanted)

    def _plant_outbound(self, item: SeedValue) -> None:
        trunk = item.message_of(SIPOutboundTrunkInfo)
        wanted, trunk.sip_trunk_id = trunk.sip_trunk_id, ""
        request = CREATE_SIP_OUTBOUND_TRUNK.request(trunk=trunk)
        made = self._run(item, CREATE_SIP_OUTBOUND_TRUNK, request)
        self._keep_trunk(item, self._world.trunks.outbound, made, wanted)

    def _keep_trunk(self, item: SeedValue, store: dict[str, Any], made: Any, wanted: str) -> None:
        """Store a trunk, under its id in the seed if there is one."""
        trunks = self._world.trunks
        if wanted and (wanted in trunks.inbound or wanted in trunks.outbound):
            raise item.error(f"another trunk has the id {wanted!r}")
        if wanted:
            store[wanted] = store.pop(made.sip_trunk_id).copy(sip_trunk_id=wanted)
        if made.name:
            self._trunk_ids.setdefault(made.name, wanted or made.sip_trunk_id)

    def _plant_rule(self, item: SeedValue) -> None:
        rule = item.message_of(SIPDispatchRuleInfo)
        wanted, rule.sip_dispatch_rule_id = rule.sip_dispatch_rule_id, ""
        rule.trunk_ids = [self._trunk_ids.get(each, each) for each in rule.trunk_ids]
        request = CREATE_SIP_DISPATCH_RULE.request(dispatch_rule=rule)
        made = self._run(item, CREATE_SIP_DISPATCH_RULE, request)
        rules = self._world.rules.by_id
        if wanted and wanted in rules:
            raise item.error(f"another dispatch rule has the id {wanted!r}")
        if wanted:
            stored = rules.pop(made.sip_dispatch_rule_id)
            rules[wanted] = stored.copy(sip_dispatch_rule_id=wanted)
        if made.name:
            self._rule_ids.setdefault(made.name, wanted or made.sip_dispatch_rule_id)

    def _plant_number(self, item: SeedValue) -> None:
        if isinstance(item.value, str):
            item = SeedValue({"number": item.value}, item.where)
        item.expect_names(("number", "dispatch_rule", "name"))
        rule = item.text_at("dispatch_rule")
        request = PURCHASE_PHONE_NUMBER.request(phone_numbers=[item.at("number").text()])
        if rule:
            request.sip_dispatch_rule_id = self._rule_ids.get(rule, rule)
        bought = self._run(item, PURCHASE_PHONE_NUMBER, request).phone_numbers[0]
        if item.text_at("name"):
            self._world.numbers.by_id[bought.id].name = item.text_at("name")

    def _plant_egress(self, item: SeedValue) -> None:
        kinds = item.expect_names(_EGRESS)
        if len(kinds) != 1:
            raise item.error(f"must have one of the names {', '.join(_EGRESS)}")
        for kind, request in kinds.items():
            self._call(request, _EGRESS[kind])

    def _plant_callee(self, item: SeedValue) -> None:
        members = item.expect_names(("number", "status", "reason", "rings", "broken"))
        status, rings = members.get("status"), members.get("rings")
        callee = Callee(
            status=200 if status is None else status.integer(),
            reason=item.text_at("reason"),
            rings=0.0 if rings is None else rings.time(),
            broken=item.text_at("broken"),
        )
        self._world.callees.set(item.at("number").text(), callee)

    def _plant_call(self, item: SeedValue) -> None:
        item.expect_names(("from", "to", "pin"))
        caller, called = item.at("from").text(), item.at("to").text()
        try:
            self._world.calls.take(caller, called, pin=item.text_at("pin"))
        except CallNotTakenError as error:
            raise item.error(str(error)) from None
        except APIError as error:
            raise item.error(text_of(error)) from None
