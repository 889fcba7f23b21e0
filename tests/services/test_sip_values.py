"""Phone values are put into the form that SIP wants, or refused with a reason."""

from __future__ import annotations

import pytest

from lkapi import sip_values


def test_dtmf_codes_follow_the_rfc() -> None:
    """RFC 4733 section 3.2: digits are themselves, then star, hash and the letters."""
    assert [sip_values.dtmf_code(d) for d in "0123456789*#ABCD"] == list(range(16))
    assert sip_values.dtmf_code("d") == 15


@pytest.mark.parametrize("code", range(16))
def test_dtmf_digit_is_the_inverse(code: int) -> None:
    """Code to digit and back."""
    assert sip_values.dtmf_code(sip_values.dtmf_digit(code)) == code


@pytest.mark.parametrize("bad", ["", "E", "10", " "])
def test_no_dtmf_digit(bad: str) -> None:
    """Anything else is refused, and the digits are named."""
    with pytest.raises(ValueError, match="not a DTMF digit: write one of 0123456789"):
        sip_values.dtmf_code(bad)


@pytest.mark.parametrize("bad", [-1, 16])
def test_no_dtmf_code(bad: int) -> None:
    """Codes end at 15."""
    with pytest.raises(ValueError, match="0 to 15"):
        sip_values.dtmf_digit(bad)


@pytest.mark.parametrize(
    ("uri", "endpoint"),
    [
        ("sip:vjnxecm0tjk.sip.livekit.cloud", "vjnxecm0tjk.sip.livekit.cloud"),
        ("vjnxecm0tjk.sip.livekit.cloud", "vjnxecm0tjk.sip.livekit.cloud"),
        ("sips:A.sip.livekit.cloud:5061", "a.sip.livekit.cloud:5061"),
        ("<sip:+1510@x.eu.sip.livekit.cloud;transport=tcp>", "x.eu.sip.livekit.cloud"),
        (" SIP:host ", "host"),
    ],
)
def test_endpoint_of_a_uri(uri: str, endpoint: str) -> None:
    """The endpoint is the URI without scheme, user and parameters."""
    assert sip_values.sip_endpoint(uri) == endpoint


@pytest.mark.parametrize("bad", ["", "sip:", "sip:user@", "https://host", "a:b:c"])
def test_no_endpoint(bad: str) -> None:
    """Without a host there is no endpoint."""
    with pytest.raises(ValueError, match="is not a SIP URI: write one like"):
        sip_values.sip_endpoint(bad)


def test_transfer_targets_of_the_documentation() -> None:
    """Each form that the documentation shows can be made and is recognised."""
    made = [
        sip_values.tel_target("+1 (510) 555-0100"),
        sip_values.sip_target("+15105550100", "sip.telnyx.com"),
        sip_values.sip_target("+19495550100", "us.wavix.net", transport="tcp"),
        sip_values.sip_target("bob", "host:5061", secure=True),
    ]
    assert made == [
        "tel:+15105550100",
        "sip:+15105550100@sip.telnyx.com",
        "sip:+19495550100@us.wavix.net;transport=tcp",
        "sips:bob@host:5061",
    ]
    assert all(map(sip_values.is_transfer_target, made))


@pytest.mark.parametrize("target", ["+15105550100", "bob@host", "http://x", "tel:", ""])
def test_no_transfer_target(target: str) -> None:
    """The server answers 400 for these."""
    assert not sip_values.is_transfer_target(target)


def test_target_in_angle_brackets() -> None:
    """The server also takes the URI as a SIP header writes it."""
    assert sip_values.is_transfer_target("<sip:bob@host>")


@pytest.mark.parametrize(
    "bad", ["15105550100", "0015105550100", "+0155", "+1510555010012345", "+1x"]
)
def test_no_e164(bad: str) -> None:
    """Prefixes for dialling abroad are not part of the number."""
    with pytest.raises(ValueError, match="is not an E"):
        sip_values.tel_target(bad)


@pytest.mark.parametrize(
    ("user", "host", "transport", "told"),
    [
        ("", "h", None, "user part"),
        ("a@b", "h", None, "user part"),
        ("a", "", None, "host"),
        ("a", "h;x", None, "host"),
        ("a", "h", "sctp", "transport"),
    ],
)
def test_bad_sip_target(user: str, host: str, transport: str | None, told: str) -> None:
    """Nothing can be smuggled into a URI."""
    with pytest.raises(ValueError, match=told):
        sip_values.sip_target(user, host, transport=transport)
