"""Messages in many threads: the classes below them are made once and stay."""

from __future__ import annotations

import gc
import threading
import weakref

from lkapi.protocol.room import CreateRoomRequest
from lkapi.protocol.sip import SIPOutboundTrunkInfo, TransferSIPParticipantRequest
from tests.message.test_message_redaction import all_classes


def _nested_classes():
    """Weak references to the upb classes of all nested messages that are not in lists or maps."""
    for cls in all_classes():
        raw = cls.__layout__.raw_class()
        for field in cls.__layout__.descriptor.fields:
            if field.message_type is not None and field.has_presence:
                yield f"{cls.__proto__}.{field.name}", weakref.ref(type(getattr(raw, field.name)))


def test_upb_classes_are_not_collected():
    """A class that is made anew in two threads at once does not know the other's messages."""
    found = list(_nested_classes())
    gc.collect()
    assert len(found) > 300
    assert not [name for name, reference in found if reference() is None]


def test_threads_may_build_the_same_messages_at_once():
    """While the collector runs, too."""
    failures: list[BaseException] = []
    begin = threading.Barrier(8)

    def work() -> None:
        try:
            begin.wait()
            for number in range(40):
                request = TransferSIPParticipantRequest(transfer_to="tel:+1", ringing_timeout=30)
                longer = request.copy(ringing_timeout=number + 1)
                assert longer.ringing_timeout.seconds == number + 1
                CreateRoomRequest(name="x", egress={"room": {}, "tracks": {}}).to_bytes()
                SIPOutboundTrunkInfo(numbers=["+1"], headers={"a": "b"}).to_dict()
                if number % 10 == 0:
                    gc.collect()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
