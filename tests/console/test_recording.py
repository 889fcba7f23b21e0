"""The page of recordings, one egress, and each of their actions."""

from __future__ import annotations

import pytest

import lkapi
from lkapi.console.pages.recording.words import (
    describe_end,
    describe_kind,
    describe_outputs,
    describe_source,
)
from lkapi.console.timeline import State, Timeline, egress_states
from lkapi.devserver import DevServer, World, WorldConfig
from tests.console.stages import NASTY, join, playing, text_of

KEY = "key-of-the-channel"
STREAM = f"rtmp://live.example.com/app/{KEY}"
SECRETS = {
    "s3": {"bucket": "takes", "access_key": "AKIDexample", "secret": "hunter2hunter2"},
    "gcp": {"bucket": "takes", "credentials": '{"private_key": "hunter2hunter2"}'},
    "azure": {"container_name": "takes", "account_key": "hunter2hunter2"},
    "aliOSS": {"bucket": "takes", "secret": "hunter2hunter2"},
}
KINDS = {
    "room": {"room_name": "demo", "layout": "grid"},
    "participant": {"room_name": "demo", "identity": "ann"},
    "tracks": {"room_name": "demo", "audio_track_id": "TR_1"},
    "web": {"url": "https://example.com/page"},
}


def egress(player, number=0) -> lkapi.EgressInfo:
    return player.world.egresses.all()[number]


def by_hand(player) -> None:
    player.world.egresses.starts_after = player.world.egresses.ends_after = None


def start(player, **form: str) -> str:
    """Start an egress of the room, and return its id."""
    join(player.world, "demo", "ann")
    by_hand(player)
    form = {"file_outputs__0__filepath": "a.mp4", "storage__s3__bucket": "takes"} | form
    done = player.do("egress.start.room", room_name="demo", **form)
    assert done.status_code == 200, text_of(done.text)
    return egress(player, -1).egress_id


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_with_each_output(console, kind):
    join(console.world, "demo", "ann")
    form = KINDS[kind] | {
        "file_outputs__0__filepath": "a.mp4",
        "file_outputs__0__file_type": "mp4",
        "segment_outputs__0__filename_prefix": "part",
        "segment_outputs__0__segment_duration": "6s",
        "image_outputs__0__filename_prefix": "shot",
        "image_outputs__0__capture_interval": "10s",
        "stream_outputs__0__urls": STREAM,
        "storage__s3__bucket": "takes",
        "preset": "h264_1080p_30",
    }
    done = console.do(f"egress.start.{kind}", **form)
    assert done.status_code == 200, text_of(done.text)
    assert KEY not in done.text
    info = egress(console)
    request = getattr(info, info.which_oneof("request"))
    assert (request.file_outputs[0].filepath, request.file_outputs[0].file_type) == ("a.mp4", 1)
    assert request.segment_outputs[0].segment_duration == 6
    assert request.image_outputs[0].capture_interval == 10
    assert request.stream_outputs[0].urls == [STREAM]
    outputs = (request.file_outputs, request.segment_outputs, request.image_outputs)
    assert [one.s3.bucket for (one,) in outputs] == ["takes"] * 3
    assert request.preset == lkapi.EncodingOptionsPreset.H264_1080P_30


def test_one_track_goes_to_a_file_or_a_socket(console):
    sid = join(console.world, "demo", "ann").tracks[0].sid
    form = {"room_name": "demo", "track_id": sid}
    done = console.do(
        "egress.start.track", **form, file__filepath="a.ogg", storage__gcp__bucket="takes"
    )
    assert done.status_code == 200
    assert egress(console).track.file.gcp.bucket == "takes"
    both = console.do("egress.start.track", **form, file__filepath="a", websocket_url="wss://x/y")
    assert "file is already filled in" in both.text
    assert console.do("egress.start.track", **form, websocket_url="wss://x/y").status_code == 200
    neither = console.do("egress.start.track", **form)
    assert "name an output" in neither.text


