"""One call as a plan: what is sent, and what each outcome leads to."""

from __future__ import annotations

import uuid
from copy import deepcopy

import pytest

from lkapi import errors
from lkapi.errors import ConnectError, RequestTimeoutError, TransportError
from lkapi.methods.info import Idempotency
from lkapi.rpc.call import new_request_id
from lkapi.rpc.options import CallOptions
from lkapi.rpc.retry import NO_RETRY, RetryPolicy
from lkapi.rpc.steps import Again, Discover, Done, Raise
from tests.call.plans import CLOUD, GOOD, Clock, plan, refusal

SAFE, KEYED, UNSAFE = Idempotency.SAFE, Idempotency.KEYED, Idempotency.UNSAFE
NOT_SENT = ConnectError("refused")
LOST = TransportError("connection reset")
TIMED_OUT = RequestTimeoutError("timed out")


def outcome(call, what):
    call.next_request()
    return (
        call.on_failure(deepcopy(what))
        if isinstance(what, TransportError)
        else call.on_response(what)
    )


def test_the_request_says_who_asks_and_for_how_long():
    """Path with base, protobuf, token, request id, the time the server has."""
    call = plan(options=CallOptions(headers={"x-extra": "1"}))
    request = call.next_request()
    assert (
        request.url == "http://self.hosted.example:7880/base/twirp/livekit.RoomService/CreateRoom"
    )
    assert request.method == "POST"
    assert request.content == b"\n\x04demo"
    headers = dict(request.headers)
    assert headers.pop("user-agent").startswith("lkapi-python/")
    assert headers == {
        "authorization": "Bearer a.b.c",
        "content-type": "application/protobuf",
        "x-livekit-request-id": "id-1",
        "x-twirp-timeout-ms": "5000",
        "x-extra": "1",
    }
    assert "a.b.c" not in repr(request)


def test_request_ids_are_random_uuids():
    """Version 4, in the usual form, never the same."""
    made = {new_request_id() for _ in range(500)}
    assert len(made) == 500
    for text in made:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, uuid.RFC_4122)


@pytest.mark.parametrize("byte", range(0, 256, 5))
def test_request_ids_keep_all_bits_that_the_format_leaves_free(byte, monkeypatch):
    """122 of 128: the bits of the variant replace two, those of the version four."""
    drawn = bytes([*range(200, 207), byte, 255 - byte, byte, *range(100, 106)])
    monkeypatch.setattr("os.urandom", lambda _: drawn)
    assert new_request_id() == str(uuid.UUID(bytes=drawn, version=4))


def test_a_request_id_of_the_user_is_sent_as_it_is():
    """And stands on the errors."""
    call = plan(options=CallOptions(headers={"x-livekit-request-id": "mine"}))
    assert call.next_request().headers["x-livekit-request-id"] == "mine"
    assert call.on_response(refusal(400, "invalid_argument")).error.request_id == "mine"


@pytest.mark.parametrize(
    ("what", "kinds_again", "kinds_again_on_cloud"),
    [
        (NOT_SENT, {SAFE, KEYED, UNSAFE}, {SAFE, KEYED, UNSAFE}),
        (LOST, {SAFE}, {SAFE, KEYED}),
        (TIMED_OUT, {SAFE}, {SAFE, KEYED}),
        (refusal(500, "internal"), {SAFE}, {SAFE, KEYED}),
        (refusal(503, "unavailable"), {SAFE}, {SAFE, KEYED}),
        (refusal(502), {SAFE}, {SAFE, KEYED}),
        (refusal(429, "resource_exhausted"), {SAFE, KEYED}, {SAFE, KEYED}),
        (refusal(429, retry_after="1"), {SAFE, KEYED}, {SAFE, KEYED}),
        (refusal(451), set(), {SAFE, KEYED, UNSAFE}),
        (refusal(400, "invalid_argument"), set(), set()),
        (refusal(401), set(), set()),
        (refusal(403, "permission_denied"), set(), set()),
        (refusal(404, "not_found"), set(), set()),
        (refusal(408, "deadline_exceeded"), set(), set()),
        (refusal(412, "failed_precondition"), set(), set()),
        (refusal(429, "resource_exhausted", meta={"sip_status_code": "486"}), set(), set()),
        (refusal(500, "internal", meta={"sip_status_code": "500"}), set(), set()),
        (refusal(302, location="https://elsewhere"), set(), set()),
    ],
)
def test_the_table_of_outcomes(what, kinds_again, kinds_again_on_cloud):
    """Each outcome for each kind of method, self-hosted and on LiveKit Cloud."""
    for kind in Idempotency:
        for url, again in (("ws://self.example", kinds_again), (CLOUD, kinds_again_on_cloud)):
            step = outcome(plan(kind, url), what)
            assert isinstance(step, (Again, Discover)) is (kind in again), (kind, url)
            assert isinstance(step, (Again, Discover, Raise))


