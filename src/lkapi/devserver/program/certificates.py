"""TLS for the program: the user's certificate, or one that is made at the start."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import shutil
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lkapi.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["load_context", "self_signed"]

_DAYS: Final = 30
_OPENSSL: Final = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
    "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
    "-keyout key.pem -out cert.pem"
)

_OTHER_USAGES: Final = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("crl_sign", "encipher_only", "decipher_only"),
)


def load_context(certificate: str | Path, key: str | Path) -> ssl.SSLContext:
    """A context that serves with a certificate.

    Raises:
        SettingsError: a file cannot be read, is not PEM, or the two do not match.
    """
    _check_readable(certificate)
    _check_readable(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        why = "they are not PEM files, need a password, or do not match"
        raise SettingsError(f"cannot use {certificate} with {key}: {why}") from error
    return context


def _check_readable(path: str | Path) -> None:
    try:
        Path(path).read_bytes()
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def self_signed(host: str) -> Generator[tuple[ssl.SSLContext, Path], None, None]:
    """A context with a new certificate, and the file for clients to trust, deleted at the end.

    Raises:
        SettingsError: the package that makes it is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="lkapi-dev-"))
    certificate, key = folder / "cert.pem", folder / "key.pem"
    try:
        _make(certificate, key, host)
        context = load_context(certificate, key)
        key.unlink()
        yield context, certificate
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(certificate: Path, key: Path, host: str) -> None:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
    except ImportError:
        raise SettingsError(
            "--tls makes a certificate with the package cryptography: pip install cryptography\n"
            f"or make one yourself, and give it with --tls-cert and --tls-key:\n  {_OPENSSL}"
        ) from None
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lkapi dev")])
    now = dt.datetime.now(dt.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
    )
    for extension, critical in _extensions(host, public):
        built = built.add_extension(extension, critical=critical)
    signed = built.sign(private, hashes.SHA256())
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _extensions(host: str, public: Any) -> list[tuple[Any, bool]]:
    """The extensions that strict clients require, and whether each is critical."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    addresses = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    names: list[Any] = [x509.DNSName("localhost")]
    try:
        own = ipaddress.ip_address(host)
        addresses += [own] if own not in addresses and not own.is_unspecified else []
    except ValueError:
        names += [x509.DNSName(host)] if host != "localhost" else []
    names += [x509.IPAddress(address) for address in addresses]
    usage = dict.fromkeys(_OTHER_USAGES, False)
    return [
        (x509.SubjectAlternativeName(names), False),
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
    ]
