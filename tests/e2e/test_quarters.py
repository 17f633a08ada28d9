"""A quarter ends, through all four processes: goals close, go on as copies or as they are, and no thread breaks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

SHOWN = """query($id: ID!) { node(id: $id) { ... on Objective {
    id title state progress cycle { name } outcome { grade note alignment } continues { id } continuedBy { id state }
    keyResults { id startValue currentValue targetValue progress checkIns { totalCount } continues { id } }
    parents { id } history { nodes { summary } } } } }"""
ALERTS = "{ alerts { nodes { kind state goals { nodes { id } } } } }"
LINK = "query($id: ID!) { node(id: $id) { ... on Link { explained child { id } parent { id } kept inReturn } } }"
COPIED = "objectives { id state continues { id } } impact { orphanedCount unexplainedCount }"


async def shown(client: Client, id: str) -> dict[str, Any]:
    return dict((await client.ask(SHOWN, id=id))["node"])


class Quarter:
    """Ten goals of one quarter, in threads below a why; `outside` is below them and of no cycle."""

    def __init__(self, org: StoryOrganization) -> None:
        self.org, self.goals = org, dict[str, str]()

    async def begin(self) -> None:
        org = self.org
        self.first, self.second = [await self.cycle(name, months) for name, months in (("Q1", "13"), ("Q2", "46"))]
        await org.purpose()
        self.why = await org.why("Grow")
        (sales, _), (self.web, self.wanda) = await org.led("Sales", "sara"), await org.led("Web", "wanda")
        under = {"parent": self.why, "because": "it grows us"}
        self.top = await self.goal("Top", sales, under)
        self.low = await self.goal("Goal", self.web, {"parent": self.top, "because": "it sells"}, "Two people")
        for n in range(4):
            await self.goal(f"Measured {n}", sales, under)
        for title in ("Carried", "Archived", "Closed"):
            await self.goal(title, sales, under)
        draft = {"title": "Draft", "owners": [sales], "cycle": self.first, "activate": False}
        self.goals["Draft"] = (await org.admin.do("createObjective", "objective { id }", draft))["objective"]["id"]
        self.outside = await org.objective("Outside", sales, linkTo={"parent": self.low, "because": "it shows"})
        await org.accept(self.outside)

    async def cycle(self, name: str, months: str) -> str:
        days = {"startsOn": f"2026-0{months[0]}-01", "endsOn": f"2026-0{months[1]}-30"}
        return str((await self.org.admin.do("openCycle", "cycle { id }", {"name": name, **days}))["cycle"]["id"])

    async def goal(self, title: str, unit: str, link: dict[str, Any], in_return: str | None = None) -> str:
        measure = {"title": "m", "startValue": 0, "targetValue": 10}
        made = {"title": title, "owners": [unit], "cycle": self.first, "linkTo": link, "keyResults": [measure]}
        payload = await self.org.admin.do("createObjective", "objective { id keyResults { id } }", made)
        self.goals[title] = id = payload["objective"]["id"]
        reading = {"keyResult": payload["objective"]["keyResults"][0]["id"], "value": 4}
        await self.org.admin.do("checkIn", "checkIn { id }", reading)
        if await self.org.proposals(id):
            await self.org.accept(id, in_return)
        return str(id)


@pytest.fixture
async def quarter(org: StoryOrganization) -> Quarter:
    made = Quarter(org)
    await made.begin()
    return made


async def test_a_quarter_closes_in_one_call_and_no_thread_breaks(quarter: Quarter) -> None:
    org, goals = quarter.org, quarter.goals
    (up,) = (await shown(org.admin, goals["Goal"]))["parents"]
    assert (await org.verdict(quarter.outside))["state"] == "ALIGNED"
    kept = [{"link": up["id"], "kept": "YES"}]
    ending = {
        "cycle": quarter.first,
        "toCycle": quarter.second,
        "copy": [
            {"objective": goals["Top"], "grade": 0.9, "note": "Nearly there"},
            {"objective": goals["Goal"], "grade": 0.7, "note": "Well done", "kept": kept},
        ],
        "carryOver": [goals["Carried"]],
        "archive": [goals["Archived"]],
        "close": [{"objective": goals["Closed"], "grade": 1, "note": "Done"}],
        "allOthers": "COPY",
        "othersOutcome": {"note": "As measured"},
    }
    tried = await org.admin.do("closeCycle", "impact { orphanedCount unexplainedCount }", {**ending, "dryRun": True})
    assert tried["impact"] == {"orphanedCount": 0, "unexplainedCount": 0}
    closed = await org.admin.do("closeCycle", "cycle { open } impact { orphanedCount unexplainedCount }", ending)
    assert closed["cycle"] == {"open": False}
    assert closed["impact"] == {"orphanedCount": 0, "unexplainedCount": 0}
    found = await org.verdict(quarter.outside)
    assert (found["state"], found["depth"]) == ("ALIGNED", 4)

    old = await shown(org.admin, goals["Goal"])
    new = await shown(org.admin, old["continuedBy"]["id"])
    assert old["outcome"] == {"grade": 0.7, "note": "Well done", "alignment": "ALIGNED"}
    assert (old["state"], new["state"], new["cycle"]["name"], new["title"]) == ("CLOSED", "ACTIVE", "Q2", "Goal")
    assert (new["continues"]["id"], new["progress"], old["progress"]) == (goals["Goal"], 0, 0.4)
    (measure,) = new["keyResults"]
    assert (measure["startValue"], measure["currentValue"], measure["checkIns"]["totalCount"]) == (4, 4, 0)
    assert measure["continues"]["id"] == old["keyResults"][0]["id"]
    assert new["history"]["nodes"][-1]["summary"] == "Objective created as a copy: continues “Goal”; in the cycle Q2"
    graded = await shown(org.admin, goals["Measured 0"])
    assert graded["outcome"] == {"grade": 0.4, "note": "As measured", "alignment": "ALIGNED"}
    states = {title: (await shown(org.admin, id))["state"] for title, id in goals.items()}
    assert states["Carried"] == "ACTIVE"
    assert (states["Archived"], states["Closed"], states["Draft"]) == ("ARCHIVED", "CLOSED", "DRAFT")
    link = (await org.admin.ask(LINK, id=up["id"]))["node"]
    assert (link["explained"], link["child"]["id"], link["kept"]) == (True, new["id"], None)
    assert link["inReturn"] == "Two people"
    await nothing_was_raised_but_of_a_link_that_is_withdrawn_now(quarter)


async def nothing_was_raised_but_of_a_link_that_is_withdrawn_now(quarter: Quarter) -> None:
    """An alert that comes at once says that notifications has seen all that was before it."""
    org, last = quarter.org, await quarter.org.objective("Last", quarter.org.root)
    said = {"child": last, "parent": quarter.why, "because": "b"}
    link = (await org.admin.do("link", "link { id }", said))["link"]["id"]
    await org.admin.do("withdrawLink", "link { id }", {"link": link, "reason": "to see"})
    await org.alerts(lambda alerts: any(each["kind"] == "GOAL_ORPHANED" for each in alerts))
    raised = (await org.admin.ask(ALERTS))["alerts"]["nodes"]
    broken = [each for each in raised if each["kind"] in ("GOAL_ORPHANED", "GOAL_UNEXPLAINED")]
    assert [[goal["id"] for goal in each["goals"]["nodes"]] for each in broken] == [[last]]


async def test_a_goal_is_carried_over_as_a_copy_by_its_lead_who_first_tries_it(quarter: Quarter) -> None:
    org, id = quarter.org, quarter.goals["Goal"]
    copy = {"objective": id, "grade": 0.5, "note": "Half", "title": "Another goal"}
    asked = {"toCycle": quarter.second, "copy": [copy]}
    tried = await quarter.wanda.do("carryOver", COPIED, {**asked, "dryRun": True})
    assert (tried["objectives"], tried["impact"]["orphanedCount"]) == ([], 0)
    assert (await shown(org.admin, id))["state"] == "ACTIVE"
    made = await quarter.wanda.do("carryOver", COPIED, asked)
    (copied,) = made["objectives"]
    assert (copied["state"], copied["continues"]) == ("ACTIVE", {"id": id})
    assert (await org.verdict(quarter.outside))["state"] == "UNEXPLAINED"
    assert (await org.verdict(copied["id"]))["state"] == "UNEXPLAINED"
