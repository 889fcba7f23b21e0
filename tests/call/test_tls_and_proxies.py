"""Certificates and proxies, as plain options of the client."""

from __future__ import annotations

import base64
import gc
import shutil
import socket
import ssl
import subprocess
import threading
import weakref
from contextlib import contextmanager, suppress

import pytest

from lkapi import errors
from lkapi.client import LiveKitAPI
from lkapi.protocol.models import Room
from lkapi.rpc.retry import NO_RETRY
from lkapi.transports.options import HTTPOptions
from lkapi.transports.targets import Targets
from tests.call.faces import KEY, SECRET, both_faces, create, run
from tests.call.scripted import ScriptedServer, _read_request, answer, reset, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that signs itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    paths = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*command.split(), *names.split(), *paths], check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


class SecureServer(ScriptedServer):
    """The scripted server over TLS."""

    def __init__(self, context: ssl.SSLContext, *script) -> None:
        self.context = context
        super().__init__(*script)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            sock = self.context.wrap_socket(sock, server_side=True)
            self._sockets.append(sock)
            super()._serve(sock)


@contextmanager
def serving_tls(certificate, *script, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    server = SecureServer(context, *script)
    try:
        yield server
    finally:
        server.close()


@both_faces
def test_an_unknown_authority_is_refused(face, certificate):
    """By default; nothing was sent, and the text says why."""
    with serving_tls(certificate, answer()) as server:
        with pytest.raises(errors.ConnectError, match=r"(?i)certificate") as caught:
            run(face, server.url, create, retry=NO_RETRY)
        assert server.requests == []
    assert caught.value.sent is False
    assert caught.value.hint == "`lkapi doctor` shows the certificate"


@both_faces
def test_a_private_authority_can_be_trusted(face, certificate):
    """By file or by context; several calls share the connection."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    for options in ({"ca_file": certificate[0]}, {"ssl_context": context}, {"verify": False}):
        with serving_tls(certificate, answer()) as server:
            assert run(face, server.url, create, **options).sid == "RM_scripted"


@both_faces
def test_the_name_has_to_fit(face, certificate):
    """A good certificate of another host is no good."""
    with serving_tls(certificate, answer()) as server:
        url = server.url.replace("localhost", "localhost.localdomain")
        with pytest.raises(errors.ConnectError):
            run(face, url, create, retry=NO_RETRY, ca_file=certificate[0])


@both_faces
def test_a_client_certificate_can_be_given(face, certificate):
    """In an ssl_context."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with serving_tls(certificate, answer(), client_ca=str(certificate[0])) as server:
        with pytest.raises(errors.TransportError):
            run(face, server.url, create, retry=NO_RETRY, ssl_context=context)
        context.load_cert_chain(*map(str, certificate))
        assert run(face, server.url, create, ssl_context=context).sid == "RM_scripted"


@both_faces
def test_large_and_truncated_bodies_over_tls(face, certificate):
    """Many records, and an end without a farewell."""
    large = answer(body=b"", length=3_000_000).replace(b"protobuf", b"octet-st") + b"x" * 3_000_000

    def truncated(sock):
        sock.sendall(answer(length=10_000))
        sock.unwrap()

    with serving_tls(certificate, large, truncated) as server:
        options = {"retry": NO_RETRY, "ca_file": certificate[0]}
        with pytest.raises(errors.DecodeError):
            run(face, server.url, create, **options)
        with pytest.raises(errors.TransportError):
            run(face, server.url, create, **options)


class PlainServer(ScriptedServer):
    """Answers the first bytes of TLS as a web server does, or ends the connection."""

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            sock.recv(65536)
            step = self.script[0]
            step(sock) if callable(step) else sock.sendall(step)
            sock.close()


@both_faces
@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "does this port use TLS? https:// and wss:// in the url say that it does",
        ),
        (reset, ""),
        (b"", ""),
    ],
    ids=["http", "reset", "end"],
)
def test_a_plain_server_behind_https_is_a_connect_error(face, said, hint):
    """The handshake fails, nothing was sent; OpenSSL only says that a version number is wrong."""
    server = PlainServer(said)
    url = server.url.replace("http:", "https:")
    with pytest.raises(errors.ConnectError) as caught:
        run(face, url, create, retry=NO_RETRY, timeout=2)
    server.close()
    assert caught.value.sent is False
    assert caught.value.hint == hint
    assert str(caught.value).endswith(f"; {hint}" if hint else ")")


def test_contradictory_options_are_refused(tmp_path):
    """With what to do instead."""
    context = ssl.create_default_context()
    for options, told in (
        ({"ssl_context": context, "verify": False}, "replaces"),
        ({"ssl_context": context, "ca_file": "x"}, "replaces"),
        ({"proxy": "ftp://proxy"}, "proxy must be"),
    ):
        with pytest.raises(errors.SettingsError, match=told):
            LiveKitAPI("localhost", KEY, SECRET, **options)
    with pytest.raises(errors.SettingsError, match="cannot be read"):
        HTTPOptions(ca_file=tmp_path / "missing.pem").tls()


def test_clients_share_the_context_of_the_system(monkeypatch):
    """As long as one of them lives, and the environment names the same authorities."""
    one, other = HTTPOptions().tls(), HTTPOptions().tls()
    assert one is other
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    assert HTTPOptions().tls() is not one
    assert HTTPOptions(verify=False).tls() is not one
    monkeypatch.undo()
    gone = weakref.ref(one)
    del one, other
    gc.collect()
    assert gone() is None


