"""``lkapi doctor --migration``: each idiom that differs is found, and nothing else is."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import textwrap
from importlib import resources
from pathlib import Path

import pytest

from lkapi.cli.migration import narrowing, rules
from lkapi.cli.migration.check import check_file, check_paths
from lkapi.cli.migration.findings import DIFFERENCES, Certainty, Finding, idioms
from lkapi.cli.migration.library import fields_of
from lkapi.cli.webhooks.samples import sample_event
from lkapi.message.fields import TimeField
from lkapi.protocol import sip
from lkapi.webhook import EVENT_NAMES
from tests.cli.tools import run

ROOT = Path(__file__).resolve().parents[2]
ROWS = json.loads((resources.files("lkapi") / "compat" / "message_idioms.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "migrating.md").read_text("utf-8")

PROGRAM = """
import inspect
from datetime import timedelta
import lkapi
from google.protobuf import json_format, message, text_format
from livekit.api import (
    CreateRoomRequest, EncodedFileOutput, ParticipantInfo, Room, RoomAgentDispatch,
    SIPInboundTrunkInfo, SIPMediaConfig, TrackSource, WebhookEvent,
)
def use(
    room: Room, other: Room, data: bytes, event: WebhookEvent, output: EncodedFileOutput,
    request: CreateRoomRequest, participant: ParticipantInfo, trunk: SIPInboundTrunkInfo,
    more: list[RoomAgentDispatch],
):
    {line}
"""


def check(folder: Path, text: str) -> list[Finding]:
    """The findings in a program, its imports aside."""
    file = folder / "program.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    found = check_file(file)
    assert isinstance(found, list), found
    return [finding for finding in found if finding.certainty is not Certainty.IMPORT]


def brief(found: list[Finding]) -> list[str]:
    return [f"{f.line} {f.certainty.value} {f.idiom}" for f in found]


# the list of idioms and the checker


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["idiom"])
def test_each_idiom_of_the_list_is_found_if_it_differs(row, tmp_path):
    """And neither what works the same, nor what is to be written instead."""
    found = check(tmp_path, PROGRAM.format(line=row["livekit_api"]))
    assert [finding.idiom for finding in found] == ([] if row["works"] else [row["idiom"]])
    if not row["works"]:
        assert check(tmp_path, PROGRAM.format(line=row["lkapi"])) == []


def test_the_checker_knows_no_idiom_that_is_not_in_a_list():
    """Each name that a rule reports is in the list of idioms or of other differences."""
    names = {*idioms(), *DIFFERENCES}
    folder = ROOT / "src/lkapi/cli/migration"
    reported = {
        name
        for file in folder.glob("rules*.py")
        for name in re.findall(r'"([^"\n]+)"', file.read_text())
        if name in names
    }
    assert reported == names


def test_the_page_names_every_other_difference_that_is_found():
    for name in DIFFERENCES:
        assert f"| {name} |" in PAGE


def test_fields_known_without_a_type_are_those_of_phone_calls():
    classes = (sip.CreateSIPParticipantRequest, sip.SIPInboundTrunkInfo,
               sip.TransferSIPParticipantRequest)  # fmt: skip
    durations = {name for cls in classes for name, field in fields_of(cls).items()
                 if isinstance(field, TimeField) and not field.is_timestamp}  # fmt: skip
    assert durations == rules.TIME_FIELDS


@pytest.mark.parametrize("name", sorted(EVENT_NAMES))
def test_what_an_event_is_believed_to_have_is_there(name):
    event = sample_event(name)
    assert all(event.has_field(field) for field in narrowing.fields_of_event(name))


# what is found

IMPORTS = {
    "from api": ("from livekit import api", "api."),
    "renamed": ("from livekit import api as lk, rtc", "lk."),
    "module": ("import livekit.api as lk_api", "lk_api."),
    "dotted": ("import livekit.api", "livekit.api."),
    "name": ("from livekit.api import CreateSIPParticipantRequest as Req", "Req:"),
    "protocol": ("from livekit.protocol import sip", "sip."),
    "protocol module": ("import livekit.protocol.sip as s", "s."),
    "star": ("from livekit.api import *", ""),
    "lkapi": ("import lkapi", "lkapi."),
    "lkapi protocol": ("from lkapi.protocol.sip import CreateSIPParticipantRequest", ""),
    "inside a try": (
        "try:\n    from livekit import api\nexcept ImportError:\n    api = None",
        "api.",
    ),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_imports_and_aliases_are_followed(name, tmp_path):
    imports, prefix = IMPORTS[name]
    cls = prefix[:-1] if prefix.endswith(":") else f"{prefix}CreateSIPParticipantRequest"
    program = (
        f"{imports}\nrequest = {cls}(room_name='a')\nrequest.ringing_timeout.FromSeconds(30)\n"
    )
    (found,) = check(tmp_path, program)
    assert found.certainty is Certainty.CHANGE
    assert found.what == "request.ringing_timeout.FromSeconds(30)"
    assert found.replacement == "request.ringing_timeout = timedelta(seconds=30)"


def test_places_are_those_of_an_editor(tmp_path):
    (found,) = check(
        tmp_path,
        """\
        from livekit import api
        def f(trunk: api.SIPInboundTrunkInfo):
            print("é", trunk.media.encryption)
        """,
    )
    assert (found.line, found.column) == (3, 16)


TYPES = """
import asyncio, copy
from contextlib import asynccontextmanager
from typing import Optional
from livekit import api

