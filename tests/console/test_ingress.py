"""The page of ingresses, one ingress with its key and recipes, and each of their actions."""

from __future__ import annotations

import html as entities
import shlex

import pytest

import lkapi
from lkapi.console.pages.ingress.recipes import PLACEHOLDER, recipes_for
from lkapi.devserver import DevServer, World, WorldConfig
from tests.console.stages import NASTY, playing, text_of

WHO = {"room_name": "demo", "participant_identity": "obs"}


def make(player, kind: str = "rtmp", **form: str) -> lkapi.IngressInfo:
    done = player.do(f"ingress.create.{kind}", **{**WHO, **form})
    assert done.status_code == 200, text_of(done.text)
    return player.world.ingresses.all()[-1]


def test_each_kind_of_entrance(console):
    rtmp = make(console, name="studio", video__preset="h264_1080p_30fps_1_layer")
    assert (rtmp.input_type, rtmp.name) == (lkapi.IngressInput.RTMP_INPUT, "studio")
    assert rtmp.video.preset == lkapi.IngressVideoEncodingPreset.H264_1080P_30FPS_1_LAYER
    whip = make(console, "whip", enable_transcoding="no")
    assert whip.input_type == lkapi.IngressInput.WHIP_INPUT
    assert whip.enable_transcoding is False
    url = make(console, "url", url="https://example.com/a.mp4")
    assert (url.input_type, url.url) == (lkapi.IngressInput.URL_INPUT, "https://example.com/a.mp4")
    assert "this is needed" in console.do("ingress.create.url", **WHO).text
    both = {"audio__preset": "opus_stereo_96kbps", "audio__options__bitrate": "64000"}
    assert "is already filled in" in console.do("ingress.create.rtmp", **WHO, **both).text
    assert len(console.world.ingresses.all()) == 3


def test_the_list_is_searched_and_sorted(console):
    make(console, name="studio")
    make(console, "whip", name="camera", room_name="other")
    page = console.get("/ingress", sort="name").text
    assert page.index("camera") < page.index("studio")
    assert "WHIP" in page
    assert "camera" not in console.get("/ingress", q="STUDIO").text
    assert "No ingress matches" in console.get("/ingress", q="nothing").text
    for sort in ("-input", "room", "status", "-started"):
        assert console.get("/ingress", sort=sort).status_code == 200


def test_the_key_is_hidden_until_asked_for(console):
    info = make(console, name="studio")
    key, one = info.stream_key, {"id": info.ingress_id}
    number = str(next(console.app.console.link.log.newest()).number)
    hidden = [
        console.get("/ingress/one", **one),
        console.get("/ingress"),
        console.get("/log"),
        console.get("/log", reads="on"),
        console.get("/log/call", number=number),
        console.get("/do/ingress.update", ingress_id=info.ingress_id),
        console.post("/do/ingress.delete/shown", {"ingress_id": info.ingress_id}),
    ]
    for page in hidden:
        assert page.status_code == 200
        assert key not in page.text
    assert PLACEHOLDER in hidden[0].text
    shown = console.post("/ingress/recipes", one)
    assert key in shown.text
    assert PLACEHOLDER not in shown.text
    assert "can publish into demo" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    copied = console.post("/ingress/key", one)
    assert copied.text == key
    assert copied.headers["cache-control"] == "no-store"
    assert copied.headers["content-type"].startswith("text/plain")
    assert console.post("/ingress/key", {"id": "IN_none"}).status_code == 404
    assert console.post("/ingress/recipes", {"id": "IN_none"}).status_code == 404


def test_the_key_needs_the_token_of_the_page_and_leave_to_change():
    with playing() as player:
        info = make(player)
        refused = player.post("/ingress/key", {"id": info.ingress_id}, **{"x-csrf-token": "x"})
        assert refused.status_code == 403
        with playing(server=player.server, read_only=True) as reader:
            for path in ("/ingress/key", "/ingress/recipes"):
                refused = reader.post(path, {"id": info.ingress_id})
                assert refused.status_code == 403
                assert info.stream_key not in refused.text
            assert "shows no key" in reader.get("/ingress/one", id=info.ingress_id).text


def test_update_starts_with_what_is_there_and_keeps_the_rest(console):
    info = make(console, name="studio", participant_name="Studio")
    page = console.get("/do/ingress.update", ingress_id=info.ingress_id).text
    for text in ("studio", "Studio", "demo", "obs"):
        assert f'value="{text}"' in page
    form = {"ingress_id": info.ingress_id, "name": "stage"}
    assert console.do("ingress.update", **form).status_code == 200
    after = console.world.ingresses.find(info.ingress_id).info
    assert (after.name, after.room_name, after.participant_name) == ("stage", "demo", "Studio")


