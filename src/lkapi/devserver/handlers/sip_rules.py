"""SIP: dispatch rules, which put calls from outside into rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi.devserver.handlers.registry import handles
from lkapi.devserver.handlers.sip_trunks import set_given, set_media, upgrade_media
from lkapi.devserver.handlers.workers import require_redis
from lkapi.devserver.telephony.sip_checks import (
    apply_list,
    check_list,
    invalid_argument,
    rule_not_found,
)
from lkapi.devserver.telephony.trunks import page_after
from lkapi.methods.sip import (
    CREATE_SIP_DISPATCH_RULE,
    DELETE_SIP_DISPATCH_RULE,
    LIST_SIP_DISPATCH_RULE,
    UPDATE_SIP_DISPATCH_RULE,
)
from lkapi.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    DeleteSIPDispatchRuleRequest,
    ListSIPDispatchRuleRequest,
    ListSIPDispatchRuleResponse,
    SIPDispatchRuleInfo,
    SIPDispatchRuleUpdate,
    UpdateSIPDispatchRuleRequest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.devserver.handlers.call import Call

_OLD_FIELDS = (
    *("rule", "trunk_ids", "inbound_numbers", "hide_phone_number", "name"),
    *("metadata", "attributes", "room_preset", "room_config"),
)


@handles(CREATE_SIP_DISPATCH_RULE)
def create_rule(call: Call, request: CreateSIPDispatchRuleRequest) -> SIPDispatchRuleInfo:
    """Store a rule; ``dispatch_rule`` has precedence over the old flat fields."""
    require_redis(call, "sip")
    if request.dispatch_rule is None:
        flat = {name: getattr(request, name) for name in _OLD_FIELDS}
        return call.world.rules.add(_check(SIPDispatchRuleInfo(**flat)))
    rule = request.dispatch_rule.copy()
    if rule.sip_dispatch_rule_id:
        raise invalid_argument("rule id must not be set")
    _check(rule)
    upgrade_media(rule)
    return call.world.rules.add(rule)


def _check(rule: SIPDispatchRuleInfo) -> SIPDispatchRuleInfo:
    if rule.rule is None:
        raise invalid_argument("missing rule")
    return rule


@handles(UPDATE_SIP_DISPATCH_RULE)
def update_rule(call: Call, request: UpdateSIPDispatchRuleRequest) -> SIPDispatchRuleInfo:
    """Replace a rule, or change some of it."""
    require_redis(call, "sip")
    _check_action(request)
    current = call.world.rules.by_id.get(request.sip_dispatch_rule_id)
    if current is None:
        raise rule_not_found()
    if request.replace is not None:
        changed = request.replace.copy(sip_dispatch_rule_id=request.sip_dispatch_rule_id)
    else:
        changed = _apply(current, request.update or SIPDispatchRuleUpdate())
    return call.world.rules.put(changed)


def _check_action(request: UpdateSIPDispatchRuleRequest) -> None:
    if not request.sip_dispatch_rule_id:
        raise invalid_argument("rule id must be set")
    if request.which_oneof("action") is None:
        raise invalid_argument("missing or unsupported update action")
    if request.update is not None:
        check_list(request.update.trunk_ids)
    if request.replace is not None:
        if request.replace.sip_dispatch_rule_id not in ("", request.sip_dispatch_rule_id):
            raise invalid_argument(
                "rule id in the info must be empty or match the id in the update"
            )
        _check(request.replace)


def _apply(current: SIPDispatchRuleInfo, update: SIPDispatchRuleUpdate) -> SIPDispatchRuleInfo:
    changed = current.copy(trunk_ids=apply_list(current.trunk_ids, update.trunk_ids))
    set_given(changed, update, ("rule", "name", "metadata"))
    changed.attributes = _merge(current.attributes, update.attributes)
    set_media(changed, update)
    return changed


def _merge(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Attributes after a change; an empty value deletes."""
    return {name: value for name, value in {**old, **new}.items() if name not in new or value}


@handles(LIST_SIP_DISPATCH_RULE)
def list_rules(call: Call, request: ListSIPDispatchRuleRequest) -> ListSIPDispatchRuleResponse:
    """Rules by id and trunk, in the order of their ids; a rule for any trunk matches each."""
    require_redis(call, "sip")
    ids, trunks = request.dispatch_rule_ids, set(request.trunk_ids)
    found = [
        (rule.sip_dispatch_rule_id, rule)
        for rule in call.world.rules.sorted()
        if (not ids or rule.sip_dispatch_rule_id in ids)
        and (not trunks or not rule.trunk_ids or not trunks.isdisjoint(rule.trunk_ids))
    ]
    items = page_after(found, request.page, keep_limit=call.world.config.cloud)
    return ListSIPDispatchRuleResponse(items=items)


@handles(DELETE_SIP_DISPATCH_RULE)
def delete_rule(call: Call, request: DeleteSIPDispatchRuleRequest) -> SIPDispatchRuleInfo:
    """Delete a rule."""
    require_redis(call, "sip")
    if not request.sip_dispatch_rule_id:
        raise invalid_argument("dispatch rule ID is required")
    rule = call.world.rules.by_id.pop(request.sip_dispatch_rule_id, None)
    if rule is None:
        raise rule_not_found()
    return rule
