"""Grants: order of fields, three states, reading what others wrote."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from lkapi import auth
from lkapi.auth import AgentThreadGrants, TrackSource, VideoGrants
from lkapi.auth.grants import GROUPS, VideoGrantsFields
from lkapi.errors import InvalidTokenError, TokenError


@pytest.mark.parametrize("name", [group.__name__ for _, group in GROUPS.values()])
def test_positional_order_is_that_of_livekit_api(name: str) -> None:
    """Code that passes grants by position means the same with lkapi."""
    theirs = pytest.importorskip("livekit.api.access_token")
    ours = [field.name for field in dataclasses.fields(getattr(auth, name))]
    assert ours == [field.name for field in dataclasses.fields(getattr(theirs, name))]


@pytest.mark.parametrize(
    ("group", "given", "meant"),
    [
        ("VideoGrants", "room_jion", "room_join"),
        ("VideoGrants", "roomJoin", "room_join"),
        ("VideoGrants", "canUpdateOwnMetadata", "can_update_own_metadata"),
        ("SIPGrants", "amdin", "admin"),
        ("AgentThreadGrants", "threadIds", "thread_ids"),
    ],
)
def test_a_misspelt_grant_is_named_with_the_nearest(group: str, given: str, meant: str) -> None:
    """Names of the wire are the usual mistake."""
    with pytest.raises(TypeError) as caught:
        getattr(auth, group)(**{given: True})
    assert str(caught.value) == f"{group} has no argument {given!r}; did you mean {meant!r}?"


def test_a_wrong_value_keeps_its_own_error() -> None:
    """Only names are put right; the signature still lists the fields."""
    with pytest.raises(TypeError, match="positional arguments"):
        auth.SIPGrants(True, True, True)
    assert list(inspect.signature(VideoGrants).parameters) == list(
        VideoGrantsFields.__annotations__
    )


def test_keywords_of_add_grant_are_the_fields() -> None:
    """What editors complete for ``add_grant`` is what `VideoGrants` has."""
    fields = [field.name for field in dataclasses.fields(VideoGrants)]
    assert list(VideoGrantsFields.__annotations__) == fields


def test_grants_are_mutable() -> None:
    """A grant may be changed until it is given away."""
    grants = VideoGrants(room="a")
    grants.room_join = True
    assert grants.to_claims() == {"roomJoin": True, "room": "a"}


@pytest.mark.parametrize("name", GROUPS)
def test_nothing_is_granted_unless_it_is_said(name: str) -> None:
    """Each group of grants starts without any."""
    group = GROUPS[name][1]
    assert group().to_claims() == {}
    assert not any(getattr(group(), field.name) for field in dataclasses.fields(group))


def test_unset_false_and_true_are_three_states() -> None:
    """Only the flags with three states write an explicit false."""
    assert VideoGrants().to_claims() == {}
    assert VideoGrants(room_create=False, can_publish=False).to_claims() == {"canPublish": False}
    assert VideoGrants(can_publish=True).to_claims() == {"canPublish": True}


def test_publishing_data_follows_publishing() -> None:
    """Unset ``can_publish_data`` is what ``can_publish`` is."""
    assert VideoGrants().permissions().can_publish_data is True
    assert VideoGrants(can_publish=False).permissions().can_publish_data is False
    assert VideoGrants(can_publish=False, can_publish_data=True).permissions().can_publish_data


@pytest.mark.parametrize(
    ("grants", "named"),
    [
        (VideoGrants(room_join="yes"), "room_join must be True, False or None, not 'yes'"),
        (VideoGrants(room=5), "VideoGrants.room must be a string, not 5"),
        (VideoGrants(room=True), "VideoGrants.room"),
        (VideoGrants(can_publish=1), "VideoGrants.can_publish"),
        (VideoGrants(can_publish=0), "VideoGrants.can_publish"),
        (AgentThreadGrants(thread_ids="t"), "thread_ids"),
        (AgentThreadGrants(thread_ids=[1]), "thread_ids"),
    ],
    ids=repr,
)  # fmt: skip
def test_wrong_types_are_refused(grants: Any, named: str) -> None:
    """A value of the wrong type is refused by name when the token is signed."""
    with pytest.raises(TokenError, match=named):
        grants.to_claims()


@pytest.mark.parametrize(
    "sources", [["webcam"], ["unknown"], [0], [9], [True], [None], "camera", 1]
)
def test_unknown_sources_are_refused_at_once(sources: Any) -> None:
    """The server drops unknown sources silently; lkapi does not let them pass."""
    with pytest.raises(TokenError, match=r"track source|can_publish_sources"):
        VideoGrants(can_publish_sources=sources)


def test_sources_are_looked_at_again_when_signing() -> None:
    """A list changed after construction is still checked."""
    grants = VideoGrants()
    grants.can_publish_sources = [TrackSource.CAMERA, "nonsense"]
    with pytest.raises(TokenError, match="nonsense"):
        grants.to_claims()


def test_track_source_is_a_word() -> None:
    """The enum is the string that goes into the token."""
    assert TrackSource.SCREEN_SHARE == "screen_share"
    assert str(TrackSource.CAMERA) == "camera"


def test_reading_is_tolerant_of_null_and_news() -> None:
    """Null members read as absent; unknown members and sources do not disturb."""
    claims = {"roomJoin": None, "canTeleport": 1, "canPublishSources": ["hologram"], "room": "a"}
    grants = VideoGrants.from_claims(claims, "video")
    assert grants is not None
    assert (grants.room_join, grants.room) == (None, "a")
    assert grants.permissions().can_publish_sources == ("hologram",)
    assert VideoGrants.from_claims(None, "video") is None


@pytest.mark.parametrize(
    "claims",
    [[], "x", {"roomJoin": "true"}, {"roomJoin": 1}, {"room": 5}, {"canPublishSources": [1]}],
)
def test_reading_refuses_wrong_types(claims: Any) -> None:
    """A grant of the wrong shape is refused with the verifier's own error."""
    with pytest.raises(InvalidTokenError, match="video"):
        VideoGrants.from_claims(claims, "video")
