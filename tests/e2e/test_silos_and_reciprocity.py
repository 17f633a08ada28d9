"""What holds units together, and what shows that nothing does: silos and reciprocity through all four processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization

SILOS = "{ silos { unit { name } since evidence { kind detail about { __typename id } } } }"
PAIRS = """query($unit: ID!, $with: ID, $since: Date) { node(id: $unit) { ... on OrgUnit {
    reciprocity(with: $with, since: $since) { other { name } whysTold whysAnswered questionsAsked questionsAnswered
        questionsEscalated medianAnswerHours linksProposed linksAccepted linksDeclined promisesKept promisesBroken
        balance } } } }"""


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


async def silos(org: StoryOrganization) -> dict[str, set[str]]:
    """The kinds of evidence by the name of the unit."""
    found = (await org.admin.until(SILOS, lambda _: True))["silos"]
    return {each["unit"]["name"]: {evidence["kind"] for evidence in each["evidence"]} for each in found}


async def pairs(client: Client, unit: str, **more: Any) -> dict[str, dict[str, Any]]:
    """What a unit told others, by their names."""
    found = (await client.until(PAIRS, lambda _: True, unit=unit, **more))["node"]["reciprocity"]
    return {each["other"]["name"]: each for each in found}


async def test_a_unit_that_talks_to_nobody(org: StoryOrganization, command: CommandLine) -> None:
    plant, paul = await org.led("Plant", "paul")
    sales, sara = await org.led("Sales", "sara")
    await org.purpose()
    why = await org.why("Build what lasts", audience=[plant])
    make = await org.objective("Make", plant, paul, linkTo={"parent": why, "because": "it lasts"})
    await org.accept(make)
    alone = await org.objective("Sell", sales, sara)
    assert (await org.admin.ask("{ silos { since } }"))["silos"] == [], "nothing has lasted for seven days yet"
    assert (await command("silos")).out == ""

    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 0, "graceDays": 0})
    assert (await silos(org))["Sales"] == {"UNTOLD", "ORPHANED", "ISOLATED"}
    alerts = [each for each in await org.alerts(_of("SILO", 3)) if each["subject"]["id"] == sales]
    assert {each["addressee"]["name"]: each["nextStep"] for each in alerts} == {
        "Test": "Test: pass a why on to Sales.",
        "Sales": (
            "Sales: link an objective of Sales to a why, "
            "and agree with a unit elsewhere on what Sales does for it, or it for Sales."
        ),
    }
    listed = (await command("silos")).out
    assert "Sales  since " in listed
    assert "\n  UNTOLD      No why has been passed on to it, since " in listed
    assert (await command("silos", "--json")).json()["silos"][0]["evidence"]

    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 7})
    assert await silos(org) == {}, "a policy that waits longer is judged by at once"
    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 0})
    input = {"why": why, "expectedVersion": 1, "audience": [plant, sales], "editorial": True}
    await org.admin.do("reviseWhy", "why { version }", input)
    assert (await silos(org))["Sales"] == {"ORPHANED", "ISOLATED"}
    await sara.do("link", "link { id }", {"child": alone, "parent": make, "because": "We sell what they make."})
    assert "Sales" in await silos(org), "a proposal that nobody answered connects nobody"
    await org.accept(alone)
    assert "Sales" not in await silos(org)
    await org.alerts(lambda found: not any(each["subject"]["id"] == sales for each in found))
    quiet = await org.admin.ask("query($id: ID!) { node(id: $id) { ... on OrgUnit { silo { since } } } }", id=sales)
    assert quiet["node"] == {"silo": None}


async def test_what_passes_between_two_units_is_counted_both_ways(org: StoryOrganization, command: CommandLine) -> None:
    plant, paul = await org.led("Plant", "paul")
    sales, sara = await org.led("Sales", "sara")
    await org.purpose()
    why = await org.why("Build what lasts", paul, because="It pays", unit=plant, audience=[sales])
    answer = {"why": why, "version": 1, "unit": sales, "statement": "We sell what lasts."}
    await sara.do("answerWhy", "answer { id }", answer)
    for title in ("Sell", "Call"):
        await org.objective(title, sales, sara, linkTo={"parent": why, "because": "it sells"})
    sell, call = [each["id"] for each in (await sara.ask("{ objectives { nodes { id } } }"))["objectives"]["nodes"]]
    kept = await org.accept(sell, "Samples by May")
    (second,) = await org.proposals(call)
    await paul.do("declineLink", "link { id }", {"link": second["id"], "round": 1, "reason": "Write instead."})
    ask = {"about": why, "unit": sales, "body": "How long is long?"}
    asked = (await sara.do("askQuestion", "question { id }", ask))["question"]["id"]
    await paul.do("answerQuestion", "question { id }", {"question": asked, "body": "Ten years."})
    closing = {"objective": sell, "grade": 1, "note": "Sold", "kept": [{"link": kept, "kept": "NO"}]}
    await sara.do("closeObjective", "objective { id }", closing)

    told, back = (await pairs(org.admin, plant))["Sales"], (await pairs(org.admin, sales))["Plant"]
    assert (told["whysTold"], told["whysAnswered"], told["linksProposed"]) == (1, 1, 0)
    assert (back["questionsAsked"], back["questionsAnswered"], back["questionsEscalated"]) == (1, 1, 0)
    assert (back["linksProposed"], back["linksAccepted"], back["linksDeclined"]) == (2, 1, 1)
    assert (back["promisesKept"], back["promisesBroken"]) == (0, 1)
    # Plant said four things (a why, two decisions, an answer), Sales four too (an answer, two links, a question).
    assert told["balance"] == back["balance"] == 1
    assert 0 <= back["medianAnswerHours"] < 1
    assert await pairs(org.admin, sales, **{"with": org.root}) == {}
    assert await pairs(org.admin, sales, since="2100-01-01") == {}

    both = (await command("reciprocity", "sales")).out
    assert [line.split() for line in both.splitlines() if "→" in line] == [
        ["Sales", "→", "Plant", "·", "1", "of", "1", "1", "of", "2", "0", "of", "1", "0.0", "1.00"],
        ["Plant", "→", "Sales", "1", "of", "1", "·", "·", "·", "0.0"],
    ]
    matrix = (await command("reciprocity")).out.splitlines()
    assert [line.split() for line in matrix[1:]] == [
        ["1", "Plant", "·", "1.00", "0.00"],  # its why waits for the root, which has said nothing
        ["2", "Sales", "1.00", "·", "·"],
        ["3", "Test", "0.00", "·", "·"],
    ]
    assert (await command("reciprocity", "--since", "2100-01-01")).out == ""
    assert (await command("reciprocity", "plant", "--json")).json()["node"]["reciprocity"][0]["promisesBroken"] == 0


def _of(kind: str, at_least: int) -> Any:
    return lambda found: sum(each["kind"] == kind for each in found) >= at_least
