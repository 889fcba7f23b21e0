"""``lkapi doctor`` on the embedded server: what it finds, and that it changes nothing."""

from __future__ import annotations

import errno
import json
import socket
import time
from contextlib import contextmanager
from email.utils import formatdate

import pytest

from lkapi import AccessToken, CreateRoomRequest, VideoGrants
from lkapi.cli.credentials import Connection
from lkapi.cli.doctor import examination, latency, network
from lkapi.cli.doctor.case import Case
from lkapi.cli.doctor.findings import Finding, Level, lines, ok, warning, worst_code
from lkapi.cli.doctor.proxy import without_password
from lkapi.cli.exit_codes import ExitCode
from lkapi.devserver import DevServer, HTTPFrontEnd, World
from lkapi.devserver.runtime.config import WorldConfig
from lkapi.rpc.regions import Failover
from lkapi.settings import APIKey, parse_url
from tests.call.scripted import answer, serving
from tests.cli.tools import KEY, SECRET, clean_environ, run

READING = ("/ListRooms", "/ListParticipants", "/ListEgress", "/ListIngress", "/ListDispatch",
           "/ListSIPInboundTrunk", "/ListSIPOutboundTrunk", "/ListSIPDispatchRule",
           "/ListPhoneNumbers", "/ListAgents")  # fmt: skip


class WatchedServer(DevServer):
    """Notes every request that it gets, whatever it is."""

    def __init__(self, world):
        super().__init__(world)
        self.requests = []

    def exchange(self, request):
        self.requests.append((request.method, request.url.partition("?")[0]))
        return super().exchange(request)


@contextmanager
def serving_world(world=None):
    """A server over a world, and the environment that leads to it."""
    server = WatchedServer(world or World(keys={KEY: SECRET}))
    with HTTPFrontEnd(server) as http:
        yield (
            server,
            {
                "LIVEKIT_URL": http.url,
                "LIVEKIT_API_KEY": KEY,
                "LIVEKIT_API_SECRET": SECRET,
            },
        )


def examined(environ, **known):
    """The findings by check, for a case with some settings of its own."""
    url = parse_url(environ["LIVEKIT_URL"])
    key = APIKey(environ["LIVEKIT_API_KEY"], environ["LIVEKIT_API_SECRET"])
    case = Case(**{"url": url, "credentials": key, **known})
    try:
        return {finding.check: finding for finding in examination.examine_case(case)}
    finally:
        case.close()


def levels(found):
    return {check: finding.level.value for check, finding in found.items()}


def test_all_is_well():
    """Every line ok, exit code 0, nothing on standard error."""
    with serving_world() as (server, environ):
        server.world.create_room(CreateRoomRequest(name="demo"))
        code, out, err = run("doctor", environ=environ)
    assert (code, err) == (0, "")
    assert {line.split()[0] for line in out.splitlines()} == {"ok"}
    assert f"API key {KEY} and its secret are accepted" in out
    assert "can be listed (video.roomList), 1 there" in out
    assert "can be listed (video.roomAdmin, video.room='demo'), none there" in out
    assert SECRET not in out


@pytest.mark.parametrize("profile", ["cloud", "self-hosted"])
def test_nothing_is_ever_changed(profile):
    """Every request that reached the server reads, and the world is what it was."""
    world = World(profile, keys={KEY: SECRET})
    world.create_room(CreateRoomRequest(name="demo"))
    before = (world.rooms["demo"].info.to_bytes(), world.events.names())
    rules = Failover(domains=("127.0.0.1",), insecure=True)
    with serving_world(world) as (server, environ):
        found = examined(environ, failover=rules)
        assert run("doctor", environ=environ)[0] == 0
    assert "agents" in found
    assert len(server.requests) > 25
    for method, url in server.requests:
        if method == "GET":
            assert url.endswith(("/", "/settings/regions")), url
        else:
            assert method == "POST"
            assert url.endswith(READING), url
    assert (world.rooms["demo"].info.to_bytes(), world.events.names()) == before
    assert list(world.rooms) == ["demo"]


