"""Which objectives, in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import strawberry
from strawberry import ID

from gateway.budget import cost
from gateway.errors import BadRequest, Unavailable
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.known_ids import known_cycle, known_person, known_unit
from gateway.upstream.streams import ALIGNMENT
from gateway.views.progress import GoalProgress
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.organization.organization import Organization

MOST_OF_SEARCH = 500
"""Characters of a text that is searched for."""

T = TypeVar("T")


def needle(text: str) -> str:
    """A text to search for in texts that are casefolded. Raises `BadRequest` for one that is too long."""
    if len(text) > MOST_OF_SEARCH:
        raise BadRequest(f"search: a text of at most {MOST_OF_SEARCH} characters can be searched for.")
    return text.casefold()


def any_of(values: Iterable[T] | None) -> frozenset[T] | None:
    """Values that a caller gave, to look up in rather than go through once for each row; None when all will do."""
    return None if values is None else frozenset(values)


@strawberry.input
class ObjectiveFilter:
    """A filter of objectives: all conditions that are given must hold."""

    alignment: list[enums.AlignmentState] | None = None
    cause: list[enums.OrphanCause] | None = None
    state: list[enums.ObjectiveState] | None = None
    unit: ID | None = None
    include_subunits: bool | None = True
    cycle: ID | None = None
    accountable: ID | None = None
    search: str | None = strawberry.field(default=None, description="In the title or the description, case aside.")
    without_evidence: bool | None = strawberry.field(default=None, description="No customer said anything about it.")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An `ObjectiveFilter`, ready to be compared with many rows."""

    alignment: frozenset[enums.AlignmentState] | None
    cause: frozenset[enums.OrphanCause] | None
    state: frozenset[enums.ObjectiveState] | None
    unit: Id | None
    below: bool
    cycle: Id | None
    accountable: Id | None
    search: str | None
    without_evidence: bool | None


def _ready(given: ObjectiveFilter) -> _Wanted:
    return _Wanted(
        any_of(given.alignment),
        any_of(given.cause),
        any_of(given.state),
        given.unit,
        given.include_subunits is not False,
        given.cycle,
        given.accountable,
        None if given.search is None else needle(given.search),
        given.without_evidence,
    )


@strawberry.input
class ObjectiveOrder:
    """What to order by."""

    field: enums.ObjectiveOrderField
    direction: enums.OrderDirection


def _require_known(view: OrganizationView, given: ObjectiveFilter) -> None:
    known_unit(view, given.unit, "filter", "unit")
    known_cycle(view, given.cycle, "filter", "cycle")
    known_person(view, given.accountable, "filter", "accountable")


def objectives(
    view: OrganizationView, wanted: ObjectiveFilter | None, order: ObjectiveOrder | None, within: Id | None = None
) -> list[e.Objective]:
    """The objectives that pass `wanted` (and are of `within` or below); the oldest first unless ordered.

    The last list of each organization is kept while nothing changes, for those who ask for its pages one after another.
    Raises `BadRequest` for an id in the filter that is not known.
    Raises `Unavailable` where it depends on verdicts, and those are not known.
    """
    if wanted is not None:
        _require_known(view, wanted)
    chosen = _ready(wanted or ObjectiveFilter())
    by_verdict = order is not None and order.field is enums.ObjectiveOrderField.DEPTH
    if not view.verdicts_known and (by_verdict or chosen.alignment is not None or chosen.cause is not None):
        raise Unavailable("Which goals these are cannot be said now: alignment, which judges them, does not answer.")
    if within is not None:
        return _objectives(view, chosen, order, within)
    asked = chosen, repr(order), view.revision, view.shown(ALIGNMENT), view.verdicts_known
    kept = _kept.get(view)
    if kept is None or kept[0] is not view.org or kept[1] != asked:
        _kept[view] = kept = (view.org, asked, _objectives(view, chosen, order, None))
    return kept[2]


