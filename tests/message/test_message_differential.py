"""Both directions against betterproto2, an independent codec compiled from the same proto files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("betterproto2")
pytest.importorskip("betterproto2_compiler")
pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, assume, given, settings, strategies as st

from lkapi.message.fields import (
    ConvertedField,
    ConvertedList,
    EnumField,
    MessageField,
    MessageList,
    MessageMap,
    ScalarField,
    ScalarList,
    ScalarMap,
    TimeField,
)
from tests.message.test_message_redaction import all_classes

PROTOS = Path(__file__).parent.parent.parent / "protobufs"
RANGES = {
    **dict.fromkeys((5, 15, 17), (-(2**31), 2**31 - 1)),
    **dict.fromkeys((7, 13), (0, 2**32 - 1)),
    **dict.fromkeys((3, 16, 18), (-(2**63), 2**63 - 1)),
    **dict.fromkeys((4, 6), (0, 2**64 - 1)),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="session")
def oracle(tmp_path_factory):
    """Gives the class that betterproto2 makes of a full name; nothing of it is kept."""
    folder = tmp_path_factory.mktemp("oracle")
    package = folder / "betterproto_oracle"
    package.mkdir()
    google = Path(importlib.import_module("grpc_tools.protoc").__file__).parent / "_proto"
    files = [p.relative_to(PROTOS).as_posix() for p in PROTOS.rglob("*.proto")]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{PROTOS}",
            f"-I{google}",
            f"--python_betterproto2_out={package}",
            *sorted(name for name in files if not name.startswith("lkapi/")),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": path},
    )
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module("betterproto_oracle.livekit.agent")
        pool = importlib.import_module("betterproto_oracle.message_pool").default_message_pool
    finally:
        sys.path.remove(str(folder))
    by_name = {url.rpartition("/")[2]: cls for url, cls in pool.url_to_type.items()}

    def find(name):
        return by_name[name]

    return find


def scalars(field):
    """Values of a scalar field."""
    if isinstance(field, EnumField):
        return st.sampled_from([int(member) for member in field.enum])
    if field.type in RANGES:
        return st.integers(*RANGES[field.type])
    if field.expected == "float":
        width = 32 if field.type == 2 else 64
        return st.floats(allow_nan=False, width=width).map(lambda x: x + 0.0)  # no minus zero
    return {"str": TEXT, "bytes": st.binary(max_size=12), "bool": st.booleans()}[field.expected]


def times(field):
    if field.is_timestamp:
        return st.datetimes(timezones=st.just(dt.timezone.utc))
    # betterproto2 gives negative fractions the wrong sign; Go's vectors cover those
    return st.timedeltas(dt.timedelta(0), dt.timedelta(days=9999))


def values(field, depth):
    """Values of any field, None where it is left out."""
    if isinstance(field, ScalarList):
        return st.lists(scalars(field.element), max_size=3)
    if isinstance(field, ScalarMap):
        return st.dictionaries(scalars(field.key), scalars(field.value), max_size=3)
    if isinstance(field, TimeField):
        return times(field)
    if isinstance(field, ScalarField):
        return scalars(field)
    if depth == 0 or isinstance(field, ConvertedField | ConvertedList):
        return st.none()
    if isinstance(field, MessageField):
        return messages(field.child, depth - 1)
    if isinstance(field, MessageList):
        return st.lists(messages(field.element.child, depth - 1), max_size=2)
    assert isinstance(field, MessageMap)
    return st.dictionaries(scalars(field.key), messages(field.value.child, depth - 1), max_size=2)


@st.composite
def messages(draw, cls, depth):
    """A message with some of its fields set, one member of each oneof at most."""
    layout, kwargs, taken = cls.__layout__, {}, set()
    for name, field in layout.fields.items():
        if field.oneof in taken or draw(st.integers(0, 3)) > 0:
            continue
        value = draw(values(field, depth))
        if value is not None:
            kwargs[name] = value
            if field.oneof:
                taken.add(field.oneof)
    return cls(**kwargs)


@st.composite
def any_message(draw):
    return draw(messages(draw(st.sampled_from(all_classes())), 2))


def hidden_methods():
    """Names of betterproto2's methods; it cannot parse a message with a field of such a name."""
    return set(dir(importlib.import_module("betterproto2").Message))


def within_reach(message, taken):
    """Whether betterproto2 can parse a message and all that is in it."""
    if taken & set(type(message).__layout__.fields):
        return False
    for name in type(message).__layout__.fields:
        value = getattr(message, name)
        inner = list(value.values()) if isinstance(value, dict) else value
        for item in inner if isinstance(inner, list) else [inner]:
            if hasattr(type(item), "__layout__") and not within_reach(item, taken):
                return False
    return True


