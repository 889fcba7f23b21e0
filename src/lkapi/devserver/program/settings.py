"""The configuration and the world of the server, from the program's options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from lkapi.devserver.runtime.clock import SystemClock
from lkapi.devserver.runtime.config import DEFAULT_KEYS, WorldConfig, load_config
from lkapi.devserver.runtime.webhook_settings import to_webhooks
from lkapi.devserver.world import World
from lkapi.errors import SettingsError

if TYPE_CHECKING:
    import argparse

    from lkapi.devserver.runtime.webhook_settings import WebhookSettings

__all__ = ["check_options", "make_world", "read_config", "shown_key"]


def check_options(options: argparse.Namespace) -> None:
    """Refuse options that contradict one another.

    Raises:
        SettingsError: naming them.
    """
    if options.test_server and (options.seed or options.snapshot):
        raise SettingsError("--test-server keeps no state: leave out --seed and --snapshot")
    if bool(options.tls_cert) != bool(options.tls_key):
        raise SettingsError("--tls-cert and --tls-key belong together: give both")
    if options.tls and options.tls_cert:
        raise SettingsError(
            "--tls makes a certificate, --tls-cert names one: give only one of them"
        )


def read_config(options: argparse.Namespace) -> WorldConfig:
    """The configuration of the file, overridden by the options.

    Raises:
        SettingsError: a file or an option cannot be used.
    """
    config = load_config(options.config) if options.config else WorldConfig()
    overrides: dict[str, Any] = {}
    if options.profile is not None:
        overrides["profile"] = options.profile
    if options.api_key is not None or options.api_secret is not None:
        key = options.api_key or next(iter(DEFAULT_KEYS))
        secret = options.api_secret or config.keys.get(key)
        if not secret:
            raise SettingsError(f"API key {key!r} needs a secret: add --api-secret")
        kept = dict(config.keys) if options.config else {}
        overrides["keys"] = {**kept, key: secret}
    if options.webhook:
        overrides["webhooks"] = (*config.webhooks, *_webhooks(options.webhook))
    if options.webhook_api_key is not None:
        overrides["webhook_api_key"] = options.webhook_api_key
    return attrs.evolve(config, **overrides)


def _webhooks(urls: list[str]) -> tuple[WebhookSettings, ...]:
    try:
        return to_webhooks(urls)
    except SettingsError as error:
        raise SettingsError(f"--webhook: {error}") from None


def shown_key(options: argparse.Namespace, config: WorldConfig) -> tuple[str, str]:
    """The key for clients, with its secret: the one in the options, or the first."""
    given = options.api_key or (next(iter(DEFAULT_KEYS)) if options.api_secret else "")
    key = given or next(iter(config.keys))
    return key, config.keys[key]


def make_world(options: argparse.Namespace, config: WorldConfig) -> World:
    """An empty world."""
    return World(config=config, clock=SystemClock(real_waits=options.real_waits))
