"""Acknowledging an alert: who may, that it lasts, and that it is said once."""

from __future__ import annotations

import asyncio

import pytest

from goldenthread.contracts.events.alerts import AlertState
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.services import Services

SERVICE = "notifications"


async def test_a_withdrawn_link_reaches_the_broken_goals_unit(story: Story) -> None:
    goal, alert = await story.broken()
    assert (alert.addressee, alert.goals, alert.kind) == (story.sales, [goal], "GOAL_ORPHANED")


async def test_an_acknowledgement_is_answered_with_its_event_and_shown(story: Story) -> None:
    goal, alert = await story.broken()
    answer = await story.lea.do(SERVICE, "AcknowledgeAlert", alert=alert.id, note=" We are on it ")
    assert [event["type"] for event in answer["events"]] == ["goldenthread.alert.acknowledged.v1"]
    assert answer["revision"] == int(answer["events"][0]["sequence"])
    shown = await story.alert(goal, AlertState.ACKNOWLEDGED)
    assert (shown.note, answer["ids"]) == ("We are on it", [alert.id])
    assert shown.acknowledged_by == answer["events"][0]["actor"]


async def test_the_same_key_gets_the_same_answer_and_other_input_a_conflict(story: Story) -> None:
    _, alert = await story.broken()
    send = [story.lea.do(SERVICE, "AcknowledgeAlert", key="once", alert=alert.id) for _ in range(5)]
    answers = await asyncio.gather(*send)
    assert answers == [answers[0]] * 5
    problem = await story.lea.refused(SERVICE, "AcknowledgeAlert", key="once", alert=alert.id, note="More")
    assert (problem["code"], problem["path"]) == ("CONFLICT", ["idempotencyKey"])


async def test_once_is_enough_and_again_changes_nothing(story: Story) -> None:
    _, alert = await story.broken()
    first = await story.lea.do(SERVICE, "AcknowledgeAlert", alert=alert.id)
    again = await story.max.do(SERVICE, "AcknowledgeAlert", alert=alert.id)
    assert (again["events"], again["revision"]) == ([], first["revision"])
    assert "nothing was changed" in again["warnings"][0]["message"]


async def test_only_those_it_concerns_acknowledge(story: Story) -> None:
    other = await story.make("CreateUnit", name="Support", function="BUSINESS", parent=story.root)
    below = await story.make("CreateUnit", name="Inside sales", function="BUSINESS", parent=story.sales)
    viewer = await story.ada.add("vic", ("VIEWER", None))
    stranger = await story.ada.add("sue", ("LEAD", other), ("MEMBER", other), ("LEAD", below))
    _, alert = await story.broken()
    for person in (viewer, stranger):
        problem = await person.refused(SERVICE, "AcknowledgeAlert", alert=alert.id)
        assert (problem["code"], problem["path"]) == ("FORBIDDEN", ["alert"])
        assert "Sales" in problem["message"]
    await story.max.do(SERVICE, "AcknowledgeAlert", alert=alert.id)


async def test_who_was_removed_acknowledges_nothing_even_before_it_is_known_here(story: Story) -> None:
    _, alert = await story.broken()
    lea = (
        await story.services.http.get(
            f"{story.services.urls['goals']}/v1/login",
            params={"organization": story.ada.organization, "issuer": story.services.issuer.url, "subject": "lea"},
            headers=story.services.reading,
        )
    ).json()["person"]["id"]
    await story.lea.refused(SERVICE, "RemoveWebhook", webhook="none")  # asks who lea is
    await story.ada.do("goals", "RemovePerson", person=lea)
    problem = await story.lea.refused(SERVICE, "AcknowledgeAlert", alert=alert.id)
    assert (problem["code"], "addPerson" in problem["message"]) == ("FORBIDDEN", True)


