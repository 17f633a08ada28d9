"""Code of another version folds everything anew: the alerts, what was said to them, and nothing is sent twice."""

from __future__ import annotations

from goldenthread.contracts.events.alerts import AlertState
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.webhook_receiver import WebhookReceiver

SERVICE = "notifications"


async def test_a_rebuild_ends_in_the_same_alerts_and_sends_nothing_twice(
    story: Story, receiver: WebhookReceiver
) -> None:
    await story.broken("Before there was a webhook")
    _, secret = await story.webhook(receiver)
    seen, alert = await story.broken("Seen")
    answer = await story.lea.do(SERVICE, "AcknowledgeAlert", key="once", alert=alert.id, note="Seen")
    _, unseen = await story.broken("Unseen")
    told = ["alert.raised", "alert.acknowledged", "alert.raised"]
    await eventually(lambda: receiver.types(secret) == told)
    await story.fares(delivered=3, pending=0)  # written down: who is stopped before that sends it again
    before = await story.ada.alerts()

    await story.rebuild()
    assert await story.ada.alerts() == before
    assert await story.lea.do(SERVICE, "AcknowledgeAlert", key="once", alert=alert.id, note="Seen") == answer

    await story.do("ArchiveObjective", objective=seen)
    assert (await story.reach(alert, AlertState.RESOLVED)).note == "Seen"
    await eventually(lambda: len(receiver.got) > 3)
    assert receiver.types(secret) == [*told, "alert.resolved"]
    assert len({got.id for got in receiver.got}) == 4
    await story.fares(delivered=4, pending=0)
    assert (await story.reach(unseen, AlertState.OPEN)).acknowledged_at is None
