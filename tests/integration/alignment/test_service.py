"""alignment as a service: verdicts follow commands, impact is told beforehand, every change is said once."""

from __future__ import annotations

from datetime import date

import asyncpg
import httpx
import msgspec
import pytest

from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.streams import ALIGNMENT
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.events.alignment import AlignmentState as S
from goldenthread.contracts.events.alignment import LabelsChanged, OrphanCause, SiloKind, Transition
from goldenthread.contracts.read_api import EventsPage, FiguresAnswer, Reciprocity, ReciprocityAnswer, StreamPosition
from tests.integration.alignment.conftest import Story
from tests.support.services import Person


async def test_a_created_and_linked_objective_never_flickers_through_orphaned(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    assert (await story.verdict(one)).state is S.ALIGNED
    assert [each.after.state for each in await story.transitions(one)] == [S.ALIGNED]


async def test_retiring_a_why_orphans_what_hung_on_it_and_says_what_was_lost(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    below = await story.objective("Call", one)
    retired = await story.do("RetireWhy", why=story.why, reason="Done")
    verdict = await story.verdict(below)
    assert (verdict.state, verdict.cause) == (S.ORPHANED, OrphanCause.WHY_RETIRED)
    assert (verdict.broken_at, verdict.lost_parent) == (one, story.why)
    moved = (await story.transitions(below))[-1]
    assert moved.caused_by.sequence == retired["revision"]
    assert moved.before is not None
    assert moved.before.state is S.ALIGNED


async def test_a_substantive_revision_unexplains_until_reaffirmed_and_an_editorial_one_does_not(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    await story.do("ReviseWhy", why=story.why, expectedVersion=1, statement="Grow!", editorial=True)
    assert (await story.verdict(one)).state is S.ALIGNED
    await story.do("ReviseWhy", why=story.why, expectedVersion=1, statement="Shrink")
    assert (await story.verdict(one)).state is S.UNEXPLAINED
    links = [each.id for each in (await story.ada.goals()).links if each.child == one]
    await story.do("ReaffirmLinks", links=links)
    assert (await story.verdict(one)).state is S.ALIGNED
    assert [each.after.state for each in await story.transitions(one)] == [S.ALIGNED, S.UNEXPLAINED, S.ALIGNED]


async def test_impact_says_what_would_be_orphaned_unexplained_or_mended_and_changes_nothing(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    before = await story.stream()
    would = await story.impact("RetireWhy", why=story.why, reason="A test")
    assert {node: verdict.state for node, verdict in would.items()} == {one: S.ORPHANED, story.why: S.NOT_JUDGED}
    would = await story.impact("ReviseWhy", why=story.why, expectedVersion=1, statement="Shrink")
    assert {node: verdict.state for node, verdict in would.items()} == {one: S.UNEXPLAINED}
    would = await story.impact("RetirePurpose", reason="A test")
    assert would[one].cause is OrphanCause.PURPOSE_MISSING
    assert await story.stream() == before


async def test_impact_is_for_people_of_the_organization_and_takes_only_events(story: Story) -> None:
    url = f"{story.services.urls['alignment']}/v1/impact"
    mallory = Person(story.services, "org_elsewhere", "mallory")
    body = {"organization": story.ada.organization, "events": []}
    assert (await story.services.http.post(url, json=body, headers=mallory.headers)).status_code == 403
    assert (await story.services.http.post(url, json=body)).status_code == 401
    nonsense = [b"", b"[" * 100_000, b'{"organization":5}', b'{"organization":"' + b"\xff" + b'"}']
    wrong: list[object] = [7, [7], [{"id": "x"}], {"events": []}]
    for events in wrong:
        nonsense.append(msgspec.json.encode({"organization": story.ada.organization, "events": events}))
    for content in nonsense:
        answer = await story.services.http.post(url, content=content, headers=story.services.reading)
        assert answer.status_code == 400, (content[:50], answer.text)
        assert answer.json()["errors"][0]["message"]


async def test_no_transition_no_event(story: Story) -> None:
    one = await story.objective("Sell", story.why)
    before = await story.stream()
    await story.do("UpdateObjective", objective=one, description="In many words")
    await story.do("AddKeyResult", measures=story.why, keyResult={"title": "Customers"})
    await story.do("UpdateObjective", objective=one, title="Sell more")
    after = (await story.stream())[len(before) :]
    assert {each.data.node for each in after if isinstance(each.data, Transition)} == {
        each.id for each in (await story.ada.goals()).key_results
    }


async def test_a_longer_way_is_a_label_and_no_transition(story: Story) -> None:
    one, two = await story.objective("Sell", story.why), await story.objective("Call", story.why)
    await story.do("Link", child=two, parent=one, because="Calls sell")
    direct = next(each.id for each in (await story.ada.goals()).links if (each.child, each.parent) == (two, story.why))
    before = await story.stream()
    await story.do("WithdrawLink", link=direct, reason="It goes through selling")
    assert (await story.verdict(two)).depth == 3
    after = (await story.stream())[len(before) :]
    assert [type(each.data) for each in after] == [LabelsChanged]


async def test_a_reader_may_wait_until_a_revision_is_judged(story: Story) -> None:
    answer = await story.do("CreateObjective", title="Sell", owners=[story.root])
    query: dict[str, str | int] = {"organization": story.ada.organization, "through": answer["revision"], "wait": 10}
    url = f"{story.services.urls['alignment']}/v1/events"
    found = await story.services.http.get(url, params=query, headers=story.services.reading)
    page = msgspec.json.decode(found.raise_for_status().content, type=EventsPage)
    assert page.head.judged is not None
    assert page.head.judged >= answer["revision"]
    last = events_from_json(page.events)[-1]
    assert (last.basis, last.time) == (
        answer["revision"],
        events_from_json(msgspec.json.encode(answer["events"]))[0].time,
    )


@pytest.mark.parametrize("path", ["/v1/events", "/v1/snapshot", "/v1/figures", "/v1/reciprocity", "/v1/impact"])
async def test_promise_4_nobody_reads_the_verdicts_of_another_organization(story: Story, path: str) -> None:
    mallory = Person(story.services, "org_elsewhere", "ada")
    url, query = story.services.urls["alignment"] + path, {"organization": story.ada.organization}
    send = story.services.http.get
    answer: httpx.Response
    if path == "/v1/impact":
        answer = await story.services.http.post(url, json=query | {"events": []}, headers=mallory.headers)
    else:
        answer = await send(url, params=query, headers=mallory.headers)
    assert answer.status_code == 403
    assert (await send(f"{story.services.urls['alignment']}/v1/heads", headers=mallory.headers)).status_code == 403


async def figures(story: Story, **query: str) -> FiguresAnswer:
    await story.reader.judged()
    params = {"organization": story.ada.organization, **query}
    url = f"{story.services.urls['alignment']}/v1/figures"
    answer = await story.services.http.get(url, params=params, headers=story.services.reading)
    return msgspec.json.decode(answer.raise_for_status().content, type=FiguresAnswer)


async def test_figures_follow_what_happens_and_survive_a_restart_and_a_rebuild(story: Story) -> None:
    sales = await story.make("CreateUnit", name="Sales", function="BUSINESS", parent=story.root)
    why = await story.make("PublishWhy", statement="Listen", because="It pays", audience=[sales])
    one = await story.objective("Sell", why)
    await story.objective("Rest")
    asked = (await figures(story)).health
    assert {each.unit for each in asked} == {None, story.root, sales}
    whole = asked[0].health
    assert (whole.objectives, whole.aligned, whole.orphaned, whole.cascade_coverage) == (2, 1, 1, 0)
    assert (await figures(story, unit="")).health == asked[:1], "the organization alone, without its units"
    await story.services.stop("alignment")
    await story.services.start("alignment")
    await story.do("AnswerWhy", why=why, version=1, unit=sales, statement="We will")
    await story.do("RetireWhy", why=story.why, reason="Done")
    await story.do("CloseObjective", objective=one, grade=1, note="Done")
    (of_sales,) = (await figures(story, unit=sales)).health
    assert (of_sales.health.cascade_coverage, of_sales.health.objectives) == (1, 0)
    before, passed = (await figures(story)).health, await between(story)
    told = [(each.unit, each.other, each.whys_told, each.whys_answered) for each in passed if each.whys_told]
    assert told == [(story.root, sales, 2, 1)]
    assert before[0].health.objectives == before[0].health.orphaned == 1
    await story.services.stop("alignment")
    connection = await asyncpg.connect(story.services.databases["alignment"].reveal())
    await connection.execute(
        "UPDATE projections SET standing = jsonb_set(standing, '{fold_version}', '0') WHERE organization = $1",
        story.ada.organization,
    )
    await connection.close()
    await story.services.start("alignment")
    await story.do("CreateUnit", name="Last", function="BUSINESS", parent=story.root)
    assert [each for each in (await figures(story)).health if each in before] == before
    assert await between(story) == passed
    assert await between(story, unit=sales) == passed
    assert await between(story, since="2100-01-01") == []


async def between(story: Story, **query: str) -> list[Reciprocity]:
    await story.reader.judged()
    params = {"organization": story.ada.organization, **query}
    url = f"{story.services.urls['alignment']}/v1/reciprocity"
    answer = await story.services.http.get(url, params=params, headers=story.services.reading)
    return msgspec.json.decode(answer.raise_for_status().content, type=ReciprocityAnswer).pairs


async def test_a_unit_that_talks_to_nobody_is_a_silo_until_it_is_connected_also_after_a_restart(story: Story) -> None:
    sales = await story.make("CreateUnit", name="Sales", function="BUSINESS", parent=story.root)
    plant = await story.make("CreateUnit", name="Plant", function="BUSINESS", parent=story.root)
    link = {"parent": story.why, "because": "It grows"}
    make = await story.make("CreateObjective", title="Make", owners=[plant], linkTo=link)
    await story.do("AcceptLink", link=await story.link_up(make), round=1)
    alone = await story.make("CreateObjective", title="Sell", owners=[sales])
    assert (await figures(story)).silos == []
    await story.do("SetPolicy", graceDays=0, replyDays=0)
    found = {each.unit: {e.kind for e in each.evidence} for each in (await figures(story)).silos}
    assert found[sales] == {SiloKind.UNANSWERED, SiloKind.ORPHANED, SiloKind.ISOLATED}
    await story.services.stop("alignment")
    await story.services.start("alignment")
    proposed = await story.make("Link", child=alone, parent=make, because="They make what we sell")
    await story.do("AcceptLink", link=proposed, round=1)
    assert sales not in {each.unit for each in (await figures(story)).silos}
    said = [each.type for each in await story.stream() if each.subject == sales]
    assert said[-1] == "unit.connected"
    await story.laws()


async def test_figures_are_for_people_of_the_organization_and_since_a_day(story: Story) -> None:
    url = f"{story.services.urls['alignment']}/v1/figures"
    query = {"organization": story.ada.organization}
    mallory = Person(story.services, "org_elsewhere", "mallory")
    assert (await story.services.http.get(url, params=query, headers=mallory.headers)).status_code == 403
    spoilt = {**query, "since": "yesterday"}
    assert (await story.services.http.get(url, params=spoilt, headers=story.services.reading)).status_code == 400
    assert (await figures(story, since="2026-01-01")).days == []


async def test_a_reader_may_wait_until_the_figures_reflect_a_revision(story: Story) -> None:
    answer = await story.do("CreateObjective", title="Rest", owners=[story.root])
    where, id, revision = {ALIGNMENT: story.services.urls["alignment"]}, story.ada.organization, answer["revision"]
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {story.services.token}"}) as client:
        gateway = HttpUpstreams(client, where)
        found = await gateway.figures(id, None, through=StreamPosition(revision), wait=10)
        not_yet = await gateway.figures(id, date.min, through=StreamPosition(revision + 99), wait=0)
    assert found.judged >= revision
    assert {each.unit: each.health.orphaned for each in found.health}[None] == 1
    assert found.days == []
    assert not_yet.judged < revision + 99
    spoilt = {"organization": story.ada.organization, "through": "soon"}
    url = f"{story.services.urls['alignment']}/v1/figures"
    assert (await story.services.http.get(url, params=spoilt, headers=story.services.reading)).status_code == 400
