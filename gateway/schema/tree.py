"""The goal graph in one flat answer."""

from __future__ import annotations

import strawberry
from strawberry import ID, Private

from gateway.errors import BadRequest
from gateway.model import Model
from gateway.schema.base import field
from gateway.schema.goals import GoalNode, goal_node
from gateway.schema.links import Link
from gateway.tree import Scope, Tree, tree

MOST = 50_000


@strawberry.type(
    description="The graph around a root in one flat answer: draw it without recursion. "
    "`truncated` counts what `depth` or `first` left out."
)
class GoalTree:
    """The goal graph in one flat answer."""

    model: Private[Model]
    row: Private[Tree]

    @field
    def roots(self) -> list[GoalNode]:
        """The purpose first, then every break: where a chain ends without reaching it."""
        return nodes(self.model, self.row.roots)

    @field
    def nodes(self) -> list[GoalNode]:
        """Everything in it, level by level."""
        return nodes(self.model, self.row.nodes)

    @field
    def links(self) -> list[Link]:
        """The accepted links among the nodes."""
        return [Link(model=self.model, row=row) for row in self.row.links]

    @field
    def truncated(self) -> int:
        """How many nodes were left out."""
        return self.row.truncated

    @field
    def revision(self) -> int:
        """The goals revision it shows."""
        return self.model.revision


def nodes(model: Model, ids: list[str]) -> list[GoalNode]:
    """Nodes by id; those that are not known are left out."""
    return [found for id in ids if (found := goal_node(model, id)) is not None]


def goal_tree(
    model: Model, root: ID | None, depth: int | None, first: int | None, scope: Scope, include_orphans: bool
) -> GoalTree:
    """The tree below `root`. Raises `BadRequest` for numbers out of range or a root that is not there."""
    if depth is not None and depth < 0:
        raise BadRequest("depth must not be negative.")
    if first is not None and not 0 <= first <= MOST:
        raise BadRequest(f"first must be from 0 to {MOST}.")
    if root is not None and model.org.node(root) is None:
        raise BadRequest(f"{root} is no node of this organisation's goal graph.", "NOT_FOUND")
    most = MOST if first is None else first
    return GoalTree(model=model, row=tree(model, root, depth, most, scope, include_orphans))
