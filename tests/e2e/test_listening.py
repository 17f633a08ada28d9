"""Telling and listening through all four processes: the cascade, questions, promises, customers, a quarter's end."""

from __future__ import annotations

from typing import Any

from tests.support.story_organization import StoryOrganization

CASCADE = """query C($id: ID!) { node(id: $id) { ... on Why { version
    cascade { addressed answered confirmed overdue byLevel { depth addressed answered }
        silent { unit { name } stage overdue holdsUp heldUpBy { name } } } answers { nodes { id state } } } } }"""
TURNS = """query T($unit: ID) { myTurn(unit: $unit) { nodes {
    kind subject { __typename id } unit { name } overdue nextStep } } }"""
QUESTION = """query Q($id: ID!) { node(id: $id) { ... on Question { state unheard escalations awaiting { name }
    answers { body } settlement { kind resultingVersion } about { id } } } }"""
CHANGES = "subscription C($root: ID) { goalTreeChanged(root: $root) { change { type } changed { id } } }"


async def cascade(org: StoryOrganization, why: str) -> dict[str, Any]:
    found: dict[str, Any] = (await org.admin.ask(CASCADE, id=why))["node"]
    return found


async def turns(org: StoryOrganization, unit: str, kind: str) -> list[dict[str, Any]]:
    """The turns of one kind of a unit."""
    nodes = (await org.admin.ask(TURNS, unit=unit))["myTurn"]["nodes"]
    return [each for each in nodes if each["kind"] == kind]


async def answered(org: StoryOrganization, why: str, unit: str, stance: str = "TAKES_PART", **more: Any) -> str:
    input = {"why": why, "version": 1, "unit": unit, "stance": stance, "statement": "We will.", **more}
    return str((await org.admin.do("answerWhy", "answer { id }", input))["answer"]["id"])


async def test_a_why_nobody_passed_on(org: StoryOrganization) -> None:
    tech, _ = await org.led("Tech", "tina", "TECHNOLOGY")
    web, apps = await org.unit("Web", parent=tech), await org.unit("Apps", parent=tech)
    await org.person("wim", {"role": "LEAD", "unit": web})
    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 0})
    await org.purpose()
    why = await org.why("Hear in noise", audience=[tech])
    found = (await cascade(org, why))["cascade"]
    assert (found["addressed"], found["answered"], found["overdue"]) == (3, 0, 1)
    assert found["byLevel"] == [
        {"depth": 1, "addressed": 1, "answered": 0},
        {"depth": 2, "addressed": 2, "answered": 0},
    ]
    silent = {each["unit"]["name"]: each for each in found["silent"]}
    assert (silent["Tech"]["stage"], silent["Tech"]["holdsUp"]) == ("NOT_ANSWERED", 2)
    assert (silent["Web"]["stage"], silent["Web"]["heldUpBy"]) == ("NOT_PASSED_ON", {"name": "Tech"})
    (owed,) = await turns(org, tech, "ANSWER_WHY")
    assert (owed["subject"]["id"], owed["overdue"]) == (why, True)
    assert owed["nextStep"] == "Tech: say what “Hear in noise” means for Tech."
    alerts = await org.alerts(lambda found: any(each["kind"] == "WHY_UNANSWERED" for each in found))
    assert {each["addressee"]["name"] for each in alerts if each["kind"] == "WHY_UNANSWERED"} == {"Tech"}

    async with org.admin.subscribed(CHANGES, root=why) as changes:
        answer = await answered(org, why, tech)
        heard = await changes.next()
        assert (heard["change"]["type"], heard["changed"]) == ("why.answered", [{"id": why}])
    found = (await cascade(org, why))["cascade"]
    stages = {each["unit"]["name"]: each["stage"] for each in found["silent"]}
    assert stages == {"Tech": "NOTHING_LINKED", "Web": "NOT_ANSWERED", "Apps": "NOT_ANSWERED"}
    assert [each["subject"]["id"] for each in await turns(org, web, "ANSWER_WHY")] == [why]
    (confirm,) = await turns(org, org.root, "CONFIRM_ANSWER")
    await org.admin.do("confirmAnswer", "answer { state }", {"answer": confirm["subject"]["id"]})
    assert (await cascade(org, why))["answers"]["nodes"] == [{"id": answer, "state": "CONFIRMED"}]
    await answered(org, why, web, "NO_PART")
    await answered(org, why, apps)
    goal = await org.objective("Quieter chips", apps, linkTo={"parent": why, "because": "noise drowns speech"})
    await org.accept(goal)
    assert (await org.verdict(goal))["state"] == "ALIGNED"
    found = (await cascade(org, why))["cascade"]
    assert (found["addressed"], found["answered"], found["confirmed"], found["silent"]) == (3, 3, 1, [])
    await org.alerts(lambda found: not any(each["kind"] == "WHY_UNANSWERED" for each in found))
    document = """query H($id: ID!) { node(id: $id) { ... on GoalNode {
        alignment { lineOfSight { answer { statement unit { name } } } } } } }"""
    sight = (await org.admin.ask(document, id=goal))["node"]["alignment"]["lineOfSight"]
    assert [hop["answer"] for hop in sight] == [None, {"statement": "We will.", "unit": {"name": "Apps"}}, None]


