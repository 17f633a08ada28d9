"""The upstreams over HTTP: what `ports.py` asks, as `contracts/read_api.py` says it is answered."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, TypeVar

import httpx
import msgspec

from gateway.upstream.ports import (
    CommandCredentials,
    OrganizationSnapshot,
    QueryTooLarge,
    StreamPage,
    TokenRefused,
    UnknownOrganization,
    Unreachable,
    Unreadable,
)
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from gateway.upstream.upstream_client import UpstreamClient
from goldenthread.contracts import snapshots
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.commands.listening import RecordFeedbackItems
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Undecodable, events_from_json
from goldenthread.contracts.hypotheses import Facts
from goldenthread.contracts.read_api import (
    AlertsSnapshot,
    AlignmentSnapshot,
    AnyAlertCommand,
    ClaimedInvitation,
    EventsPage,
    FiguresAnswer,
    Heads,
    HeadsQuery,
    HistoryPage,
    ImpactAnswer,
    ImpactQuery,
    ImportRun,
    InvitationClaim,
    Login,
    LoginAnswer,
    PeopleSnapshot,
    ReciprocityAnswer,
    StreamPosition,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted, RefusedAnswer
from goldenthread.contracts.secret import Secret, hidden, revealed
from goldenthread.contracts.snapshots import BrokenOff, Snapshot
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER
from goldenthread.runtime.web.endpoints import MAX_BODY

# How long this process waits for which answer, in seconds. `docs/decisions/0020-waits.md` has all of them.
COMMAND_SECONDS = 15.0
IMPORT_SECONDS = 120.0
"""For a command that carries a file: it computes for a dozen seconds, and its caller alone waits for it."""
ALERT_COMMAND_SECONDS = 8.0
"""notifications itself asks goals who the caller is, and waits for a person who has just joined."""
HEADS_SECONDS = 3.0
LOGIN_SECONDS = 3.0
HISTORY_SECONDS = 5.0
RUNS_SECONDS = 3.0
PAGE_SECONDS = 10.0
"""For thousands of events: no request waits for them, only the replay of a subscription."""
READING_SECONDS = 3.0
"""For what alignment reads in its database, beyond the time it waits for a revision."""
VERDICT_SECONDS = 0.5
"""For the few events that follow from one command, beyond the time alignment takes to judge it."""
SNAPSHOT_SECONDS = 120.0
"""For a whole snapshot, however steadily it comes."""
SNAPSHOT_PAUSE = 10.0
"""For its next piece: the first comes when a connection to the database is free."""
OPTIONAL_PAUSE = 3.0
"""The same of a snapshot without which an organization is shown all the same."""

_MOST_REASON = 500
"""Characters of a reason that is logged."""

T = TypeVar("T")
Query = dict[str, str | int]


class HttpUpstreams:
    """The services behind the gateway over HTTP: what `ports.Upstreams` asks of them.

    Clients speak as this service; commands carry their caller's own token.

    `clients`: one for each upstream, so that one that hangs has no connections of the others; or one for all.
    """

    def __init__(self, clients: httpx.AsyncClient | Mapping[str, httpx.AsyncClient], urls: Mapping[str, str]) -> None:
        own = {source: clients[source] if isinstance(clients, Mapping) else clients for source in urls}
        self._of = {source: UpstreamClient(source, own[source], url) for source, url in urls.items()}

    def client(self, source: str) -> UpstreamClient:
        """The client of one upstream: what is known of its silence is known to all who ask it."""
        return self._of[source]

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:
        """Snapshots; goals' is asked for last, so that it is the newest."""
        query: Query = {"organization": organization}
        alignment, alerts = await asyncio.gather(self._verdicts(query, needed=judged), self._alerts(query))
        goals = await self._snapshot(GOALS, "/v1/snapshot", snapshots.goals(), query)
        if goals.info is None:
            raise UnknownOrganization(organization)
        return OrganizationSnapshot(goals, alignment, alerts, await self.people(organization))

    async def people(self, organization: Id) -> PeopleSnapshot:
        """What people are called, and how they sign in."""
        return await self._snapshot(GOALS, "/v1/people", snapshots.people(), {"organization": organization})

    async def name(self, organization: Id, person: Id) -> LoginAnswer:
        """The same of one person."""
        return await self._get(
            GOALS, "/v1/name", LoginAnswer, {"organization": organization, "person": person}, LOGIN_SECONDS
        )

    async def login(self, organization: Id, login: Login) -> LoginAnswer:
        """The live person a login belongs to."""
        query: Query = {"organization": organization, "issuer": login.issuer, "subject": login.subject}
        return await self._get(GOALS, "/v1/login", LoginAnswer, query, LOGIN_SECONDS)

    async def claim(self, secret: Secret, token: Secret) -> ClaimedInvitation | RefusedAnswer:
        """Claim an invitation for the bearer of `token`."""
        claimed = msgspec.json.encode(InvitationClaim(secret), enc_hook=revealed)
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        answer = await self._post(GOALS, "/v1/invitations/claim", claimed, headers, COMMAND_SECONDS)
        if answer.status_code == 401:
            raise TokenRefused(f"{GOALS} does not accept the token: {answer.text[:_MOST_REASON]}")
        if answer.status_code >= 500 and answer.status_code != 503:
            raise Unreachable(f"{GOALS} answered {answer.status_code}")
        return _decode(GOALS, answer, ClaimedInvitation) if answer.status_code == 200 else _refusal(GOALS, answer)

    async def signed_in(self, organization: Id, login: Login) -> None:
        """Say that whoever has this login has signed in."""
        query: Query = {"organization": organization, "issuer": login.issuer, "subject": login.subject}
        _fine(GOALS, await self._of[GOALS].send("POST", "/v1/signed-in", COMMAND_SECONDS, params=query))

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
        """Events after a sequence; with `through`, after the upstream has folded that goals commit."""
        query: Query = {"organization": organization, "after": after, "limit": limit, **_until(through, wait)}
        seconds = PAGE_SECONDS if through is None else wait + VERDICT_SECONDS
        page = await self._get(source, "/v1/events", EventsPage, query, seconds)
        try:
            return StreamPage(events_from_json(page.events), page.head)
        except Undecodable as error:
            raise Unreadable(f"{source} answered with events that cannot be read: {error}") from error

    async def heads(self, source: str, query: HeadsQuery) -> Heads:
        """The heads that are asked for."""
        answer = await self._post(source, "/v1/heads", query, {}, HEADS_SECONDS, look=True)
        return _decode(source, _fine(source, answer), Heads)

    async def command(self, command: Command, credentials: CommandCredentials) -> Accepted | RefusedAnswer:
        """Send a command to the service that decides it."""
        source = ALERTS if isinstance(command, AnyAlertCommand) else GOALS
        headers = {
            "Authorization": f"Bearer {credentials.token.reveal()}",
            ORGANIZATION_HEADER: credentials.organization,
            "Idempotency-Key": credentials.key,
        }
        seconds = ALERT_COMMAND_SECONDS if source == ALERTS else _seconds(command)
        answer = await self._post(source, "/v1/commands", command, headers, seconds)
        if answer.status_code == 200:
            return _decode(source, answer, Accepted)
        if answer.status_code == 401:
            raise TokenRefused(f"{source} does not accept the token: {answer.text[:_MOST_REASON]}")
        if answer.status_code >= 500 and answer.status_code != 503:  # 503 is a refusal
            raise Unreachable(f"{source} answered {answer.status_code}")
        return _decode(source, answer, RefusedAnswer)

    async def impact(self, organization: Id, facts: list[Facts], *, seconds: float = 5.0) -> ImpactAnswer:
        """What a change that was not written would do. Raises `QueryTooLarge`."""
        query = msgspec.json.encode(ImpactQuery(organization, facts=facts))
        if len(query) > MAX_BODY:
            raise QueryTooLarge(f"{ALIGNMENT} reads at most {MAX_BODY:,} bytes at once, not {len(query):,}")
        answer = await self._post(ALIGNMENT, "/v1/impact", query, {}, seconds)
        return _decode(ALIGNMENT, _fine(ALIGNMENT, answer), ImpactAnswer)

    async def imports(self, organization: Id) -> list[ImportRun]:
        """The imports under way and those that ended lately."""
        return await self._get(GOALS, "/v1/imports", list[ImportRun], {"organization": organization}, RUNS_SECONDS)

    async def figures(
        self,
        organization: Id,
        since: date | None,
        *,
        only: Id | None = None,
        through: StreamPosition | None = None,
        wait: float = 0.0,
    ) -> FiguresAnswer:
        """How everybody stands, and stood on the days from `since` on; there is none after the last day of all."""
        query: Query = {"organization": organization, "since": (since or date.max).isoformat(), **_until(through, wait)}
        query |= {"unit": only} if only is not None else {}
        return await self._get(ALIGNMENT, "/v1/figures", FiguresAnswer, query, wait + READING_SECONDS)

    async def reciprocity(
        self, organization: Id, since: date | None, *, through: StreamPosition | None = None, wait: float = 0.0
    ) -> ReciprocityAnswer:
        """What passed between units from the day `since` on."""
        query: Query = {"organization": organization, **_until(through, wait)}
        query |= {"since": since.isoformat()} if since is not None else {}
        return await self._get(ALIGNMENT, "/v1/reciprocity", ReciprocityAnswer, query, wait + READING_SECONDS)

    async def history(self, organization: Id, subject: Id | None, before: int | None, limit: int) -> HistoryPage:
        """What happened, newest first."""
        query: Query = {"organization": organization, "limit": limit}
        query |= {"subject": subject} if subject is not None else {}
        query |= {"before": before} if before is not None else {}
        return await self._get(GOALS, "/v1/history", HistoryPage, query, HISTORY_SECONDS)

    async def webhooks(self, organization: Id, token: Secret) -> list[WebhookStatus] | RefusedAnswer:
        """The webhooks and how their deliveries fare, as far as the bearer of `token` may see them."""
        headers = {"Authorization": f"Bearer {token.reveal()}", ORGANIZATION_HEADER: organization}
        answer = await self._of[ALERTS].send(
            "GET", "/v1/webhooks", ALERT_COMMAND_SECONDS, params={"organization": organization}, headers=headers
        )
        if answer.status_code == 200:
            return _decode(ALERTS, answer, list[WebhookStatus])
        if answer.status_code == 401 or answer.status_code >= 500:
            raise Unreachable(f"{ALERTS} answered {answer.status_code}")
        return _decode(ALERTS, answer, RefusedAnswer)

    async def _verdicts(self, query: Query, *, needed: bool) -> AlignmentSnapshot | None:
        try:
            return await self._snapshot(ALIGNMENT, "/v1/snapshot", snapshots.alignment(), query, OPTIONAL_PAUSE)
        except Unreachable:
            if needed:
                raise
            return None

    async def _alerts(self, query: Query) -> AlertsSnapshot | None:
        try:
            return await self._snapshot(ALERTS, "/v1/snapshot", snapshots.alerts(), query, OPTIONAL_PAUSE)
        except Unreachable:
            return None

    async def _snapshot(
        self, source: str, path: str, snapshot: Snapshot[Any, T], query: Query, pause: float = SNAPSHOT_PAUSE
    ) -> T:
        """Read line by line, with a turn for others after each: a page is decoded in some milliseconds."""
        try:
            async with self._of[source].stream(path, query, pause, SNAPSHOT_SECONDS) as answer:
                async for line in _lines(_fine(source, answer).aiter_bytes()):
                    snapshot.line(line)
                    await asyncio.sleep(0)
            return snapshot.whole()
        except BrokenOff as error:
            raise Unreachable(f"{source} gave no whole snapshot: {error}") from error

    async def _get(self, source: str, path: str, kind: type[T], query: Query, seconds: float) -> T:
        answer = await self._of[source].send("GET", path, seconds, params=query)
        return _decode(source, _fine(source, answer), kind)

    async def _post(
        self, source: str, path: str, body: Any, headers: dict[str, str], seconds: float, *, look: bool = False
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json", **headers}
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self._of[source].send("POST", path, seconds, look=look, content=content, headers=headers)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytearray]:
    """The lines of a body, each as soon as it is whole; what follows the last line break is one, too."""
    line = bytearray()
    async for chunk in chunks:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line += end
            yield line
            line = bytearray()
        line += rest
    if line:
        yield line


def _seconds(command: Command) -> float:
    """How long a command may take."""
    return IMPORT_SECONDS if isinstance(command, ImportPlan | RecordFeedbackItems) else COMMAND_SECONDS


def _until(through: StreamPosition | None, wait: float) -> Query:
    if through is None:
        return {}
    found: Query = {"through": through.sequence, "wait": math.ceil(wait)}
    return found if through.id is None else found | {"throughId": through.id}


def _fine(source: str, answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise Unreachable(f"{source} answered {answer.status_code} to {answer.request.url.path}")
    return answer


def _decode(source: str, answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind, dec_hook=hidden)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"{source} answered {answer.status_code}, and not in our language: {error}") from error


def _refusal(source: str, answer: httpx.Response) -> RefusedAnswer:
    return _decode(source, answer, RefusedAnswer)
