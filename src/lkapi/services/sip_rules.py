"""Dispatch rules, which decide which room a caller joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from lkapi.methods import sip as rows
from lkapi.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    DeleteSIPDispatchRuleRequest,
    ListSIPDispatchRuleRequest,
    SIPDispatchRuleUpdate,
    UpdateSIPDispatchRuleRequest,
)
from lkapi.services._base import Service
from lkapi.services._checks import list_update
from lkapi.services._requests import shows_fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from typing_extensions import Unpack

    from lkapi.protocol.models import ListUpdate
    from lkapi.protocol.sip import (
        CreateSIPDispatchRuleRequestFields,
        DeleteSIPDispatchRuleRequestFields,
        ListSIPDispatchRuleRequestFields,
        ListSIPDispatchRuleResponse,
        SIPDispatchRule,
        SIPDispatchRuleInfo,
        SIPMediaConfig,
    )
    from lkapi.rpc.pagination import AsyncPager
    from lkapi.settings import Seconds


class DispatchRules(Service):
    """The part of ``api.sip`` that deals with dispatch rules."""

    @shows_fields_of(CreateSIPDispatchRuleRequest)
    async def create_dispatch_rule(
        self,
        request: CreateSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo:
        """Create a dispatch rule: ``dispatch_rule=SIPDispatchRuleInfo(…)``, its id left empty.

        Without ``trunk_ids`` it applies to every inbound trunk. The flat fields of the request are
        deprecated; ``dispatch_rule`` takes precedence over them. Needs the grant ``sip.admin``. Not
        retried if the server may have acted, except on LiveKit Cloud.

        Raises:
            InvalidArgumentError: it has no rule, or clashes with another.
        """
        return await self._call(rows.CREATE_SIP_DISPATCH_RULE, request, fields, timeout)

    @shows_fields_of(ListSIPDispatchRuleRequest)
    async def list_dispatch_rule(
        self,
        request: ListSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPDispatchRuleRequestFields],
    ) -> ListSIPDispatchRuleResponse:
        """List dispatch rules, all or by ``dispatch_rule_ids`` or ``trunk_ids``.

        Unknown ids are left out. With ``trunk_ids``, rules that apply to every trunk are listed
        too. Needs the grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return await self._call(rows.LIST_SIP_DISPATCH_RULE, request, fields, timeout)

    @shows_fields_of(ListSIPDispatchRuleRequest)
    def iter_dispatch_rule(
        self,
        request: ListSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPDispatchRuleRequestFields],
    ) -> AsyncPager[SIPDispatchRuleInfo]:
        """Iterate over all rules that ``list_dispatch_rule`` shows; in pages if ``page`` is given.

        One request per page; ``timeout`` applies to each. Needs the grant ``sip.admin``.

        Raises:
            CredentialsError: the grant is missing.
        """
        return self._id_pages(rows.LIST_SIP_DISPATCH_RULE, request, fields, timeout, _rule_id)

    async def update_dispatch_rule(
        self, rule_id: str, rule: SIPDispatchRuleInfo, *, timeout: Seconds | None = None
    ) -> SIPDispatchRuleInfo:
        """Replace a dispatch rule as a whole: fields that you leave out are cleared.

        Needs the grant ``sip.admin``.

        Raises:
            NotFoundError: there is no such dispatch rule.
            InvalidArgumentError: it clashes with another rule, or lacks a required field.
        """
        request = UpdateSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id, replace=rule)
        return await self._call(rows.UPDATE_SIP_DISPATCH_RULE, request, {}, timeout)

    async def update_dispatch_rule_fields(
        self,
        rule_id: str,
        *,
        trunk_ids: ListUpdate | Iterable[str] | None = None,
        rule: SIPDispatchRule | None = None,
        name: str | None = None,
        metadata: str | None = None,
        attributes: Mapping[str, str] | None = None,
        media: SIPMediaConfig | None = None,
        timeout: Seconds | None = None,
    ) -> SIPDispatchRuleInfo:
        """Change single fields of a dispatch rule.

        Needs the grant ``sip.admin``. None leaves a field as it is, an empty string clears it.

        Args:
            rule_id: the dispatch rule.
            trunk_ids: a list to set, an empty one to clear, or a ``ListUpdate`` to add and remove.
            rule: where callers go.
            name: display name.
            metadata: metadata for the callers' participants.
            attributes: attributes to set; one with an empty value is deleted, others stay.
            media: codecs, encryption and timeouts, as a whole.
            timeout: seconds in total.

        Raises:
            NotFoundError: there is no such rule.
            InvalidArgumentError: the rule would clash with another.
        """
        update = SIPDispatchRuleUpdate(
            trunk_ids=list_update(trunk_ids, "trunk_ids"),
            rule=rule,
            name=name,
            metadata=metadata,
            attributes=dict(attributes or {}),
            media=media,
        )
        request = UpdateSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id, update=update)
        return await self._call(rows.UPDATE_SIP_DISPATCH_RULE, request, {}, timeout)

    @overload
    async def delete_dispatch_rule(
        self,
        request: DeleteSIPDispatchRuleRequest | None = None,
        /,
        *,
        missing_ok: Literal[False] = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo: ...

    @overload
    async def delete_dispatch_rule(
        self,
        request: DeleteSIPDispatchRuleRequest | None = None,
        /,
        *,
        missing_ok: bool,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo | None: ...

    @shows_fields_of(DeleteSIPDispatchRuleRequest)
    async def delete_dispatch_rule(
        self,
        request: DeleteSIPDispatchRuleRequest | None = None,
        /,
        *,
        missing_ok: bool = False,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo | None:
        """Delete a dispatch rule; it no longer lets callers in.

        Needs the grant ``sip.admin``.

        Args:
            request: the request; or give its fields as keywords.
            missing_ok: return None if there is no such rule.
            timeout: seconds in total.
            fields: ``sip_dispatch_rule_id``.

        Raises:
            NotFoundError: there is no such rule.
        """
        return await self._call_unless_missing(
            rows.DELETE_SIP_DISPATCH_RULE, request, fields, timeout, missing_ok=missing_ok
        )


def _rule_id(rule: SIPDispatchRuleInfo) -> str:
    return rule.sip_dispatch_rule_id
