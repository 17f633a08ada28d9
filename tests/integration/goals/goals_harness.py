"""goals without its HTTP: one organization on a real database, at times the test chooses."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.events.goals.clock import DayClosed
from goldenthread.contracts.read_api import PersonName
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import timers_store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)

TABLES = ("streams", "outbox", "entities", "timers")
"""What a backup of the organizations has."""


class GoalsHarness:
    """An organization whose time the test moves. `do` is a command of its administrator, `tick` all that is due."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.now, self.id = pool, START, f"org_{uuid.uuid4().hex}"
        self.goals = Goals(pool, HeadStateCache(10), lambda: None, lambda: self.now, new_id)

    async def open(self) -> None:
        made = (await self.goals.founding.create(self.id, "Acme", PersonName("person_ada", "Ada", "ada"))).accepted
        self.root = made.ids[1]

    async def do(self, command: c.AnyCommand, login: str = "ada") -> str:
        answer = await self.goals.command(ReceivedCommand(Caller(login, self.id, False, Secret("")), self.id, command))
        return answer.ids[0]

    async def tick(self, **later: float) -> list[Any]:
        """What the clock says after some time."""
        self.now += timedelta(**later)
        before = len(await self.events())
        for organization in await timers_store.organizations_due(self.pool, self.now):
            while await self.goals.tick(organization):
                pass
        said = [event.data for event in (await self.events())[before:]]
        return [each for each in said if not isinstance(each, DayClosed)]

    async def events(self) -> list[Event]:
        page = await outbox.page(self.pool, self.id, 0, 5000)
        return events_from_json(page.events)

    async def unit(self, name: str) -> tuple[str, str]:
        """A unit and the login of its lead."""
        unit = await self.do(c.CreateUnit(name=name, function=UnitFunction.BUSINESS))
        await self.do(c.AddPerson(name=name, subject=name, roles=[RoleGrant(R.LEAD, unit)]))
        return unit, name

    async def objective(self, **other: Any) -> str:
        return await self.do(c.CreateObjective(**{"title": "Sell", "owners": [self.root], **other}))
