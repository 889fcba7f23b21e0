"""Helpers for egress requests and for recording templates.

They return parts of ordinary requests:
``start_room_composite_egress(room_name="demo", **outputs(mp4, hls), **encoding(options))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import attrs

from lkapi.protocol.egress import (
    EncodedFileOutput,
    EncodingOptions,
    EncodingOptionsPreset,
    FileOutput,
    ImageOutput,
    Output,
    SegmentedFileOutput,
    StorageConfig,
    StreamOutput,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EgressEncoding",
    "EgressOutputs",
    "TemplateQuery",
    "encoding",
    "output",
    "outputs",
    "template_url",
]


class EgressOutputs(TypedDict, total=False):
    """The four lists of outputs that the composite, web and participant requests have."""

    file_outputs: list[EncodedFileOutput]
    stream_outputs: list[StreamOutput]
    segment_outputs: list[SegmentedFileOutput]
    image_outputs: list[ImageOutput]


class EgressEncoding(TypedDict, total=False):
    """The two fields that set the encoding; a request has only one of them."""

    preset: EncodingOptionsPreset | int
    advanced: EncodingOptions


_LISTS = {
    EncodedFileOutput: "file_outputs",
    StreamOutput: "stream_outputs",
    SegmentedFileOutput: "segment_outputs",
    ImageOutput: "image_outputs",
}
_MEMBERS = {
    FileOutput: "file",
    StreamOutput: "stream",
    SegmentedFileOutput: "segments",
    ImageOutput: "images",
}


def outputs(
    *items: EncodedFileOutput | StreamOutput | SegmentedFileOutput | ImageOutput,
) -> EgressOutputs:
    """Sort outputs into the lists of a request: ``**outputs(mp4, hls)``.

    Raises:
        TypeError: for anything that is not an output.
    """
    found: dict[str, list[object]] = {}
    for item in items:
        name = _LISTS.get(type(item))
        if name is None:
            raise TypeError(f"{type(item).__name__} is not an egress output: give {_names(_LISTS)}")
        found.setdefault(name, []).append(item)
    return cast("EgressOutputs", found)


def encoding(value: EncodingOptionsPreset | EncodingOptions | int) -> EgressEncoding:
    """A preset or the options themselves as keywords of a request: ``**encoding(options)``."""
    if isinstance(value, EncodingOptions):
        return {"advanced": value}
    return {"preset": value}


def output(
    item: EncodedFileOutput | FileOutput | StreamOutput | SegmentedFileOutput | ImageOutput,
    storage: StorageConfig | None = None,
) -> Output:
    """One entry of ``StartEgressRequest.outputs``.

    An ``EncodedFileOutput``, as the older requests use it, is split into file and storage.

    Args:
        item: the output.
        storage: where to store it; by default the request's ``storage`` or the server's setting is
            used.

    Raises:
        TypeError: for anything that is not an output.
    """
    if isinstance(item, EncodedFileOutput):
        return _encoded_file(item, storage)
    name = _MEMBERS.get(type(item))
    if name is None:
        raise TypeError(f"{type(item).__name__} is not an egress output: give {_names(_MEMBERS)}")
    made = Output(storage=storage)
    setattr(made, name, item)
    return made


def _encoded_file(item: EncodedFileOutput, storage: StorageConfig | None) -> Output:
    file = FileOutput(
        file_type=item.file_type, filepath=item.filepath, disable_manifest=item.disable_manifest
    )
    own = StorageConfig(s3=item.s3, gcp=item.gcp, azure=item.azure, aliOSS=item.aliOSS)
    return Output(file=file, storage=storage or (own if item.which_oneof("output") else None))


def _names(table: Mapping[type, object]) -> str:
    return ", ".join(kind.__name__ for kind in table)


def template_url(base: str, *, url: str, token: str, layout: str = "", **parameters: str) -> str:
    """Build the address that the recorder opens for a custom template, to preview it in a browser.

    The recorder adds ``url``, ``token`` and ``layout`` to the ``custom_base_url`` of the request;
    parameters that are there already are kept.

    Args:
        base: ``custom_base_url``.
        url: the server, ``wss://…``.
        token: a token for the room; the recorder's own token makes it a hidden participant that may
            subscribe.
        layout: layout of the request.
        parameters: further parameters for the template.
    """
    parts = urlsplit(base)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [*parameters.items(), ("url", url), ("token", token), ("layout", layout)]
    return urlunsplit(parts._replace(query=urlencode(query)))


@attrs.frozen(kw_only=True)
class TemplateQuery:
    """What the recorder passes to a custom template, for templates rendered by a Python backend."""

    url: str
    """The server to connect to."""
    token: str = attrs.field(repr=False)
    """Token to connect with."""
    layout: str = ""
    """Layout of the request, empty for the template's own choice."""
    parameters: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    """The other parameters of ``custom_base_url``."""

    @classmethod
    def from_url(cls, address: str) -> TemplateQuery:
        """Read the address or the query string that the template was opened with.

        Raises:
            ValueError: if ``url`` or ``token`` is missing.
        """
        text = urlsplit(address).query if "?" in address else address
        found = dict(parse_qsl(text, keep_blank_values=True))
        missing = [name for name in ("url", "token") if not found.get(name)]
        if missing:
            raise ValueError(f"the template was opened without {' and '.join(missing)}")
        own = {
            name: value for name, value in found.items() if name not in ("url", "token", "layout")
        }
        return cls(
            url=found["url"], token=found["token"], layout=found.get("layout", ""), parameters=own
        )
