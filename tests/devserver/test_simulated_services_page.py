"""The page on simulated services: its code runs, and prints what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs/simulated-services.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_code_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    """Each block in turn, in one namespace; what it prints is the text block after it."""
    names: dict[str, Any] = {}
    checked = 0
    for language, code in BLOCKS:
        if language == "python":
            exec(compile(code, str(PAGE), "exec"), names)
        else:
            assert capsys.readouterr().out == code
            checked += 1
    assert checked == 5
    assert names["incoming"].participant.identity == "sip_+12125550100"