def same_values(ours, theirs):
    """Whether each field reads the same in both libraries."""
    numbers = {
        f.metadata["betterproto"].number: f.name
        for f in dataclasses.fields(theirs)
        if "betterproto" in f.metadata
    }
    for name, field in type(ours).__layout__.fields.items():
        if isinstance(field, ConvertedField | ConvertedList):
            continue
        compare(getattr(ours, name), getattr(theirs, numbers[field.descriptor.number]), field)


def compare(one, other, field):
    if hasattr(type(one), "__layout__"):
        same_values(one, other)
    elif isinstance(one, list):
        assert len(one) == len(other), field
        for mine, yours in zip(one, other, strict=True):
            compare(mine, yours, field)
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), field
        for key, mine in one.items():
            compare(mine, other[key], field)
    else:
        assert one == other, field


SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SETTINGS
@given(message=any_message())
def test_bytes_and_values_agree_with_betterproto2(oracle, message):
    """Their reading of our bytes has our values, and writes the same bytes again."""
    data = message.to_bytes()
    assume(type(message).__proto__ != "google.protobuf.Empty")
    assume(within_reach(message, hidden_methods()))
    theirs = oracle(type(message).__proto__).parse(data)
    same_values(message, theirs)
    written = bytes(theirs)
    assert len(written) == len(data)
    again = type(message).from_bytes(written)
    assert again.to_bytes() == data
    same_values(again, theirs)


@SETTINGS
@given(message=any_message())
def test_json_means_the_same_as_the_bytes(message):
    """Through JSON in either spelling, through dicts, copies and attributes: the same message."""
    cls = type(message)
    for options in ({}, {"proto_names": True}, {"emit_defaults": True}):
        assert cls.from_json(message.to_json(**options), strict=True) == message
        assert cls.from_dict(json.loads(message.to_json(**options))) == message
    decoded = cls.from_bytes(message.to_bytes())
    assert decoded == message
    assert decoded.to_dict() == message.to_dict()
    assert sorted(repr(decoded)) == sorted(repr(message))  # maps have no order
    rebuilt = cls(**{name: getattr(decoded, name) for name in cls.__layout__.fields})
    assert rebuilt == message
    assert rebuilt.to_bytes() == decoded.to_bytes()


@SETTINGS
@given(message=any_message(), other=any_message(), data=st.data())
def test_changes_made_to_a_decoded_message_are_those_made_to_a_built_one(message, other, data):
    """Assigning any value of any field gives the same bytes, read before or not."""
    cls = type(message)
    if not cls.__layout__.fields:
        return
    name = data.draw(st.sampled_from(list(cls.__layout__.fields)))
    value = data.draw(values(cls.__layout__.fields[name], 1))
    if value is None:
        return
    lazy, eager = cls.from_bytes(message.to_bytes()), cls.from_bytes(message.to_bytes())
    for field in cls.__layout__.fields:
        _ = getattr(eager, field)
    for one in (message, lazy, eager):
        setattr(one, name, value)
    assert message.to_bytes() == lazy.to_bytes() == eager.to_bytes()
    assert message == lazy == eager


@SETTINGS
@given(junk=st.binary(max_size=64), data=st.data())
def test_random_bytes_give_a_message_or_a_decode_error(junk, data):
    """Nothing else ever comes out; what decodes keeps all it was given."""
    from lkapi.errors import DecodeError

    cls = data.draw(st.sampled_from(all_classes()))
    try:
        message = cls.from_bytes(junk)
    except DecodeError:
        return
    again = cls.from_bytes(message.to_bytes())
    assert again.to_bytes() == message.to_bytes()
    assert repr(again)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@SETTINGS
@given(data=st.data())
def test_random_json_gives_a_message_or_a_decode_error(data):
    """Whatever stands in the fields of an object."""
    from lkapi.errors import DecodeError

    cls = data.draw(st.sampled_from(all_classes()))
    names = [field.json for field in cls.__layout__.fields.values()]
    keys = st.sampled_from(names) if names else TEXT
    given_object = data.draw(st.dictionaries(keys, JSON, max_size=4))
    for strict in (True, False):
        try:
            message = cls.from_dict(given_object, strict=strict)
        except DecodeError:
            continue
        assert cls.from_bytes(message.to_bytes()).to_bytes() == message.to_bytes()