client: Optional[api.LiveKitAPI] = None
receiver = api.WebhookReceiver(api.TokenVerifier("key", "secret"))

def connect():
    global client
    if client is None:
        client = api.LiveKitAPI()
    return client

@asynccontextmanager
async def borrowed():
    yield api.LiveKitAPI()

class Desk:
    trunks: list[api.SIPInboundTrunkInfo]

    def __init__(self):
        self.api = api.LiveKitAPI()
        self.last = None

    @property
    def newest(self):
        return self.trunks[-1]

    async def find(self) -> "api.SIPInboundTrunkInfo | None":
        wanted = api.ListSIPInboundTrunkRequest()
        self.last = (await self.api.sip.list_inbound_trunk(wanted)).items[0]
        self.last.media.encryption                                                       # 31
        self.newest.media.encryption                                                     # 32
        return self.last

def receive(body, auth):
    return receiver.receive(body, auth)

async def use(desk: Desk, given, numbers=[]):
    (await desk.find()).media.encryption                                                 # 39
    async with borrowed() as lk:
        rooms = await lk.room.list_rooms(api.ListRoomsRequest())
        print([room.version.unix_micro for room in rooms.rooms])                         # 42
    for _, person in enumerate((await connect().room.list_participants(given)).participants):
        person.permission.can_publish                                                    # 44
    receive("", "").room.name                                                            # 45
    egress = await asyncio.wait_for(connect().egress.list_egress(given), 3)
    next(iter(egress.items)).room_composite.layout                                       # 47
    twin = copy.deepcopy(desk.trunks[0])
    twin.media.encryption                                                                # 49
    first, second = desk.trunks[0], api.CreateRoomRequest()
    first.media.encryption, second.egress.room.room_name                                 # 51
    media = desk.trunks[0].media
    media.encryption                                                                     # 53
    lambda: first.media.encryption                                                       # 54
"""


def test_types_are_found_out(tmp_path):
    """Of variables, attributes, properties, results, elements, and through functions."""
    found = [f"{f.line} {f.idiom}" for f in check(tmp_path, TYPES)]
    expected = [int(number) for number in re.findall(r"# (\d+)$", TYPES, re.MULTILINE)]
    marked = {n for n, line in enumerate(TYPES.splitlines(), 1) if re.search(r"# \d+$", line)}
    assert len(expected) == len(marked)
    assert {int(text.split()[0]) for text in found} == marked
    assert {text.partition(" ")[2] for text in found} == {"reading an unset message"}


SURE = """
from livekit import api
from google.protobuf.duration_pb2 import Duration

