"""A mutation's payload shows what it wrote and how it was judged; a refusal is data and changes nothing."""

from __future__ import annotations

import asyncio
import math
from typing import Any, get_args

import msgspec
import pytest
import strawberry
from graphql import GraphQLInputObjectType
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from strawberry import ID

from gateway.request import command_execution
from gateway.schema.build import make
from gateway.schema.core.command_mapping import command
from gateway.schema.mutations import ending_inputs
from gateway.upstream.ports import NotSent, TokenRefused, Unreachable
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.commands import AnyCommand, CarryOver, CloseCycle, CreateObjective, ImportPlan, RetireWhy
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.enums import LinkKind, ObjectiveState, WhyState
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.events.alerts import Alert, AlertAcknowledged, AlertKind, AlertRaised, AlertState
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from goldenthread.contracts.events.goals import LinkAccepted, ObjectiveCreated, WhyRetired
from goldenthread.contracts.read_api import AnyAlertCommand, VerdictChange
from goldenthread.contracts.replies import Accepted, ImportProblem, ImportReport, RefusedAnswer
from goldenthread.contracts.secret import Secret
from tests.support.bad_idempotency_keys import BAD_KEYS
from tests.support.entities import T0, link, objective, purpose, why
from tests.unit.gateway.fakes import Client, accepted
from tests.unit.gateway.world import World

