"""Environments of processes with everything they need, and what the doctor says of them with one thing changed."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from goldenthread.cli.doctor.deployment.examination import examine_processes
from goldenthread.cli.doctor.deployment.findings import CheckFinding, FindingState
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.topology import PROCESSES, Process
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.encryption_keys import keys_file
from tests.support.services import Services

LONGEST = 10.0
"""Seconds that an operator waits, at most."""


def process(name: str) -> Process:
    return next(each for each in PROCESSES if each.name == name)


class Diagnosis:
    """What was found about one process, and how long that took."""

    def __init__(self, findings: list[CheckFinding], seconds: float) -> None:
        self.findings, self.seconds = findings, seconds

    def of(self, check: str) -> list[CheckFinding]:
        return [each for each in self.findings if each.check == check]

    @property
    def problems(self) -> dict[str, str]:
        """The checks with a problem, and the sentence with what to do."""
        return {
            each.check: f"{each.says} → {each.next}" for each in self.findings if each.state is FindingState.PROBLEM
        }

    @property
    def states(self) -> dict[str, FindingState]:
        return {each.check: each.state for each in self.findings}


class Deployment:
    """A whole installation, and the environment of each of its processes."""

    def __init__(self, services: Services, broker: Broker | ApacheKafka, issuer: Issuer) -> None:
        self.services, self.broker, self.issuer = services, broker, issuer

    def environment(self, name: str, changed: Mapping[str, str | None]) -> dict[str, str]:
        """Of a process, with changes: variables without their prefix; None for one that is not set."""
        token = self.issuer.service_token(f"goldenthread-{name}")
        variables: dict[str, str | None] = {
            "KAFKA": self.broker.address,
            "ISSUER": self.issuer.url,
            "SERVICE_TOKEN": token,
            "HTTP_HOST": "127.0.0.1",
            **{f"{each.upper()}_URL": url for each, url in self.services.urls.items()},
        }
        if name in self.services.databases:
            variables |= {"DATABASE_URL": self.services.databases[name].reveal()}
        if process(name).keys:
            variables |= {"KEYS_FILE": keys_file()}
        variables |= changed
        return {f"GOLDENTHREAD_{key}": value for key, value in variables.items() if value is not None}

    async def diagnosed(self, name: str, **changed: str | None) -> Diagnosis:
        """What the doctor says; it may not take long, whatever is wrong."""
        begun = time.monotonic()
        (report,) = await examine_processes([process(name)], self.environment(name, changed))
        seconds = time.monotonic() - begun
        assert seconds < LONGEST
        shown = " ".join(f"{each.says} {each.next}" for each in report.findings)
        for secret in ("DATABASE_URL", "SERVICE_TOKEN"):
            value = self.environment(name, changed).get(f"GOLDENTHREAD_{secret}", "")
            assert not value or (value not in shown and Secret(value) != Secret(shown))
        return Diagnosis(report.findings, seconds)


@pytest.fixture
def deployment(services: Services, broker: Broker | ApacheKafka, issuer: Issuer) -> Deployment:
    return Deployment(services, broker, issuer)