def test_a_good_answer_is_done():
    """With the message."""
    step = outcome(plan(), GOOD)
    assert isinstance(step, Done)
    assert step.value.sid == "RM_1"


def test_attempts_end_and_are_listed():
    """Three by default, each in the error's text."""
    call = plan()
    assert isinstance(outcome(call, LOST), Again)
    assert isinstance(outcome(call, NOT_SENT), Again)
    step = outcome(call, TransportError("reset again"))
    assert isinstance(step, Raise)
    text = str(step.error)
    assert [a.outcome for a in step.error.attempts] == [
        "connection reset",
        "refused",
        "reset again",
    ]
    assert text.startswith("RoomService/CreateRoom: reset again (request id id-1)")
    assert "1. http://self.hosted.example:7880: connection reset after 0.00 s" in text


def test_a_connect_error_after_a_lost_request_says_that_it_may_have_arrived():
    """The last attempt alone does not tell the truth about the call."""
    call = plan(options=CallOptions(retry=RetryPolicy(attempts=2)))
    outcome(call, TransportError("connection reset"))
    step = outcome(call, ConnectError("refused"))
    assert step.error.sent is True


def test_one_attempt_when_retries_are_off():
    """The error lists it, its text does not repeat it."""
    step = outcome(plan(options=CallOptions(retry=NO_RETRY)), refusal(503, "unavailable"))
    assert isinstance(step, Raise)
    assert len(step.error.attempts) == 1
    assert "1." not in str(step.error).partition("request id")[2]


def test_the_remaining_time_shrinks_and_is_shared_out():
    """A safe attempt leaves half to the next while 5 s remain; the header says the same."""
    clock = Clock()
    call = plan(clock=clock, options=CallOptions(timeout=10))
    assert call.next_request().timeout == 5.0
    clock.now += 5.0
    assert call.on_failure(TIMED_OUT).wait == pytest.approx(0.2)
    clock.now += 0.2
    request = call.next_request()
    assert request.timeout == pytest.approx(4.8)
    assert int(request.headers["x-twirp-timeout-ms"]) == pytest.approx(4800, abs=1)


def test_other_kinds_get_all_the_time_at_once():
    """They are not repeated after a timeout, so nothing is kept back."""
    for kind, url in ((KEYED, CLOUD), (UNSAFE, CLOUD), (KEYED, "ws://self.example")):
        assert plan(kind, url, timeout=10).next_request().timeout == 10


@pytest.mark.parametrize(("timeout", "first"), [(5.0, 2.5), (5.5, 2.75), (7.0, 3.5), (4.75, 4.75)])
def test_from_five_seconds_on_half_of_the_time_is_kept_for_another_attempt(timeout, first):
    """Less cannot be shared: both attempts would be too short."""
    assert plan(timeout=timeout).next_request().timeout == first


@pytest.mark.parametrize(("timeout", "sent"), [(0.0005, "1"), (0.0019, "1"), (1.5, "1500")])
def test_the_server_gets_whole_milliseconds_and_at_least_one(timeout, sent):
    """0 would mean that the time is over already."""
    assert plan(timeout=timeout).next_request().headers["x-twirp-timeout-ms"] == sent


def test_what_is_told_of_a_call_has_the_times_of_its_own_clock():
    """Seconds of the attempt in its records, of all attempts and waits in the call's."""
    clock = Clock(2.0)
    call = plan(clock=clock)
    call.next_request()
    clock.now += 3.0
    assert isinstance(call.on_failure(TransportError("reset")), Again)
    clock.now += 0.5
    assert call.remaining() == 6.5
    call.next_request()
    clock.now += 4.0
    assert isinstance(call.on_response(GOOD), Done)
    assert call.response_info(GOOD, call.origin).elapsed == 4.0
    record = call.record(None)
    assert record.elapsed == 7.5
    assert [attempt.elapsed for attempt in record.attempts] == [3.0, 4.0]


