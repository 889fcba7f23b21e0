"""The codecs against what protobuf-go, upb and protobuf-es made of the same data."""

from __future__ import annotations

import base64
import json
import re

import pytest

from lkapi.errors import DecodeError
from tests.message.vectors import cases, class_of, instances, read_everything, same, say

FRACTION = re.compile(r"([-0-9T:]+)\.([0-9]{1,9})(s|Z)")
FORMS = {
    "json_camel": {},
    "json_snake": {"proto_names": True},
    "json_emit_defaults": {"emit_defaults": True},
}

# Outcomes that differ from Go's, by name: the outcome of ours for (strict, tolerant), and why.
DECIDED = {
    "duration.plus": ("refuse", "refuse", "J16: digits only, no sign but minus"),
    "duration.leading_dot": ("refuse", "refuse", "J16: digits before the point"),
    "duration.trailing_dot": ("refuse", "refuse", "J16: digits after the point"),
    "duration.leading_zero": ("accept", "accept", "J16: leading zeros do no harm"),
    "timestamp.comma_fraction": ("refuse", "refuse", "J17: RFC 3339 has a point"),
}
# Cases where upb leaves no choice.
UNAVOIDABLE = {
    "bin.map_entry_unknown_field": "B3: upb moves the whole entry to the unknown fields",
}


def binary_forms(vector):
    forms = [vector["binary_b64"], vector.get("python_binary_b64")]
    return [base64.b64decode(form) for form in forms if form is not None]


@pytest.fixture(scope="module")
def decoded():
    pairs = [
        (v, class_of(v["message"]).from_bytes(base64.b64decode(v["binary_b64"])))
        for v in instances()
    ]
    say(f"{len(pairs)} instances of {len({v['message'] for v in instances()})} messages")
    return pairs


def test_there_are_1146_instances(decoded):
    """The vectors are complete."""
    assert len(decoded) == 1146


@pytest.mark.parametrize("form", FORMS)
def test_json_is_written_as_go_writes_it(decoded, form):
    """Each instance gives Go's JSON in each of the three forms."""
    wrong = [v["id"] for v, m in decoded if not same(m.to_dict(**FORMS[form]), v[form])]
    assert wrong == []


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("form", ["json_camel", "json_snake"])
def test_json_is_read_back_to_the_same_bytes(decoded, form, strict):
    """Each of Go's JSON texts decodes to the message it was made from."""
    for vector, message in decoded:
        text = json.dumps(vector[form])
        again = type(message).from_json(text, strict=strict)
        assert again.to_bytes() == message.to_bytes(), vector["id"]


def test_json_with_defaults_reads_back_to_the_same_message(decoded):
    """Writing defaults loses nothing and adds nothing."""
    for vector, message in decoded:
        again = type(message).from_json(json.dumps(vector["json_emit_defaults"]), strict=True)
        assert again.to_bytes() == message.to_bytes(), vector["id"]


def test_our_own_json_text_reads_back(decoded):
    """``to_json`` and ``from_json`` are inverse, whatever the form."""
    for _, message in decoded:
        for options in FORMS.values():
            again = type(message).from_json(message.to_json(**options), strict=True)
            assert again.to_bytes() == message.to_bytes()


def test_binary_is_written_as_recorded(decoded):
    """Each instance encodes to the bytes of Go or of Python."""
    wrong = [v["id"] for v, m in decoded if m.to_bytes() not in binary_forms(v)]
    assert wrong == []


def test_reading_every_field_changes_no_byte():
    """Lazy conversion of everything leaves bytes and equality as they were."""
    reads = 0
    for vector in instances():
        data = base64.b64decode(vector["binary_b64"])
        cls = class_of(vector["message"])
        message, untouched = cls.from_bytes(data), cls.from_bytes(data)
        reads += read_everything(message)
        assert message.to_bytes() == untouched.to_bytes(), vector["id"]
        if b"\xf8\x7f" not in data and b"\xc0\x7f" not in data:  # NaN is not equal to itself
            assert message == untouched, vector["id"]
    say(f"{reads} fields read")
    assert reads > 10_000


