"""What ``import lkapi`` offers, and how little it loads."""

from __future__ import annotations

import ast
import importlib
import inspect
import pathlib

import pytest

import lkapi
from lkapi import _exports, errors
from lkapi.protocol import agent_dispatch, egress, phone_number, room
from tests.fresh_interpreter import loaded_by


def test_all_is_sorted_and_each_name_is_there():
    """``__all__`` can be read by a person and trusted by a star import."""
    assert lkapi.__all__ == sorted(lkapi.__all__)
    for name in lkapi.__all__:
        assert getattr(lkapi, name) is not None


def test_every_name_of_dir_resolves():
    """``dir(lkapi)`` lists messages, enum values, errors and submodules, and all can be had."""
    names = [name for name in dir(lkapi) if not name.startswith("_")]
    assert len(names) > 600
    for name in names:
        assert getattr(lkapi, name) is not None, name


def test_messages_enums_and_bare_values_are_reachable():
    """The names that code for livekit.api uses mean the same objects as in lkapi.protocol."""
    assert lkapi.CreateRoomRequest is room.CreateRoomRequest
    assert lkapi.AgentDispatch is agent_dispatch.AgentDispatch
    assert lkapi.IMAGE_SUFFIX_TIMESTAMP is egress.ImageFileSuffix.IMAGE_SUFFIX_TIMESTAMP
    assert lkapi.ListPhoneNumbersRequest is phone_number.ListPhoneNumbersRequest
    assert lkapi.NotFoundError is errors.NotFoundError
    assert lkapi.TwirpError is lkapi.ServerError is errors.APIError


def test_a_misspelt_name_is_an_attribute_error():
    """There is no name that silently gives None."""
    with pytest.raises(AttributeError, match="AccesToken"):
        _ = lkapi.AccesToken
    with pytest.raises(ImportError):
        exec("from lkapi import AccesToken")


def test_the_type_checkers_and_the_runtime_agree():
    """The stub offers the names of the tables, from the same modules, and no others."""
    stub = pathlib.Path(inspect.getfile(lkapi)).with_suffix(".pyi").read_text()
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(stub)):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            found.setdefault(str(node.module).partition(".")[2], set()).update(names)
    assert found.pop("") == set(lkapi._MODULES)
    assert found.pop("compat") == set(lkapi._COMPAT)
    assert found.pop("_version") == {"__version__"}
    assert found.pop("errors") == {"*"}
    starred = {name for name, names in found.items() if names == {"*"}}
    assert starred == {f"protocol.{home}" for home in _exports.MESSAGE_NAMES.values()}
    named = {name: names for name, names in found.items() if name not in starred}
    assert named == {home: set(names) for home, names in lkapi._HOMES.items()}


def test_import_loads_nothing_heavy():
    """``import lkapi`` alone loads no third-party package."""
    loaded = loaded_by("import lkapi")
    assert not loaded & {"attr", "google.protobuf", "httpx2", "jwt", "tenacity", "asyncio"}


ENGINES = {"aiohttp", "http.client", "ssl", "asyncio", "httpx", "httpx2", "urllib.request"}
CALL = (
    "import lkapi\n"
    "api = lkapi.{client}('http://127.0.0.1:1', 'k', 's', retry=lkapi.RetryPolicy(attempts=1))\n"
)


@pytest.mark.parametrize("client", ["LiveKitAPI", "SyncLiveKitAPI"])
def test_a_client_loads_no_engine_before_its_first_call(client):
    """Importing and making one is cheap; the call loads what carries it, and not the other's."""
    with_class = loaded_by(f"import lkapi; lkapi.{client}")
    assert not with_class & (ENGINES | {"json", "logging", "random"})
    assert not loaded_by(CALL.format(client=client)) & ENGINES
    if client == "LiveKitAPI":
        call = "import asyncio\ntry: asyncio.run(api.room.list_rooms())\n"
    else:
        call = "try: api.room.list_rooms()\n"
    loaded = loaded_by(CALL.format(client=client) + call + "except lkapi.ConnectError: pass")
    engine, other = "aiohttp", "lkapi.transports.http_client"
    if client == "SyncLiveKitAPI":
        engine, other = "http.client", "aiohttp"
    assert engine in loaded
    assert other not in loaded


def test_a_token_needs_neither_messages_nor_http():
    """Minting loads neither protobuf nor an HTTP library, nor retries."""
    loaded = loaded_by(
        "from lkapi import AccessToken, VideoGrants\n"
        "AccessToken('devkey', 'x' * 32, identity='a')"
        ".with_grants(VideoGrants(room_join=True, room='r')).to_jwt()"
    )
    assert not loaded & {
        "google.protobuf",
        "httpx2",
        "httpx",
        "aiohttp",
        "tenacity",
        "lkapi.message",
    }


def test_the_livekit_namespace_is_left_alone():
    """Using lkapi imports nothing below ``livekit``."""
    loaded = loaded_by(
        "import lkapi\n"
        "lkapi.LiveKitAPI('http://localhost', 'k', 's')\n"
        "lkapi.Room(name='x').to_bytes()"
    )
    assert not [name for name in loaded if name == "livekit" or name.startswith("livekit.")]


def test_a_misspelt_name_can_be_corrected():
    """The error says where the name was looked for, from which Python makes its "Did you mean"."""
    misspelt = "LivekitAPI"
    with pytest.raises(AttributeError, match="no attribute 'LivekitAPI'") as caught:
        getattr(lkapi, misspelt)
    assert caught.value.name == misspelt
    assert caught.value.obj is lkapi
    assert "LiveKitAPI" in dir(caught.value.obj)


def test_a_wrong_route_tells_what_to_check():
    """Who gave a wrong url is told so, not only that a page was not found."""
    assert "url" in str(errors.BadRouteError("bad_route", "404 page not found"))


@pytest.mark.parametrize("name", ["bulk", "console", "devserver", "webhook"])
def test_packages_load_their_names_when_touched(name: str) -> None:
    """Each name is listed, is what its module has, and stays; another one is an AttributeError."""
    package = importlib.import_module(f"lkapi.{name}")
    assert set(package.__all__) <= set(dir(package))
    for each in package.__all__:
        assert getattr(package, each) is vars(package)[each]
    with pytest.raises(AttributeError, match=f"module 'lkapi.{name}' has no attribute 'nothing'"):
        getattr(package, "nothing")  # noqa: B009 - as a statement it would do nothing