def test_a_retry_is_told_with_the_attempt_before_it():
    """The second one with the second."""
    call = plan()
    first = call.retry_info(outcome(call, TransportError("reset")))
    second = call.retry_info(outcome(call, ConnectError("refused")))
    assert [(info.attempt, info.reason) for info in (first, second)] == [
        (1, "reset"),
        (2, "refused"),
    ]


def test_a_wrong_region_is_left_without_a_wait():
    """It is not busy, so nothing is gained by waiting."""
    call = plan(url=CLOUD)
    assert isinstance(outcome(call, refusal(451)), Discover)
    assert call.on_regions(["https://other.livekit.cloud"]) == Again(0.0)


def test_no_wait_ends_at_the_deadline_itself():
    """There would be no time left for the attempt."""
    call = plan(timeout=3.001)
    assert isinstance(outcome(call, refusal(429, retry_after="3")), Raise)
    call = plan(timeout=3.01)
    assert outcome(call, refusal(429, retry_after="3")) == Again(3.0)


def test_the_last_attempt_gets_all_that_is_left():
    """And so does the only one."""
    assert plan(options=CallOptions(retry=NO_RETRY)).next_request().timeout == 10
    assert plan(timeout=4.0).next_request().timeout == 4.0


def test_retry_after_is_honoured_within_the_deadline():
    """A longer one ends the call at once, and stands on the error."""
    assert outcome(plan(), refusal(429, retry_after="3")).wait == 3
    step = outcome(plan(), refusal(429, retry_after="60"))
    assert isinstance(step, Raise)
    assert step.error.retry_after == 60


def test_unavailable_on_a_self_hosted_server_is_tried_once_more():
    """It mostly means that something does not exist, which takes 3 s each time."""
    call = plan(options=CallOptions(retry=RetryPolicy(attempts=5)))
    assert isinstance(outcome(call, refusal(503, "unavailable", "no response from servers")), Again)
    step = outcome(call, refusal(503, "unavailable", "no response from servers"))
    assert isinstance(step, Raise)
    assert "does not exist" in step.error.hint
    assert step.error.hint in str(step.error)


def test_a_proxys_503_is_not_taken_for_a_missing_room():
    """It is tried as often as allowed, and carries no hint."""
    call = plan(options=CallOptions(retry=RetryPolicy(attempts=3)))
    assert isinstance(outcome(call, refusal(503)), Again)
    assert isinstance(outcome(call, refusal(503)), Again)
    assert outcome(call, refusal(503)).error.hint == ""


def test_a_replayed_delete_that_finds_nothing_has_succeeded():
    """Only when an earlier attempt may have got through, and only for deletes."""
    missing = refusal(404, "not_found")
    for first, done in ((LOST, True), (refusal(500, "internal"), True), (NOT_SENT, False)):
        call = plan(deletes=True)
        outcome(call, first)
        assert isinstance(outcome(call, missing), Done) is done
    call = plan()
    outcome(call, LOST)
    assert isinstance(outcome(call, missing), Raise)
    assert isinstance(outcome(plan(deletes=True), missing), Raise)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "invalid_argument"), (403, "permission_denied"), (409, "already_exists")],
)
def test_a_replayed_delete_that_is_refused_for_another_reason_has_failed(status, code):
    """Only "not found" says that the first attempt did it."""
    call = plan(deletes=True)
    outcome(call, LOST)
    step = outcome(call, refusal(status, code))
    assert isinstance(step, Raise)
    assert step.error.code == code


def test_missing_grants_are_named():
    """The server says only that permission is denied."""
    step = outcome(plan(), refusal(401, "unauthenticated", "permissions denied"))
    assert isinstance(step.error, errors.CredentialsError)
    assert "video.roomCreate" in str(step.error)


def test_sip_metadata_goes_before_the_code():
    """A busy callee is a SIPCallError, whatever the Twirp code and status."""
    meta = {"sip_status_code": "486", "sip_status": "Busy Here"}
    step = outcome(plan(), refusal(429, "resource_exhausted", meta=meta))
    assert isinstance(step.error, errors.SIPCallError)
    assert step.error.busy


def test_408_is_a_deadline_whatever_its_code():
    """Egress answers ``canceled`` when the time it was given is over."""
    step = outcome(plan(), refusal(408, "canceled"))
    assert isinstance(step.error, errors.DeadlineExceededError)
    assert isinstance(step.error, TimeoutError)