event = api.WebhookEvent(event="room_started")
event.room.name = "demo"
event.room.sid = "RM_1"
request = api.CreateRoomRequest(name="a", egress=api.RoomEgress())
request.egress.room.room_name = "a"
request.egress.room.file_outputs.add(filepath="x")
other = api.RoomCompositeEgressRequest()
fill(other)
other.advanced.width = 1
call = api.CreateSIPParticipantRequest()
call.trunk.CopyFrom(api.SIPOutboundConfig(hostname="h"))
call.ringing_timeout.CopyFrom(Duration(seconds=20))
call.max_call_duration.seconds = 60
call.media.SetInParent()
print(call.ringing_timeout.seconds)
rule = api.CreateSIPDispatchRuleRequest()
rule.rule.dispatch_rule_individual.room_prefix = "call-"
rule = api.CreateSIPDispatchRuleRequest()
rule.rule.dispatch_rule_direct.CopyFrom(direct)
rule = api.CreateSIPDispatchRuleRequest()
rule.dispatch_rule.rule.dispatch_rule_callee.SetInParent()
rule = api.CreateSIPDispatchRuleRequest()
rule.room_config.agents.add(agent_name="a")
"""

INDIVIDUAL = "dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix='call-')"
CALLEE = "dispatch_rule_callee=SIPDispatchRuleCallee()"


def test_what_is_made_on_the_spot_is_certain(tmp_path):
    """A field that nobody can have set; what is written once is set from there on."""
    assert [(f.line, f.certainty.value, f.replacement) for f in check(tmp_path, SURE)] == [
        (6, "change", "event.room = Room(name='demo')"),
        (9, "change", "request.egress.room = RoomCompositeEgressRequest(room_name='a')"),
        (13, "look", "other.advanced = EncodingOptions(width=1)"),
        (15, "change", "call.trunk = api.SIPOutboundConfig(hostname='h')"),
        (16, "change", "call.ringing_timeout = timedelta(seconds=20)"),
        (17, "change", "call.max_call_duration = timedelta(seconds=60)"),
        (18, "change", "call.media = SIPMediaConfig()"),
        (19, "look", "call.ringing_timeout.total_seconds()"),
        (21, "change", f"rule.rule = SIPDispatchRule({INDIVIDUAL})"),
        (23, "change", "rule.rule = SIPDispatchRule(dispatch_rule_direct=direct)"),
        (25, "change", f"rule.dispatch_rule = SIPDispatchRuleInfo(rule=SIPDispatchRule({CALLEE}))"),
        (27, "change", "rule.room_config = RoomConfiguration(agents=…)"),
    ]


TIMES = {
    "duration.FromMilliseconds(1500)": "duration = timedelta(milliseconds=1500)",
    "duration.FromNanoseconds(a + b)": "duration = timedelta(microseconds=(a + b) / 1000)",
    "duration.FromTimedelta(delta)": "duration = delta",
    "duration.CopyFrom(other)": "duration = other",
    "duration.nanos = 5": "duration = timedelta(microseconds=5 / 1000)",
    "duration.FromJsonString('3s')": "duration = a timedelta",
    "duration.Clear()": "duration = None",
    "moment.GetCurrentTime()": "moment = datetime.now(timezone.utc)",
    "moment.FromSeconds(a + b)": "moment = datetime.fromtimestamp(a + b, timezone.utc)",
    "moment.FromMilliseconds(a + b)": (
        "moment = datetime.fromtimestamp((a + b) / 1e3, timezone.utc)"
    ),
    "moment.FromMicroseconds(n)": "moment = datetime.fromtimestamp(n / 1e6, timezone.utc)",
    "moment.nanos = n": "moment = datetime.fromtimestamp(n / 1e9, timezone.utc)",
    "moment.FromJsonString(text)": "moment = a datetime with its time zone",
}


@pytest.mark.parametrize("line", TIMES)
def test_times_are_rewritten_with_all_that_is_given(line, tmp_path):
    places = {"duration": "call.ringing_timeout", "moment": "rule.created_at"}
    (name,) = (name for name in places if line.startswith(name))
    program = f"""
        from livekit import api
        call, rule = api.CreateSIPParticipantRequest(), api.SIPDispatchRuleInfo()
        {line.replace(name, places[name], 1)}
        """
    (found,) = check(tmp_path, program)
    assert found.replacement == TIMES[line].replace(name, places[name], 1)


READ = """
from typing import Union, cast
from livekit import api

