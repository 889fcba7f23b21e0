"""Times, lengths of time and sizes, read and written as people do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from lkapi.presentation.texts import (
    parse_duration,
    parse_moment,
    show_ago,
    show_bytes,
    show_duration,
    show_moment,
)

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("250ms", 0.25), ("2d", 172800), ("45", 45),
     ("1.5h", 5400), ("1h 5s", 3605), ("3min", 180)],
)  # fmt: skip
def test_durations_are_read(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "1x", "h", "-5s", "5 s m", "1h-5m"])
def test_other_texts_are_no_durations(text):
    with pytest.raises(ValueError, match="write 90s, 10m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("2026-07-31T12:00:00Z", NOW - timedelta(days=1)),
        ("2026-07-31", datetime(2026, 7, 31, tzinfo=timezone.utc)),
        ("2026-08-01T14:00:00+02:00", NOW),
        ("1785585600", NOW),
    ],
)
def test_moments_are_read(text, moment):
    assert parse_moment(text, NOW) == moment


def test_other_texts_are_no_moments():
    with pytest.raises(ValueError, match="2h for two hours ago"):
        parse_moment("yesterday", NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (59, "59s"), (125, "2m 5s"), (5400, "1h 30m"), (90061, "1d 1h"),
     (-5, "-5s")],
)  # fmt: skip
def test_durations_are_written_with_two_units(seconds, text):
    assert show_duration(seconds) == text


def test_moments_are_written_relative_and_absolute():
    assert show_ago(NOW - timedelta(minutes=3, seconds=50), NOW) == "3m ago"
    assert show_ago(NOW + timedelta(hours=2), NOW) == "in 2h"
    assert show_ago(NOW, NOW) == "now"
    assert show_moment(NOW) == "2026-08-01 12:00:00Z"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (12_300_000, "12.3 MB"), (5 * 10**12, "5.0 TB")],
)
def test_sizes_are_written_in_thousands(count, text):
    assert show_bytes(count) == text
