"""The private descriptor pool, built once from the packaged descriptor set.

It is private so that lkapi can share a process with livekit-api and any other user of protobuf.
protobuf is imported when the first message is used.
"""

from __future__ import annotations

import functools
import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lkapi.message.proto_modules import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "BUILD_LOCK",
    "find_message",
    "protobuf_error",
    "python_class",
    "schema_files",
    "upb_class",
    "upb_classes",
]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _packaged(name: str) -> bytes:
    """A data file of lkapi.protocol; also works where the package was imported from a zip."""
    package = importlib.import_module("lkapi.protocol")
    loader: Any = package.__spec__ and package.__spec__.loader
    data: bytes = loader.get_data(str(Path(package.__path__[0], name)))
    return data


def schema_files() -> Iterator[bytes]:
    """Every serialized FileDescriptorProto of the set, imported ones first."""
    data = _packaged("schema.binpb")
    at = 0
    while at < len(data):
        size, at = _varint(data, at + 1)
        yield data[at : at + size]
        at += size


@functools.cache
def _pool() -> Any:
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    for file in schema_files():
        pool.AddSerializedFile(file)
    return pool


BUILD_LOCK: Final = threading.RLock()
"""Held while the pool and the layouts are built: messages of two pools are incompatible."""


@functools.cache
def _get_message_class() -> Callable[[Any], Any]:
    from google.protobuf.message_factory import GetMessageClass

    return GetMessageClass


def protobuf_error() -> type[Exception]:
    """The base of what protobuf raises when it can neither decode nor encode."""
    from google.protobuf.message import Error

    return Error


def find_message(full_name: str) -> Any:
    """The descriptor of a message by its full name, KeyError if there is none."""
    with BUILD_LOCK:
        return _pool().FindMessageTypeByName(full_name)


def upb_class(descriptor: Any) -> Any:
    """The upb class for a descriptor of the private pool."""
    return _get_message_class()(descriptor)


def upb_classes(descriptor: Any) -> tuple[Any, ...]:
    """The upb classes of a field's values; the field keeps them referenced.

    upb discards a class without references and builds it again when needed; two threads that build
    it at once get two classes, neither of which accepts the other's messages.
    """
    if descriptor is None:
        return ()
    if descriptor.file.package != "google.protobuf":
        return (upb_class(descriptor),)
    return tuple(upb_class(each) for each in descriptor.file.message_types_by_name.values())


def python_class(descriptor: Any) -> Any:
    """The class of lkapi for a message or enum descriptor; its module is imported."""
    file = descriptor.file
    module = importlib.import_module(MODULES[file.name])
    found: Any = module
    for part in descriptor.full_name[len(file.package) + 1 :].split("."):
        found = getattr(found, part)
    return found
