"""Phone values in the form that SIP needs: endpoints, transfer targets, DTMF codes.

Pure functions over text; none of them makes a request.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DTMF_CODES",
    "dtmf_code",
    "dtmf_digit",
    "e164",
    "is_transfer_target",
    "sip_endpoint",
    "sip_target",
    "tel_target",
]

DTMF_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {digit: code for code, digit in enumerate("0123456789*#ABCD")}
)
"""Event code of each DTMF digit (RFC 4733 section 3.2): ``*`` is 10, ``#`` is 11."""

_SCHEME: Final = re.compile(r"(?i)^sips?:")
_TARGET: Final = re.compile(r"(?i)^<?(sips?|tel):\S+$")
_SEPARATORS: Final = str.maketrans("", "", " ()-./")
_E164: Final = re.compile(r"^\+[1-9]\d{1,14}$")


def dtmf_code(digit: str) -> int:
    """The numeric code of a DTMF digit.

    Raises:
        ValueError: for anything but one of ``0`` to ``9``, ``*``, ``#``, ``A`` to ``D``.
    """
    try:
        return DTMF_CODES[digit.upper()]
    except KeyError:
        raise ValueError(
            f"{digit!r} is not a DTMF digit: write one of {''.join(DTMF_CODES)}"
        ) from None


def dtmf_digit(code: int) -> str:
    """The DTMF digit of a numeric code, the inverse of ``dtmf_code``.

    Raises:
        ValueError: for a code outside 0 to 15.
    """
    for digit, known in DTMF_CODES.items():
        if known == code:
            return digit
    raise ValueError(f"{code!r} is not a DTMF event code: give 0 to 15")


def sip_endpoint(uri: str) -> str:
    """The SIP endpoint of a project, in the form that phone providers need, from its SIP URI.

    ``sip:vjnxecm0tjk.sip.livekit.cloud`` gives ``vjnxecm0tjk.sip.livekit.cloud``. A user part and
    parameters are dropped, a port stays.

    Raises:
        ValueError: if no host remains.
    """
    host = _SCHEME.sub("", uri.strip().strip("<>")).partition(";")[0].rpartition("@")[2]
    if not host or "/" in host or ":" in host.partition(":")[2]:
        raise ValueError(f"{uri!r} is not a SIP URI: write one like 'sip:host' or 'host:5060'")
    return host.lower()


def e164(number: str) -> str:
    """A phone number as ``+`` and digits, without the marks people write between them.

    Raises:
        ValueError: if the result is not E.164: ``+``, no leading zero, 15 digits at most.
    """
    plain = number.translate(_SEPARATORS)
    if not _E164.match(plain):
        raise ValueError(
            f"{number!r} is not an E.164 phone number: write '+', the country code and the number, "
            "without 0, 00 or 011 before it"
        )
    return plain


def tel_target(number: str) -> str:
    """``transfer_to`` for a phone number: ``+1 510 555 0100`` gives ``tel:+15105550100``.

    Raises:
        ValueError: if the number is not E.164.
    """
    return f"tel:{e164(number)}"


def sip_target(user: str, host: str, *, transport: str | None = None, secure: bool = False) -> str:
    """``transfer_to`` for a number at a provider: ``sip:+15105550100@sip.telnyx.com``.

    Args:
        user: phone number or name at the provider.
        host: domain of the provider, with a port if need be.
        transport: ``udp``, ``tcp`` or ``tls``, for providers that ask for ``;transport=tcp``.
        secure: write ``sips:``.

    Raises:
        ValueError: if an argument is not valid in a SIP URI.
    """
    if not user or re.search(r"[\s@;<>]", user):
        raise ValueError(f"{user!r} is not the user part of a SIP URI: write a number or a name")
    if not host or re.search(r"[\s@;<>/]", host):
        raise ValueError(f"{host!r} is not the host of a SIP URI: write one like 'sip.example.com'")
    if transport not in (None, "udp", "tcp", "tls"):
        raise ValueError(f"transport must be 'udp', 'tcp' or 'tls', not {transport!r}")
    return f"{'sips' if secure else 'sip'}:{user}@{host}" + (
        f";transport={transport}" if transport else ""
    )


def is_transfer_target(target: str) -> bool:
    """Whether the server accepts this as ``transfer_to``: a ``tel:``, ``sip:`` or ``sips:`` URI."""
    return bool(_TARGET.match(target))
