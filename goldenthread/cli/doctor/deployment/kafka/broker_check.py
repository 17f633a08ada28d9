"""Kafka: can this process reach the brokers and sign in, and are its topics there as it needs them?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import KafkaError

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings, CheckStopped
from goldenthread.cli.doctor.deployment.issuer import service_token
from goldenthread.cli.doctor.deployment.kafka import broker_errors, client_certificate, used_topics
from goldenthread.cli.doctor.deployment.kafka.metadata_request import ClusterMetadata
from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.certificates import CertificateProblem
from goldenthread.runtime.configuration.settings import variable
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.process.certificate_check import VARIABLES
from goldenthread.runtime.tokens.token_sources import StaticToken

_REACH_SECONDS, _ASK_SECONDS, _BROKER_SECONDS = 4.0, 3.0, 2.0
_MOST_ADDRESSES = 10
Address = tuple[str, int]


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the brokers as far as they can be asked without writing."""
    client_certificate.check(case.settings, findings)
    options = _options(case, findings, await _token(case, findings))
    addresses = [(host, port) for host, port, _ in collect_hosts(options.pop("bootstrap_servers"), False)]
    connection = await _reach(addresses[:_MOST_ADDRESSES], options, case, findings)
    try:
        async with findings.within(_ASK_SECONDS, "Kafka, once connected,", "look at the brokers' load and logs"):
            cluster = await used_topics.check(connection, case, findings)
            await _brokers(cluster, set(addresses), options, findings)
    except (KafkaError, OSError) as error:
        says, next = broker_errors.connection_problem(error, case.settings)
        raise findings.stop(f"Kafka ({case.settings.kafka}) answers no question: {says}", next) from error
    finally:
        connection.close()


def _options(case: ExaminedProcess, findings: CheckFindings, token: Secret | None) -> dict[str, Any]:
    try:
        shown = None if token is None else StaticToken(token)
        return kafka.connection_options(case.settings, f"{case.process.client}-doctor", shown)
    except CertificateProblem as error:
        mend = f"see {VARIABLES}"
        raise findings.stop(str(error), mend, "certificate") from error


async def _token(case: ExaminedProcess, findings: CheckFindings) -> Secret | None:
    """What the brokers are shown with OAUTHBEARER: a token of its own scope, where the settings name one."""
    settings = case.settings
    if not settings.shows_brokers_a_token:
        return None
    own = await case.token_task
    if settings.kafka_oauth_scope is not None:
        async with findings.within(_REACH_SECONDS, "the issuer, asked for a token for the brokers,", NO_ANSWER_ADVICE):
            own = await service_token.obtain_token(case.http, settings, settings.kafka_oauth_scope)
    if own.token is None:
        raise findings.stop(f"there is no token to show the brokers: {own.problem}", own.next)
    return own.token


async def _reach(
    addresses: list[Address], options: Mapping[str, Any], case: ExaminedProcess, findings: CheckFindings
) -> AIOKafkaConnection:
    """A connection to the first broker of the setting that answers; all are tried, and those that do not are named."""
    seconds = findings.seconds_left(_REACH_SECONDS)
    tried = await asyncio.gather(*(_connect(address, options, seconds) for address in addresses))
    reached = [each for each in tried if isinstance(each, AIOKafkaConnection)]
    for address, each in zip(addresses, tried, strict=True):
        if not isinstance(each, AIOKafkaConnection):
            says, next = broker_errors.connection_problem(each, case.settings)
            tell = findings.warning if reached else findings.problem
            tell(f"{broker_errors.address_text(address)} ({variable('kafka')}): {says}", next)
    if not reached:
        raise CheckStopped
    for spare in reached[1:]:
        spare.close()
    encrypted = ", TLS" if case.settings.kafka_security_protocol.endswith("SSL") else ""
    signed_in = f", signed in with {options['sasl_mechanism']}" if options.get("sasl_mechanism") else ""
    findings.fine(f"{len(reached)} of {len(addresses)} addresses in {variable('kafka')} answer{encrypted}{signed_in}")
    return reached[0]


async def _connect(address: Address, options: Mapping[str, Any], seconds: float) -> AIOKafkaConnection | Exception:
    """A connection, signed in; or what went wrong, `BrokerSilent` when it began and then came to nothing."""
    listens = False
    try:
        async with asyncio.timeout(seconds):
            _, probe = await asyncio.open_connection(*address)
            listens = True
            probe.close()
            with kafka.explained_errors(options):
                return await create_conn(*address, request_timeout_ms=int(seconds * 1_000), **options)
    except (KafkaError, OSError, ValueError, AssertionError) as error:
        return broker_errors.BrokerSilent() if listens and isinstance(error, TimeoutError) else error


async def _brokers(
    cluster: ClusterMetadata, known: set[Address], options: Mapping[str, Any], findings: CheckFindings
) -> None:
    """Clients go on at the addresses by which the brokers call themselves."""
    others = [(node, (host, port)) for node, host, port in cluster.brokers if (host, port) not in known]
    seconds = findings.seconds_left(_BROKER_SECONDS)
    tried = await asyncio.gather(*(_connect(address, options, seconds) for _, address in others[:_MOST_ADDRESSES]))
    for (node, address), each in zip(others, tried, strict=False):
        if isinstance(each, AIOKafkaConnection):
            each.close()
            continue
        says, at = broker_errors.broker_error_text(each), broker_errors.address_text(address)
        findings.problem(
            f"broker {node} calls itself {at}, where it cannot be reached from here: {says}",
            f"see its advertised.listeners, DNS, and {NO_ANSWER_ADVICE}",
            "brokers",
        )
