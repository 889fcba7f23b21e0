"""The recorded schema of the wire, and what of a schema in the same form was added since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2

from lkapi.message.pool import schema_files
from tests.schema_additions import ADDED

Facts = dict[str, Any]

RECORDED: Facts = json.loads((Path(__file__).parent / "vectors" / "wire_schema.json").read_text())
"""Name of the proto file to its package, imports, messages, enums and services."""
NO_CLIENT = {"AgentDBService"}
"""Services of the schema that no official client offers."""


def is_added(name: str) -> bool:
    """Whether a name, or the message or enum around it, is listed in ``ADDED``."""
    return name in ADDED or any(name.startswith(f"{added}.") for added in ADDED)


def refuse_unlisted(new: set[str]) -> None:
    """Fail with the outermost of some names that are neither recorded nor listed in ``ADDED``."""
    outermost = sorted(name for name in new if name.rpartition(".")[0] not in new)
    assert not outermost, (
        f"new in protobufs/: add to ADDED in tests/schema_additions.py {outermost}"
    )


def names(schema: Facts) -> Iterator[str]:
    """Every name of a schema, as ``ADDED`` spells them."""
    for file_name, file in schema.items():
        yield file_name
        yield from (f"{file_name}: {imported}" for imported in file["imports"])
        yield from _names_in(file, file["package"])
        yield from (f"{s['name']}/{rpc['name']}" for s in file["services"] for rpc in s["methods"])


def _names_in(holder: Facts, scope: str) -> Iterator[str]:
    for message in holder.get("messages", ()):
        name = f"{scope}.{message['name']}"
        yield name
        yield from (f"{name}.{field['name']}" for field in message["fields"])
        yield from _names_in(message, name)
    for enum in holder.get("enums", ()):
        name = f"{scope}.{enum['name']}"
        yield name
        yield from (f"{name}.{value}" for value, _ in enum["values"])


def messages(holder: Facts, scope: str) -> Iterator[tuple[str, Facts]]:
    """Every message of a file or message, nested ones too, by its full name."""
    for message in holder.get("messages", ()):
        name = f"{scope}.{message['name']}"
        yield name, message
        yield from messages(message, name)


def recorded_messages() -> dict[str, Facts]:
    """Every recorded message by its full name."""
    return {
        name: message
        for file in RECORDED.values()
        for name, message in messages(file, file["package"])
    }


def recorded_marks(mark: str) -> set[tuple[str, str]]:
    """Message and field of each recorded field that is marked ``secret`` or ``pii``."""
    return {
        (name, field["name"])
        for name, message in recorded_messages().items()
        for field in message["fields"]
        if field.get("sensitivity") == mark
    }


def known_rpcs() -> dict[str, tuple[str, str]]:
    """Request and response of each rpc, ``RoomService/CreateRoom``: recorded, or shipped since."""
    shipped = {
        f"{service.name}/{rpc.name}": (rpc.input_type[1:], rpc.output_type[1:])
        for data in schema_files()
        for service in descriptor_pb2.FileDescriptorProto.FromString(data).service
        for rpc in service.method
    }
    recorded = {
        f"{service['name']}/{rpc['name']}": (rpc["input"], rpc["output"])
        for file in RECORDED.values()
        for service in file["services"]
        for rpc in service["methods"]
    }
    every = {**shipped, **recorded}
    return {name: types for name, types in every.items() if name.split("/")[0] not in NO_CLIENT}


def without_added(schema: Facts) -> Facts:
    """A schema without what is listed in ``ADDED``."""
    return {
        file_name: {
            **_kept_in(file, file["package"]),
            "package": file["package"],
            "imports": [d for d in file["imports"] if f"{file_name}: {d}" not in ADDED],
            "services": list(_kept_services(file["services"])),
        }
        for file_name, file in schema.items()
        if file_name not in ADDED
    }


def _kept_in(holder: Facts, scope: str) -> Facts:
    kinds = (("messages", _kept_message), ("enums", _kept_enum))
    return {
        key: [
            kept(each, f"{scope}.{each['name']}")
            for each in holder[key]
            if f"{scope}.{each['name']}" not in ADDED
        ]
        for key, kept in kinds
        if key in holder
    }


def _kept_message(message: Facts, name: str) -> Facts:
    fields = [f for f in message["fields"] if f"{name}.{f['name']}" not in ADDED]
    nested = {key: found for key, found in _kept_in(message, name).items() if found}
    return {"name": message["name"], "fields": fields, **nested}


def _kept_enum(enum: Facts, name: str) -> Facts:
    values = [pair for pair in enum["values"] if f"{name}.{pair[0]}" not in ADDED]
    return {"name": enum["name"], "values": values}


def _kept_services(services: list[Facts]) -> Iterator[Facts]:
    for service in services:
        rpcs = [
            rpc for rpc in service["methods"] if f"{service['name']}/{rpc['name']}" not in ADDED
        ]
        if rpcs or not service["methods"]:
            yield {"name": service["name"], "methods": rpcs}