class Base:
    def __init__(self):
        self.trunk = api.SIPInboundTrunkInfo()

class Derived(Base):
    def read(self):
        self.trunk.media.encryption                                                      # 11

def typed(first: Union[api.SIPInboundTrunkInfo, None], second, odd: 5, table):
    first.media.encryption                                                               # 14
    cast(api.SIPInboundTrunkInfo, second).media.encryption                               # 15
    table[first.media.encryption]                                                        # 16
    print(odd.name, api.AccessToken.nothing, api.__version__.nothing)

def outer():
    trunk = api.SIPInboundTrunkInfo()
    def middle():
        def inner():
            nonlocal trunk
            trunk.media.encryption                                                       # 24

def branches(flag, event: api.WebhookEvent):
    request = api.CreateRoomRequest()
    if flag:
        request.egress = api.RoomEgress()
    else:
        return
    print(request.egress.participant)
    match event.event:
        case [_]:
            print(event.room.name)                                                       # 35
    if "a" < event.event < "b":
        print(event.room.name)                                                           # 37
"""


def test_fields_are_followed_through_classes_casts_and_branches(tmp_path):
    marked = [n for n, line in enumerate(READ.splitlines(), 1) if "# " in line]
    assert [f.line for f in check(tmp_path, READ)] == marked


def test_what_is_done_with_a_field_stays_in_the_replacement(tmp_path):
    found = check(
        tmp_path,
        """
        from livekit import api
        def f(event: api.WebhookEvent, trunk: api.SIPInboundTrunkInfo):
            event.room.name.startswith("a")
            print(event.room.enabled_codecs[0])
        """,
    )
    assert [finding.replacement for finding in found] == [
        "(event.room or Room()).name.startswith('a')",
        "(event.room or Room()).enabled_codecs",
    ]


def test_writing_through_a_variable_sets_the_field_that_it_was_read_from(tmp_path):
    """Once set, it is set under both names."""
    found = check(
        tmp_path,
        """
        from livekit import api
        def f(trunk: api.SIPInboundTrunkInfo, find):
            media = trunk.media
            media.encryption = 1
            print(media.encryption, trunk.media.encryption)
        def find() -> api.SIPInboundTrunkInfo: ...
        find().media.encryption = 2
        """,
    )
    assert [finding.replacement for finding in found] == [
        "trunk.media = media = SIPMediaConfig(encryption=1)",
        "find().media = SIPMediaConfig(encryption=2)",
    ]


def test_functions_of_json_format_with_keywords_and_unknown_modules(tmp_path):
    found = check(
        tmp_path,
        """
        import livekit.api.nothing
        from livekit import rtc
        from google.protobuf.json_format import ParseDict
        ParseDict(js_dict={}, message=x)
        """,
    )
    assert [(f.line, f.replacement) for f in found] == [
        (2, "lkapi has no module 'lkapi.nothing': see docs/migrating.md"),
        (5, "to_dict, to_json, from_dict or from_json of the message"),
    ]


OTHERS = """
import aiohttp, asyncio, jwt
from google.protobuf import json_format, text_format
from google.protobuf.json_format import MessageToDict, ParseDict, Parse
from google.protobuf.message import Message
from livekit import api
from livekit.api.room_service import RoomService
from livekit.protocol import analytics, egress

