"""What ends with a goal or a cycle, what can be measured, and who is named, through all four processes."""

from __future__ import annotations

from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

TURNS = "query($unit: ID) { myTurn(unit: $unit) { nodes { kind subject { id } } } }"
LINK = "query($id: ID!) { node(id: $id) { ... on Link { state reason awaiting { name } dueAt } } }"
REOPEN = "objective { state cycle { id open } }"


async def waiting(client: Client, link: str) -> list[str]:
    found = (await client.ask(TURNS))["myTurn"]["nodes"]
    return [each["kind"] for each in found if each["subject"]["id"] == link]


async def test_a_proposal_ends_with_its_goal_and_so_does_its_alert(org: StoryOrganization) -> None:
    (plant, paul), (sales, sara) = await org.led("Plant", "paul"), await org.led("Sales", "sara")
    top = await org.objective("Make what lasts", plant, paul)
    below = await org.objective("Sell", sales, sara, linkTo={"parent": top, "because": "it lasts"})
    (link,) = await org.proposals(below)
    assert await waiting(paul, link["id"]) == ["DECIDE_LINK"]
    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 0})
    again = {"link": link["id"], "round": 1, "inReturn": "Two people"}
    await paul.do("counterLink", "link { round }", again)
    alerts = await org.alerts(lambda found: any(each["kind"] == "LINK_AWAITING" for each in found))
    (alert,) = [each for each in alerts if each["kind"] == "LINK_AWAITING"]
    assert alert["addressee"]["name"] == "Sales"

    payload = await paul.do("closeObjective", "objective { id }", {"objective": top, "grade": 1, "note": "It lasts."})
    assert payload["objective"]
    found = (await org.admin.ask(LINK, id=link["id"]))["node"]
    assert found == {
        "state": "WITHDRAWN", "reason": "“Make what lasts” was closed: It lasts.", "awaiting": None, "dueAt": None,
    }  # fmt: skip
    assert await waiting(sara, link["id"]) == await waiting(paul, link["id"]) == []
    assert (await org.verdict(below))["cause"] == "LINK_WITHDRAWN"
    await org.alerts(lambda found: not any(each["kind"] == "LINK_AWAITING" for each in found))


async def test_nothing_is_reopened_in_a_closed_cycle_but_in_the_open_one_that_is_named(org: StoryOrganization) -> None:
    unit = await org.unit("Plant")
    first, second = [
        (await org.admin.do("openCycle", "cycle { id }", {"name": name, "startsOn": start, "endsOn": end}))["cycle"][
            "id"
        ]
        for name, start, end in (("Q1", "2026-01-01", "2026-03-31"), ("Q2", "2026-04-01", "2026-06-30"))
    ]
    goal = await org.objective("Make", unit, cycle=first)
    await org.admin.do("closeCycle", "cycle { open }", {"cycle": first, "archive": [goal]})
    refused = await org.admin.refused("reopenObjective", {"objective": goal, "reason": "again"})
    assert (refused["code"], refused["path"]) == ("STATE_NOT_ALLOWED", ["cycle"])
    payload = await org.admin.do("reopenObjective", REOPEN, {"objective": goal, "reason": "again", "cycle": second})
    assert payload["objective"] == {"state": "ACTIVE", "cycle": {"id": second, "open": True}}


async def test_the_history_says_who_by_name(org: StoryOrganization) -> None:
    unit, _ = await org.led("Plant", "paul")
    people = (await org.admin.ask('{ people(search: "paul") { nodes { id } } }'))["people"]["nodes"]
    goal = await org.objective("Make", unit)
    await org.admin.do("updateObjective", "objective { id }", {"objective": goal, "accountable": people[0]["id"]})
    found = await org.admin.ask(
        "query($id: ID!) { node(id: $id) { ... on Objective { history { nodes { summary } } } } }", id=goal
    )
    said = [each["summary"] for each in found["node"]["history"]["nodes"]]
    assert said[0] == "Objective changed: accountable nothing → Paul"
    assert not any("_0" in each for each in said)


async def test_a_target_of_nothing_without_a_start_is_not_measurable(org: StoryOrganization) -> None:
    input = {"title": "Safe", "owners": [org.root], "keyResults": [{"title": "Accidents", "targetValue": 0}]}
    made = (await org.admin.do("createObjective", "objective { id keyResults { id } }", input))["objective"]
    measure = made["keyResults"][0]["id"]
    asked = "query($id: ID!) { node(id: $id) { ... on Objective { progress keyResults { progress } } } }"
    await org.admin.do("checkIn", "checkIn { id }", {"keyResult": measure, "value": 3})
    found = (await org.admin.ask(asked, id=made["id"]))["node"]
    assert found == {"progress": None, "keyResults": [{"progress": None}]}
    change = {"keyResult": measure, "startValue": 10, "direction": "DECREASE"}
    await org.admin.do("updateKeyResult", "keyResult { id }", change)
    found = (await org.admin.ask(asked, id=made["id"]))["node"]
    assert found == {"progress": 0.7, "keyResults": [{"progress": 0.7}]}


async def test_an_id_in_a_filter_that_is_not_known_is_not_found(org: StoryOrganization) -> None:
    answer = await org.admin.post('{ objectives(filter: {cycle: "cycle_x"}) { totalCount } }')
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "NOT_FOUND", "argument": ["filter", "cycle"]}
