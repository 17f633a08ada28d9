"""A child process that ends when we do, also when we are killed: so nothing goes on running after Ctrl-C in a run whose
tests are in several processes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def ending_with_parent() -> Callable[[], None]:
    """What the child runs before its program (`preexec_fn`): it gets SIGINT when we have ended. Linux only."""
    parent = os.getpid()

    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT))
            if os.getppid() != parent:
                os._exit(1)

    return prepare
