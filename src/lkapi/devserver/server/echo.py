"""The official test server's response to a call without a set response.

Scalars of the request come back in the response's fields of the same name, empty ids become
``MOCK_…``, and each list of messages has one element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.message.layout import is_repeated
from lkapi.message.pool import find_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lkapi.message import Message
    from lkapi.methods.info import MethodInfo, Res

__all__ = ["echo"]

_STRING: Final = 9
_MESSAGE: Final = 11
_NOT_COPIED: Final = (_MESSAGE, 14)
"""Fields that are not copied: messages and enums."""


def echo(row: MethodInfo[Any, Res], request: Message) -> Res:
    """A response made from the request."""
    request_values = request.to_dict(proto_names=True)
    request_fields = {field.name: field for field in find_message(row.request.__proto__).fields}
    response_layout = find_message(row.response.__proto__)
    values: dict[str, Any] = {name: _mock_id(name) for name in _ids(response_layout)}
    for field in response_layout.fields:
        if is_repeated(field):
            if _is_message_list(field):
                values[field.name] = [_element(field.message_type)]
        elif field.name in request_values and _is_copied(request_fields.get(field.name), field):
            values[field.name] = request_values[field.name]
    return row.response.from_dict(values)


def _is_copied(request_field: Any, field: Any) -> bool:
    return (
        request_field is not None
        and request_field.type == field.type
        and field.type not in _NOT_COPIED
    )


def _element(descriptor: Any) -> dict[str, str]:
    """One item of a list; a plain ``id`` stays empty in it (recorded for StreamInfo)."""
    return {name: _mock_id(name) for name in _ids(descriptor) if name != "id"}


def _ids(descriptor: Any) -> Iterator[str]:
    for field in descriptor.fields:
        name = field.name
        is_id = name in ("id", "sid") or name.endswith(("_id", "_sid"))
        if is_id and field.type == _STRING and not is_repeated(field):
            yield name


def _mock_id(name: str) -> str:
    return f"MOCK_{name.upper()}"


def _is_message_list(field: Any) -> bool:
    return field.type == _MESSAGE and not field.message_type.GetOptions().map_entry
