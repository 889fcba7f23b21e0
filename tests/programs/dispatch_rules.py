"""Dispatch rules of each kind: made, listed, replaced, changed."""

from __future__ import annotations

import asyncio

from livekit import api
from livekit.protocol import sip as proto_sip
from livekit.protocol.models import ListUpdate


async def main() -> None:
    """Talk to the server once per rule."""
    kinds = [
        api.SIPDispatchRule(
            dispatch_rule_individual=api.SIPDispatchRuleIndividual(room_prefix="call-")
        ),
        api.SIPDispatchRule(
            dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name="open-room", pin="1212")
        ),
        api.SIPDispatchRule(
            dispatch_rule_callee=proto_sip.SIPDispatchRuleCallee(
                room_prefix="number-", randomize=False
            )
        ),
    ]
    async with api.LiveKitAPI() as lk:
        for rule in kinds:
            request = api.CreateSIPDispatchRuleRequest(
                dispatch_rule=api.SIPDispatchRuleInfo(
                    rule=rule,
                    name="My rule",
                    trunk_ids=[],
                    hide_phone_number=True,
                    metadata='{"is_internal": true}',
                    attributes={"language": "en"},
                    room_config=api.RoomConfiguration(
                        agents=[api.RoomAgentDispatch(agent_name="inbound", metadata="m")]
                    ),
                )
            )
            made = await lk.sip.create_sip_dispatch_rule(request)
            print("made", made.sip_dispatch_rule_id, made.rule.WhichOneof("rule"))
        rules = await lk.sip.list_sip_dispatch_rule(api.ListSIPDispatchRuleRequest())
        print("there are", len(rules.items))
        await lk.sip.update_sip_dispatch_rule(
            "SDR_1", api.SIPDispatchRuleInfo(rule=kinds[0], name="replaced")
        )
        changed = await lk.sip.update_sip_dispatch_rule_fields(
            rule_id="SDR_1",
            trunk_ids=ListUpdate(add=["ST_1"]),
            metadata="changed",
            attributes={"language": ""},
        )
        print(f"changed {changed.sip_dispatch_rule_id}")


asyncio.run(main())