def test_each_source_is_told_in_words(console):
    """Those of StartEgress too, and the form for its layout starts with the one of now."""
    join(console.world, "demo", "ann")
    by_hand(console)
    outputs = {"outputs__2__images__filename_prefix": "shot", "storage__s3__bucket": "takes"}
    form = {"room_name": "demo", "template__layout": "speaker", **outputs}
    assert console.do("egress.start.any", **form).status_code == 200
    made = egress(console, -1).egress_id
    form = console.get("/do/egress.layout", egress_id=made).text
    assert 'value="speaker"' in form
    files = {"file_outputs__0__filepath": "a.mp4", "storage__s3__bucket": "takes"}
    assert (
        console.do("egress.start.participant", **KINDS["participant"], **files).status_code == 200
    )
    page = text_of(console.get("/recording").text)
    assert describe_kind(egress(console, -1)) == "participant"
    assert "demo participant file a.mp4 in S3" in page
    assert "demo room images shot in S3" in page
    assert describe_source(egress(console, -1)) == "ann in room demo"


def test_start_egress_has_one_source_and_its_outputs(console):
    join(console.world, "demo", "ann")
    form = {
        "room_name": "demo",
        "media__participant_video__identity": "ann",
        "media__audio__routes__0__participant_identity": "ann",
        "outputs__2__images__filename_prefix": "shot",
        "outputs__3__stream__urls": STREAM,
        "storage__azure__container_name": "takes",
    }
    assert console.do("egress.start.any", **form).status_code == 200
    request = egress(console).egress
    assert [one.which_oneof("config") for one in request.outputs] == ["images", "stream"]
    assert request.storage.azure.container_name == "takes"
    assert request.media.participant_video.identity == "ann"
    two = console.do("egress.start.any", **form, web__url="https://example.com")
    assert two.status_code == 422
    assert "is already filled in: only one of them is allowed" in two.text
    none = text_of(console.do("egress.start.any", room_name="demo").text)
    assert "name what is recorded" in none
    assert "name an output" in none


@pytest.mark.parametrize("provider", SECRETS)
def test_no_secret_of_a_storage_is_shown_or_logged(console, provider):
    join(console.world, "demo", "ann")
    form = {f"storage.{provider}.{name}": value for name, value in SECRETS[provider].items()}
    form |= {"room_name": "demo", "file_outputs.0.filepath": "a.mp4"}
    shown = console.post("/do/egress.start.room/shown", form)
    assert "takes" in shown.text
    assert console.post("/do/egress.start.room", form).status_code == 200
    stored = getattr(egress(console).room_composite.file_outputs[0], provider)
    secret = next(name for name in SECRETS[provider] if name not in ("bucket", "container_name"))
    assert getattr(stored, secret) == SECRETS[provider][secret]
    number = str(next(console.app.console.link.log.newest()).number)
    pages = [
        shown,
        console.get("/log"),
        console.get("/log/call", number=number),
        console.get("/recording"),
        console.get("/recording/egress", id=egress(console).egress_id),
    ]
    for page in pages:
        assert "hunter2" not in page.text
        assert "AKIDexample" not in page.text
    assert "No call matches" in console.get("/log", q="hunter2").text


def test_storage_without_files_and_two_storages_are_refused(console):
    form = {"room_name": "demo", "stream_outputs__0__urls": STREAM}
    page = console.do("egress.start.room", **form, storage__s3__bucket="takes")
    assert page.status_code == 422
    assert "nothing would be written to it" in page.text
    form["file_outputs__0__filepath"] = "a.mp4"
    page = console.do(
        "egress.start.room", **form, storage__s3__bucket="a", storage__gcp__bucket="b"
    )
    assert "s3 is already filled in" in page.text
    assert 'value="a.mp4"' in page.text
    page = console.do("egress.start.room", room_name="demo")
    assert "name an output" in page.text
    assert not console.world.egresses.all()


def test_the_list_has_the_running_first_and_is_filtered(console):
    ids = [start(console) for _ in range(3)]
    console.world.egresses.activate(ids[1])
    for one in (ids[0], ids[2]):
        console.world.egresses.activate(one)
        console.world.egresses.complete(one)
    page = console.get("/recording").text
    assert page.index(ids[1]) < min(page.index(ids[0]), page.index(ids[2]))
    assert ids[0] not in console.get("/recording", status="running").text
    assert ids[1] not in console.get("/recording", status="complete").text
    assert ids[1] in console.get("/recording", room="demo", q=ids[1].lower()).text
    assert "No egress matches" in console.get("/recording", room="other").text
    for sort in ("status", "-room", "kind", "-started", "lasted", "nonsense"):
        assert console.get("/recording", sort=sort).status_code == 200
    assert "<html" not in console.part("/recording", "table").text