async def test_a_question_nobody_answered(org: StoryOrganization) -> None:
    tech, tina = await org.led("Tech", "tina", "TECHNOLOGY")
    web = await org.unit("Web", parent=tech)
    wim = await org.person("wim", {"role": "LEAD", "unit": web})
    await org.admin.do("setPolicy", "policy { replyDays }", {"replyDays": 0})
    await org.purpose()
    why = await org.why("Be fast", by=tina, unit=tech, audience=[web])
    asked = await wim.do("askQuestion", "question { id }", {"about": why, "body": "How fast?", "unit": web})
    question = asked["question"]["id"]
    data = await org.admin.until(QUESTION, lambda d: d["node"]["unheard"], id=question)
    assert (data["node"]["state"], data["node"]["awaiting"]["name"]) == ("ESCALATED", "Test")
    assert data["node"]["escalations"] == 1
    (turn,) = await turns(org, org.root, "ANSWER_QUESTION")
    assert (turn["subject"]["id"], turn["overdue"]) == (question, True)
    assert turn["nextStep"] == "Test: answer Web, who asks “How fast?” about “Be fast”."
    early = await wim.refused("settleQuestion", {"question": question, "kind": "AGREED", "note": "fine"})
    assert early["code"] == "STATE_NOT_ALLOWED"

    await org.admin.do("answerQuestion", "question { state }", {"question": question, "body": "In a second."})
    assert [each["subject"]["id"] for each in await turns(org, web, "SETTLE_QUESTION")] == [question]
    await tina.do(
        "reviseWhy", "why { version }", {"why": why, "expectedVersion": 1, "statement": "Be there in a second"}
    )
    settled = await wim.do(
        "settleQuestion",
        "question { state awaiting { id } settlement { kind resultingVersion by { name } } }",
        {"question": question, "kind": "AMENDED", "note": "Now we know.", "resultingVersion": 2},
    )
    assert settled["question"] == {
        "state": "SETTLED", "awaiting": None,
        "settlement": {"kind": "AMENDED", "resultingVersion": 2, "by": {"name": "Wim"}},
    }  # fmt: skip
    document = (
        "query N($id: ID!) { node(id: $id) { ... on GoalNode { questions(states: [SETTLED]) { nodes { id } } } } }"
    )
    assert (await org.admin.ask(document, id=why))["node"]["questions"]["nodes"] == [{"id": question}]
    await org.alerts(lambda found: not any(each["kind"] == "QUESTION_OVERDUE" for each in found))


async def test_a_unit_that_disagrees_asks_by_that_and_may_take_it_back(org: StoryOrganization) -> None:
    tech, tina = await org.led("Tech", "tina", "TECHNOLOGY")
    await org.purpose()
    why = await org.why("Sell online", audience=[tech])
    input = {"why": why, "version": 1, "unit": tech, "stance": "DISAGREES", "statement": "Nobody buys it there."}
    await tina.do("answerWhy", "answer { stance state }", input)
    (asked,) = (await org.admin.ask("{ questions(states: [OPEN]) { nodes { id body about { id } unit { name } } } }"))[
        "questions"
    ]["nodes"]
    assert (asked["body"], asked["about"]["id"], asked["unit"]["name"]) == ("Nobody buys it there.", why, "Tech")
    taken = await tina.do("withdrawQuestion", "question { state awaiting { id } }", {"question": asked["id"]})
    assert taken["question"] == {"state": "WITHDRAWN", "awaiting": None}