async def use(lk: api.LiveKitAPI, info: api.EgressInfo, thing, token):
    service = RoomService(None, "url", "key", "secret")
    try:
        await lk.room.list_rooms(api.ListRoomsRequest())
        api.TokenVerifier("k", "s").verify(token)
    except (aiohttp.ClientError, asyncio.TimeoutError):
        raise
    except jwt.PyJWTError:
        raise
    ParseDict({}, api.Room())
    Parse("{}", api.Room(), ignore_unknown_fields=True)
    MessageToDict(info, preserving_proto_field_name=True)
    MessageToDict(thing)
    list(map(MessageToDict, info.file_results))
    text_format.MessageToString(info)
    isinstance(info, Message)
    info.DESCRIPTOR, api.EgressStatus.DESCRIPTOR, egress.DESCRIPTOR, thing.DESCRIPTOR
    await lk.sip.update_inbound_trunk_fields("ST_1", numbers=[])
    lk._session
    info.nothing
    thing.ringing_timeout.FromSeconds(3)
def kind(value: api.TrackSource.ValueType): ...
"""


HANDED = """
from livekit import api
receiver = api.WebhookReceiver()

def webhook(body, auth):
    event = receiver.receive(body, auth)
    if event.event.startswith("room_"):
        opened(event, "x")
    elif event.HasField("egress_info"):
        Recordings().ended(event=event)
    either(event)
    if event.room:
        either(event)

def opened(event, word):
    print(event.room.name, word.room)
    print(event.track.sid)                                                               # 17

def either(event):
    print(event.room.name)                                                               # 20

class Recordings:
    def ended(self, event):
        print(event.egress_info.egress_id)
        self.note(event.egress_info, *[])

    @staticmethod
    def note(info, more=None):
        print(info.room_composite.layout)                                                # 29

def never(event):
    print(event.room.name)