async def test_promise_4_an_alert_of_another_organization_is_not_found(story: Story, services: Services) -> None:
    _, alert = await story.broken()
    eve = await services.organization()
    await eve.do("goals", "PublishPurpose", statement="Other")

    async def known() -> bool:
        return (await eve.alerts()).judged >= 4

    await eventually(known)
    problem = await eve.refused(SERVICE, "AcknowledgeAlert", alert=alert.id)
    assert (problem["code"], problem["path"]) == ("NOT_FOUND", ["alert"])
    headers = {**eve.headers, "Idempotency-Key": "x"}
    url = f"{services.urls[SERVICE]}/v1/commands?organization={story.ada.organization}"
    body = {"type": "AcknowledgeAlert", "alert": alert.id}
    assert (await services.http.post(url, json=body, headers=headers)).status_code == 404
    assert (await services.http.post(url, json=body)).status_code == 401
    assert (await story.reach(alert, AlertState.OPEN)).acknowledged_at is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"type":"AcknowledgeAlert","alert":"alert_x"}', "NOT_FOUND"),
        ('{"type":"AcknowledgeAlert"}', "INVALID"),
        ('{"type":"AcknowledgeAlert","alert":5}', "INVALID"),
        ('{"type":"AcknowledgeAlert","alert":"a","extra":1}', "INVALID"),
        ('{"type":"PublishPurpose","statement":"x"}', "INVALID"),
        ('{"type":"RemoveWebhook","webhook":"webhook_x"}', "NOT_FOUND"),
        ("nonsense", "INVALID"),
    ],
)
async def test_promise_5_bad_input_gets_a_typed_error(story: Story, body: str, code: str) -> None:
    url = f"{story.services.urls[SERVICE]}/v1/commands"
    answer = await story.services.http.post(url, content=body, headers=story.ada.headers)
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["message"]


async def test_a_stranger_is_told_how_to_get_in(story: Story) -> None:
    eve = type(story.ada)(story.services, story.ada.organization, "eve")
    problem = await eve.refused(SERVICE, "AcknowledgeAlert", alert="alert_x")
    assert problem["code"] == "FORBIDDEN"
    assert "addPerson" in problem["message"]


async def test_an_alert_that_gets_worse_stays_acknowledged_and_is_remembered_when_resolved(story: Story) -> None:
    first, second = await story.objective("Sell more"), await story.objective("Sell better")
    await story.do("RetireWhy", why=story.why, reason="A test")
    alert = await story.alert(first)
    assert alert.goals == sorted([first, second])
    await story.ada.do(SERVICE, "AcknowledgeAlert", alert=alert.id, note="Seen")
    third = await story.objective("Sell on", parent=first)
    assert (await story.alert(third, AlertState.ACKNOWLEDGED)).id == alert.id
    for goal in (first, second, third):
        await story.do("ArchiveObjective", objective=goal)
    over = await story.reach(alert, AlertState.RESOLVED)
    assert (over.note, over.goals) == ("Seen", [])
    problem = await story.ada.refused(SERVICE, "AcknowledgeAlert", alert=alert.id)
    assert problem["code"] == "STATE_NOT_ALLOWED"


async def test_a_new_break_opens_a_new_alert(story: Story) -> None:
    goal, alert = await story.broken()
    await story.lea.do(SERVICE, "AcknowledgeAlert", alert=alert.id)
    answer = await story.do("Link", child=goal, parent=story.why, because="Again")
    links = {link.id: link for link in (await story.ada.goals()).links}
    if links[answer["ids"][0]].turn is not None:
        await story.do("AcceptLink", link=answer["ids"][0], round=1)
    await story.reach(alert, AlertState.RESOLVED)
    await story.break_link(goal)
    assert (await story.alert(goal)).id != alert.id


async def test_acknowledging_while_the_fold_goes_on_loses_neither(story: Story) -> None:
    broken = [await story.broken(f"Goal {number}") for number in range(4)]

    async def more(number: int) -> None:
        goal = await story.objective(f"More {number}")
        await story.break_link(goal)

    said = [story.lea.do(SERVICE, "AcknowledgeAlert", alert=alert.id) for _, alert in broken]
    await asyncio.gather(*said, *(more(number) for number in range(4)))
    for goal, _ in broken:
        await story.alert(goal, AlertState.ACKNOWLEDGED)
