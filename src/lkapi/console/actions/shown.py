"""A call as code to copy: Python with lkapi, the ``lkapi`` command, curl.

Secrets are variables in all three: environment variables in Python, shell variables elsewhere.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import re
import shlex
from typing import TYPE_CHECKING, Any, Final

import attrs

from lkapi.console.actions.folding import fold
from lkapi.message import Message
from lkapi.message.fields import EnumField, ScalarList, ScalarMap, TimeField
from lkapi.message.typeguards import is_dict, is_list
from lkapi.presentation.curl import curl_command, quote_request, variable_of
from lkapi.presentation.enum_names import short_name
from lkapi.presentation.secrets import is_secret
from lkapi.presentation.values import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lkapi.methods.info import MethodInfo

__all__ = ["Command", "Shown", "python_message", "show_call", "show_message"]

SERVICES: Final = {
    "AgentDispatchService": "agent_dispatch",
    "Connector": "connector",
    "Egress": "egress",
    "Ingress": "ingress",
    "PhoneNumberService": "phone_number",
    "RoomService": "room",
    "SIP": "sip",
}
"""The attribute of the client for each service."""
_SPELLINGS: Final = {"WhatsApp": "Whatsapp"}
_WRAPPED: Final = frozenset(
    {
        "SIP/GetSIPInboundTrunk", "SIP/GetSIPOutboundTrunk", "SIP/ListSIPTrunk",
        "SIP/UpdateSIPInboundTrunk", "SIP/UpdateSIPOutboundTrunk", "SIP/UpdateSIPDispatchRule",
    }
)  # fmt: skip
"""Methods whose service method has another name, with the fields of their request."""
_KEYWORDS: Final = {
    "AgentDispatchService/DeleteDispatch": {"room": "room_name"},
    "AgentDispatchService/ListDispatch": {"room": "room_name"},
}
"""Arguments whose name in the service differs from the field's, as in livekit-api."""
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@attrs.frozen(kw_only=True)
class Command:
    """How the ``lkapi`` command spells a call."""

    words: str = ""
    """``room delete``; empty for ``lkapi call``."""
    arguments: tuple[str, ...] = ()
    """Fields that are given by position."""
    flags: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Flags whose name differs from the field's."""
    asks: bool = False
    """Whether it needs ``--yes``."""
    inside: str = ""
    """A field of the request whose own fields are the flags."""


@attrs.frozen
class Shown:
    """One form of a call."""

    label: str
    code: str


def show_call(
    row: MethodInfo[Any, Any], request: Message, base_url: str, command: Command
) -> tuple[Shown, ...]:
    """The call in its three forms."""
    return (
        Shown("Python", python_code(row, request)),
        Shown("lkapi", command_line(row, request, command)),
        Shown("curl", curl_command(row, request, base_url)),
    )


def python_code(row: MethodInfo[Any, Any], request: Message) -> str:
    """A program that makes the call with lkapi."""
    names = _KEYWORDS.get(str(row), {})
    fields = [
        f"        {fold(f'{names.get(name, name)}={text}', 8)},\n"
        for name, text in _keywords(request, ())
    ]
    if str(row) in _WRAPPED or row.service not in SERVICES:
        target = f"call(\n        find_method({_quote(str(row))}),\n"
        imports = "from lkapi.methods import find_method\n"
    else:
        name = row.name
        for written, meant in _SPELLINGS.items():
            name = name.replace(written, meant)
        if row.service == "SIP" and not name.endswith("SIPParticipant"):
            name = name.replace("SIP", "")  # the longer spelling is deprecated
        target, imports = f"{SERVICES[row.service]}.{_WORD.sub('_', name).lower()}(\n", ""
    call = f"    await api.{target}{''.join(fields)}    )\n"
    if not fields and call.endswith("(\n    )\n"):
        call = call.replace("(\n    )\n", "()\n")
    uses = "import os\n\n" if "os.environ[" in call else ""
    extra = "import datetime as dt\n" if "dt.timedelta(" in call or "dt.datetime" in call else ""
    head = f"{extra}{uses}import lkapi\n{imports}\nasync with lkapi.LiveKitAPI() as api:\n"
    return (head + call).rstrip()


def python_message(message: Message) -> str:
    """A message as Python; its secrets are read from the environment."""
    return _python(message, ())


