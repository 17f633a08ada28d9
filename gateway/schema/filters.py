"""Which objectives, in which order."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import strawberry
from strawberry import ID

from gateway import cost
from gateway.model import ALIGNMENT, Model
from gateway.schema import enums
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.contracts.organization import Organization


@strawberry.input
class ObjectiveFilter:
    """All that are given must hold."""

    alignment: list[enums.AlignmentState] | None = None
    cause: list[enums.OrphanCause] | None = None
    state: list[enums.ObjectiveState] | None = None
    unit: ID | None = None
    include_subunits: bool | None = True
    cycle: ID | None = None
    accountable: ID | None = None
    search: str | None = strawberry.field(default=None, description="In the title or the description, case aside.")
    without_evidence: bool | None = strawberry.field(default=None, description="No customer said anything about it.")


@strawberry.input
class ObjectiveOrder:
    """What to order by."""

    field: enums.ObjectiveOrderField
    direction: enums.OrderDirection


def objectives(
    model: Model, wanted: ObjectiveFilter | None, order: ObjectiveOrder | None, within: Id | None = None
) -> list[e.Objective]:
    """The objectives that pass `wanted` (and are of `within` or below); the oldest first unless ordered.

    The last list of each organization is kept while nothing changes, for those who ask for its pages one after another.
    """
    if within is not None:
        return _objectives(model, wanted, order, within)
    asked = repr(wanted), repr(order), model.revision, model.shown(ALIGNMENT)
    kept = _kept.get(model)
    if kept is None or kept[0] is not model.org or kept[1] != asked:
        _kept[model] = kept = (model.org, asked, _objectives(model, wanted, order, None))
    return kept[2]


_kept: WeakKeyDictionary[Model, tuple[Organization, Any, list[e.Objective]]] = WeakKeyDictionary()


def _objectives(
    model: Model, wanted: ObjectiveFilter | None, order: ObjectiveOrder | None, within: Id | None
) -> list[e.Objective]:
    chosen = wanted or ObjectiveFilter()
    units = _units(model, chosen.unit, chosen.include_subunits), _units(model, within, chosen.include_subunits)
    found = [row for row in cost.scan(model.org.objectives.values()) if _passes(model, row, chosen, units)]
    return sort_objectives(model, found, order)


def named(model: Model, search: str) -> list[e.GoalNode]:
    """Nodes of the goal graph that are there, with a text in their title (case aside) or with this id; by title."""
    org, text = model.org, search.casefold()
    measures = (row for row in cost.scan(org.key_results.values()) if not row.removed)
    rows = [org.purpose] if org.purpose is not None else []
    nodes: list[e.GoalNode] = [*rows, *cost.scan(org.whys.values()), *cost.scan(org.objectives.values()), *measures]
    found = [row for row in nodes if row.id == search or text in called(row).casefold()]
    cost.rows(len(found))
    return sorted(found, key=lambda row: (called(row).casefold(), row.id))


def called(row: e.GoalNode) -> str:
    """What to call a node: its title; of a purpose without one its statement."""
    return row.title or (row.statement if isinstance(row, e.Purpose) else "")


def sort_objectives(model: Model, rows: list[e.Objective], order: ObjectiveOrder | None) -> list[e.Objective]:
    """In order, ties by id; rows without a value come last in either direction."""
    cost.rows(len(rows))
    field = order.field if order else enums.ObjectiveOrderField.CREATED_AT
    values: dict[Id, Any] = {row.id: _value(model, row, field) for row in rows}
    with_value = sorted((row for row in rows if values[row.id] is not None), key=lambda row: row.id)
    without = sorted((row for row in rows if values[row.id] is None), key=lambda row: row.id)
    downward = order is not None and order.direction is enums.OrderDirection.DESC
    with_value.sort(key=lambda row: values[row.id], reverse=downward)
    return with_value + without


def _value(model: Model, row: e.Objective, field: enums.ObjectiveOrderField) -> Any:
    match field:
        case enums.ObjectiveOrderField.TITLE:
            return row.title.casefold()
        case enums.ObjectiveOrderField.PROGRESS:
            return model.progress.own(row.id)
        case enums.ObjectiveOrderField.DEPTH:
            return model.judgement(row.id).verdict.depth
        case _:
            return row.created_at


def _units(model: Model, unit: Id | None, below: bool | None) -> set[Id] | None:
    if unit is None:
        return None
    return subunits(model, unit) if below is not False else {unit}


def subunits(model: Model, unit: Id) -> set[Id]:
    """A unit and all units below it. Raises `CostLimit`."""
    found: set[Id] = set()
    for each in model.org.subunits(unit):
        cost.rows(1)
        found.add(each)
    return found


def _passes(
    model: Model, row: e.Objective, wanted: ObjectiveFilter, units: tuple[set[Id] | None, set[Id] | None]
) -> bool:
    verdict = model.judgement(row.id).verdict
    return (
        (wanted.state is None or row.state in wanted.state)
        and (wanted.alignment is None or verdict.state in wanted.alignment)
        and (wanted.cause is None or verdict.cause in wanted.cause)
        and all(within is None or not within.isdisjoint(row.owners) for within in units)
        and (wanted.cycle is None or row.cycle == wanted.cycle)
        and (wanted.accountable is None or row.accountable == wanted.accountable)
        and (wanted.without_evidence is None or (row.id not in model.org.feedback_about) == wanted.without_evidence)
        and (wanted.search is None or _mentions(row, wanted.search.casefold()))
    )


def _mentions(row: e.Objective, text: str) -> bool:
    return text in row.title.casefold() or text in (row.description or "").casefold()
