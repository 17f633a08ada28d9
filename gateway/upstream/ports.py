"""What the gateway asks of its upstreams: goals, alignment and notifications. `http_upstreams.py` asks over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from msgspec import Struct

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.hypotheses import Facts
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    ClaimedInvitation,
    FiguresAnswer,
    GoalsSnapshot,
    Head,
    Heads,
    HeadsQuery,
    HistoryPage,
    ImpactAnswer,
    ImportRun,
    Login,
    LoginAnswer,
    PeopleSnapshot,
    ReciprocityAnswer,
    StreamPosition,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted, RefusedAnswer
from goldenthread.contracts.secret import Secret


class Unreachable(Exception):
    """An upstream does not answer, or answers something else than its API. Whether a command took effect is not known
    then.
    """


class NotSent(Unreachable):
    """A request never reached its upstream, which is away or known to be silent: a command changed nothing."""


class Unreadable(Unreachable):
    """An upstream answered with events that this code cannot read."""


class QueryTooLarge(Unreachable):
    """A question has more bytes than its upstream reads: it was not sent."""


class TokenRefused(Exception):
    """An upstream does not accept the caller's token, which this process does: a command changed nothing."""


class UnknownOrganization(Exception):
    """The upstreams know no such organization."""


@dataclass(frozen=True)
class OrganizationSnapshot:
    """What an organization is loaded from. `alignment` and `alerts` are None while who has them does not answer."""

    goals: GoalsSnapshot
    alignment: AlignmentSnapshot | None
    alerts: AlertsSnapshot | None
    people: PeopleSnapshot


class StreamPage(Struct, frozen=True):
    """Events after a position, whole commits only, and the upstream's head."""

    events: list[Event]
    head: Head


class CommandCredentials(Struct, frozen=True):
    """What a command is sent with: the token of whom it is sent for, the organization that they act in, and its
    idempotency key.
    """

    token: Secret
    key: str
    organization: Id


class Upstreams(Protocol):
    """The upstreams. Every method may raise `Unreachable`."""

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        """Snapshots, goals' the newest; without those of alignment and notifications where they do not answer.

        With `judged`, `Unreachable` is raised without alignment's. Raises `UnknownOrganization`.
        """
        ...

    async def people(self, organization: Id) -> PeopleSnapshot:
        """What people are called, and how they sign in."""
        ...

    async def name(self, organization: Id, person: Id) -> LoginAnswer:
        """The same of one person, as goals knows it now; of nobody, where it was erased."""
        ...

    async def login(self, organization: Id, login: Login) -> LoginAnswer:
        """The live person a login belongs to, as goals knows them now; of nobody also for who has left."""
        ...

    async def claim(self, secret: Secret, token: Secret) -> ClaimedInvitation | RefusedAnswer:
        """Claim an invitation for the bearer of `token`. Raises `NotSent` and `TokenRefused`: nothing was changed."""
        ...

    async def signed_in(self, organization: Id, login: Login) -> None:
        """Say that whoever has this login has signed in."""
        ...

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
        """Events after `after`; with `through`, the upstream first waits until it has folded that goals commit."""
        ...

    async def heads(self, source: str, query: HeadsQuery) -> Heads:
        """The heads that are asked for."""
        ...

    async def command(self, command: Command, credentials: CommandCredentials) -> Accepted | RefusedAnswer:
        """Send a command to the service that decides it. Raises `NotSent` and `TokenRefused`: nothing was changed."""
        ...

    async def impact(self, organization: Id, facts: list[Facts], *, seconds: float = 5.0) -> ImpactAnswer:
        """What a change that was not written would do, within some seconds. Raises `QueryTooLarge`."""
        ...

    async def imports(self, organization: Id) -> list[ImportRun]:
        """The imports under way and those that ended lately, in any order."""
        ...

    async def figures(
        self,
        organization: Id,
        since: date | None,
        *,
        only: Id | None = None,
        through: StreamPosition | None = None,
        wait: float = 0.0,
    ) -> FiguresAnswer:
        """How everybody stands, and stood on the days from `since` on (no day without it).

        `only`: this unit, or ("") the organization as a whole.

        With `through`, alignment first waits, at most `wait` seconds, until it has judged that goals commit.
        """
        ...

    async def reciprocity(
        self, organization: Id, since: date | None, *, through: StreamPosition | None = None, wait: float = 0.0
    ) -> ReciprocityAnswer:
        """What passed between units from the day `since` on (ever, without it); `through` as above."""
        ...

    async def history(self, organization: Id, subject: Id | None, before: int | None, limit: int) -> HistoryPage:
        """What happened (to `subject`), newest first, before a revision."""
        ...

    async def webhooks(self, organization: Id, token: Secret) -> list[WebhookStatus] | RefusedAnswer:
        """The webhooks and how their deliveries fare, as far as the bearer of `token` may see them."""
        ...
