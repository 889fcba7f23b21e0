"""A call as a curl command: the token and every secret of the request are shell variables."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

from lkapi.message import Message
from lkapi.message.typeguards import is_dict, is_list
from lkapi.presentation.secrets import is_secret
from lkapi.settings import parse_url

if TYPE_CHECKING:
    from lkapi.methods.info import MethodInfo, Req, Res

__all__ = ["curl_command", "http_url", "quote_request", "variable_of"]

_MARK: Final = "\x00"
"""Around the name of a variable in the JSON until it is quoted for the shell."""


def curl_command(row: MethodInfo[Req, Res], request: Req, base_url: str) -> str:
    """The command, with comments that say what the variables hold."""
    quoted, hidden = quote_request(request)
    grants = row.needs(request).describe() or "none"
    comments = [f"# LIVEKIT_TOKEN: a token with the grants {grants}"]
    comments += [
        f"# {variable}: the secret {where} of the request" for variable, where in hidden.items()
    ]
    lines = [
        f"curl -X POST {shlex.quote(base_url + row.path)}",
        '  -H "Authorization: Bearer $LIVEKIT_TOKEN"',
        "  -H 'Content-Type: application/json'",
        f"  -d {quoted}",
    ]
    return "\n".join(comments) + "\n" + " \\\n".join(lines)


def http_url(server: str) -> str:
    """The base url of a server over http or https, as curl needs it.

    Raises:
        SettingsError: it is not a server address.
    """
    return parse_url(server).base


def quote_request(request: Message) -> tuple[str, dict[str, str]]:
    """The request as JSON, quoted for a shell, and its variables with the places of the secrets."""
    hidden: dict[str, str] = {}
    body = _hide(request, request.to_dict(), hidden, ())
    return _quote(json.dumps(body, ensure_ascii=False)), hidden


def variable_of(path: tuple[str, ...]) -> str:
    """The name of the shell variable that holds the secret at a place of a request."""
    return "_".join("".join(c if c.isalnum() else "_" for c in part) for part in path).upper()


def _hide(
    message: Message, data: dict[str, Any], hidden: dict[str, str], path: tuple[str, ...]
) -> dict[str, Any]:
    """The JSON of a message with the names of variables in place of its secrets."""
    for name, field in type(message).__layout__.fields.items():
        key = field.json
        if key not in data:
            continue
        where = (*path, name)
        value = getattr(message, name)
        if is_secret(type(message), name):
            data[key] = _variables(where, data[key], hidden)
        elif isinstance(value, Message):
            data[key] = _hide(value, data[key], hidden, where)
        elif is_list(value) and value and isinstance(value[0], Message):
            for number, (one, part) in enumerate(zip(value, data[key], strict=True)):
                data[key][number] = _hide(one, part, hidden, (*where, str(number)))
    return data


def _variables(path: tuple[str, ...], value: Any, hidden: dict[str, str]) -> Any:
    if is_list(value):
        return [_variables((*path, str(n)), one, hidden) for n, one in enumerate(value)]
    if is_dict(value):
        return {key: _variables((*path, key), one, hidden) for key, one in value.items()}
    variable = variable_of(path)
    hidden[variable] = ".".join(path)
    return f"{_MARK}{variable}{_MARK}"


def _quote(text: str) -> str:
    """The text quoted for a shell, variables outside of the single quotes."""
    escaped_mark = json.dumps(_MARK)[1:-1]
    parts = text.split(escaped_mark)
    quoted = [
        shlex.quote(part) if number % 2 == 0 else f'"${part}"' for number, part in enumerate(parts)
    ]
    return "".join(quoted)
