"""A booking backend for online lessons: who may come in, who was there, recordings.

It shows seats that are limited, attendance by webhooks, and recordings that can fail.

    pip install 'lkapi-sdk[cli]' fastapi uvicorn
    lkapi dev --webhook http://127.0.0.1:8000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    uvicorn --factory classroom:make_app

With a real server, set the three variables to yours, name the route in its webhook settings, and
put your bucket into ``BUCKET``. Its tests are in ``test_classroom.py``.
"""

from __future__ import annotations

import itertools
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request

import lkapi
from lkapi.web import WebhookEndpoint
from lkapi.web.fastapi import webhook_route
from lkapi.webhook import MemoryEventStore, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lkapi.webhook import WebhookEvent

log = logging.getLogger(__name__)
BUCKET = lkapi.S3Upload(bucket="lessons", region="eu-central-1")


@dataclass
class Lesson:
    """A lesson that is booked; its room opens when the first participant joins."""

    lesson_id: str
    teacher: str
    seats: int
    students: set[str] = field(default_factory=set)
    attended: set[str] = field(default_factory=set)
    egress_id: str = ""
    recordings: list[str] = field(default_factory=list)
    over: bool = False

    @property
    def room(self) -> str:
        return f"lesson-{self.lesson_id}"


class School:
    """The lessons, kept in memory, and what LiveKit tells about them."""

    def __init__(self, api: lkapi.LiveKitAPI) -> None:
        self.api = api
        self.lessons: dict[str, Lesson] = {}
        self.ids = itertools.count(1)
        self.events = WebhookRouter(store=MemoryEventStore())
        self.events.on("participant_joined")(self.note_attendance)
        self.events.on("room_finished")(self.note_end)
        self.events.on("egress_ended")(self.note_recording)

    def book(self, teacher: str, seats: int) -> Lesson:
        lesson = Lesson(str(next(self.ids)), teacher, seats)
        self.lessons[lesson.lesson_id] = lesson
        return lesson

    def find(self, room: str) -> Lesson | None:
        return self.lessons.get(room.removeprefix("lesson-"))

    def admit(self, lesson: Lesson, user: str) -> str:
        """A token for the teacher, or for a student while there are seats."""
        is_teacher = user == lesson.teacher
        if not is_teacher and user not in lesson.students:
            if len(lesson.students) >= lesson.seats:
                raise HTTPException(409, "all seats are taken")
            lesson.students.add(user)
        grants = lkapi.VideoGrants(
            room_join=True,
            room=lesson.room,
            room_admin=is_teacher,
            can_publish=is_teacher,
            can_publish_data=True,
        )
        role = {"role": "teacher" if is_teacher else "student"}
        token = lkapi.AccessToken(identity=user, name=user.title(), ttl="10m", attributes=role)
        return token.with_grants(grants).to_jwt()

    async def record(self, lesson: Lesson) -> None:
        if lesson.egress_id:
            raise HTTPException(409, "the lesson is being recorded")
        output = lkapi.EncodedFileOutput(filepath=f"{lesson.room}-{{time}}.mp4", s3=BUCKET)
        egress = await self.api.egress.start_room_composite_egress(
            room_name=lesson.room, layout="speaker", file_outputs=[output]
        )
        lesson.egress_id = egress.egress_id

    async def end(self, lesson: Lesson) -> None:
        lesson.over = True
        await self.api.room.delete_room(room=lesson.room, missing_ok=True)

    async def end_all(self) -> int:
        """End every lesson, as at night; says how many could not be ended."""
        results = await self.api.bulk(
            self.end, [lesson for lesson in self.lessons.values() if not lesson.over]
        )
        for result in results.failed:
            log.warning("lesson %s goes on: %s", result.item.lesson_id, result.error)
        return len(results.failed)

    def note_attendance(self, event: WebhookEvent) -> None:
        lesson = self.find(event.room.name) if event.room else None
        if lesson and event.participant and event.participant.identity != lesson.teacher:
            lesson.attended.add(event.participant.identity)

    def note_end(self, event: WebhookEvent) -> None:
        lesson = self.find(event.room.name) if event.room else None
        if lesson:
            lesson.over = True

    def note_recording(self, event: WebhookEvent) -> None:
        egress = event.egress_info
        lesson = self.find(egress.room_name) if egress else None
        if lesson and egress:
            lesson.egress_id = ""
            lesson.recordings += [file.filename for file in egress.file_results if egress.succeeded]


def make_app() -> FastAPI:
    api = lkapi.LiveKitAPI()
    school = School(api)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await api.aclose()

    app = FastAPI(lifespan=lifespan)
    app.state.school = school
    app.include_router(routes)
    endpoint = WebhookEndpoint(WebhookReceiver(), school.events.adispatch)
    app.include_router(webhook_route("/livekit/webhook", endpoint))
    return app


routes = APIRouter()


def current_school(request: Request) -> School:
    school: School = request.app.state.school
    return school


def current_user(x_user: Annotated[str, Header()]) -> str:
    return x_user  # stands for your own login


UsedSchool = Annotated[School, Depends(current_school)]
User = Annotated[str, Depends(current_user)]


def known_lesson(lesson_id: str, school: UsedSchool) -> Lesson:
    lesson = school.lessons.get(lesson_id)
    if lesson is None:
        raise HTTPException(404, "no such lesson")
    return lesson


KnownLesson = Annotated[Lesson, Depends(known_lesson)]


def wanted_lesson(lesson: KnownLesson) -> Lesson:
    if lesson.over:
        raise HTTPException(410, "the lesson is over")
    return lesson


WantedLesson = Annotated[Lesson, Depends(wanted_lesson)]


def own_lesson(lesson: WantedLesson, user: User) -> Lesson:
    if user != lesson.teacher:
        raise HTTPException(403, "for the teacher")
    return lesson


OwnLesson = Annotated[Lesson, Depends(own_lesson)]


@routes.post("/lessons", status_code=201)
def book(school: UsedSchool, user: User, seats: int = 10) -> dict[str, str]:
    return {"lesson_id": school.book(user, seats).lesson_id}


@routes.get("/lessons/{lesson_id}")
def show(lesson: KnownLesson) -> dict[str, object]:
    return {
        "attended": sorted(lesson.attended),
        "recordings": lesson.recordings,
        "over": lesson.over,
    }


@routes.post("/lessons/{lesson_id}/token", status_code=201)
def token(school: UsedSchool, lesson: WantedLesson, user: User) -> dict[str, str]:
    return {"token": school.admit(lesson, user)}


@routes.post("/lessons/{lesson_id}/recording", status_code=201)
async def record(school: UsedSchool, lesson: OwnLesson) -> dict[str, str]:
    try:
        await school.record(lesson)
    except lkapi.NotFoundError:
        raise HTTPException(409, "nobody is there yet") from None
    except (lkapi.UnavailableError, lkapi.TransportError) as error:
        log.warning("no recording of lesson %s: %s", lesson.lesson_id, error)
        raise HTTPException(503, "recording is not possible now") from None
    return {"egress_id": lesson.egress_id}


@routes.delete("/lessons/{lesson_id}", status_code=204)
async def end(school: UsedSchool, lesson: OwnLesson) -> None:
    await school.end(lesson)


@routes.post("/night")
async def night(school: UsedSchool) -> dict[str, int]:
    return {"failed": await school.end_all()}