class Proxy(ScriptedServer):
    """Forwards http requests, and opens tunnels for https."""

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            request = _read_request(sock)
            self.requests.append(request)
            if request.startswith(b"CONNECT "):
                host, _, port = request.split()[1].rpartition(b":")
                with socket.create_connection((host.decode(), int(port))) as upstream:
                    sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=_pump, args=(upstream, sock), daemon=True)
                    back.start()
                    _pump(sock, upstream)
            else:
                sock.sendall(self.script[0])


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy():
    server = Proxy(answer())
    yield server
    server.close()


@both_faces
def test_http_goes_through_the_proxy(face, proxy):
    """With user and password in a header of their own, not in the url."""
    url = f"http://user:p%40ss@127.0.0.1:{proxy.port}"
    assert run(face, "http://lk.example:7880", create, proxy=url).sid == "RM_scripted"
    request = proxy.requests[0].decode()
    assert request.startswith("POST http://lk.example:7880/twirp/livekit.RoomService/CreateRoom ")
    assert f"Basic {base64.b64encode(b'user:p@ss').decode()}" in request
    assert "user:" not in request


@both_faces
def test_https_goes_through_a_tunnel(face, proxy, certificate):
    """The proxy sees the host and nothing else."""
    with serving_tls(certificate, answer()) as server:
        options = {"proxy": f"http://127.0.0.1:{proxy.port}", "ca_file": certificate[0]}
        assert run(face, server.url, create, **options).sid == "RM_scripted"
    assert proxy.requests[0].startswith(f"CONNECT localhost:{server.port} ".encode())
    assert b"twirp" not in b"".join(proxy.requests)


@both_faces
def test_a_proxy_that_refuses_or_is_down_is_a_connect_error(face):
    """The server was never reached."""
    refusing = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with serving(refusing) as server:
        for proxy in (server.url, "http://127.0.0.1:1"):
            for url in ("https://lk.example", "http://lk.example"):
                with pytest.raises(errors.ConnectError, match="proxy") as caught:
                    run(face, url, create, proxy=proxy, retry=NO_RETRY)
                assert caught.value.sent is False
                assert caught.value.hint == ""  # the url is not at fault


@both_faces
def test_the_status_407_of_a_server_behind_a_tunnel_is_its_own(face, proxy, certificate):
    """The proxy sees nothing of it, so it cannot be the proxy's."""
    with serving_tls(certificate, answer("407 X", b"", "text/plain")) as server:
        options = {"proxy": f"http://127.0.0.1:{proxy.port}", "ca_file": certificate[0]}
        with pytest.raises(errors.APIError) as caught:
            run(face, server.url, create, retry=NO_RETRY, **options)
    assert caught.value.status == 407


def test_the_environment_counts_unless_told_otherwise(monkeypatch):
    """HTTPS_PROXY, ALL_PROXY and NO_PROXY; an explicit proxy goes before them."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("ALL_PROXY", "other:2")
    monkeypatch.setenv("NO_PROXY", "direct.example,127.0.0.1")

    def proxy(url, **options):
        found = Targets(HTTPOptions(**options)).find(url).proxy
        return found and found.url

    assert proxy("https://lk.example/x") == "http://secure:1"
    assert proxy("http://lk.example:7880/x") == "http://other:2"
    assert proxy("https://direct.example/x") is None
    assert proxy("http://127.0.0.1:7880/x") is None
    assert proxy("https://lk.example/x", trust_env=False) is None
    assert proxy("https://lk.example/x", proxy="http://mine:3") == "http://mine:3"


def test_urls_are_read_once_and_not_kept_for_ever():
    """The table of known urls is bounded."""
    targets = Targets(HTTPOptions(trust_env=False))
    first = targets.find("https://lk.example/a?b=c")
    assert targets.find("https://lk.example/a?b=c") is first
    assert (first.host, first.port, first.path, first.secure) == ("lk.example", 443, "/a?b=c", True)
    for number in range(1000):
        targets.find(f"http://[::1]:7880/{number}")
    assert len(targets._known) <= 256


@both_faces
def test_a_proxy_that_takes_a_users_client_says_so(face):
    """SOCKS, and TLS inside TLS: with what to give instead."""
    with pytest.raises(errors.SettingsError, match="aiohttp-socks"):
        run(face, "http://lk.example", create, proxy="socks5://127.0.0.1:1080")
    with pytest.raises(errors.SettingsError, match="TLS inside TLS"):
        run(face, "https://lk.example", create, proxy="https://127.0.0.1:3128")


class TwoAtOnce(SecureServer):
    """Sends two answers, each a TLS record of its own, in one write to the socket."""

    def _serve(self, sock: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)

        def pump(step):
            while True:
                with suppress(ssl.SSLWantReadError):
                    result = step()
                    sock.sendall(outgoing.read())
                    return result
                sock.sendall(outgoing.read())
                data = sock.recv(65536)
                incoming.write(data) if data else incoming.write_eof()

        with suppress(OSError):
            pump(tls.do_handshake)
            while pump(lambda: tls.read(65536)):
                for data in self.script:
                    tls.write(data)
                sock.sendall(outgoing.read())


@both_faces
def test_an_answer_that_nobody_asked_for_is_never_read_over_tls(face, certificate):
    """It came with the one before; were the connection used again, it would be the next answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, certificate))
    planted = answer(body=Room(sid="RM_planted").to_bytes())
    server = TwoAtOnce(context, answer(), planted)

    def sync_work(api):
        return [create(api).sid for _ in range(4)]

    async def async_work(api):
        return [(await create(api)).sid for _ in range(4)]

    try:
        work = sync_work if face.startswith("sync") else async_work
        sids = run(face, server.url, work, ca_file=certificate[0], retry=NO_RETRY)
    finally:
        server.close()
    assert sids == ["RM_scripted"] * 4
    assert server.connections == 4
