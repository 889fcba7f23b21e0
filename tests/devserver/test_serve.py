"""The embedded server as a program."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import attrs
import pytest

from lkapi.devserver import WebhookSettings, World, WorldConfig, load_config
from lkapi.devserver.program.main import main
from lkapi.errors import SettingsError
from tests.devserver.tokens import mint

CONFIG = {
    "profile": "self-hosted",
    "keys": {"k1": "first-secret", "k2": "second-secret"},
    "presets": {"small": {"maxParticipants": 2, "empty_timeout": 9}},
    "redis": False,
    "rtmp_base_url": "rtmp://example.test/x",
    "count_delay": 5,
}


def write(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_program_serves_and_stops(tmp_path: Path) -> None:
    """Started with a configuration it names its address, answers, and ends well when told to."""
    config = write(tmp_path / "lk.json", CONFIG)
    options = ["--port", "0", "--config", config, "--api-key", "k3", "--api-secret", "third-secret"]
    with subprocess.Popen(
        [sys.executable, "-m", "lkapi.devserver", *options], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        assert "k1, k2, k3" in line
        assert "secret" not in line
        address = line.split()[3].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        claims = {"iss": "k3", "exp": int(time.time()) + 60, "video": {"roomCreate": True}}
        headers = {
            "Authorization": f"Bearer {mint(claims, 'third-secret')}",
            "Content-Type": "application/json",
        }
        body = json.dumps({"name": "demo", "room_preset": "small"})
        connection.request("POST", "/twirp/livekit.RoomService/CreateRoom", body, headers)
        room = json.loads(connection.getresponse().read())
        connection.close()
        assert (room["max_participants"], room["empty_timeout"]) == (2, 9)
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0


@pytest.mark.parametrize("extra", [[], ["--mock"]])
def test_program_in_this_process(extra: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Regions on several ports; the signal handlers of before are back afterwards."""
    with socket.socket() as one, socket.socket() as two:
        ports = []
        for free in (one, two):
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    answers: list[bytes] = []

    def ask_and_stop() -> None:
        deadline = time.monotonic() + 20
        while not answers and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                client = http.client.HTTPConnection("127.0.0.1", ports[1], timeout=5)
                client.request("GET", "/settings/regions")
                answers.append(client.getresponse().read())
                client.close()
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    asking = threading.Thread(target=ask_and_stop)
    asking.start()
    options = ["--port", ",".join(map(str, ports)), "--api-secret", "s", "--profile", "cloud"]
    assert main([*options, *extra]) == 0
    asking.join()
    assert len(json.loads(answers[0])["regions"]) == 2
    assert f"http://127.0.0.1:{ports[1]}" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) is before


def test_unusable_options_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key without a secret, a port in use and a bad file end the program with a clear line."""
    assert main(["--api-key", "unknown"]) == 2
    assert "'unknown' needs a secret" in capsys.readouterr().err
    assert main(["--config", str(tmp_path / "missing.json")]) == 2
    assert "missing.json" in capsys.readouterr().err
    assert main(["--bind", "203.0.113.1", "--port", "1"]) == 2
    assert "cannot listen on 203.0.113.1:1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    [
        *("--api-key", "--api-secret", "--bind", "--config", "--seed", "--snapshot"),
        *("--env-file", "--tls-cert", "--tls-key", "--webhook-api-key"),
    ],
)
def test_an_empty_value_is_not_a_missing_option(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unset variable of a shell opens no server with the public key, or on every address."""
    with pytest.raises(SystemExit) as caught:
        main([option, "", "--port", "x"])  # which it does not come to
    assert caught.value.code == 2
    assert (
        f"argument {option}: it is empty: give a value, or leave it out" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"good": "s", "devkey": ""}, "keys: the secret of the API key 'devkey' is empty"),
        ({"": "hunter2"}, "keys: an API key is empty"),
    ],
)
def test_a_server_has_no_empty_credentials(
    tmp_path: Path, keys: dict[str, str], message: str
) -> None:
    """Neither from Python nor from a file, which the error names."""
    with pytest.raises(SettingsError, match=f"^{message}") as from_python:
        World(keys=keys)
    with pytest.raises(SettingsError, match=f"lk.json: {message}") as from_file:
        load_config(write(tmp_path / "lk.json", {"keys": keys}))
    assert "hunter2" not in f"{from_python.value} {from_file.value}"


