"""The Internet, for a process that sends to addresses which its users choose."""

from __future__ import annotations

import asyncio
import socket

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings

_SECONDS = 3.0
_PUBLIC = "example.com"
"""A name that stays (RFC 2606)."""
_MEND = "let it ask a name server for public names, or have webhooks within the network only"


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Whether public names can be resolved. That they cannot be is right in a closed network."""
    if not case.process.internet:
        return
    try:
        async with asyncio.timeout(findings.seconds_left(_SECONDS)):
            await asyncio.get_running_loop().getaddrinfo(_PUBLIC, 443, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        findings.warning(f"{_PUBLIC} cannot be resolved here: webhooks to the Internet cannot be delivered", _MEND)
    else:
        findings.fine("public names can be resolved, as webhooks need")
