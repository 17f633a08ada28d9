"""What the services answer over HTTP to each other: replay, heads, snapshots, names, history, impact.

Every endpoint takes `organization` and a bearer token: a service's for what is read; for commands and webhooks that of
who sends them.

| endpoint | answers |
|---|---|
| `GET /v1/events?organization=&after=&limit=[&through=&throughId=&wait=]` | `EventsPage`, whole commits only. With `through` (a goals revision) alignment and notifications first wait, at most `wait` seconds, until they have folded it; with `throughId`, too, until it is the one with this event |
| `GET /v1/heads?changedSince=` | `Heads` |
| `POST /v1/heads` `HeadsQuery` | `Heads` |
| `GET /v1/snapshot?organization=` | `GoalsSnapshot`, `AlignmentSnapshot`, `AlertsSnapshot`, at a commit boundary, page by page: see `snapshots.py` |
| `GET /v1/people?organization=` | `PeopleSnapshot` (goals), page by page as well |
| `GET /v1/login?organization=&issuer=&subject=` | `LoginAnswer` (goals) |
| `GET /v1/name?organization=&person=` | `LoginAnswer` (goals), of anybody who was ever a person |
| `GET /v1/history?organization=&subject=&before=&limit=` | `HistoryPage`, newest first (goals) |
| `GET /v1/figures?organization=[&unit=&since=&through=&throughId=&wait=]` | `FiguresAnswer` (alignment); `since` is a day, `through` as above |
| `GET /v1/reciprocity?organization=[&unit=&since=&through=&throughId=&wait=]` | `ReciprocityAnswer` (alignment), of the pairs of `unit` when one is named, from the day `since` on |
| `GET /v1/imports?organization=` | `list[ImportRun]` (goals): those under way and those that ended lately |
| `POST /v1/impact` `ImpactQuery` | `ImpactAnswer` (alignment) |
| `GET /v1/webhooks?organization=` | `list[WebhookStatus]` (notifications; of people only administrators) |
| `GET /v1/organizations?first=&after=` | `OrganizationList` (goals; for administrators of the installation), see `organizations.py` |
| `POST /v1/organizations` `NewOrganization` | `CreatedOrganization`; to services of ours `Accepted` |
| `POST /v1/organizations/{id}/invitation` | `FirstInvitation`, as long as nobody has claimed the one before |
| `PATCH /v1/organizations/{id}` `OrganizationName` | `OrganizationEntry` |
| `POST /v1/invitations/claim` `InvitationClaim` | `ClaimedInvitation` (goals): the bearer's login is the person who was invited |
| `POST /v1/signed-in?organization=&issuer=&subject=` | nothing (goals): whoever has this login has signed in, which is recorded once |
| `DELETE /v1/organizations/{id}` `OrganizationName` | `OrganizationEntry`; the name is that of the organization |
| `GET /v1/export?organization=` | everything that goals, or notifications, keeps, to an ADMIN with their own token: see `runtime/outbox/export_stream.py` |
| `POST /v1/commands` | `Accepted` or `RefusedAnswer` (goals: `AnyCommand`; notifications: `AnyAlertCommand`) |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, NamedTuple

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import ImportStep, WebhookDisabledReason
from goldenthread.contracts.events.alerts import Alert
from goldenthread.contracts.events.alignment import AlignmentHealth, Cause, UnitHealth, UnitSiloed, Verdict
from goldenthread.contracts.hypotheses import Facts
from goldenthread.contracts.secret import Secret


class StreamPosition(Struct, frozen=True):
    """A place in a stream: the last event folded (or written). Sequence 0 and no id: nothing yet."""

    sequence: int = 0
    id: str | None = None


class Head(Struct, frozen=True):
    """The last event a service wrote; of a projection also the last goals event it has folded (`judged…`)."""

    sequence: int
    id: str | None
    judged: int | None = None
    judged_id: str | None = None
    deleted: bool | UnsetType = UNSET
    """True of an organization that was deleted: nothing of it is there, nor will be. Else it is left out."""


class Heads(Struct, frozen=True):
    """Heads of the organizations that changed since the time asked for; ask next time with `at`."""

    at: datetime
    heads: dict[Id, Head]
    written: dict[Id, datetime] | UnsetType = UNSET
    """When the first event after each place of `HeadsQuery.after` was written; left out where none was asked about."""
    next_change: datetime | UnsetType = UNSET
    next_behind: Id | UnsetType = UNSET
    """Where the next page begins, `changed_since` or `behind`; without them this is the last. `at` is no later."""


MOST_NAMED, MOST_HEADS = 1_000, 5_000
"""Organizations that one question for heads may name, and the largest `limit` of one."""


class HeadsQuery(Struct, frozen=True, omit_defaults=True):
    """The heads of organizations that changed since a time (of all without it), and of those named.

    A service that was restored from a backup does not count its streams as changed: who follows some names them.
    """

    changed_since: datetime | None = None
    organizations: list[Id] = []
    after: dict[Id, Annotated[int, Meta(ge=0, lt=2**62)]] = {}
    """Places in the streams of organizations: when was the first event after each written? As many as may be named."""
    limit: Annotated[int, Meta(ge=0, le=MOST_HEADS)] | None = None
    """Heads to answer with, besides those named; all without it. A release before knows no limit, and no next page."""
    behind: str = ""
    """Of all heads: those behind this id, in the order of ids. Heads that changed come in the order of their change."""


class EventsPage(Struct, frozen=True):
    """Events after a position, as CloudEvents JSON (see `envelope.events_from_json`), and the head of the stream."""

    events: Raw
    head: Head


class GoalsSnapshot(Struct, frozen=True):
    """The state of an organization at a commit boundary."""

    position: StreamPosition
    info: OrganizationInfo | None
    units: list[OrgUnit]
    people: list[Person]
    cycles: list[Cycle]
    purpose: Purpose | None
    whys: list[Why]
    objectives: list[Objective]
    key_results: list[KeyResult]
    check_ins: list[CheckIn]
    links: list[Link]
    answers: list[WhyAnswer] = []
    questions: list[Question] = []
    feedback: list[CustomerFeedback] = []

    def entities(self) -> Iterator[Entity]:
        """Everything in it."""
        yield from (each for each in (self.info, self.purpose) if each is not None)
        yield from self.units
        yield from self.people
        yield from self.cycles
        yield from self.whys
        yield from self.objectives
        yield from self.key_results
        yield from self.check_ins
        yield from self.links
        yield from self.answers
        yield from self.questions
        yield from self.feedback


class NodeVerdict(Struct, frozen=True):
    """A node's verdict, since when (its last transition), and the goals event that brought it about."""

    node: Id
    verdict: Verdict
    since: datetime | None = None
    caused_by: Cause | None = None


