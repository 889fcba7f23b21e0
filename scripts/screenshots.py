"""Pictures of the console over a small world, for docs/console.md.

``scripts/screenshots`` writes those of the docs; ``scripts/screenshots --all FOLDER`` every page in
both themes at both widths, to be looked at. They are reduced to few colours, to stay small.
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

from PIL import Image

import lkapi
from lkapi.console.pages import all_pages
from lkapi.devserver import DevServer, InProcessTransport, World
from tests.console.browsers import Watched, open_chromium, watched_page
from tests.console.stages import KEY, SECRET, join, served

DOCS = Path(__file__).parent.parent / "docs/images/console"
WIDTHS = (1600, 360)
THEMES = ("light", "dark")
PLACES = {
    "overview": "/",
    "rooms": "/rooms",
    "room": "/room?name=town-hall",
    "participant": "/participant?room=town-hall&identity=ann",
    "form": "/do/participant.permissions?room=town-hall&identity=ann",
    "delete": "/do/room.delete?room=town-hall",
    "egress": "/recording/egress?id={egress}",
    "egress-failed": "/recording/egress?id={failed}",
    "egress-start": "/do/egress.start.room?room_name=town-hall&layout=grid"
    "&file_outputs.0.filepath=town-hall.mp4&storage.s3.bucket=takes",
    "egress-stop": "/do/egress.stop?egress_id={egress}",
    "ingress-one": "/ingress/one?id={ingress}",
    **{page.name: page.path for page in all_pages() if page.name not in ("overview", "rooms")},
    "inbound": "/telephony/inbound",
    "outbound": "/telephony/outbound",
    "rules": "/telephony/rules",
    "example": "/telephony/example?called=%2B14155550111&caller=%2B12125550100",
    "dial": "/do/call.dial",
    "offers": "/numbers/search?country=US&area=415",
    "log": "/log",
}
"""Where each picture is taken; names in braces are ids that ``furnish`` returns."""
IN_DOCS = {
    1600: (
        "overview",
        "room",
        "delete",
        "telephony",
        "example",
        "analytics",
        "recording",
        "ingress-one",
        "world",
    ),
    360: ("overview", "delete"),
}
"""The pictures of the docs; the width also says how high they may be."""
HEIGHTS = {1600: 820, 360: 1200}


def furnish(server: DevServer) -> dict[str, str]:
    """Rooms with people, recordings, a stream, agents, trunks and calls, a few refusals."""
    api = lkapi.SyncLiveKitAPI("http://x", KEY, SECRET, transport=InProcessTransport(server))
    rooms = {"town-hall": 14, "standup": 5, "support-4711": 2, "lobby": 1}
    for name in rooms:
        api.room.create_room(name=name, metadata='{"topic": "weekly"}', empty_timeout=3600)
    people = (
        "ann",
        "ben",
        "cleo",
        "dan",
        "eve",
        "finn",
        "gus",
        "hana",
        "ivo",
        "jo",
        "kim",
        "lee",
        "mia",
        "noa",
    )
    for name, count in rooms.items():
        for identity in people[:count]:
            attributes = {"team": "blue", "seat": "12"}
            person = join(
                server.world, name, identity, name=identity.title(), attributes=attributes
            )
            if identity in "ann ben cleo":
                person.publish(
                    "camera", source=lkapi.TrackSource.CAMERA, type=lkapi.TrackType.VIDEO,
                    width=1280, height=720, mime_type="video/VP8",
                )  # fmt: skip
    ids = {**record(api, server), **bring_in(api, server)}
    api.sip.create_inbound_trunk(trunk={"name": "support", "numbers": ["+14155550111"]})
    out = api.sip.create_outbound_trunk(
        trunk={"name": "out", "address": "sip.example.com", "numbers": ["+14155550199"]}
    )
    api.sip.create_dispatch_rule(
        dispatch_rule={"name": "desk", "rule": {"dispatch_rule_direct": {"room_name": "desk"}}}
    )
    vip = {"dispatch_rule_individual": {"room_prefix": "vip"}}
    api.sip.create_dispatch_rule(
        dispatch_rule={"name": "vip", "rule": vip, "inbound_numbers": ["+12125550177"]}
    )
    night = api.sip.create_dispatch_rule(
        dispatch_rule={
            "name": "night", "trunk_ids": ["ST_gone"],
            "rule": {"dispatch_rule_callee": {"room_prefix": "night"}},
        }
    )  # fmt: skip
    api.phone_number.purchase_phone_number(
        phone_numbers=["+14155550142", "+12125550143"],
        sip_dispatch_rule_id=night.sip_dispatch_rule_id,
    )
    server.world.calls.take("+12125550100", "+14155550111")
    server.world.callees.no_answer("+14155550101")
    api.sip.create_sip_participant(
        sip_trunk_id=out.sip_trunk_id, sip_call_to="+14155550101", room_name="desk",
        participant_identity="callee",
    )  # fmt: skip
    server.faults.fail(2, method="CreateIngress", status=503)
    with contextlib.suppress(lkapi.NotFoundError):
        api.room.delete_room(room="nothing")
    with contextlib.suppress(lkapi.UnauthenticatedError):
        stranger(server)
    return ids


def record(api: lkapi.SyncLiveKitAPI, server: DevServer) -> dict[str, str]:
    """Egresses in several states."""
    egresses = server.world.egresses
    egresses.starts_after = egresses.ends_after = None
    s3 = {"bucket": "takes"}
    file = {"filepath": "{room_name}.mp4", "s3": s3}
    going = api.egress.start_room_composite_egress(
        room_name="town-hall", layout="speaker", file_outputs=[file],
        stream_outputs=[{"urls": ["rtmp://live.example.com/app/key-of-the-channel"]}],
        segment_outputs=[{"filename_prefix": "town-hall", "s3": s3}],
    )  # fmt: skip
    failed = api.egress.start_participant_egress(
        room_name="standup", identity="ann", file_outputs=[{**file, "filepath": "ann.mp4"}]
    )
    done = api.egress.start_web_egress(url="https://example.com/scoreboard", file_outputs=[file])
    for one in (going, failed, done):
        egresses.activate(one.egress_id)
    egresses.fail(failed.egress_id, "upload failed: AccessDenied")
    egresses.complete(done.egress_id)
    api.egress.start_track_egress(
        room_name="standup", track_id="TR_mic", file={"filepath": "mic.ogg", "s3": s3}
    )
    return {"egress": going.egress_id, "failed": failed.egress_id}


def bring_in(api: lkapi.SyncLiveKitAPI, server: DevServer) -> dict[str, str]:
    """Ingresses, and agents with their jobs."""
    studio = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, name="studio", room_name="town-hall",
        participant_identity="obs",
    )  # fmt: skip
    camera = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.WHIP_INPUT, name="camera 2", room_name="lobby",
        participant_identity="camera-2",
    )  # fmt: skip
    server.world.ingresses.start(camera.ingress_id)
    server.world.agents.register("helper")
    server.world.agents.register("notes", accepts=False)
    for room, agent in (("support-4711", "helper"), ("standup", "helper"), ("lobby", "notes")):
        api.agent_dispatch.create_dispatch(room=room, agent_name=agent, metadata='{"lang": "en"}')
    server.world.agents.jobs()[-1].fail("it could not reach its model")
    return {"ingress": studio.ingress_id}


def stranger(server: DevServer) -> None:
    wrong = lkapi.SyncLiveKitAPI("http://x", KEY, "wrong", transport=InProcessTransport(server))
    wrong.room.list_rooms()


def picture(page: Watched, path: Path, most: int) -> None:
    """A picture of the page, in 256 colours."""
    height = page.page.evaluate("document.documentElement.scrollHeight")
    shot = page.page.screenshot(full_page=True, clip={
        "x": 0, "y": 0, "width": page.page.viewport_size["width"], "height": min(height, most),
    })  # fmt: skip
    image = (
        Image.open(io.BytesIO(shot))
        .convert("RGB")
        .quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    image.save(path, optimize=True)


def main(arguments: list[str]) -> int:
    every = arguments[:1] == ["--all"]
    folder = Path(arguments[1]) if every else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    with served(world=World()) as (running, server), open_chromium() as browser:
        ids = furnish(server)
        for theme in THEMES:
            for width in WIDTHS:
                page = watched_page(browser, running, width=width, scheme=theme)
                for name, path in PLACES.items():
                    if not every and name not in IN_DOCS[width]:
                        continue
                    page.go(path.format(**ids))
                    page.page.wait_for_timeout(700)
                    picture(
                        page,
                        folder / f"{name}-{theme}-{width}.png",
                        1500 if every else HEIGHTS[width],
                    )
                page.page.context.close()
                page.check()
    total = sum(path.stat().st_size for path in folder.glob("*.png"))
    print(f"{len(list(folder.glob('*.png')))} pictures, {total / 1000:.0f} kB, in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
