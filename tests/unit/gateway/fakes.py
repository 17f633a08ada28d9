"""The three upstreams as one fake over a `World`, and the schema executed against it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from msgspec import json, structs

from gateway.live.organization_cache import OrganizationCache
from gateway.request.context import RequestContext
from gateway.request.import_dry_runs import ImportDryRuns
from gateway.schema.build import make
from gateway.upstream.ports import (
    CommandCredentials,
    OrganizationSnapshot,
    StreamPage,
    UnknownOrganization,
    Unreachable,
)
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event, events_to_json
from goldenthread.contracts.hypotheses import (
    Facts,
    KeyResultFacts,
    LinkFacts,
    ObjectiveFacts,
    PurposeFacts,
    WhyFacts,
)
from goldenthread.contracts.read_api import (
    ClaimedInvitation,
    FiguresAnswer,
    Head,
    Heads,
    HeadsQuery,
    HistoryEntry,
    HistoryPage,
    ImpactAnswer,
    ImportRun,
    Login,
    LoginAnswer,
    PeopleSnapshot,
    PersonName,
    ReciprocityAnswer,
    StreamPosition,
    VerdictChange,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted, RefusedAnswer
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from tests.support.entities import T0, key_result, link, objective, purpose, why
from tests.unit.gateway.world import ORG, World, judge

NOW = T0 + timedelta(days=30)
Decide = Callable[[World, Command], Accepted | RefusedAnswer]


def accepted(world: World, events: list[Event], *ids: Id, **other: Any) -> Accepted:
    """What goals answers after writing `events`."""
    revision = world.position(GOALS).sequence
    return Accepted(revision, list(ids), json.decode(events_to_json(events)), **other)


_MADE: dict[type[Any], Callable[[], Any]] = {
    PurposeFacts: purpose,
    WhyFacts: lambda: why("why"),
    ObjectiveFacts: lambda: objective("objective"),
    KeyResultFacts: lambda: key_result("keyresult", "objective"),
    LinkFacts: lambda: link("link", "child", "parent"),
}


def entity_of(world: World, facts: Facts, names: dict[Id, Id]) -> Any:
    """An entity with these facts, its ids by `names`: the one that is there, changed, or a new one."""
    said = {name: names.get(str(value), value) for name, value in structs.asdict(facts).items()}
    return structs.replace(world.org.get(facts.id) or _MADE[type(facts)](), **said)


class FakeUpstreams:
    """Answers from a world; `decide` says what becomes of a command; `down` names upstreams that do not answer."""

    def __init__(self, world: World, decide: Decide | None = None) -> None:
        self.world, self.decide = world, decide
        self.down: set[str] = set()
        self.slow = False
        """Alignment does not judge in time."""
        self.quiet = False
        """Nothing counts as changed: an upstream that was restored does not know that it was."""
        self.gone = False
        """The organization is not there any more."""
        self.loads = 0
        self.runs: list[ImportRun] = []
        self.imports_asked = 0
        self.facts: list[Facts] = []
        """What it was last asked about."""
        self.names_asked: list[Id] = []
        self.requests: list[tuple[Command, CommandCredentials]] = []
        self.asked: list[tuple[str, int, int | None]] = []
        self.waits: list[float] = []
        self.figures_only: list[Id | None] = []
        self.figures_asked: list[tuple[date | None, int | None]] = []
        self.pairs_asked: list[tuple[date | None, int | None]] = []
        self.claimed: list[tuple[str, str]] = []
        """Secrets and tokens that claims were sent with."""
        self.claim_answer: ClaimedInvitation | RefusedAnswer = ClaimedInvitation(ORG, "person_new")
        self.signed_in_told: list[Login] = []

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        if judged:
            self._answer(ALIGNMENT)
        self._answer(GOALS)
        self.loads += 1
        await asyncio.sleep(0)
        if organization != ORG or self.gone:
            raise UnknownOrganization(organization)
        found = self.world.loaded()
        return replace(
            found,
            alignment=None if ALIGNMENT in self.down else found.alignment,
            alerts=None if ALERTS in self.down else found.alerts,
        )

    async def people(self, organization: Id) -> PeopleSnapshot:
        self._answer(GOALS)
        return self.world.loaded().people

    async def name(self, organization: Id, person: Id) -> LoginAnswer:
        self._answer(GOALS)
        self.names_asked.append(person)
        return self._as_of_now(each for each in self.world.people if each.id == person)

    async def login(self, organization: Id, login: Login) -> LoginAnswer:
        self._answer(GOALS)
        people = self.world.org.people
        here = (each for each in self.world.people if each.id in people and not people[each.id].left)
        return self._as_of_now(each for each in here if each.login == login)

    async def claim(self, secret: Secret, token: Secret) -> ClaimedInvitation | RefusedAnswer:
        self._answer(GOALS)
        self.claimed.append((secret.reveal(), token.reveal()))
        return self.claim_answer

    async def signed_in(self, organization: Id, login: Login) -> None:
        self.signed_in_told.append(login)
        self._answer(GOALS)

    def _as_of_now(self, found: Iterable[PersonName]) -> LoginAnswer:
        return LoginAnswer(next(iter(found), None), self.world.position(GOALS).sequence)

    async def events(
        self,
        source: str,
        organization: Id,
        after: int,
        *,
        limit: int = 5000,
        through: StreamPosition | None = None,
        wait: float = 0.0,
    ) -> StreamPage:
        self._answer(source)
        self.asked.append((source, after, None if through is None else through.sequence))
        self.waits.append(wait)
        if through is not None and source == ALIGNMENT and not self.slow:
            self.world.judge()
        if self.gone:
            return StreamPage([], Head(0, None))
        found = self.world.written[source][after:]
        end = next((n for n, event in enumerate(found, 1) if n >= limit and event.closes_commit), len(found))
        return StreamPage(found[:end], self.world.head(source))

    async def heads(self, source: str, query: HeadsQuery) -> Heads:
        self._answer(source)
        if self.gone:
            return Heads(NOW, {})
        changed = query.changed_since is None or not self.quiet
        return Heads(NOW, {ORG: self.world.head(source)} if changed or ORG in query.organizations else {})

    async def command(self, command: Command, credentials: CommandCredentials) -> Accepted | RefusedAnswer:
        self._answer(GOALS)
        self.requests.append((command, credentials))
        assert self.decide is not None
        return self.decide(self.world, command)

    async def impact(self, organization: Id, facts: list[Facts], *, seconds: float = 5.0) -> ImpactAnswer:
        self._answer(ALIGNMENT)
        self.facts = facts
        self.world.org.begin()
        # The organization of a test knows kinds by their ids: what is asked about by a number is called like its kind.
        names = {each.id: f"{each.__struct_config__.tag}_{each.id}" for each in facts if each.id.startswith("new_")}
        for each in facts:
            self.world.org.put(entity_of(self.world, each, names))
        after = judge(self.world.org)
        self.world.org.rollback()
        before = judge(self.world.org)
        ids = {name: id for id, name in names.items()}
        changed = [VerdictChange(ids.get(id, id), before.get(id), v) for id, v in after.items() if before.get(id) != v]
        return ImpactAnswer(self.world.judged, changed, self.world.judged_id)

    async def imports(self, organization: Id) -> list[ImportRun]:
        self.imports_asked += 1
        self._answer(GOALS)
        await asyncio.sleep(0)
        return list(self.runs)

    async def figures(
        self,
        organization: Id,
        since: date | None,
        *,
        only: Id | None = None,
        through: StreamPosition | None = None,
        wait: float = 0.0,
    ) -> FiguresAnswer:
        self.figures_asked.append((since, None if through is None else through.sequence))
        self.figures_only.append(only)
        await asyncio.sleep(0)
        self._answer(ALIGNMENT)
        if through is not None and not self.slow:
            self.world.judge()
        found = self.world.figures(since)
        days = [each for each in found.days if only in (None, each.unit or "")]
        return structs.replace(found, days=days)

    async def reciprocity(
        self, organization: Id, since: date | None, *, through: StreamPosition | None = None, wait: float = 0.0
    ) -> ReciprocityAnswer:
        self.pairs_asked.append((since, None if through is None else through.sequence))
        await asyncio.sleep(0)
        self._answer(ALIGNMENT)
        if through is not None and not self.slow:
            self.world.judge()
        return ReciprocityAnswer(self.world.judged, self.world.pairs, self.world.judged_id)

    async def history(self, organization: Id, subject: Id | None, before: int | None, limit: int) -> HistoryPage:
        self._answer(GOALS)
        found = [
            HistoryEntry(e.sequence, e.id, e.time, e.actor, e.type, e.subject, f"{e.type} {e.subject}")
            for e in reversed(self.world.written[GOALS])
            if subject in (None, e.subject)
        ]
        rest = [entry for entry in found if before is None or entry.revision < before]
        return HistoryPage(rest[:limit], len(found))

    async def webhooks(self, organization: Id, token: Secret) -> list[WebhookStatus] | RefusedAnswer:
        self._answer(ALERTS)
        return []

    def _answer(self, source: str) -> None:
        if source in self.down:
            raise Unreachable(f"{source} does not answer")


class Client:
    """A caller of the schema over a fake world."""

    def __init__(self, world: World, decide: Decide | None = None, subject: str = "rita") -> None:
        self.world = world
        self.upstreams = FakeUpstreams(world, decide)
        self.cache = OrganizationCache(self.upstreams, indexes=[TurnIndex])
        self.subject = subject
        self.import_dry_runs = ImportDryRuns()

    async def context(self) -> RequestContext:
        caller = Caller(self.subject, ORG, False, Secret(f"token of {self.subject}"))
        return RequestContext(
            caller, await self.cache.get(ORG), self.cache, lambda: NOW, import_dry_runs=self.import_dry_runs
        )

    async def run(self, query: str, **variables: Any) -> Any:
        return await make().execute(query, variables, await self.context())

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        result = await self.run(query, **variables)
        assert result.errors is None, result.errors
        return result.data


__all__ = ["ALERTS", "NOW", "Client", "FakeUpstreams", "accepted"]
