"""Enums: IntEnum with the helpers of protobuf's wrappers."""

from __future__ import annotations

import enum
import pickle

import pytest

from lkapi.protocol import models
from lkapi.protocol.models import ParticipantInfo, TrackSource


def test_members_are_ints_and_stand_on_the_module():
    """Top-level values on the module, nested ones on the outer class."""
    assert issubclass(TrackSource, enum.IntEnum)
    assert TrackSource.CAMERA == 1
    assert models.CAMERA is TrackSource.CAMERA
    assert ParticipantInfo.ACTIVE is ParticipantInfo.State.ACTIVE
    assert pickle.loads(pickle.dumps(TrackSource.CAMERA)) is TrackSource.CAMERA
    assert pickle.loads(pickle.dumps(ParticipantInfo.ACTIVE)) is ParticipantInfo.ACTIVE


def test_the_wrappers_methods():
    """Name, Value, keys, values and items."""
    assert TrackSource.Name(1) == "CAMERA"
    assert TrackSource.Value("CAMERA") is TrackSource.CAMERA
    assert TrackSource.keys()[:2] == ["UNKNOWN", "CAMERA"]
    assert TrackSource.values()[:2] == [0, 1]
    assert TrackSource.items()[1] == ("CAMERA", 1)
    assert len(TrackSource.items()) == 5


def test_unknown_names_and_numbers_are_value_errors():
    """As in protobuf."""
    with pytest.raises(ValueError, match="TrackSource has no name for the value 99"):
        TrackSource.Name(99)
    with pytest.raises(ValueError, match="TrackSource has no value 'SOFA'"):
        TrackSource.Value("SOFA")


def test_text_forms_are_the_number_on_every_python():
    """``str`` and format strings give digits, as for protobuf's ints; ``repr`` gives the name."""
    assert (str(TrackSource.CAMERA), f"{TrackSource.CAMERA}", f"{TrackSource.CAMERA:03d}") == (
        "1",
        "1",
        "001",
    )
    assert repr(TrackSource.CAMERA) == "<TrackSource.CAMERA: 1>"