def test_a_wrong_secret_and_an_unknown_key_are_told_apart():
    """By the server's words; nothing above is asked with credentials that are refused."""
    with serving_world() as (_, environ):
        code, out, _ = run("doctor", environ={**environ, "LIVEKIT_API_SECRET": "another-secret"})
        assert code == 4
        assert f"the secret is not that of API key '{KEY}'" in out
        assert "what to do: copy key and secret again" in out
        assert "egress" not in out
        code, out, _ = run("doctor", environ={**environ, "LIVEKIT_API_KEY": "nobody"})
        assert code == 4
        assert "the server does not know API key 'nobody'" in out
        assert "another-secret" not in out


def _token(**settings):
    return AccessToken(KEY, SECRET, identity="ann", **settings)


def test_a_token_is_told_what_it_lacks():
    """Without failing: it needs not have every grant."""
    token = _token().with_grants(VideoGrants(room_admin=True, room="demo")).to_jwt()
    with serving_world() as (server, environ):
        server.world.create_room(CreateRoomRequest(name="demo"))
        only = {"LIVEKIT_URL": environ["LIVEKIT_URL"], "LIVEKIT_TOKEN": token}
        code, out, _ = run("doctor", environ=only)
    assert code == 0
    assert "the token is accepted; it expires in" in out
    assert "not granted: the token has no video.roomList" in out
    assert "can be listed (video.roomAdmin, video.room='demo'), none there" in out
    assert "not granted: the token has no sip.admin" in out
    assert token not in out


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (lambda: time.time() - 90_000, "the token has ended"),
        (lambda: time.time() + 600, "the token is not valid yet"),
    ],
)
def test_a_token_of_another_time(clock, said):
    """What to do is to make a new one."""
    token = _token(clock=clock).with_grants(VideoGrants(room_list=True)).to_jwt()
    with serving_world() as (_, environ):
        only = {"LIVEKIT_URL": environ["LIVEKIT_URL"], "LIVEKIT_TOKEN": token}
        code, out, _ = run("doctor", environ=only)
    assert code == 4
    assert said in out
    assert "lkapi token create" in out


def test_a_foreign_token_and_a_broken_one():
    """Both are the credentials' fault."""
    other = AccessToken(KEY, "another-secret").with_grants(VideoGrants(room_list=True)).to_jwt()
    with serving_world() as (_, environ):
        for token, said in ((other, "was not signed with the secret"), ("x.y", "refuses")):
            only = {"LIVEKIT_URL": environ["LIVEKIT_URL"], "LIVEKIT_TOKEN": token}
            code, out, _ = run("doctor", environ=only)
            assert code == 4
            assert said in out


def test_what_a_server_does_not_have_is_no_failure():
    """A self-hosted server without redis has no egress, ingress or SIP, and never Cloud's."""
    config = WorldConfig(profile="self-hosted", redis=False)
    with serving_world(World(keys={KEY: SECRET}, config=config)) as (_, environ):
        found = examined(environ)
    assert set(levels(found).values()) == {"ok"}
    assert found["egress"].text.startswith("not on this server: it has no redis")
    assert found["sip rules"].text.startswith("not on this server")
    assert found["numbers"].text == "not on this server"
    assert "agents" not in found
    assert found["regions"].text.startswith("none")
    assert found["server"].text.startswith("not on a host of LiveKit Cloud; it ")


def test_regions_are_listed_where_there_are_some():
    """With a token, from the host of the project, and only those that may be sent one."""
    rules = Failover(domains=("127.0.0.1",), insecure=True)
    with serving_world() as (server, environ):
        server.origins = (environ["LIVEKIT_URL"], "http://10.0.0.1:7880", "http://127.0.0.1:7999")
        found = examined(environ, failover=rules)
        assert found["server"].text.startswith("LiveKit Cloud")
        assert found["regions"].text == "region-0, region-1, region-2; the nearest first"
        assert found["regions"].facts["origins"] == [
            environ["LIVEKIT_URL"],
            "http://127.0.0.1:7999",
        ]
        server.origins = ("http://10.0.0.1:7880",)
        assert examined(environ, failover=rules)["regions"].level is Level.WARNING


