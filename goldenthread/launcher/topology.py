"""Which processes there are, how each is run, and what each is told: the one list.

The launcher starts them from it, and deployments can be compared with it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import gateway_address
from goldenthread.launcher.ports import HOST
from goldenthread.runtime.settings import SERVICE_CLAIM, SERVICE_CLIENTS


class Process(NamedTuple):
    """One of our processes: `module` is run with `python -m`; `database` says whether it has one, named like it."""

    name: str
    module: str
    database: bool

    @property
    def client(self) -> str:
        """Its client id, by which the others know it for one of us."""
        return f"goldenthread-{self.name}"

    @property
    def command(self) -> tuple[str, ...]:
        """How to run it; `-P` keeps the current folder from shadowing the installed modules."""
        return (sys.executable, "-P", "-m", self.module)


GATEWAY = "gateway"
PROCESSES = (
    Process("goals", "services.goals", database=True),
    Process("alignment", "services.alignment", database=True),
    Process("notifications", "services.notifications", database=True),
    Process(GATEWAY, "gateway", database=False),
)
DATABASES = tuple(process.name for process in PROCESSES if process.database)

_EMBEDDED_BROKER = {
    "GOLDENTHREAD_KAFKA_IDEMPOTENT": "false",
    "GOLDENTHREAD_KAFKA_FETCH_WAIT_MS": "10",
    "GOLDENTHREAD_KAFKA_SESSION_TIMEOUT_MS": "3000",
}
_REAL_KAFKA = {"GOLDENTHREAD_KAFKA_IDEMPOTENT": "true"}


@dataclass(frozen=True)
class Wiring:
    """Where everything is: what the processes' environments are made of."""

    databases: Mapping[str, Secret]
    kafka: str
    embedded_broker: bool
    ports: Mapping[str, int]
    issuer: str
    audience: str
    issuer_url: str = ""
    """Where the issuer's documents are read; the issuer itself unless given."""
    gateway_host: str = HOST

    def host(self, process: str) -> str:
        """The address that `process` listens on."""
        return self.gateway_host if process == GATEWAY else HOST

    def url(self, process: str) -> str:
        """Where `process` answers HTTP to this machine."""
        return gateway_address.url(self.host(process), self.ports[process])


def environment(process: Process, wiring: Wiring, service_token: str) -> dict[str, str]:
    """The environment variables `process` gets."""
    variables = {
        "GOLDENTHREAD_KAFKA": wiring.kafka,
        "GOLDENTHREAD_HTTP_HOST": wiring.host(process.name),
        "GOLDENTHREAD_HTTP_PORT": str(wiring.ports[process.name]),
        "GOLDENTHREAD_ISSUER": wiring.issuer,
        "GOLDENTHREAD_ISSUER_URL": wiring.issuer_url,
        "GOLDENTHREAD_AUDIENCE": wiring.audience,
        "GOLDENTHREAD_SERVICE_CLAIM": SERVICE_CLAIM,
        "GOLDENTHREAD_SERVICE_CLIENTS": " ".join(SERVICE_CLIENTS),
        "GOLDENTHREAD_SERVICE_TOKEN": service_token,
        "GOLDENTHREAD_GOALS_URL": wiring.url("goals"),
        "GOLDENTHREAD_ALIGNMENT_URL": wiring.url("alignment"),
        "GOLDENTHREAD_NOTIFICATIONS_URL": wiring.url("notifications"),
    }
    if process.database:
        variables["GOLDENTHREAD_DATABASE_URL"] = wiring.databases[process.name].reveal()
    return variables | (_EMBEDDED_BROKER if wiring.embedded_broker else _REAL_KAFKA)
