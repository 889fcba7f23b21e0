"""Configuration of an embedded server, as a value and as a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import attrs

from lkapi.devserver.runtime.webhook_settings import WebhookSettings, read_webhooks, to_webhooks
from lkapi.errors import DecodeError, SettingsError
from lkapi.errors.base import hides_locals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lkapi.protocol.room import RoomConfiguration

__all__ = ["DEFAULT_KEYS", "Profile", "WorldConfig", "load_config", "read_config"]

Profile = Literal["cloud", "self-hosted"]

DEFAULT_KEYS: Final[Mapping[str, str]] = {"devkey": "secret"}
"""The key and secret of ``livekit-server --dev``."""

_PROFILES: Final = ("cloud", "self-hosted")


def _check_profile(_instance: object, _field: object, profile: str) -> None:
    if profile not in _PROFILES:
        raise SettingsError(f"profile must be 'cloud' or 'self-hosted', not {profile!r}")


def _check_keys(_instance: object, _field: object, keys: Mapping[str, str]) -> None:
    for key, secret in keys.items():
        if not key:
            raise SettingsError("keys: an API key is empty: write its name, or leave it out")
        if not secret:
            raise SettingsError(
                f"keys: the secret of the API key {key!r} is empty: give one, or leave the key out"
            )


@attrs.frozen(kw_only=True)
class WorldConfig:
    """How one embedded server behaves."""

    profile: Profile = attrs.field(default="cloud", validator=_check_profile)
    """``cloud`` adds services, Move/Forward, regions and de-duplication to ``self-hosted``."""
    keys: Mapping[str, str] = attrs.field(
        factory=lambda: dict(DEFAULT_KEYS), repr=False, validator=_check_keys
    )
    """API secret of each API key."""
    presets: Mapping[str, RoomConfiguration] = attrs.field(factory=dict[str, "RoomConfiguration"])
    """Room configurations by name, for ``room_preset`` and the claim ``roomPreset``."""
    auto_create: bool = True
    """Whether joining creates a missing room."""
    enable_remote_unmute: bool = False
    """Whether MutePublishedTrack may unmute."""
    redis: bool = True
    """Whether the server has redis; without it SIP, ingress and egress do not work."""
    rtmp_base_url: str = ""
    """Base URL of RTMP ingress; empty when there is none."""
    whip_base_url: str = ""
    """Base URL of WHIP ingress; empty when there is none."""
    egress_worker: bool = False
    """Whether an egress service is connected; else a room with egress takes 10 s to create."""
    ingress_worker: bool = False
    """Whether an ingress service is connected; without one no URL can be pulled."""
    sip_worker: bool = False
    """Whether a SIP service is connected; without one no call can be placed."""
    analytics: bool = True
    """Whether the project's plan includes the Analytics API."""
    page_size: int = 100
    """Items per page, in the lists that LiveKit Cloud returns in pages."""
    count_delay: float = 0.0
    """Seconds by which participant counts in ListRooms are late; about 5 on a real server."""
    server_version: str = "1.13.5"
    """Server version in join responses; by default the one that was recorded.

    From 1.13.8 on, a busy line (SIP 480 and 486) is ``failed_precondition``.
    """
    regions: tuple[str, ...] = ()
    """Origins for ``/settings/regions`` of the cloud profile; empty for the host of the request."""
    webhooks: tuple[WebhookSettings, ...] = attrs.field(default=(), converter=to_webhooks)
    """Where ``Webhooks`` sends events: URLs, or settings."""
    webhook_api_key: str = ""
    """API key that signs webhooks if their settings name none; empty for the first one."""

    @property
    def cloud(self) -> bool:
        """Whether this is the cloud profile."""
        return self.profile == "cloud"

    @property
    def has_egress(self) -> bool:
        """Whether egress works; always on LiveKit Cloud."""
        return self.redis and (self.cloud or self.egress_worker)

    @property
    def has_ingress(self) -> bool:
        """Whether ingress can pull URLs; always on LiveKit Cloud."""
        return self.redis and (self.cloud or self.ingress_worker)

    @property
    def has_sip(self) -> bool:
        """Whether calls can be placed; always on LiveKit Cloud."""
        return self.redis and (self.cloud or self.sip_worker)


@hides_locals
def load_config(path: str | Path) -> WorldConfig:
    """Read a configuration file.

    Raises:
        SettingsError: naming the file, if it cannot be read or is not a configuration.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{path} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise SettingsError(f"{path} must contain one JSON object")
    return read_config(cast("dict[str, Any]", value), where=str(path))


@hides_locals
def read_config(value: Mapping[str, Any], *, where: str = "config") -> WorldConfig:
    """Build a configuration from the names and values of a JSON object.

    Raises:
        SettingsError: for an unknown name or a value of the wrong type, naming it.
    """
    known = {field.name: field for field in attrs.fields(WorldConfig)}
    for name in value:
        if name not in known:
            raise SettingsError(f"{where}: unknown setting {name!r}; known are {', '.join(known)}")
    given = dict(value)
    webhooks = read_webhooks(given.pop("webhooks", []), where)
    settings = {name: _read(name, item, where) for name, item in given.items()}
    try:
        return WorldConfig(**settings, webhooks=webhooks)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from None


def _read(name: str, value: Any, where: str) -> Any:
    if name == "profile" and value in _PROFILES:
        return value
    if name == "keys":
        return _read_keys(value, where)
    if name == "presets" and isinstance(value, dict):
        return _read_presets(cast("dict[str, Any]", value), where)
    if name == "regions" and isinstance(value, list):
        return tuple(str(item) for item in cast("list[object]", value))
    if name == "page_size" and type(value) is int and value > 0:
        return value
    default = _default(name)
    if isinstance(default, bool) and isinstance(value, bool):
        return value
    if isinstance(default, str) and isinstance(value, str) and name != "profile":
        return value
    if (
        isinstance(default, float)
        and isinstance(value, (int, float))
        and not isinstance(value, bool)
    ):
        return float(value)
    raise SettingsError(f"{where}: {name} must be {_expected(name)}")


def _default(name: str) -> object:
    return getattr(attrs.fields_dict(WorldConfig)[name], "default", None)


def _expected(name: str) -> str:
    """The expected value of a setting, for an error; the given value may be a secret."""
    kinds: dict[type, str] = {bool: "true or false", float: "a number", str: "text"}
    special = {
        "profile": "'cloud' or 'self-hosted'",
        "presets": "an object of room configurations",
        "regions": "a list of URLs",
        "page_size": "a whole number above 0",
    }
    return special.get(name) or kinds[type(_default(name))]


def _read_keys(value: Any, where: str) -> dict[str, str]:
    if _is_texts(value) and value:
        return dict(value)
    raise SettingsError(f"{where}: keys must be an object of API keys and their secrets")


def _is_texts(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    pairs = cast("dict[object, object]", value)
    return all(isinstance(part, str) for pair in pairs.items() for part in pair)


def _read_presets(value: dict[str, Any], where: str) -> dict[str, RoomConfiguration]:
    from lkapi.protocol.room import RoomConfiguration

    try:
        return {name: RoomConfiguration.from_dict(item) for name, item in value.items()}
    except (DecodeError, TypeError) as error:
        raise SettingsError(f"{where}: presets: {error}") from None
