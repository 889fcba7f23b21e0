"""``lkapi egress start``: one command for each kind of egress, with flags for the usual outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from lkapi.cli.groups import Group
from lkapi.cli.options import SectionOption
from lkapi.cli.rows import RowCommand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["start"]

start = Group("start", help="Start an egress.")

OUTPUTS: Final = "What comes out"
_OUTPUT_FLAGS: Final = (
    "--file", "--segments", "--images", "--stream", "--outputs", "--websocket-url",
)  # fmt: skip
_LISTS: Final = ("file_outputs", "stream_outputs", "segment_outputs", "image_outputs")


class StartCommand(RowCommand):
    """Starts an egress; if output or storage is missing, the error names the flags for them."""

    def perform(self, ctx: click.Context) -> Any:
        """Start it."""
        from lkapi.errors import InvalidArgumentError

        try:
            return super().perform(ctx)
        except InvalidArgumentError as error:
            if "output" in error.message:
                error.hint = self._outputs(ctx)
            raise

    def _outputs(self, ctx: click.Context) -> str:
        taken = {name for option in self.get_params(ctx) for name in option.opts}
        flags = [flag for flag in _OUTPUT_FLAGS if flag in taken]
        return (
            f"name an output ({', '.join(flags)}); for files add --storage, unless the server has "
            "storage of its own, which LiveKit Cloud does not have"
        )


def _options() -> list[click.Parameter]:
    def add(*names: str, help: str, metavar: str = "PATH") -> SectionOption:  # noqa: A002
        several = metavar != "JSON"
        return SectionOption(*names, section=OUTPUTS, multiple=several, metavar=metavar, help=help)

    return [
        add("files", "--file", help="A file: demo.mp4, {room_name}-{time}.ogg."),
        add("streams", "--stream", metavar="URL", help="A stream: rtmp://..., srt://..."),
        add("segments", "--segments", help="HLS segments whose names begin with this."),
        add("images", "--images", help="Images whose names begin with this."),
        add(
            "storage",
            "--storage",
            metavar="JSON",
            help="Where files go (StorageConfig), as JSON, @FILE or -: "
            """{"s3": {"bucket": ...}}; the server's own storage by default.""",
        ),
    ]


def _set_outputs(
    request: Any, *, files: tuple[str, ...], streams: tuple[str, ...], segments: tuple[str, ...],
    images: tuple[str, ...], storage: str | None,
) -> None:  # fmt: skip
    """Put the outputs of the flags into the request."""
    from lkapi.protocol.egress import (
        EncodedFileOutput,
        ImageOutput,
        SegmentedFileOutput,
        StreamOutput,
    )

    request.file_outputs = [
        *request.file_outputs,
        *(EncodedFileOutput(filepath=one) for one in files),
    ]
    if streams:
        request.stream_outputs = [*request.stream_outputs, StreamOutput(urls=list(streams))]
    request.segment_outputs = [
        *request.segment_outputs,
        *(SegmentedFileOutput(filename_prefix=one) for one in segments),
    ]
    request.image_outputs = [
        *request.image_outputs,
        *(ImageOutput(filename_prefix=one) for one in images),
    ]
    if storage:
        stored = (request.file_outputs, request.segment_outputs, request.image_outputs)
        _store(storage, (output for outputs in stored for output in outputs))


def _store(storage: str, outputs: Iterable[Any]) -> None:
    """Give outputs the storage that the JSON describes."""
    from lkapi.cli.flags.requests import read_json
    from lkapi.protocol.egress import StorageConfig

    config = read_json(StorageConfig, storage, option="--storage")
    place = config.which_oneof("provider")
    if place is None:
        raise click.UsageError(
            """--storage: name one of s3, gcp, azure and aliOSS: '{"s3": {"bucket": "takes"}}'"""
        )
    chosen = list(outputs)
    for output in chosen:
        setattr(output, place, getattr(config, place).copy())
    if not chosen:
        raise click.UsageError("--storage goes with --file, --segments or --images")


def _commands() -> Iterator[StartCommand]:
    older = ("file", "stream", "segments", *_LISTS)
    shared: dict[str, Any] = {"skip": older, "key": "egress_id", "adjust": _set_outputs}
    yield StartCommand(
        "room",
        "egress.START_ROOM_COMPOSITE_EGRESS",
        arguments=("room_name",),
        required=("room_name",),
        params=_options(),
        help="Record a whole room, composed by a layout.",
        examples=[
            """lkapi egress start room demo --file a.mp4 --storage '{"s3": {"bucket": "takes"}}'""",
            "lkapi egress start room demo --stream rtmp://live.example.com/app/key --layout grid",
        ],
        **shared,
    )
    yield StartCommand(
        "web",
        "egress.START_WEB_EGRESS",
        arguments=("url",),
        required=("url",),
        params=_options(),
        help="Record a web page.",
        examples=[
            "lkapi egress start web https://example.com/page --segments page --storage s3.json"
        ],
        **shared,
    )
    yield StartCommand(
        "participant",
        "egress.START_PARTICIPANT_EGRESS",
        arguments=("room_name", "identity"),
        required=("room_name", "identity"),
        params=_options(),
        help="Record one participant.",
        examples=["lkapi egress start participant demo ann --file ann.mp4 --storage s3.json"],
        **shared,
    )
    yield StartCommand(
        "tracks",
        "egress.START_TRACK_COMPOSITE_EGRESS",
        arguments=("room_name",),
        required=("room_name",),
        names={"audio_track_id": "--audio", "video_track_id": "--video"},
        params=_options(),
        help="Record an audio and a video track together.",
        examples=["lkapi egress start tracks demo --audio $TRACK --file ann.ogg --storage s3.json"],
        **shared,
    )


def _set_direct_file(request: Any, *, path: str | None, storage: str | None) -> None:
    from lkapi.protocol.egress import DirectFileOutput

    if path:
        request.file = DirectFileOutput(filepath=path)
    if storage:
        _store(storage, [] if request.file is None else [request.file])


for _command in _commands():
    start.add_command(_command)

start.add_command(
    StartCommand(
        "track",
        "egress.START_TRACK_EGRESS",
        arguments=("room_name", "track_id"),
        required=("room_name", "track_id"),
        skip=("file",),
        key="egress_id",
        params=[
            SectionOption("path", "--file", section=OUTPUTS, metavar="PATH", help="A file."),
            SectionOption(
                "--storage", section=OUTPUTS, metavar="JSON", help="Where the file goes."
            ),
        ],
        adjust=_set_direct_file,
        help="Record one track as it is, without transcoding.",
        examples=["lkapi egress start track demo $TRACK --file ann.ogg --storage s3.json"],
    )
)

start.add_command(
    StartCommand(
        "any",
        "egress.START_EGRESS",
        required=("room_name",),
        names={"room_name": "--room"},
        key="egress_id",
        help="Start an egress of any kind from the newer request, StartEgressRequest.",
        examples=[
            (
                "lkapi egress start any --room demo --template '{}' "
                """--outputs '{"file": {"filepath": "a.mp4"}}' --storage s3.json"""
            )
        ],
    )
)
