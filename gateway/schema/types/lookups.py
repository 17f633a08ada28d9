"""Things of the caller's organization by their ids, as GraphQL objects. Another organization's ids are not there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from gateway.budget import cost
from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.schema.core.node import Node
from gateway.schema.core.registry import represent, represent_as_itself
from gateway.schema.types import refs
from goldenthread.contracts.entities import Id

T = TypeVar("T")
ERASED, ERASED_ACCOUNT = "A person who was erased", "A service account that was erased"
"""What people and service accounts are called of whom nothing is kept any more."""


def find(view: OrganizationView, id: Id) -> Node | None:
    """Whatever has this id, or None."""
    row = view.get(id)
    return represent_as_itself(view, row) if row is not None else None


def must_find(view: OrganizationView, id: Id) -> Node:
    """The same. Raises `BadRequest` when there is no such thing."""
    return _known(find(view, id), id)


def goal_node(view: OrganizationView, id: Id | None) -> refs.GoalNode | None:
    """The node of the goal graph with this id, or None."""
    found: refs.GoalNode | None = _shown(view, view.org.node(id) if id else None)
    return found


def must_node(view: OrganizationView, id: Id) -> refs.GoalNode:
    """The node of the goal graph with this id. Raises `BadRequest` when it is not known here."""
    return _known(goal_node(view, id), id)


def goal_nodes(view: OrganizationView, ids: Iterable[Id]) -> list[refs.GoalNode]:
    """Nodes by id; those that are not known are left out."""
    return [found for id in ids if (found := goal_node(view, id)) is not None]


def objective(view: OrganizationView, id: Id | None) -> refs.Objective | None:
    """The objective with this id, or None."""
    found: refs.Objective | None = _shown(view, view.org.objectives.get(id or ""))
    return found


def key_result(view: OrganizationView, id: Id | None) -> refs.KeyResult | None:
    """The key result with this id, or None."""
    found: refs.KeyResult | None = _shown(view, view.org.key_results.get(id or ""))
    return found


def key_results(view: OrganizationView, node: Id) -> list[refs.KeyResult]:
    """The key results of an objective or why that were not removed, the oldest first."""
    rows = (view.org.key_results[id] for id in sorted(cost.scan(view.org.measures_of.get(node, {}))))
    return [represent(view, row) for row in rows if not row.removed]


def unit(view: OrganizationView, id: Id | None) -> refs.OrgUnit | None:
    """A unit by id."""
    found: refs.OrgUnit | None = _shown(view, view.org.units.get(id) if id else None)
    return found


def must_unit(view: OrganizationView, id: Id) -> refs.OrgUnit:
    """The unit with this id. Raises `KeyError` when there is none: for ids that rows hold."""
    found: refs.OrgUnit = represent(view, view.org.units[id])
    return found


def units_in_order(view: OrganizationView, ids: list[Id]) -> list[refs.OrgUnit]:
    """Units by id, in the order given."""
    return [found for id in cost.scan(ids) if (found := unit(view, id)) is not None]


def units(view: OrganizationView, ids: Collection[Id]) -> list[refs.OrgUnit]:
    """Units by id, by name."""
    cost.rows(2 * len(ids))  # they are looked up, and sorted
    rows = sorted((view.org.units[id] for id in ids if id in view.org.units), key=lambda row: (row.name, row.id))
    return [represent(view, row) for row in rows]


def person(view: OrganizationView, id: Id | None) -> refs.Person | None:
    """A person by id. Where a service account acted, it is shown as one under its name."""
    found: refs.Person | None = _shown(view, view.org.people.get(id) if id else None)
    return found


def has_signed_in(view: OrganizationView, id: Id) -> bool:
    """Whether a person has ever signed in, as far as that was recorded."""
    return view.people_names.signed_in_at(id) is not None


def person_name(view: OrganizationView, id: Id) -> str:
    """What a person is called; of somebody whose name was erased, that it was."""
    row = view.org.people.get(id)
    if row is not None and row.erased:
        return ERASED_ACCOUNT if row.service else ERASED
    found = view.names.get(id)
    return found.name if found is not None else "A former member"


def _shown(view: OrganizationView, row: Any) -> Any:
    return represent(view, row) if row is not None else None


def _known(found: T | None, id: Id) -> T:
    if found is None:
        raise BadRequest(f"{id} is not known in this organization.", "NOT_FOUND")
    return found
