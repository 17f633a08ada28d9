"""A provider that rotates its keys, restarts, or is away for a while."""

from __future__ import annotations

import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.tokens.client_credentials import ClientCredentials, OAuthClient
from goldenthread.runtime.tokens.token_sources import NoToken
from tests.integration.identity.conftest import Reader
from tests.support.asgi_server import eventually
from tests.support.openid.oidc_provider.server import OidcProvider

pytestmark = pytest.mark.openid

KEYS_ARE_READ_AGAIN, KEYS_ARE_OLD = 1.1, 301.0
"""Seconds after the keys were read: a token that names an unknown key has them read again; any token does."""


async def test_after_a_rotation_new_tokens_are_taken_at_once_and_old_ones_while_their_key_is_published(
    provider: OidcProvider, reader: Reader
) -> None:
    old = await provider.person_token("ada")
    await reader.caller(old)
    await provider.rotate(keep_old=True)
    reader.clock.now = KEYS_ARE_READ_AGAIN
    new = await provider.person_token("ada")
    assert (await reader.caller(new)).subject == (await reader.caller(old)).subject == "ada"


async def test_old_tokens_are_taken_until_the_keys_are_read_again_without_theirs(
    provider: OidcProvider, reader: Reader
) -> None:
    old = await provider.person_token("ada")
    await reader.caller(old)
    await provider.rotate(keep_old=False)
    assert (await reader.caller(old)).subject == "ada"
    reader.clock.now = KEYS_ARE_OLD
    await reader.caller(old)  # the keys are read while it is answered
    await reader.verifier.issuers[0].keys.fetched()
    assert await reader.refusal(old)
    assert (await reader.caller(await provider.person_token("ada"))).subject == "ada"


async def test_a_restart_of_the_provider_keeps_nobody_out(provider: OidcProvider, reader: Reader) -> None:
    before = await provider.person_token("ada")
    await reader.caller(before)
    await provider.stop()
    reader.clock.now = KEYS_ARE_OLD
    assert (await reader.caller(before)).subject == "ada"
    await reader.verifier.issuers[0].keys.fetched()
    await provider.start()
    assert (await reader.caller(await provider.person_token("ada"))).subject == "ada"


async def test_a_service_gets_its_tokens_again_after_a_restart(
    http: httpx.AsyncClient, provider: OidcProvider, reader: Reader
) -> None:
    client = OAuthClient("goldenthread-gateway", Secret(provider.secret), "goldenthread")
    source = ClientCredentials(http, provider.issuer, client)
    await provider.stop()
    with pytest.raises(NoToken, match="gives no token to 'goldenthread-gateway': ConnectError"):
        await source.token()
    await provider.start()
    await eventually(lambda: _gives(source))
    assert (await reader.caller((await source.token()).reveal())).service
    assert source.problem() is None


async def test_a_service_with_a_wrong_secret_is_told_what_the_provider_says(
    http: httpx.AsyncClient, provider: OidcProvider
) -> None:
    source = ClientCredentials(http, provider.issuer, OAuthClient("goldenthread-gateway", Secret("another")))
    with pytest.raises(NoToken, match="answers 401: invalid_client client authentication failed"):
        await source.token()


async def _gives(source: ClientCredentials) -> bool:
    try:
        await source.token()
    except NoToken:
        return False
    return True
