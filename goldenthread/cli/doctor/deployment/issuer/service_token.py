"""The token that this process shows others: can it be had, and do our processes take it for a service's?"""

from __future__ import annotations

import time

import httpx

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess, ServiceTokenResult
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.issuer import token_claims
from goldenthread.cli.doctor.deployment.issuer.token_request_advice import advice
from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE, network_error_text
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import FILE, ProcessSettings, variable
from goldenthread.runtime.configuration.small_files import UnreadableFile, read_secret
from goldenthread.runtime.identity.caller import KeysUnavailable, NotPermitted, Unauthenticated
from goldenthread.runtime.identity.issuer_verifier import ALGORITHMS
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.tokens.issuer_endpoints import TokenRequestFailed, discover, request_token
from goldenthread.runtime.tokens.token_sources import NoToken, TokenFile

_SECONDS = 4.0
_OF = "own token"


async def obtain_token(
    http: httpx.AsyncClient, settings: ProcessSettings, scope: str | None = None
) -> ServiceTokenResult:
    """The token, as the process itself gets it, within a few seconds."""
    if settings.service_client_id is not None and settings.service_client_secret is not None:
        return await _of_client(http, settings, settings.service_client_id, scope)
    if settings.service_token_file is not None:
        try:
            return ServiceTokenResult(await TokenFile(settings.service_token_file, settings.service_token).token())
        except NoToken as error:
            return ServiceTokenResult(None, str(error), f"see {variable('service_token')}{FILE}")
    return ServiceTokenResult(settings.service_token, "" if settings.service_token else "this process is given none")


async def _of_client(
    http: httpx.AsyncClient, settings: ProcessSettings, client: str, scope: str | None
) -> ServiceTokenResult:
    url = settings.service_issuer.documents
    try:
        secret = _secret(settings)
        endpoint = await discover(http, url)
        found = await request_token(http, endpoint, client, secret, scope or settings.service_scope)
    except UnreadableFile as error:
        return ServiceTokenResult(None, str(error), f"see {variable('service_client_secret')}{FILE}")
    except TokenRequestFailed as error:
        return ServiceTokenResult(None, f"the issuer gives no token to {client!r}: {error}", advice(error.error))
    except (httpx.HTTPError, TimeoutError) as error:
        return ServiceTokenResult(
            None, f"the issuer {url} gives no token to {client!r}: {network_error_text(error)}", NO_ANSWER_ADVICE
        )
    return ServiceTokenResult(found.token)


def _secret(settings: ProcessSettings) -> Secret:
    """The client's secret, as its file has it now where it is in one. Raises UnreadableFile."""
    if settings.service_client_secret_file is not None:
        return read_secret(settings.service_client_secret_file)
    assert settings.service_client_secret is not None
    return settings.service_client_secret


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the token: every claim that counts, then the signature, with what verifies it everywhere."""
    settings = case.settings
    own = await case.token_task
    if own.token is None:
        if settings.calls_others or own.next:
            findings.problem(own.problem, own.next, _OF)
        return
    found = token_claims.read_claims(own.token)
    if found is None:
        raise findings.stop(
            "it is no JWT, which is what our processes verify", "have the issuer give this client signed JWTs", _OF
        )
    wrong = token_claims.token_problems(own.token, found, settings, ALGORITHMS, time.time())
    wrong += token_claims.service_problems(found, settings)
    for each in wrong:
        findings.problem(each.says, each.next, _OF)
    if not wrong:
        await _verified(case, own.token, findings)
        _lasts(token_claims.expiry_time(found), settings, findings)


async def _verified(case: ExaminedProcess, token: Secret, findings: CheckFindings) -> None:
    try:
        async with findings.within(_SECONDS, "the issuer, asked for its keys again,", NO_ANSWER_ADVICE, _OF):
            caller = await Verifier.of(case.http, case.settings).caller(f"Bearer {token.reveal()}")
    except (Unauthenticated, KeysUnavailable, NotPermitted) as error:
        raise findings.stop(f"it is refused: {error}", "see which issuer gives it", _OF) from error
    if not caller.service:
        raise findings.stop(
            "it is not taken for a service's", f"see {case.settings.service_issuer.source('service_claim')}", _OF
        )


def _lasts(expires_at: float, settings: ProcessSettings, findings: CheckFindings) -> None:
    words = token_claims.duration_text(expires_at - time.time())
    if settings.service_client_id is not None or settings.service_token_file is not None:
        findings.fine(f"a service's, valid for {words}, and exchanged before it ends", _OF)
    else:
        findings.warning(
            f"a service's, valid for {words}, and then never exchanged ({variable('service_token')})",
            f"give it in a file ({variable('service_token')}{FILE}), or use {variable('service_client_id')}",
            _OF,
        )
