"""The guard that keeps secrets out of tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lkapi.auth import AccessToken, find_sensitive_fields, refuse_sensitive_fields
from lkapi.auth.room_config_schema import ROOT, nested_messages, secret_fields
from lkapi.errors import SensitiveCredentialsError
from lkapi.protocol.room import RoomConfiguration
from tests.recorded_schema import recorded_messages

MESSAGES: dict[str, dict[str, Any]] = recorded_messages()
SECRET_BY_NATURE = {
    ("livekit.StreamOutput", "urls"),
    ("livekit.StreamDestination", "url"),
    ("livekit.WebhookConfig", "signing_key"),
}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def secret_paths(message: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each way to a secret field, from the schema of the wire; lists are marked by ``[]``."""
    for field in MESSAGES[message]["fields"]:
        step = field["name"] + ("[]" if field.get("repeated") else "")
        marked = field.get("sensitivity") == "secret"
        if marked or (message, field["name"]) in SECRET_BY_NATURE:
            yield (*path, step)
        elif field["type"] in MESSAGES:
            yield from secret_paths(field["type"], (*path, step))


PATHS = sorted(secret_paths(ROOT))


def nest(path: tuple[str, ...], value: object, *, camel_case: bool) -> Any:
    for step in reversed(path):
        name = step.removesuffix("[]")
        value = {camel(name) if camel_case else name: [value] if step.endswith("[]") else value}
    return value


@pytest.mark.parametrize("camel_case", [True, False], ids=["camel", "snake"])
@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_every_secret_of_the_schema_is_found(path: tuple[str, ...], camel_case: bool) -> None:
    """Each secret that the schema can hold is refused by its path, in either spelling."""
    config = nest(path, "hush-hush", camel_case=camel_case)
    steps = [step.replace("[]", "[0]") for step in path]
    wanted = ".".join(steps).removesuffix("[0]")
    assert list(find_sensitive_fields(config)) == [wanted]
    with pytest.raises(SensitiveCredentialsError, match="allow_sensitive_credentials") as caught:
        AccessToken("key", "secret", room_config=config)
    assert wanted in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_every_secret_is_found_in_messages(path: tuple[str, ...]) -> None:
    """The same for messages."""
    config = RoomConfiguration.from_dict(nest(path, "hush-hush", camel_case=True), strict=True)
    with pytest.raises(SensitiveCredentialsError):
        AccessToken("key", "secret").with_room_config(config)


def test_there_are_paths() -> None:
    """The walk above is not empty: dozens of ways lead to a secret."""
    print(f"ways to a secret in a room configuration: {len(PATHS)}")
    assert len(PATHS) > 80


def test_the_tables_know_every_message() -> None:
    """Each message below RoomConfiguration is known, so that its field names are rewritten."""
    seen, waiting = set[str](), [ROOT]
    while waiting:
        message = waiting.pop()
        seen.add(message)
        known = nested_messages(message)
        for field in MESSAGES[message]["fields"]:
            if field["type"] in MESSAGES:
                assert known[camel(field["name"])] == field["type"]
                waiting += [field["type"]] if field["type"] not in seen else []
    print(f"messages below RoomConfiguration: {len(seen)}")
    assert secret_fields("livekit.Nothing") == frozenset()


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"metadata": "secret"},
        {"egress": {"tracks": {"s3": {"secret": "", "bucket": "b"}}}},
        {"egress": {"room": {"stream_outputs": [{"protocol": "RTMP", "urls": []}]}}},
        {"egress": {"room": {"webhooks": [{"url": "https://example.com/hook"}]}}},
        {"egress": {"room": "nonsense"}},
        {"tags": {"secret": "x"}},
    ],
    ids=str,
)
def test_harmless_configurations_pass(config: dict[str, Any]) -> None:
    """Empty secrets, and words that only look like them, are no reason to refuse."""
    refuse_sensitive_fields(config)


def test_passwords_inside_urls_are_found() -> None:
    """``scheme://user:password@host`` is a secret wherever it stands."""
    proxy = {"url": "http://user:pw@proxy:8080"}
    config = {"egress": {"tracks": {"s3": {"proxy": proxy, "endpoint": "https://s3.example.com"}}}}
    assert list(find_sensitive_fields(config)) == ["egress.tracks.s3.proxy.url"]


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"egress": {"room": {"FileOutputs": [{"S3": {"secret": "x"}}]}}}, "secret"),
        ({"egress": {"tracks": {"s3": {"Secret": "x"}}}}, "ecret"),
        ({"EGRESS": {"Tracks": {"GCP": {"CREDENTIALS": "x"}}}}, "CREDENTIALS"),
        (
            {"egress": {"room": {"storage": {"s3": {"accessKey": "x"}}}}},
            "room.storage.s3.accessKey",
        ),
        ({"later": [{"deep": {"session_token": "x"}}]}, "later[0].deep.session_token"),
        ({"password": "x"}, "password"),
        ({"later": {"proxy": "http://user:pw@proxy"}}, "later.proxy"),
    ],
    ids=str,
)
def test_secrets_under_names_that_the_schema_does_not_have_are_found(config, path) -> None:
    """Other capitals and unknown fields are signed as they are, so a participant would see them."""
    (found,) = find_sensitive_fields(config)
    assert found.endswith(path)
    with pytest.raises(SensitiveCredentialsError):
        AccessToken("key", "x" * 32, identity="a", room_config=config).to_jwt()
