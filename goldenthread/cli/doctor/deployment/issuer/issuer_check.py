"""The issuers: can their documents be read, are they those that the settings name, and do the clocks agree?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings, CheckStopped
from goldenthread.cli.doctor.deployment.issuer import clock_check, service_token
from goldenthread.cli.doctor.deployment.network import json_documents
from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE, network_error_text
from goldenthread.contracts.read_api import issuer_id
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer
from goldenthread.runtime.identity.issuer_verifier import ALGORITHMS

DISCOVERY = "/.well-known/openid-configuration"
_SECONDS = 4.0
"""For both documents."""


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine every issuer, side by side; then the token that one of them gave this process."""
    issuers = case.settings.trusted_issuers
    checked = {
        each.id: _issuer(case, each, findings if len(issuers) == 1 else findings.about(f"issuer {each.id}"))
        for each in issuers
    }
    read = dict(zip(checked, await asyncio.gather(*checked.values()), strict=True))
    if read[case.settings.service_issuer.id]:
        await service_token.check(case, findings)


async def _issuer(case: ExaminedProcess, trusted: TrustedIssuer, findings: CheckFindings) -> bool:
    """Examine one issuer; whether its keys can be read."""
    try:
        await _documents(case, trusted, findings)
    except CheckStopped:
        return False
    return True


async def _documents(case: ExaminedProcess, trusted: TrustedIssuer, findings: CheckFindings) -> None:
    url, source = trusted.documents, trusted.documents_source
    async with findings.within(_SECONDS, f"the issuer {url}", f"check {source}, and {NO_ANSWER_ADVICE}"):
        found = await _read(case.http, f"{url}{DISCOVERY}", source, findings)
        named = issuer_id(str(found.json.get("issuer", "")))
        if named != trusted.id:
            wanted, read = trusted.source("issuer"), trusted.source("url")
            raise findings.stop(
                f"the issuer at {url} calls itself {named!r}, and {wanted} is {trusted.issuer!r}",
                f"set {wanted} to what it calls itself, and {read} to where it is read",
            )
        await _keys(case.http, found.json, source, findings)
    gives_token = trusted.id == case.settings.service_issuer.id
    theirs = found.at or (await clock_check.time_of_own_token(case) if gives_token else None)
    clock_check.compare_clocks(theirs, datetime.now(UTC), findings)


async def _read(http: httpx.AsyncClient, url: str, source: str, findings: CheckFindings) -> json_documents.JsonAnswer:
    try:
        found = await json_documents.get_json(http, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise findings.stop(f"{url} cannot be read: {network_error_text(error)}", f"check {source}") from error
    if found.status != httpx.codes.OK or not found.json:
        said = "something that is no JSON object" if found.status == httpx.codes.OK else str(found.status)
        raise findings.stop(f"{url} answers {said}", _place(url, source))
    return found


def _place(url: str, source: str) -> str:
    """What to do about an address at which there is no document."""
    if url.count(DISCOVERY) > 1:
        return f"leave {DISCOVERY} out of {source}"
    where = "Keycloak: …/realms/REALM, Entra ID: …/TENANT/v2.0, Okta: …/oauth2/SERVER"
    return f"check {source}: below it the issuer's documents are read ({where})"


async def _keys(http: httpx.AsyncClient, discovery: dict[str, Any], source: str, findings: CheckFindings) -> None:
    where = str(discovery.get("jwks_uri", ""))
    if not where:
        raise findings.stop("the issuer's discovery document names no jwks_uri", f"check {source}")
    found = await _read(http, where, source, findings)
    try:
        keys = [key for key in KeySet.import_key_set(found.json).keys if key.key_type != "oct"]  # type: ignore[arg-type]
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise findings.stop(f"{where} holds no keys ({type(error).__name__})", f"check {source}") from error
    usable = [key for key in keys if key.get("alg") in (None, *ALGORITHMS)]
    if not usable:
        raise findings.stop(
            f"{where} has no key for any of {', '.join(ALGORITHMS)}", "have the issuer sign tokens with one of these"
        )
    findings.fine(f"{discovery['issuer']}, {len(usable)} key(s) to verify tokens with")