def test_cloud_moves_to_another_region_and_keeps_everything_else():
    """Same body, same id, same path; regions already tried are passed over."""
    call = plan(url=CLOUD)
    first = call.next_request()
    step = call.on_response(refusal(503))
    assert step == Discover(fresh=False)
    origins = ("https://demo.livekit.cloud", "https://eu.livekit.cloud")
    assert isinstance(call.on_regions(origins), Again)
    second = call.next_request()
    assert second.url.startswith("https://eu.livekit.cloud/twirp/")
    assert second.content == first.content
    assert second.headers["x-livekit-request-id"] == first.headers["x-livekit-request-id"]
    call.on_response(refusal(503))
    call.on_regions(origins)
    assert call.next_request().url.startswith("https://eu.livekit.cloud/twirp/")


def test_451_asks_for_a_fresh_list_and_does_not_return_to_the_same_host():
    """The host said that it never will serve this project."""
    call = plan(UNSAFE, CLOUD)
    assert outcome(call, refusal(451, msg="project not allowed in this region.")) == Discover(
        fresh=True
    )
    step = call.on_regions(("https://demo.livekit.cloud",))
    assert isinstance(step, Raise)
    assert step.error.status == 451


@pytest.mark.parametrize("failure", [refusal(503, "unavailable"), refusal(500, "internal"), LOST])
def test_other_failures_go_on_at_the_same_host_when_no_region_is_left(failure):
    """It may serve again; only 451 is a refusal for good."""
    call = plan(url=CLOUD)
    assert outcome(call, failure) == Discover(fresh=False)
    assert isinstance(call.on_regions(("https://demo.livekit.cloud",)), Again)
    assert call.origin == "https://demo.livekit.cloud"


def test_the_record_of_a_failed_call_lists_each_attempt_once():
    """The last one is noted when the error is made."""
    call = plan(options=CallOptions(retry=NO_RETRY))
    step = outcome(call, refusal(503, "unavailable"))
    assert [attempt.outcome for attempt in call.record(step.error).attempts] == [
        "HTTP 503 unavailable"
    ]


def test_451_is_followed_with_failover_switched_off_too():
    """Failover is about failures; this is about where the project lives."""
    from lkapi.rpc.regions import Failover
    from tests.call.plans import Call, context, row

    def off(what):
        rules = context(CLOUD, failover=Failover(enabled=False))
        call = Call(rules, row(SAFE), plan().method.request(name="x"), CallOptions())
        return outcome(call, what)

    assert off(refusal(451)) == Discover(fresh=True)
    assert isinstance(off(refusal(503)), Again)


def test_discovery_asks_the_host_that_the_user_named():
    """With the call's token, for a short time."""
    call = plan(url=CLOUD)
    request = call.discovery_request()
    assert (request.method, request.url) == ("GET", "https://demo.livekit.cloud/settings/regions")
    assert request.headers["authorization"] == "Bearer a.b.c"
    assert request.timeout == 2.0
    assert "content-type" not in request.headers


def test_rows_know_how_long_they_take():
    """The row's time extends the client's, an explicit one replaces both."""
    slow = {"rule": lambda _: 30.0}
    assert plan(UNSAFE, **slow).next_request().timeout == 30.0
    assert plan(UNSAFE, timeout=3.0, **slow).next_request().timeout == 3.0
    assert plan(UNSAFE, options=CallOptions(timeout=60), **slow).next_request().timeout == 60


def test_a_deadline_that_passed_while_waiting_raises_the_error_before():
    """Nothing is sent after it."""
    clock = Clock()
    call = plan(clock=clock)
    outcome(call, LOST)
    clock.now += 11
    with pytest.raises(TransportError, match="connection reset"):
        call.next_request()


def test_response_headers_stand_on_the_error_without_secrets():
    """Names in lower case, no authorization, tokens masked."""
    step = outcome(
        plan(),
        refusal(400, "malformed", x_trace="eyJhbGci.eyJpc3Mi.c2ln", authorization="Bearer x.y.z"),
    )
    assert step.error.headers == {"content-type": "application/json", "x-trace": "[token]"}
    assert step.error.region == "self.hosted.example:7880"


def test_the_options_of_calls_do_not_show_their_headers():
    """They may hold credentials of a proxy."""
    options = CallOptions(headers={"cf-access-client-secret": "not-a-real-secret"})
    assert "not-a-real-secret" not in repr(options)
    assert "timeout=" in repr(options)