def test_configuration_is_read(tmp_path: Path) -> None:
    """Each setting arrives with its type."""
    config = load_config(write(tmp_path / "lk.json", CONFIG))
    assert config.profile == "self-hosted"
    assert config.keys["k2"] == "second-secret"
    assert config.presets["small"].max_participants == 2
    assert not config.redis
    assert config.count_delay == 5.0
    assert "first-secret" not in repr(config)


def test_every_setting_can_be_in_a_file(tmp_path: Path) -> None:
    """What a configuration writes as JSON is read back the same."""
    config = WorldConfig(
        webhooks=(
            "http://a",
            WebhookSettings("http://b", "devkey", include_events=["room_started"]),
        ),
        regions=("http://c",),
        page_size=7,
        count_delay=2.5,
    )
    value = attrs.asdict(config)
    assert load_config(write(tmp_path / "lk.json", value)) == config


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"redsi": True}, "redsi"),
        ({"redis": "yes"}, "redis must be true or false"),
        ({"profile": "clowd"}, "profile must be 'cloud' or 'self-hosted'"),
        ({"profile": 3}, "profile must be 'cloud' or 'self-hosted'"),
        ({"count_delay": True}, "count_delay must be a number"),
        ({"page_size": 1.5}, "page_size must be a whole number above 0"),
        ({"page_size": 0}, "page_size must be a whole number above 0"),
        ({"webhook_api_key": ["x"]}, "webhook_api_key must be text"),
        ({"rtmp_base_url": None}, "rtmp_base_url must be text"),
        ({"keys": {"k": 1}}, "keys"),
        ({"keys": {}}, "keys"),
        ({"keys": 3}, "keys"),
        ({"presets": {"p": {"empty_timeout": "soon"}}}, "presets"),
        ({"presets": 3}, "presets must be an object of room configurations"),
        ({"regions": "here"}, "regions must be a list of URLs"),
        ({"webhooks": "http://a"}, "webhooks must be a list"),
        ({"webhooks": [3]}, r"webhooks\[0\]: must be a URL or an object"),
        ({"webhooks": ["http://a", "b:80"]}, r"webhooks\[1\]: .*http:// or https://"),
        ({"webhooks": [{"api_key": "k"}]}, "url is missing"),
        ({"webhooks": [{"url": "http://a", "key": "k"}]}, "unknown name 'key'"),
        ({"webhooks": [{"url": "http://a", "api_key": 1}]}, "api_key must be text"),
        ({"webhooks": [{"url": "http://a", "include_events": "x"}]}, "a list of texts"),
        ([1], "one JSON object"),
    ],
)
def test_bad_configuration_is_refused(tmp_path: Path, value: object, named: str) -> None:
    """The error names the setting, and never shows a secret."""
    with pytest.raises(SettingsError, match=named):
        load_config(write(tmp_path / "lk.json", value))


def error_of(path: str) -> str:
    """What is said of a configuration file; nothing of a good one."""
    try:
        load_config(path)
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(WorldConfig)])
def test_no_error_of_a_configuration_repeats_a_value(tmp_path: Path, name: str) -> None:
    """Whoever puts a secret under the wrong name does not find it in the error."""
    errors = [
        error_of(write(tmp_path / "lk.json", {name: value}))
        for value in ("hunter2", ["hunter2"], {"a": "hunter2"}, [{"url": "hunter2"}])
    ]
    assert any(errors)
    assert all("hunter2" not in error for error in errors)


@pytest.mark.parametrize(
    "url",
    [
        "ann:hunter2@example.com/hook",
        "ftp://ann:hunter2@example.com/hook",
        "example.com/hook?key=hunter2",
        "https:///hunter2",
        "https://[hunter2",
        "https://example.com:hunter2/",
        "https://example.com:99999/hunter2",
        "",
    ],
)
def test_a_bad_webhook_url_is_not_repeated(url: str) -> None:
    """It may hold a password or a key; the error says how one begins."""
    with pytest.raises(SettingsError, match=r"must start with http:// or https://") as caught:
        WorldConfig(webhooks=[url])
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_configuration_that_is_not_json_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "lk.json"
    path.write_text("keys: {}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"lk\.json is not JSON"):
        load_config(path)


def test_default_key_is_that_of_the_official_dev_mode() -> None:
    """A token of devkey and secret is good by default."""
    from lkapi.devserver import World

    claims = {"iss": "devkey", "sub": "me", "exp": int(time.time()) + 60}
    token = mint({**claims, "video": {"roomJoin": True, "room": "r"}}, "secret")
    assert World().join(token).identity == "me"