async def test_a_promise_made_in_return(org: StoryOrganization) -> None:
    (platform, pia), (sales, sam) = await org.led("Platform", "pia", "TECHNOLOGY"), await org.led("Sales", "sam")
    await org.purpose()
    why = await org.why("Sell online")
    shop = await org.objective("A shop", sales, sam, linkTo={"parent": why, "because": "customers ask for it"})
    await org.accept(shop)
    link = {"parent": shop, "because": "slow pages sell nothing"}
    fast = await org.objective("Fast pages", platform, pia, linkTo=link)
    (proposed,) = await org.proposals(fast)
    input = {"about": proposed["id"], "body": "What do we get for it?", "unit": platform}
    question = (await pia.do("askQuestion", "question { id awaiting { name } }", input))["question"]
    assert question["awaiting"]["name"] == "Sales"
    await sam.do("answerQuestion", "question { id }", {"question": question["id"], "body": "We test every release."})
    done = {"question": question["id"], "kind": "AGREED", "note": "A deal."}
    await pia.do("settleQuestion", "question { state }", done)
    promise = {"link": proposed["id"], "round": 1, "inReturn": "we test every release"}
    shown = "link { state inReturn questions { nodes { state } } }"
    accepted = (await sam.do("acceptLink", shown, promise))["link"]
    assert accepted == {
        "state": "ACCEPTED",
        "inReturn": promise["inReturn"],
        "questions": {"nodes": [{"state": "SETTLED"}]},
    }

    told = {"source": "A shop keeper", "body": "At last it is quick.", "sentiment": "POSITIVE"}
    feedback = (await pia.do("recordFeedback", "feedback { id about { id } }", told))["feedback"]
    assert feedback["about"] == []
    await pia.do("linkFeedback", "feedback { about { id } }", {"feedback": feedback["id"], "add": [fast]})
    (turn,) = await turns(org, platform, "RESPOND_TO_FEEDBACK")
    assert turn["nextStep"] == "Platform: say what became of “At last it is quick” (A shop keeper)."
    response = {"feedback": feedback["id"], "unit": platform, "body": "Glad to hear it.", "outcome": "HEARD"}
    heard = await pia.do("respondToFeedback", "feedback { responses { outcome unit { name } } }", response)
    assert heard["feedback"]["responses"] == [{"outcome": "HEARD", "unit": {"name": "Platform"}}]
    assert await turns(org, platform, "RESPOND_TO_FEEDBACK") == []
    without = await org.admin.ask("{ objectives(filter: {withoutEvidence: true}) { nodes { id } } }")
    assert without["objectives"]["nodes"] == [{"id": shop}]

    kept = {"objective": fast, "grade": 1, "note": "done", "kept": [{"link": proposed["id"], "kept": "YES"}]}
    closed = await pia.do("closeObjective", "objective { state parents { kept } }", kept)
    assert closed["objective"] == {"state": "CLOSED", "parents": [{"kept": "YES"}]}


