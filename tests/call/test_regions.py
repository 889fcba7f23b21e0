"""Region lists: reading them, keeping them, and never showing a token to a stranger."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from lkapi.rpc.regions import Failover, RegionCache, max_age, next_origin, read_regions
from lkapi.settings import parse_url

RULES = Failover()


def listing(*urls):
    return json.dumps(
        {"regions": [{"region": "r", "url": u, "distance": "1"} for u in urls]}
    ).encode()


def test_regions_of_the_domain_over_https_are_taken_in_order():
    """The server's order is its preference; twice the same is once."""
    urls = ["wss://b.livekit.cloud", "https://A.livekit.cloud:443", "wss://b.livekit.cloud/path"]
    assert read_regions(listing(*urls), "livekit.cloud", RULES) == (
        "https://b.livekit.cloud",
        "https://a.livekit.cloud",
    )


@pytest.mark.parametrize(
    "url",
    [
        "wss://evil.example.com",
        "wss://livekit.cloud.evil.example.com",
        "wss://evillivekit.cloud",
        "ws://a.livekit.cloud",
        "http://a.livekit.cloud",
        "wss://user:pass@a.livekit.cloud",
        "wss://a.livekit.run",
        "gopher://a.livekit.cloud",
        "",
        7,
        None,
        {"nested": 1},
    ],
)
def test_an_entry_that_cannot_be_trusted_is_passed_over(url):
    """It does not spoil the good ones."""
    found = read_regions(listing(url, "wss://good.livekit.cloud"), "livekit.cloud", RULES)
    assert found == ("https://good.livekit.cloud",)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["regions", "url"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_body_gives_a_list_of_allowed_origins(body):
    """Whatever the network brings."""
    for origin in read_regions(body, "livekit.cloud", RULES):
        assert origin.startswith("https://")
        assert parse_url(origin).host.endswith("livekit.cloud")


def test_deeply_nested_json_is_no_list():
    """A hostile body costs nothing."""
    assert read_regions(b"[" * 100_000, "livekit.cloud", RULES) == ()


def test_only_cloud_hosts_have_a_domain():
    """Self-hosted servers and plain http stay where they are."""
    assert RULES.domain_of(parse_url("wss://demo.livekit.cloud")) == "livekit.cloud"
    assert RULES.domain_of(parse_url("wss://demo.region.livekit.run")) == "livekit.run"
    assert RULES.domain_of(parse_url("ws://demo.livekit.cloud")) is None
    assert RULES.domain_of(parse_url("wss://example.com")) is None
    assert RULES.domain_of(parse_url("wss://cloud-api.livekit.io")) is None
    assert RULES.deduplicates(parse_url("wss://cloud-api.livekit.io"))
    assert not RULES.deduplicates(parse_url("localhost:7880"))


@pytest.mark.parametrize(
    ("header", "age"),
    [
        ("max-age=60", 60),
        ("public, Max-Age = 5 , stale", 5),
        ('max-age="7"', 7),
        ("s-maxage=60", 0),
        ("max-age=-1", 0),
        ("max-age=abc", 0),
        ("no-store, max-age=60", 0),
        ("", 0),
        (None, 0),
        ("max-age=0", 0),
    ],
)
def test_cache_control(header, age):
    """Only a plain max-age says how long a list may be kept."""
    assert max_age(header) == age


def test_the_cache_is_fresh_for_its_time_and_keeps_the_list_after():
    """A stale list is better than none when the server does not answer."""
    cache = RegionCache()
    assert cache.fresh(0.0) is None
    cache.store(("https://a.livekit.cloud",), 10.0, now=100.0)
    assert cache.fresh(109.9) == ("https://a.livekit.cloud",)
    assert cache.fresh(110.0) is None
    assert cache.origins == ("https://a.livekit.cloud",)


def test_the_next_origin_was_not_tried_yet():
    """In the order of the list."""
    assert next_origin(["a", "b", "c"], ["a"]) == "b"
    assert next_origin(["a"], ["a"]) is None