CREATE = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    objective { id alignment { state upToDate aloud } } revision impact { orphaned { id } mended { id } }
    warnings { code message } errors { code message path } } }"""
RETIRE = """mutation($input: RetireWhyInput!) { retireWhy(input: $input) {
    why { id state } revision impact { orphaned { id } unexplained { id } mended { id } } errors { code message path }
} }"""
IMPACT = """mutation($input: CreateObjectiveInput!) { createObjective(input: $input) {
    upToDate impact { orphanedCount } } }"""
INPUT = {"title": "Sell", "owners": ["unit_a"], "linkTo": {"parent": "why_1", "because": "sales grow us"}}


def threaded() -> World:
    """Purpose ← why ← objective 1."""
    return World(
        purpose(), why("why_1"), objective("objective_1"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2),
    )  # fmt: skip


def create(world: World, _: Command) -> Accepted:
    new = objective("objective_9")
    events = world.commit(ObjectiveCreated(new), LinkAccepted(link("link_9", new.id, "why_1", 9)))
    return accepted(world, events, new.id, warnings=[Problem(ErrorCode.POLICY, "mind this")])


def retire(world: World, command: Command) -> Accepted:
    assert isinstance(command, RetireWhy)
    ended = structs.replace(world.org.whys[command.why], state=WhyState.RETIRED)
    events = world.commit(WhyRetired(ended, command.reason), write=not command.dry_run)
    return accepted(world, events, command.why, dry_run=command.dry_run)


async def test_a_payload_shows_what_was_written_and_its_verdict_is_up_to_date() -> None:
    client = Client(threaded(), create)
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert found["objective"]["alignment"]["state"] == "ALIGNED"
    assert found["objective"]["alignment"]["upToDate"] is True
    assert found["revision"] == 2
    assert found["impact"] == {"orphaned": [], "mended": []}
    assert found["warnings"] == [{"code": "POLICY", "message": "mind this"}]
    assert found["errors"] == []


async def test_the_command_is_sent_with_the_callers_token_and_key() -> None:
    client = Client(threaded(), create, subject="ada")
    await client.ask(CREATE, input={**INPUT, "idempotencyKey": "once"})
    command, credentials = client.upstreams.requests[0]
    assert (credentials.token, credentials.key) == (Secret("token of ada"), "once")
    assert isinstance(command, CreateObjective)
    assert command.link_to is not None
    assert (command.link_to.kind, command.activate, command.key_results) == (LinkKind.CONTRIBUTES, True, [])


async def test_a_refusal_is_data_and_changes_nothing() -> None:
    loop = Problem(ErrorCode.LINK_LOOP, "a loop", ["linkTo", "parent"], ["why_1"])
    client = Client(threaded(), lambda *_: RefusedAnswer([loop]))
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert (found["objective"], found["revision"], found["impact"]) == (None, None, None)
    assert found["errors"] == [{"code": "LINK_LOOP", "message": "a loop", "path": ["linkTo", "parent"]}]
    assert (await client.cache.get("org_1")).revision == 0


async def test_a_dry_run_says_what_would_break_and_changes_nothing() -> None:
    client = Client(threaded(), retire)
    found = (await client.ask(RETIRE, input={"why": "why_1", "reason": "no", "dryRun": True}))["retireWhy"]
    assert found["why"] == {"id": "why_1", "state": "PUBLISHED"}
    assert [each["id"] for each in found["impact"]["orphaned"]] == ["objective_1"]
    view = await client.cache.get("org_1")
    assert (view.revision, view.judgement("objective_1").verdict.state) == (0, AlignmentState.ALIGNED)


async def test_what_a_change_breaks_is_said_when_it_is_made() -> None:
    client = Client(threaded(), retire)
    found = (await client.ask(RETIRE, input={"why": "why_1", "reason": "no"}))["retireWhy"]
    assert found["why"] == {"id": "why_1", "state": "RETIRED"}
    assert [each["id"] for each in found["impact"]["orphaned"]] == ["objective_1"]
    assert (await client.cache.get("org_1")).up_to_date


async def test_without_alignment_a_change_is_still_made_and_the_verdict_says_that_it_is_older() -> None:
    client = Client(threaded(), create)
    await client.cache.get("org_1")
    client.upstreams.down.add(ALIGNMENT)
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert found["errors"] == []
    assert found["objective"]["alignment"]["upToDate"] is False


async def test_without_alignment_a_dry_run_is_refused_as_unavailable() -> None:
    client = Client(threaded(), retire)
    await client.cache.get("org_1")
    client.upstreams.down.add(ALIGNMENT)
    found = (await client.ask(RETIRE, input={"why": "why_1", "reason": "no", "dryRun": True}))["retireWhy"]
    assert [each["code"] for each in found["errors"]] == ["UNAVAILABLE"]
    assert found["impact"] is None


async def test_without_goals_a_mutation_says_that_its_outcome_is_not_known() -> None:
    client = Client(threaded(), create)
    await client.cache.get("org_1")
    client.upstreams.down.add(GOALS)
    found = (await client.ask(CREATE, input={**INPUT, "idempotencyKey": "k"}))["createObjective"]
    assert found["errors"][0]["code"] == "UNAVAILABLE"
    assert "same idempotencyKey" in found["errors"][0]["message"]


@pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
async def test_a_key_that_is_none_is_refused_before_anything_is_sent(key: str) -> None:
    client = Client(threaded(), create)
    found = (await client.ask(CREATE, input={**INPUT, "idempotencyKey": key}))["createObjective"]
    assert [(each["code"], each["path"]) for each in found["errors"]] == [("INVALID", ["idempotencyKey"])]
    assert client.upstreams.requests == []


@pytest.mark.parametrize(
    ("error", "expires_at", "code", "said", "not_said"),
    [
        (Unreachable("reset"), math.inf, "UNAVAILABLE", "not known whether", "Nothing was changed"),
        (NotSent("no route"), math.inf, "UNAVAILABLE", "Nothing was changed", "not known whether"),
        (TokenRefused("too early"), math.inf, "UNAVAILABLE", "clocks or settings differ", "not known whether"),
        (TokenRefused("too late"), 0, "UNAUTHENTICATED", "Nothing was changed", "not known whether"),
    ],
)
async def test_what_is_known_of_a_command_that_was_not_answered_is_said_and_no_more(
    error: Exception, expires_at: float, code: str, said: str, not_said: str
) -> None:
    def decide(*_: Any) -> Accepted:
        raise error

    client = Client(threaded(), decide)
    context = await client.context()
    context.caller = structs.replace(context.caller, expires_at=expires_at)
    result = await make().execute(CREATE, {"input": INPUT}, context)
    assert not isinstance(result.data, type(None))
    found = result.data["createObjective"]
    assert [each["code"] for each in found["errors"]] == [code]
    assert said in found["errors"][0]["message"]
    assert not_said not in found["errors"][0]["message"]


async def test_a_mutation_that_fails_on_our_side_does_not_say_try_again() -> None:
    def decide(*_: Any) -> Accepted:
        raise ValueError("unforeseen")

    result = await Client(threaded(), decide).run(CREATE, input=INPUT)
    assert [error.extensions["code"] for error in result.errors] == ["INTERNAL"]
    assert "It is not known whether this took effect" in result.errors[0].message
    assert "Try again" not in result.errors[0].message


async def test_an_import_reports_every_row() -> None:
    report = ImportReport(3, 2, 1, 0, ["row 9"], [ImportProblem("4", "no title")])

    def decide(world: World, command: Command) -> Accepted:
        assert isinstance(command, ImportPlan)
        assert command.as_state is ObjectiveState.DRAFT
        return accepted(world, world.commit(ObjectiveCreated(objective("objective_9"))), "objective_9", report=report)

    found = await Client(threaded(), decide).ask(
        """mutation { importPlan(input: {source: "s", content: "x", as: DRAFT}) {
        taken created updated unchanged missing skipped { row message } purpose { id } errors { code } } }"""
    )
    assert found["importPlan"] == {
        "taken": 3, "created": 2, "updated": 1, "unchanged": 0, "missing": ["row 9"], "purpose": {"id": "purpose_1"},
        "skipped": [{"row": "4", "message": "no title"}], "errors": [],
    }  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
async def test_an_acknowledged_alert_is_shown_as_such(known: bool) -> None:
    alert = Alert("alert_1", AlertKind.GOAL_ORPHANED, AlertState.OPEN, "why_1", None, [], "", "", T0)
    seen = structs.replace(alert, state=AlertState.ACKNOWLEDGED, note="on it")
    world = threaded()
    world.alert(AlertRaised(alert))

    def decide(world: World, _: Command) -> Accepted:
        return accepted(world, world.alert(AlertAcknowledged(seen)), "alert_1")

    client = Client(world, decide)
    client.upstreams.down = set() if known else {ALERTS}
    assert (await client.cache.get("org_1")).alerts_known == known
    client.upstreams.down = set()
    data = await client.ask(
        """mutation { acknowledgeAlert(input: {alert: "alert_1", note: "on it"}) {
        alert { state note } errors { code } } }"""
    )
    assert data["acknowledgeAlert"] == {"alert": {"state": "ACKNOWLEDGED", "note": "on it"}, "errors": []}
    assert (await client.cache.get("org_1")).position(ALERTS).sequence == 2


@pytest.mark.parametrize("kind", [*get_args(AnyCommand), *get_args(AnyAlertCommand)], ids=lambda kind: kind.__name__)
def test_a_mutation_takes_exactly_the_fields_of_its_command(kind: type[Command]) -> None:
    tag = kind.__struct_config__.tag
    shown = make()._schema.get_type(f"{tag}Input")
    assert isinstance(shown, GraphQLInputObjectType)
    renamed = {"as": "asState"}
    fields = {*kind.__struct_encode_fields__, "idempotencyKey"} - {"clear"}  # null clears
    assert {renamed.get(name, name) for name in shown.fields} == fields
    mutation = make()._schema.mutation_type
    assert mutation is not None
    arguments = {str(each.args["input"].type) for each in mutation.fields.values()}
    assert f"{tag}Input!" in arguments


states = st.none() | st.builds(Verdict, st.sampled_from(AlignmentState))
effects = st.lists(
    st.builds(VerdictChange, st.sampled_from("abc"), states, st.builds(Verdict, st.sampled_from(AlignmentState)))
)


@given(effects)
def test_a_node_is_broken_or_mended_or_neither_never_both(found: list[VerdictChange]) -> None:
    sorted_ = command_execution.sort_effects(found)
    named = [*sorted_.orphaned, *sorted_.unexplained, *sorted_.mended]
    assert len(named) == len(set(named))
    last: dict[str, Any] = {each.node: each for each in found}
    assert all(last[node].after.state is AlignmentState.ORPHANED for node in sorted_.orphaned)
    assert all(last[node].after.state is AlignmentState.UNEXPLAINED for node in sorted_.unexplained)


def test_what_was_sent_before_copies_is_the_same_command_today() -> None:
    """goals knows a request again by its key and its command: also one that is sent again after an upgrade."""
    carried = command(CarryOver, ending_inputs.CarryOverInput(objectives=[ID("objective_1")], to_cycle=ID("cycle_1")))
    closed = command(CloseCycle, ending_inputs.CloseCycleInput(cycle=ID("cycle_1")))
    assert [msgspec.json.encode(each) for each in (carried, closed)] == [
        b'{"type":"CarryOver","objectives":["objective_1"],"toCycle":"cycle_1"}',
        b'{"type":"CloseCycle","cycle":"cycle_1","carryOver":[],"toCycle":null,"archive":[],"dryRun":false}',
    ]


def test_the_schema_is_built_once() -> None:
    assert isinstance(make(), strawberry.Schema)
    assert make() is make()


async def test_others_have_turns_while_a_large_answer_is_read_and_applied() -> None:
    goals, turns = 3_000, 0

    def decide(world: World, _: Command) -> Accepted:
        written = [ObjectiveCreated(objective(f"objective_new_{number}")) for number in range(goals)]
        return accepted(world, world.commit(*written), "objective_new_0")

    async def bystander() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    client = Client(World(purpose()), decide)
    await client.ask("{ viewer { __typename } }")
    other = asyncio.create_task(bystander())
    found = await client.ask(
        'mutation { createObjective(input: {title: "x", owners: ["unit_a"]}) { objective { id } } }'
    )
    other.cancel()
    assert found["createObjective"]["objective"] == {"id": "objective_new_0"}
    assert len((await client.context()).view.org.objectives) == goals
    assert turns >= 2 * goals / 200


async def test_a_verdict_that_was_waited_for_in_vain_is_not_waited_for_again_until_alignment_is_that_far() -> None:
    client = Client(threaded(), create)
    client.upstreams.slow = True
    for _ in range(3):
        found = (await client.ask(IMPACT, input=INPUT))["createObjective"]
        assert (found["upToDate"], found["impact"]) == (False, None)
    assert client.upstreams.waits == [command_execution.JUDGED_WITHIN, 0.0, 0.0]
    client.upstreams.slow = False
    for _ in range(2):
        found = (await client.ask(IMPACT, input=INPUT))["createObjective"]
        assert (found["upToDate"], found["impact"]) == (True, {"orphanedCount": 0})
    assert client.upstreams.waits[3:] == [0.0, command_execution.JUDGED_WITHIN]


async def test_without_verdicts_a_change_is_made_and_alignment_is_not_asked() -> None:
    client = Client(threaded(), create)
    client.upstreams.down.add(ALIGNMENT)
    found = (await client.ask(CREATE, input=INPUT))["createObjective"]
    assert (found["errors"], found["objective"]["alignment"]["state"]) == ([], "NOT_JUDGED")
    assert "alignment has not said" in found["objective"]["alignment"]["aloud"]
    assert client.upstreams.asked == []


async def test_what_a_command_would_break_on_another_branch_is_not_called_up_to_date() -> None:
    for lost in (True, False):
        client = Client(threaded(), retire)
        client.cache.deliver_all(client.world.commit(ObjectiveCreated(objective("objective_2"))))
        client.world.judge()
        client.world.judged_id = "lost" if lost else client.world.judged_id
        asked = {"why": "why_1", "reason": "no", "dryRun": True}
        found = (await client.ask(RETIRE.replace("revision", "upToDate"), input=asked))["retireWhy"]
        assert found["upToDate"] is not lost
