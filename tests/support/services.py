"""goals, alignment and notifications in this process: real databases, a real broker, real tokens, real HTTP between."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import httpx

from goldenthread.contracts import snapshots
from goldenthread.contracts.read_api import AlertsSnapshot, GoalsSnapshot
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from services.alignment import app as alignment
from services.alignment.settings import Settings as AlignmentSettings
from services.goals import app as goals
from services.goals.settings import Settings as GoalsSettings
from services.notifications import app as notifications
from services.notifications.settings import Settings as NotificationsSettings
from tests.support.asgi_server import eventually, serving
from tests.support.encryption_keys import keys_file

NAMES = ("goals", "alignment", "notifications")


class Services:
    """The three services, each on its port. `databases` has the URL of each one's database."""

    def __init__(self, databases: Mapping[str, Secret], kafka: str, issuer: Issuer) -> None:
        self.databases, self._kafka, self.issuer = dict(databases), kafka, issuer
        self._ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in self._ports.items()}
        self.http = httpx.AsyncClient(timeout=30)
        self.token = issuer.service_token()
        self.reading = {"Authorization": f"Bearer {self.token}"}
        self._running: dict[str, AsyncExitStack] = {}

    async def __aenter__(self) -> Self:
        for name in NAMES:
            await self.start(name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            await self.stop(name)
        await self.http.aclose()

    async def start(self, name: str, **settings: Any) -> None:
        """Start one; notifications delivers to this machine, and soon again, unless `settings` say otherwise.
        Alignment, too, takes `settings`.
        """
        stack = AsyncExitStack()
        common: dict[str, Any] = {
            "kafka": self._kafka,
            "kafka_fetch_wait_ms": 10,
            "kafka_session_timeout_ms": 6_000,  # the embedded broker lets who joins wait for half of it
            "issuer": self.issuer.url,
            "service_token": Secret(self.issuer.service_token(f"goldenthread-{name}")),
            "database_url": self.databases[name],
        }
        where: dict[str, Any] = {"goals_url": self.urls["goals"]}
        match name:
            case "goals":
                app = await stack.enter_async_context(goals.build(GoalsSettings(**common)))
            case "alignment":
                app = await stack.enter_async_context(alignment.build(AlignmentSettings(**common, **where, **settings)))
            case _:
                where["alignment_url"] = self.urls["alignment"]
                webhooks: dict[str, Any] = {
                    "webhook_private": True,
                    "webhook_retry_seconds": 0.05,
                    "keys_file": keys_file(),
                }
                made = NotificationsSettings(**common, **where, **webhooks | settings)
                app = await stack.enter_async_context(notifications.build(made))
        await stack.enter_async_context(serving(app, self._ports[name]))
        self._running[name] = stack

    def runs(self, name: str) -> bool:
        """Whether this one is started."""
        return name in self._running

    async def stop(self, name: str) -> None:
        """Stop one."""
        await self._running.pop(name).aclose()

    async def organization(self) -> Person:
        """A new organization; who administers it and leads its root unit as an executive."""
        organization = f"org_{uuid.uuid4().hex}"
        created = await self.http.post(
            f"{self.urls['goals']}/v1/organizations",
            json={"id": organization, "name": "Example", "admin_name": "Ada", "admin_subject": "ada"},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert created.status_code == 200, created.text
        return Person(self, organization, "ada")


class Person:
    """Speaks to the services as one person of one organization."""

    def __init__(self, services: Services, organization: str, subject: str) -> None:
        self.services, self.organization, self.subject = services, organization, subject
        self.headers = {"Authorization": f"Bearer {services.issuer.person_token(subject, organization)}"}

    async def send(self, service: str, type: str, key: str | None = None, **fields: Any) -> httpx.Response:
        """A command to a service, whatever it answers."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        url = f"{self.services.urls[service]}/v1/commands"
        return await self.services.http.post(url, json={"type": type, **fields}, headers=headers)

    async def do(self, service: str, type: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """A command that must be accepted; the answer."""
        answer = await self._decided(service, type, key, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refused(self, service: str, type: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """The first problem of a command that must be refused."""
        answer = await self._decided(service, type, key, **fields)
        assert 400 <= answer.status_code < 500, answer.text
        return dict(answer.json()["errors"][0])

    async def _decided(self, *command: Any, **fields: Any) -> httpx.Response:
        """What is answered once the service can decide: it may hear only in a moment of who has just joined."""
        answers: list[httpx.Response] = []

        async def decided() -> bool:
            answers.append(await self.send(*command, **fields))
            return answers[-1].status_code != 503

        await eventually(decided)
        return answers[-1]

    async def get(self, service: str, path: str) -> httpx.Response:
        """What a service answers about the organization: to a service; about webhooks, to this person."""
        query = {"organization": self.organization}
        headers = self.headers if path == "/v1/webhooks" else self.services.reading
        return await self.services.http.get(self.services.urls[service] + path, params=query, headers=headers)

    async def goals(self) -> GoalsSnapshot:
        """The organization as it is."""
        answer = (await self.get("goals", "/v1/snapshot")).raise_for_status()
        return snapshots.goals().of(answer.content)

    async def alerts(self) -> AlertsSnapshot:
        """Its alerts as they are."""
        answer = (await self.get("notifications", "/v1/snapshot")).raise_for_status()
        return snapshots.alerts().of(answer.content)

    async def add(self, subject: str, *roles: tuple[str, str | None]) -> Person:
        """Somebody with these roles, each in a unit or (None) in the organization."""
        granted = [{"role": role, "unit": unit} for role, unit in roles]
        await self.do("goals", "AddPerson", name=subject.title(), subject=subject, roles=granted)
        return Person(self.services, self.organization, subject)
