"""Each fault, each kind of call, both clients, each transport: every outcome is the table's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

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
def test_fault(face: str, transport: str, row: Row, places: dict[str, Place]) -> None:
    """The call is tried again or not, ends as it should, and nothing is done twice."""
    for kind, name, attempts in cells(row):
        place = places[name]
        with nullcontext() if row.waits else without_waits():
            always = attempt(place, face, transport, kind, row, None)
            _check_failure(always, row, attempts)
            if attempts > 1:
                _check_recovery(attempt(place, face, transport, kind, row, 1))


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
