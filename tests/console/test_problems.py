"""What goes wrong is said on the page, with what to do, and nothing typed is lost."""

from __future__ import annotations

import errno
import re

import pytest

import lkapi
from lkapi.console import ConsoleSettings, RunningConsole
from lkapi.console.problems import describe_problem
from lkapi.devserver import DevServer, World
from tests.console.stages import playing, text_of
from tests.console.test_code import ACTIONS


class Broken:
    """A transport that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def asend(self, request):
        raise self.error

    async def aclose(self):
        pass


def test_a_server_that_cannot_be_reached():
    with playing(transport=Broken(lkapi.ConnectError("connection refused"))) as player:
        page = player.get("/rooms")
        assert page.status_code == 200
        assert "The server cannot be reached" in page.text
        assert "?</span> rooms" in player.get("/").text
        assert "None</span>" not in player.get("/").text
        failed = player.do("room.create", name="typed before")
        assert failed.status_code == 502
        assert "Nothing was sent" in failed.text
        assert 'value="typed before"' in failed.text
        assert "failed" in player.get("/log").text


def test_an_answer_that_is_lost_may_have_been_done():
    with playing(transport=Broken(lkapi.TransportError("connection closed"))) as player:
        failed = player.do("room.delete", room="demo")
        assert failed.status_code == 502
        assert "may have taken effect" in failed.text


def test_a_wrong_secret():
    with playing(api_secret="another secret") as player:
        page = player.get("/rooms")
        assert "does not accept the credentials" in page.text
        assert "another secret" not in page.text


def test_a_token_without_the_grant():
    token = lkapi.AccessToken(
        "devkey", "secret", identity="x", grants=lkapi.VideoGrants(room_list=True)
    ).to_jwt()
    with playing(api_key="", api_secret="", token=token) as player:
        failed = player.do("room.create", name="demo")
        assert failed.status_code == 422
        assert "lack a grant" in failed.text or "does not accept the credentials" in failed.text
        assert token not in failed.text


def test_what_a_self_hosted_server_does_not_have():
    with playing(server=DevServer(World("self-hosted"))) as player:
        failed = player.post(
            "/do/participant.move",
            {"room": "demo", "identity": "ann", "destination_room": "other"},
        )
        assert failed.status_code >= 400
        assert 'value="other"' in failed.text
    error = lkapi.BadRouteError("bad_route", "no handler", method="PhoneNumberService/List")
    problem = describe_problem(error)
    assert "Self-hosted servers have no PhoneNumberService" in problem.reason
    assert problem.status == 501


def test_a_retry_and_its_attempts_are_in_the_log(console):
    console.server.faults.fail_once(method="CreateRoom", status=503)
    assert console.do("room.create", name="demo").status_code == 200
    page = text_of(console.get("/log/call", number=_last(console)).text)
    assert "HTTP 503" in page
    assert "Attempts" in page
    assert "lkapi room create demo" in page


def _last(console) -> str:
    return str(next(console.app.console.link.log.newest()).number)


def test_the_log_tells_requests_from_readings(console):
    console.get("/rooms")
    console.do("room.create", name="demo")
    assert "ListRooms" not in console.part("/log", "table").text
    assert "ListRooms" in console.get("/log", reads="on").text
    assert "CreateRoom" in console.get("/log", q="createroom").text
    assert "No call matches" in console.get("/log", q="nonsense").text
    assert console.get("/log/call", number="99999").status_code == 404


def test_pages_and_actions_that_do_not_exist(console):
    assert console.get("/nothing").status_code == 404
    assert console.get("/do/nothing").status_code == 404
    assert console.do("nothing").status_code == 404
    assert console.post("/do/nothing/shown").status_code == 404
    assert console.do("world.join", room="x", identity="y").status_code == 404
    assert console.get("/world").status_code == 404
    console.client.cookies.clear()
    assert console.get("/static/nothing.css").text == "not found"


@pytest.mark.parametrize("action", [one for one in ACTIONS if one.fixed], ids=lambda one: one.name)
def test_the_form_for_something_that_is_gone_is_shown_all_the_same(action, console):
    """With what it was about; one that ends something says that there is nothing to end."""
    given = dict.fromkeys(action.fixed, "nowhere")
    page = console.get(f"/do/{action.name}", **given, transfer_to="tel:+14155550100")
    assert page.status_code == 200
    shown = page.text.count('value="nowhere"') + page.text.count("nowhere</textarea>")
    assert shown >= len(action.fixed)
    if action.what_ends is not None and action.name not in ("number.purchase", "participant.move"):
        assert re.search(r"(There is|has) no such \w+( \w+)? now", text_of(page.text))
    without = console.get(f"/do/{action.name}")
    assert without.status_code == 200
    assert "no such" not in text_of(without.text)


def test_the_outcome_of_a_call_without_a_sip_status_is_explained():
    error = lkapi.SIPCallError("unavailable", "the carrier hung up")
    problem = describe_problem(error)
    assert "the carrier hung up" in problem.reason
    assert problem.advice


def test_what_is_no_error_of_lkapi_is_not_swallowed():
    with pytest.raises(RuntimeError):
        describe_problem(RuntimeError("a bug"))


def test_a_busy_port_is_named():
    settings = ConsoleSettings(url="http://x", api_key="k", api_secret="s", port=0)
    with RunningConsole(settings) as running:
        taken = ConsoleSettings(url="http://x", api_key="k", api_secret="s", port=running.port)
        with pytest.raises(lkapi.SettingsError, match=f"{running.port}.*another port"):
            RunningConsole(taken)
    assert errno.EADDRINUSE


def test_a_server_that_ends_during_its_start_is_an_error(monkeypatch):
    async def ends(*_: object, **__: object) -> None:
        """What uvicorn does when the application's startup fails: it logs that and returns."""

    monkeypatch.setattr("uvicorn.Server.serve", ends)
    running = RunningConsole(ConsoleSettings(url="http://x", api_key="k", api_secret="s", port=0))
    with pytest.raises(lkapi.SettingsError, match="the console did not start"), running:
        pass
    again = ConsoleSettings(url="http://x", api_key="k", api_secret="s", port=running.port)
    RunningConsole(again)._socket.close()


def test_every_public_error_has_words():
    codes = ("not_found", "already_exists", "permission_denied", "unauthenticated", "internal",
             "resource_exhausted", "failed_precondition", "invalid_argument",
             "unavailable")  # fmt: skip
    from lkapi.errors.api import ERROR_CLASS

    for code in codes:
        problem = describe_problem(ERROR_CLASS[code](code, "the reason", method="A/B"))
        assert problem.title
        assert "the reason" in problem.reason
        assert 400 <= problem.status < 600
