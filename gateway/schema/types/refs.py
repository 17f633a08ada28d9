"""Every GraphQL type that types of other files refer to, by name: resolved when the schema is built.

So each file of types stands alone, and this is the only place that names them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.schema.types.cycles import Cycle
    from gateway.schema.types.goal_nodes import GoalNode
    from gateway.schema.types.key_results import KeyResult
    from gateway.schema.types.links import Link
    from gateway.schema.types.objectives import Objective
    from gateway.schema.types.people import Person
    from gateway.schema.types.units import OrgUnit
    from gateway.schema.types.whys import Why
else:
    from typing import ForwardRef

    import strawberry

    def _type(name: str, file: str) -> object:
        # What Strawberry makes of `Annotated["Name", strawberry.lazy("module")]`, which it finds as a bare name only.
        return strawberry.lazy(f"gateway.schema.types.{file}").resolve_forward_ref(ForwardRef(name))

    Cycle = _type("Cycle", "cycles")
    GoalNode = _type("GoalNode", "goal_nodes")
    KeyResult = _type("KeyResult", "key_results")
    Link = _type("Link", "links")
    Objective = _type("Objective", "objectives")
    OrgUnit = _type("OrgUnit", "units")
    Person = _type("Person", "people")
    Why = _type("Why", "whys")

__all__ = ["Cycle", "GoalNode", "KeyResult", "Link", "Objective", "OrgUnit", "Person", "Why"]
