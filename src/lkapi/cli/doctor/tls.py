"""TLS: does the handshake succeed, with which version and certificate; if not, why not."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final, cast

from lkapi.cli.doctor.findings import failure, ok, warning
from lkapi.cli.exit_codes import ExitCode
from lkapi.settings import is_loopback

if TYPE_CHECKING:
    from lkapi.cli.doctor.case import Case
    from lkapi.cli.doctor.findings import Finding

__all__ = ["check_tls"]

_SOON_DAYS: Final = 14
_DAY: Final = 86400.0
_INSPECTED: Final = (
    "let the server send its intermediate certificates; for an authority of your own, or a proxy "
    "that inspects TLS, name its PEM file in SSL_CERT_FILE (in programs: ca_file=)"
)
_CLOCK: Final = "renew the server's certificate; is this machine's clock right?"
_VERIFY_CODES: Final = {
    9: ("the certificate is not valid yet", _CLOCK),
    10: ("the certificate has expired", _CLOCK),
    18: ("the certificate is self-signed", _INSPECTED),
    19: ("the certificate comes from an authority that this machine does not trust", _INSPECTED),
    20: ("the certificate's issuer is unknown here", _INSPECTED),
    21: ("the certificate's issuer is unknown here", _INSPECTED),
    23: ("the certificate was revoked", "have the server's certificate renewed"),
    62: ("the certificate is for another host", "use the host name that the certificate is for"),
    64: ("the certificate is for another address", "use the host name that it is for"),
}
"""OpenSSL's verification errors that occur in practice."""
_REASONS: Final = {
    "WRONG_VERSION_NUMBER": (
        "this port does not use TLS",
        "use ws:// or http://, or the port that uses TLS",
    ),
    "UNSUPPORTED_PROTOCOL": (
        "the server supports only versions of TLS that are too old",
        "enable TLS 1.2 or 1.3 on the server",
    ),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        "server and client have no version of TLS in common",
        "enable TLS 1.2 or 1.3 on the server",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": (
        "the server requires a client certificate",
        "pass it in programs with ssl_context=",
    ),
    "TLSV1_UNRECOGNIZED_NAME": (
        "the server does not know this host name",
        "is the host of the url right?",
    ),
}


def check_tls(case: Case) -> Finding:
    """Make a TLS connection with the authorities that the client trusts, and check it."""
    if not case.url.secure:
        return _check_plain(case)
    try:
        with _handshake(case) as secured:
            return _judge(case, secured)
    except ssl.SSLCertVerificationError as error:
        text, advice = _VERIFY_CODES.get(
            error.verify_code, (f"the certificate is refused: {error.verify_message}", _INSPECTED)
        )
        return failure("tls", text, advice, ExitCode.NETWORK, openssl=error.verify_message)
    except ssl.SSLError as error:
        plain = (f"the handshake failed: {error.reason or error}", "is this a TLS port?")
        text, advice = _REASONS.get(error.reason or "", plain)
        return failure("tls", text, advice, ExitCode.NETWORK, openssl=error.reason or str(error))
    except (OSError, http.client.HTTPException) as error:
        text = f"the connection ended during the handshake: {error}"
        hint = "is this a TLS port, and does nothing in between cut the connection?"
        return failure("tls", text, hint, ExitCode.NETWORK)


def _check_plain(case: Case) -> Finding:
    if is_loopback(case.url.host):
        return ok("tls", "not used, and not needed on this machine")
    return warning(
        "tls",
        "not used: anyone on the network in between can read the tokens",
        "use wss:// or https://, unless the network in between is yours",
    )


def _handshake(case: Case) -> ssl.SSLSocket:
    context, host = case.http.tls(), case.url.host
    if case.proxy is None:
        plain = socket.create_connection((host, case.port), case.timeout)
        try:
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
    proxy = case.proxy
    tunnel = http.client.HTTPSConnection(
        proxy.host, proxy.port, timeout=case.timeout, context=context
    )
    tunnel.set_tunnel(host, case.port, {name.title(): text for name, text in proxy.headers.items()})
    tunnel.connect()
    return cast("ssl.SSLSocket", tunnel.sock)


def _judge(case: Case, secured: ssl.SSLSocket) -> Finding:
    certificate = cast("dict[str, Any]", secured.getpeercert())
    version = (secured.version() or "TLS").replace("TLSv", "TLS ")
    issuer = _name(certificate.get("issuer", ()))
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - case.clock()) // _DAY)
    facts = {"version": version, "issuer": issuer, "days_left": days}
    text = f"{version}, certificate by {issuer}, {days} days left"
    if days < _SOON_DAYS:
        return warning(
            "tls",
            text,
            "renew the certificate, and see to it that it renews itself",
            **facts,
        )
    return ok("tls", text, **facts)


def _name(names: Any) -> str:
    """The organization of a certificate's name, or its common name."""
    found = dict(pair for group in names for pair in group)
    return str(found.get("organizationName") or found.get("commonName") or "an unnamed issuer")