def test_a_list_in_pages_is_read_whole():
    world = World(config=WorldConfig(page_size=2))
    with playing(server=DevServer(world)) as player:
        ids = [start(player) for _ in range(5)]
        page = player.get("/recording").text
        assert all(one in page for one in ids)


def test_one_egress_tells_its_states_and_results(console):
    egress_id = start(console, stream_outputs__0__urls=STREAM)

    def look():
        console.app.console.store.expire(["egress-one"])
        return text_of(console.get("/recording/egress", id=egress_id).text)

    assert "Files are told when the egress is over." in look()
    console.world.egresses.activate(egress_id)
    page = look()
    assert "stream to rtmp://live.example.com/app/***" in page
    console.world.egresses.complete(egress_id)
    page = look()
    states = page[page.index("Status over time") : page.index("What comes out")]
    places = [states.index(word) for word in ("starting", "active", "complete")]
    assert places == sorted(places)
    assert "file a.mp4" in page
    assert KEY not in page
    assert console.get("/recording/egress", id="EG_none").status_code == 200
    assert "no such egress" in console.get("/recording/egress", id="EG_none").text


def test_stop_says_what_it_ends(console):
    egress_id = start(console)
    console.world.egresses.activate(egress_id)
    asks = text_of(console.get("/do/egress.stop", egress_id=egress_id).text)
    assert "Ends the recording of room demo: file a.mp4 in S3. Files are completed." in asks
    assert console.do("egress.stop", egress_id=egress_id).status_code == 200
    assert egress(console).status == lkapi.EgressStatus.EGRESS_ENDING
    console.world.egresses.complete(egress_id)
    assert "over already" in console.get("/do/egress.stop", egress_id=egress_id).text
    assert "no such egress" in console.get("/do/egress.stop", egress_id="EG_none").text
    again = console.do("egress.stop", egress_id=egress_id)
    assert again.status_code == 422
    assert "Not possible in its current state" in again.text


def test_layout_and_streams_are_changed(console):
    egress_id = start(console, layout="speaker", stream_outputs__0__urls=STREAM)
    console.world.egresses.activate(egress_id)
    assert 'value="speaker"' in console.get("/do/egress.layout", egress_id=egress_id).text
    done = console.do("egress.layout", egress_id=egress_id, layout="grid")
    assert done.status_code == 200
    recorder = console.world.find_participant("demo", egress_id)
    assert "grid" in recorder.info.metadata
    neither = console.do("egress.streams", egress_id=egress_id)
    assert "name a url to add" in neither.text
    other = "rtmp://b.example.com/x/other-key"
    form = {"egress_id": egress_id, "add_output_urls": other, "remove_output_urls": STREAM}
    shown = console.post("/do/egress.streams/shown", form)
    done = console.post("/do/egress.streams", form)
    assert done.status_code == 200
    for page in (shown, done, console.get("/log"), console.get("/log/call", number="1")):
        assert "other-key" not in page.text
        assert KEY not in page.text
    found = [(one.url, one.status.name) for one in egress(console).stream_results]
    assert found == [(STREAM, "FINISHED"), (other, "ACTIVE")]


def test_a_refused_stream_is_not_in_the_log(console):
    egress_id = start(console)
    refusal = f"cannot stream to {STREAM}"
    console.server.faults.fail_once(method="UpdateStream", status=400, message=refusal)
    failed = console.do("egress.streams", egress_id=egress_id, add_output_urls=STREAM)
    assert failed.status_code >= 400
    page = console.get("/log").text
    assert "cannot stream to ***" in page
    assert KEY not in page


def test_webhook_bodies_show_no_key(dev):
    egress_id = start(dev, stream_outputs__0__urls=STREAM)
    dev.do("world.egress.activate", egress_id=egress_id)
    for number in range(1, dev.app.console.heard_version + 1):
        page = dev.get("/webhooks/event", number=str(number))
        assert KEY not in page.text
    assert "***" in page.text
    assert "&#34;egressInfo&#34;" in page.text


def test_the_world_lets_it_go_on_end_and_fail(dev):
    egress_id = start(dev)
    page = dev.get("/recording/egress", id=egress_id).text
    for name in ("activate", "complete", "fail", "limit", "abort"):
        assert f"/do/world.egress.{name}?" in page
    dev.do("world.egress.activate", egress_id=egress_id)
    dev.do("world.egress.fail", egress_id=egress_id, error="upload failed: AccessDenied")
    for path in ("/recording", f"/recording/egress?id={egress_id}"):
        page = text_of(dev.get(path).text)
        assert "upload failed: AccessDenied (500)" in page
        assert "The storage refused the keys" in page
    assert "world.egress" not in dev.get("/recording/egress", id=egress_id).text


