"""The plugin in whole pytest runs: other plugins, unittest, several processes, misuse, its cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ASYNC_TEST = """
    import pytest

    import lkapi

    {mark}
    async def test_room(livekit_api, livekit_server, livekit_webhooks):
        await livekit_api.room.create_room(name="demo")
        assert "demo" in livekit_server.world.rooms
        assert (await livekit_webhooks.await_for("room_started")).room.name == "demo"

    {mark}
    async def test_environment(livekit_env):
        async with lkapi.LiveKitAPI() as api:
            assert not (await api.room.list_rooms()).rooms
"""


UNUSED = ("cacheprovider", "hypothesispytest", "pytest_cov")
QUICK = [word for name in (*UNUSED, "pytest_httpx") for word in ("-p", f"no:{name}")]
"""Without plugins that take seconds to load and have no part in what is tested."""
SCOPE = "asyncio_default_fixture_loop_scope=function"


def run(pytester: pytest.Pytester, *options: str, mode: str = "") -> pytest.RunResult:
    """A run in a process of its own, with every warning an error; ``mode`` of pytest-asyncio."""
    asyncio = ["-o", SCOPE, "-o", f"asyncio_mode={mode}"] if mode else ["-p", "no:asyncio"]
    return pytester.runpytest_subprocess("-W", "error", *QUICK, *asyncio, *options)


def make_async_tests(pytester: pytest.Pytester, mark: str) -> None:
    pytester.makepyfile(ASYNC_TEST.replace("{mark}", mark))


def test_nothing_is_loaded_without_a_use(pytester: pytest.Pytester) -> None:
    """A run that uses no fixture imports the plugin's one module and nothing of lkapi."""
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = [name for name in sys.modules if name.split(".")[0] in ("lkapi", "google")]
            assert loaded == []
            assert "pytest_lkapi" in sys.modules
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_plugin_can_be_switched_off(pytester: pytest.Pytester) -> None:
    """As any other; its fixtures are gone then."""
    pytester.makepyfile("def test_it(livekit_server): ...")
    result = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio", "-p", "no:lkapi")
    result.assert_outcomes(errors=1)


@pytest.mark.parametrize(("mode", "mark"), [("auto", ""), ("strict", "@pytest.mark.asyncio")])
def test_with_pytest_asyncio(pytester: pytest.Pytester, mode: str, mark: str) -> None:
    """In both of its modes."""
    make_async_tests(pytester, mark)
    run(pytester, mode=mode).assert_outcomes(passed=2)


def test_with_the_plugin_of_anyio(pytester: pytest.Pytester) -> None:
    """On its asyncio backend."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """
    )
    make_async_tests(pytester, "@pytest.mark.anyio")
    run(pytester).assert_outcomes(passed=2)


def test_on_trio(pytester: pytest.Pytester) -> None:
    """The client needs asyncio, and a test on trio is told so."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(params=["asyncio", ("trio", {})], ids=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param
        """
    )
    pytester.makepyfile("def test_it(anyio_backend, livekit_api): ...")
    result = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*livekit_api needs asyncio, and anyio runs this test on trio*"])


def test_coroutine_without_a_plugin(pytester: pytest.Pytester) -> None:
    """pytest itself says what to install; nothing passes that did not run."""
    make_async_tests(pytester, "")
    result = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio", "-p", "no:anyio")
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])


def test_with_unittest(pytester: pytest.Pytester) -> None:
    """Classes of unittest, run by pytest: fixtures by a decorator, or by an autouse method."""
    pytester.makepyfile(
        """
        import unittest

        import pytest

        import lkapi

        @pytest.mark.usefixtures("livekit_env")
        class DecoratedTests(unittest.TestCase):
            def test_room(self):
                with lkapi.SyncLiveKitAPI() as api:
                    assert not api.room.list_rooms().rooms
                    api.room.create_room(name="demo")

            test_again = test_room

        class FixtureTests(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _livekit(self, livekit_server):
                self.livekit = livekit_server

            def test_room(self):
                self.livekit.join("ann", "demo")
                assert self.livekit.webhooks.names == ["room_started", "participant_joined"]
        """
    )
    run(pytester).assert_outcomes(passed=3)


UNITTEST = """
import sys
import unittest

import lkapi
import lkapi.testing

assert "pytest" not in sys.modules


class RoomTests(unittest.TestCase):
    def setUp(self):
        self.livekit = lkapi.testing.server(environ=True)
        self.addCleanup(self.livekit.close)

    def test_room(self):
        with lkapi.SyncLiveKitAPI() as api:
            self.assertFalse(api.room.list_rooms().rooms)
            api.room.create_room(name="demo")
        self.livekit.join("ann", "demo")
        self.assertEqual(self.livekit.webhooks.names, ["room_started", "participant_joined"])

    test_again = test_room


class AsyncRoomTests(unittest.IsolatedAsyncioTestCase):
    async def test_room(self):
        with lkapi.testing.server() as livekit:
            await livekit.client().room.create_room(name="demo")
            await livekit.webhooks.await_for("room_started")
"""


def test_with_unittest_alone(tmp_path: Path) -> None:
    """Without pytest, which is not even imported; nothing is left open at the end."""
    (tmp_path / "test_rooms.py").write_text(UNITTEST)
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "unittest", "-v"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr
    assert "Warning" not in done.stderr


