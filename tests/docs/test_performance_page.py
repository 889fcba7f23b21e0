"""The tables of the page on performance are those of the run that is kept beside its plots."""

from __future__ import annotations

import json

import pytest

from benchmarks.page import DATA, PAGE, render


def test_the_tables_are_those_of_the_run() -> None:
    """``python -m benchmarks.page`` would change nothing."""
    text = PAGE.read_text(encoding="utf-8")
    assert render(text, json.loads(DATA.read_text(encoding="utf-8"))) == text


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    """With what is missing."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8").replace("<!-- ratios", "<!-- other")
    with pytest.raises(ValueError, match="no place for 'ratios'"):
        render(text, data)