class AlignmentSnapshot(Struct, frozen=True):
    """Every verdict of an organization, judged through the goals revision `judged`, whose event is `judged_id`."""

    position: StreamPosition
    judged: int
    labels: list[NodeVerdict]
    judged_id: str | None = None


class HealthPoint(Struct, frozen=True):
    """How a unit (or, without one, the organization) stood when a UTC day was closed."""

    day: date
    unit: Id | None
    health: AlignmentHealth


class FiguresAnswer(Struct, frozen=True):
    """How everybody stands, as of the goals revision `judged`, and how they stood; `docs/figures.md` explains it.

    Asked for a unit: its own figures only. `days` are ordered by day, and hold those with objectives on that day;
    `silos` are the units that are one now.
    """

    judged: int
    health: list[UnitHealth]
    days: list[HealthPoint]
    silos: list[UnitSiloed] = []
    judged_id: str | None = None


class Reciprocity(Struct, frozen=True, kw_only=True):
    """What `unit` told `other` in a period, and what became of it with the other; `docs/figures.md` explains it.

    `balance` is 0 (one-way) to 1 (mutual), the same in both directions, and None when nothing passed.
    """

    unit: Id
    other: Id
    whys_told: int
    whys_answered: int
    questions_asked: int
    questions_answered: int
    questions_escalated: int
    links_proposed: int
    links_accepted: int
    links_declined: int
    promises_kept: int
    promises_broken: int
    median_answer_hours: float | None
    balance: float | None


class ReciprocityAnswer(Struct, frozen=True):
    """Both directions of every pair of units between which something passed, as of the goals revision `judged`."""

    judged: int
    pairs: list[Reciprocity]
    judged_id: str | None = None


