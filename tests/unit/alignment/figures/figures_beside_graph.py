"""Figures beside the graph they follow, as a service folds both; the verdicts are those that a test names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import Verdict
from services.alignment.domain.figures.counters import Counters
from services.alignment.domain.figures.figures_fold import FiguresFold, StoredFigures
from services.alignment.domain.verdict import Graph, LabelChange
from services.alignment.domain.verdict.graph_view import GraphView
from services.alignment.domain.verdict.ids import Ids
from tests.unit.alignment.verdict.packed_rows import restored


class FiguresBesideGraph:
    """The figures of one organization, commit by commit."""

    def __init__(self) -> None:
        self.known: dict[Id, Verdict] = {}
        self.graph = Graph()
        self.figures = FiguresFold(GraphView(self.graph), self.known.get)
        self._count = 0
        self._said: dict[Id, Any] = {}
        self._owned: dict[Id, int] = {}
        self._lists: dict[int, tuple[Id, ...]] = {}
        self._promises: dict[Id, Any] = {}
        self._tallies: dict[Id | None, bytes] = {}

    def commit(
        self, events: Iterable[Struct], judged: Mapping[Id, Verdict] | None = None, day: date = date.min
    ) -> set[Id]:
        """Take a commit in, of which these are the new verdicts; the units it touched."""
        events = list(events)
        for each in events:
            self.figures.apply(each)
        for each in events:
            self._count += 1
            self.graph.apply(each, self._count)
        self.graph.judge()
        labels = [LabelChange(node, self.known.get(node), after) for node, after in (judged or {}).items()]
        self.known.update(judged or {})
        return self.figures.settle(labels, day)

    def save(self) -> None:
        """Store what changed."""
        self._said.update(self.figures.unsaved_entities)
        self._owned.update(self.figures.unsaved_owners)
        self._lists.update(self.figures.facts.owners.unsaved)
        self._promises.update(self.figures.unsaved_promises)
        self._tallies.update((unit, msgspec.json.encode(tally)) for unit, tally in self.figures.unsaved_counters())
        self.figures.mark_saved()

    def reload(self) -> None:
        """Go on from what was stored, as a process that starts again does."""
        self.save()
        self.graph = restored(self.graph)
        halves = Ids().halves
        stored = StoredFigures(
            self._said.values(),
            [units for _, units in sorted(self._lists.items())],
            np.array([(*halves(id), number) for id, number in self._owned.items()], np.int64).reshape(-1, 3),
            {link: kept for link, kept in self._promises.items() if kept is not None},
            {unit: msgspec.json.decode(raw, type=Counters) for unit, raw in self._tallies.items()},
        )
        self.figures = FiguresFold.restore(GraphView(self.graph), self.known.get, stored)
