"""The producers over HTTP: what `sources.py` asks, as `contracts/reading.py` says it is answered."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Raw

from gateway.model import ALERTS, ALIGNMENT, GOALS, Loaded
from gateway.sources import NotSent, Page, Request, TokenRefused, UnknownOrganization, Unreachable
from goldenthread.contracts import snapshots
from goldenthread.contracts.command import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Undecodable, events_from_json
from goldenthread.contracts.reading import (
    AlertsSnapshot,
    AnyAlertCommand,
    EventsPage,
    FiguresAnswer,
    Heads,
    HistoryPage,
    ImpactAnswer,
    ImpactQuery,
    Login,
    LoginAnswer,
    PeopleSnapshot,
    ReciprocityAnswer,
    WebhookStatus,
)
from goldenthread.contracts.replies import Accepted, RefusedAnswer
from goldenthread.contracts.secret import Secret, hidden
from goldenthread.contracts.snapshots import BrokenOff, Snapshot

COMMAND_SECONDS = 120.0
"""How long a command may take: an import of many rows is one."""

SNAPSHOT_SECONDS = 120.0
"""How long a whole snapshot may take, however steadily it comes."""
SNAPSHOT_SILENCE = 20.0
"""How long its next piece may take: the first comes when a connection to the database is free."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.LocalProtocolError)
_MOST_REASON = 500
"""Characters of a reason that is logged."""

T = TypeVar("T")
Query = dict[str, str | int]


