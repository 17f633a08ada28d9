"""HTTP of alignment: snapshot, figures, reciprocity, impact, replay and heads."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events import goals
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.contracts.hypotheses import Facts
from goldenthread.contracts.read_api import Head, ImpactAnswer, ImpactQuery, VerdictChange
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.snapshots import SnapshotResponse, page_of
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.projection import Position, Projection
from goldenthread.runtime.web.endpoints import answer, body, endpoint, organization_read, require_service
from services.alignment.domain.transitions import is_transition
from services.alignment.domain.verdict import Graph, LabelChange
from services.alignment.handlers import Judgement
from services.alignment.impact_events import payloads_of
from services.alignment.stores import figures_store, graphs_store, silos_store
from services.alignment.stores.alignment_store import AlignmentStore

_queries = msgspec.json.Decoder(ImpactQuery)


def routes(pool: Pool, verifier: Verifier, graphs: AlignmentStore, projection: Projection[Judgement]) -> list[Route]:
    """Every endpoint of alignment, behind authentication."""

    async def snapshot(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        return SnapshotResponse(pool, organization, graphs_store.JUDGED, page_of(graphs_store.judged))

    async def figures(request: Request, caller: Caller) -> Response:
        organization, unit, since = (
            organization_read(request, caller),
            request.query_params.get("unit"),
            _since(request),
        )
        await replay_endpoints.wait_for_revision(graphs.revision_waits, request, organization)
        return answer(await figures_store.answer(pool, organization, unit, since))

    async def reciprocity(request: Request, caller: Caller) -> Response:
        organization, unit, since = (
            organization_read(request, caller),
            request.query_params.get("unit"),
            _since(request),
        )
        await replay_endpoints.wait_for_revision(graphs.revision_waits, request, organization)
        return answer(await silos_store.between(pool, organization, unit, since))

    async def impact(request: Request, caller: Caller) -> Response:
        require_service(caller)
        async with body(request, _queries, caller) as query:
            return answer(await _impact(query))

    async def _impact(query: ImpactQuery) -> ImpactAnswer:
        if "\x00" in query.organization:
            raise refuse(ErrorCode.INVALID, "This is no organization's id.", "organization")
        payloads = payloads_of(query.events)
        head = await outbox.head(pool, query.organization)

        def copy(state: Judgement) -> tuple[Position, Graph]:
            return projection.applied(query.organization, goals.SOURCE), state.graph.copy()

        graph: Graph | None
        if _is_ahead(projection.applied(query.organization, goals.SOURCE), head):
            judged, graph = await projection.read(query.organization, copy)
        else:
            # Any replica can answer: whoever owns the organization's partition, this is a copy of what was last saved.
            loaded, judged = await graphs.load(query.organization), Position(head.judged or 0, head.judged_id)
            graph = loaded.state.graph if loaded is not None and loaded.state is not None else None
        if graph is None:
            return ImpactAnswer(judged.sequence, [], judged.id)
        # Beside the event loop: a large import takes a second or two, and others have their turns meanwhile.
        effects = await asyncio.to_thread(_effects, graph, query.facts, payloads, judged.sequence + 1)
        return ImpactAnswer(judged.sequence, effects, judged.id)

    return [
        Route("/v1/snapshot", endpoint(verifier, snapshot)),
        Route("/v1/figures", endpoint(verifier, figures)),
        Route("/v1/reciprocity", endpoint(verifier, reciprocity)),
        Route("/v1/impact", endpoint(verifier, impact), methods=["POST"]),
        *replay_endpoints.routes(pool, verifier, graphs.revision_waits),
    ]


def _effects(graph: Graph, facts: list[Facts], payloads: list[Struct | None], sequence: int) -> list[VerdictChange]:
    """What the events would change in `graph`, a copy that belongs to this caller."""
    if not facts:
        return [_effect(each) for each in graph.impact(payloads, sequence).labels if is_transition(each)]
    labels = graph.try_out(facts, sequence).labels
    return [_effect(each) for each in labels if is_transition(each) and not _begins_well(each)]


def _effect(change: LabelChange) -> VerdictChange:
    return VerdictChange(change.node, change.before, change.after)


def _begins_well(change: LabelChange) -> bool:
    return change.before is None and change.after.state is AlignmentState.ALIGNED


def _is_ahead(applied: Position, head: Head) -> bool:
    """Whether the state in memory is the one that was saved last, or the one that will be saved next."""
    if not head.judged:
        return False
    return applied.sequence > head.judged or (applied.sequence, applied.id) == (head.judged, head.judged_id)


def _since(request: Request) -> date | None:
    """The day `since` of a query. Refused: what is none."""
    text = request.query_params.get("since")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise refuse(ErrorCode.INVALID, "Give the day as 2026-01-31.", "since") from error
