"""Mistakes that type checkers must find, each on a line marked so. Never executed."""

from __future__ import annotations

import lkapi as api


async def mistakes(lk: api.LiveKitAPI, sync: api.SyncLiveKitAPI) -> None:
    """One mistake per marked line."""
    await lk.egress.stop_egress(egress="EG_1")  # mistake: misspelt field (ty finds it not)
    await lk.egress.stop_egress(egress_id=1)  # mistake: wrong type
    await lk.ingress.create_ingress(input_type="WHIP_INPUT")  # mistake: text for an enum
    await lk.sip.update_inbound_trunk_fields("ST_1", numbers=5)  # mistake: no list
    await lk.sip.create_inbound_trunk(api.CreateSIPOutboundTrunkRequest())  # mistake: other request
    stopped = await lk.egress.stop_egress(egress_id="EG_1", missing_ok=True)
    print(stopped.egress_id)  # mistake: may be None
    await lk.agent_dispatch.list_dispatch()  # mistake: no room
    await sync.egress.stop_egress(egress_id="EG_1")  # mistake: nothing to await
    with lk:  # mistake: the async client needs `async with`
        pass
    async with sync:  # mistake: the sync client needs `with`
        pass
    lk.analytics.iter_sessions(limit="many")  # mistake: wrong type
    api.EncodingOptions(keyframe_interval=2)  # mistake: misspelt field
    await lk.bulk(lambda name: sync.room.create_room(name=name), ["a"])  # mistake: nothing to await
    await lk.sip.list_trunk()  # mistake: deprecated
    sync.sip.create_sip_outbound_trunk()  # mistake: deprecated
    sync.bulk(lambda name: sync.room.create_room(name=name), [1])  # mistake: items of another type
