"""One command being decided: who asks, on which organization, and what has been decided so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from goldenthread.contracts.entities import Id, Policy
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.read_api import PersonName
from goldenthread.contracts.replies import ImportReport, MovedLogins
from goldenthread.exchange.plans.size_limits import MAX_ENTRIES
from goldenthread.organization.organization import Organization
from services.goals.domain.merge_base import MergeBaseChanges


class DecisionLimits(Struct, frozen=True, kw_only=True):
    """The limits of one command.

    `copied`: objectives, key results, links (at either end), questions and feedback that it copies or moves: what takes
    about two seconds. `heard`: the newest words of customers that a copy of an objective is given, those about its key
    results included. `warnings`: what is said about many objectives. `entries`: links, readings and units of a file.
    """

    copied: int = 15_000
    heard: int = 20
    warnings: int = 100
    entries: int = MAX_ENTRIES


class LoginMove(NamedTuple):
    """A login that may move to `subject` at another issuer, and whose that one is there: somebody who left, perhaps."""

    person: Id
    before: str
    subject: str
    holder: Id | None


class LoginMoves(Struct, frozen=True):
    """The logins that a command may move: those that nobody has at the new issuer first; and of how many in all."""

    logins: list[LoginMove] = []
    total: int = 0


class DecisionContext(Struct, frozen=True, kw_only=True):
    """The context of a decision: what it may know besides the organization.

    `actor` is the person who asks, None for a service. `next_sequence` is the goals sequence that the first fact will
    get (head + 1). `new_id` makes an id of a kind (`objective`, `link` …). `named` is what is kept of the person whom
    the command renames or erases, and `moves` of the logins that it moves. `issuer` vouches for a login that is given
    without saying who does, and `issuers` are those whose tokens are trusted; empty where that is not known.
    """

    actor: Id | None
    now: datetime
    new_id: Callable[[str], str]
    next_sequence: int
    named: PersonName | None = None
    moves: LoginMoves = LoginMoves()
    limits: DecisionLimits = DecisionLimits()
    issuer: str = ""
    issuers: frozenset[str] = frozenset()


class Fact(NamedTuple):
    """One event to write: the payload, and the id of the entity it is about."""

    subject: Id
    payload: Struct


class Decision(Struct, frozen=True):
    """What an accepted command wrote: facts in order, the ids it is about (the main one first), and warnings.

    `renamed` is what is kept of a person from now on, where that changes, `moved` which logins go to another issuer,
    and `remembered` what an import said: none of it is in a fact. `logins` is what a move of logins is answered.
    Of the person `erased`, nothing is kept from now on.
    """

    facts: list[Fact]
    ids: list[Id]
    warnings: list[Problem] = []
    report: ImportReport | None = None
    renamed: PersonName | None = None
    remembered: MergeBaseChanges | None = None
    moved: list[LoginMove] = []
    logins: MovedLogins | None = None
    erased: Id | None = None


class Case:
    """A decision under way. Every fact is applied to the organization as it is emitted, so later rules see it."""

    def __init__(self, org: Organization, context: DecisionContext) -> None:
        self.org = org
        self.context = context
        self.facts: list[Fact] = []
        self._ids: dict[Id, None] = {}
        self.warnings: list[Problem] = []
        self.report: ImportReport | None = None
        self.renamed: PersonName | None = None
        self.remembered: MergeBaseChanges | None = None
        self.moved: list[LoginMove] = []
        self.logins: MovedLogins | None = None
        self.erased: Id | None = None

    @property
    def actor(self) -> Id | None:
        """The person or service account that asks."""
        return self.context.actor

    @property
    def person(self) -> Id | None:
        """The actor where that is a person, who can answer for what the command makes; None for a service account."""
        actor = self.org.people.get(self.context.actor or "")
        return None if actor is None or actor.service else actor.id

    @property
    def now(self) -> datetime:
        """The time of the command, and of all its facts."""
        return self.context.now

    @property
    def order(self) -> int:
        """The goals sequence that the next fact gets."""
        return self.context.next_sequence + len(self.facts)

    @property
    def limits(self) -> DecisionLimits:
        """The limits of the command."""
        return self.context.limits

    @property
    def policy(self) -> Policy:
        """The organization's policy."""
        return self.org.info.policy if self.org.info else Policy()

    @property
    def root(self) -> Id:
        """The id of the root unit."""
        return self.org.info.root if self.org.info else ""

    def reply_by(self) -> datetime:
        """Until when the other side must move."""
        return self.now + timedelta(days=self.policy.reply_days)

    def new_id(self, kind: str) -> Id:
        """A new id of `kind`."""
        return self.context.new_id(kind)

    def emit(self, payload: Struct, subject: Id | None = None) -> None:
        """Record a fact and apply it. `subject` is the id of the entity it carries unless given."""
        self.facts.append(Fact(subject or entities_of(payload)[0].id, payload))
        self.org.apply(payload)

    def about(self, *ids: Id) -> None:
        """Name what the command is about, the main entity first."""
        self._ids.update(dict.fromkeys(ids))

    def warn(self, code: ErrorCode, message: str, *path: str) -> None:
        """Add a warning: the command is accepted, and the text says what is doubtful and what would mend it."""
        self.warnings.append(Problem(code, message, list(path)))

    def decision(self) -> Decision:
        """The finished decision."""
        return Decision(
            self.facts,
            list(self._ids),
            self.warnings,
            self.report,
            self.renamed,
            self.remembered,
            self.moved,
            self.logins,
            self.erased,
        )