class AlertsSnapshot(Struct, frozen=True):
    """Every alert of an organization, resolved ones included."""

    position: StreamPosition
    judged: int
    alerts: list[Alert]


class Login(NamedTuple):
    """How somebody signs in: who vouches for them (the token's `iss`) and as whom they are known there (its `sub`)."""

    issuer: str
    subject: str


def issuer_id(issuer: str) -> str:
    """An issuer as it is kept in logins: whether its address ends in a slash makes no difference."""
    return issuer.strip().rstrip("/")


NO_LOGIN = "urn:goldenthread:no-login"
"""The issuer in the login of who cannot sign in. The subject beside it is random: no token is of either."""


class PersonName(Struct, frozen=True):
    """What an organization calls a person, and their login. `signed_in_at`: when they signed in for the first time."""

    id: Id
    name: str
    subject: str
    email: str | None = None
    issuer: str = ""
    signed_in_at: datetime | None = None

    @property
    def login(self) -> Login:
        """How this person signs in."""
        return Login(self.issuer, self.subject)


class PeopleSnapshot(Struct, frozen=True):
    """What an organization calls its people, and how they sign in, at a commit boundary of goals."""

    position: StreamPosition
    people: list[PersonName]


class LoginAnswer(Struct, frozen=True):
    """The live person a login belongs to; None when it is nobody's, and when its person has left.

    Asked by person: their name and login. True as of `revision` of goals.
    """

    person: PersonName | None
    revision: int = 0


class HistoryEntry(Struct, frozen=True):
    """One change, in words; `event` is its id."""

    revision: int
    event: str
    at: datetime
    by: Id | None
    type: str
    subject: Id
    summary: str


class HistoryPage(Struct, frozen=True):
    """Entries, newest first, and how many there are in all."""

    entries: list[HistoryEntry]
    total: int


class ImportRun(Struct, frozen=True):
    """How far an import is. `done` of `total` rows are compared or written; `total` 0: not known yet.

    `by` is the person (or service account) who imports; `source` is empty while it is not decided.
    """

    id: Id
    source: str
    file_name: str | None
    by: Id | None
    step: ImportStep
    done: int
    total: int
    started_at: datetime
    updated_at: datetime


class ImpactQuery(Struct, frozen=True):
    """What was not written: facts of nodes and links as they would be, or the goals events that say so, as JSON."""

    organization: Id
    events: Raw = Raw(b"[]")
    facts: list[Facts] = []


class VerdictChange(Struct, frozen=True):
    """What would become of one node."""

    node: Id
    before: Verdict | None
    after: Verdict


class ImpactAnswer(Struct, frozen=True):
    """The transitions those changes would cause, on top of goals revision `judged`.

    First verdicts that are ALIGNED are left out of an answer about `facts`: nothing is broken or mended by them.
    """

    judged: int
    effects: list[VerdictChange]
    judged_id: str | None = None


class AcknowledgeAlert(Command, frozen=True, kw_only=True, tag=True):
    """Somebody of the addressee says: I have seen it."""

    alert: Id
    note: str | None = None


class AddWebhook(Command, frozen=True, kw_only=True, tag=True):
    """Deliver the organization's alerts (of `unit` and below, when given) to `url`, signed per Standard Webhooks."""

    url: str
    unit: Id | None = None


class RemoveWebhook(Command, frozen=True, kw_only=True, tag=True):
    """Stop delivering to a webhook."""

    webhook: Id


class WebhookStatus(Struct, frozen=True):
    """A webhook and how its deliveries fare; `problem` is the latest trouble. Deliveries given up are not tried again.

    A receiver that answers 410 disables its webhook: nothing more is sent to it. So do secrets that cannot be
    decrypted: what waits is kept for three days, and sent when they can be again; `url` then shows the host alone.
    """

    id: Id
    url: str
    unit: Id | None
    added_by: Id | None
    added_at: datetime
    disabled_at: datetime | None
    pending: int
    delivered: int
    given_up: int
    problem: str | None
    disabled_reason: WebhookDisabledReason | None = None


class InvitationClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /v1/invitations/claim`, which is sent with the token of who claims."""

    secret: Secret


class ClaimedInvitation(Struct, frozen=True):
    """The login that claimed is this person now."""

    organization: Id
    person: Id


AnyAlertCommand = AcknowledgeAlert | AddWebhook | RemoveWebhook