"""


def test_what_is_handed_on_keeps_its_type_and_what_is_set(tmp_path):
    """To the functions of the same file, whose parameters have no annotation."""
    marked = [n for n, line in enumerate(HANDED.splitlines(), 1) if "# " in line]
    assert [f.line for f in check(tmp_path, HANDED)] == marked


def test_other_differences_are_found(tmp_path):
    found = check(tmp_path, OTHERS)
    assert brief(found) == [
        "8 change names that do not exist",
        "11 change services made by hand",
        "15 look exceptions of other packages",
        "15 look exceptions of other packages",
        "17 look exceptions of other packages",
        *["19 change json_format", "20 change json_format", "21 change json_format"],
        *["22 look json_format", "23 look json_format", "24 change text_format"],
        "25 change isinstance of protobuf's Message",
        *["26 change DESCRIPTOR"] * 3,
        "26 look DESCRIPTOR",
        "27 look empty lists in updates",
        *["28 change names that do not exist", "29 change names that do not exist"],
        "30 look seconds of a Duration",
        "31 change types of enum values",
    ]
    replaced = {finding.line: finding.replacement for finding in found}
    assert replaced[11] == "LiveKitAPI(url, key, secret).room"
    assert replaced[19] == "api.Room.from_dict({}, strict=True)"
    assert replaced[20] == "api.Room.from_json('{}')"
    assert replaced[21] == "info.to_dict(proto_names=True)"


def test_chains_are_reported_once_with_all_that_may_be_unset(tmp_path):
    (found,) = check(
        tmp_path,
        """
        from livekit.protocol.agent import AvailabilityRequest
        def f(message: AvailabilityRequest):
            return message.job.room.name
        """,
    )
    assert found.what == "message.job.room.name"
    assert found.replacement == "((message.job or Job()).room or Room()).name"


# what is not found

NOTHING = '''
"""Programs that run on lkapi as they are, and things of others that look alike."""
import aiohttp, logging
from dataclasses import dataclass
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from livekit import api, rtc
from livekit.agents import JobContext

class Query:
    DESCRIPTOR = "of another kind"

    @property
    def room(self):
        return self

@dataclass
class Settings:
    rooms: dict[str, str]

def others(query: Query, words: Settings, ctx: JobContext, person: rtc.RemoteParticipant):
    seen = set()
    seen.add(3)
    query.room.name = query.DESCRIPTOR
    json_format.MessageToDict(Struct())
    Duration(seconds=3).ToTimedelta().seconds
    wait = Duration()
    wait.seconds = 3
    words.rooms["a"], {"k": 1}["k"], person.attributes["sip.callID"]
    ctx.room.name, person.permissions.can_publish
    try:
        aiohttp.request("GET", "http://localhost")
    except aiohttp.ClientError:
        pass

def webhook(event: api.WebhookEvent):
    name = event.event
    if name == "room_started":
        print(event.room.name)
    elif event.event in ("participant_joined", "participant_left"):
        print(event.room.name, event.participant.identity)
    elif event.event.startswith("egress_"):
        print(event.egress_info.egress_id)
    if not event.HasField("ingress_info"):
        return
    print(event.ingress_info.ingress_id)
    match event.event:
        case "track_published" | "track_unpublished":
            print(event.track.sid, event.participant.identity)

def guarded(event: api.WebhookEvent, info: api.EgressInfo, trunk: api.SIPInboundTrunkInfo):
    room = event.room
    if room is None:
        return
    print(room.name, event.room.name)
    print(event.participant.identity if event.participant else "")
    print(event.track and event.track.sid, not event.room or event.room.sid)
    if event.egress_info is not None and event.egress_info.egress_id:
        print(event.egress_info.room_name)
    if info.WhichOneof("request") == "room_composite":
        print(info.room_composite.layout)
    if (media := trunk.media) is not None:
        print(media.encryption)
    assert event.ingress_info
    print(event.ingress_info.state.status if event.ingress_info.state else 0)
    print([e.room.name for e in [event] if e.room])
    print((trunk.media or api.SIPMediaConfig()).encryption)
    print(getattr(event.room, "name", ""), trunk.created_at.timestamp())
    while event.participant:
        print(event.participant.sid)

async def calls(lk: api.LiveKitAPI):
    request = api.RoomCompositeEgressRequest(
        room_name="a",
        file_outputs=[api.EncodedFileOutput(filepath="x", s3=api.S3Upload(bucket="b"))],
        advanced=api.EncodingOptions(width=1),
    )
    request.advanced.width = 2
    request.file_outputs.add(filepath="y").s3 = api.S3Upload(bucket="c")
    request.file_outputs[0].s3 = api.S3Upload()
    request.file_outputs[0].s3.bucket = "d"
    request.stream_outputs.append(api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=["u"]))
    info = await lk.egress.start_room_composite_egress(request)
    logging.info("%s %s", info.egress_id, api.EgressStatus.Name(info.status))
    token = api.AccessToken("k", "s").with_identity("a").with_grants(api.VideoGrants(room="a"))
    token.with_room_config(api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name="x")]))
    dial = api.CreateSIPParticipantRequest(ringing_timeout=Duration(seconds=3))
    dial.participant_attributes["k"] = "v"
    print(dial.participant_attributes["k"], dial.participant_attributes.get("z"))
    if "y" in dial.participant_attributes:
        print(dial.participant_attributes["y"])
    dial.participant_attributes.update({"a": "b"})
    copied = api.Room()
    copied.CopyFrom(api.Room(name="x"))
    copied.HasField("version"), copied.ListFields(), copied.SerializeToString()
    try:
        await lk.room.delete_room(api.DeleteRoomRequest(room="a"))
    except api.TwirpError as error:
        print(error.code, error.message, error.status, error.metadata)
    finally:
        await lk.aclose()
'''


def test_nothing_is_found_where_nothing_differs(tmp_path):
    assert brief(check(tmp_path, NOTHING)) == []


ODD = """
from __future__ import annotations
from livekit import api, protocol
from livekit.protocol import *
from . import sibling
import livekit, os.path as p

