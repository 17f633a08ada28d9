"""Queries answer from memory what the organization is, and nothing of another one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from goldenthread.contracts.entities import LinkRound, Outcome
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, Side, WhyState
from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.events.goals import LinkAccepted, ObjectiveChanged, ObjectiveCreated, PurposeRetired
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.small_worlds import small_world
from tests.unit.gateway.world import World, purpose_of


async def test_the_golden_thread_of_an_objective() -> None:
    data = await Client(small_world()).ask(
        """{ node(id: "objective_1") { ... on Objective {
        title progress contributedProgress accountable { name } cycle { name startsOn } owners { name }
        alignment { state depth aloud upToDate revision silentSide { id } nextStep
          lineOfSight { node { id title } because explained link { id } } } } } }"""
    )
    found = data["node"]
    assert found["progress"] == 0.25
    assert found["contributedProgress"] is None
    assert found["accountable"] == {"name": "Ada Alpha"}
    assert found["cycle"] == {"name": "2026 Q1", "startsOn": "2026-01-01"}
    assert found["owners"] == [{"name": "A"}]
    alignment = found["alignment"]
    assert (alignment["state"], alignment["depth"], alignment["upToDate"]) == ("ALIGNED", 2, True)
    assert (alignment["silentSide"], alignment["nextStep"]) == (None, None)
    assert [hop["node"]["id"] for hop in alignment["lineOfSight"]] == ["objective_1", "why_1", "purpose_1"]
    assert alignment["lineOfSight"][0]["because"] is None
    assert alignment["lineOfSight"][1] == {
        "node": {"id": "why_1", "title": "why_1"}, "because": "it helps", "explained": True, "link": {"id": "link_2"},
    }  # fmt: skip


async def test_an_orphan_says_where_it_broke_who_is_silent_and_what_broke_it() -> None:
    world = small_world()
    world.commit(ObjectiveCreated(objective("objective_4")))
    world.judge()
    data = await Client(world).ask(
        """{ node(id: "objective_4") { ... on Objective { alignment { state depth cause lineOfSight { explained }
        brokenAt { id } silentSide { name } nextStep since brokenBy { revision type summary by { name } } } } } }"""
    )
    found = data["node"]["alignment"]
    assert (found["state"], found["depth"], found["cause"]) == ("ORPHANED", None, "NOT_LINKED")
    assert found["brokenAt"] == {"id": "objective_4"}
    assert found["lineOfSight"] == []
    assert found["silentSide"] == {"name": "A"}
    assert found["nextStep"].startswith("A: link")
    entry = {"revision": 1, "type": "objective.created", "summary": "objective.created objective_4"}
    assert found["brokenBy"] == {**entry, "by": {"name": "Rita Root"}}


async def test_ids_of_another_organization_are_not_there() -> None:
    client = Client(small_world())
    data = await client.ask('{ node(id: "objective_99") { id } nodes(ids: ["why_1", "org_2", "alert_9"]) { id } }')
    assert data == {"node": None, "nodes": [{"id": "why_1"}, None, None]}


@pytest.mark.parametrize(
    ("id", "kind"),
    [
        ("org_1", "Organization"),
        ("unit_a", "OrgUnit"),
        ("person_a", "Person"),
        ("cycle_1", "Cycle"),
        ("purpose_1", "Purpose"),
        ("why_1", "Why"),
        ("objective_1", "Objective"),
        ("keyresult_1", "KeyResult"),
        ("checkin_1", "CheckIn"),
        ("link_1", "Link"),
        ("alert_1", "Alert"),
    ],
)
async def test_everything_is_a_node(id: str, kind: str) -> None:
    world = small_world()
    world.alert(AlertRaised(Alert("alert_1", AlertKind.GOAL_ORPHANED, AlertState.OPEN, "why_1", None, [], "", "", T0)))
    data = await Client(world).ask("query($id: ID!) { node(id: $id) { __typename id } }", id=id)
    assert data == {"node": {"__typename": kind, "id": id}}


async def test_the_viewer_is_the_person_behind_the_token() -> None:
    query = (
        "{ viewer { person { name email } organization { name revision } units { id } roles { role unit { id } } } }"
    )
    data = await Client(small_world()).ask(query)
    assert data["viewer"]["person"] == {"name": "Rita Root", "email": "rita@example.org"}
    assert data["viewer"]["units"] == [{"id": "unit_root"}]
    assert data["viewer"]["roles"][0] == {"role": "EXECUTIVE", "unit": None}
    data = await Client(small_world(), subject="a service account").ask(query)
    assert data["viewer"]["person"] is None
    assert data["viewer"]["organization"] == {"name": "Example", "revision": 0}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["objective_1", "objective_2", "objective_3"]),
        ({"alignment": ["ORPHANED"]}, ["objective_2"]),
        ({"cause": ["NOT_LINKED"]}, ["objective_2"]),
        ({"alignment": ["ALIGNED", "NOT_JUDGED"]}, ["objective_1", "objective_3"]),
        ({"state": ["DRAFT"]}, ["objective_3"]),
        ({"unit": "unit_b"}, ["objective_2"]),
        ({"unit": "unit_root"}, ["objective_1", "objective_2", "objective_3"]),
        ({"unit": "unit_root", "includeSubunits": False}, []),
        ({"cycle": "cycle_1"}, ["objective_1"]),
        ({"accountable": "person_a"}, ["objective_1"]),
        ({"search": "FINDABLE"}, ["objective_2"]),
        ({"search": "nothing like it"}, []),
    ],
)
async def test_objectives_are_filtered(filter: dict[str, Any], expected: list[str]) -> None:
    data = await Client(small_world()).ask(
        "query($f: ObjectiveFilter) { objectives(filter: $f) { totalCount nodes { id } } }", f=filter
    )
    assert [each["id"] for each in data["objectives"]["nodes"]] == expected
    assert data["objectives"]["totalCount"] == len(expected)


async def test_objectives_without_a_value_come_last_in_either_direction() -> None:
    client = Client(small_world())
    for direction in ("ASC", "DESC"):
        data = await client.ask(
            "query($d: OrderDirection!) { objectives(orderBy: {field: DEPTH, direction: $d}) { nodes { id } } }",
            d=direction,
        )
        assert [each["id"] for each in data["objectives"]["nodes"]] == ["objective_1", "objective_2", "objective_3"]


async def test_pages_follow_each_other_and_survive_changes() -> None:
    client = Client(small_world())
    query = """query($after: String) { objectives(orderBy: {field: TITLE, direction: ASC}, first: 2, after: $after) {
      edges { node { id } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = (await client.ask(query))["objectives"]
    assert [edge["node"]["id"] for edge in first["edges"]] == ["objective_1", "objective_2"]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    before = structs.replace(objective("objective_0"), title="a first one")
    client.cache.deliver_all(client.world.commit(ObjectiveCreated(before)))
    second = (await client.ask(query, after=first["pageInfo"]["endCursor"]))["objectives"]
    assert [edge["node"]["id"] for edge in second["edges"]] == ["objective_3"]
    assert (second["pageInfo"]["hasNextPage"], second["totalCount"]) == (False, 4)


async def test_wrong_cursors_and_sizes_are_refused_with_a_code() -> None:
    client = Client(small_world())
    for arguments in ('after: "nonsense"', "first: -1", "first: 100000"):
        result = await client.run(f"{{ objectives({arguments}) {{ totalCount }} }}")
        assert result.errors[0].extensions == {"code": "INVALID"}


async def test_the_goal_tree_has_the_purpose_first_and_then_every_break() -> None:
    data = await Client(small_world()).ask(
        "{ goalTree { roots { id } nodes { id } links { id child { id } parent { id } } truncated revision } }"
    )
    tree = data["goalTree"]
    assert [each["id"] for each in tree["roots"]] == ["purpose_1", "objective_2"]
    assert [each["id"] for each in tree["nodes"]] == ["purpose_1", "objective_2", "why_1", "objective_1", "keyresult_1"]
    assert [each["id"] for each in tree["links"]] == ["link_1", "link_2", "link_3"]
    assert tree["truncated"] == 0


@pytest.mark.parametrize(
    ("arguments", "nodes", "truncated"),
    [
        ("depth: 1, includeOrphans: false", ["purpose_1", "why_1"], 2),
        ("first: 2", ["purpose_1", "objective_2"], 3),
        ('root: "objective_1"', ["objective_1", "keyresult_1"], 0),
        ('unit: "unit_b"', ["purpose_1", "objective_2", "why_1"], 0),
        ('cycle: "cycle_1"', ["purpose_1", "why_1", "objective_1", "keyresult_1"], 0),
    ],
)
async def test_the_goal_tree_says_how_much_it_left_out(arguments: str, nodes: list[str], truncated: int) -> None:
    data = await Client(small_world()).ask(f"{{ goalTree({arguments}) {{ nodes {{ id }} truncated }} }}")
    assert [each["id"] for each in data["goalTree"]["nodes"]] == nodes
    assert data["goalTree"]["truncated"] == truncated


async def test_a_root_that_is_not_there_is_not_found() -> None:
    result = await Client(small_world()).run('{ goalTree(root: "why_9") { truncated } }')
    assert result.errors[0].extensions == {"code": "NOT_FOUND", "argument": ["root"]}


async def test_the_tree_of_a_loop_ends() -> None:
    world = World(
        purpose(), objective("objective_1"), objective("objective_2"),
        link("link_1", "objective_1", "objective_2"), link("link_2", "objective_2", "objective_1"),
    )  # fmt: skip
    data = await Client(world).ask('{ goalTree(root: "objective_1") { nodes { id } links { id } } }')
    assert [each["id"] for each in data["goalTree"]["nodes"]] == ["objective_1", "objective_2"]
    assert len(data["goalTree"]["links"]) == 2


async def test_links_show_both_sides_and_whose_turn_it_is() -> None:
    world = small_world()
    rounds = [LinkRound(1, "unit_b", None, "it helps", None, T0)]
    made = link("link_4", "objective_2", "objective_1", None, state=LinkState.PROPOSED, turn=Side.PARENT)
    world.commit(LinkAccepted(structs.replace(made, rounds=rounds, due_at=T0 + timedelta(days=7))))
    client = Client(world)
    data = await client.ask(
        """{ node(id: "objective_2") { ... on GoalNode { parents { id } proposed: parents(states: [PROPOSED]) {
        id state explained primary awaiting { id } round rounds { round unit { name } because } }
        none: parents(states: []) { id } } } }"""
    )
    assert (data["node"]["parents"], data["node"]["none"]) == ([], [])
    assert data["node"]["proposed"] == [
        {
            "id": "link_4", "state": "PROPOSED", "explained": False, "primary": False, "awaiting": {"id": "unit_a"},
            "round": 1, "rounds": [{"round": 1, "unit": {"name": "B"}, "because": "it helps"}],
        }
    ]  # fmt: skip
    data = await client.ask('{ node(id: "link_2") { ... on Link { primary explained awaiting { id } } } }')
    assert data["node"] == {"primary": True, "explained": True, "awaiting": None}


async def test_my_turn_lists_what_i_must_decide_reaffirm_or_mend_most_overdue_first() -> None:
    world = World(
        purpose(), why("why_1", version=2), objective("objective_1"), objective("objective_2"),
        objective("objective_3", owner="unit_b"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2, because_version=1),
        link("link_3", "objective_3", "objective_1", None, state=LinkState.PROPOSED, turn=Side.PARENT,
             due_at=T0 + timedelta(days=7)),
    )  # fmt: skip
    query = """query($unit: ID, $kinds: [TurnKind!]) { myTurn(unit: $unit, kinds: $kinds) { totalCount nodes {
      kind subject { id } unit { id } overdue nextStep } } }"""
    mine = (await Client(world, subject="ada").ask(query))["myTurn"]["nodes"]
    assert [(turn["kind"], turn["subject"]["id"], turn["overdue"]) for turn in mine] == [
        ("DECIDE_LINK", "link_3", True),
        ("MEND_ORPHAN", "objective_2", True),
        ("REAFFIRM_LINK", "link_2", False),
    ]
    assert {turn["unit"]["id"] for turn in mine} == {"unit_a"}
    assert mine[2]["nextStep"] == "A: reaffirm why “objective_1” serves “why_1”."
    of_root = (await Client(world, subject="ada").ask(query, unit="unit_root"))["myTurn"]["nodes"]
    assert [turn["subject"]["id"] for turn in of_root] == ["objective_3"]
    some = (await Client(world, subject="ada").ask(query, kinds=["MEND_ORPHAN"]))["myTurn"]
    assert some["totalCount"] == 1


async def test_history_is_paged_newest_first() -> None:
    world = small_world()
    for number in range(3):
        world.commit(ObjectiveCreated(structs.replace(objective("objective_4"), version=number + 1)))
    client = Client(world)
    query = """query($after: String) { node(id: "objective_4") { ... on Objective { history(first: 2, after: $after) {
      totalCount nodes { revision at by { name } } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await client.ask(query))["node"]["history"]
    assert [entry["revision"] for entry in first["nodes"]] == [3, 2]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    second = (await client.ask(query, after=first["pageInfo"]["endCursor"]))["node"]["history"]
    assert [entry["revision"] for entry in second["nodes"]] == [1]
    assert second["pageInfo"]["hasNextPage"] is False


async def test_units_people_cycles_and_alerts_are_listed() -> None:
    world = small_world()
    broken = "objective_2"
    alert = Alert("alert_1", AlertKind.GOAL_ORPHANED, AlertState.OPEN, broken, "unit_b", [broken], "", "", T0)
    world.alert(AlertRaised(alert))
    data = await Client(world).ask(
        """{ units(search: "roo") { nodes { name units { nodes { name } } members { nodes { name } } lead { name }
          objectives { totalCount } } }
        people(search: "ADA") { nodes { name units { name } } } inA: people(unit: "unit_a") { nodes { name } }
        cycles(open: true) { nodes { name open } } closed: cycles(open: false) { totalCount }
        alerts(unit: "unit_root", kinds: [GOAL_ORPHANED]) { nodes { id affected subject { id } addressee { id }
          goals { nodes { id } } } } others: alerts(unit: "unit_a") { totalCount } } """
    )
    root = data["units"]["nodes"][0]
    assert [each["name"] for each in root["units"]["nodes"]] == ["A", "B"]
    assert (root["lead"], root["objectives"]) == ({"name": "Rita Root"}, {"totalCount": 3})
    assert root["members"]["nodes"] == [{"name": "Rita Root"}]
    assert data["people"]["nodes"] == [{"name": "Ada Alpha", "units": [{"name": "A"}]}]
    assert data["inA"]["nodes"] == [{"name": "Ada Alpha"}]
    assert data["cycles"]["nodes"] == [{"name": "2026 Q1", "open": True}]
    assert data["closed"]["totalCount"] == 0
    assert data["alerts"]["nodes"] == [
        {"id": "alert_1", "affected": 1, "subject": {"id": "objective_2"}, "addressee": {"id": "unit_b"},
         "goals": {"nodes": [{"id": "objective_2"}]}}
    ]  # fmt: skip
    assert data["others"]["totalCount"] == 0


async def test_key_results_show_their_readings_newest_first() -> None:
    data = await Client(small_world()).ask(
        """{ node(id: "keyresult_1") { ... on KeyResult { measures { id } progress owners { id } alignment { depth }
        checkIns { nodes { value by { name } keyResult { id } } } } } }"""
    )
    found = data["node"]
    assert (found["measures"]["id"], found["progress"], found["alignment"]["depth"]) == ("objective_1", 0.25, 3)
    assert [each["value"] for each in found["checkIns"]["nodes"]] == [1.0, 0.5]


async def test_the_outcome_of_a_closed_objective_keeps_the_verdict_it_ended_with() -> None:
    world = small_world()
    ended = structs.replace(
        world.org.objectives["objective_1"],
        state=ObjectiveState.CLOSED,
        outcome=Outcome(0.7, "good", "person_a", T0, ["unit_a"]),
    )
    world.org.put(ended)
    view = Client(world)
    loaded = await view.cache.get("org_1")
    judged = loaded.judgements["objective_1"]
    verdict = structs.replace(judged.verdict, frozen=judged.verdict.state)
    loaded.judgements["objective_1"] = structs.replace(judged, verdict=verdict)
    data = await view.ask(
        """{ node(id: "objective_1") { ... on Objective {
        outcome { grade closedBy { name } owners { id } alignment } } } }"""
    )
    assert data["node"]["outcome"] == {
        "grade": 0.7, "closedBy": {"name": "Ada Alpha"}, "owners": [{"id": "unit_a"}], "alignment": "ALIGNED",
    }  # fmt: skip


async def test_a_retired_purpose_and_retired_whys_are_shown_as_such() -> None:
    world = World(purpose(), why("why_1"), why("why_2", state=WhyState.RETIRED), link("link_1", "why_1", "purpose_1"))
    world.commit(PurposeRetired(structs.replace(purpose_of(world.org), state=PurposeState.RETIRED), "merged"))
    data = await Client(world).ask(
        "{ purpose { state statement title } whys { nodes { id } } all: whys(states: null) { totalCount } }"
    )
    assert data["purpose"] == {"state": "RETIRED", "statement": "Be useful", "title": "Be useful"}
    assert [each["id"] for each in data["whys"]["nodes"]] == ["why_1"]
    assert data["all"]["totalCount"] == 2


async def test_pages_of_objectives_follow_every_change_and_verdict_between_them() -> None:
    world = small_world()
    client = Client(world)
    query = """query($state: [ObjectiveState!], $alignment: [AlignmentState!]) {
        objectives(filter: {state: $state, alignment: $alignment}) { nodes { id } } }"""

    async def listed(**filter: str) -> list[dict[str, Any]]:
        return list((await client.ask(query, **filter))["objectives"]["nodes"])

    assert [each["id"] for each in await listed(state="ACTIVE")] == ["objective_1", "objective_2"]
    first = world.org.objectives["objective_1"]
    view = (await client.context()).view
    for event in world.commit(ObjectiveChanged(structs.replace(first, state=ObjectiveState.CLOSED), first)):
        view.apply(event)
    assert [each["id"] for each in await listed(state="ACTIVE")] == ["objective_2"]
    assert [each["id"] for each in await listed(alignment="ORPHANED")] == ["objective_2"]
    for event in world.commit(LinkAccepted(link("link_new", "objective_2", "purpose_1", order=99))):
        view.apply(event)
    assert [each["id"] for each in await listed(alignment="ORPHANED")] == ["objective_2"]
    for event in world.judge():
        view.apply(event)
    assert await listed(alignment="ORPHANED") == []


async def test_goals_are_found_by_what_they_are_called_or_by_id() -> None:
    world = World(structs.replace(purpose(), title=""), why("why_1"), objective("objective_1"))
    for search, found in (("be USEFUL", ["purpose_1"]), ("why_1", ["why_1"]), ("_1", ["objective_1", "why_1"])):
        data = await Client(world).ask("query($s: String!) { goals(search: $s) { nodes { id } } }", s=search)
        assert [each["id"] for each in data["goals"]["nodes"]] == found
