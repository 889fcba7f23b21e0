"""``lkapi doctor`` and TLS: versions, certificates, and each way to fail in words."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from lkapi.cli.doctor.case import Case
from lkapi.cli.doctor.examination import examine_case
from lkapi.cli.doctor.findings import Level
from lkapi.cli.doctor.tls import check_tls
from lkapi.cli.exit_codes import ExitCode
from lkapi.devserver import DevServer, HTTPFrontEnd, World
from lkapi.settings import parse_url
from lkapi.transports import HTTPOptions
from tests.call.scripted import serving
from tests.call.test_tls_and_proxies import Proxy
from tests.cli.tools import KEY, SECRET, run


def make_certificate(folder, names="DNS:localhost,IP:127.0.0.1", days="2", issuer=None):
    """A certificate and its key: self-signed, or by another pair."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder.mkdir()
    key, request, cert = (str(folder / name) for name in ("key.pem", "req.pem", "cert.pem"))
    extensions = folder / "ext"
    extensions.write_text(f"subjectAltName={names}\n")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/O=Test of lkapi/CN={folder.name}"]
    _run([*new, *subject, "-keyout", key, "-out", request])
    signer = ["-signkey", key] if issuer is None else [
        "-CA", str(issuer[0]), "-CAkey", str(issuer[1]), "-CAcreateserial",
    ]  # fmt: skip
    sign = ["openssl", "x509", "-req", "-in", request, "-out", cert, "-days", days]
    _run([*sign, *signer, "-extfile", str(extensions)])
    return folder / "cert.pem", folder / "key.pem"


def _run(command):
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def good(folder):
    return make_certificate(folder / "good", days="90")


@contextmanager
def speaking_tls(certificate, configure=lambda context: None):
    """A port on which handshakes are made, and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    configure(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(sock, server_side=True) as secured:
                    secured.recv(1)
                sock.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def look(url, *, trusted=None, **known):
    """The finding for a url, with one certificate trusted or the system's."""
    context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    http = HTTPOptions(ssl_context=context, trust_env=False)
    return check_tls(Case(**{"url": parse_url(url), "http": http, **known}))


def test_version_issuer_and_days(good):
    """What a handshake that succeeds shows."""
    with speaking_tls(good) as url:
        found = look(url, trusted=good[0])
        assert found.level is Level.OK
        assert found.text == "TLS 1.3, certificate by Test of lkapi, 89 days left"
        assert found.facts == {"version": "TLS 1.3", "issuer": "Test of lkapi", "days_left": 89}
        soon = look(url, trusted=good[0], clock=lambda: time.time() + 80 * 86400)
    assert (soon.level, soon.code, soon.facts["days_left"]) == (
        Level.WARNING, ExitCode.WARNING, 9,
    )  # fmt: skip
    assert "renew the certificate" in soon.advice


def test_a_certificate_that_signs_itself(good):
    """Nobody trusts it until told to, and the advice says how."""
    with speaking_tls(good) as url:
        found = look(url)
    assert (found.level, found.code) == (Level.FAILURE, ExitCode.NETWORK)
    assert found.text == "the certificate is self-signed"
    assert "SSL_CERT_FILE" in found.advice


def test_an_authority_that_nobody_knows(folder, good):
    """A private one, or a proxy that inspects."""
    authority = make_certificate(folder / "authority", "DNS:authority")
    issued = make_certificate(folder / "issued", issuer=authority)
    with speaking_tls(issued) as url:
        assert look(url).text == "the certificate's issuer is unknown here"
    chained = (folder / "chain.pem", issued[1])
    chained[0].write_text(issued[0].read_text() + authority[0].read_text())
    with speaking_tls(chained) as url:
        found = look(url)
    assert found.text == "the certificate comes from an authority that this machine does not trust"


def test_an_expired_certificate(folder):
    """Renew it; or is it this machine's clock?"""
    expired = make_certificate(folder / "expired", days="0")
    with speaking_tls(expired) as url:
        found = look(url, trusted=expired[0])
    assert found.text == "the certificate has expired"
    assert "clock" in found.advice