@pytest.mark.parametrize(
    ("ahead", "level", "code", "said"),
    [
        (0, "ok", ExitCode.OK, "agrees"),
        (30, "warning", ExitCode.WARNING, "this machine is 30 s ahead of the server"),
        (-30, "warning", ExitCode.WARNING, "this machine is 30 s behind the server"),
        (90, "failure", ExitCode.REFUSED, "servers refuse tokens"),
        (-7200, "failure", ExitCode.REFUSED, "this machine is 7200 s behind the server"),
    ],
)
def test_clocks_are_compared(ahead, level, code, said):
    """By the Date header, to half a second; more than 60 s explains refused tokens."""
    now = 1_790_000_000.0
    date = f"Date: {formatdate(now, usegmt=True)}"
    ok_answer = answer("200 OK", b"OK", "text/plain", date)
    with serving(ok_answer) as server:
        environ = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        found = examined(environ, clock=lambda: now + 0.5 + ahead)["clock"]
    assert (found.level.value, found.code) == (level, code)
    assert said in found.text
    assert found.facts["server_ahead_seconds"] == -ahead


def test_refused_by_the_clock_is_said_to_be_so():
    """The key is right: what is wrong is the time at which its tokens begin."""
    now = 1_790_000_000.0
    date = f"Date: {formatdate(now, usegmt=True)}"
    said = b"invalid token: [x], error: token has invalid claims: token is not valid yet"
    root = answer("200 OK", b"OK", "text/plain", date)
    with serving(root, answer("401 No", said, "text/plain", date)) as server:
        environ = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        found = examined(environ, clock=lambda: now + 300)
    assert found["clock"].level is Level.FAILURE
    assert found["credentials"].text == "by the server's clock the token is not valid yet"
    assert "clock" in found["credentials"].advice


def test_a_server_without_date_or_that_is_another():
    """Warnings: it may be LiveKit behind something."""
    with serving(answer("404 Not Found", b"<html>", "text/html")) as server:
        environ = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        found = examined(environ)
    assert found["http"].level is found["clock"].level is Level.WARNING
    assert "not like a LiveKit server" in found["http"].text
    assert found["credentials"].level is Level.FAILURE
    with serving(answer("502 Bad", b"", "text/plain")) as server:
        found = examined({**environ, "LIVEKIT_URL": server.url})
    assert "responds with 502" in found["http"].text