class Producers:
    """`sources.Sources` over HTTP. `client` speaks as this service; commands carry their caller's own token."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = {source: url.rstrip("/") for source, url in urls.items()}

    async def load(self, organization: Id) -> Loaded:
        """Snapshots; goals' is asked for last, so that it is the newest. Without notifications, without alerts."""
        query: Query = {"organization": organization}
        alignment, alerts = await asyncio.gather(
            self._snapshot(ALIGNMENT, "/v1/snapshot", snapshots.alignment(), query), self._alerts(query)
        )
        goals = await self._snapshot(GOALS, "/v1/snapshot", snapshots.goals(), query)
        if goals.info is None:
            raise UnknownOrganization(organization)
        return Loaded(goals, alignment, alerts, await self.people(organization))

    async def people(self, organization: Id) -> PeopleSnapshot:
        """What people are called, and how they sign in."""
        return await self._snapshot(GOALS, "/v1/people", snapshots.people(), {"organization": organization})

    async def name(self, organization: Id, person: Id) -> LoginAnswer:
        """The same of one person."""
        return await self._get(GOALS, "/v1/name", LoginAnswer, {"organization": organization, "person": person})

    async def login(self, organization: Id, login: Login) -> LoginAnswer:
        """The live person a login belongs to."""
        query: Query = {"organization": organization, "issuer": login.issuer, "subject": login.subject}
        return await self._get(GOALS, "/v1/login", LoginAnswer, query)

    async def events(
        self,
        source: str,
        organization: Id,
        after: int,
        *,
        limit: int = 5000,
        through: int | None = None,
        wait: float = 0.0,
    ) -> Page:
        """Events after a sequence; with `through`, after the producer has folded that goals revision."""
        query: Query = {"organization": organization, "after": after, "limit": limit, **_until(through, wait)}
        page = await self._get(source, "/v1/events", EventsPage, query)
        try:
            return Page(events_from_json(page.events), page.head)
        except Undecodable as error:
            raise Unreachable(f"{source} answered with events that cannot be read: {error}") from error

    async def heads(self, source: str, since: datetime | None) -> Heads:
        """The heads of organisations that changed since then, of all of them without it."""
        query: Query = {"changedSince": since.isoformat()} if since else {}
        return await self._get(source, "/v1/heads", Heads, query)

    async def command(self, command: Command, request: Request) -> Accepted | RefusedAnswer:
        """Send a command to the service that decides it."""
        source = ALERTS if isinstance(command, AnyAlertCommand) else GOALS
        headers = {"Authorization": f"Bearer {request.token.reveal()}", "Idempotency-Key": request.key}
        if request.traceparent:
            headers["traceparent"] = request.traceparent
        answer = await self._post(source, "/v1/commands", command, headers, COMMAND_SECONDS)
        if answer.status_code == 200:
            return _decode(source, answer, Accepted)
        if answer.status_code == 401:
            raise TokenRefused(f"{source} does not accept the token: {answer.text[:_MOST_REASON]}")
        if answer.status_code >= 500 and answer.status_code != 503:  # 503 is a refusal
            raise Unreachable(f"{source} answered {answer.status_code}")
        return _decode(source, answer, RefusedAnswer)

    async def impact(self, organization: Id, events: Raw) -> ImpactAnswer:
        """What events that were not written would do."""
        answer = await self._post(ALIGNMENT, "/v1/impact", ImpactQuery(organization, events), {}, COMMAND_SECONDS)
        return _decode(ALIGNMENT, _fine(ALIGNMENT, answer), ImpactAnswer)

    async def figures(
        self,
        organization: Id,
        since: date | None,
        *,
        only: Id | None = None,
        through: int | None = None,
        wait: float = 0.0,
    ) -> FiguresAnswer:
        """How everybody stands, and stood on the days from `since` on; there is none after the last day of all."""
        query: Query = {"organization": organization, "since": (since or date.max).isoformat(), **_until(through, wait)}
        query |= {"unit": only} if only is not None else {}
        return await self._get(ALIGNMENT, "/v1/figures", FiguresAnswer, query)

    async def reciprocity(
        self, organization: Id, since: date | None, *, through: int | None = None, wait: float = 0.0
    ) -> ReciprocityAnswer:
        """What passed between units from the day `since` on."""
        query: Query = {"organization": organization, **_until(through, wait)}
        query |= {"since": since.isoformat()} if since is not None else {}
        return await self._get(ALIGNMENT, "/v1/reciprocity", ReciprocityAnswer, query)

    async def history(self, organization: Id, subject: Id | None, before: int | None, limit: int) -> HistoryPage:
        """What happened, newest first."""
        query: Query = {"organization": organization, "limit": limit}
        query |= {"subject": subject} if subject is not None else {}
        query |= {"before": before} if before is not None else {}
        return await self._get(GOALS, "/v1/history", HistoryPage, query)

    async def webhooks(self, organization: Id, token: Secret) -> list[WebhookStatus] | RefusedAnswer:
        """The webhooks and how their deliveries fare, as far as the bearer of `token` may see them."""
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        answer = await self._send(
            ALERTS, "GET", "/v1/webhooks", 10.0, params={"organization": organization}, headers=headers
        )
        if answer.status_code == 200:
            return _decode(ALERTS, answer, list[WebhookStatus])
        if answer.status_code == 401 or answer.status_code >= 500:
            raise Unreachable(f"{ALERTS} answered {answer.status_code}")
        return _decode(ALERTS, answer, RefusedAnswer)

    async def _alerts(self, query: Query) -> AlertsSnapshot | None:
        try:
            return await self._snapshot(ALERTS, "/v1/snapshot", snapshots.alerts(), query)
        except Unreachable:
            return None

    async def _snapshot(self, source: str, path: str, snapshot: Snapshot[Any, T], query: Query) -> T:
        """Read line by line, with a turn for others after each: a page is decoded in some milliseconds."""
        url, timeout = self._urls[source] + path, httpx.Timeout(10.0, read=SNAPSHOT_SILENCE)
        try:
            async with (
                asyncio.timeout(SNAPSHOT_SECONDS),
                self._client.stream("GET", url, params=query, timeout=timeout) as answer,
            ):
                async for line in _lines(_fine(source, answer).aiter_bytes()):
                    snapshot.line(line)
                    await asyncio.sleep(0)
            return snapshot.whole()
        except BrokenOff as error:
            raise Unreachable(f"{source} gave no whole snapshot: {error}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreachable(f"{source} gave no snapshot: {type(error).__name__} {error}") from error

    async def _get(self, source: str, path: str, kind: type[T], query: Query) -> T:
        return _decode(source, _fine(source, await self._send(source, "GET", path, 10.0, params=query)), kind)

    async def _post(self, source: str, path: str, body: Any, headers: dict[str, str], seconds: float) -> httpx.Response:
        headers = {"Content-Type": "application/json", **headers}
        return await self._send(source, "POST", path, seconds, content=msgspec.json.encode(body), headers=headers)

    async def _send(self, source: str, method: str, path: str, seconds: float, **more: Any) -> httpx.Response:
        try:
            return await self._client.request(method, self._urls[source] + path, timeout=seconds, **more)
        except _NOT_SENT as error:
            raise NotSent(f"{source} does not answer: {type(error).__name__} {error}") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{source} does not answer: {type(error).__name__} {error}") from error


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


def _until(through: int | None, wait: float) -> Query:
    return {} if through is None else {"through": through, "wait": math.ceil(wait)}


def _fine(source: str, answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise Unreachable(f"{source} answered {answer.status_code} to {answer.request.url.path}")
    return answer


def _decode(source: str, answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind, dec_hook=hidden)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"{source} answered {answer.status_code}, and not in our language: {error}") from error
