"""A client of pyright's language server, as far as a test needs one: JSON-RPC over stdio."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

_MARK = re.compile("<<(\\w+)>>")


class LanguageServer:
    """One running server with one open document."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._from: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._folder = folder
        self._last = 0
        self._marks: dict[str, dict[str, int]] = {}
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
                "hover": {"contentFormat": ["plaintext"]},
            },
        }
        root = {"uri": folder.as_uri(), "name": "program"}
        self.ask(
            "initialize",
            processId=None,
            rootUri=folder.as_uri(),
            workspaceFolders=[root],
            capabilities=capabilities,
        )
        self._send({"method": "initialized", "params": {}})

    def open(self, text: str) -> None:
        """Open a document that is on no disk; a name in ``<<>>`` marks a place in it."""
        self._uri = (self._folder / "program.py").as_uri()
        while found := _MARK.search(text):
            lines = text[: found.start()].split("\n")
            position = {"line": len(lines) - 1, "character": len(lines[-1])}
            self._marks[found[1]] = position
            text = text[: found.start()] + text[found.end() :]
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def completions(self, mark: str) -> dict[str, dict[str, Any]]:
        """What is offered at a mark, by its label."""
        answer = self._ask_at("completion", mark)
        return {item["label"]: item for item in answer["items"]}

    def documentation(self, item: dict[str, Any]) -> str:
        """What an editor shows beside an offer, once it is looked at."""
        answer = self.ask("completionItem/resolve", **item)
        return str(answer["documentation"]["value"])

    def hover(self, mark: str) -> str:
        """What is shown for the word at a mark."""
        return str(self._ask_at("hover", mark)["contents"]["value"])

    def signature(self, mark: str) -> dict[str, Any]:
        """The signature that is shown inside of parentheses."""
        found: dict[str, Any] = self._ask_at("signatureHelp", mark)["signatures"][0]
        return found

    def _ask_at(self, what: str, mark: str) -> Any:
        place = {"textDocument": {"uri": self._uri}, "position": self._marks[mark]}
        return self.ask(f"textDocument/{what}", **place)

    def close(self) -> None:
        """End the server."""
        self.ask("shutdown")
        self._send({"method": "exit"})
        self._to.close()
        self._process.wait(20)
        self._from.close()

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its answer; the server's own requests are answered."""
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": self._settings(message)})

    def _settings(self, message: dict[str, Any]) -> list[Any] | None:
        if message["method"] != "workspace/configuration":
            return None
        settings = {
            "python": {"pythonPath": sys.executable},
            "python.analysis": {"diagnosticMode": "openFilesOnly", "indexing": False},
        }
        return [settings.get(item["section"]) for item in message["params"]["items"]]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._to.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._from.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the language server has ended"
        message: dict[str, Any] = json.loads(self._from.read(length))
        return message
