"""The terms that two goals had the last time, as a client shows them before it offers them again."""

from __future__ import annotations

from datetime import timedelta

from goldenthread.contracts.enums import LinkState
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

TERMS = "id state because kind weight inReturn reason decidedAt round rounds { because } parent { id }"
FORMER = f"formerLink(parent: $parent) {{ {TERMS} }}"
ASKED = f"query($child: ID!, $parent: ID!) {{ node(id: $child) {{ ... on GoalNode {{ {FORMER} }} }} }}"


def parted() -> World:
    """Objective 1 hung on why 1: accepted first and declined later; it hangs on why 2."""
    accepted = link(
        "link_1", "objective_1", "why_1", 1, state=LinkState.WITHDRAWN, weight=0.5, in_return="Two testers",
        reason="No time.", decided_at=T0 + timedelta(days=1),
    )  # fmt: skip
    declined = link(
        "link_2", "objective_1", "why_1", None, state=LinkState.DECLINED, reason="Not now.",
        decided_at=T0 + timedelta(days=9),
    )  # fmt: skip
    other = link("link_3", "objective_2", "why_1", 2, state=LinkState.WITHDRAWN, decided_at=T0 + timedelta(days=20))
    goals = (why("why_1"), why("why_2"), objective("objective_1"), objective("objective_2"))
    return World(purpose(), *goals, accepted, declined, other, link("link_4", "objective_1", "why_2", 3))


async def test_the_former_link_is_the_last_that_ended_between_these_two_with_its_terms() -> None:
    found = (await Client(parted()).ask(ASKED, child="objective_1", parent="why_1"))["node"]["formerLink"]
    assert found == {
        "id": "link_2", "state": "DECLINED", "because": "it helps", "kind": "CONTRIBUTES", "weight": None,
        "inReturn": None, "reason": "Not now.", "decidedAt": "2026-01-14T09:00:00+00:00", "round": 1,
        "rounds": [{"because": "it helps"}], "parent": {"id": "why_1"},
    }  # fmt: skip


async def test_where_no_link_has_ended_there_is_no_former_link() -> None:
    client = Client(parted())
    for child, parent in (("objective_1", "why_2"), ("objective_2", "why_2"), ("why_1", "objective_1")):
        assert (await client.ask(ASKED, child=child, parent=parent))["node"]["formerLink"] is None


async def test_all_that_ended_is_listed_with_terms_reasons_and_times() -> None:
    parents = f"parents(states: [WITHDRAWN, DECLINED]) {{ {TERMS} }}"
    found = await Client(parted()).ask(f'{{ node(id: "objective_1") {{ ... on Objective {{ {parents} }} }} }}')
    by_time = sorted(found["node"]["parents"], key=lambda each: str(each["decidedAt"]))
    assert [(each["id"], each["reason"], each["inReturn"]) for each in by_time] == [
        ("link_1", "No time.", "Two testers"),
        ("link_2", "Not now.", None),
    ]
