"""Recordings to storage: started by a webhook, tried again when they fail, deleted after a time.

It shows how a recording is followed from its start to its end without losing one: each is noted in
a database as soon as it has an id, webhooks move it on, and ``sweep`` finds what no webhook told.
It runs from cron, stops what records a room that is gone, and deletes files that are too old.

    pip install 'lkapi-sdk[cli]' flask
    lkapi dev --webhook http://127.0.0.1:5000/livekit/webhook
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    RECORDING_BUCKET=takes flask --app 'pipeline:make_app()' run
    python pipeline.py sweep

With a real server, name the route in its webhook settings, and give RECORDING_S3_KEY and
RECORDING_S3_SECRET unless its recorders have the bucket's credentials themselves.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, jsonify

import lkapi
from lkapi.web import WebhookEndpoint
from lkapi.web.flask import webhook_route
from lkapi.webhook import MemoryEventStore, WebhookReceiver, WebhookRouter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from lkapi.protocol.egress import EgressInfo
    from lkapi.webhook import WebhookEvent

log = logging.getLogger(__name__)
ATTEMPTS = 3
TABLE = """CREATE TABLE IF NOT EXISTS recordings (
    egress_id TEXT PRIMARY KEY, room TEXT NOT NULL, attempt INTEGER NOT NULL,
    state TEXT NOT NULL, files TEXT NOT NULL DEFAULT '[]', ended REAL NOT NULL DEFAULT 0
)"""


class Storage(Protocol):
    """Where the files lie; with boto3, ``delete`` is ``client.delete_object(Bucket=…, Key=…)``."""

    def delete(self, filename: str) -> None: ...


class Logged:
    """Deletes nothing: for trying out."""

    def delete(self, filename: str) -> None:
        log.warning("%s would be deleted", filename)


class Pipeline:
    """The recordings of rooms whose name begins with ``prefix``.

    A row's state is ``running``, ``stored``, ``failed`` or ``deleted``.
    """

    def __init__(
        self,
        api: lkapi.SyncLiveKitAPI,
        storage: Storage,
        database: str,
        *,
        bucket: lkapi.S3Upload,
        prefix: str = "",
        keep: float = 30 * 86400,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.api, self.storage, self.database = api, storage, database
        self.bucket, self.prefix, self.keep, self.clock = bucket, prefix, keep, clock
        self.execute(TABLE)
        self.events = WebhookRouter(store=MemoryEventStore())  # several processes: RedisEventStore
        self.events.on("room_started")(self.begin)
        self.events.on("egress_ended")(self.end)

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    # webhooks

    def begin(self, event: WebhookEvent) -> None:
        """What is raised here makes the route answer 500, and LiveKit sends the event again."""
        if event.room is not None and event.room.name.startswith(self.prefix):
            self.start(event.room.name)

    def end(self, event: WebhookEvent) -> None:
        if event.egress_info is not None:
            self.settle(event.egress_info)

    # recordings

    def start(self, room: str, attempt: int = 1) -> None:
        """Start a recording unless one is running: an earlier call may have been heard."""
        running = self.api.egress.list_egress(room_name=room, active=True).items
        output = lkapi.EncodedFileOutput(filepath=f"{room}/{{time}}.mp4", s3=self.bucket)
        try:
            egress = running[0] if running else self.api.egress.start_room_composite_egress(
                room_name=room, layout="speaker", file_outputs=[output]
            )  # fmt: skip
        except lkapi.NotFoundError:
            log.info("%s is over before its recording began", room)
            return
        insert = (
            "INSERT OR IGNORE INTO recordings (egress_id, room, attempt, state) VALUES (?,?,?,?)"
        )
        self.execute(insert, egress.egress_id, room, attempt, "running")

    def settle(self, info: EgressInfo) -> None:
        """Note how a recording ended, and begin another one if it failed while its room is open."""
        found = self.execute(
            "SELECT attempt FROM recordings WHERE egress_id = ? AND state = 'running'",
            info.egress_id,
        )
        if not found:
            return  # not ours, or settled before
        (attempt,) = found[0]
        if not info.succeeded:
            log.warning("%s, recording %s failed: %s", info.room_name, attempt, info.error)
            if attempt < ATTEMPTS and self.is_open(info.room_name):
                # Before the end is noted: if this raises, LiveKit tells of the end once more.
                self.start(info.room_name, attempt + 1)
        files = json.dumps([file.filename for file in info.file_results if info.succeeded])
        self.execute(
            "UPDATE recordings SET state = ?, files = ?, ended = ? WHERE egress_id = ?",
            "stored" if info.succeeded else "failed", files, self.clock(), info.egress_id,
        )  # fmt: skip

    def is_open(self, room: str) -> bool:
        return bool(self.api.room.list_rooms(names=[room]).rooms)

    # what cron does

    def sweep(self) -> dict[str, int]:
        """Settle what no webhook told, stop what has no room, delete what is too old."""
        counts = {"settled": 0, "stopped": 0, "running": 0, "left": 0, "deleted": 0}
        running = "SELECT egress_id, room FROM recordings WHERE state = 'running'"
        for egress_id, room in self.execute(running):
            counts[self.move_on(egress_id, room)] += 1
        counts["deleted"] = self.delete_old()
        return counts

    def look_up(self, egress_id: str, room: str) -> EgressInfo:
        """What the server knows of it; servers forget what ended long ago."""
        try:
            return self.api.egress.get_egress(egress_id)
        except lkapi.NotFoundError:
            failed = lkapi.EgressStatus.EGRESS_FAILED
            return lkapi.EgressInfo(egress_id=egress_id, room_name=room, status=failed)

    def move_on(self, egress_id: str, room: str) -> str:
        """Settle one that has ended, stop one whose room is gone; which of them it was."""
        try:
            info = self.look_up(egress_id, room)
            if info.is_terminal:
                self.settle(info)
                return "settled"
            if self.is_open(room):
                return "running"
            self.api.egress.stop_egress(egress_id=egress_id, ended_ok=True, missing_ok=True)
        except (lkapi.APIError, lkapi.TransportError) as error:
            log.warning("%s is left for the next sweep: %s", room, error)
            return "left"
        return "stopped"

    def delete_old(self) -> int:
        old = self.execute(
            "SELECT egress_id, files FROM recordings WHERE state = 'stored' AND ended < ?",
            self.clock() - self.keep,
        )
        for egress_id, files in old:
            for filename in json.loads(files):
                self.storage.delete(filename)
            self.execute("UPDATE recordings SET state = 'deleted' WHERE egress_id = ?", egress_id)
        return len(old)


def make_pipeline() -> Pipeline:
    """With settings from the environment."""
    bucket = lkapi.S3Upload(
        bucket=os.environ.get("RECORDING_BUCKET", "recordings"),
        region=os.environ.get("RECORDING_REGION", ""),
        access_key=os.environ.get("RECORDING_S3_KEY", ""),
        secret=os.environ.get("RECORDING_S3_SECRET", ""),
    )
    return Pipeline(
        lkapi.SyncLiveKitAPI(),
        Logged(),
        os.environ.get("RECORDING_DATABASE", "recordings.sqlite3"),
        bucket=bucket,
        prefix=os.environ.get("RECORDING_PREFIX", ""),
        keep=float(os.environ.get("RECORDING_DAYS", "30")) * 86400,
    )


def make_app(pipeline: Pipeline | None = None) -> Flask:
    kept = pipeline or make_pipeline()
    app = Flask(__name__)
    endpoint = WebhookEndpoint(WebhookReceiver(), kept.events.dispatch)
    app.register_blueprint(webhook_route("/livekit/webhook", endpoint))

    @app.get("/recordings/<room>")
    def list_recordings(room: str) -> Response:
        rows = kept.execute("SELECT state, files FROM recordings WHERE room = ?", room)
        return jsonify([{"state": state, "files": json.loads(files)} for state, files in rows])

    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    if sys.argv[1:] != ["sweep"]:
        sys.exit("python pipeline.py sweep; the webhook route is started by flask")
    print(make_pipeline().sweep())
