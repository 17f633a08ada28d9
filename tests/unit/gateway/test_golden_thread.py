"""The golden thread: hops with their because, and a text that can be read aloud."""

from __future__ import annotations

from msgspec import structs

from gateway.views.golden_thread import aloud, climb, line_of_sight
from goldenthread.contracts.entities import Cycle, Outcome
from goldenthread.contracts.enums import ObjectiveState
from tests.support.entities import T0, key_result, link, objective, purpose, why
from tests.unit.gateway.world import World


def test_the_line_of_sight_climbs_from_the_node_to_the_purpose() -> None:
    world = World(
        purpose(), why("why_1"), objective("objective_1"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1"),
    )  # fmt: skip
    steps = line_of_sight(world.view(), "objective_1")
    assert [step.node for step in steps] == ["objective_1", "why_1", "purpose_1"]
    assert [step.link.id if step.link else None for step in steps] == [None, "link_2", "link_1"]


def test_the_thread_is_read_aloud_top_first() -> None:
    world = World(
        purpose(), why("why_1"), objective("objective_1"), key_result("keyresult_1", "objective_1"),
        link("link_1", "why_1", "purpose_1", because_version=None), link("link_2", "objective_1", "why_1", 2, 7),
        link("link_3", "keyresult_1", "objective_1", measure=True),
    )  # fmt: skip
    assert aloud(world.view(), "keyresult_1").split("\n") == [
        "Our purpose: Be useful.",
        "“why_1” (Root) serves the purpose; nobody has said why.",
        "“objective_1” (A) serves “why_1” (said of an earlier version, not reaffirmed): it helps.",
        "“keyresult_1” measures “objective_1”.",
    ]


def test_an_orphan_has_no_line_of_sight_and_says_what_would_mend_it() -> None:
    world = World(purpose(), objective("objective_1"))
    view = world.view()
    assert line_of_sight(view, "objective_1") == []
    assert aloud(view, "objective_1").split("\n") == [
        "The thread ends at “objective_1”.",
        "Next step: A: link “objective_1” to the why or objective it serves.",
    ]


def test_a_draft_is_not_judged() -> None:
    world = World(purpose(), objective("objective_1", ObjectiveState.DRAFT))
    assert aloud(world.view(), "objective_1") == "“objective_1” (A) is not judged: it is not under way."


def test_a_closed_goal_says_what_it_came_to_and_what_goes_on_with_it() -> None:
    outcome = Outcome(0.7, "Better; not good yet", None, T0, ["unit_a"])
    closed = structs.replace(objective("objective_1", ObjectiveState.CLOSED), outcome=outcome)
    came_to = "“objective_1” (A) closed with a grade of 0.7: Better; not good yet."
    assert aloud(World(purpose(), closed).view(), "objective_1") == came_to
    copy = structs.replace(objective("objective_2"), continues="objective_1", cycle="cycle_2", title="Again")
    cycle = Cycle("cycle_2", "Q2", T0.date(), T0.date())
    for goes_on in (
        [closed, copy],
        [structs.replace(closed, successor="objective_2"), structs.replace(copy, continues=None)],
    ):
        said = aloud(World(purpose(), cycle, *goes_on).view(), "objective_1")
        assert said.split("\n") == [came_to, "“Again” goes on with it in Q2."]


def test_climbing_a_loop_of_vias_ends() -> None:
    world = World(
        purpose(), objective("objective_1"), objective("objective_2"),
        link("link_1", "objective_1", "objective_2"), link("link_2", "objective_2", "objective_1"),
    )  # fmt: skip
    view = world.view()
    for node, via in (("objective_1", "link_1"), ("objective_2", "link_2")):
        judged = view.judgements[node]
        view.judgements[node] = structs.replace(judged, verdict=structs.replace(judged.verdict, via=via))
    assert [step.node for step in climb(view, "objective_1")] == ["objective_1", "objective_2"]