def test_a_connection_that_is_cut_is_the_last_line():
    """Nothing above is asked."""

    def cut(sock):
        sock.close()

    with serving(cut) as server:
        environ = {"LIVEKIT_URL": server.url, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
        found = examined(environ)
    assert list(found)[-1] == "http"
    assert (found["http"].level, found["http"].code) == (Level.FAILURE, ExitCode.NETWORK)


def test_without_credentials_the_network_is_looked_at_all_the_same():
    """Up to the server's answer; the document has the advice for what is missing."""
    with serving_world() as (_, environ):
        given = {"LIVEKIT_URL": environ["LIVEKIT_URL"]}
        code, out, _ = run("doctor", "--json", environ=given)
    found = {finding["check"]: finding for finding in json.loads(out)["checks"]}
    assert code == 3
    assert found["credentials"]["level"] == "failure"
    assert "--api-key" in found["credentials"]["advice"]
    assert found["http"]["level"] == "ok"
    assert "latency" not in found


def test_nothing_listens():
    """The address, the reason and the exit code."""
    environ = {"LIVEKIT_URL": "http://127.0.0.1:1", "LIVEKIT_API_KEY": KEY}
    code, out, _ = run("doctor", environ={**environ, "LIVEKIT_API_SECRET": SECRET})
    assert code == 8
    assert "127.0.0.1: refused, nothing listens there" in out
    assert out.count("failure") == 1


def test_names_without_addresses(monkeypatch):
    """A failure, but for a host that a proxy looks up."""

    def nobody(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    url = parse_url("https://nowhere.example")
    addresses = network.find_addresses(url.host, 443)
    found = network.check_names(Case(url=url), addresses)
    assert (found.level, found.code) == (Level.FAILURE, ExitCode.NETWORK)
    assert found.text == "nowhere.example has no address: Name or service not known"
    cloud = network.check_names(Case(url=parse_url("https://shop.livekit.cloud")), addresses)
    assert "the url that LiveKit Cloud shows" in cloud.advice
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hidden@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert network.check_names(Case(url=url), addresses).level is Level.WARNING
    refused = network.check_connection(Case(url=url), addresses)
    assert "the proxy http://***@127.0.0.1:1 takes no connection" in refused.text


def test_addresses_are_told_apart_and_each_is_tried():
    """One that takes no connection slows clients down: a warning."""
    with serving(answer()) as server:
        url = parse_url(f"http://two.example:{server.port}")
        addresses = network.Addresses("two.example", server.port, ("127.0.0.1", "::1"))
        named = network.check_names(Case(url=url), addresses)
        assert named.text == "two.example is 127.0.0.1, ::1 (IPv4 and IPv6)"
        found = network.check_connection(Case(url=url, timeout=5), addresses)
    assert found.level is Level.WARNING
    assert found.text.startswith(
        f"two.example port {server.port} takes connections, but not on ::1"
    )
    one = network.check_names(Case(url=url), network.Addresses("six.example", 1, ("::1",)))
    assert one.text.endswith("(IPv6)")


def test_the_proxy_is_named_without_its_password(monkeypatch):
    """And what reaches the server goes through it."""
    date = f"Date: {formatdate(usegmt=True)}"
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(answer("200 OK", b"OK", "text/plain", date)) as proxy:
        environ = {
            "LIVEKIT_URL": "http://livekit.example:7880",
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "HTTP_PROXY": proxy.url.replace("//", "//user:hidden@"),
            "http_proxy": proxy.url.replace("//", "//user:hidden@"),
        }
        code, out, _ = run("doctor", environ=environ)
        assert proxy.requests[0].startswith(b"GET http://livekit.example:7880/ ")
    assert f"through http://***@127.0.0.1:{proxy.port}" in out
    assert f"the proxy http://***@127.0.0.1:{proxy.port} takes connections" in out
    assert "hidden" not in out
    assert code != 0


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:p@h:1", "http://***@h:1"),
        ("u:p@ss@h:1", "***@h:1"),
        ("http://h:1", "http://h:1"),
        ("localhost,.example", "localhost,.example"),
    ],
)
def test_passwords_of_proxies_are_masked(url, shown):
    """However the url is written."""
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("variables", "check", "said"),
    [
        ({}, "url", "there is none"),
        ({"LIVEKIT_URL": "ftp://x"}, "url", "ftp"),
        ({"LIVEKIT_URL": "http://127.0.0.1:1"}, "credentials", "there are none"),
        (
            {"LIVEKIT_URL": "http://127.0.0.1:1", "LIVEKIT_API_KEY": "k"},
            "credentials",
            "there is an API key without its secret",
        ),
        (
            {
                "LIVEKIT_URL": "http://127.0.0.1:1",
                "LIVEKIT_API_KEY": "k",
                "LIVEKIT_API_SECRET": "'quoted'",
            },
            "credentials",
            "the API secret has blanks or quotes around it",
        ),
        ({"LIVEKIT_URL": "http://127.0.0.1:1", "LIVEKIT_TOKEN": "a b"}, "credentials", "blanks"),
    ],
)
def test_settings_that_cannot_be_right(variables, check, said):
    """Found before anybody is asked; what does not depend on them is looked at all the same."""
    found = {finding.check: finding for finding in examination.examine(Connection(variables))}
    assert (found[check].level, found[check].code) == (Level.FAILURE, ExitCode.SETTINGS)
    assert said in found[check].text
    assert "quoted" not in found[check].text
    assert ("tcp" in found) == (check == "credentials")


def test_a_path_in_the_url_is_pointed_out():
    """A proxy may want one; a server alone does not."""
    with serving_world() as (_, environ):
        url = environ["LIVEKIT_URL"] + "/livekit"
        code, out, _ = run("doctor", environ={**environ, "LIVEKIT_URL": url})
    assert code != 0
    assert f"warning  url           {url} has the path /livekit" in out


def test_one_json_document():
    """With a code, and facts for programs."""
    with serving_world() as (_, environ):
        code, out, _ = run("doctor", "--json", environ=environ)
    found = json.loads(out)
    assert found["exitCode"] == code == 0
    by_check = {each["check"]: each for each in found["checks"]}
    assert by_check["latency"]["facts"]["median_ms"] > 0
    assert by_check["rooms"]["facts"] == {"count": 0}
    assert {each["level"] for each in found["checks"]} == {"ok"}