def test_a_certificate_of_another_host_or_address(folder):
    """OpenSSL tells names and addresses apart."""
    other = make_certificate(folder / "other", "DNS:other.example")
    with speaking_tls(other) as url:
        assert look(url, trusted=other[0]).text == "the certificate is for another host"
        by_address = url.replace("localhost", "127.0.0.1")
        found = look(by_address, trusted=other[0])
    assert found.text == "the certificate is for another address"


def test_no_tls_on_the_port():
    """The usual mistake: wss:// for a server without TLS."""
    with HTTPFrontEnd(DevServer(World())) as http:
        found = look(http.url.replace("http:", "https:"))
    assert found.text == "this port does not use TLS"
    assert "ws:// or http://" in found.advice


def test_no_version_in_common(good):
    """A server that is too old, as seen from here."""

    def only_new(context):
        context.minimum_version = ssl.TLSVersion.TLSv1_3

    context = ssl.create_default_context(cafile=str(good[0]))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with speaking_tls(good, only_new) as url:
        http = HTTPOptions(ssl_context=context, trust_env=False)
        found = check_tls(Case(url=parse_url(url), http=http))
    assert found.text == "server and client have no version of TLS in common"


def test_a_connection_that_ends_during_the_handshake():
    """By whatever stands in between."""
    with serving(lambda sock: sock.close()) as server:
        found = look(server.url.replace("http:", "https:"))
    assert (found.level, found.code) == (Level.FAILURE, ExitCode.NETWORK)
    assert "handshake" in found.text


def test_http_is_well_on_this_machine_only():
    """Anywhere else, tokens can be read."""
    assert look("http://localhost:7880").level is Level.OK
    found = look("http://livekit.example:7880")
    assert found.level is Level.WARNING
    assert "wss://" in found.advice


def test_tls_is_looked_at_through_a_proxy(good, monkeypatch):
    """By a tunnel, with the proxy's password."""
    proxy = Proxy()
    try:
        with speaking_tls(good) as url:
            context = ssl.create_default_context(cafile=str(good[0]))
            way = f"http://user:hidden@127.0.0.1:{proxy.port}"
            http = HTTPOptions(ssl_context=context, proxy=way)
            found = check_tls(Case(url=parse_url(url), http=http))
            assert found.text.startswith("TLS 1.3, certificate by Test of lkapi")
    finally:
        proxy.close()
    assert proxy.requests[0].startswith(b"CONNECT localhost:")
    assert b"Proxy-Authorization: Basic " in proxy.requests[0]


@pytest.mark.parametrize("proxy", ["socks5://user:hidden@127.0.0.1:1", "https://127.0.0.1:1"])
def test_a_proxy_that_no_call_can_use_ends_the_examination(proxy):
    """The client would refuse it as well: the text says what to give instead."""
    case = Case(url=parse_url("https://localhost"), http=HTTPOptions(proxy=proxy))
    (found,) = examine_case(case)
    assert (found.check, found.level, found.code) == ("proxy", Level.FAILURE, ExitCode.SETTINGS)
    assert "transport=" in found.advice
    assert "hidden" not in str(found)


def test_a_proxy_that_refuses_the_tunnel():
    """A failure that says so."""
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with serving(refusal) as server:
        http = HTTPOptions(proxy=server.url)
        found = check_tls(Case(url=parse_url("https://livekit.example"), http=http))
    assert found.level is Level.FAILURE
    assert "407" in found.text


def test_all_of_it_over_tls(good):
    """The command, with the certificate trusted by SSL_CERT_FILE, and without."""
    front = HTTPFrontEnd(DevServer(World(keys={KEY: SECRET})))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, good))
    front._http.socket = context.wrap_socket(front._http.socket, server_side=True)
    environ = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    with front:
        environ["LIVEKIT_URL"] = f"wss://localhost:{front.port}"
        trusting = {**environ, "SSL_CERT_FILE": str(good[0])}
        code, out, err = run("doctor", environ=trusting)
        assert (code, err) == (0, "")
        assert "TLS 1.3, certificate by Test of lkapi, 89 days left" in out
        code, out, _ = run("doctor", environ=environ)
    assert code == 8
    assert "self-signed" in out
    assert "credentials" not in out
