"""The console in real Chromium; skipped where there is none."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest

import lkapi
from lkapi.console.pages import all_pages
from lkapi.devserver import DevServer, InProcessTransport, World
from tests.console.browsers import CHROMIUM, BrowserThread, watched_page
from tests.console.stages import KEY, NASTY, SECRET, join, served

pytest.importorskip("playwright")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


@pytest.fixture(scope="module")
def chromium():
    browser = BrowserThread()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def stage():
    with served() as (running, server):
        yield running, server


def furnish(server) -> dict[str, str]:
    """A world in which every text that a user controls would do harm as HTML; its ids."""
    world, room = server.world, NASTY[:60]
    world.create_room(lkapi.CreateRoomRequest(name=room, metadata=NASTY))
    ann = join(world, room, NASTY, name=NASTY, metadata=NASTY, attributes={"<i>": NASTY})
    ann.publish(NASTY)
    world.egresses.starts_after = None
    world.agents.register(NASTY)
    api = lkapi.SyncLiveKitAPI("http://x", KEY, SECRET, transport=InProcessTransport(server))
    recorded = api.egress.start_room_composite_egress(
        room_name=room, layout=NASTY, file_outputs=[{"filepath": NASTY, "s3": {"bucket": NASTY}}]
    )
    world.egresses.activate(recorded.egress_id)
    world.egresses.fail(recorded.egress_id, NASTY)
    ingress = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, name=NASTY, room_name=room,
        participant_identity=NASTY, participant_name=NASTY, participant_metadata=NASTY,
    )  # fmt: skip
    api.agent_dispatch.create_dispatch(room=room, agent_name=NASTY, metadata=NASTY)
    world.agents.jobs()[-1].fail(NASTY)
    return {"egress": recorded.egress_id, "ingress": ingress.ingress_id}


def furnish_telephony(server, name: str) -> list[str]:
    """Trunks, a rule, a call that rings and one that was taken; the pages about them."""
    api = lkapi.SyncLiveKitAPI(
        "http://x", KEY, SECRET, transport=InProcessTransport(DevServer(server.world))
    )
    sip = api.sip
    number = f"+1415555{len(server.world.trunks.inbound):04}"
    inbound = sip.create_inbound_trunk(trunk={"name": name, "numbers": [number]}).sip_trunk_id
    outbound = sip.create_outbound_trunk(
        trunk={"name": name, "address": "sip.example.com", "numbers": ["+14155550199"]}
    ).sip_trunk_id
    sip.create_dispatch_rule(
        dispatch_rule={
            "name": name, "trunk_ids": [inbound],
            "rule": {"dispatch_rule_individual": {"room_prefix": name}},
        }
    )  # fmt: skip
    taken = server.world.calls.take("+12125550100", number)
    server.world.callees.no_answer("+14155550101")
    sip.create_sip_participant(
        sip_trunk_id=outbound, sip_call_to="+14155550101", room_name="phones",
        participant_identity=name,
    )  # fmt: skip
    session = server.world.find_room(taken.participant.room_name).info.sid
    return [
        f"/telephony/example?caller=%2B12125550100&called={number.replace('+', '%2B')}",
        f"/telephony/trunk?id={inbound}",
        f"/analytics/session?id={session}",
        "/telephony/inbound",
        f"/do/call.dial?sip_trunk_id={outbound}",
    ]


def paths_of(ids: dict[str, str]) -> list[str]:
    who = urlencode({"room": NASTY[:60], "identity": NASTY})
    room = urlencode({"room": NASTY[:60]})
    return [
        *(page.path for page in all_pages()),
        f"/room?{urlencode({'name': NASTY[:60]})}",
        f"/participant?{who}",
        f"/do/participant.update?{who}",
        f"/do/room.delete?{room}",
        f"/recording/egress?id={ids['egress']}",
        f"/do/egress.start.room?{urlencode({'room_name': NASTY[:60], 'layout': NASTY})}",
        f"/ingress/one?id={ids['ingress']}",
    ]


@pytest.fixture(scope="module")
def round_of_pages(chromium):
    """Every page, loaded once: looked at in light at 1280 pixels and in dark at 360."""
    with served() as (running, server):
        paths = paths_of(furnish(server)) + furnish_telephony(server, NASTY[:60])

        def look(browser):
            page = watched_page(browser, running)
            found: dict[str, list[str]] = {"axe": [], "wide": [], "html": []}
            for path in paths:
                page.look("light", 1280)
                page.go(path)
                page.page.wait_for_function("window.htmx !== undefined")
                found["axe"] += [f"{path}: {one}" for one in page.axe()]
                found["html"] += [path] * page.page.evaluate(_BROKEN_OUT)
                page.look("dark", 360)
                found["axe"] += [f"{path}, dark: {one}" for one in page.axe(again=True)]
                wide = page.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                found["wide"] += [f"{path}: {wide} pixels too wide"] * (wide > 0)
            page.page.context.close()
            return found, page

        return chromium.run(look)


_BROKEN_OUT = "Number(window.pwned !== undefined || document.querySelector('img, main i') !== null)"
"""JavaScript: 1 if a text was taken for HTML."""


def test_axe_finds_nothing_on_any_page(round_of_pages):
    found, page = round_of_pages
    assert found["axe"] == []
    page.check()


def test_no_page_is_wider_than_a_telephone(round_of_pages):
    assert round_of_pages[0]["wide"] == []


def test_nothing_of_others_becomes_html(round_of_pages):
    assert round_of_pages[0]["html"] == []


def reach_by_tab(page, text: str, most: int = 80) -> None:
    """Press Tab until what has this text, or an input of this name, has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "[document.activeElement.textContent.trim(), document.activeElement.name || '']"
        )
        if text in focused:
            return
    raise AssertionError(f"{text!r} is not reached")


