"""Errors of brokers in words: why there is no connection, and what to do."""

from __future__ import annotations

import ssl

from aiokafka.errors import (
    AuthenticationFailedError,
    BrokerResponseError,
    IllegalSaslStateError,
    KafkaError,
    UnsupportedSaslMechanismError,
)

from goldenthread.cli.doctor.deployment.network.network_errors import NO_ANSWER_ADVICE, network_error_text
from goldenthread.runtime.configuration.settings import ProcessSettings, variable
from goldenthread.runtime.process.certificate_check import VARIABLES

_SIGN_IN = (AuthenticationFailedError, IllegalSaslStateError)


class BrokerSilent(TimeoutError):
    """A broker takes connections and says nothing."""


def address_text(address: tuple[str, int]) -> str:
    """HOST:PORT."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def connection_problem(error: BaseException, settings: ProcessSettings) -> tuple[str, str]:
    """Why there is no connection, and what to do."""
    says, protocol = broker_error_text(error), variable("kafka_security_protocol")
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"it does not know {settings.kafka_sasl_mechanism} ({says})", f"see {variable('kafka_sasl_mechanism')}"
    if _refused(error):
        return f"it refuses the sign-in of this process ({says})", f"see {_credentials(settings)}"
    if isinstance(error, ssl.SSLError):  # a CertificateProblem among them, which names what it is about
        return says, f"see {protocol} ({settings.kafka_security_protocol}), {VARIABLES}"
    # A broker that takes TLS for a large request resets the connection.
    if isinstance(error, KafkaError | BrokerSilent | ConnectionResetError):
        says = (
            "it takes the connection, and says nothing"
            if isinstance(error, BrokerSilent)
            else f"it ends the connection ({says})"
        )
        advice = f"see {protocol} ({settings.kafka_security_protocol}): it may want TLS or a sign-in, or speak none"
        return says, f"see whether it hangs; else {advice}" if isinstance(error, BrokerSilent) else advice
    return says, f"check {variable('kafka')}" if "DNS" in says else f"see whether it runs, and {NO_ANSWER_ADVICE}"


def broker_error_text(error: BaseException) -> str:
    """What went wrong, without the name of a class where there are words."""
    return (
        network_error_text(error) if not isinstance(error, KafkaError) else str(error).strip() or type(error).__name__
    )


def _refused(error: BaseException) -> bool:
    """Kafka's errors for a sign-in that failed: SASL_AUTHENTICATION_FAILED, and one that came to no answer."""
    return isinstance(error, _SIGN_IN) or (isinstance(error, BrokerResponseError) and error.errno == 58)


def _credentials(settings: ProcessSettings) -> str:
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        return f"the own token of this process, and {variable('kafka_sasl_mechanism')}"
    return f"{variable('kafka_sasl_username')} and {variable('kafka_sasl_password')}"
