"""``scripts/try-cli`` on a real server leaves nothing behind, and says what cannot be tried."""

from __future__ import annotations

import pytest

import lkapi
from scripts import try_cli


@pytest.fixture
def real():
    """A server as a real one is seen: only its url and key are known."""
    with try_cli.embedded() as (world, environ):
        yield world, environ


def test_what_examples_make_is_deleted_and_what_was_there_stays(real, monkeypatch):
    world, environ = real
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with lkapi.SyncLiveKitAPI() as api:
        api.sip.create_inbound_trunk(trunk=lkapi.SIPInboundTrunkInfo(name="desk", numbers=["+1"]))
        for example in (
            "lkapi sip rule update $RULE --name reception",
            "lkapi sip outbound get $OUTBOUND",
            "lkapi ingress update $INGRESS --name stage",
            "lkapi egress layout $EGRESS speaker-dark",
        ):
            code, _, err = try_cli._try_real(example)
            assert code == 0, err
        assert [trunk.name for trunk in api.sip.list_inbound_trunk().items] == ["desk"]
        assert not api.sip.list_outbound_trunk().items
        assert not api.sip.list_dispatch_rule().items
        assert not api.ingress.list_ingress().items
    assert not world.rooms


def test_what_could_harm_is_left_out(real, monkeypatch, capsys):
    world, environ = real
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert try_cli.try_all(["room delete --all"], everything=False) == 0
    assert try_cli.try_all(["number purchase"], everything=False) == 0
    assert "0 passed, 0 failed, 1 left out" in capsys.readouterr().out
    assert not world.numbers.by_id
