"""Programs that serve end at a signal, whenever it comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from lkapi._signals import until_signal

# Waits again and again, interrupted at another line of Python each time, until there is none left.
AT_EACH_LINE = """
import signal, sys
from lkapi._signals import until_signal

def interrupted(at):
    lines = 0
    def trace(frame, event, argument):
        nonlocal lines
        lines += 1
        if lines == at:
            signal.raise_signal(signal.SIGTERM)
        return trace
    with until_signal() as wait:
        sys.settrace(trace)
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
            wait()
        sys.settrace(None)
    return lines >= at

at = 1
while interrupted(at):
    at += 1
print(at)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_and_the_handlers_of_before_come_back(number):
    """One that came before the wait began counts."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    with until_signal() as wait:
        signal.raise_signal(number)
        wait()
    assert {each: signal.getsignal(each) for each in before} == before


def test_a_signal_may_interrupt_the_wait_anywhere():
    """Where the wait holds a lock that the handler takes, the program would never end."""
    done = subprocess.run(
        [sys.executable, "-c", AT_EACH_LINE], capture_output=True, text=True, check=True, timeout=30
    )
    assert int(done.stdout) > 3


# A thread is busy, and gets the signal, which is blocked in the main thread.
IN_ANOTHER_THREAD = """
import os, signal, threading
from lkapi._signals import until_signal

def busy():
    while True:
        pass

with until_signal() as wait:
    threading.Thread(target=busy, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()
    wait()
print("ended")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signal masks")
def test_a_signal_that_another_thread_gets_ends_the_wait():
    """A main thread that sleeps at a lock would not hear of it."""
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_THREAD],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == "ended\n"


# A signal comes while the program is still importing what it needs.
DURING_IMPORTS = """
import runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            signal.raise_signal(number)

number, module, at = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.argv[1:] = sys.argv[4:]
sys.meta_path.insert(0, Interrupting())
runpy.run_module(module, run_name="__main__", alter_sys=True)
print("not interrupted")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("module", "at", "options"),
    [
        ("lkapi.devserver", "lkapi.devserver.program.main", []),
        ("lkapi.devserver", "lkapi.devserver.program.run", []),
        ("lkapi", "click", ["dev"]),
        ("lkapi", "lkapi.devserver.program.main", ["dev"]),
        ("lkapi", "lkapi.devserver.program.run", ["dev", "--port", "0", "--no-console"]),
    ],
)
def test_a_development_server_ends_quietly_before_it_has_begun(number, module, at, options):
    """As it does later: exit code 0, and no traceback."""
    command = [sys.executable, "-c", DURING_IMPORTS, str(int(number)), module, at, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "not interrupted" not in done.stdout
