"""Egress: looking at one, waiting for it, stopping one that may be over, clumsy requests."""

from __future__ import annotations

import pytest

import lkapi
from lkapi import recording
from lkapi.methods import egress as rows
from lkapi.protocol.egress import (
    EgressInfo,
    EgressStatus,
    EncodedFileOutput,
    EncodingOptions,
    EncodingOptionsPreset,
    FileOutput,
    ImageOutput,
    ListEgressResponse,
    S3Upload,
    SegmentedFileOutput,
    StorageConfig,
    StreamOutput,
)
from lkapi.protocol.ingress import IngressInfo, ListIngressResponse
from tests.services.fake_server import Face, FakeServer, make_face, refusal


def info(status: EgressStatus) -> EgressInfo:
    return EgressInfo(egress_id="EG_1", status=status)


def listing(*statuses: EgressStatus) -> list[ListEgressResponse]:
    return [ListEgressResponse(items=[info(status)]) for status in statuses]


COMPLETE, FAILED = EgressStatus.EGRESS_COMPLETE, EgressStatus.EGRESS_FAILED
STARTING, ACTIVE = EgressStatus.EGRESS_STARTING, EgressStatus.EGRESS_ACTIVE


async def test_get_egress(face: Face, server: FakeServer) -> None:
    """One egress is asked for by id."""
    server.on(rows.LIST_EGRESS, *listing(ACTIVE))
    assert await face.call(face.api.egress.get_egress, "EG_1") == info(ACTIVE)
    assert [request.egress_id for request in server.sent(rows.LIST_EGRESS)] == ["EG_1"]


@pytest.mark.parametrize("answer", [ListEgressResponse(), refusal(404, "not_found")])
async def test_get_egress_that_is_not(answer: object, face: Face, server: FakeServer) -> None:
    """An unknown id is a NotFoundError, whichever way the server says so."""
    server.on(rows.LIST_EGRESS, answer)
    with pytest.raises(lkapi.NotFoundError) as caught:
        await face.call(face.api.egress.get_egress, "EG_9")
    assert caught.value.method == "Egress/ListEgress"


async def test_get_without_id_asks_nobody(face: Face, server: FakeServer) -> None:
    """An empty id would list everything and give somebody else's recording: refused."""
    with pytest.raises(ValueError, match="egress_id is empty"):
        await face.call(face.api.egress.get_egress, "")
    with pytest.raises(ValueError, match="ingress_id is empty"):
        await face.call(face.api.ingress.get_ingress, "")
    assert not server.requests


async def test_get_ingress(face: Face, server: FakeServer) -> None:
    """The same for ingress."""
    found = IngressInfo(ingress_id="IN_1")
    server.on("/twirp/livekit.Ingress/ListIngress", ListIngressResponse(items=[found]))
    assert await face.call(face.api.ingress.get_ingress, "IN_1") == found
    server.on("/twirp/livekit.Ingress/ListIngress", ListIngressResponse())
    with pytest.raises(lkapi.NotFoundError, match="ingress IN_1"):
        await face.call(face.api.ingress.get_ingress, "IN_1")


async def test_stop_missing_ok(face: Face, server: FakeServer) -> None:
    """``missing_ok`` gives None for not_found, and for nothing else."""
    server.on(rows.STOP_EGRESS, refusal(404, "not_found"))
    assert await face.call(face.api.egress.stop_egress, egress_id="EG_1", missing_ok=True) is None
    with pytest.raises(lkapi.NotFoundError):
        await face.call(face.api.egress.stop_egress, egress_id="EG_1")
    server.on(rows.STOP_EGRESS, refusal(412, "failed_precondition"))
    with pytest.raises(lkapi.FailedPreconditionError):
        await face.call(face.api.egress.stop_egress, egress_id="EG_1", missing_ok=True)


@pytest.mark.parametrize(
    "answer",
    [refusal(412, "failed_precondition"), refusal(404, "not_found"), refusal(503, "unavailable")],
)
async def test_stop_what_is_over(answer: object, face: Face, server: FakeServer) -> None:
    """With ``ended_ok``, each of three answers for "already over" gives how it ended."""
    server.on(rows.STOP_EGRESS, answer)
    server.on(rows.LIST_EGRESS, *listing(COMPLETE))
    stopped = await face.call(face.api.egress.stop_egress, egress_id="EG_1", ended_ok=True)
    assert stopped == info(COMPLETE)