def test_quiet_shows_what_is_not_ok():
    """And nothing else."""
    with serving_world() as (_, environ):
        assert run("doctor", "--quiet", environ=environ)[:2] == (0, "")
        _, out, _ = run("doctor", "-q", environ={**environ, "LIVEKIT_API_SECRET": "another"})
    assert out.startswith("failure  credentials")


def test_the_worst_line_gives_the_exit_code():
    """The first failure is the cause of those after it; warnings have a code of their own."""
    failed = [
        Finding("a", Level.FAILURE, "", code=ExitCode.NETWORK),
        Finding("b", Level.FAILURE, "", code=ExitCode.REFUSED),
    ]
    assert worst_code([ok("x", "")]) is ExitCode.OK
    assert worst_code([ok("x", ""), warning("y", "", "")]) is ExitCode.WARNING
    assert worst_code([warning("y", "", ""), *failed]) is ExitCode.NETWORK


def test_lines_fit_the_terminal():
    """Text and advice stand in one column, whatever the width."""
    found = warning("latency", "many words " * 20, "do this " * 20)
    for width in (80, 120):
        drawn = list(lines(found, width))
        assert max(map(len, drawn)) <= width
        assert all(line.startswith(" " * 23) for line in drawn[1:])
        assert any(line.strip().startswith("what to do: ") for line in drawn)


def test_slow_calls_are_a_warning():
    """The median counts: one slow call of five is none."""
    assert latency.judge_latency([5, 5, 5, 5, 9000]).level is Level.OK
    found = latency.judge_latency([1500, 1200, 3])
    assert (found.level, found.facts["median_ms"]) == (Level.WARNING, 1200)


def test_the_offline_report_has_no_values_of_variables():
    """Names alone; proxies without their passwords; what contradicts is pointed out."""
    environ = {
        "LIVEKIT_API_KEY": "the-key-itself",
        "LIVEKIT_URL": " wss://the-url-itself",
        "LIVEKIT_TOKEN": "the-token-itself",
        "HTTPS_PROXY": "http://user:the-password@proxy.example:3128",
    }
    code, out, _ = run("doctor", "--offline", environ=environ)
    assert code == 15
    for hidden in ("the-key-itself", "the-url-itself", "the-token-itself", "the-password"):
        assert hidden not in out
    assert "LIVEKIT_API_KEY, LIVEKIT_TOKEN, LIVEKIT_URL" in out
    assert "HTTPS_PROXY=http://***@proxy.example:3128" in out
    assert "LIVEKIT_API_KEY is set, LIVEKIT_API_SECRET is not" in out
    assert "LIVEKIT_URL has blanks or quotes around its value" in out


def test_the_offline_report_asks_no_server(monkeypatch):
    """It needs no network at all."""

    def no_network(*_, **__):
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    code, out, _ = run("doctor", "--offline", "--json", environ={})
    found = {each["check"]: each for each in json.loads(out)["checks"]}
    assert code == 0
    assert found["[cli]"]["facts"]["installed"] is True
    assert {"protobuf", "attrs"} <= set(found["packages"]["facts"]["packages"])
    assert found["event loop"]["facts"]["loop"].startswith("asyncio.")
    assert found["certificates"]["facts"]["authorities"] >= 0


def test_an_extra_that_is_not_there_is_named(monkeypatch):
    """With how to install it."""
    from lkapi.cli.doctor import environment

    real = environment.metadata.version

    def version(name):
        if name == "redis":
            raise environment.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(environment.metadata, "version", version)
    found = {finding.check: finding for finding in environment.environment_report({})}
    assert found["[redis]"].text == "not installed: pip install 'lkapi-sdk[redis]' adds redis"
    assert found["[redis]"].level is Level.OK


