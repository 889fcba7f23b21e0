"""What to write instead: texts made from the program's own code."""

from __future__ import annotations

import ast
from typing import Final

__all__ = ["COPYING", "for_json_format", "for_time", "for_writing", "shown"]

_LONGEST: Final = 72
_UNITS: Final = {
    "FromSeconds": "seconds",
    "FromMilliseconds": "milliseconds",
    "FromMicroseconds": "microseconds",
    "FromNanoseconds": "",
}
_READ: Final = {
    "ToSeconds": (".total_seconds()", ".timestamp()"),
    "ToTimedelta": ("", ""),
    "ToDatetime": ("", ""),
    "seconds": (".total_seconds()", ".timestamp()"),
    "nanos": (".microseconds * 1000", ".microsecond * 1000"),
    "ToJsonString": (".total_seconds()", ".isoformat()"),
    "ToMilliseconds": (".total_seconds() * 1000", ".timestamp() * 1000"),
}
COPYING: Final = ("CopyFrom", "MergeFrom")
_TAKEN: Final = ("CopyFrom", "MergeFrom", "FromTimedelta", "FromDatetime")
"""With values that can be assigned: protobuf's own times are accepted as well."""
_SPELLINGS: Final = {"MessageToDict": "to_dict", "MessageToJson": "to_json"}
_PARSERS: Final = {"ParseDict": "from_dict", "Parse": "from_json"}
_OPTIONS: Final = {
    "preserving_proto_field_name": "proto_names",
    "including_default_value_fields": "emit_defaults",
    "always_print_fields_with_no_presence": "emit_defaults",
}


def shown(node: ast.AST) -> str:
    """A part of the program on one line, shortened."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def for_writing(base: ast.expr, node: ast.Attribute, parent: ast.AST | None, made: str) -> str:
    """``event.room = Room(name='a')``.

    Args:
        base: the field that is unset.
        node: the access that writes through it.
        parent: the parent of that node.
        made: the message with what is written, ``Room(name='a')``.
    """
    if isinstance(parent, ast.Call) and parent.args and node.attr in COPYING:
        made = shown(parent.args[0])
    return f"{shown(base)} = {made}"


def for_time(base: ast.expr, node: ast.Attribute, parent: ast.AST, *, is_timestamp: bool) -> str:
    """``trunk.ringing_timeout = timedelta(seconds=3)``."""
    target, make = shown(base), "datetime.fromtimestamp" if is_timestamp else "timedelta"
    argument = parent.args[0] if isinstance(parent, ast.Call) and parent.args else None
    match parent:
        case ast.Assign(value=value) if node.attr in ("seconds", "nanos"):
            return f"{target} = {_made(make, node.attr, shown(value), is_timestamp)}"
        case ast.Call() if argument is not None and node.attr in _UNITS:
            unit = _UNITS[node.attr] or "nanos"
            return f"{target} = {_made(make, unit, shown(argument), is_timestamp)}"
        case ast.Call(args=[ast.Call(keywords=[ast.keyword(arg="seconds", value=seconds)])]) if (
            node.attr == "CopyFrom"
        ):
            return f"{target} = {_made(make, 'seconds', shown(seconds), is_timestamp)}"
        case ast.Call() if argument is not None and node.attr in _TAKEN:
            return f"{target} = {shown(argument)}"
        case ast.Call() if node.attr == "GetCurrentTime":
            return f"{target} = datetime.now(timezone.utc)"
        case ast.Call() if node.attr == "Clear":
            return f"{target} = None"
        case _ if node.attr in _READ:
            return target + _READ[node.attr][is_timestamp]
        case _:
            return f"{target} = a {'datetime with its time zone' if is_timestamp else 'timedelta'}"


def _made(make: str, unit: str, value: str, is_timestamp: bool) -> str:
    dividend = value if value.replace(".", "").isalnum() else f"({value})"
    if not is_timestamp:
        value = f"microseconds={dividend} / 1000" if unit == "nanos" else f"{unit}={value}"
        return f"{make}({value})"
    divisor = {"milliseconds": "1e3", "microseconds": "1e6", "nanos": "1e9"}.get(unit)
    seconds = f"{dividend} / {divisor}" if divisor else value
    return f"{make}({seconds}, timezone.utc)"


def for_json_format(function: str, call: ast.Call) -> str:
    """``room.to_dict(proto_names=True)`` for ``MessageToDict(room, …)``."""
    given = {word.arg: word.value for word in call.keywords}
    if function in _SPELLINGS and call.args:
        renamed = [f"{_OPTIONS[name]}={shown(value)}" for name, value in given.items()
                   if name in _OPTIONS]  # fmt: skip
        return f"{shown(call.args[0])}.{_SPELLINGS[function]}({', '.join(renamed)})"
    if function in _PARSERS and len(call.args) >= 2:
        target, strict = call.args[1], "" if "ignore_unknown_fields" in given else ", strict=True"
        cls = shown(target.func) if isinstance(target, ast.Call) else f"type({shown(target)})"
        return f"{cls}.{_PARSERS[function]}({shown(call.args[0])}{strict})"
    return "to_dict, to_json, from_dict or from_json of the message"
