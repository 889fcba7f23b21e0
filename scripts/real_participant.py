"""A participant over WebRTC who publishes a microphone and takes what comes, until disconnected.

Needs the package `livekit`. LIVEKIT_URL and LIVEKIT_TOKEN say where to. Prints what happens, a line
each.
"""

from __future__ import annotations

import asyncio
import os
import time

from livekit import rtc

_RATE = 48_000
_LONGEST = 60
"""Seconds after which it leaves by itself."""


async def main() -> None:
    room, gone = rtc.Room(), asyncio.Event()

    @room.on("disconnected")
    def left(reason: object) -> None:
        print("disconnected", reason, flush=True)
        gone.set()

    @room.on("track_muted")
    def muted(participant: rtc.Participant, publication: rtc.TrackPublication) -> None:
        print("muted", participant.identity, publication.name, flush=True)

    @room.on("data_received")
    def received(packet: rtc.DataPacket) -> None:
        print("data", packet.data.decode(), flush=True)

    await room.connect(os.environ["LIVEKIT_URL"], os.environ["LIVEKIT_TOKEN"])

    @room.local_participant.register_rpc_method("greet")
    async def greet(call: rtc.RpcInvocationData) -> str:
        return f"hello, {call.payload}"

    source = rtc.AudioSource(_RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("mic", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)
    print("published", room.local_participant.identity, flush=True)
    silence = rtc.AudioFrame.create(_RATE, 1, _RATE // 50)
    end = time.monotonic() + _LONGEST
    while not gone.is_set() and time.monotonic() < end:
        await source.capture_frame(silence)


if __name__ == "__main__":
    asyncio.run(main())
