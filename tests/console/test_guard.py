"""Who may use the console, and what a foreign page or a bad proxy cannot do."""

from __future__ import annotations

import functools

import pytest

import lkapi
from lkapi.console import Access, ConsoleSettings, Password
from tests.console.stages import KEY, SECRET, playing, read_csrf

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def test_the_token_of_the_address_lets_one_browser_in(console):
    used = console.app.sessions.token
    console.client.cookies.clear()
    assert console.get("/enter", token=used).status_code == 200
    console.client.cookies.clear()
    refused = console.get("/enter", token=used)
    assert refused.status_code == 401
    assert "used already" in refused.text
    assert console.app.sessions.token != used


def test_one_who_is_in_may_open_the_address_again(console):
    again = console.client.get("/enter?token=used", follow_redirects=False)
    assert (again.status_code, again.headers["location"]) == (303, "/")


def test_without_a_password_there_is_nothing_to_log_in_to(console):
    for answer in (console.client.get, console.client.post):
        page = answer("/login", follow_redirects=False, headers={"x-csrf-token": console.csrf})
        assert (page.status_code, page.headers["location"]) == (303, "/")


def test_the_oldest_of_too_many_sessions_ends(console, monkeypatch):
    monkeypatch.setattr("lkapi.console.web.sessions._MAX_SESSIONS", 2)
    first = dict(console.client.cookies)
    for _ in range(2):
        console.client.cookies.clear()
        console.enter()
    assert console.get("/rooms").status_code == 200
    console.client.cookies.clear()
    console.client.cookies.update(first)
    assert console.get("/rooms").status_code == 401


def test_cookies_that_cannot_be_read_let_nobody_in(console):
    console.client.cookies.clear()
    for cookie in ("lkapi-console-7890=x; ,=3", "=;=", "lkapi-console-7890"):
        assert console.client.get("/rooms", headers={"cookie": cookie}).status_code == 401


def test_without_a_session_nothing_is_shown(console):
    console.client.cookies.clear()
    for path in ("/", "/rooms", "/do/room.create", "/live", "/log", "/tokens"):
        response = console.get(path)
        assert response.status_code == 401, path
        assert "open the address" in response.text
    assert console.post("/do/room.create", {"name": "x"}).status_code == 401
    assert not console.world.rooms


def test_the_cookie_is_for_this_console_alone(console):
    console.client.cookies.clear()
    path = f"/enter?token={console.app.sessions.token}"
    response = console.client.get(path, follow_redirects=False)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert cookie.startswith("lkapi-console-7890=")
    assert response.headers["location"] == "/"


def test_every_response_has_the_strict_policy(console):
    for path in ("/", "/static/console.css", "/nothing", "/do/room.create"):
        headers = console.get(path).headers
        assert headers["content-security-policy"] == CSP
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


def test_no_page_has_a_script_or_style_of_its_own(console):
    for path in ("/", "/rooms", "/tokens", "/webhooks", "/log", "/do/room.create"):
        text = console.get(path).text
        assert "<style" not in text
        assert "style=" not in text
        assert " onclick=" not in text
        for tag in text.split("<script")[1:]:
            assert 'src="/static/' in tag.partition(">")[0]
        for address in text.split('href="')[1:] + text.split('src="')[1:]:
            assert address.startswith(("/", "#")), address[:60]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:1", "localhost", "127.0.0.1.nip.io:7890"]
)
def test_another_host_name_is_refused(console, host):
    response = console.client.get("/rooms", headers={"host": host})
    assert response.status_code == 421
    assert "Rooms" not in response.text


@pytest.mark.parametrize("host", ["localhost:7890", "[::1]:7890", "127.0.0.1:7890"])
def test_the_names_of_this_machine_are_known(console, host):
    assert console.client.get("/rooms", headers={"host": host}).status_code == 200