def test_a_participant_is_muted_by_keyboard_alone(chromium, stage):
    running, server = stage
    ann = join(server.world, "keys", "keyboard-ann")

    def look(browser):
        page = watched_page(browser, running)
        keys = page.page.keyboard

        def reach(text: str) -> None:
            reach_by_tab(page.page, text)

        keys.press("Tab")
        assert page.page.evaluate("document.activeElement.className") == "skip"
        reach("Rooms")
        keys.press("Enter")
        page.page.wait_for_url("**/rooms")
        reach("keys")
        keys.press("Enter")
        page.page.wait_for_url("**/room?**")
        reach("keyboard-ann")
        keys.press("Enter")
        page.page.wait_for_url("**/participant?**")
        reach("Mute")
        keys.press("Enter")
        page.page.wait_for_selector("dialog[open] #action-form")
        page.page.wait_for_selector("dialog button:focus >> text=Mute")
        keys.press("Escape")
        page.page.wait_for_selector("dialog:not([open])", state="attached")
        assert page.page.evaluate("document.activeElement.textContent.trim()") == "Mute"
        keys.press("Enter")
        page.page.wait_for_selector("dialog[open] #action-form")
        page.page.wait_for_selector("dialog [type=submit]:focus")
        keys.press("Enter")
        page.page.wait_for_selector("text=Unmute")
        assert page.page.locator(".toast").inner_text().endswith("is muted.")
        found = page.axe()
        page.page.context.close()
        return page, found

    page, found = chromium.run(look)
    assert ann.tracks[0].muted
    assert found == []
    page.check()


def test_a_number_is_dialled_and_hung_up_by_keyboard_alone(chromium, stage):
    running, server = stage
    furnish_telephony(server, "by-keyboard")
    server.world.callees.answers("+14155550123")

    def look(browser):
        page = watched_page(browser, running)
        keys = page.page.keyboard
        reach_by_tab(page.page, "Telephony")
        keys.press("Enter")
        page.page.wait_for_url("**/telephony")
        reach_by_tab(page.page, "Dial")
        keys.press("Enter")
        page.page.wait_for_selector("dialog[open] #action-form")
        page.page.wait_for_selector("dialog [name=sip_trunk_id]:focus")
        keys.type("by-keyboard")
        reach_by_tab(page.page, "sip_call_to")
        keys.type("+14155550123")
        reach_by_tab(page.page, "room_name")
        keys.type("by-keyboard-room")
        reach_by_tab(page.page, "wait_until_answered")
        keys.press("Space")
        reach_by_tab(page.page, "Dial")
        found = page.axe()
        keys.press("Enter")
        page.page.wait_for_selector("dialog:not([open])", state="attached")
        page.page.wait_for_selector("td >> text=by-keyboard-room")
        assert "is called into" in page.page.locator(".toast").first.inner_text()
        row = page.page.locator("tr", has_text="+14155550123")
        row.locator("td a").first.focus()
        reach_by_tab(page.page, "Hang up")
        keys.press("Enter")
        page.page.wait_for_selector("dialog[open] .ends")
        ends = page.page.locator(".ends").inner_text()
        page.page.wait_for_selector("dialog [type=submit]:focus")
        keys.press("Enter")
        row.wait_for(state="detached")
        page.page.context.close()
        return page, found, ends

    page, found, ends = chromium.run(look)
    assert found == []
    assert ends.startswith("Ends the call with +14155550123, which is active")
    (placed,) = [one for one in server.world.calls.all() if one.number == "+14155550123"]
    assert placed.answered_at is not None
    assert not placed.participant.connected
    page.check()


def test_the_way_of_a_call_follows_what_is_typed(chromium, stage):
    running, server = stage
    path = furnish_telephony(server, "followed")[0]

    def look(browser):
        page = watched_page(browser, running).go(path)
        page.page.wait_for_selector(".way.good")
        page.page.fill("#e-called", "+19995550100")
        page.page.wait_for_selector(".way.bad")
        assert page.page.evaluate("document.activeElement.id") == "e-called"
        page.go("/analytics")
        page.page.wait_for_selector(".plot canvas")
        page.page.wait_for_selector("text=/Minutes, platforms and regions are of/")
        page.page.context.close()
        return page

    chromium.run(look).check()


