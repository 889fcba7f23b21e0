"""Where url and credentials come from, in which order, and what is refused."""

from __future__ import annotations

import pytest

from lkapi.cli.credentials import find_connection
from lkapi.cli.options import SharedOptions, fill_env_file
from lkapi.cli.projects import PROJECTS_FILE
from lkapi.errors import SettingsError

ENVIRON = {"LIVEKIT_URL": "ws://env", "LIVEKIT_API_KEY": "ek", "LIVEKIT_API_SECRET": "es"}
PROJECTS = """
default_project: main
projects:
  - {name: main, url: wss://main.example.com, api_key: mk, api_secret: ms}
  - {name: other, url: wss://other.example.com, api_key: ok, api_secret: os}
  - {name: broken, url: wss://broken.example.com}
"""


def options(**given):
    made = SharedOptions()
    for name, value in given.items():
        setattr(made, name, value)
    return made


def found(environ=ENVIRON, **given):
    connection = find_connection(options(**given), environ)
    return connection.url, connection.api_key, connection.api_secret, connection.token


@pytest.fixture
def projects(tmp_path):
    path = tmp_path / PROJECTS_FILE
    path.parent.mkdir(parents=True)
    path.write_text(PROJECTS)
    return path


def test_the_environment_is_used():
    assert found() == ("ws://env", "ek", "es", None)


def test_flags_count_over_the_environment():
    assert found(url="ws://flag") == ("ws://flag", "ek", "es", None)


def test_a_key_never_meets_a_secret_from_elsewhere():
    assert found(api_key="fk") == ("ws://env", "fk", None, None)
    with pytest.raises(SettingsError, match="an API key without its secret") as caught:
        find_connection(options(api_key="fk"), ENVIRON).key()
    assert "fk" not in str(caught.value)  # it may be the secret, in the wrong place


def test_a_token_of_the_flags_replaces_the_key_of_the_environment():
    assert found(token="t.o.k") == ("ws://env", None, None, "t.o.k")


def test_a_token_and_a_key_contradict_each_other():
    with pytest.raises(SettingsError, match="not both"):
        found(token="t.o.k", api_key="k", api_secret="s")


def test_a_project_counts_over_the_environment(projects):
    assert found(project="other") == ("wss://other.example.com", "ok", "os", None)


def test_the_default_project_has_a_name_of_its_own(projects):
    assert found(project="default")[1] == "mk"


def test_a_default_project_that_is_not_named_is_said(projects):
    projects.write_text(PROJECTS.replace("default_project: main", ""))
    with pytest.raises(SettingsError, match="names no default project: give --project NAME"):
        found(project="default")


def test_a_misspelt_project_gets_a_suggestion(projects):
    with pytest.raises(SettingsError, match="did you mean 'other'"):
        found(project="othr")


def test_an_unknown_project_gets_the_list(projects):
    with pytest.raises(SettingsError, match="it has: main, other, broken"):
        found(project="zzz")


def test_a_project_without_a_key_is_refused(projects):
    with pytest.raises(SettingsError, match="no api_key and no api_secret"):
        found(project="broken")


def test_no_file_of_projects_is_said():
    with pytest.raises(SettingsError, match="lk project add"):
        found(project="main")


def test_projects_that_cannot_be_read_are_said(projects):
    projects.unlink()
    projects.mkdir()
    with pytest.raises(SettingsError, match=r"cli-config\.yaml cannot be read: Is a directory"):
        found(project="main")


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list", "api_secret: 'never shown"])
def test_a_file_that_is_none_is_said_without_its_text(projects, text):
    projects.write_text(text)
    with pytest.raises(SettingsError) as caught:
        found(project="main")
    assert "cli-config.yaml" in str(caught.value)
    assert "never shown" not in str(caught.value)


def test_an_env_file_is_read_only_when_asked(tmp_path):
    (tmp_path / ".env").write_text('LIVEKIT_URL=ws://file\nLIVEKIT_TOKEN="a.b.c" # mine\n')
    assert found() == ("ws://env", "ek", "es", None)
    assert found(env_file=".env") == ("ws://file", None, None, "a.b.c")


def test_an_env_file_that_is_not_there_is_said():
    with pytest.raises(SettingsError, match=r"no file 'prod\.env'"):
        found(env_file="prod.env")


def test_an_env_file_that_cannot_be_read_is_said_without_its_text(tmp_path):
    (tmp_path / "latin.env").write_bytes(b"LIVEKIT_API_SECRET=hidden\xe9")
    with pytest.raises(SettingsError, match=r"'latin\.env' cannot be read: it is not UTF-8") as why:
        found(env_file="latin.env")
    assert "hidden" not in str(why.value)
    (tmp_path / "folder.env").mkdir()
    with pytest.raises(SettingsError, match=r"'folder\.env' cannot be read: Is a directory"):
        found(env_file="folder.env")


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        (["--env-file"], ["--env-file=.env"]),
        (["--env-file", "room", "list"], ["--env-file=.env", "room", "list"]),
        (["--env-file", "prod.env"], ["--env-file", "prod.env"]),
        (["--env-file", "conf/prod"], ["--env-file", "conf/prod"]),
        (["--env-file=prod"], ["--env-file=prod"]),
        (["--env-file", "--json"], ["--env-file=.env", "--json"]),
        (["--", "--env-file"], ["--", "--env-file"]),
    ],
)
def test_env_file_may_stand_alone(given, filled):
    assert fill_env_file(given) == filled


def test_options_may_stand_before_the_command_and_those_after_it_count_over_them(server, lk):
    before = lk("--url", "http://127.0.0.1:1", "room", "list", "--url", server["LIVEKIT_URL"])
    assert before.code == 0
    assert lk("--quiet", "room", "list").out.splitlines() == ["demo", "other"]


def test_no_repr_shows_a_secret():
    given = options(api_key="k", api_secret="hidden", token="hidden")
    assert "hidden" not in repr(given)
    connection = find_connection(options(api_key="k", api_secret="hidden"), {})
    assert "hidden" not in repr(connection)


def test_a_run_uses_the_env_file(server, lk, monkeypatch, tmp_path):
    lines = [f"{name}={server[name]}" for name in ENVIRON]
    (tmp_path / "prod.env").write_text("\n".join(lines))
    for name in ENVIRON:
        monkeypatch.delenv(name)
    assert lk("room", "list", "-q").code == 3
    assert lk("room", "list", "-q", "--env-file", "prod.env").out.splitlines() == ["demo", "other"]
