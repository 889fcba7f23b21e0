"""The console in real Chromium; skipped where there is none."""

from __future__ import annotations

import time

import pytest

import lkapi
from lkapi.console.pages import all_pages
from lkapi.devserver import World
from tests.console.browsers import CHROMIUM, BrowserThread, watched_page
from tests.console.stages import NASTY, join, served

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


def paths_of(room: str, identity: str) -> list[str]:
    from urllib.parse import urlencode

    pages = [page.path for page in all_pages()]
    return [
        *pages,
        f"/room?{urlencode({'name': room})}",
        f"/participant?{urlencode({'room': room, 'identity': identity})}",
        f"/do/participant.update?{urlencode({'room': room, 'identity': identity})}",
        f"/do/room.delete?{urlencode({'room': room})}",
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_on_any_page(chromium, stage, scheme, width):
    running, server = stage
    join(server.world, "demo", f"ann-{scheme}", attributes={"team": "blue"}, metadata="about ann")

    def look(browser):
        page = watched_page(browser, running, width=width, scheme=scheme)
        found = []
        for path in paths_of("demo", f"ann-{scheme}"):
            page.go(path)
            found += [f"{path}: {one}" for one in page.axe()]
            wide = page.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                found.append(f"{path}: {wide} pixels too wide")
        page.page.context.close()
        return found, page

    found, page = chromium.run(look)
    assert found == []
    page.check()


def test_nothing_of_others_becomes_html(chromium, stage):
    running, server = stage
    room = NASTY[:60]
    server.world.create_room(lkapi.CreateRoomRequest(name=room, metadata=NASTY))
    ann = join(server.world, room, NASTY, name=NASTY, metadata=NASTY, attributes={"<i>": NASTY})
    ann.publish(NASTY)

    def look(browser):
        page = watched_page(browser, running)
        for path in (*paths_of(room, NASTY), f"/rooms?q={NASTY[:9].replace('<', '%3C')}"):
            page.go(path)
            page.page.wait_for_function("window.htmx !== undefined")
            assert page.page.evaluate("window.pwned") is None, path
            assert page.page.locator("img, main i").count() == 0, path
        page.page.click("h1")
        page.page.context.close()
        return page

    chromium.run(look).check()


def test_a_participant_is_muted_by_keyboard_alone(chromium, stage):
    running, server = stage
    ann = join(server.world, "keys", "keyboard-ann")

    def look(browser):
        page = watched_page(browser, running)
        keys = page.page.keyboard

        def reach(text: str, most: int = 60) -> None:
            for _ in range(most):
                keys.press("Tab")
                focused = page.page.evaluate("document.activeElement.textContent.trim()")
                if focused == text:
                    return
            raise AssertionError(f"{text!r} is not reached")

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
        page.page.wait_for_function(
            "document.activeElement && document.activeElement.textContent.trim() === 'Mute'"
        )
        keys.press("Escape")
        page.page.wait_for_selector("dialog:not([open])", state="attached")
        assert page.page.evaluate("document.activeElement.textContent.trim()") == "Mute"
        keys.press("Enter")
        page.page.wait_for_selector("dialog[open] #action-form")
        page.page.wait_for_function(
            "document.activeElement && document.activeElement.type === 'submit'"
        )
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
        assert page.page.evaluate("document.activeElement.name") == "empty_timeout"
        assert page.axe() == []
        page.page.fill("dialog [name=empty_timeout]", "5m")
        page.page.click("dialog button[type=submit]")
        page.page.wait_for_selector("td >> text=by hand")
        page.page.context.close()
        return page

    chromium.run(look).check()
    assert server.world.find_room("by hand").info.empty_timeout == 300


def test_two_browsers_and_ten_tabs_are_one_poll(chromium):
    with served(stage=False) as (running, server):
        server.world.create_room(lkapi.CreateRoomRequest(name="demo", empty_timeout=999))

        def look(browser):
            pages = [watched_page(browser, running) for _ in range(2)]
            tabs = [page.page.context.new_page() for page in pages for _ in range(4)]
            for tab in (*tabs, *(page.page for page in pages)):
                tab.goto(running.url + "/rooms")
            before, began = server.faults.count("RoomService/ListRooms"), time.monotonic()
            pages[0].page.wait_for_timeout(4000)
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


def test_a_monkey_breaks_nothing(chromium):
    from tests.console.monkey import Monkey

    with served(world=World()) as (running, server):

        def look(browser):
            page = watched_page(browser, running)
            monkey = Monkey(page, server.world, seed=12)
            monkey.play(20)
            page.page.context.close()
            return page, monkey

        page, monkey = chromium.run(look)
        assert monkey.steps - monkey.missed > 10
        page.check()