def test_a_named_host_is_known():
    access = Access(host_names=("console.example:443",), trust_header="x-user")
    with playing(access=access) as player:
        headers = {"host": "console.example:443", "x-user": "ann"}
        assert player.client.get("/rooms", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"x-csrf-token": ""},
        {"x-csrf-token": "guessed"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_change_from_elsewhere_is_refused(console, headers):
    response = console.post("/do/room.create", {"name": "made"}, **headers)
    assert response.status_code == 403
    assert not console.world.rooms


def test_a_change_from_the_page_is_made(console):
    origin = {"origin": "http://127.0.0.1:7890", "sec-fetch-site": "same-origin"}
    assert console.post("/do/room.create", {"name": "made"}, **origin).status_code == 200
    assert list(console.world.rooms) == ["made"]


def test_read_only_is_enforced_in_the_server():
    with playing(read_only=True, stage=True) as player:
        for name in player.app._frame.actions:
            response = player.post(f"/do/{name}", {"room": "x", "name": "x", "identity": "x"})
            assert response.status_code == 403, name
            assert "read-only" in response.text
        for path in ("/tokens/make", "/webhooks/replay"):
            assert player.post(path, {}).status_code == 403
        assert not player.world.rooms
        assert player.get("/do/room.create").status_code == 200
        assert player.post("/tokens/decode", {"token": "x"}).status_code == 422
        assert player.post("/do/room.create/shown", {"name": "x"}).status_code == 200


def test_a_password_is_asked_for():
    with playing(access=Access(password=Password("open sesame"))) as player:
        page = player.client.get("/rooms")
        assert page.url.path == "/login"
        assert player.get("/enter", token=player.app.sessions.token).url.path == "/login"
        wrong = player.client.post("/login", data={"password": "open"})
        assert wrong.status_code == 401
        assert "not the password" in wrong.text
        right = player.client.post("/login", data={"password": "open sesame"})
        assert right.url.path == "/"
        player.csrf = read_csrf(right.text)
        assert player.do("room.create", name="made").status_code == 200
        assert player.post("/logout").status_code == 200
        assert player.client.get("/rooms").url.path == "/login"


def test_a_proxy_names_the_user():
    with playing(access=Access(trust_header="x-forwarded-user")) as player:
        assert player.get("/rooms").status_code == 401
        assert player.get("/enter", token=player.app.sessions.token).status_code == 401
        page = player.client.get("/rooms", headers={"x-forwarded-user": "ann"})
        assert page.status_code == 200
        token = {"x-csrf-token": read_csrf(page.text)}
        create = functools.partial(player.client.post, "/do/room.create", data={"name": "made"})
        assert create(headers={"x-forwarded-user": "ben", **token}).status_code == 403
        assert create(headers=token).status_code == 401
        assert not player.world.rooms
        assert create(headers={"x-forwarded-user": "ann", **token}).status_code in (200, 303)
        assert list(player.world.rooms) == ["made"]


def test_other_machines_need_a_password_or_a_proxy():
    with pytest.raises(lkapi.SettingsError, match="--password-file"):
        ConsoleSettings(url="http://x", host="0.0.0.0")
    ConsoleSettings(url="http://x", host="0.0.0.0", access=Access(password=Password("p")))
    ConsoleSettings(url="http://x", host="0.0.0.0", access=Access(trust_header="x-user"))
    for host in ("127.0.0.2", "::1", "localhost"):
        ConsoleSettings(url="http://x", host=host)


def test_password_files(tmp_path):
    path = tmp_path / "password"
    with pytest.raises(lkapi.SettingsError, match="cannot read"):
        Password.read(str(path))
    path.write_text("\n")
    with pytest.raises(lkapi.SettingsError, match="empty"):
        Password.read(str(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(lkapi.SettingsError, match="UTF-8"):
        Password.read(str(path))
    path.write_text("open sesame\nand more\n")
    assert Password.read(str(path)).matches("open sesame")
    assert not Password.read(str(path)).matches("open sesame\nand more")


def test_no_repr_shows_a_secret():
    settings = ConsoleSettings(
        url="http://x", api_key="the-key", api_secret="the-secret", token="the-token",
        access=Access(password=Password("the-password")),
    )  # fmt: skip
    shown = f"{settings!r} {settings.access!r}"
    assert "the-" not in shown


def test_key_and_secret_reach_no_page(dev):
    dev.do("world.join", room="demo", identity="ann", publishes="both")
    dev.do("room.data", room="demo", data="hello")
    for path in (
        "/",
        "/rooms",
        "/room?name=demo",
        "/tokens",
        "/webhooks",
        "/log",
        "/log/call?number=1",
        "/world",
        "/requests",
        "/recording",
        "/ingress",
        "/agents",
        "/participant?room=demo&identity=ann",
        "/do/room.delete?room=demo",
    ):
        text = dev.get(path).text
        assert KEY not in text, path
        assert SECRET not in text.replace("secret of the request", ""), path


def test_a_redirect_stays_in_the_console(console):
    page = console.get("/do/room.create", back="https://evil.example/")
    assert 'name="back" value="/"' in page.text
    assert 'name="back" value="/"' in console.get("/do/room.create", back="//evil.example").text
