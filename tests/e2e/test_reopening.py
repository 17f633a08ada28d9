"""What was ended is begun again: a cycle that was closed, and a link that was withdrawn, through all four processes."""

from __future__ import annotations

from tests.support.story_organization import StoryOrganization

CYCLE = "cycle { id open } impact { orphanedCount }"
TERMS = "link { id state round because kind weight inReturn awaiting { name } rounds { because inReturn } }"
FORMER = """query($child: ID!, $parent: ID!) { node(id: $child) { ... on GoalNode {
    formerLink(parent: $parent) { id because kind weight inReturn reason state } } } }"""
HISTORY = "query($id: ID!) { node(id: $id) { ... on Link { state reason rounds { because } } } }"


async def test_a_cycle_is_reopened_and_what_ended_with_it_is_taken_up_where_it_was(org: StoryOrganization) -> None:
    unit = await org.unit("Plant")
    dated = {"name": "Q3", "startsOn": "2026-07-01", "endsOn": "2026-09-30"}
    quarter = (await org.admin.do("openCycle", "cycle { id }", dated))["cycle"]["id"]
    goal = await org.objective("Make", unit, cycle=quarter)
    await org.admin.do("closeCycle", "cycle { open }", {"cycle": quarter, "archive": [goal]})
    again = {"cycle": quarter, "reason": "September was not over."}
    tried = await org.admin.do("reopenCycle", f"{CYCLE} warnings {{ message }}", {**again, "dryRun": True})
    assert tried["cycle"] == {"id": quarter, "open": False}
    assert "1 objective of it stays ended" in tried["warnings"][0]["message"]

    second = (await org.admin.do("openCycle", "cycle { id }", {**dated, "name": "q3"}))["cycle"]["id"]
    refused = await org.admin.refused("reopenCycle", again)
    assert (refused["code"], refused["path"]) == ("CONFLICT", ["cycle"])
    assert "q3 (2026-07-01 to 2026-09-30)" in refused["message"]
    await org.admin.do("closeCycle", "cycle { open }", {"cycle": second})
    assert (await org.admin.do("reopenCycle", CYCLE, again))["cycle"] == {"id": quarter, "open": True}
    ended = await org.admin.ask("query($id: ID!) { node(id: $id) { ... on Objective { state } } }", id=goal)
    assert ended["node"]["state"] == "ARCHIVED"
    reopened = {"objective": goal, "reason": "It goes on."}
    payload = await org.admin.do("reopenObjective", "objective { state cycle { id } }", reopened)
    assert payload["objective"] == {"state": "ACTIVE", "cycle": {"id": quarter}}


async def test_a_withdrawn_link_is_offered_again_with_its_old_terms(org: StoryOrganization) -> None:
    (plant, paul), (sales, sara) = await org.led("Plant", "paul"), await org.led("Sales", "sara")
    await org.purpose()
    why = await org.why("Build what lasts", audience=[plant])
    top = await org.objective("Make what lasts", plant, paul, linkTo={"parent": why, "because": "It lasts"})
    await org.accept(top)
    below = await org.objective("Sell", sales, sara)
    ends = {"child": below, "parent": top}
    refused = await sara.refused("link", ends)
    assert (refused["code"], refused["path"]) == ("INVALID", ["because"])
    first = {**ends, "because": "What lasts sells itself.", "weight": 0.25}
    old = (await sara.do("link", "link { id }", first))["link"]["id"]
    await org.accept(below, "Samples by May")
    await paul.do("withdrawLink", "link { id }", {"link": old, "reason": "No samples this year."})
    assert (await org.verdict(below))["cause"] == "LINK_WITHDRAWN"

    found = (await sara.ask(FORMER, **ends))["node"]["formerLink"]
    assert found == {
        "id": old, "because": "What lasts sells itself.", "kind": "CONTRIBUTES", "weight": 0.25,
        "inReturn": "Samples by May", "reason": "No samples this year.", "state": "WITHDRAWN",
    }  # fmt: skip
    await paul.do("updateObjective", "objective { version }", {"objective": top, "title": "Make what lasts for ever"})
    offered = (await sara.do("link", TERMS, ends))["link"]
    assert {name: offered[name] for name in ("because", "kind", "weight", "inReturn")} == {
        name: found[name] for name in ("because", "kind", "weight", "inReturn")
    }
    assert (offered["state"], offered["round"], offered["awaiting"]) == ("PROPOSED", 1, {"name": "Plant"})
    assert offered["id"] != old
    assert (await org.verdict(below))["cause"] == "LINK_PENDING"
    await paul.do("acceptLink", "link { state }", {"link": offered["id"], "round": 1})
    assert (await org.verdict(below))["state"] == "ALIGNED"
    before = (await org.admin.ask(HISTORY, id=old))["node"]
    assert before == {
        "state": "WITHDRAWN", "reason": "No samples this year.", "rounds": [{"because": "What lasts sells itself."}],
    }  # fmt: skip
