"""Which settings go together. A problem is one sentence, which names the variables and what would fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from goldenthread.runtime.configuration.issuer_combinations import claim_problems
from goldenthread.runtime.configuration.variables import FILE, variable

_TOKEN, _CLIENT, _SECRET = (variable(name) for name in ("service_token", "service_client_id", "service_client_secret"))


def combination_problems(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with settings of which each by itself is right."""
    return [
        *_sasl(values),
        *_certificates(values),
        *_server_certificate(values),
        *_ports(values),
        *claim_problems(values),
    ]


def credential_problems(given: Collection[str], needed: bool) -> Iterator[str]:
    """The service's own credentials are given in one way; in none only when they are not `needed`."""
    client = {"service_client_id", "service_client_secret"} & set(given)
    if "service_token" in given and client:
        yield f"{_TOKEN} and {' and '.join(variable(each) for each in sorted(client))} are set; leave one of them out"
    elif client == {"service_client_id"}:
        yield f"{_SECRET} is not set, nor is {_SECRET}{FILE}, which {_CLIENT} asks for"
    elif client == {"service_client_secret"}:
        yield f"{_CLIENT} is not set, which {_SECRET} asks for"
    elif needed and not client and "service_token" not in given:
        yield (
            f"{_TOKEN} is not set, nor is {_TOKEN}{FILE} (a file that is read again), nor are {_CLIENT} and {_SECRET}"
            " (OAuth client credentials): one of the three says to the other processes who this one is"
        )
    if "service_scope" in given and "service_client_id" not in given:
        yield f"{variable('service_scope')} is set, but not {_CLIENT}, with which a token of that scope is asked for"


def _sasl(values: Mapping[str, Any]) -> Iterator[str]:
    if not str(values.get("kafka_security_protocol", "")).startswith("SASL"):
        needed = []
    elif "kafka_sasl_mechanism" not in values:
        needed = ["kafka_sasl_mechanism"]
    elif values["kafka_sasl_mechanism"] == "OAUTHBEARER":
        yield from _broker_token(values)
        needed = []
    else:
        needed = [name for name in ("kafka_sasl_username", "kafka_sasl_password") if name not in values]
    for name in needed:
        yield f"{variable(name)} is not set, which {variable('kafka_security_protocol')} asks for"


def _broker_token(values: Mapping[str, Any]) -> Iterator[str]:
    if not {"service_token", "service_client_id"} & values.keys():
        yield (
            f"{variable('kafka_sasl_mechanism')} is OAUTHBEARER, which needs a token to show: set {_TOKEN}{FILE}, or"
            f" {_CLIENT} and {_SECRET}"
        )
    elif "kafka_oauth_scope" in values and "service_client_id" not in values:
        yield (
            f"{variable('kafka_oauth_scope')} is set, but not {_CLIENT}, with which a token of that scope is asked for"
        )


def _certificates(values: Mapping[str, Any]) -> Iterator[str]:
    certificate, key = "kafka_certificate_file", "kafka_key_file"
    given = [name for name in (certificate, key) if name in values]
    protocol = variable("kafka_security_protocol")
    if len(given) == 1:
        (missing,) = {certificate, key} - set(given)
        yield f"{variable(missing)} is not set, which {variable(given[0])} asks for"
    if given and not str(values.get("kafka_security_protocol", "")).endswith("SSL"):
        yield f"{variable(given[0])} is set, but {protocol} is neither SSL nor SASL_SSL, which show certificates"


def _server_certificate(values: Mapping[str, Any]) -> Iterator[str]:
    pair = {"http_certificate_file", "http_key_file"}
    given = pair & set(values)
    if len(given) == 1:
        (missing,) = pair - given
        yield f"{variable(missing)} is not set, which {variable(*given)} asks for"


def _ports(values: Mapping[str, Any]) -> Iterator[str]:
    port, host = values.get("internal_port"), values.get("internal_host")
    if port is not None and port == values.get("http_port") and host in (None, values.get("http_host")):
        yield f"{variable('internal_port')} is {variable('http_port')}; choose another one, or leave it unset"