def test_self_hosted_without_an_egress_service_says_so():
    world = World(config=WorldConfig(profile="self-hosted", egress_worker=False))
    with playing(server=DevServer(world)) as player:
        join(world, "demo", "ann")
        form = {"room_name": "demo", "file_outputs__0__filepath": "a.mp4"}
        failed = player.do("egress.start.room", **form)
        assert failed.status_code == 502
        assert "a self-hosted server needs an egress service" in failed.text
    world = World(config=WorldConfig(profile="self-hosted", redis=False))
    with playing(server=DevServer(world)) as player:
        page = player.get("/recording").text
        assert "A self-hosted server has Egress only with Redis and an egress service" in page


@pytest.mark.parametrize("path", ["/recording", "/recording/egress", "/do/egress.stop"])
def test_hostile_texts_stay_texts(dev, path):
    room = NASTY[:60]
    dev.world.create_room(lkapi.CreateRoomRequest(name=room))
    by_hand(dev)
    form = {"room_name": room, "layout": NASTY, "file_outputs__0__filepath": NASTY}
    form["storage__s3__bucket"] = NASTY
    assert dev.do("egress.start.room", **form).status_code == 200
    egress_id = egress(dev).egress_id
    page = dev.get(path, id=egress_id, egress_id=egress_id, room=room, q=NASTY[:9])
    assert page.status_code == 200
    dev.do("world.egress.fail", egress_id=egress_id, error=NASTY)
    failed = dev.get(path, id=egress_id, egress_id=egress_id, room=room, q=NASTY[:9])
    for text in (page.text, failed.text):
        assert "<img src=x" not in text
        assert "<script>window" not in text


def test_ends_are_explained():
    def info(error="", code=0, **fields):
        return lkapi.EgressInfo(error=error, error_code=code, **fields)

    assert describe_end(info()) == ("", "")
    told, meaning = describe_end(info("Start signal not received", 412))
    assert told == "Start signal not received (412)"
    assert "START_RECORDING" in meaning
    assert describe_end(info(code=503)) == ("error 503", "No egress service had room for it.")
    assert describe_end(info("something new", 418)) == ("something new (418)", "")
    streamed = lkapi.RoomCompositeEgressRequest(stream_outputs=[{"urls": [STREAM]}])
    told, _ = describe_end(info(f"could not connect to {STREAM}", room_composite=streamed))
    assert told == "could not connect to ***"


def test_requests_are_described():
    track = lkapi.TrackEgressRequest(room_name="demo", track_id="TR_1", websocket_url="wss://x/k/s")
    info = lkapi.EgressInfo(room_name="demo", track=track)
    assert describe_source(info) == "TR_1 in room demo"
    assert describe_outputs(info) == ["stream to wss://x/k/***"]
    web = lkapi.StartEgressRequest(
        web={"url": "https://example.com"},
        outputs=[{"segments": {"filename_prefix": "p"}}, {"images": {}}],
        storage={"s3": {"bucket": "b"}},
    )
    info = lkapi.EgressInfo(egress=web)
    assert describe_source(info) == "https://example.com"
    assert describe_outputs(info) == ["segments p in S3", "images (named by the server) in S3"]
    assert describe_outputs(lkapi.EgressInfo()) == []


def test_a_timeline_goes_forward_and_forgets():
    timeline = Timeline()
    info = lkapi.EgressInfo(egress_id="EG_1", status=lkapi.EgressStatus.EGRESS_ACTIVE)
    timeline.note(1.0, egress_states([info]))
    info.status = lkapi.EgressStatus.EGRESS_STARTING
    timeline.note(2.0, egress_states([info]))
    info.status = lkapi.EgressStatus.EGRESS_COMPLETE
    timeline.note(3.0, egress_states([info]))
    timeline.note(4.0, egress_states([info]))
    assert [(step.at, step.state.text) for step in timeline.of("EG_1")] == [
        (1.0, "active"), (3.0, "complete"),
    ]  # fmt: skip
    timeline.note(5.0, [State(key=f"EG_{number}", text="x") for number in range(2, 2002)])
    assert timeline.of("EG_1") == ()
    assert timeline.of("EG_2001")
