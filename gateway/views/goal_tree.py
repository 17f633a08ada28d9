"""The graph below a root, flat: found level by level, so that it ends on any graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.upstream.streams import ALIGNMENT
from goldenthread.contracts.entities import Id, KeyResult, Link, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.organization.organization import Organization


@dataclass(frozen=True)
class Tree:
    """`roots` and `nodes` by id, level by level, and how many more there are below the depth that was asked for."""

    roots: list[Id]
    nodes: list[Id]
    known: frozenset[Id]
    """The nodes again, to be looked up."""
    deeper: int


@dataclass(frozen=True)
class TreePage:
    """Some nodes of a tree: those of its roots that are among them, and the accepted links from them up to any node of
    the tree. All pages together have every node and every link once.

    `truncated` counts the nodes that are not on this page: on others, or too deep.
    """

    roots: list[Id]
    nodes: list[Id]
    links: list[Link]
    truncated: int


@dataclass(frozen=True)
class Scope:
    """Which objectives (and their key results) belong in the picture; whys and the purpose always do."""

    cycle: Id | None = None
    unit: Id | None = None


def tree(view: OrganizationView, root: Id | None, depth: int | None, scope: Scope, include_orphans: bool) -> Tree:
    """What is down to `depth` levels below the roots: `root`, or the purpose and then every break.

    While the newest changes are not judged, the tops of what neither purpose nor break reaches are roots as well.

    The last one of each organization is kept while nothing changes, for those who ask for its pages one after another.
    """
    asked = (root, depth, scope, include_orphans), view.revision, view.shown(ALIGNMENT), view.up_to_date
    kept = _kept.get(view)
    if kept is None or kept[0] is not view.org or kept[1] != asked:
        _kept[view] = kept = (view.org, asked, _tree(view, root, depth, scope, include_orphans))
    return kept[2]


_kept: WeakKeyDictionary[OrganizationView, tuple[Organization, Any, Tree]] = WeakKeyDictionary()


def _tree(view: OrganizationView, root: Id | None, depth: int | None, scope: Scope, include_orphans: bool) -> Tree:
    roots = [root] if root is not None else _roots(view, include_orphans)
    cost.rows(len(view.org.units) if scope.unit else 0)
    units = set(view.org.subunits(scope.unit)) if scope.unit else None
    reached: dict[Id, int] = {}
    _reach(view, roots, reached, scope)
    if root is None and include_orphans and not view.up_to_date:
        roots += _unreached(view, reached, scope)
    everything = scope.cycle is None and units is None
    belongs = [(id, level) for id, level in reached.items() if everything or _belongs(view, id, scope, units)]
    within = [id for id, level in belongs if depth is None or level <= depth]
    known = frozenset(within)
    return Tree([id for id in roots if id in known], within, known, len(belongs) - len(within))


def tree_page(view: OrganizationView, found: Tree, start: int, first: int) -> TreePage:
    """The `first` nodes of a tree from `start` on."""
    nodes = found.nodes[start : start + first]
    chosen = set(nodes)
    cost.rows(len(found.roots) + sum(2 * len(view.org.up.get(id, {})) for id in nodes))
    links = [link for id in nodes for link in view.org.parents(id) if link.parent in found.known]
    truncated = len(found.nodes) - len(nodes) + found.deeper
    return TreePage([id for id in found.roots if id in chosen], nodes, links, truncated)


def breaks(view: OrganizationView) -> list[Id]:
    """Where chains end without reaching the purpose, the oldest first."""
    cost.rows(len(view.state.broken))
    return sorted(
        (id for id in view.state.broken if view.org.node(id) is not None), key=lambda id: id.partition("_")[2]
    )


def _roots(view: OrganizationView, include_orphans: bool) -> list[Id]:
    purpose = [view.org.purpose.id] if view.org.purpose is not None else []
    return purpose + [id for id in (breaks(view) if include_orphans else []) if id not in purpose]


def _unreached(view: OrganizationView, reached: dict[Id, int], scope: Scope) -> list[Id]:
    """The tops of the live nodes that are not `reached`: those without a parent among them, and of a loop its oldest.
    Afterwards all of them are `reached`.
    """
    org, tops = view.org, list[Id]()
    nodes = (*org.whys, *org.objectives, *org.key_results)
    cost.rows(len(nodes) // 10)  # a lookup costs less than a row that is shown
    left = {id for id in nodes if id not in reached and org.live(id)}
    cost.rows(len(left))
    for id in sorted(left, key=lambda id: (any(link.parent in left for link in org.parents(id)), id.partition("_")[2])):
        if id not in reached:
            tops.append(id)
            _reach(view, [id], reached, scope)
    return tops


def _reach(view: OrganizationView, roots: list[Id], found: dict[Id, int], scope: Scope) -> None:
    """Add to `found` everything at or below the roots, breadth first, with its distance from the nearest root."""
    queue = [id for id in roots if id not in found]
    found |= dict.fromkeys(queue, 0)
    for id in queue:
        links = view.org.children(id) if id in view.org.down else ()
        cost.rows(1 + len(links))
        for link in links:
            if link.child not in found and shown(view, link.child, scope):
                found[link.child] = found[id] + 1
                queue.append(link.child)


def shown(view: OrganizationView, id: Id, scope: Scope) -> bool:
    """What is under way or planned; what is closed only where its cycle was asked for."""
    row = view.org.node(id)
    if isinstance(row, KeyResult):
        return not row.removed and view.org.node(row.measures) is not None
    if isinstance(row, Objective):
        closed_of_cycle = row.state is ObjectiveState.CLOSED and scope.cycle is not None
        return row.state in (ObjectiveState.ACTIVE, ObjectiveState.DRAFT) or closed_of_cycle
    return row is not None and view.org.live(id)


def _belongs(view: OrganizationView, id: Id, scope: Scope, units: set[Id] | None) -> bool:
    row = view.org.node(id)
    seen: set[Id] = set()
    while isinstance(row, KeyResult) and row.id not in seen:
        seen.add(row.id)
        row = view.org.node(row.measures)
    if not isinstance(row, Objective):
        return True
    of_cycle = scope.cycle is None or row.cycle == scope.cycle
    return of_cycle and (units is None or not units.isdisjoint(row.owners))
