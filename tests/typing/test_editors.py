"""What an editor shows while a program is written: pyright's language server is asked."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lkapi.message import Message
from lkapi.protocol.egress import RoomCompositeEgressRequest
from lkapi.protocol.models import Room
from lkapi.protocol.room import CreateRoomRequest
from lkapi.services.room import RoomService
from tests.typing.language_server import LanguageServer

PROGRAM = """\
import lkapi


async def program(api: lkapi.LiveKitAPI, sync: lkapi.SyncLiveKitAPI) -> None:
    made = await api.room.<<methods>>create_<<method>>room(<<keywords>>)
    made.<<fields>>sid
    lkapi.CreateRoomRequest(<<message>>)
    sync.egress.start_room_composite_egress(<<sync_keywords>>)
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """An editor in which the program is being written."""
    name = "pyright-langserver"
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if program is None:
        pytest.skip("pyright is not installed")
    server = LanguageServer([program, "--stdio"], tmp_path_factory.mktemp("program"))
    server.open(PROGRAM)
    yield server
    server.close()


def first_line(documented: object) -> str:
    return str(documented.__doc__).splitlines()[0]


def fields_of(message: type[Message]) -> list[str]:
    """The fields of a message in their order, as keywords."""
    return [f"{name}=" for name in inspect.signature(message).parameters]


def test_the_methods_of_a_service_are_offered(editor: LanguageServer) -> None:
    """All of them and nothing else without an underscore, each with what it does."""
    offered = editor.completions("methods")
    methods = [name for name in dir(RoomService) if not name.startswith("_")]
    assert sorted(name for name in offered if not name.startswith("_")) == methods
    assert first_line(RoomService.create_room) in editor.documentation(offered["create_room"])


def test_the_keywords_of_a_method_are_offered(editor: LanguageServer) -> None:
    """Those of the request's message and the method's own, in both clients."""
    offered = [name for name in editor.completions("keywords") if name.endswith("=")]
    assert offered == ["timeout=", *fields_of(CreateRoomRequest)]
    offered = [name for name in editor.completions("sync_keywords") if name.endswith("=")]
    assert offered == ["timeout=", *fields_of(RoomCompositeEgressRequest)]


def test_hovering_over_a_method_shows_its_docstring_and_keywords(editor: LanguageServer) -> None:
    """The first line, and each field with its type."""
    shown = editor.hover("method")
    assert first_line(RoomService.create_room) in shown
    assert "empty_timeout: int" in shown
    assert shown.count("Raises:") == 1


def test_the_parentheses_show_types(editor: LanguageServer) -> None:
    """The signature has the fields, not ``**fields``."""
    label = editor.signature("keywords")["label"]
    assert "name: str" in label
    assert "agents: Iterable[RoomAgentDispatch]" in label
    assert label.endswith("Room]")


def test_the_fields_of_a_message_are_offered(editor: LanguageServer) -> None:
    """As attributes of a result, and as keywords of a request."""
    fields = {name.removesuffix("=") for name in fields_of(Room)}
    assert editor.completions("fields").keys() >= fields | {"created_time", "to_dict"}
    offered = [name for name in editor.completions("message") if name.endswith("=")]
    assert offered == fields_of(CreateRoomRequest)
