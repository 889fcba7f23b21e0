"""What can be done to an existing egress: stop it, change its layout or its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lkapi.console.actions.action import CallAction, Form
from lkapi.console.actions.reading import FormError
from lkapi.console.actions.shown import Command
from lkapi.console.pages.recording.words import describe_outputs, describe_source
from lkapi.presentation.texts import show_duration

if TYPE_CHECKING:
    import lkapi
    from lkapi.console.console import Console

__all__ = ["EGRESS_ACTIONS"]


async def _find(console: Console, egress_id: str) -> lkapi.EgressInfo | None:
    found: lkapi.EgressInfo | None = (await console.store.read(f"egress-one:{egress_id}")).value
    return found


async def _ends(console: Console, request: Any) -> str:
    info = await _find(console, request.egress_id)
    if info is None:
        return "There is no such egress now."
    if info.is_terminal:
        return "It is over already."
    lasted = console.now() - info.started_at / 1e9 if info.started_at else 0.0
    going = f", which has run for {show_duration(int(lasted))}" if lasted >= 1 else ""
    outputs = ", ".join(describe_outputs(info))
    what = f": {outputs}" if outputs else ""
    return f"Ends the recording of {describe_source(info)}{going}{what}. Files are completed."


async def _layout(console: Console, given: Form) -> Any:
    """The current layout, if the egress has one."""
    from lkapi.methods.egress import UPDATE_LAYOUT

    info = await _find(console, given.get("egress_id", ""))
    source = info.room_composite if info is not None else None
    if source is None and info is not None and info.egress is not None:
        layout = info.egress.template.layout if info.egress.template is not None else ""
    else:
        layout = source.layout if source is not None else ""
    return UPDATE_LAYOUT.request(layout=layout)


def _check_streams(request: Any) -> None:
    """Raise FormError unless something is added or removed."""
    if not request.add_output_urls and not request.remove_output_urls:
        raise FormError({"add_output_urls": "name a url to add, or one to remove"})


_AFTER: Final = ("egress", "egress-one", "egress-now", "room-egress")

EGRESS_ACTIONS: Final = (
    CallAction(
        name="egress.stop",
        title="Stop the egress",
        row_name="egress.STOP_EGRESS",
        fixed=("egress_id",),
        required=("egress_id",),
        command=Command(words="egress stop", arguments=("egress_id",), asks=True),
        destroys=True,
        what_ends=_ends,
        topics=_AFTER,
        button="Stop",
        done="{egress_id} is being stopped.",
    ),
    CallAction(
        name="egress.layout",
        title="Change the layout",
        row_name="egress.UPDATE_LAYOUT",
        fixed=("egress_id",),
        fields=("layout",),
        required=("egress_id", "layout"),
        before=_layout,
        about="For the recording of a room: grid, speaker, single-speaker, or your own.",
        command=Command(words="egress layout", arguments=("egress_id", "layout")),
        topics=_AFTER,
        button="Change",
        done="{egress_id} has the layout {layout}.",
    ),
    CallAction(
        name="egress.streams",
        title="Add or remove streams",
        row_name="egress.UPDATE_STREAM",
        fixed=("egress_id",),
        fields=("add_output_urls", "remove_output_urls"),
        required=("egress_id",),
        labels={"add_output_urls": "Stream to", "remove_output_urls": "Stream no more to"},
        helps={
            "add_output_urls": "One url a line, with its key. It is hidden in code and log.",
            "remove_output_urls": "One full url a line, exactly as it was given.",
        },
        about="For an egress that was started with streams.",
        adjust=_check_streams,
        command=Command(
            words="egress stream", arguments=("egress_id",),
            flags={"add_output_urls": "--add", "remove_output_urls": "--remove"},
        ),
        topics=_AFTER,
        button="Change",
        done="The streams of {egress_id} were changed.",
    ),
)  # fmt: skip
"""For one egress each."""
