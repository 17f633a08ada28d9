"""`python -m services.alignment.precompile`: compiles the engine, so that nobody waits for it later.

Without this the first start does it, which takes a while; `domain/verdict/compiled.py` says where it is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime

from goldenthread.contracts.entities import Link, Objective, Purpose
from goldenthread.contracts.enums import LinkKind, LinkState, ObjectiveState, PurposeState
from goldenthread.contracts.events.goals import LinkAccepted, ObjectiveActivated, PurposePublished
from services.alignment.domain.verdict import Graph
from services.alignment.domain.verdict.graph_view import GraphView

_SOME = 50
"""More nodes than a new graph has room for."""


def precompile() -> None:
    """Load everything that is compiled, after compiling what was not yet: by judging a small graph, and reading it."""
    at, graph = datetime(2026, 1, 1, tzinfo=UTC), Graph()
    graph.apply(PurposePublished(Purpose("purpose", "", 1, PurposeState.PUBLISHED, None, at, "")), 1)
    for number in range(_SOME):
        objective = Objective(f"objective_{number}", "", None, ObjectiveState.ACTIVE, 1, [], None, None, at, at)
        graph.apply(ObjectiveActivated(objective), number)
        link = Link(f"{number}", objective.id, "purpose", LinkKind.SUPPORTS, LinkState.ACCEPTED, 1, [], at)
        graph.apply(LinkAccepted(link), number)
    graph.judge()
    loaded = Graph.restore(graph.take_unsaved(), graph.ids)
    view = GraphView(loaded)
    view.rows(loaded.packed().nodes)
    view.node("purpose")
    view.link("0")
    if dict(loaded.verdicts()) != dict(graph.verdicts()) or loaded.verdict("purpose") is None:
        raise RuntimeError("the engine, as it is compiled here, contradicts itself: please report it with your machine")


if __name__ == "__main__":
    precompile()