def _keywords(message: Message, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    cls = type(message)
    for name, field in cls.__layout__.fields.items():
        if not field.is_set(message):
            continue
        secret = is_secret(cls, name)
        yield name, _python(getattr(message, name), (*path, name), secret=secret)


def _python(value: Any, path: tuple[str, ...], *, secret: bool = False) -> str:
    if is_list(value):
        many = value
        shown = (_python(one, (*path, str(n)), secret=secret) for n, one in enumerate(many))
        return f"[{', '.join(shown)}]"
    if is_dict(value):
        pairs = value.items()
        shown = (
            f"{_python(key, ())}: {_python(one, (*path, str(key)), secret=secret)}"
            for key, one in pairs
        )
        return f"{{{', '.join(shown)}}}"
    if secret:
        return f'os.environ["{variable_of(path)}"]'
    if isinstance(value, Message):
        inner = ", ".join(f"{name}={text}" for name, text in _keywords(value, path))
        return f"lkapi.{type(value).__qualname__}({inner})"
    return _python_plain(value)


def _python_plain(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return f"lkapi.{type(value).__qualname__}.{value.name}"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, dt.timedelta):
        return f"dt.timedelta(seconds={value.total_seconds():g})"
    if isinstance(value, dt.datetime):
        return f"dt.datetime.fromisoformat({_quote(value.isoformat())})"
    return repr(value)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def command_line(row: MethodInfo[Any, Any], request: Message, command: Command) -> str:
    """The command, with comments that say what its variables hold."""
    if not command.words:
        body, hidden = quote_request(request)
        tail = " --yes" if row.deletes else ""
        line = f"lkapi call {row}{tail}" if body == "'{}'" else f"lkapi call {row} {body}{tail}"
    else:
        hidden = dict[str, str]()
        line = " ".join(["lkapi", command.words, *_words(request, command, hidden)])
    comments = (f"# {name}: the secret {where} of the request\n" for name, where in hidden.items())
    return "".join(comments) + line


def _words(request: Message, command: Command, hidden: dict[str, str]) -> list[str]:
    """Arguments and flags; arguments that begin with a dash come after --."""
    arguments = [word for name in command.arguments for word in _positional(request, name)]
    inner: Message = getattr(request, command.inside) if command.inside else request
    flags = [
        word
        for name, field in type(inner).__layout__.fields.items()
        if name not in command.arguments and field.is_set(inner)
        for word in _flag(
            command.flags.get(name) or f"--{name.replace('_', '-')}",
            field,
            getattr(inner, name),
            inner,
            hidden,
            (command.inside,) if command.inside else (),
        )
    ] + (["--yes"] if command.asks else [])
    quoted = [shlex.quote(word) for word in arguments]
    if any(word.startswith("-") for word in arguments):
        return [*flags, "--", *quoted]
    return [*quoted, *flags]


def _positional(request: Message, name: str) -> list[str]:
    value = getattr(request, name)
    if not type(request).__layout__.fields[name].is_set(request):
        return []
    return [_word(one) for one in (value if is_list(value) else [value])]


def _flag(
    flag: str,
    field: Any,
    value: Any,
    request: Message,
    hidden: dict[str, str],
    start: tuple[str, ...] = (),
) -> Iterator[str]:
    if value is True or value is False:
        yield flag if value else f"--no-{flag.removeprefix('--')}"
        return
    if is_secret(type(request), field.name):
        for path, _ in _leaves(value, (*start, field.name)):
            hidden[variable_of(path)] = ".".join(path)
            yield f'{flag} "${variable_of(path)}"'
        return
    if isinstance(field, ScalarMap) and is_dict(value):
        for key, one in value.items():
            yield f"{flag}={shlex.quote(f'{key}={one}')}"
        return
    several = is_list(value)
    for place, one in enumerate(value if several else [value]):
        if isinstance(one, Message):
            body, secrets = quote_request(one)
            hidden |= {name: f"{field.name}.{where}" for name, where in secrets.items()}
            yield f"{flag} {body}"
        elif isinstance(field, (ScalarList, EnumField, TimeField)) or place >= 0:
            yield f"{flag}={shlex.quote(_word(one))}"


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if is_list(value):
        for place, one in enumerate(value):
            yield (*path, str(place)), one
    else:
        yield path, value


def _word(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return short_name(value)
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def show_message(message: Message, *, indent: int | None = 2) -> str:
    """A message as text, over several lines by default, with secrets masked."""
    body = {name: _masked(message, name) for name in _set_fields(message)}
    return json.dumps(body, ensure_ascii=False, indent=indent)


def _set_fields(message: Message) -> Iterator[str]:
    for name, field in type(message).__layout__.fields.items():
        if field.is_set(message):
            yield name


def _masked(message: Message, name: str) -> Any:
    if is_secret(type(message), name):
        return MASK
    return _plain(getattr(message, name))


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {name: _masked(value, name) for name in _set_fields(value)}
    if is_list(value):
        return [_plain(one) for one in value]
    if is_dict(value):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (dt.datetime, dt.timedelta)):
        return str(value)
    return value
