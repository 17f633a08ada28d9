"""HTTP of alignment: snapshot, impact, replay and heads."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.envelope import Undecodable, events_from_json
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.reading import Effect, ImpactAnswer, ImpactQuery
from goldenthread.runtime import outbox, reading
from goldenthread.runtime.auth import Caller, Verifier
from goldenthread.runtime.database import Pool
from goldenthread.runtime.http import answer, body, endpoint, organization_of
from services.alignment import store
from services.alignment.domain.transitions import moved
from services.alignment.store import AlignmentStore

_queries = msgspec.json.Decoder(ImpactQuery)


def routes(pool: Pool, verifier: Verifier, graphs: AlignmentStore) -> list[Route]:
    """Every endpoint of alignment, behind authentication."""

    async def snapshot(request: Request, caller: Caller) -> Response:
        return answer(await store.snapshot(pool, organization_of(request, caller)))

    async def impact(request: Request, caller: Caller) -> Response:
        query = await body(request, _queries)
        if not caller.may_read(query.organization):
            raise refuse(ErrorCode.NOT_FOUND, "There is no such organisation for this token.", "organization")
        try:
            events = events_from_json(query.events)
        except Undecodable as error:
            raise refuse(ErrorCode.INVALID, f"These are no events of ours: {error}", "events") from error
        # Any replica can answer: it judges a copy of what was last saved, whoever owns the organisation's partition.
        head = await outbox.head(pool, query.organization)
        loaded = await graphs.load(query.organization)
        state = loaded.state if loaded else None
        changes = state.graph.impact([event.data for event in events], (head.judged or 0) + 1) if state else None
        effects = (
            [Effect(each.node, each.before, each.after) for each in changes.labels if moved(each)] if changes else []
        )
        return answer(ImpactAnswer(head.judged or 0, effects))

    return [
        Route("/v1/snapshot", endpoint(verifier, snapshot)),
        Route("/v1/impact", endpoint(verifier, impact), methods=["POST"]),
        *reading.routes(pool, verifier),
    ]
