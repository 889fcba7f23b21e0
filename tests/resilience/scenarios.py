"""Random faults for random calls, and what the table allows to become of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from lkapi.methods import agent_dispatch, connector, egress, ingress, phone_number, room, sip
from lkapi.methods.info import Idempotency
from tests.resilience.counting_server import ANSWERS

ROWS: Final = (
    room.CREATE_ROOM,
    room.DELETE_ROOM,
    room.SEND_DATA,
    agent_dispatch.CREATE_DISPATCH,
    egress.START_EGRESS,
    egress.START_WEB_EGRESS,
    ingress.CREATE_INGRESS,
    sip.CREATE_SIP_OUTBOUND_TRUNK,
    sip.CREATE_SIP_PARTICIPANT,
    sip.TRANSFER_SIP_PARTICIPANT,
    phone_number.PURCHASE_PHONE_NUMBER,
    connector.DIAL_WHATSAPP_CALL,
    room.PERFORM_RPC,
)
FIELDS: Final[Mapping[str, dict[str, Any]]] = {
    "CreateRoom": {"name": "demo"},
    "CreateDispatch": {"room": "demo", "agent_name": "clerk"},
    "StartEgress": {"room_name": "demo"},
    "StartWebEgress": {"url": "https://example.com"},
    "CreateIngress": {"name": "camera"},
    "CreateSIPOutboundTrunk": {"trunk": {"name": "out"}},
    "CreateSIPParticipant": {"room_name": "demo", "sip_call_to": "+15105550123"},
    "TransferSIPParticipant": {"room_name": "demo", "transfer_to": "tel:+15105550124"},
    "PurchasePhoneNumber": {"phone_numbers": ["+15105550100"]},
    "DialWhatsAppCall": {"room_name": "demo"},
    "PerformRpc": {"room": "demo", "method": "greet"},
}
_QUICK: Final = (*ANSWERS, "drop", "reset", "drop-after", "reset-after", "cut", "cut-head")
_SLOW: Final = ("hang", "hang-after", "drip")
_LOST: Final = frozenset(
    ["drop", "reset", "drop-after", "reset-after", "cut", "cut-head", "no-http", *_SLOW]
)
_FAILED: Final = frozenset(["500", "503", "502-page", "504-empty", "odd-json"])


@attrs.frozen
class Scenario:
    """One call, and what goes wrong with each of its attempts."""

    number: int
    row: Any
    cloud: bool
    attempts: int
    timeout: float
    script: tuple[str, ...]

    @property
    def request_id(self) -> str:
        return f"scenario-{self.number}"

    @property
    def request(self) -> Any:
        return self.row.request(**FIELDS.get(self.row.name, {"room": "demo"}))

    @property
    def headers(self) -> dict[str, str]:
        return {"x-script": ",".join(self.script), "X-Livekit-Request-Id": self.request_id}

    @property
    def repeatable(self) -> bool:
        """Whether a lost answer may be followed by another attempt."""
        kind = self.row.idempotency
        return kind is Idempotency.SAFE or (kind is Idempotency.KEYED and self.cloud)

    def allowed(self) -> tuple[int, int]:
        """How often the server may see the request, and how often it may act on it."""
        acts = seen = busy = 0
        for number in range(self.attempts):
            word = self.script[number] if number < len(self.script) else "ok"
            seen += 1
            acts += word.startswith("ok") or word in ("drip", "cut", "cut-head") or "after" in word
            busy += word == "503"
            if not self._again(word) or (busy > 1 and not self.cloud):
                break
        return seen, acts

    def _again(self, word: str) -> bool:
        if word == "429":
            return True
        return self.repeatable and (word in _LOST or word in _FAILED)


def make_scenarios(count: int, seed: int) -> Iterator[Scenario]:
    """The same ones for the same seed."""
    draw = random.Random(seed)
    for number in range(count):
        length = draw.choice((0, 1, 1, 1, 2, 2, 3, 4))
        words = [draw.choice(_SLOW if draw.random() < 0.05 else _QUICK) for _ in range(length)]
        yield Scenario(
            number=number,
            row=draw.choice(ROWS),
            cloud=draw.random() < 0.5,
            attempts=draw.choice((1, 2, 3, 3, 3, 4)),
            timeout=draw.choice((4.0, 8.0, 10.0, 12.0)),
            script=(*words, draw.choice(("ok", "ok", "ok", "ok-close"))),
        )