def test_python_m_lkapi_alone_is_the_report_even_without_the_extra():
    """For bug reports: click cannot be imported here."""
    import subprocess
    import sys

    block = (
        "import sys, runpy\n"
        "for name in ('click', 'rich', 'dotenv', 'yaml'): sys.modules[name] = None\n"
        "sys.argv = ['lkapi']\n"
        "runpy.run_module('lkapi', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", block],
        env=clean_environ({"LIVEKIT_API_SECRET": "the-secret-itself"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok       lkapi ")
    assert "the-secret-itself" not in done.stdout
    assert "python -m lkapi --help" in done.stdout


def test_each_list_has_its_own_line():
    """One that is refused or fails says so, and keeps no other from being asked."""
    with serving_world() as (server, environ):
        server.faults.fail(method="ListEgress", status=403, code="permission_denied")
        server.faults.fail(method="ListIngress", status=500, code="internal", message="oh no")
        server.faults.fail(method="ListPhoneNumbers", status=501, code="unimplemented")
        found = examined(environ)
    assert (found["egress"].level, found["egress"].facts) == (Level.WARNING, {"granted": False})
    assert "video.roomRecord" in found["egress"].text
    assert (found["ingress"].level, found["ingress"].code) == (Level.FAILURE, ExitCode.SERVER)
    assert "oh no" in found["ingress"].text
    assert found["numbers"].text == "not on this server"
    assert found["sip rules"].level is Level.OK
    assert worst_code(found.values()) is ExitCode.SERVER


def test_credentials_are_not_judged_by_a_server_that_fails():
    """It is the server that needs looking at, and no list is asked for."""
    with serving_world() as (server, environ):
        server.faults.fail(method="ListRooms", status=500, code="internal", message="oh no")
        found = examined(environ)
        server.faults.clear()
        server.faults.fail(method="ListRooms", drop="before")
        cut = examined(environ)
    assert (found["credentials"].level, found["credentials"].code) == (
        Level.FAILURE, ExitCode.SERVER,
    )  # fmt: skip
    assert found["credentials"].text == "not judged: internal: oh no"
    assert "egress" not in found
    assert cut["credentials"].code is ExitCode.NETWORK
    assert "latency" not in {**found, **cut}


def test_a_path_that_does_not_lead_to_livekit_is_named():
    """It is the url that needs looking at, not the server's log."""
    with serving_world() as (_, environ):
        url = f"{environ['LIVEKIT_URL']}/elsewhere"
        found = examined({**environ, "LIVEKIT_URL": url})
    assert found["credentials"].level is Level.FAILURE
    assert found["credentials"].advice.startswith(f"{url}: the url may be wrong (path or server)")
    assert "latency" not in found


def test_a_region_list_that_cannot_be_read():
    """A warning: calls work, and cannot move."""
    rules = Failover(domains=("127.0.0.1",), insecure=True)
    for fault, said in (({"status": 503}, "with 503"), ({"drop": "before"}, "cannot be")):
        with serving_world() as (server, environ):
            server.faults.fail(method="/settings/regions", **fault)
            found = examined(environ, failover=rules)["regions"]
        assert found.level is Level.WARNING
        assert said in found.text


def test_a_connection_that_times_out_says_after_how_long(monkeypatch):
    """And an address that has no answer of another kind."""

    def late(*_):
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", late)
    addresses = network.Addresses("far.example", 443, ("192.0.2.1",))
    found = network.check_connection(Case(url=parse_url("far.example"), timeout=0.5), addresses)
    assert "192.0.2.1: no response within 0.5 s" in found.text

    def unreachable(*_):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    found = network.check_connection(Case(url=parse_url("far.example")), addresses)
    assert "192.0.2.1: Network is unreachable" in found.text


def test_a_host_that_is_no_name_is_reported():
    """An address that the resolver cannot even encode."""
    assert network.find_addresses("a" * 70 + ".example", 443).problem


@pytest.mark.parametrize("installed", [False, True])
def test_packages_that_are_missing(monkeypatch, installed):
    """lkapi itself, run from a folder; or something that it stands on."""
    from lkapi.cli.doctor import environment

    def gone(name):
        raise environment.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(environment.metadata, "version", gone)
    if not installed:
        monkeypatch.setattr(environment.metadata, "requires", gone)
    found = {finding.check: finding for finding in environment.environment_report({})}
    assert found["packages"].level is Level.WARNING
    assert "pip install" in found["packages"].advice
    assert "beside it" not in found
    assert found["proxies"].text == "none in the environment"
    assert found["environment"].text == "none that lkapi reads"


def test_a_token_beside_a_key_is_pointed_out():
    """The token wins, which surprises."""
    environ = {"LIVEKIT_TOKEN": "t", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s"}
    code, out, _ = run("doctor", "--offline", environ=environ)
    assert code == 15
    assert "is used instead of the key" in out