DJANGO = {
    "site_settings": """
        import os

        SECRET_KEY = "for-tests"
        ROOT_URLCONF = "site_urls"
        INSTALLED_APPS = []
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        ALLOWED_HOSTS = ["testserver"]
        LIVEKIT_URL = os.environ["LIVEKIT_URL"]
        USE_TZ = True
        """,
    "site_urls": """
        from django.conf import settings
        from django.http import JsonResponse
        from django.urls import path

        import lkapi
        from lkapi.web import WebhookEndpoint
        from lkapi.web.django import webhook_view
        from lkapi.webhook import WebhookReceiver

        api = lkapi.SyncLiveKitAPI(settings.LIVEKIT_URL)
        seen = []

        def rooms(request):
            return JsonResponse({"rooms": [room.name for room in api.room.list_rooms().rooms]})

        endpoint = WebhookEndpoint(WebhookReceiver(), lambda event: seen.append(event.event))
        urlpatterns = [path("rooms", rooms), path("livekit/webhook", webhook_view(endpoint))]
        """,
    "test_site": """
        import pytest
        from django.core.wsgi import get_wsgi_application
        from django.test import TestCase

        @pytest.mark.usefixtures("livekit_env")
        class RoomTests(TestCase):
            @pytest.fixture(autouse=True)
            def _livekit(self, livekit_server):
                self.livekit = livekit_server

            def test_rooms(self):
                assert self.client.get("/rooms").json() == {"rooms": []}
                self.livekit.join("ann", "demo")
                assert self.client.get("/rooms").json() == {"rooms": ["demo"]}

            test_rooms_again = test_rooms

            def test_webhooks(self):
                import site_urls

                self.livekit.webhooks.deliver_to_wsgi(get_wsgi_application())
                self.livekit.join("ann", "demo")
                self.livekit.webhooks.flush()
                assert site_urls.seen == ["room_started", "participant_joined"]

        def test_client(client, livekit_env, livekit_server):
            livekit_server.join("ann", "demo")
            assert client.get("/rooms").json() == {"rooms": ["demo"]}
        """,
}


def test_with_django(pytester: pytest.Pytester) -> None:
    """Django's TestCase and pytest-django, with settings that are read at import."""
    pytest.importorskip("pytest_django")
    pytester.makepyfile(**DJANGO)
    pytester.makeini("[pytest]\nlivekit_env = true\nDJANGO_SETTINGS_MODULE = site_settings\n")
    run(pytester).assert_outcomes(passed=4)


def test_with_several_processes(pytester: pytest.Pytester) -> None:
    """xdist: each process has a port of its own, with and without the setting for the run."""
    pytester.makepyfile(
        """
        import os

        import pytest

        import lkapi

        URL = os.environ.get("LIVEKIT_URL")

        @pytest.mark.parametrize("turn", range(12))
        def test_room(livekit_env, livekit_server, turn):
            assert URL in (None, livekit_env["LIVEKIT_URL"])
            with lkapi.SyncLiveKitAPI() as api:
                assert not api.room.list_rooms().rooms
                api.room.create_room(name="demo")
            assert list(livekit_server.world.rooms) == ["demo"]
        """
    )
    run(pytester, "-n", "2").assert_outcomes(passed=12)
    run(pytester, "-n", "2", "-o", "livekit_env=true").assert_outcomes(passed=12)


def test_environment_for_the_whole_run(pytester: pytest.Pytester) -> None:
    """An application may read it when it is imported; a call outside of a test is explained."""
    pytester.makeini(
        """
        [pytest]
        livekit_env = true
        livekit_profile = self-hosted
        livekit_api_key = APIours
        livekit_api_secret = our-own-secret-of-32-bytes-or-more
        """
    )
    pytester.makepyfile(
        """
        import os

        import pytest

        import lkapi

        api = lkapi.SyncLiveKitAPI()

        def test_room(livekit_server):
            api.room.create_room(name="demo")
            assert livekit_server.key == os.environ["LIVEKIT_API_KEY"] == "APIours"
            assert livekit_server.secret == "our-own-secret-of-32-bytes-or-more"
            assert livekit_server.world.config.profile == "self-hosted"
            assert livekit_server.url.replace("http", "ws") == os.environ["LIVEKIT_URL"]

        def test_outside():
            with pytest.raises(lkapi.FailedPreconditionError, match="use the fixture"):
                api.room.list_rooms()

        @pytest.mark.livekit("cloud")
        def test_marker(livekit_server):
            assert livekit_server.world.config.profile == "cloud"
            api.room.list_rooms()
        """
    )
    run(pytester).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("'selfhosted'", "profile must be 'cloud' or 'self-hosted', not 'selfhosted'"),
        ("'cloud', True", "takes the profile, and everything else by name"),
        ("egres_worker=True", "no setting 'egres_worker'; did you mean 'egress_worker'?"),
        ("clok=1", "no setting 'clok'; did you mean 'clock'?"),
    ],
)
def test_markers_that_make_no_sense(pytester: pytest.Pytester, marker: str, said: str) -> None:
    """One line that says what is wrong, and no traceback through the plugin."""
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.livekit({marker})
        def test_it(livekit_server):
            pass
        """
    )
    result = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio", "--strict-markers")
    result.assert_outcomes(errors=1)
    assert said in result.stdout.str()
    assert "pytest_lkapi.py" not in result.stdout.str()


def test_fixtures_are_listed(pytester: pytest.Pytester) -> None:
    """``pytest --fixtures`` and ``--markers`` explain them."""
    shown = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio", "--fixtures").stdout.str()
    for name in ("server", "api", "api_sync", "env", "webhooks"):
        assert f"livekit_{name}" in shown
    shown = pytester.runpytest_inprocess(*QUICK, "-p", "no:asyncio", "--markers").stdout.str()
    assert "livekit(profile, *" in shown
