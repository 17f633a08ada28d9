"""The gateway's reader of the topics is made as the settings say how to sign in to Kafka."""

from __future__ import annotations

from typing import cast
from unittest.mock import Mock

from gateway.live.kafka_tail import KafkaTail
from gateway.live.organization_cache import OrganizationCache
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.tokens.token_sources import StaticToken


def test_it_signs_in_with_a_token_wherever_it_reaches_the_brokers() -> None:
    settings = ProcessSettings(
        kafka="nowhere:1",
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="OAUTHBEARER",
        issuer="http://nobody",
    )
    KafkaTail(settings, cast(OrganizationCache, Mock()), StaticToken(Secret("token")))
