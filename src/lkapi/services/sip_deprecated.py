"""The names of trunk and rule methods that livekit-api deprecated and still has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lkapi._deprecation import deprecated
from lkapi.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    CreateSIPInboundTrunkRequest,
    CreateSIPOutboundTrunkRequest,
    DeleteSIPDispatchRuleRequest,
    ListSIPDispatchRuleRequest,
    ListSIPInboundTrunkRequest,
    ListSIPOutboundTrunkRequest,
)
from lkapi.services._requests import shows_fields_of
from lkapi.services.sip_inbound import InboundTrunks
from lkapi.services.sip_outbound import OutboundTrunks
from lkapi.services.sip_rules import DispatchRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from lkapi.protocol.models import ListUpdate
    from lkapi.protocol.sip import (
        CreateSIPDispatchRuleRequestFields,
        CreateSIPInboundTrunkRequestFields,
        CreateSIPOutboundTrunkRequestFields,
        DeleteSIPDispatchRuleRequestFields,
        ListSIPDispatchRuleRequestFields,
        ListSIPDispatchRuleResponse,
        ListSIPInboundTrunkRequestFields,
        ListSIPInboundTrunkResponse,
        ListSIPOutboundTrunkRequestFields,
        ListSIPOutboundTrunkResponse,
        SIPDispatchRule,
        SIPDispatchRuleInfo,
        SIPInboundTrunkInfo,
        SIPMediaConfig,
        SIPOutboundTrunkInfo,
        SIPTransport,
    )
    from lkapi.settings import Seconds


class DeprecatedNames(InboundTrunks, OutboundTrunks, DispatchRules):
    """Trunks and rules under their new names and their old ones."""

    @deprecated("since 0.1, removed in 2.0: use create_inbound_trunk")
    @shows_fields_of(CreateSIPInboundTrunkRequest)
    async def create_sip_inbound_trunk(
        self,
        request: CreateSIPInboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPInboundTrunkRequestFields],
    ) -> SIPInboundTrunkInfo:
        """Deprecated: use ``create_inbound_trunk``."""
        return await self.create_inbound_trunk(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use list_inbound_trunk")
    @shows_fields_of(ListSIPInboundTrunkRequest)
    async def list_sip_inbound_trunk(
        self,
        request: ListSIPInboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPInboundTrunkRequestFields],
    ) -> ListSIPInboundTrunkResponse:
        """Deprecated: use ``list_inbound_trunk``."""
        return await self.list_inbound_trunk(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use update_inbound_trunk")
    async def update_sip_inbound_trunk(
        self, trunk_id: str, trunk: SIPInboundTrunkInfo, *, timeout: Seconds | None = None
    ) -> SIPInboundTrunkInfo:
        """Deprecated: use ``update_inbound_trunk``."""
        return await self.update_inbound_trunk(trunk_id, trunk, timeout=timeout)

    @deprecated("since 0.1, removed in 2.0: use update_inbound_trunk_fields")
    async def update_sip_inbound_trunk_fields(
        self,
        trunk_id: str,
        *,
        numbers: ListUpdate | Iterable[str] | None = None,
        allowed_addresses: ListUpdate | Iterable[str] | None = None,
        allowed_numbers: ListUpdate | Iterable[str] | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        name: str | None = None,
        metadata: str | None = None,
        media: SIPMediaConfig | None = None,
        timeout: Seconds | None = None,
    ) -> SIPInboundTrunkInfo:
        """Deprecated: use ``update_inbound_trunk_fields``."""
        return await self.update_inbound_trunk_fields(
            trunk_id,
            numbers=numbers,
            allowed_addresses=allowed_addresses,
            allowed_numbers=allowed_numbers,
            auth_username=auth_username,
            auth_password=auth_password,
            name=name,
            metadata=metadata,
            media=media,
            timeout=timeout,
        )

    @deprecated("since 0.1, removed in 2.0: use create_outbound_trunk")
    @shows_fields_of(CreateSIPOutboundTrunkRequest)
    async def create_sip_outbound_trunk(
        self,
        request: CreateSIPOutboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPOutboundTrunkRequestFields],
    ) -> SIPOutboundTrunkInfo:
        """Deprecated: use ``create_outbound_trunk``."""
        return await self.create_outbound_trunk(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use list_outbound_trunk")
    @shows_fields_of(ListSIPOutboundTrunkRequest)
    async def list_sip_outbound_trunk(
        self,
        request: ListSIPOutboundTrunkRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPOutboundTrunkRequestFields],
    ) -> ListSIPOutboundTrunkResponse:
        """Deprecated: use ``list_outbound_trunk``."""
        return await self.list_outbound_trunk(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use update_outbound_trunk")
    async def update_sip_outbound_trunk(
        self, trunk_id: str, trunk: SIPOutboundTrunkInfo, *, timeout: Seconds | None = None
    ) -> SIPOutboundTrunkInfo:
        """Deprecated: use ``update_outbound_trunk``."""
        return await self.update_outbound_trunk(trunk_id, trunk, timeout=timeout)

    @deprecated("since 0.1, removed in 2.0: use update_outbound_trunk_fields")
    async def update_sip_outbound_trunk_fields(
        self,
        trunk_id: str,
        *,
        address: str | None = None,
        transport: SIPTransport | int | None = None,
        numbers: ListUpdate | Iterable[str] | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        name: str | None = None,
        metadata: str | None = None,
        media: SIPMediaConfig | None = None,
        timeout: Seconds | None = None,
    ) -> SIPOutboundTrunkInfo:
        """Deprecated: use ``update_outbound_trunk_fields``."""
        return await self.update_outbound_trunk_fields(
            trunk_id,
            address=address,
            transport=transport,
            numbers=numbers,
            auth_username=auth_username,
            auth_password=auth_password,
            name=name,
            metadata=metadata,
            media=media,
            timeout=timeout,
        )

    @deprecated("since 0.1, removed in 2.0: use create_dispatch_rule")
    @shows_fields_of(CreateSIPDispatchRuleRequest)
    async def create_sip_dispatch_rule(
        self,
        request: CreateSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[CreateSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo:
        """Deprecated: use ``create_dispatch_rule``."""
        return await self.create_dispatch_rule(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use list_dispatch_rule")
    @shows_fields_of(ListSIPDispatchRuleRequest)
    async def list_sip_dispatch_rule(
        self,
        request: ListSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[ListSIPDispatchRuleRequestFields],
    ) -> ListSIPDispatchRuleResponse:
        """Deprecated: use ``list_dispatch_rule``."""
        return await self.list_dispatch_rule(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use delete_dispatch_rule")
    @shows_fields_of(DeleteSIPDispatchRuleRequest)
    async def delete_sip_dispatch_rule(
        self,
        request: DeleteSIPDispatchRuleRequest | None = None,
        /,
        *,
        timeout: Seconds | None = None,
        **fields: Unpack[DeleteSIPDispatchRuleRequestFields],
    ) -> SIPDispatchRuleInfo:
        """Deprecated: use ``delete_dispatch_rule``."""
        return await self.delete_dispatch_rule(request, timeout=timeout, **fields)

    @deprecated("since 0.1, removed in 2.0: use update_dispatch_rule")
    async def update_sip_dispatch_rule(
        self, rule_id: str, rule: SIPDispatchRuleInfo, *, timeout: Seconds | None = None
    ) -> SIPDispatchRuleInfo:
        """Deprecated: use ``update_dispatch_rule``."""
        return await self.update_dispatch_rule(rule_id, rule, timeout=timeout)

    @deprecated("since 0.1, removed in 2.0: use update_dispatch_rule_fields")
    async def update_sip_dispatch_rule_fields(
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
        """Deprecated: use ``update_dispatch_rule_fields``."""
        return await self.update_dispatch_rule_fields(
            rule_id,
            trunk_ids=trunk_ids,
            rule=rule,
            name=name,
            metadata=metadata,
            attributes=attributes,
            media=media,
            timeout=timeout,
        )
