"""The main job through all four processes: purpose, why, objective, link, retirement; verdict, alert, subscription."""

from __future__ import annotations

from tests.support.story_organization import StoryOrganization

ALERTS = (
    "subscription { alertChanged { kind state cause subject { id } addressee { name } message nextStep affected } }"
)
VERDICTS = """subscription V($after: Int, $unit: ID) { alignmentChanged(afterRevision: $after, unit: $unit) {
    revision before node { id } alignment { state cause } causedBy { revision type summary } } }"""
SEEN = """query S($id: ID!) { organization { revision }
    node(id: $id) { ... on GoalNode { title alignment { revision } } } }"""
CHANGES = """subscription C($root: ID, $after: Int) { goalTreeChanged(root: $root, afterRevision: $after) {
    revision change { type summary } changed { id } links { id state } removed } }"""


async def test_a_retired_why_orphans_what_hung_on_it_and_the_silent_side_hears_it(org: StoryOrganization) -> None:
    unit, team = await org.led("Acoustics", "tom")
    await org.purpose()
    why = await org.why("Hear in noise")
    objective = await org.objective(
        "Quieter chips", unit, team, linkTo={"parent": why, "because": "noise drowns speech"}
    )
    (link,) = await org.proposals(objective)
    assert link["awaiting"]["name"] == "Test"
    assert (await org.verdict(objective))["cause"] == "LINK_PENDING"

    await org.accept(objective, "a test lab")
    verdict = await org.verdict(objective)
    assert (verdict["state"], verdict["depth"]) == ("ALIGNED", 2)
    assert "noise drowns speech" in verdict["aloud"]

    tried = await org.admin.do(
        "retireWhy", "revision impact { orphaned { id } }", {"why": why, "reason": "old", "dryRun": True}
    )
    assert [each["id"] for each in tried["impact"]["orphaned"]] == [objective]
    assert (await org.verdict(objective))["state"] == "ALIGNED"

    async with team.subscribed(ALERTS) as alerts, team.subscribed(VERDICTS, unit=unit) as verdicts:
        done = await org.admin.do("retireWhy", "revision impact { orphaned { id } }", {"why": why, "reason": "old"})
        assert [each["id"] for each in done["impact"]["orphaned"]] == [objective]
        alert = (await alerts.until(lambda each: each["kind"] == "GOAL_ORPHANED"))[-1]
        assert (alert["state"], alert["cause"], alert["subject"]["id"]) == ("OPEN", "WHY_RETIRED", why)
        assert alert["addressee"]["name"] == "Test"
        assert "Hear in noise" in alert["message"]
        assert "Test" in alert["nextStep"]
        turned = await verdicts.next()
        assert (turned["before"], turned["alignment"]["state"], turned["node"]["id"]) == (
            "ALIGNED",
            "ORPHANED",
            objective,
        )
        assert turned["causedBy"]["type"] == "why.retired"
    assert (await org.verdict(objective))["lostParent"]["id"] == why


async def test_both_sides_talk_about_a_link_in_rounds_until_one_accepts(org: StoryOrganization) -> None:
    (platform, pia), (sales, sam) = await org.led("Platform", "pia", "TECHNOLOGY"), await org.led("Sales", "sam")
    await org.purpose()
    why = await org.why("Sell online")
    shop = await org.objective("A shop", sales, sam, linkTo={"parent": why, "because": "customers ask for it"})
    await org.accept(shop)
    fast = await org.objective("Fast pages", platform, pia)
    input = {"child": fast, "parent": shop, "because": "slow pages sell nothing"}
    link = (await pia.do("link", "link { id state awaiting { name } }", input))["link"]
    assert (link["state"], link["awaiting"]["name"]) == ("PROPOSED", "Sales")
    wrong = await pia.refused("acceptLink", {"link": link["id"], "round": 1})
    assert wrong["code"] == "FORBIDDEN"
    countered = await sam.do(
        "counterLink",
        "link { state round awaiting { name } rounds { round because inReturn unit { name } } }",
        {"link": link["id"], "round": 1, "because": "slow pages lose baskets", "inReturn": "we test every release"},
    )
    assert (countered["link"]["state"], countered["link"]["awaiting"]["name"]) == ("COUNTERED", "Platform")
    assert [each["because"] for each in countered["link"]["rounds"]] == [
        "slow pages sell nothing",
        "slow pages lose baskets",
    ]
    stale = await pia.refused("acceptLink", {"link": link["id"], "round": 1})
    assert stale["code"] == "STALE_VERSION"
    await pia.do("acceptLink", "link { state }", {"link": link["id"], "round": 2})
    verdict = await org.verdict(fast)
    assert (verdict["state"], verdict["depth"]) == ("ALIGNED", 3)