def odd(a: tuple[()], b: "not an annotation", /, c: api.Room = None, *rest: int, d=lambda x=1: x):
    nonlocal_ = 0
    def inner():
        nonlocal nonlocal_
        global found
        nonlocal_ += 1
        found = api.Room(name="a")
        del found
        return [y for y in rest if (z := y)], {k: v for k, v in d.items()}, *a
    (first, *others), third = inner(), 3
    first[0], others[-1:], [*a, *b][0] = 1, 2, 3
    with open("x") as (one, two), b: pass
    for i, (j, k) in enumerate([(1, 2)]):
        continue
    else:
        k: int
    while True:
        break
    try:
        raise KeyError from None
    except* ValueError as group:
        pass
    match a:
        case {"k": [int(), *tail], **others} if tail: return
        case api.Room(name=name) | str(name): pass
        case None: return
    async def walk():
        yield (await sibling.thing).x if [x async for x in a] else f"{a!r:>{d}}"
        async with a as b, c: return
    return walk()()[0].y.z

class Odd(api.Room, metaclass=type, key=1):
    x = y = lambda self: self.x.y
    @staticmethod
    def s(a): return a
    @classmethod
    def c(cls): return cls.x, cls().x, super().x
Odd().nothing.nothing, Odd.s(1), Odd.c()[0], protocol.models.Room, livekit.nothing, p.join
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* is younger")
def test_every_kind_of_statement_is_walked_through(tmp_path):
    assert check(tmp_path, ODD) == []


def test_messages_of_others_are_left_alone(tmp_path):
    """In a file that has generated messages of its own, only what is known to be LiveKit's."""
    found = check(
        tmp_path,
        """
        from google.protobuf.json_format import MessageToDict
        from livekit import api
        from shop import order_pb2
        def f(order, room: api.Room, placed: order_pb2.Order):
            MessageToDict(order), order.DESCRIPTOR, MessageToDict(placed), placed.DESCRIPTOR
            order_pb2.DESCRIPTOR, MessageToDict(order_pb2.Order()), map(MessageToDict, order)
            return MessageToDict(room)
        """,
    )
    assert brief(found) == ["8 change json_format"]
    without = (
        "from google.protobuf.json_format import MessageToDict\nMessageToDict(x)\nx.DESCRIPTOR\n"
    )
    assert check(tmp_path, without) == []


def test_the_examples_need_no_change():
    """They are programs for lkapi."""
    report = check_paths([str(ROOT / "examples")])
    assert report.files >= 8
    assert (report.findings, report.unreadable) == ([], [])


def test_programs_written_for_livekit_api_need_little():
    """Those that run on lkapi unchanged in another test: their imports, and one to look at."""
    report = check_paths([str(ROOT / "tests/programs")])
    assert report.of(Certainty.CHANGE) == []
    assert [finding.what for finding in report.of(Certainty.LOOK)] == [
        "made.rule.WhichOneof('rule')"
    ]
    assert {f.replacement for f in report.of(Certainty.IMPORT)} >= {
        "import lkapi as api",
        "from lkapi.protocol import sip as proto_sip",
    }


# files and the command


def test_folders_are_walked(tmp_path):
    """Without hidden folders, environments, caches, and links that lead in a circle."""
    line = "from livekit import api\n"
    for name in ("a.py", "b.txt", "sub/c.py", ".hidden/d.py", "env/e.py", "node_modules/f.py",
                 "sub/__pycache__/g.py", "env/lib/site-packages/h.py"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line)
    (tmp_path / "env/pyvenv.cfg").touch()
    (tmp_path / "sub/loop").symlink_to(tmp_path)
    report = check_paths([str(tmp_path), str(tmp_path / "a.py"), str(tmp_path / "b.txt")])
    names = [Path(finding.path).name for finding in report.findings]
    assert (names, report.files) == (["a.py", "c.py", "b.txt"], 3)


def test_files_that_cannot_be_read_do_not_stop_the_others(tmp_path):
    """Each is told by name with the reason; the exit code says that something was not read."""
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: utf-8 -*-\nname = '\xe9'\n")
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "gone.py")
    (tmp_path / "null.py").write_bytes(b"x = 1\x00\n")
    (tmp_path / "warns.py").write_text("import re\nre.compile('\\d')\n")
    (tmp_path / "good.py").write_text("from livekit import api\n")
    code, out, err = run("doctor", "--migration", str(tmp_path))
    assert code == 2
    assert f"{tmp_path}/good.py:1:1  from livekit import api  → import lkapi as api" in out
    assert re.search(r"broken\.py is not Python of version 3\.\d+\.\d+ in line 1: ", err)
    assert re.search(r"latin\.py is (not in the encoding|not Python)", err)
    assert "nowhere.py cannot be read: No such file" in err
    assert "null.py is not Python" in err
    assert "2 files read: 0 places to change, 0 to look at, 1 imports" in err


