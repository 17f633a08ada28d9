"""The four processes as they are run, read by a real Prometheus, and people who work with them: changes, verdicts, an
alert, a webhook, a refused command.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.prometheus_server import PrometheusServer, prometheus_server
from tests.support.real_processes import Processes, starting
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver


class MonitoredInstallation:
    """Processes, the Prometheus that reads them, and a receiver of webhooks."""

    def __init__(
        self, processes: Processes, prometheus: PrometheusServer, issuer: Issuer, hooks: WebhookReceiver
    ) -> None:
        self.processes, self.prometheus, self.hooks = processes, prometheus, hooks
        self._issuer = issuer

    async def organization(self, name: str) -> MonitoredOrganization:
        """A new organization of this name with a purpose."""
        id = f"org_{uuid.uuid4().hex}"
        asked = {"id": id, "name": name, "admin_name": "Ada", "admin_subject": "ada"}
        goals, gateway = self.processes.running["goals"].url, self.processes.running["gateway"].url
        (await self.processes.http.post(f"{goals}/v1/organizations", json=asked)).raise_for_status()
        tokens = [self._issuer.person_token(login, id) for login in ("ada", "lea")]
        made = MonitoredOrganization(*(Client(self.processes.http, f"{gateway}/graphql", each) for each in tokens))
        await made.begin()
        return made


class MonitoredOrganization:
    """One organization: Ada leads all of it, Lea a unit below."""

    def __init__(self, ada: Client, lea: Client) -> None:
        self.ada, self.lea = ada, lea
        self.root = self.unit = ""

    async def begin(self) -> None:
        """The purpose, and Lea's unit."""
        found = await self.ada.until("{ units { nodes { id } } }", lambda data: data["units"]["nodes"])
        self.root = found["units"]["nodes"][0]["id"]
        await self.ada.do("publishPurpose", "purpose { id }", {"statement": "Be useful"})
        asked = {"name": "Service", "function": "TECHNOLOGY", "parent": self.root}
        self.unit = (await self.ada.do("createUnit", "unit { id }", asked))["unit"]["id"]
        role = {"role": "LEAD", "unit": self.unit}
        await self.ada.do("addPerson", "person { id }", {"name": "Lea", "subject": "lea", "roles": [role]})

    async def why(self, statement: str) -> str:
        """A why for both units."""
        asked = {"statement": statement, "because": "People wait", "audience": [self.root, self.unit]}
        return str((await self.ada.do("publishWhy", "why { id }", asked))["why"]["id"])

    async def objective(self, title: str, parent: str) -> str:
        """An objective of Ada's unit below `parent`."""
        asked = {"title": title, "owners": [self.root], "linkTo": {"parent": parent, "because": "It helps"}}
        return str((await self.ada.do("createObjective", "objective { id }", asked))["objective"]["id"])

    async def pending(self, title: str, below: str) -> None:
        """An objective of Lea's unit below a why, and one of Ada's that waits for Lea's decision."""
        asked = {"title": f"{title} first", "owners": [self.unit], "linkTo": {"parent": below, "because": "It helps"}}
        upper = (await self.lea.do("createObjective", "objective { id }", asked))["objective"]["id"]
        asked = {"title": title, "owners": [self.root], "linkTo": {"parent": upper, "because": "It helps"}}
        await self.ada.do("createObjective", "objective { id }", asked)

    async def answer(self, why: str) -> None:
        """Lea's unit answers a why."""
        asked = {"why": why, "version": 1, "unit": self.unit, "statement": "We answer the telephone"}
        await self.lea.do("answerWhy", "answer { id }", asked)

    async def revise(self, why: str) -> None:
        """A why gets other words: what hangs on it is unexplained."""
        asked = {"why": why, "expectedVersion": 1, "statement": "Be quick and quiet"}
        await self.ada.do("reviseWhy", "why { id }", asked)

    async def retire(self, why: str) -> None:
        """A why ends: what hangs on it only is orphaned."""
        await self.ada.do("retireWhy", "why { id }", {"why": why, "reason": "done"})

    async def refused_command(self) -> None:
        """Lea may not create units of Ada's."""
        await self.lea.refused("createUnit", {"name": "Mine", "function": "TECHNOLOGY", "parent": self.root})


@asynccontextmanager
async def monitored_installation(
    postgres: Postgres, kafka: Broker, issuer: Issuer, folder: Path, rules: Sequence[Path] = ()
) -> AsyncIterator[MonitoredInstallation]:
    """Everything, running and read once; nothing has happened yet."""
    async with webhook_receiver() as hooks, starting(postgres, kafka, issuer, folder) as start:
        processes = await start(GOLDENTHREAD_WEBHOOK_PRIVATE="true", GOLDENTHREAD_METRICS_NAMES="true")
        read = {name: service.url for name, service in processes.running.items()}
        async with prometheus_server(folder, read, rules) as prometheus:
            yield MonitoredInstallation(processes, prometheus, issuer, hooks)


async def tell(installation: MonitoredInstallation, name: str) -> None:
    """The story: goals in each state, an answered why, a retired one, the alert about it, and its webhook."""
    organization = await installation.organization(name)
    await organization.ada.do("addWebhook", "webhook", {"url": installation.hooks.url})
    kept, changed, lost = [await organization.why(f"Be {words}") for words in ("there", "quick", "cheap")]
    await organization.answer(kept)
    await organization.objective("Be there", kept)
    await organization.objective("Run", changed)
    await organization.revise(changed)
    await organization.pending("Be there together", kept)
    await organization.objective("Cost nothing", lost)
    await organization.refused_command()
    before = len(installation.hooks.got)
    await organization.retire(lost)
    await eventually(lambda: len(installation.hooks.got) > before)
