"""The environment, without a server: what a bug report should contain. It shows no secret.

It needs nothing beyond the library, so that it works without the extra ``cli``.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import ssl
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from lkapi._version import __version__
from lkapi.cli.doctor.findings import lines, ok, warning
from lkapi.cli.doctor.proxy import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lkapi.cli.doctor.findings import Finding

__all__ = ["environment_report", "environment_text"]

DISTRIBUTION: Final = "lkapi-sdk"
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_WATCHED: Final = re.compile(r"LIVEKIT_|LK_|SSL_CERT_|SSLKEYLOGFILE$|NO_COLOR$|PYTHON")
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra == ['\"](\w+)['\"])?")
_BESIDE: Final = ("livekit-api", "livekit-protocol", "livekit", "livekit-agents", "uvloop")
"""Packages that are often installed together with lkapi and may matter."""


def environment_text(width: int = 100) -> str:
    """The report as text."""
    report = environment_report(os.environ)
    return "".join(f"{line}\n" for finding in report for line in lines(finding, width))


def environment_report(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What this installation and its environment are."""
    yield ok("lkapi", __version__, version=__version__)
    yield _python()
    yield _platform()
    yield from _packages()
    yield _loop()
    yield _certificates()
    yield _variables(environ)
    yield from _credentials(environ)
    yield _proxies(environ)


def _python() -> Finding:
    kind, version = platform.python_implementation(), platform.python_version()
    free = getattr(sys, "_is_gil_enabled", bool)  # bool() is False: there is no such function
    threading = ", free-threaded" if hasattr(sys, "_is_gil_enabled") and not free() else ""
    isolated = ", in a virtual environment" if sys.prefix != sys.base_prefix else ""
    return ok("python", f"{kind} {version}{threading}{isolated}", version=version)


def _platform() -> Finding:
    return ok("platform", f"{platform.platform(terse=True)}, {platform.machine()}")


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _packages() -> Iterator[Finding]:
    try:
        declared = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        text = "lkapi is not installed as a package: its dependencies are not known"
        yield warning("packages", text, f"pip install {DISTRIBUTION}")
        return
    by_extra: dict[str, list[str]] = {}
    for requirement in declared:
        found = _REQUIREMENT.match(requirement)
        if found is not None:
            by_extra.setdefault(found[2] or "", []).append(found[1])
    by_extra.pop("all", None)  # the sum of the others
    yield _base_packages(by_extra.pop("", []))
    for extra, names in sorted(by_extra.items()):
        yield _extra(extra, names)
    beside = {name: version for name in _BESIDE if (version := _installed(name)) is not None}
    if beside:
        yield ok("beside it", _listed(beside), packages=beside)


def _base_packages(names: list[str]) -> Finding:
    versions = {name: _installed(name) for name in names}
    missing = [name for name, version in versions.items() if version is None]
    known = {name: version for name, version in versions.items() if version is not None}
    if missing:
        text = f"{_listed(known)}; missing: {', '.join(missing)}"
        return warning("packages", text, f"pip install {' '.join(missing)}", packages=known)
    return ok("packages", _listed(known), packages=known)


def _extra(extra: str, names: list[str]) -> Finding:
    versions = {name: _installed(name) for name in names}
    missing = [name for name, version in versions.items() if version is None]
    check = f"[{extra}]"
    if missing:
        text = f"not installed: pip install '{DISTRIBUTION}[{extra}]' adds {', '.join(missing)}"
        return ok(check, text, installed=False, missing=missing)
    known = {name: str(version) for name, version in versions.items()}
    return ok(check, _listed(known), installed=True, packages=known)


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _loop() -> Finding:
    loop = asyncio.new_event_loop()
    kind = type(loop)
    loop.close()
    name = f"{kind.__module__}.{kind.__qualname__}"
    return ok("event loop", f"{name}, unless a program sets another", loop=name)


def _certificates() -> Finding:
    from lkapi.transports import HTTPOptions

    context: Any = HTTPOptions().tls()
    paths = ssl.get_default_verify_paths()
    facts: dict[str, Any] = {"openssl": ssl.OPENSSL_VERSION, "cafile": paths.cafile}
    stats = context.cert_store_stats()
    count = facts["authorities"] = int(stats["x509_ca"])
    text = f"{ssl.OPENSSL_VERSION}, {count} authorities loaded"
    if paths.cafile or paths.capath:
        text = f"{text}, system store {paths.cafile or paths.capath}"
    return ok("certificates", text, **facts)


def _variables(environ: Mapping[str, str]) -> Finding:
    names = sorted(name for name in environ if _WATCHED.match(name))
    text = ", ".join(names) or "none that lkapi reads"
    return ok("environment", f"{text} (values are not shown)" if names else text, names=names)


def _credentials(environ: Mapping[str, str]) -> Iterator[Finding]:
    key, secret = environ.get("LIVEKIT_API_KEY"), environ.get("LIVEKIT_API_SECRET")
    if bool(key) != bool(secret):
        here, gone = ("KEY", "SECRET") if key else ("SECRET", "KEY")
        text = f"LIVEKIT_API_{here} is set, LIVEKIT_API_{gone} is not"
        yield warning("credentials", text, "set both")
    if environ.get("LIVEKIT_TOKEN") and key and secret:
        text = "LIVEKIT_TOKEN is set, and is used instead of the key and secret that are set too"
        yield warning("credentials", text, "unset the one that you do not want to use")
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
        text = environ.get(name, "")
        if text != text.strip() or text[:1] in ("'", '"'):
            problem = f"{name} has blanks or quotes around its value"
            yield warning("credentials", problem, "leave them out")


def _proxies(environ: Mapping[str, str]) -> Finding:
    found = {
        name: without_password(text)
        for wanted in _PROXIES
        for name in (wanted, wanted.lower())
        if (text := environ.get(name))
    }
    shown = ", ".join(f"{name}={text}" for name, text in found.items())
    return ok("proxies", shown or "none in the environment", proxies=found)
