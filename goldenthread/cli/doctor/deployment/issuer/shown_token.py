"""A token that an operator shows the doctor, a person's as a rule: who it speaks for here, or why it is refused."""

from __future__ import annotations

import time

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.issuer import token_claims
from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE
from goldenthread.contracts import texts
from goldenthread.runtime.identity.caller import Caller, KeysUnavailable, NotPermitted, Unauthenticated
from goldenthread.runtime.identity.issuer_verifier import ALGORITHMS
from goldenthread.runtime.identity.verifier import Verifier

_SECONDS = 4.0
_MOST_SHOWN = 5


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the token, if one is shown: every claim that counts, then the signature."""
    if case.shown_token is None:
        return
    claims = token_claims.read_claims(case.shown_token)
    if claims is None:
        raise findings.stop(
            "the token that was shown is no JWT", "show an access token, and have the issuer sign access tokens as JWTs"
        )
    wrong = token_claims.token_problems(case.shown_token, claims, case.settings, ALGORITHMS, time.time())
    for each in wrong:
        findings.problem(each.says, each.next)
    if not wrong:
        findings.fine(
            _words(await _verified(case, case.shown_token.reveal(), findings), token_claims.expiry_time(claims))
        )


async def _verified(case: ExaminedProcess, token: str, findings: CheckFindings) -> Caller:
    try:
        async with findings.within(_SECONDS, "the issuer, asked for its keys,", NO_ANSWER_ADVICE):
            return await Verifier.of(case.http, case.settings).caller(f"Bearer {token}")
    except (Unauthenticated, NotPermitted, KeysUnavailable) as error:
        raise findings.stop(
            f"it is refused: {error}", "see docs/signin/README.md for the claims and settings"
        ) from error


def _words(caller: Caller, expires_at: float) -> str:
    lasts = f"valid for {token_claims.duration_text(expires_at - time.time())}"
    if caller.service:
        return f"it is a service's: {caller.subject!r} of {caller.issuer}, {lasts}"
    organizations = texts.first_of(caller.organizations, _MOST_SHOWN) if caller.organizations else "no organization"
    administers = ", an administrator of the installation" if caller.installation_administrator else ""
    return f"it is of the login {caller.subject!r} of {caller.issuer}{administers}, for {organizations}, {lasts}"
