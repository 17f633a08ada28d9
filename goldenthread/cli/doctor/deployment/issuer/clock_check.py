"""Whether the clocks of this machine and of an issuer agree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.issuer import token_claims

_APART = 30.0
"""Seconds that our processes allow between their clock and the issuer's."""
_LATEST = 2.0**37
"""Seconds since 1970, of times that can be shown."""
_OF, _NEXT = "clock", "have the clocks of the nodes set (NTP)"


async def time_of_own_token(case: ExaminedProcess) -> datetime | None:
    """When the issuer, by its own clock, gave this process the token that it just asked for. Keycloak, for one, says
    nowhere else what time it is. None where the process has its token from elsewhere, or the token says no time.
    """
    own = (await case.token_task).token if case.settings.service_client_id is not None else None
    issued: Any = (token_claims.read_claims(own) or {}).get("iat") if own is not None else None
    return datetime.fromtimestamp(issued, UTC) if type(issued) in (int, float) and 0 < issued < _LATEST else None


def compare_clocks(theirs: datetime | None, ours: datetime, findings: CheckFindings) -> None:
    """Report how far they are apart. `theirs` is None where the issuer does not say what time it is."""
    if theirs is None:
        findings.unknown("the issuer does not say what time it is", of=_OF)
        return
    ahead = (theirs - ours).total_seconds()
    if abs(ahead) <= _APART:
        findings.fine(f"{abs(ahead):.0f} s apart from the issuer's", _OF)
    elif ahead > 0:
        says = f"this clock is {ahead:.0f} s behind the issuer's: new tokens are refused as not valid yet"
        findings.problem(says, _NEXT, _OF)
    else:
        says = f"this clock is {-ahead:.0f} s ahead of the issuer's: tokens end so much earlier here"
        findings.warning(says, _NEXT, _OF)
