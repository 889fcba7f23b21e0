"""What becomes of the items of bulk work, the same for both clients."""

from __future__ import annotations

import itertools
import pickle
import threading
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import lkapi
from lkapi.bulk import BulkResult, BulkResults
from tests.bulk.faces import Clock, both, run, walk


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@both
def test_results_stand_in_the_order_of_the_items(face: str) -> None:
    """With the value or the error of each."""
    results = run(face, halve, [4, 1, 6, 3])
    assert [result.item for result in results] == [4, 1, 6, 3]
    assert [result.index for result in results] == [0, 1, 2, 3]
    assert [result.ok for result in results] == [True, False, True, False]
    assert [result.value for result in results.succeeded] == [2, 3]
    assert [str(result.error) for result in results.failed] == ["1 is odd", "3 is odd"]
    assert repr(results) == "<BulkResults: 2 ok, 2 failed>"
    with pytest.raises(ValueError, match="1 is odd"):
        _ = results[1].value


@both
def test_values_need_every_item_to_succeed(face: str) -> None:
    """The error says how many did not, and has the results."""
    assert run(face, halve, [2, 4]).values() == [1, 2]
    results = run(face, halve, [2, 3, 5])
    assert not results.ok
    with pytest.raises(
        lkapi.BulkError, match="2 of 3 items did not succeed; item 1: 3 is odd"
    ) as e:
        results.values()
    assert e.value.results is results
    assert isinstance(e.value.__cause__, ValueError)


@both
def test_nothing_to_do(face: str) -> None:
    """No items, no results."""
    results = run(face, halve, [])
    assert list(results) == []
    assert results.ok
    assert results.values() == []


@both
def test_items_end_at_the_deadline(face: str) -> None:
    """What was started has its outcome; the rest is marked, and was not begun."""
    clock, begun = Clock(), []

    def operation(item: int) -> int:
        begun.append(item)
        clock.now += 10
        return item

    results = run(face, operation, range(8), limit=1, deadline=25, clock=clock)
    assert begun == [0, 1, 2]
    assert [result.started for result in results] == [True] * 3 + [False] * 5
    assert [result.value for result in results.succeeded] == [0, 1, 2]
    assert results.all_taken
    assert not results.ok
    assert repr(results) == "<BulkResults: 3 ok, 0 failed, 5 not started>"
    with pytest.raises(lkapi.NotStartedError, match="the deadline of 25 s had passed"):
        _ = results[7].value
    with pytest.raises(lkapi.BulkError, match="5 of 8 items"):
        results.values()


@both
def test_an_iterator_is_left_at_the_deadline(face: str) -> None:
    """It may have no end, so what it would still give is not made."""
    clock, items = Clock(), itertools.count()

    def operation(item: int) -> int:
        clock.now += 10
        return item

    results = run(face, operation, items, limit=1, deadline=25, clock=clock)
    assert [result.value for result in results] == [0, 1, 2]
    assert not results.all_taken
    assert not results.ok
    assert "items left" in repr(results)
    assert next(items) == 3
    with pytest.raises(lkapi.BulkError, match="ended after 3 items, with items left"):
        results.values()


@both
def test_an_error_can_stop_the_rest(face: str) -> None:
    """What is under way ends; nothing more is begun."""
    results = run(face, halve, [2, 4, 5, 6, 8], limit=1, stop_on_error=True)
    assert [result.started for result in results] == [True, True, True, False, False]
    with pytest.raises(lkapi.NotStartedError, match="not started: item 2 had failed"):
        _ = results[3].value
    assert [result.item for result in results.not_started] == [6, 8]


@both
def test_progress_is_told_after_each_item(face: str) -> None:
    """With counts, and the total where it can be known."""
    seen: list[Any] = []
    run(face, halve, [2, 3, 4], limit=1, on_progress=seen.append)
    assert [(p.result.item, p.done, p.failed, p.total) for p in seen] == [
        (2, 1, 0, 3),
        (3, 2, 1, 3),
        (4, 3, 1, 3),
    ]
    seen.clear()
    run(face, halve, iter([2]), on_progress=seen.append)
    assert [p.total for p in seen] == [None]


