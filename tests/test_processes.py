"""What tests start is ended: processes with their children, threads with their errors."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.processes import finished, next_line, python, started, threads, wait_until

# A process that sleeps, with a child of the same kind that does not listen when it is asked to end.
FAMILY = """
import os, signal, time
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("fails", [False, True])
def test_after_the_block_a_process_and_its_children_are_gone(fails: bool) -> None:
    ours, theirs = os.pipe()  # ends once nobody holds the other side any more
    try:
        with started(python(FAMILY), stdout=subprocess.PIPE, pass_fds=[theirs]) as process:
            assert next_line(process.stdout) == "deaf"
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        assert pipe.read() == b""
    assert process.returncode == -signal.SIGTERM


def test_a_process_that_takes_too_long_is_killed() -> None:
    with started(python("input()"), limit=0.1, stdin=subprocess.PIPE) as process:
        assert process.wait() == -signal.SIGKILL


def test_a_process_that_fails_fails_the_test_with_what_it_wrote() -> None:
    with pytest.raises(AssertionError, match="status 3:\nsaid\n"):
        finished(python("import sys; print('said'); sys.exit(3)"))
    assert finished(python("import sys; sys.exit(3)"), check=False).returncode == 3


def test_what_a_thread_raises_reaches_the_test() -> None:
    with pytest.raises(ZeroDivisionError), threads(lambda: None, lambda: 1 / 0):
        pass


def test_nothing_is_waited_for_of_a_process_that_has_ended() -> None:
    with started(python("")) as process, pytest.raises(AssertionError, match="ended before"):
        wait_until(lambda: False, of=process)
