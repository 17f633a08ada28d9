"""Signing in to Kafka with a token (OAUTHBEARER): the one that is valid when a connection begins."""

from __future__ import annotations

from typing import Any

from aiokafka import conn
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.tokens.token_sources import NoToken, TokenSource

OAUTHBEARER = "OAUTHBEARER"
_MOST_SAID = 200


class BrokerTokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """Shows brokers the tokens of `source`. One that was refused is exchanged, where that may help."""

    def __init__(self, source: TokenSource) -> None:
        self.problem: str | None = None
        """What the last broker that refused a token said."""
        self._source = source
        self._refused: Secret | None = None
        self._shown: Secret | None = None

    async def token(self) -> str:
        """The token. Raises KafkaConnectionError when there is none."""
        try:
            if self._refused is not None:
                await self._source.renewed(self._refused)
                self._refused = None
            self._shown = await self._source.token()
        except NoToken as error:
            self.problem = str(error)
            raise KafkaConnectionError(self.problem) from error
        return self._shown.reveal()

    def refused(self, said: bytes) -> str:
        """A broker refused the token that was shown last; in a sentence."""
        self._refused = self._shown
        words = said.decode("utf-8", "replace")[:_MOST_SAID]
        self.problem = (
            f"the brokers refuse the token of this process ({words}): its issuer, audience or scope is not theirs,"
            " or it has expired by their clock"
        )
        return self.problem


class _Strict(conn.OAuthAuthenticator):  # type: ignore[misc]
    """aiokafka takes a broker's refusal of a token (RFC 7628, 3.2.2) for its consent, and all that follows fails with
    errors that say nothing of tokens.
    """

    async def step(self, payload: bytes | None) -> Any:
        """The next message to the broker. Raises SaslAuthenticationFailed when it refuses the token."""
        provider = self._sasl_oauth_token_provider
        if self._token_sent and payload and isinstance(provider, BrokerTokenProvider):
            raise SaslAuthenticationFailed(provider.refused(payload))
        return await super().step(payload)


conn.OAuthAuthenticator = _Strict