def test_layers_are_typed_as_json(console):
    layers = '[{"quality": "HIGH", "width": 1280, "height": 720, "bitrate": 1700000}]'
    info = make(console, video__options__frame_rate="29.5", video__options__layers=layers)
    assert info.video.options.frame_rate == 29.5
    assert [layer.width for layer in info.video.options.layers] == [1280]
    refused = console.do("ingress.create.rtmp", **WHO, video__options__layers='[{"widht": 1}]')
    assert refused.status_code == 422
    assert "did you mean 'width'" in entities.unescape(refused.text)


def test_delete_says_what_it_ends(dev):
    info = make(dev, name="studio")
    one = {"ingress_id": info.ingress_id}
    asks = text_of(dev.get("/do/ingress.delete", **one).text)
    assert "Deletes studio; nothing streams to it now. Its stream key becomes invalid." in asks
    assert dev.do("world.ingress.start", **one).status_code == 200
    assert "publishing" in dev.get("/ingress/one", id=info.ingress_id).text
    asks = text_of(dev.get("/do/ingress.delete", **one).text)
    assert "Deletes studio and disconnects obs in demo." in asks
    assert dev.do("ingress.delete", **one).status_code == 200
    assert dev.world.find_participant("demo", "obs") is None
    assert "no such ingress" in dev.get("/ingress/one", id=info.ingress_id).text
    assert "no such ingress" in dev.get("/do/ingress.delete", **one).text


def test_the_world_starts_and_ends_it(dev):
    info = make(dev)
    assert "/do/world.ingress.start?" in dev.get("/ingress").text
    dev.do("world.ingress.start", ingress_id=info.ingress_id)
    page = dev.get("/ingress").text
    assert "/do/world.ingress.end?" in page
    assert "/participant?room=demo&amp;identity=obs" in page
    dev.world.ingresses.end(info.ingress_id, "<b>no keyframes</b>")
    dev.app.console.store.expire(["ingress-one"])
    page = dev.get("/ingress/one", id=info.ingress_id).text
    assert "&lt;b&gt;no keyframes&lt;/b&gt;" in page


def test_webhooks_and_hosts_without_the_service():
    world = World(config=WorldConfig(profile="self-hosted", redis=False))
    with playing(server=DevServer(world)) as player:
        page = player.get("/ingress").text
        assert "only with Redis and an ingress service" in page
    with playing(server=DevServer(World("self-hosted"))) as player:
        info = make(player)
        page = player.get("/ingress/one", id=info.ingress_id).text
        assert "rtmp_base_url" in page
        assert "Encoders" not in page


def test_webhook_bodies_show_no_key(dev):
    info = make(dev)
    dev.do("world.ingress.start", ingress_id=info.ingress_id)
    heard = dev.app.console.heard
    assert any(one.event.ingress_info is not None for one in heard)
    for one in heard:
        assert info.stream_key not in dev.get("/webhooks/event", number=str(one.number)).text


@pytest.mark.parametrize("path", ["/ingress", "/ingress/one", "/do/ingress.update"])
def test_hostile_texts_stay_texts(dev, path):
    texts = {"name": NASTY, "participant_name": NASTY, "participant_metadata": NASTY}
    info = make(dev, "url", url=f"https://example.com/{NASTY}", room_name=NASTY[:60], **texts)
    page = dev.get(path, id=info.ingress_id, ingress_id=info.ingress_id, q=NASTY[:9])
    assert page.status_code == 200
    assert "&lt;img src=x" in page.text
    assert "<img src=x" not in page.text
    assert "<script>window" not in page.text


@pytest.mark.parametrize("kind", ["RTMP_INPUT", "WHIP_INPUT"])
def test_recipes_are_commands_with_url_and_key(kind):
    info = lkapi.IngressInfo(
        input_type=lkapi.IngressInput[kind], url="rtmps://x.example.com/$(id)'x", stream_key="k"
    )
    for key in (PLACEHOLDER, "a key'$X"):
        obs, *commands = recipes_for(info, key)
        assert obs.label == "OBS"
        assert key in obs.code
        for one in commands:
            lines = one.code.replace("\\\n", " ").splitlines()
            words = shlex.split(next(line for line in lines if not line.startswith("#")))
            assert words[0] in ("ffmpeg", "gst-launch-1.0")
            assert any(key in word for word in words)
            assert any(info.url in word for word in words)
    assert recipes_for(lkapi.IngressInfo(input_type=lkapi.IngressInput[kind])) == ()
    pulled = lkapi.IngressInfo(input_type=lkapi.IngressInput.URL_INPUT, url="https://x")
    assert recipes_for(pulled) == ()
