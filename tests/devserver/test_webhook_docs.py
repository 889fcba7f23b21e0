"""The page on webhooks: its configuration and options are those of the embedded server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lkapi.devserver import load_config
from lkapi.devserver.program.main import main
from lkapi.webhook import WebhookReceiver
from tests.devserver.inboxes import PortInbox, listening, started

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r'```(\w+)(?: title="([^"]+)")?\n(.*?)```', PAGE, re.DOTALL)


def test_the_configuration_of_the_page_is_read(tmp_path: Path) -> None:
    """Both forms of an entry."""
    (text,) = [code for language, _, code in BLOCKS if language == "json"]
    path = tmp_path / "lk.json"
    path.write_text(text, encoding="utf-8")
    plain, full = load_config(path).webhooks
    given = json.loads(text)["webhooks"]
    assert plain.url == given[0]
    assert (full.url, full.api_key) == (given[1]["url"], given[1]["api_key"])
    assert full.include_events == ("egress_ended",)


def test_the_options_of_the_page_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the command and those that are named."""
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for option in set(re.findall(r"--[a-z][a-z-]+", PAGE)):
        assert option in told, option


def test_commands_of_the_web_page_deliver() -> None:
    """The embedded server, started as that page says, tells the application of a room."""
    page = (ROOT / "docs/web/index.md").read_text(encoding="utf-8")
    (serve,) = re.findall(r"^python -m (lkapi\.devserver .*)$", page, re.MULTILINE)
    (create,) = re.findall(r"^python -c '(.*)'$", page, re.MULTILINE)
    with listening(PortInbox()) as app:
        options = serve.replace("7880", "0").replace("http://127.0.0.1:3000", app.url).split()
        with started(options) as (_, read):
            url = read().split()[3]
            settings = {"LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "secret"}
            subprocess.run(
                [sys.executable, "-c", create],
                env={**os.environ, **settings, "LIVEKIT_URL": url},
                check=True,
            )
            path, headers, body = app.take()
    event = WebhookReceiver(("devkey", "secret")).receive(body, headers["Authorization"])
    assert (path, event.event) == ("/livekit/webhook", "room_started")
