"""Short ways to call any service of an embedded server in tests."""

from __future__ import annotations

import json
import time
from typing import Any

from lkapi.devserver import VirtualClock
from lkapi.devserver.server.exchange import Exchange
from lkapi.methods import find_method
from lkapi.transports.base import Request
from tests.devserver.calls import Server

__all__ = ["ServiceServer"]


class ServiceServer(Server):
    """A server whose calls carry exactly the grants that their rows ask for."""

    @classmethod
    def at_present(cls, profile: str = "cloud", **settings: Any) -> ServiceServer:
        """A server whose clock stands at this moment, for clients that sign tokens themselves."""
        server = cls(profile, **settings)
        server.clock = VirtualClock(time.time())
        server.world.clock = server.clock
        return server

    def send_to(
        self, method: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Exchange:
        row = find_method(method)
        assert row is not None, method
        needs = row.needs(row.request.from_dict(body or {})).as_claims()
        sent = {
            "Authorization": f"Bearer {self.token(**needs)}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        return self.dev.exchange(Request("POST", row.path, sent, json.dumps(body or {}).encode()))

    def ask(self, method: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.send_to(method, body, named).response
        return response.status, json.loads(response.content)

    def get(self, method: str, body: Any = None) -> Any:
        """The answer of a call that must succeed."""
        status, answer = self.ask(method, body)
        assert status == 200, answer
        return answer

    def refusal(self, method: str, body: Any = None) -> tuple[int, str]:
        """Status and message of a call that must fail."""
        status, answer = self.ask(method, body)
        assert status != 200, answer
        return status, answer["msg"]