async def test_stop_that_fails_for_another_reason(face: Face, server: FakeServer) -> None:
    """While the egress runs, or if nobody knows it, the refusal stands, ``ended_ok`` or not."""
    server.on(rows.STOP_EGRESS, refusal(503, "unavailable"))
    server.on(rows.LIST_EGRESS, *listing(ACTIVE))
    with pytest.raises(lkapi.UnavailableError):
        await face.call(face.api.egress.stop_egress, egress_id="EG_1", ended_ok=True)
    server.on(rows.STOP_EGRESS, refusal(404, "not_found"))
    server.on(rows.LIST_EGRESS, refusal(404, "not_found"))
    with pytest.raises(lkapi.NotFoundError):
        await face.call(face.api.egress.stop_egress, egress_id="EG_1", ended_ok=True)
    stop = face.api.egress.stop_egress
    assert await face.call(stop, egress_id="EG_1", ended_ok=True, missing_ok=True) is None


async def test_wait_until_it_is_over(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting looks again every ``poll`` seconds until a final status."""
    slept = record_sleeps(face, monkeypatch)
    server.on(rows.LIST_EGRESS, *listing(STARTING, ACTIVE, FAILED))
    ended = await face.call(face.api.egress.wait_egress, "EG_1", poll=0.5)
    assert (ended.is_terminal, ended.succeeded) == (True, False)
    assert slept == [0.5, 0.5]


@pytest.mark.parametrize(
    "until", [ACTIVE, [ACTIVE, COMPLETE], {ACTIVE}, lambda egress: egress.status == ACTIVE]
)
async def test_wait_until_something_else(
    until: object, face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A status, several or a function say what is waited for."""
    record_sleeps(face, monkeypatch)
    server.on(rows.LIST_EGRESS, *listing(STARTING, ACTIVE, COMPLETE))
    found = await face.call(face.api.egress.wait_egress, "EG_1", until=until)
    assert found.status == ACTIVE


async def test_wait_ends_when_it_never_will_be(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An egress that ended will not become active: the wait is over."""
    record_sleeps(face, monkeypatch)
    server.on(rows.LIST_EGRESS, *listing(STARTING, FAILED))
    found = await face.call(face.api.egress.wait_egress, "EG_1", until=ACTIVE)
    assert found.status == FAILED


async def test_wait_on_the_real_clock(face: Face, server: FakeServer) -> None:
    """Nothing is simulated here: a millisecond between two looks, and time runs out by itself."""
    server.on(rows.LIST_EGRESS, *listing(STARTING, COMPLETE))
    wait = face.api.egress.wait_egress
    assert (await face.call(wait, "EG_1", poll=0.001)).status == COMPLETE
    server.on(rows.LIST_EGRESS, *listing(STARTING))
    with pytest.raises(lkapi.WaitTimeoutError):
        await face.call(wait, "EG_1", poll=0.001, timeout=0.002)


async def test_wait_in_vain(
    face: Face, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past its time the wait fails with the egress as last seen; it sleeps no longer than that."""
    now = [0.0]
    slept = record_sleeps(face, monkeypatch, now)
    server.on(rows.LIST_EGRESS, *listing(STARTING))
    with pytest.raises(lkapi.WaitTimeoutError, match="EG_1 is still EGRESS_STARTING") as caught:
        await face.call(face.api.egress.wait_egress, "EG_1", timeout=5, poll=2)
    assert slept == [2, 2, 1]
    assert caught.value.last == info(STARTING)
    assert isinstance(caught.value, TimeoutError)


def record_sleeps(
    face: Face, monkeypatch: pytest.MonkeyPatch, now: list[float] | None = None
) -> list[float]:
    """Let the service sleep on paper only, with a clock of its own if one is given."""
    slept: list[float] = []
    service = face.api.egress

    def note(length: float) -> None:
        slept.append(length)
        if now is not None:
            now[0] += length

    async def asleep(length: float) -> None:
        note(length)

    monkeypatch.setattr(service, "_sleep", asleep if face.is_async else note)
    if now is not None:
        monkeypatch.setattr(service, "_clock", lambda: now[0])
    return slept


async def test_starting_is_given_time(kind: str, server: FakeServer) -> None:
    """Starts are given 30 s, since a server looks for a recorder for long; other calls are not."""
    face = make_face(kind, server)
    server.on(rows.START_WEB_EGRESS, EgressInfo())
    server.on(rows.UPDATE_LAYOUT, EgressInfo())
    await face.call(face.api.egress.start_web_egress, url="https://example.com")
    await face.call(face.api.egress.start_web_egress, url="https://example.com", timeout=4)
    await face.call(face.api.egress.update_layout, egress_id="EG_1", layout="grid")
    timeouts = [round(request.timeout) for request in server.requests]
    assert timeouts == [30, 4, 10]


MP4 = EncodedFileOutput(filepath="a.mp4", s3=S3Upload(bucket="b"))
HLS = SegmentedFileOutput(filename_prefix="p")
RTMP = StreamOutput(urls=["rtmp://x"])
IMAGES = ImageOutput(capture_interval=5)


async def test_outputs_and_encoding_helpers(face: Face, server: FakeServer) -> None:
    """Outputs of every kind go to the lists they belong to; an encoding to its oneof member."""
    server.on(rows.START_ROOM_COMPOSITE_EGRESS, EgressInfo())
    await face.call(
        face.api.egress.start_room_composite_egress,
        room_name="demo",
        **recording.outputs(MP4, HLS, RTMP, IMAGES),
        **recording.encoding(EncodingOptionsPreset.H264_1080P_30),
    )
    await face.call(
        face.api.egress.start_room_composite_egress,
        room_name="demo",
        **recording.outputs(MP4),
        **recording.encoding(EncodingOptions(width=500)),
    )
    first, second = server.sent(rows.START_ROOM_COMPOSITE_EGRESS)
    assert (first.file_outputs, first.segment_outputs) == ([MP4], [HLS])
    assert (first.stream_outputs, first.image_outputs) == ([RTMP], [IMAGES])
    assert first.preset == EncodingOptionsPreset.H264_1080P_30
    assert second.which_oneof("options") == "advanced"


def test_a_preset_newer_than_this_library() -> None:
    """Numbers of presets pass as they are."""
    assert recording.encoding(99) == {"preset": 99}


def test_output_of_the_newer_request() -> None:
    """An old file output is taken apart; a given storage wins over its own."""
    made = recording.output(MP4)
    assert made.file == FileOutput(filepath="a.mp4")
    assert made.storage is not None
    assert made.storage.s3 == S3Upload(bucket="b")
    other = StorageConfig(s3=S3Upload(bucket="c"))
    assert recording.output(MP4, other).storage == other
    assert recording.output(EncodedFileOutput(filepath="x")).storage is None
    assert recording.output(FileOutput(filepath="x")).which_oneof("config") == "file"
    kinds = [recording.output(item).which_oneof("config") for item in (HLS, RTMP, IMAGES)]
    assert kinds == ["segments", "stream", "images"]


def test_what_is_no_output() -> None:
    """Anything else is refused with the names of what fits."""
    with pytest.raises(TypeError, match="S3Upload is not an egress output: give EncodedFileOutput"):
        recording.outputs(S3Upload())
    with pytest.raises(TypeError, match="S3Upload is not an egress output: give FileOutput"):
        recording.output(S3Upload())


def test_template_url_as_the_recorder_builds_it() -> None:
    """The documented form, with the template's own parameters kept."""
    made = recording.template_url(
        "http://localhost:3000/lk-recording-view",
        url="wss://test-1234567890.livekit.cloud",
        token="t",
        layout="grid",
    )
    assert made == (
        "http://localhost:3000/lk-recording-view"
        "?url=wss%3A%2F%2Ftest-1234567890.livekit.cloud&token=t&layout=grid"
    )
    own = recording.template_url("https://x/?auth=1", url="wss://y", token="t", tenant="a b")
    assert own == "https://x/?auth=1&tenant=a+b&url=wss%3A%2F%2Fy&token=t&layout="


def test_template_query_is_read_back() -> None:
    """A backend that renders the template finds what it needs; the token stays out of the repr."""
    address = recording.template_url(
        "https://x/?auth=1", url="wss://y", token="secret-token", layout="grid"
    )
    query = recording.TemplateQuery.from_url(address)
    assert (query.url, query.token, query.layout) == ("wss://y", "secret-token", "grid")
    assert query.parameters == {"auth": "1"}
    assert "secret-token" not in repr(query)
    assert recording.TemplateQuery.from_url("url=wss://y&token=t").layout == ""
    with pytest.raises(ValueError, match="without token"):
        recording.TemplateQuery.from_url("https://x/?url=wss://y")


async def test_a_local_path_on_the_cloud(face: Face, server: FakeServer) -> None:
    """The Cloud's words for "no local files" do not say so; the error does."""
    server.on(
        rows.START_WEB_EGRESS, refusal(400, "invalid_argument", "missing or invalid field: output")
    )
    with pytest.raises(lkapi.InvalidArgumentError, match="cannot write to a local path"):
        await face.call(
            face.api.egress.start_web_egress,
            url="https://example.com",
            file_outputs=[EncodedFileOutput(filepath="/tmp/a.mp4")],
        )
    server.on(rows.START_WEB_EGRESS, refusal(400, "invalid_argument", "bad url"))
    with pytest.raises(lkapi.InvalidArgumentError) as caught:
        await face.call(face.api.egress.start_web_egress, url="x")
    assert "local path" not in str(caught.value)