async def test_a_revised_why_leaves_its_links_unexplained_until_they_are_reaffirmed(org: StoryOrganization) -> None:
    unit, team = await org.led("Acoustics", "tom")
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    await org.purpose()
    why = await org.why("Hear in noise")
    goals = [
        await org.objective(title, unit, team, linkTo={"parent": why, "because": "it does"}) for title in ("One", "Two")
    ]
    revised = await org.admin.do(
        "reviseWhy", "impact { unexplained { id } }", {"why": why, "expectedVersion": 1, "statement": "Hear in wind"}
    )
    assert {each["id"] for each in revised["impact"]["unexplained"]} == set(goals)
    await org.alerts(lambda found: sorted(each["affected"] for each in found) in ([1, 1], [2]))
    turns = await team.ask("{ myTurn(kinds: [REAFFIRM_LINK]) { nodes { kind subject { id } nextStep } } }")
    assert [each["kind"] for each in turns["myTurn"]["nodes"]] == ["REAFFIRM_LINK", "REAFFIRM_LINK"]
    links = [each["subject"]["id"] for each in turns["myTurn"]["nodes"]]
    done = await team.do("reaffirmLinks", "links { explained }", {"links": links, "because": "wind is noise"})
    assert [each["explained"] for each in done["links"]] == [True, True]
    assert {(await org.verdict(goal))["state"] for goal in goals} == {"ALIGNED"}
    await org.alerts(lambda found: found == [])


async def test_a_subscription_that_resumes_after_a_revision_hears_what_it_missed_once_and_in_order(
    org: StoryOrganization,
) -> None:
    await org.purpose()
    revision = (await org.admin.ask("{ organization { revision } }"))["organization"]["revision"]
    why = await org.why("Hear in noise")
    objective = await org.objective("Quieter", org.root, linkTo={"parent": why, "because": "it is"})
    other = await org.objective("Elsewhere", org.root)
    async with org.admin.subscribed(CHANGES, after=revision, root=why) as changes:
        missed = await changes.until(lambda each: each["change"]["type"] == "objective.activated")
        assert [each["revision"] for each in missed] == sorted({each["revision"] for each in missed})
        assert (missed[0]["change"]["type"], missed[0]["changed"]) == ("why.published", [{"id": why}])
        assert not any(other in (node["id"] for node in each["changed"]) for each in missed)
        await org.admin.do("updateObjective", "objective { id }", {"objective": objective, "title": "Quiet"})
        live = await changes.next()
        assert (live["change"]["type"], live["changed"]) == ("objective.changed", [{"id": objective}])
    async with org.admin.subscribed(VERDICTS, after=revision) as verdicts:
        heard = [await verdicts.next() for _ in range(3)]
        assert {each["node"]["id"] for each in heard} == {why, objective, other}
        assert all(each["before"] is None and each["revision"] > revision for each in heard)


async def test_promise_3_a_reader_sees_their_own_writes(org: StoryOrganization) -> None:
    for number in range(20):
        input = {"title": f"Number {number}", "owners": [org.root]}
        payload = await org.admin.do("createObjective", "revision objective { id }", input)
        answer = await org.admin.post(
            SEEN,
            {"id": payload["objective"]["id"]},
            {"Golden-Thread-Min-Revision": str(payload["revision"])},
        )
        data = answer.json()["data"]
        assert data["node"]["title"] == f"Number {number}"
        assert data["node"]["alignment"]["revision"] >= payload["revision"]
        assert data["organization"]["revision"] >= payload["revision"]


async def test_closing_an_objective_says_the_outcome_and_whether_the_promise_in_return_was_kept(
    org: StoryOrganization,
) -> None:
    unit, team = await org.led("Acoustics", "tom")
    await org.purpose()
    why = await org.why("Hear in noise")
    goal = await org.objective("Quieter", unit, team, linkTo={"parent": why, "because": "it is"})
    link = await org.accept(goal, "a lab")
    input = {"objective": goal, "grade": 0.7, "note": "mostly", "kept": [{"link": link, "kept": "YES"}]}
    shown = "objective { state outcome { grade note alignment owners { id } } parents { kept } }"
    closed = (await team.do("closeObjective", shown, input))["objective"]
    assert closed["state"] == "CLOSED"
    assert closed["outcome"] == {"grade": 0.7, "note": "mostly", "alignment": "ALIGNED", "owners": [{"id": unit}]}
    assert closed["parents"] == [{"kept": "YES"}]
