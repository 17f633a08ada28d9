"""Whether SIGINT ends the processes that tests start: each inherits that from the shell that the run began in.

A shell without job control starts what runs in its background with SIGINT ignored; Python then leaves it ignored.
"""

from __future__ import annotations

import signal


def heed_interrupts() -> None:
    """From now on SIGINT interrupts this process, and ends those that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
