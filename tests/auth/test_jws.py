"""The form of tokens: what is read as JSON, how deep, and what is never shown."""

from __future__ import annotations

import base64
import json
from dataclasses import FrozenInstanceError

import pytest

from lkapi.auth.jws import sign, split
from lkapi.errors import InvalidTokenError, TokenError

SECRET = "not-a-real-secret-0123456789abcdef"
HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")


def token(payload: str) -> str:
    """A token with this text as payload, and some signature."""
    return f"{HEADER}.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.c2ln"


def arrays(depth: int) -> str:
    """An object and so many arrays in it, one inside the other."""
    return '{"a":' + "[" * depth + "]" * depth + "}"


def objects(depth: int) -> str:
    """So many objects, one inside the other."""
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


@pytest.mark.parametrize("payload", [arrays(99), objects(100)])
def test_a_hundred_levels_are_read(payload):
    """The object itself is the first."""
    assert split(token(payload)).payload == json.loads(payload)


@pytest.mark.parametrize("payload", [arrays(100), objects(101)])
def test_more_than_a_hundred_levels_are_refused(payload):
    """On every Python; their own limits are in the thousands."""
    with pytest.raises(InvalidTokenError, match="not JSON"):
        split(token(payload))


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({"a": [[]] * 300}),
        json.dumps({"a": [{}] * 300}),
        json.dumps({"a": "[" * 300 + "{" * 300}),
        json.dumps({"a": '\\"[' * 300}),
        json.dumps({"a": [[["]", "}"]]] * 150}),
        json.dumps({"a": [["x", {"b": ["y"]}]] * 150}),
    ],
    ids=["arrays", "objects", "in a string", "quotes in a string", "closing", "mixed"],
)
def test_many_brackets_that_are_not_nested_are_read(payload):
    """Neighbours are not levels, and neither are brackets inside strings."""
    assert split(token(payload)).payload == json.loads(payload)


@pytest.mark.parametrize("opening", ["[", "{"])
def test_levels_after_many_neighbours_are_still_counted(opening):
    """What was closed before does not make room."""
    closing = "]" if opening == "[" else "}"
    deep = arrays(100) if opening == "[" else objects(101)
    payload = f'{{"a":[{",".join([opening + closing] * 300)}],"b":{deep}}}'
    json.loads(payload)
    with pytest.raises(InvalidTokenError, match="not JSON"):
        split(token(payload))


@pytest.mark.parametrize("payload", ["{} {}", "{}x", '{"a":1}]', "{}{}"])
def test_nothing_may_follow_the_payload(payload):
    """A second value could be read by another library."""
    with pytest.raises(InvalidTokenError, match="not JSON"):
        split(token(payload))


def test_white_space_around_the_payload_is_json():
    """RFC 8259 section 2."""
    assert split(token(' \t\r\n{"a":1}\n')).payload == {"a": 1}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_number_for_is_not_signed(value):
    """Other libraries would refuse the token."""
    with pytest.raises(TokenError, match="JSON"):
        sign({"metadata": value}, SECRET)


def test_the_parts_of_a_token_stay_as_they_are_and_hide_the_signature():
    """With the signature, what was printed would be a token again."""
    parts = split(sign({"iss": "devkey"}, SECRET))
    assert parts.signature not in repr(parts)
    with pytest.raises(FrozenInstanceError):
        parts.signature = ""
    assert not hasattr(parts, "__dict__")
