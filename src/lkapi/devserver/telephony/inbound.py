"""Calls from outside: which trunk and which rule match, and how the caller joins the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from lkapi.devserver.rooms.service_participants import join_as_service
from lkapi.devserver.telephony.dispatch_rules import InboundCall, room_and_pin
from lkapi.devserver.telephony.phone_call import CALL_ID, STATUS, CallNotTakenError
from lkapi.devserver.telephony.trunks import number_matches
from lkapi.protocol.room import CreateRoomRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.rooms.participants import SimulatedParticipant
    from lkapi.devserver.rooms.room_manager import RoomManager
    from lkapi.devserver.runtime.runtime import Runtime
    from lkapi.devserver.telephony.dispatch_rules import DispatchRules
    from lkapi.devserver.telephony.numbers import Numbers
    from lkapi.devserver.telephony.trunks import Trunks
    from lkapi.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

__all__ = ["InboundRouting", "RoutedCall"]


@attrs.frozen(kw_only=True)
class RoutedCall:
    """A call from outside that was accepted."""

    call: InboundCall
    rule: SIPDispatchRuleInfo
    room: str


class InboundRouting:
    """Routes calls from outside by the trunks, numbers and rules of a world."""

    def __init__(
        self,
        runtime: Runtime,
        rooms: RoomManager,
        *,
        trunks: Trunks,
        rules: DispatchRules,
        numbers: Numbers,
    ) -> None:
        self._runtime = runtime
        self._rooms = rooms
        self._trunks = trunks
        self._rules = rules
        self._numbers = numbers

    def route(self, caller: str, called: str, pin: str) -> RoutedCall:
        """Find trunk and rule for a call, and open its room.

        Raises:
            CallNotTakenError: no trunk has the number, no rule matches, or the PIN is wrong.
        """
        trunk = self._match_trunk(caller, called)
        trunk_id = trunk.sip_trunk_id if trunk else ""
        call = InboundCall(caller=caller, called=called, trunk_id=trunk_id, pin=pin)
        rule = self._rule_for(call)
        room = self._rules.room_for(rule, call)
        self._open_room(room, rule)
        return RoutedCall(call=call, rule=rule, room=room)

    def join(
        self, routed: RoutedCall, call_id: str, more: Mapping[str, str]
    ) -> SimulatedParticipant:
        """The caller joins the room, with further attributes."""
        call, rule = routed.call, routed.rule
        attributes = {
            **rule.attributes,
            **more,
            CALL_ID: call_id,
            STATUS: "active",
            "sip.trunkID": call.trunk_id,
            "sip.ruleID": rule.sip_dispatch_rule_id,
        }
        shown = call.caller
        if rule.hide_phone_number:
            shown = call.caller[-4:]
        else:
            attributes["sip.phoneNumber"] = call.caller
            attributes["sip.trunkPhoneNumber"] = call.called
        return join_as_service(
            self._rooms,
            routed.room,
            f"sip_{shown}",
            kind="sip",
            name=f"Phone {shown}",
            metadata=rule.metadata,
            attributes=attributes,
        )

    def _rule_for(self, call: InboundCall) -> SIPDispatchRuleInfo:
        bound = self._rules.by_id.get(self._numbers.rule_for(call.called))
        if bound is not None and room_and_pin(bound)[1] not in ("", call.pin):
            raise CallNotTakenError(
                f"the SIP dispatch rule of {call.called} asks for a PIN: pass the "
                "rule's PIN as pin="
            )
        rule = bound or self._rules.match(call)
        if rule is None:
            raise CallNotTakenError(f"no SIP dispatch rule matches the call to {call.called}")
        return rule

    def _match_trunk(self, caller: str, called: str) -> SIPInboundTrunkInfo | None:
        """The trunk of a called number; a trunk without numbers matches what no other trunk has."""
        fitting = [
            trunk
            for trunk in self._trunks.sorted_inbound()
            if number_matches([called], trunk.numbers)
            and number_matches([caller], trunk.allowed_numbers)
        ]
        own = [trunk for trunk in fitting if trunk.numbers]
        trunks = own or fitting
        if not trunks and self._trunks.inbound and not self._numbers.rule_for(called):
            raise CallNotTakenError(f"no inbound SIP trunk accepts the call to {called}")
        return trunks[0] if trunks else None

    def _open_room(self, name: str, rule: SIPDispatchRuleInfo) -> None:
        config = rule.room_config
        request = CreateRoomRequest(name=name)
        if config is not None:
            request = CreateRoomRequest(
                name=name,
                empty_timeout=config.empty_timeout,
                departure_timeout=config.departure_timeout,
                max_participants=config.max_participants,
                metadata=config.metadata,
                agents=list(config.agents),
            )
        if rule.room_preset in self._runtime.config.presets:
            request.room_preset = rule.room_preset
        self._rooms.create(request)