_kept: WeakKeyDictionary[OrganizationView, tuple[Organization, Any, list[e.Objective]]] = WeakKeyDictionary()


def _objectives(
    view: OrganizationView, chosen: _Wanted, order: ObjectiveOrder | None, within: Id | None
) -> list[e.Objective]:
    units = _units(view, chosen.unit, chosen.below), _units(view, within, chosen.below)
    found = [row for row in cost.scan(view.org.objectives.values()) if _passes(view, row, chosen, units)]
    return sort_objectives(view, found, order)


def named(view: OrganizationView, search: str) -> list[e.GoalNode]:
    """Nodes of the goal graph that are there, with a text in their title (case aside) or with this id; by title."""
    org, text = view.org, needle(search)
    measures = (row for row in cost.scan(org.key_results.values()) if not row.removed)
    rows = [org.purpose] if org.purpose is not None else []
    nodes: list[e.GoalNode] = [*rows, *cost.scan(org.whys.values()), *cost.scan(org.objectives.values()), *measures]
    found = [row for row in nodes if row.id == search or text in called(row).casefold()]
    cost.rows(len(found))
    return sorted(found, key=lambda row: (called(row).casefold(), row.id))


def called(row: e.GoalNode) -> str:
    """What to call a node: its title; of a purpose without one its statement."""
    return row.title or (row.statement if isinstance(row, e.Purpose) else "")


def sort_objectives(view: OrganizationView, rows: list[e.Objective], order: ObjectiveOrder | None) -> list[e.Objective]:
    """In order, ties by id; rows without a value come last in either direction."""
    cost.rows(len(rows))
    field = order.field if order else enums.ObjectiveOrderField.CREATED_AT
    values: dict[Id, Any] = {row.id: _value(view, row, field) for row in rows}
    with_value = sorted((row for row in rows if values[row.id] is not None), key=lambda row: row.id)
    without = sorted((row for row in rows if values[row.id] is None), key=lambda row: row.id)
    downward = order is not None and order.direction is enums.OrderDirection.DESC
    with_value.sort(key=lambda row: values[row.id], reverse=downward)
    return with_value + without


def _value(view: OrganizationView, row: e.Objective, field: enums.ObjectiveOrderField) -> Any:
    match field:
        case enums.ObjectiveOrderField.TITLE:
            return row.title.casefold()
        case enums.ObjectiveOrderField.PROGRESS:
            return view.derived(GoalProgress).own(row.id)
        case enums.ObjectiveOrderField.DEPTH:
            return view.judgement(row.id).verdict.depth
        case _:
            return row.created_at


def _units(view: OrganizationView, unit: Id | None, below: bool) -> set[Id] | None:
    if unit is None:
        return None
    return subunits(view, unit) if below else {unit}


def subunits(view: OrganizationView, unit: Id) -> set[Id]:
    """A unit and all units below it. Raises `BudgetExceeded`."""
    found: set[Id] = set()
    for each in view.org.subunits(unit):
        cost.rows(1)
        found.add(each)
    return found


def _passes(
    view: OrganizationView, row: e.Objective, wanted: _Wanted, units: tuple[set[Id] | None, set[Id] | None]
) -> bool:
    verdict = view.judgement(row.id).verdict
    return (
        (wanted.state is None or row.state in wanted.state)
        and (wanted.alignment is None or verdict.state in wanted.alignment)
        and (wanted.cause is None or verdict.cause in wanted.cause)
        and all(within is None or not within.isdisjoint(row.owners) for within in units)
        and (wanted.cycle is None or row.cycle == wanted.cycle)
        and (wanted.accountable is None or row.accountable == wanted.accountable)
        and (wanted.without_evidence is None or (row.id not in view.org.feedback_about) == wanted.without_evidence)
        and (wanted.search is None or _mentions(row, wanted.search))
    )


def _mentions(row: e.Objective, text: str) -> bool:
    return text in row.title.casefold() or text in (row.description or "").casefold()
