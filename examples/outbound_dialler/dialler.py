"""Calls a list of numbers, and says for each what came of it: answered, busy, nobody there.

It shows a phone call from the dialling to its outcome: a room with an agent for each, several calls
at once, another round for those that were busy or did not answer, and rooms of calls that failed
are deleted. A call whose outcome is unknown (the connection broke) is never placed twice.

    pip install 'lkapi-sdk[cli]'
    lkapi dev
    export LIVEKIT_URL=ws://127.0.0.1:7880 LIVEKIT_API_KEY=devkey LIVEKIT_API_SECRET=secret
    export SIP_TRUNK=$(lkapi sip outbound create --name carrier --address sip.example.com \\
        --numbers +15105550100 --quiet)
    python dialler.py +14155550100 +14155550101

With a real server the same places real calls, which your carrier bills. AGENT_NAME names the agent
that talks, RINGING_SECONDS and ROUNDS say how long and how often to try.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import lkapi
from lkapi import sip_values

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


class Outcome(Enum):
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    DECLINED = "declined"
    WRONG_NUMBER = "wrong number"
    FAILED = "failed"
    UNKNOWN = "unknown: it may have rung"


@dataclass(frozen=True)
class Call:
    number: str
    outcome: Outcome
    detail: str = ""
    room: str = ""
    try_again: bool = False


def outcome_of(error: lkapi.SIPCallError) -> Outcome:
    if error.busy:
        return Outcome.BUSY
    if error.no_answer:
        return Outcome.NO_ANSWER
    if error.declined:
        return Outcome.DECLINED
    return Outcome.WRONG_NUMBER if error.sip_status_code in (404, 484, 604) else Outcome.FAILED


@dataclass
class Dialler:
    """Dials through one trunk, ``limit`` calls at a time."""

    api: lkapi.LiveKitAPI
    trunk: str
    agent: str = ""
    ringing: float = 25
    limit: int = 5
    rounds: int = 3
    pause: float = 300
    """Seconds between two rounds."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def call_all(self, numbers: Iterable[str]) -> dict[str, Call]:
        """The last outcome of each number.

        Raises:
            lkapi.CredentialsError: key or secret are wrong, or lack ``sip.call``.
            lkapi.NotFoundError: there is no such trunk.
        """
        calls: dict[str, Call] = {}
        waiting = list(dict.fromkeys(map(sip_values.e164, numbers)))
        for attempt in range(self.rounds):
            if attempt:
                await self.sleep(self.pause)
            done = await self.api.bulk(self.call, waiting, limit=self.limit, stop_on_error=True)
            first_error = next(iter(done.failed), None)
            if first_error is not None:
                raise first_error.error or RuntimeError("unreachable")
            calls |= {call.number: call for call in done.values()}
            waiting = [number for number in waiting if calls[number].try_again]
            if not waiting:
                break
        return calls

    async def call(self, number: str) -> Call:
        """Place one call; the room stays open only if somebody picked up."""
        room = await self.open_room(number)
        try:
            await self.api.sip.create_sip_participant(
                trunk_id=self.trunk,
                sip_call_to=number,
                room_name=room,
                participant_identity=f"callee-{number}",
                wait_until_answered=True,
                ringing_timeout=self.ringing,
            )
        except lkapi.SIPCallError as error:
            detail = f"{error.sip_status_code or ''} {error.sip_status or error.message}".strip()
            call = Call(number, outcome_of(error), detail, try_again=error.retry_may_help)
        except lkapi.ResourceExhaustedError as error:  # all lines of the trunk are taken
            call = Call(number, Outcome.FAILED, error.message, try_again=True)
        except lkapi.InvalidArgumentError as error:
            call = Call(number, Outcome.WRONG_NUMBER, error.message)
        except (lkapi.TransportError, lkapi.DeadlineExceededError) as error:
            return Call(number, Outcome.UNKNOWN, str(error), room)  # somebody may be there
        else:
            return Call(number, Outcome.ANSWERED, room=room)
        await self.api.room.delete_room(room=room, missing_ok=True)
        return call

    async def open_room(self, number: str) -> str:
        """A room of its own for each call, which closes by itself if nobody comes."""
        agents = [lkapi.RoomAgentDispatch(agent_name=self.agent)] if self.agent else []
        room = await self.api.room.create_room(
            name=f"call-{number}", empty_timeout=int(self.ringing) + 60, agents=agents
        )
        return room.name


async def main(numbers: list[str]) -> int:
    async with lkapi.LiveKitAPI() as api:
        dialler = Dialler(
            api,
            trunk=os.environ["SIP_TRUNK"],
            agent=os.environ.get("AGENT_NAME", ""),
            ringing=float(os.environ.get("RINGING_SECONDS", "25")),
            rounds=int(os.environ.get("ROUNDS", "3")),
        )
        calls = await dialler.call_all(numbers)
    for number, call in calls.items():
        print(f"{number:<18}{call.outcome.value:<14}{call.detail or call.room}")
    counts = Counter(call.outcome for call in calls.values())
    return 0 if counts[Outcome.ANSWERED] == len(calls) else 1


if __name__ == "__main__":
    if len(sys.argv) == 1 or "SIP_TRUNK" not in os.environ:
        sys.exit("set SIP_TRUNK, then: python dialler.py NUMBER ...")
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except (lkapi.LiveKitError, ValueError) as error:
        sys.exit(str(error))
