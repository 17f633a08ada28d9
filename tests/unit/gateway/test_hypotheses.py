"""What a dry run would break: asked in few bytes, told of goals, and said to be missing where it cannot be known."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec import json, structs

from gateway.request.hypotheses import Hypothesis
from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.ports import QueryTooLarge
from gateway.upstream.streams import ALIGNMENT
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.enums import ObjectiveState, RowOutcome, WhyState
from goldenthread.contracts.events.alignment import AlignmentState, Verdict
from goldenthread.contracts.events.goals import (
    KeyResultAdded,
    LinkAccepted,
    ObjectiveChanged,
    ObjectiveClosed,
    ObjectiveCreated,
    WhyRetired,
)
from goldenthread.contracts.hypotheses import LinkFacts, ObjectiveFacts
from goldenthread.contracts.plan import RowType
from goldenthread.contracts.read_api import ImpactAnswer, VerdictChange
from goldenthread.contracts.replies import Accepted, ImportReport, ImportRow
from tests.support.entities import key_result, link, objective, purpose, why
from tests.unit.gateway.fakes import Client, accepted
from tests.unit.gateway.world import World

TRIED = """mutation { importPlan(input: {content: "x", dryRun: true}) { taken upToDate rows { totalCount }
    impact { orphaned(first: 1) { id } orphanedCount mendedCount } warnings { code message } errors { code } } }"""
ROW = ImportRow("1", "line 2", RowType.OBJECTIVE, "New", RowOutcome.CREATED)
REPORT = ImportReport(1, 1, 0, 0, [], [], "plan", [ROW])
MINTED = "objective_019a0000000070008000000000000000"


def threaded() -> World:
    """Purpose ← why ← objective 1 ← key result 1, which is linked as a measure."""
    return World(
        purpose(), why("why_1"), objective("objective_1"), key_result("keyresult_1", "objective_1"),
        link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2),
        link("link_3", "keyresult_1", "objective_1", 3, measure=True),
    )  # fmt: skip


def importing(world: World, _: Command) -> Accepted:
    """Ten orphans with a key result each come in, and the only why is over."""
    payloads: list[Any] = []
    for number in range(10):
        goal, measure = objective(f"objective_n{number}"), key_result(f"keyresult_n{number}", f"objective_n{number}")
        hop = link(f"link_n{number}", measure.id, goal.id, 10 + number, measure=True)
        payloads += [ObjectiveCreated(goal), KeyResultAdded(measure), LinkAccepted(hop)]
    ended = structs.replace(world.org.whys["why_1"], state=WhyState.RETIRED)
    events = world.commit(*payloads, WhyRetired(ended, "over"), write=False)
    return accepted(world, events, dry_run=True, report=REPORT)


async def test_goals_are_counted_whether_they_are_there_yet_or_not_and_key_results_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client(threaded(), importing)
    asked = client.upstreams.impact

    async def impact(*what: Any, **how: Any) -> ImpactAnswer:
        """What would come in is told first."""
        answer = await asked(*what, **how)
        return structs.replace(answer, effects=answer.effects[::-1])

    monkeypatch.setattr(client.upstreams, "impact", impact)
    found = (await client.ask(TRIED))["importPlan"]
    assert found["impact"]["orphanedCount"] == 11, "ten that would come in, and objective 1"
    assert [each["id"] for each in found["impact"]["orphaned"]] == ["objective_1"], "what is there can be named"
    assert (found["upToDate"], found["warnings"]) == (True, [])


async def test_a_change_that_is_made_counts_no_key_results_either() -> None:
    def retire(world: World, _: Command) -> Accepted:
        ended = structs.replace(world.org.whys["why_1"], state=WhyState.RETIRED)
        return accepted(world, world.commit(WhyRetired(ended, "over")), "why_1")

    done = 'mutation { retireWhy(input: {why: "why_1", reason: "over"}) { impact { orphaned { id } } } }'
    found = (await Client(threaded(), retire).ask(done))["retireWhy"]
    assert found["impact"]["orphaned"] == [{"id": "objective_1"}]


@pytest.mark.parametrize("dry", [True, False], ids=["tried", "made"])
@pytest.mark.parametrize("was_linked", [True, False], ids=["was linked", "was an orphan"])
async def test_a_copy_is_broken_where_what_it_continues_was_not(dry: bool, was_linked: bool) -> None:
    """Tried, the copy is not there to be named: what it continues is named in its place."""

    def copy(world: World, _: Command) -> Accepted:
        made = structs.replace(objective("objective_9"), continues="objective_1")
        ended = structs.replace(world.org.objectives["objective_1"], state=ObjectiveState.CLOSED)
        events = world.commit(ObjectiveCreated(made), ObjectiveClosed(ended), write=not dry)
        return accepted(world, events, "objective_9", dry_run=dry)

    links = [link("link_1", "why_1", "purpose_1"), link("link_2", "objective_1", "why_1", 2)]
    world = World(purpose(), why("why_1"), objective("objective_1"), *(links if was_linked else links[:1]))
    said = '{objective: "objective_1", grade: 1, note: "n"}'
    asked = f'mutation {{ carryOver(input: {{toCycle: "cycle_1", copy: [{said}], dryRun: {str(dry).lower()}}}) {{'
    found = (await Client(world, copy).ask(asked + " impact { orphaned { id } orphanedCount } } }"))["carryOver"]
    orphaned = ["objective_1" if dry else "objective_9"] if was_linked else []
    assert [each["id"] for each in found["impact"]["orphaned"]] == orphaned
    assert found["impact"]["orphanedCount"] == len(orphaned)


async def test_an_imports_rows_are_shown_also_while_nobody_knows_what_would_break() -> None:
    client = Client(threaded(), importing)
    await client.cache.get("org_1")
    client.upstreams.down.add(ALIGNMENT)
    found = (await client.ask(TRIED))["importPlan"]
    assert (found["errors"], found["taken"], found["rows"]["totalCount"]) == ([], 1, 1)
    assert (found["impact"], found["upToDate"]) == (None, False)
    (warning,) = found["warnings"]
    assert warning["code"] == "UNAVAILABLE"
    assert "alignment does not answer" in warning["message"]


async def test_what_is_too_much_to_be_tried_is_said_to_be_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(threaded(), importing)

    async def impact(*_: Any, **__: Any) -> Any:
        raise QueryTooLarge("20 MB")

    monkeypatch.setattr(client.upstreams, "impact", impact)
    found = (await client.ask(TRIED))["importPlan"]
    assert (found["impact"], found["taken"]) == (None, 1)
    assert "more goals and links at once than can be tried" in found["warnings"][0]["message"]


async def test_a_question_that_is_too_large_is_not_sent() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500))) as http:
        facts: list[Any] = [LinkFacts("link_" + "x" * 200, "a", "b", "ACCEPTED", False, 1, 1)] * 60_000  # type: ignore[arg-type]
        with pytest.raises(QueryTooLarge, match="at most"):
            await HttpUpstreams(http, {ALIGNMENT: "http://alignment"}).impact("org_1", facts)


def test_what_is_new_is_asked_about_by_a_number_and_named_in_the_answer() -> None:
    world = threaded()
    hypothesis = Hypothesis(world.view(), 0)
    changed = structs.replace(objective("objective_1"), version=2)
    hypothesis.add(
        world.commit(
            ObjectiveCreated(objective(MINTED)), LinkAccepted(link("link_9", MINTED, "why_1", 9)),
            ObjectiveChanged(changed, objective("objective_1"), editorial=False),
            ObjectiveChanged(structs.replace(changed, version=3), changed, editorial=False), write=False,
        )
    )  # fmt: skip
    new, tie, known = hypothesis.facts
    assert isinstance(new, ObjectiveFacts)
    assert isinstance(tie, LinkFacts)
    assert (tie.child, tie.parent) == (new.id, "why_1")
    assert len(new.id) < 10
    assert known == ObjectiveFacts("objective_1", changed.state, 3), "what is said last counts"
    effect = VerdictChange(new.id, None, Verdict(AlignmentState.ORPHANED))
    assert [each.node for each in hypothesis.named([effect])] == [MINTED]


def test_what_this_process_has_not_seen_yet_is_not_taken_for_new() -> None:
    world = threaded()
    hypothesis = Hypothesis(world.view(), 7)
    hypothesis.add(world.commit(ObjectiveCreated(objective(MINTED)), write=False))
    assert [each.id for each in hypothesis.facts] == [MINTED]


def test_a_hundred_thousand_rows_fit_one_question() -> None:
    world = threaded()
    hypothesis = Hypothesis(world.view(), 0)
    for number in range(1000):
        goal, tie = f"{MINTED}{number}", f"link_{MINTED}{number}"
        created = ObjectiveCreated(objective(goal)), LinkAccepted(link(tie, goal, MINTED, 100_000 + number))
        hypothesis.add(world.commit(*created, write=False))
    assert 100 * len(json.encode(hypothesis.facts)) < 12 * 2**20