@pytest.mark.parametrize(
    "text",
    ["x = " + "-" * 20_000 + "1\n", "from livekit import api\nx" + ".a" * 800 + "\n"],
    ids=["to be read", "to be checked"],
)
def test_a_file_that_is_nested_too_deeply_is_told(text, tmp_path):
    (tmp_path / "deep.py").write_text(text)
    code, out, _ = run("doctor", "--migration", "--json", str(tmp_path))
    (unreadable,) = json.loads(out)["unreadable"]
    assert code == 2
    assert unreadable["path"] == str(tmp_path / "deep.py")
    assert "nested too deeply" in unreadable["reason"]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "app.py").write_text("from livekit import api\n")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    code, _, err = run("doctor", "--migration", str(tmp_path))
    assert code == 2
    assert f"{tmp_path}/closed cannot be listed: Permission denied" in err
    assert "1 files read" in err


PROBLEM = """\
from livekit import api
open("imported", "w")
request = api.CreateSIPParticipantRequest()
request.media.encryption = 1
async def f(lk: api.LiveKitAPI, event: api.WebhookEvent):
    return event.room.name
"""


def test_the_command(tmp_path, monkeypatch):
    """Groups with reasons, a line for each place, an exit code by what was found; no import."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(PROBLEM)
    code, out, err = run("doctor", "--migration", "app.py")
    assert code == 16
    assert "writing into an unset message, does not work on lkapi: a field of message type" in out
    assert (
        "app.py:4:1  request.media.encryption = 1  → request.media = SIPMediaConfig(encryption=1)"
    ) in out
    assert "reading an unset message, may need a change: " in out
    assert "app.py:6:12  event.room.name  → (event.room or Room()).name" in out
    assert "1 files read: 1 places to change, 1 to look at, 1 imports" in err
    assert not (tmp_path / "imported").exists()
    code, quiet, err = run("doctor", "--migration", "--quiet", "app.py")
    assert (code, len(quiet.splitlines()), err) == (16, 2, "")


def test_the_document_for_programs(tmp_path):
    (tmp_path / "app.py").write_text(PROBLEM)
    code, out, _ = run("doctor", "--migration", "--json", str(tmp_path))
    told = json.loads(out)
    assert (code, told["exitCode"], told["files"], told["unreadable"]) == (16, 16, 1, [])
    assert [finding["certainty"] for finding in told["findings"]] == ["import", "change", "look"]
    assert told["findings"][1] == {
        "path": str(tmp_path / "app.py"),
        "line": 4,
        "column": 1,
        "idiom": "writing into an unset message",
        "certainty": "change",
        "what": "request.media.encryption = 1",
        "replacement": "request.media = SIPMediaConfig(encryption=1)",
    }
    assert set(told["reasons"]) == {finding["idiom"] for finding in told["findings"]}


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("from livekit import api\n", 0),
        ("", 0),
        ("from livekit import api\ndef f(e: api.WebhookEvent):\n    e.room.name\n", 15),
    ],
)
def test_exit_codes_of_harmless_programs(program, code, tmp_path):
    (tmp_path / "app.py").write_text(program)
    assert run("doctor", "--migration", str(tmp_path))[0] == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["app"], "paths are for --migration"),
        (["--migration"], "needs a file or folder"),
        (["--migration", "--offline", "."], "exclude each other"),
        (["--migration", "no-such-folder"], "does not exist"),
    ],
)
def test_wrong_command_lines(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    code, out, err = run("doctor", *arguments)
    assert (code, out) == (2, "")
    assert said in err
