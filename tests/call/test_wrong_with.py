"""``with`` for the async client and ``async with`` for the sync one."""

from __future__ import annotations

import pytest

from lkapi.client import LiveKitAPI
from lkapi.sync import SyncLiveKitAPI
from tests.call.faces import KEY, SECRET

URL = "https://a.livekit.cloud"


def test_with_names_the_sync_client():
    """And the body does not run."""
    with pytest.raises(TypeError) as caught, LiveKitAPI(URL, KEY, SECRET):
        pytest.fail("the block was entered")
    assert str(caught.value) == (
        "LiveKitAPI needs `async with`; the client for `with` is SyncLiveKitAPI"
    )


async def test_async_with_names_the_async_client():
    """And the body does not run."""
    with pytest.raises(TypeError) as caught:
        async with SyncLiveKitAPI(URL, KEY, SECRET):
            pytest.fail("the block was entered")
    assert str(caught.value) == (
        "SyncLiveKitAPI needs `with`; the client for `async with` is LiveKitAPI"
    )


def test_a_misspelt_argument_of_a_client_is_named_with_the_nearest():
    """Both clients; no value is in the error."""
    wrong = {"api_kye": "hidden"}
    for client in (LiveKitAPI, SyncLiveKitAPI):
        with pytest.raises(TypeError) as caught:
            client(URL, **wrong)
        assert str(caught.value) == (
            f"{client.__name__} has no argument 'api_kye'; did you mean 'api_key'?"
        )
