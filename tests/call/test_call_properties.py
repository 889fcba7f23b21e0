"""The plan alone, under any sequence of outcomes: what must hold whatever happens."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from hypothesis import given, settings, strategies as st

from lkapi.errors import ConnectError, LiveKitError, RequestTimeoutError, TransportError
from lkapi.methods.info import Idempotency
from lkapi.protocol.room import CreateRoomRequest
from lkapi.rpc.call import Call
from lkapi.rpc.options import CallOptions
from lkapi.rpc.regions import Failover, read_regions
from lkapi.rpc.retry import RetryPolicy
from lkapi.rpc.steps import Again, Discover, Done, Raise
from tests.call.plans import CLOUD, GOOD, HOME, Clock, context, refusal, row

codes = st.sampled_from([None, "unavailable", "internal", "not_found", "resource_exhausted"])
statuses = st.sampled_from([302, 400, 401, 404, 408, 412, 429, 429, 451, 451, 500, 501, 503, 503])
metas = st.sampled_from([None, None, None, {"sip_status_code": "486"}])
waits = st.sampled_from(
    [{}, {}, {"retry_after": "0"}, {"retry_after": "2"}, {"retry_after": "100"}]
)


@st.composite
def outcomes(draw):
    """How an attempt ends: (kind, what the plan is told, seconds it takes)."""
    kind = draw(st.sampled_from(["unsent", "lost", "late", "refused", "refused", "good"]))
    took = draw(st.floats(0, 6))
    if kind == "unsent":
        return kind, ConnectError("refused"), took
    if kind == "lost":
        return kind, TransportError("reset"), took
    if kind == "late":
        return kind, RequestTimeoutError("timed out", sent=True), None
    if kind == "refused":
        answer = refusal(draw(statuses), draw(codes), "no", draw(metas), **draw(waits))
        return kind, answer, took
    return kind, GOOD, took


urls = st.sampled_from(
    [
        "wss://eu.livekit.cloud",
        "wss://us.livekit.cloud",
        "wss://evil.example.com",
        "ws://plain.livekit.cloud",
        "wss://demo.livekit.cloud",
        "not a url",
        5,
    ]
)
lists = st.lists(urls, max_size=4).map(
    lambda found: json.dumps({"regions": [{"url": url} for url in found]}).encode()
)


@given(
    kind=st.sampled_from(Idempotency),
    url=st.sampled_from([CLOUD, HOME, "wss://api.livekit.io"]),
    policy=st.builds(
        RetryPolicy,
        attempts=st.integers(1, 6),
        first_wait=st.floats(0, 3),
        max_wait=st.floats(0, 10),
        jitter=st.floats(0, 1),
    ),
    timeout=st.floats(0.01, 40),
    script=st.lists(outcomes(), min_size=7, max_size=7),
    bodies=st.lists(lists, min_size=7, max_size=7),
    draws=st.floats(0, 0.999),
    enabled=st.booleans(),
    deletes=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_no_sequence_of_outcomes_breaks_the_promises(
    kind, url, policy, timeout, script, bodies, draws, enabled, deletes
):
    """Attempts and deadline are kept, nothing harmful is repeated, no stranger sees the token."""
    clock, rules = Clock(), Failover(enabled=enabled)
    deadline = clock.now + timeout
    settled = context(url, clock, failover=rules, draw=lambda: draws)
    options = CallOptions(timeout=timeout, retry=policy)
    call = Call(settled, row(kind, deletes=deletes), CreateRoomRequest(name="demo"), options)
    sent, may_have_acted = [], []
    for (ending, told, took), regions in zip(script, bodies, strict=False):
        try:
            request = call.next_request()
        except LiveKitError:
            break
        sent.append(request)
        assert clock.now <= deadline, "an attempt began after the deadline"
        assert clock.now + request.timeout <= deadline + 0.0011
        milliseconds = int(request.headers["x-twirp-timeout-ms"])
        assert milliseconds == max(1, int(request.timeout * 1000))
        clock.now += request.timeout if took is None else min(took, request.timeout)
        step = call.on_failure(told) if isinstance(told, TransportError) else call.on_response(told)
        may_have_acted.append(
            ending in ("lost", "late", "good")
            or (ending == "refused" and told.status >= 500)
            or (ending == "refused" and b"sip_status" in told.content)
        )
        if isinstance(step, Discover):
            assert urlsplit(call.discovery_request().url).hostname == settled.url.host
            assert call.domain is not None
            step = call.on_regions(read_regions(regions, call.domain, rules))
        if isinstance(step, (Done, Raise)):
            break
        assert isinstance(step, Again)
        assert clock.now + step.wait < deadline, "a wait goes past the deadline"
        clock.now += step.wait
    else:
        raise AssertionError("the call never ended")

    assert len(sent) <= policy.attempts
    assert len({request.content for request in sent}) == 1
    assert len({request.headers["x-livekit-request-id"] for request in sent}) == 1
    assert len({urlsplit(request.url).path for request in sent}) == 1
    for request in sent:
        parts = urlsplit(request.url)
        at_home = f"{parts.scheme}://{parts.netloc}" == settled.url.origin
        assert at_home or (parts.scheme == "https" and parts.hostname.endswith(".livekit.cloud"))
    repeated = may_have_acted[: len(sent) - 1]
    if kind is Idempotency.UNSAFE:
        assert not any(repeated), "a harmful call was repeated"
    if kind is Idempotency.KEYED and url == HOME:
        assert not any(repeated), "a creation was repeated where ids do not count"
