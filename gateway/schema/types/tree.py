"""The goal graph in one flat answer."""

from __future__ import annotations

import strawberry
from strawberry import ID, Private

from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.schema.core.connection import PageInfo, cursor, page_info, size, start_of
from gateway.schema.core.known_ids import known_cycle, known_node, known_unit
from gateway.schema.core.node import field
from gateway.schema.core.registry import represent
from gateway.schema.types import refs
from gateway.schema.types.lookups import goal_nodes
from gateway.views.goal_tree import Scope, TreePage, tree, tree_page

MOST = 2_000
"""Nodes of one page, at most."""
USUAL = 1_000
"""Nodes of one page when `first` is not given."""


@strawberry.type(description="The graph around a root in one flat answer, in pages: draw it without recursion.")
class GoalTree:
    """The goal graph in one flat answer."""

    view: Private[OrganizationView]
    row: Private[TreePage]
    place: Private[PageInfo]

    @field
    def roots(self) -> list[refs.GoalNode]:
        """The purpose first, then every break: where a chain ends without reaching it; those on this page."""
        return goal_nodes(self.view, self.row.roots)

    @field
    def nodes(self) -> list[refs.GoalNode]:
        """What is on this page, level by level."""
        return goal_nodes(self.view, self.row.nodes)

    @field
    def links(self) -> list[refs.Link]:
        """The accepted links from these nodes up to others of the tree, which may be on other pages."""
        return [represent(self.view, row) for row in self.row.links]

    @field
    def page_info(self) -> PageInfo:
        """Where this page stands in the whole tree; take `endCursor` as `after` of the next one."""
        return self.place

    @field
    def truncated(self) -> int:
        """How many nodes are not on this page: on others, or deeper than `depth`."""
        return self.row.truncated

    @field
    def revision(self) -> int:
        """The goals revision it shows."""
        return self.view.revision


def goal_tree(
    view: OrganizationView,
    root: ID | None,
    depth: int | None,
    scope: Scope,
    include_orphans: bool,
    first: int | None,
    after: str | None,
) -> GoalTree:
    """A page of the tree below `root`. Raises `BadRequest` for numbers out of range and ids that are not known."""
    if depth is not None and depth < 0:
        raise BadRequest("depth must not be negative.")
    known_node(view, root, "root")
    known_cycle(view, scope.cycle, "cycle")
    known_unit(view, scope.unit, "unit")
    count = size(first, MOST, USUAL)
    found = tree(view, root, depth, scope, include_orphans)
    start = 0 if after is None else start_of(found.nodes, lambda id: id, after)
    page = tree_page(view, found, start, count)
    cursors = [cursor(place, id) for place, id in enumerate(page.nodes, start)]
    more = start + len(cursors) < len(found.nodes)
    return GoalTree(view=view, row=page, place=page_info(cursors, before=start > 0, after=more))