@both
def test_an_error_of_the_callback_ends_the_work(face: str) -> None:
    """It is the program's own, and comes through."""
    begun = []

    def stop(_progress: object) -> None:
        raise LookupError("stop it")

    with pytest.raises(LookupError, match="stop it"):
        run(face, begun.append, range(100), limit=2, on_progress=stop)
    assert len(begun) <= 4


def broken_after(count: int) -> Any:
    yield from range(0, 2 * count, 2)
    raise lkapi.UnavailableError("unavailable", "no page")


@both
def test_an_error_of_the_items_comes_after_the_results(face: str) -> None:
    """Nothing that was done is lost to it."""
    with pytest.raises(lkapi.BulkError, match="failed after 4 of them") as caught:
        run(face, halve, broken_after(4))
    assert caught.value.results.succeeded[3].value == 3
    assert isinstance(caught.value.__cause__, lkapi.UnavailableError)
    seen: list[Any] = []
    with pytest.raises(lkapi.UnavailableError):
        walk(face, halve, broken_after(4), lambda result: seen.append(result.value))
    assert seen == [0, 1, 2, 3]


@both
def test_items_are_taken_as_they_are_needed(face: str) -> None:
    """A walk over items without end holds a few of them."""
    given_out = 0

    def items() -> Any:
        nonlocal given_out
        while True:
            given_out += 1
            yield given_out

    def visit(result: Any) -> None:
        assert given_out - result.item <= 12
        if result.item == 200:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        walk(face, str, items(), visit, ahead=12)


@pytest.mark.parametrize(("limit", "kind"), [(0, lkapi.SettingsError), (1.5, TypeError)])
@both
def test_a_limit_that_is_none(face: str, limit: Any, kind: type[Exception]) -> None:
    """Refused by name before anything starts."""
    with pytest.raises(kind, match="limit"):
        run(face, halve, [2], limit=limit)


def test_results_are_values() -> None:
    """They compare and can be sent to another process, results of errors too."""
    failed = BulkResult(0, "a", lkapi.NotStartedError("no"))
    done = BulkResult(1, "b", None, 5)
    assert done == BulkResult(1, "b", None, 5) != failed
    assert pickle.loads(pickle.dumps(done)) == done
    assert isinstance(pickle.loads(pickle.dumps(failed)).error, lkapi.NotStartedError)
    assert BulkResults([failed, done])[1:] == (done,)


@settings(max_examples=60, deadline=None)
@given(
    face=st.sampled_from(["async", "sync"]),
    items=st.lists(st.integers(0, 30), max_size=30),
    limit=st.integers(1, 7),
    stop_on_error=st.booleans(),
    ahead=st.sampled_from([None, 1, 4]),
)
def test_every_item_has_one_outcome(
    face: str, items: list[int], limit: int, stop_on_error: bool, ahead: int | None
) -> None:
    """In order, begun at most once, never more than the limit at once."""
    lock, now, most, begun = threading.Lock(), 0, 0, []

    def operation(item: int) -> int:
        nonlocal now, most
        with lock:
            begun.append(item)
            now += 1
            most = max(most, now)
        try:
            return halve(item)
        finally:
            with lock:
                now -= 1

    options = {"limit": limit, "stop_on_error": stop_on_error, "ahead": ahead}
    results = run(face, operation, items, **options)
    assert [result.item for result in results] == items
    assert most <= limit
    assert sorted(begun) == sorted(result.item for result in results if result.started)
    for result in results:
        if result.started:
            assert result.ok is (result.item % 2 == 0)
        else:
            assert stop_on_error
    if not stop_on_error or all(item % 2 == 0 for item in items):
        assert all(result.started for result in results)