def test_changes_appear_by_themselves_and_focus_stays(chromium, stage):
    running, server = stage
    join(server.world, "live", "first")

    def look(browser):
        page = watched_page(browser, running).go("/room?name=live")
        page.page.wait_for_selector("text=first")
        link = page.page.locator("a", has_text="first")
        link.focus()
        began = time.monotonic()
        join(server.world, "live", "second")
        page.page.wait_for_selector("td >> text=second")
        took = time.monotonic() - began
        assert page.page.evaluate("document.activeElement.textContent.trim()") == "first"
        page.page.context.close()
        return page, took

    page, took = chromium.run(look)
    assert took < 4, took  # 2 s, and as much again for a machine that is busy
    page.check()


def test_the_code_follows_the_form_and_a_failure_keeps_it(chromium, stage):
    running, server = stage

    def look(browser):
        page = watched_page(browser, running).go("/rooms")
        page.page.click("text=Create room")
        page.page.wait_for_selector("dialog[open] #action-form")
        page.page.fill("dialog [name=name]", "by hand")
        page.page.wait_for_selector("dialog code >> text=by hand")
        page.page.fill("dialog [name=empty_timeout]", "soon")
        page.page.click("dialog button[type=submit]")
        page.page.wait_for_selector("dialog .problem")
        assert page.page.input_value("dialog [name=name]") == "by hand"
        page.page.wait_for_selector("dialog [name=empty_timeout]:focus")
        assert page.axe() == []
        page.page.fill("dialog [name=empty_timeout]", "5m")
        page.page.click("dialog button[type=submit]")
        page.page.wait_for_selector("td >> text=by hand")
        page.page.context.close()
        return page

    chromium.run(look).check()
    assert server.world.find_room("by hand").info.empty_timeout == 300


def test_a_stream_key_is_copied_without_being_shown(chromium, stage):
    running, server = stage
    api = lkapi.SyncLiveKitAPI("http://x", KEY, SECRET, transport=InProcessTransport(server))
    made = api.ingress.create_ingress(
        input_type=lkapi.IngressInput.RTMP_INPUT, room_name="demo", participant_identity="obs"
    )

    def look(browser):
        page = watched_page(browser, running)
        page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.go(f"/ingress/one?id={made.ingress_id}")
        page.page.click("text=Copy the key")
        page.page.wait_for_selector(".toast")
        copied = page.page.evaluate("navigator.clipboard.readText()")
        before = page.page.content()
        page.page.click("text=Show the key")
        page.page.wait_for_selector(f"#recipes code >> text={made.stream_key}")
        page.page.click("[role=tab] >> text=ffmpeg")
        recipe = page.page.locator("#code-ffmpeg code").inner_text()
        found = page.axe()
        page.page.context.close()
        return page, copied, before, recipe, found

    page, copied, before, recipe, found = chromium.run(look)
    assert copied == made.stream_key
    assert made.stream_key not in before
    assert f"{made.url}/{made.stream_key}" in recipe
    assert found == []
    page.check()


def test_two_browsers_and_ten_tabs_are_one_poll(chromium):
    with served(stage=False) as (running, server):
        server.world.create_room(lkapi.CreateRoomRequest(name="demo", empty_timeout=999))

        def look(browser):
            pages = [watched_page(browser, running) for _ in range(2)]
            tabs = [page.page.context.new_page() for page in pages for _ in range(4)]
            for tab in (*tabs, *(page.page for page in pages)):
                tab.goto(running.url + "/rooms")
            before, began = server.faults.count("RoomService/ListRooms"), time.monotonic()
            count = 0
            while time.monotonic() - began < (2.5 if count else 20):
                pages[0].page.wait_for_timeout(500)
                count = server.faults.count("RoomService/ListRooms") - before
            took = time.monotonic() - began
            for page in pages:
                page.page.context.close()
            return count, took, pages

        count, took, pages = chromium.run(look)
        assert 1 <= count <= took + 1, (count, took)
        for page in pages:
            page.check()


def test_the_printed_address_lets_one_browser_in(chromium, stage):
    running, _ = stage

    def look(browser):
        address = running.address
        first = browser.new_context().new_page()
        first.goto(address)
        assert "token" not in first.url
        second = browser.new_context().new_page()
        answer = second.goto(address)
        cookies = first.context.cookies()
        first.context.close()
        second.context.close()
        return answer.status, cookies

    status, (cookie,) = chromium.run(look)
    assert status == 401
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"


_STEPS = 30
"""scripts/monkey-console plays for minutes."""


def test_a_monkey_breaks_nothing(chromium):
    from tests.console.monkey import Monkey

    monkeys = []
    with served(world=World()) as (running, server):

        def look(browser):
            page = watched_page(browser, running)
            monkey = Monkey(page, server.world, seed=12)
            monkeys.append(monkey)
            for _ in range(_STEPS):
                monkey.step()
            page.page.context.close()
            return page

        try:
            page = chromium.run(look)
        finally:
            print("the monkey's last step:", *(monkey.last for monkey in monkeys))
        (monkey,) = monkeys
        assert monkey.steps - monkey.missed > _STEPS / 2
        page.check()