async def test_a_quarter_that_ends_without_wreckage(org: StoryOrganization) -> None:
    unit, _ = await org.led("Acoustics", "tom")
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    quarters = [
        (await org.admin.do("openCycle", "cycle { id }", {"name": name, "startsOn": first, "endsOn": last}))["cycle"][
            "id"
        ]
        for name, first, last in (("Q1", "2026-01-01", "2026-03-31"), ("Q2", "2026-04-01", "2026-06-30"))
    ]
    await org.purpose()
    why = await org.why("Hear in noise")
    up = {"linkTo": {"parent": why, "because": "it helps"}, "cycle": quarters[0]}
    on, off, done = [await org.objective(title, unit, **up) for title in ("Goes on", "Put away", "Done")]
    small = await org.objective("Small", unit, linkTo={"parent": done, "because": "a part of it"}, cycle=quarters[1])
    closing = {"objective": done, "grade": 0.8, "note": "most of it", "successor": on}
    await org.admin.do("closeObjective", "objective { state }", closing)
    assert (await org.verdict(small))["state"] == "UNEXPLAINED", "its link moved to the successor, to be reaffirmed"
    (link,) = await turns(org, unit, "REAFFIRM_LINK")
    await org.admin.do("reaffirmLinks", "links { explained }", {"links": [link["subject"]["id"]]})

    end = {"cycle": quarters[0], "toCycle": quarters[1], "carryOver": [on]}
    refused = await org.admin.refused("closeCycle", end)
    assert [each["id"] for each in refused["nodes"]] == [off]
    end["archive"] = [off]
    tried = await org.admin.do("closeCycle", "impact { orphaned { id } }", {**end, "dryRun": True})
    assert tried["impact"]["orphaned"] == []
    closed = await org.admin.do("closeCycle", "cycle { open } impact { orphaned { id } }", end)
    assert closed == {"cycle": {"open": False}, "impact": {"orphaned": []}, "errors": []}
    document = "{ objectives { nodes { title state cycle { name } alignment { state } } } }"
    rows = (await org.admin.ask(document))["objectives"]["nodes"]
    assert {row["title"]: (row["state"], row["cycle"]["name"]) for row in rows} == {
        "Goes on": ("ACTIVE", "Q2"), "Small": ("ACTIVE", "Q2"),
        "Put away": ("ARCHIVED", "Q1"), "Done": ("CLOSED", "Q1"),
    }  # fmt: skip
    assert {(await org.verdict(goal))["state"] for goal in (on, small)} == {"ALIGNED"}
    third = {"name": "Q3", "startsOn": "2026-07-01", "endsOn": "2026-09-30"}
    later = (await org.admin.do("openCycle", "cycle { id }", third))["cycle"]["id"]
    carried = await org.admin.do("carryOver", "objectives { cycle { name } }", {"objectives": [on], "toCycle": later})
    assert carried["objectives"] == [{"cycle": {"name": "Q3"}}]


async def test_an_objective_owned_by_two_once_the_other_lead_agrees(org: StoryOrganization) -> None:
    (platform, pia), (sales, sam) = await org.led("Platform", "pia", "TECHNOLOGY"), await org.led("Sales", "sam")
    await org.purpose()
    goal = await org.objective("Fast pages", platform, pia)
    invited = {"objective": goal, "owners": [platform, sales]}
    shown = "objective { owners { name } invited { name } }"
    assert (await pia.do("updateObjective", shown, invited))["objective"] == {
        "owners": [{"name": "Platform"}], "invited": [{"name": "Sales"}],
    }  # fmt: skip
    yes = {"objective": goal, "unit": sales, "accept": True}
    assert (await pia.refused("decideCoOwnership", yes))["code"] == "FORBIDDEN"
    assert (await sam.do("decideCoOwnership", shown, yes))["objective"] == {
        "owners": [{"name": "Platform"}, {"name": "Sales"}], "invited": [],
    }  # fmt: skip
    shown = "objective { outcome { grade owners { name } } }"
    closed = await sam.do("closeObjective", shown, {"objective": goal, "grade": 0.9, "note": "we both did it"})
    assert closed["objective"]["outcome"] == {"grade": 0.9, "owners": [{"name": "Platform"}, {"name": "Sales"}]}


async def test_a_unit_that_closes_leaves_its_goals_and_questions_to_its_successor(org: StoryOrganization) -> None:
    (old, olga), (new, _) = await org.led("Old", "olga"), await org.led("New", "nina")
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    await org.purpose()
    why = await org.why("Hear in noise")
    goal = await org.objective("Quieter", old, linkTo={"parent": why, "because": "it is"})
    input = {"about": why, "body": "How loud is noise?", "unit": old}
    question = (await olga.do("askQuestion", "question { id }", input))["question"]["id"]
    closing = {"unit": old, "successor": new}
    await org.admin.do("closeUnit", "unit { name }", {**closing, "dryRun": True})
    await org.admin.do("closeUnit", "unit { name }", closing)
    document = """query A($goal: ID!, $question: ID!) { goal: node(id: $goal) { ... on Objective { owners { name } } }
        question: node(id: $question) { ... on Question { unit { name } } } }"""
    found = await org.admin.ask(document, goal=goal, question=question)
    assert found == {"goal": {"owners": [{"name": "New"}]}, "question": {"unit": {"name": "New"}}}
    await org.verdict(goal)