def test_every_instance_can_be_rebuilt_by_the_constructor(decoded):
    """What the attributes give, the constructor takes: to the microsecond, the same message."""
    for vector, message in decoded:
        rebuilt = rebuild(message)
        assert cut_nanos(rebuilt.to_dict()) == cut_nanos(message.to_dict()), vector["id"]


def rebuild(value):
    if isinstance(value, list):
        return [rebuild(item) for item in value]
    if isinstance(value, dict):
        return {key: rebuild(item) for key, item in value.items()}
    if not hasattr(type(value), "__layout__"):
        return value
    fields = {name: getattr(value, name) for name in type(value).__layout__.fields}
    return type(value)(**{name: rebuild(item) for name, item in fields.items()})


def cut_nanos(value):
    """Times and durations of a JSON form without what is below a microsecond."""
    if isinstance(value, dict):
        return {key: cut_nanos(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cut_nanos(item) for item in value]
    if isinstance(value, str) and (match := FRACTION.fullmatch(value)):
        micros = match[2][:6].rstrip("0")
        return (
            f"{match[1]}.{micros}{match[3]}"
            if micros
            else f"{match[1]}{match[3]}".replace("-0s", "0s")
        )
    return value


# decode cases


def verdict(case, mode):
    outcome = case["go"]
    return outcome.get("both") or outcome[mode]


def text_of(case):
    if case["json"] is not None:
        return case["json"]
    assert case["json_recipe"].startswith('{"x":N times')
    return '{"x":' + "[" * 20_000 + "]" * 20_000 + "}"


def ours(case, *, strict):
    cls = class_of(case["message"])
    try:
        if "binary_b64" in case:
            return cls.from_bytes(base64.b64decode(case["binary_b64"]))
        return cls.from_json(text_of(case), strict=strict)
    except DecodeError:
        return None


JSON_CASES = cases("decode_tolerance_json")
BINARY_CASES = cases("decode_tolerance_binary")


def test_the_decode_cases_are_complete():
    """273 JSON and 52 binary cases, five and one of them decided otherwise than Go."""
    names = {case["name"] for case in JSON_CASES} | {case["name"] for case in BINARY_CASES}
    say(f"{len(JSON_CASES)} JSON cases, {len(BINARY_CASES)} binary cases")
    for name, (strict, tolerant, why) in DECIDED.items():
        say(f"decided otherwise: {name}: strict {strict}, tolerant {tolerant}: {why}")
    for name, why in UNAVOIDABLE.items():
        say(f"cannot be otherwise: {name}: {why}")
    assert (len(JSON_CASES), len(BINARY_CASES)) == (273, 52)
    assert set(DECIDED) | set(UNAVOIDABLE) <= names


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "tolerant"])
def test_json_is_accepted_as_recommended(case, strict):
    """Each text is taken or refused as by Go, or as the table above decides, and means the same."""
    message = ours(case, strict=strict)
    if case["name"] in DECIDED:
        assert (message is not None) == (DECIDED[case["name"]][0 if strict else 1] == "accept")
        return
    expected = verdict(case, "strict" if strict else "discard_unknown")
    assert (message is not None) == expected["ok"]
    if message is not None:
        assert same(message.to_dict(), expected["json"])


@pytest.mark.parametrize("case", BINARY_CASES, ids=lambda case: case["name"])
def test_bytes_are_accepted_as_recommended(case):
    """Each encoding is taken or refused as Go does, unknown fields are kept."""
    message, expected = ours(case, strict=True), verdict(case, "strict")
    assert (message is not None) == expected["ok"]
    if message is None or case["name"] in UNAVOIDABLE:
        return
    assert message.to_bytes() == base64.b64decode(expected["binary_b64"])
    if "error" in expected:
        with pytest.raises(ValueError, match="no JSON form"):
            message.to_dict()
    else:
        assert same(message.to_dict(), expected["json"])


def test_the_map_entry_with_an_unknown_field_is_not_lost():
    """B3: the entry does not show, but its bytes survive."""
    case = next(c for c in BINARY_CASES if c["name"] == "bin.map_entry_unknown_field")
    data = base64.b64decode(case["binary_b64"])
    assert class_of(case["message"]).from_bytes(data).to_bytes() == data
