"""Urls, credentials and lengths of time: what is accepted, and how the rest is refused."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from hypothesis import given, strategies as st

from lkapi.errors import SettingsError
from lkapi.rpc.options import check_headers
from lkapi.settings import APIKey, BearerToken, Settings, parse_url, to_seconds

KEY = {"LIVEKIT_API_KEY": "env-key", "LIVEKIT_API_SECRET": "env-secret"}


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("wss://demo.livekit.cloud", "https://demo.livekit.cloud"),
        ("ws://demo.example.com", "http://demo.example.com"),
        ("https://demo.example.com/", "https://demo.example.com"),
        ("HTTP://Demo.Example.COM:7880", "http://demo.example.com:7880"),
        ("https://demo.example.com:443", "https://demo.example.com"),
        ("http://demo.example.com:80/", "http://demo.example.com"),
        ("https://demo.example.com:80", "https://demo.example.com:80"),
        ("https://demo.example.com/livekit/", "https://demo.example.com/livekit"),
        ("https://demo.example.com/a/b", "https://demo.example.com/a/b"),
        ("demo.livekit.cloud", "https://demo.livekit.cloud"),
        ("demo.livekit.cloud:8443/base", "https://demo.livekit.cloud:8443/base"),
        ("localhost:7880", "http://localhost:7880"),
        ("localhost", "http://localhost"),
        ("127.0.0.1:7880", "http://127.0.0.1:7880"),
        ("[::1]:7880", "http://[::1]:7880"),
        ("dev.localhost", "http://dev.localhost"),
        ("wss://[2001:DB8::1]:7880/x", "https://[2001:db8::1]:7880/x"),
        ("  wss://demo.livekit.cloud  ", "https://demo.livekit.cloud"),
        ("ws://livekit_server:7880", "http://livekit_server:7880"),
        ("wss://münchen.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_addresses_are_brought_into_one_form(given, base):
    """Schemes, bare hosts, ports, base paths, case and IPv6."""
    assert parse_url(given).base == base


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "LIVEKIT_URL"),
        ("   ", "LIVEKIT_URL"),
        ("ftp://demo.example.com", "'ftp'"),
        ("file:///etc/passwd", "'file'"),
        ("https://a..b", "no usable host"),
        ("https://.", "no usable host"),
        (f"https://{'a' * 64}.example", "no usable host"),
        ("https://demo.exam\nple.com", "line breaks"),
        ("https://demo.example.com/pa\r\nth", "line breaks"),
        ("https://demo.example.com\r\nx-evil: 1", "line breaks"),
        ("https://demo example.com", "blanks"),
        ("https://", "no usable host"),
        ("https://:7880", "no usable host"),
        ("https://demo.example.com:0", "port"),
        ("https://demo.example.com:99999", "port"),
        ("https://demo.example.com:abc", "port"),
        ("https://[::1", "cannot be read"),
        ("https://[zz::1]", "(cannot be read|IPv6)"),
        ("https://demo.example.com/a b", "percent-encode"),
        ("https://demo.example.com/ä", "percent-encode"),
        ("https://demo.example.com?x=1", "query"),
        ("https://demo.example.com#x", "query"),
        ("https://-demo.example.com", "no usable host"),
    ],
)
def test_other_addresses_are_refused_with_the_way_out(given, told):
    """A SettingsError, which is a ValueError, names what is wrong."""
    with pytest.raises(SettingsError, match=f"(?i){told}") as caught:
        parse_url(given)
    assert isinstance(caught.value, ValueError)


def test_a_password_in_the_url_is_refused_and_not_repeated():
    """Nor is what stands in a query."""
    for url in ("https://user:hunter2@demo.example.com", "demo.example.com?secret=hunter2"):
        with pytest.raises(SettingsError) as caught:
            parse_url(url)
        assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_url_or_a_settings_error(text):
    """And what is accepted stays as it is when read again."""
    try:
        url = parse_url(text)
    except SettingsError:
        return
    assert parse_url(url.base) == url


def test_explicit_credentials_switch_the_environment_off():
    """An ambient token cannot override a key that was passed."""
    env = {**KEY, "LIVEKIT_TOKEN": "ambient.jwt.token"}
    settings = Settings.resolve("localhost", "k", "s", environ=env)
    assert settings.credentials == APIKey("k", "s")
    assert Settings.resolve("localhost", environ=env).credentials == BearerToken(
        "ambient.jwt.token"
    )
    assert Settings.resolve("localhost", environ=KEY).credentials == APIKey("env-key", "env-secret")
    assert Settings.resolve("localhost", token="t.t.t", environ=KEY).credentials == BearerToken(
        "t.t.t"
    )


def test_empty_strings_count_as_not_given():
    """In arguments and in the environment."""
    env = {**KEY, "LIVEKIT_TOKEN": "", "LIVEKIT_URL": "ws://env:1"}
    settings = Settings.resolve("", "", "", token="", environ=env)
    assert settings.url.base == "http://env:1"
    assert settings.credentials == APIKey("env-key", "env-secret")


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        ({"api_key": "k"}, KEY, "api_secret"),
        ({"api_secret": "s"}, KEY, "api_key"),
        (
            {},
            {"LIVEKIT_API_KEY": "k"},
            "LIVEKIT_API_KEY is set without .*SECRET: set both, or pass",
        ),
        (
            {},
            {"LIVEKIT_API_SECRET": "s"},
            "LIVEKIT_API_SECRET is set without LIVEKIT_API_KEY: set both, or pass",
        ),
        ({}, {}, "LIVEKIT_TOKEN"),
        ({"token": "t.t.t", "api_key": "k", "api_secret": "s"}, {}, "one or the other"),
        ({"token": "two words"}, {}, "bare JWT"),
        ({"token": "line\nbreak"}, {}, "bare JWT"),
    ],
)
def test_the_missing_credential_is_named(arguments, env, told):
    """So that one knows what to set."""
    with pytest.raises(SettingsError, match=told):
        Settings.resolve("localhost", environ=env, **arguments)


def test_no_repr_shows_a_secret():
    """Neither key secret nor token."""
    for credentials in ({"api_key": "k", "api_secret": "hunter2"}, {"token": "hunter2"}):
        assert "hunter2" not in repr(Settings.resolve("localhost", environ={}, **credentials))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, None),
        (3, 3.0),
        (0.5, 0.5),
        (timedelta(minutes=1), 60.0),
        (aiohttp.ClientTimeout(total=7), 7.0),
        (aiohttp.ClientTimeout(total=None), None),
    ],
)
def test_lengths_of_time(given, read):
    """Seconds, timedelta, and livekit-api's ClientTimeout."""
    assert to_seconds(given) == read


