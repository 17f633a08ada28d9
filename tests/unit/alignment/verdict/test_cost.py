"""What a judgement costs follows what it changes, whatever the graph's size: counted in calls of the engine's loops.

They are counted where the loops are plain Python; nothing is timed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, FunctionType

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.enums import LinkState, PurposeState
from services.alignment.domain.verdict import Graph, judge
from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.compiled import wide
from services.alignment.domain.verdict.scratch_memory import free_all, new_numbers, new_rows
from tests.support.entities import link, objective, purpose
from tests.unit.alignment.commits import JudgedGraph
from tests.unit.alignment.verdict.uncompiled import printed_by

HERE = str(Path(judge.__file__).parent)
UNCOMPILED = isinstance(judge.judge, FunctionType)
MANY = 100
UNCOUNTED = {each.__name__ for each in (wide, columns_at, new_numbers, new_rows, free_all)}
"""What is no step in machine code."""


class CountingGraph(JudgedGraph):
    """A graph that counts the calls a judgement makes; of few nodes it does not recompute all labels."""

    def __init__(self, *entities: Entity) -> None:
        super().__init__()
        self.graph = Graph(unsettled_limit=MANY // 2)
        self.commit(*entities)

    def calls(self, *entities: Entity) -> int:
        for entity in entities:
            self.put(entity)
        count = 0

        def look(frame: FrameType, event: str, _: object) -> None:
            nonlocal count
            count += event == "call" and (
                frame.f_code.co_filename.startswith((HERE, "mutant")) and frame.f_code.co_name not in UNCOUNTED
            )

        sys.setprofile(look)
        try:
            self.graph.judge()
        finally:
            sys.setprofile(None)
        return count


def under(child: str, parent: str, number: int, **facts: object) -> Entity:
    return link(f"link_{child}_{parent}", f"objective_{child}", parent, number, **facts)  # type: ignore[arg-type]


def hub() -> CountingGraph:
    """Under the purpose a and b; under both the hub, and under that many, each with a child of its own."""
    judged = CountingGraph(purpose(), *(objective(f"objective_{each}") for each in ("a", "b", "hub", "far")))
    judged.commit(
        under("a", "purpose_1", 1),
        under("b", "purpose_1", 2),
        under("hub", "objective_a", 3),
        under("hub", "objective_b", 4),
    )
    judged.commit(*(objective(f"objective_{n}") for n in range(2 * MANY)))
    judged.commit(*(under(f"{n}", "objective_hub", 10 + n) for n in range(MANY)))
    judged.commit(*(under(f"{MANY + n}", f"objective_{n}", 2 * MANY + n) for n in range(MANY)))
    return judged


WITHDRAWN = LinkState.WITHDRAWN


def a_leaf_loses_its_link() -> int:
    return hub().calls(under(f"{MANY}", "objective_0", 2 * MANY, state=WITHDRAWN))


def a_leaf_is_explained_no_more() -> int:
    return hub().calls(under(f"{MANY}", "objective_0", 2 * MANY, because_version=None))


def a_leaf_gets_a_second_parent() -> int:
    return hub().calls(under(f"{MANY}", "objective_1", 9_000))


def something_is_revised_that_has_no_children() -> int:
    return hub().calls(objective(f"objective_{MANY}", version=2))


def the_hub_gets_a_longer_way_round() -> int:
    judged = hub()
    judged.commit(under("far", "objective_a", 9_000))
    return judged.calls(under("hub", "objective_far", 9_001))


def the_hub_turns_to_a_way_as_good() -> int:
    return hub().calls(under("hub", "objective_a", 3, state=WITHDRAWN))


def the_hub_falls_from_many_that_do_not_need_it() -> int:
    judged = hub()
    judged.commit(*(under(f"{n}", "purpose_1", 20_000 + n) for n in range(MANY)))
    return judged.calls(
        under("hub", "objective_a", 3, state=WITHDRAWN),
        under("hub", "objective_b", 4, state=WITHDRAWN),
    )


def all_are_orphaned() -> int:
    return hub().calls(purpose(state=PurposeState.RETIRED))


def the_hub_comes_nearer_than_many_need() -> int:
    judged = hub()
    judged.commit(*(under(f"{n}", "purpose_1", 20_000 + n) for n in range(MANY)))
    return judged.calls(under("hub", "purpose_1", 9_000))


def all_come_nearer() -> int:
    return hub().calls(under("hub", "purpose_1", 9_000))


def all_come_back() -> int:
    judged = hub()
    judged.commit(purpose(state=PurposeState.RETIRED))
    return judged.calls(purpose())


def some_lose_their_key() -> int:
    judged = hub()
    judged.commit(*(under(f"{n}", "purpose_1", 20_000 + n) for n in range(MANY - 5)))
    return judged.calls(
        under("hub", "objective_a", 3, state=WITHDRAWN),
        under("hub", "objective_b", 4, state=WITHDRAWN),
    )


def orphans_hear_of_another_cause() -> int:
    judged = hub()
    judged.commit(purpose(state=PurposeState.RETIRED))
    return judged.calls(under("a", "purpose_1", 1, state=WITHDRAWN))


def a_loop_of_many_gets_another_child() -> int:
    judged = CountingGraph(*(objective(f"objective_{n}") for n in range(MANY + 1)))
    judged.commit(*(under(f"{n}", f"objective_{(n + 1) % MANY}", n) for n in range(MANY)))
    return judged.calls(under(f"{MANY}", "objective_5", 5_000))


LIMITS: dict[Callable[[], int], int] = {
    a_leaf_loses_its_link: 60,
    a_leaf_is_explained_no_more: 56,
    a_leaf_gets_a_second_parent: 50,
    something_is_revised_that_has_no_children: 47,
    the_hub_gets_a_longer_way_round: 54,
    the_hub_turns_to_a_way_as_good: 48,
    the_hub_falls_from_many_that_do_not_need_it: 1380,
    all_are_orphaned: 4220,
    the_hub_comes_nearer_than_many_need: 980,
    all_come_nearer: 5280,
    all_come_back: 3420,
    some_lose_their_key: 1880,
    orphans_hear_of_another_cause: 3280,
    a_loop_of_many_gets_another_child: 61,
}


def all_calls() -> dict[str, int]:
    return {each.__name__: each() for each in LIMITS}


def test_what_a_judgement_costs_follows_what_it_changes() -> None:
    found = all_calls() if UNCOMPILED else json.loads(printed_by(__name__))
    assert {name: calls for name, calls in found.items() if calls > LIMITS[globals()[name]]} == {}


if __name__ == "__main__":
    print(json.dumps(all_calls()))
