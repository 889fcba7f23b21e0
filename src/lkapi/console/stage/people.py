"""People of the simulated world: joining, leaving, publishing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import lkapi
from lkapi.console.actions.inputs import Input
from lkapi.console.stage.action import WorldAction
from lkapi.presentation.enum_names import find_member, short_names

if TYPE_CHECKING:
    from lkapi.console.actions.action import Form
    from lkapi.console.console import Stage

__all__ = ["PEOPLE"]

_SOURCES: Final = tuple((name, name.replace("_", " ")) for name in short_names(lkapi.TrackSource))
_KINDS: Final = tuple((one, one) for one in ("standard", "agent", "sip", "ingress", "egress"))
_ROOM: Final = Input(name="room", label="Room", kind="text", required=True)
_WHERE: Final = (
    Input(name="room", label="Room", kind="text", required=True, fixed=True),
    Input(name="identity", label="Identity", kind="text", required=True, fixed=True),
)


def find_person(stage: Stage, form: Form) -> Any:
    """The simulated participant of a form.

    Raises:
        ValueError: there is no such participant.
    """
    found = stage.server.world.find_participant(form["room"], form["identity"])
    if found is None:
        raise ValueError(f"there is no participant {form['identity']!r} in {form['room']!r}")
    return found


def _token(stage: Stage, form: Form) -> str:
    key, secret = next(iter(stage.server.world.config.keys.items()))
    return lkapi.AccessToken(
        key,
        secret,
        identity=form["identity"],
        name=form.get("name") or None,
        metadata=form.get("metadata") or None,
        kind=_kind(form),
        grants=lkapi.VideoGrants(
            room_join=True,
            room=form["room"],
            can_publish=form.get("publishes") != "no",
            hidden=bool(form.get("hidden")) or None,
        ),
    ).to_jwt()


def _kind(form: Form) -> Any:
    kind = form.get("kind") or "standard"
    if kind not in dict(_KINDS):
        raise ValueError(f"there is no kind {kind!r}")
    return kind


def _join(stage: Stage, form: Form) -> str:
    person = stage.server.world.join(_token(stage, form))
    if form.get("publishes") in ("microphone", "both"):
        _publish_source(person, "microphone", "")
    if form.get("publishes") in ("camera", "both"):
        _publish_source(person, "camera", "")
    return f"{person.identity} joined {person.room_name}."


def _join_python(form: Form) -> str:
    grants = f"room_join=True, room={_quote(form['room'])}"
    if form.get("publishes") == "no":
        grants += ", can_publish=False"
    if form.get("hidden"):
        grants += ", hidden=True"
    rest = "".join(
        f"    {name}={_quote(form[name])},\n"
        for name in ("name", "metadata")
        if form.get(name, "").strip()
    )
    if form.get("kind", "standard") != "standard":
        rest += f"    kind={_quote(form['kind'])},\n"
    published = {"microphone": ("MICROPHONE",), "camera": ("CAMERA",)}
    both = {"both": ("MICROPHONE", "CAMERA"), **published}
    calls = "".join(
        f"person.publish(source=lkapi.TrackSource.{source}, "
        f"type=lkapi.TrackType.{'VIDEO' if source == 'CAMERA' else 'AUDIO'})\n"
        for source in both.get(form.get("publishes", ""), ())
    )
    return (
        f"import lkapi\n\ntoken = lkapi.AccessToken(\n    identity={_quote(form['identity'])},\n"
        f"{rest}    grants=lkapi.VideoGrants({grants}),\n)\n"
        f"person = world.join(token.to_jwt())\n{calls}"
    ).rstrip()


def _publish_source(person: Any, source: str, name: str) -> Any:
    member = find_member(lkapi.TrackSource, source)
    video = member in (lkapi.TrackSource.CAMERA, lkapi.TrackSource.SCREEN_SHARE)
    kind = lkapi.TrackType.VIDEO if video else lkapi.TrackType.AUDIO
    extra = {"width": 1280, "height": 720} if video else {}
    mime = "video/VP8" if video else "audio/opus"
    return person.publish(name or source, source=member, type=kind, mime_type=mime, **extra)


def _publish(stage: Stage, form: Form) -> str:
    track = _publish_source(find_person(stage, form), form["source"], form.get("name", ""))
    return f"{form['identity']} publishes {track.sid}."


def _unpublish(stage: Stage, form: Form) -> str:
    find_person(stage, form).unpublish(form["track_sid"])
    return f"{form['track_sid']} is not published any more."


def _leave(stage: Stage, form: Form) -> str:
    find_person(stage, form).leave()
    return f"{form['identity']} left {form['room']}."


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _who(form: Form) -> str:
    return f"world.find_participant({_quote(form['room'])}, {_quote(form['identity'])})"


def _publish_python(form: Form) -> str:
    member = find_member(lkapi.TrackSource, form["source"]).name
    name = _quote(form.get("name") or form["source"])
    return f"import lkapi\n\n{_who(form)}.publish({name}, source=lkapi.TrackSource.{member})"


def _unpublish_python(form: Form) -> str:
    return f"{_who(form)}.unpublish({_quote(form['track_sid'])})"


def _leave_python(form: Form) -> str:
    return f"{_who(form)}.leave()"


PEOPLE: Final = (
    WorldAction(
        name="world.join",
        title="Join a room",
        about="A simulated participant joins, with a real token.",
        form=(
            _ROOM,
            Input(name="identity", label="Identity", kind="text", required=True),
            Input(name="name", label="Name", kind="text"),
            Input(name="kind", label="Kind", kind="choice", value="standard", choices=_KINDS),
            Input(
                name="publishes", label="Publishes", kind="choice", value="microphone",
                choices=(
                    ("microphone", "a microphone"), ("camera", "a camera"), ("both", "both"),
                    ("nothing", "nothing yet"), ("no", "nothing (not allowed)"),
                ),
            ),
            Input(name="hidden", label="Hidden from the others", kind="check"),
            Input(name="metadata", label="Metadata", kind="area"),
        ),
        do=_join,
        python=_join_python,
        button="Join",
    ),
    WorldAction(
        name="world.publish",
        title="Publish a track",
        form=(
            *_WHERE,
            Input(
                name="source", label="Source", kind="choice", value="microphone", choices=_SOURCES
            ),
            Input(name="name", label="Name", kind="text"),
        ),
        do=_publish,
        python=_publish_python,
        button="Publish",
    ),
    WorldAction(
        name="world.unpublish",
        title="Unpublish a track",
        form=(
            *_WHERE,
            Input(name="track_sid", label="Track SID", kind="text", required=True, fixed=True),
        ),
        do=_unpublish,
        python=_unpublish_python,
        button="Unpublish",
    ),
    WorldAction(
        name="world.leave",
        title="Leave the room",
        about="The participant leaves by itself, as when a browser is closed.",
        form=_WHERE,
        do=_leave,
        python=_leave_python,
        button="Leave",
    ),
)  # fmt: skip
"""What participants do."""
