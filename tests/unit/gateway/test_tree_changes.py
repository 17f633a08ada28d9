"""What who listens to a part of the tree is told when a link leaves it, or goes on with a copy."""

from __future__ import annotations

from msgspec import structs

from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import OrganizationSnapshot
from gateway.views.tree_changes import below, changed_nodes, removed
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.events.goals import LinkMoved
from goldenthread.contracts.read_api import AlertsSnapshot, AlignmentSnapshot, PeopleSnapshot, StreamPosition
from goldenthread.organization.organization import Organization
from tests.support.entities import link, objective, purpose, why
from tests.support.snapshots import goals_snapshot
from tests.unit.gateway.world import World


def told(world: World, root: Id, payload: LinkMoved) -> tuple[list[Id], list[Id], list[Id]]:
    """Nodes, links and what is removed, of a move that is in the organization already."""
    nothing = AlignmentSnapshot(StreamPosition(), 0, []), AlertsSnapshot(StreamPosition(), 0, [])
    goals = goals_snapshot(world.org, StreamPosition(1, "last"))
    view = OrganizationView("org_1", OrganizationSnapshot(goals, *nothing, PeopleSnapshot(StreamPosition(), [])))
    found = below(view, root, changed_nodes(view.org, payload), payload)
    return found.nodes, found.links, removed(view, found)


def moved(organization: Organization, id: Id, **ends: Id) -> LinkMoved:
    before = organization.links[id]
    organization.put(structs.replace(before, **ends))
    return LinkMoved(organization.links[id], before)


def quarter() -> World:
    """Purpose ← why_1 ← objective_1 ← objective_2 ← objective_3; objective_9 is a copy of objective_2, that closed."""
    return World(
        purpose(), why("why_1"), objective("objective_1"), objective("objective_2", ObjectiveState.CLOSED),
        objective("objective_3"), structs.replace(objective("objective_9"), continues="objective_2"),
        link("link_0", "why_1", "purpose_1"), link("link_1", "objective_1", "why_1", 2),
        link("link_2", "objective_2", "objective_1", 3), link("link_3", "objective_3", "objective_2", 4),
    )  # fmt: skip


def test_above_a_copy_its_link_has_changed_and_the_goal_that_it_continues_is_removed() -> None:
    world = quarter()
    up = moved(world.org, "link_2", child="objective_9")
    down = moved(world.org, "link_3", parent="objective_9")
    for root in ("why_1", "objective_1"):
        assert told(world, root, up) == (["objective_2"], ["link_2"], ["objective_2"])
        assert told(world, root, down) == ([], ["link_3"], [])


def test_below_the_goal_that_closed_the_link_is_removed_and_elsewhere_nothing_is_told() -> None:
    world = quarter()
    moved(world.org, "link_2", child="objective_9")
    down = moved(world.org, "link_3", parent="objective_9")
    assert told(world, "objective_2", down) == ([], ["link_3"], ["link_3"])
    assert told(world, "objective_3", down) == ([], [], [])
