"""Tests that interrupt a process do not depend on the shell that they are run from; what they start ends with them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

ASK = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
PROGRAM = f"""
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
{{heed}}
subprocess.run([sys.executable, "-c", {ASK!r}], check=True)
"""


def child_is_interruptible(heed: str) -> bool:
    """Of a process that was started with SIGINT ignored and has run `heed`: whether SIGINT interrupts its children."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(heed=heed)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip() == "True"


def test_sigint_reaches_what_tests_start_also_from_a_shell_that_ignores_it() -> None:
    assert not child_is_interruptible("")
    assert child_is_interruptible("from tests.support.interrupts import heed_interrupts; heed_interrupts()")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_a_child_ends_when_its_parent_is_killed() -> None:
    program = """
import subprocess, sys
from tests.support.ending_with_parent import ending_with_parent
waiting = [sys.executable, "-c", "input()"]
child = subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True, preexec_fn=ending_with_parent())
print("started", flush=True)
child.wait()
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    parent.kill()
    # The child holds the other end of this pipe, too: it is at its end when both have ended.
    assert parent.communicate(timeout=60)[0] == b""


def test_this_run_heeds_it() -> None:
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
