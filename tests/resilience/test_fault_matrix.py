"""Each fault, each kind of call, both clients, each transport: every outcome is the table's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from lkapi.errors import TransportError
from lkapi.rpc.retry import without_waits
from tests.resilience.fault_table import (
    FACES,
    PLACES,
    ROWS,
    TRANSPORTS,
    Row,
    cells,
    count_cells,
    render,
)
from tests.resilience.rigs import Outcome, Place, attempt
from tests.resilience.yardstick import Yardstick

STANDSTILL, TRIES = 0.05, 10
"""Seconds lost by the machine from which a call with 0.1 s for an attempt says nothing."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "resilience.md"
BEGIN, END = "<!-- fault table -->", "<!-- end of fault table -->"


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Place]]:
    """A self-hosted server and one of LiveKit Cloud, for all cells."""
    made = {name: Place(name) for name in PLACES}
    for place in made.values():
        place.front.start()
    yield made
    for place in made.values():
        place.front.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("face", FACES)
def test_fault(
    face: str, transport: str, row: Row, places: dict[str, Place], yardstick: Yardstick
) -> None:
    """The call is tried again or not, ends as it should, and nothing is done twice."""

    def outcome(place: Place, kind: Any, times: int | None) -> Outcome:
        """Of a call, made again if the machine stood still in the middle of a short time limit."""
        for _ in range(TRIES):
            lost = yardstick.lost
            found = attempt(place, face, transport, kind, row, times)
            if not row.slow or yardstick.lost - lost < STANDSTILL:
                break
        return found

    for kind, name, attempts in cells(row):
        place = places[name]
        with nullcontext() if row.waits else without_waits():
            _check_failure(outcome(place, kind, None), row, attempts)
            if attempts > 1:
                _check_recovery(outcome(place, kind, 1))


def _check_recovery(outcome: Outcome) -> None:
    assert outcome.error is None
    assert len(outcome.record.attempts) == 2
    assert outcome.made == 1


def _check_failure(outcome: Outcome, row: Row, attempts: int) -> None:
    assert type(outcome.error) is row.error
    assert outcome.record.error is outcome.error
    assert len(outcome.record.attempts) == attempts
    assert outcome.made == int(row.acted)
    if isinstance(outcome.error, TransportError):
        assert outcome.error.sent is (row.name != "refused")


def test_the_page_shows_the_table() -> None:
    """What the docs say is what the tests assert; LKAPI_WRITE_DOCS=1 writes it there."""
    import os

    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    expected = f"{before}{BEGIN}\n\n{_shown()}\n\n{END}{after}"
    if os.environ.get("LKAPI_WRITE_DOCS"):
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected


def _shown() -> str:
    transports = ", ".join(TRANSPORTS)
    return (
        f"{render()}\n\nThe tests assert {count_cells()} outcomes: each cell with a fault that "
        f"stays, and with one that strikes once where the call is tried again, for {len(FACES)} "
        f"clients over {len(TRANSPORTS)} transports ({transports})."
    )


def test_counts(record_property, capsys: pytest.CaptureFixture[str]) -> None:
    """The size of the matrix, and the matrix, are printed."""
    record_property("fault_matrix_cells", count_cells())
    with capsys.disabled():
        print(f"\nfault matrix: {count_cells()} outcomes asserted\n{render()}")
