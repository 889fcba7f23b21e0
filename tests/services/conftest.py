"""The fake server and the two clients over it."""

from __future__ import annotations

import pytest

from tests.services.fake_server import Face, FakeServer, make_face


@pytest.fixture
def server() -> FakeServer:
    """A server that answers as told."""
    return FakeServer()


@pytest.fixture(params=["async", "sync"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which client."""
    return str(request.param)


@pytest.fixture
def face(kind: str, server: FakeServer) -> Face:
    """Each client in turn, over the fake server, at a LiveKit Cloud address."""
    return make_face(kind, server)
