"""Which processes there are, how each is run, what each is told, and what each connects to: the one list.

The launcher starts them from it. Deployments are compared with it: a broker's permissions and a network's policies
follow from what each process reads, writes and calls. `tests/integration/test_topology.py` sees at a broker that this
is what the processes do.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS, PARTITIONS, STREAMS, dead_letter_topic
from goldenthread.launcher import gateway_address
from goldenthread.launcher.ports import HOST
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.trusted_issuers import (
    ADMINISTRATOR,
    ADMINISTRATOR_CLAIM,
    SERVICE_CLAIM,
    SERVICE_CLIENTS,
)
from goldenthread.runtime.keys.purposes import WEBHOOKS


class Process(NamedTuple):
    """One of our processes, and everything of ours that it connects to."""

    name: str
    module: str
    """Run with `python -m`."""
    database: bool
    """Whether it has a database, named like it."""
    reads: tuple[str, ...] = ()
    """The topics it consumes."""
    groups: tuple[str, ...] = ()
    """The consumer groups it does so in; without any, it assigns itself the partitions and commits no offset."""
    writes: tuple[str, ...] = ()
    """The topics it produces to, dead letters included."""
    checks_topics: bool = False
    """Whether it looks at the settings of all these topics when it starts."""
    calls: tuple[str, ...] = ()
    """The processes whose HTTP API it calls; `GOLDENTHREAD_<NAME>_URL` says where each is."""
    keys: tuple[str, ...] = ()
    """The purposes of the encryption keys that it needs."""
    internet: bool = False
    """Whether it sends to addresses that its users choose (webhooks), by HTTPS."""

    @property
    def client(self) -> str:
        """Its client id, by which the others know it for one of us."""
        return f"goldenthread-{self.name}"

    @property
    def command(self) -> tuple[str, ...]:
        """How to run it; `-P` keeps the current folder from shadowing the installed modules."""
        return (sys.executable, "-P", "-m", self.module)

    @property
    def settings(self) -> type[ProcessSettings]:
        """The class of its settings; its module is imported when they are asked for."""
        found: type[ProcessSettings] = importlib.import_module(f"{self.module}.settings").Settings
        return found


GATEWAY = "gateway"
PROCESSES = (
    Process("goals", "services.goals", database=True, writes=(GOALS,)),
    Process(
        "alignment",
        "services.alignment",
        database=True,
        reads=(GOALS,),
        groups=("goldenthread-alignment", "goldenthread-alignment-large"),  # the second with GOLDENTHREAD_SHARE=large
        writes=(ALIGNMENT, dead_letter_topic(GOALS)),
        checks_topics=True,
        calls=("goals",),
    ),
    Process(
        "notifications",
        "services.notifications",
        database=True,
        reads=(GOALS, ALIGNMENT),
        groups=("goldenthread-notifications",),
        writes=(ALERTS, dead_letter_topic(GOALS), dead_letter_topic(ALIGNMENT)),
        checks_topics=True,
        calls=("goals", "alignment"),
        keys=(WEBHOOKS,),
        internet=True,
    ),
    Process(GATEWAY, "gateway", database=False, reads=STREAMS, calls=("goals", "alignment", "notifications")),
)
EMBEDDED_PARTITIONS = 3
"""Of each stream on the embedded broker: one machine has little to share out, and each partition is asked for."""
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
    partitions: int = PARTITIONS
    gateway_host: str = HOST
    keys_file: str = ""
    """The file with the encryption keys of all processes that need some."""

    def host(self, process: str) -> str:
        """The address that `process` listens on."""
        return self.gateway_host if process == GATEWAY else HOST

    def url(self, process: str) -> str:
        """Where `process` answers HTTP to this machine."""
        return gateway_address.url(self.host(process), self.ports[process])


def environment(process: Process, wiring: Wiring, token: str | Path, log: Path | None = None) -> dict[str, str]:
    """The environment variables `process` gets. `token`: its own, or the file with it, which is read again; `log`: the
    file that its output goes to, which it then keeps short.
    """
    variables = {
        "GOLDENTHREAD_KAFKA": wiring.kafka,
        "GOLDENTHREAD_PARTITIONS": str(wiring.partitions),
        "GOLDENTHREAD_HTTP_HOST": wiring.host(process.name),
        "GOLDENTHREAD_HTTP_PORT": str(wiring.ports[process.name]),
        "GOLDENTHREAD_ISSUER": wiring.issuer,
        "GOLDENTHREAD_ISSUER_URL": wiring.issuer_url,
        "GOLDENTHREAD_AUDIENCE": wiring.audience,
        "GOLDENTHREAD_SERVICE_CLAIM": SERVICE_CLAIM,
        "GOLDENTHREAD_SERVICE_CLIENTS": " ".join(SERVICE_CLIENTS),
        "GOLDENTHREAD_ADMINISTRATOR_CLAIM": ADMINISTRATOR_CLAIM,
        "GOLDENTHREAD_ADMINISTRATOR_VALUES": ADMINISTRATOR,
        "GOLDENTHREAD_SERVICE_TOKEN_FILE" if isinstance(token, Path) else "GOLDENTHREAD_SERVICE_TOKEN": str(token),
        "GOLDENTHREAD_GOALS_URL": wiring.url("goals"),
        "GOLDENTHREAD_ALIGNMENT_URL": wiring.url("alignment"),
        "GOLDENTHREAD_NOTIFICATIONS_URL": wiring.url("notifications"),
    }
    if process.database:
        variables["GOLDENTHREAD_DATABASE_URL"] = wiring.databases[process.name].reveal()
    if process.keys:
        variables["GOLDENTHREAD_KEYS_FILE"] = wiring.keys_file
    if log is not None:
        variables["GOLDENTHREAD_LOG_FILE"] = str(log)
    return variables | (_EMBEDDED_BROKER if wiring.embedded_broker else _REAL_KAFKA)