def test_impossible_lengths_of_time_are_refused():
    """Zero, negative, endless, and what is no time at all."""
    for value in (0, -1, float("inf"), float("nan"), timedelta(seconds=-1)):
        with pytest.raises(SettingsError, match="more than 0"):
            to_seconds(value)
    for value in ("10", True, [1]):
        with pytest.raises(TypeError, match="seconds or a timedelta"):
            to_seconds(value)
    with pytest.raises(TypeError, match="url must be a str"):
        parse_url(7880)


@pytest.mark.parametrize("name", ["api_key", "api_secret", "token"])
@pytest.mark.parametrize("value", [5, b"bytes"])
def test_credentials_are_text(name, value):
    """Bytes or a number are refused at once, by name, and not shown."""
    given = {"api_key": "key", "api_secret": "secret"} if name != "token" else {}
    with pytest.raises(TypeError, match=f"{name} must be a str") as caught:
        Settings.resolve("wss://demo.example.com", **{**given, name: value}, environ={})
    assert repr(value) not in str(caught.value)


@pytest.mark.parametrize("value", [86401, 1e300, timedelta(days=999)])
def test_a_time_that_clocks_cannot_count_is_refused(value):
    """Longer than a day is no time for a call."""
    with pytest.raises(SettingsError, match="86400"):
        to_seconds(value)
    assert to_seconds(86400) == 86400


@pytest.mark.parametrize(
    "name", ["Transfer-Encoding", "content-encoding", "Content-Length", "Upgrade", "Host"]
)
def test_headers_that_frame_the_request_cannot_be_given(name):
    """They would say something else than what is sent (request smuggling)."""
    with pytest.raises(SettingsError, match="set by lkapi"):
        check_headers({name: "x"})


@pytest.mark.parametrize("headers", [{"x": 5}, {5: "x"}, {"x": None}, {"x": b"y"}])
def test_headers_are_text(headers):
    """Anything else is refused by name, without its value."""
    with pytest.raises(TypeError, match="of type str"):
        check_headers(headers)
