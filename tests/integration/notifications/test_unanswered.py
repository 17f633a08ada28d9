"""Who does not listen is told, by the clock; it is over when they do, whatever was restarted in between."""

from __future__ import annotations

from goldenthread.contracts.events.alerts import Alert, AlertKind, AlertState
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually


async def alert_of(story: Story, kind: AlertKind, subject: str) -> Alert:
    """The open alert of this kind about this, once there is one."""
    found: list[Alert] = []

    async def there() -> bool:
        alerts = (await story.ada.alerts()).alerts
        found[:] = [
            each for each in alerts if (each.kind, each.subject, each.state) == (kind, subject, AlertState.OPEN)
        ]
        return bool(found)

    await eventually(there)
    return found[0]


async def test_a_why_nobody_answers_alerts_until_it_is_answered_whatever_was_restarted(story: Story) -> None:
    await story.do("SetPolicy", replyDays=0)
    why = await story.make("PublishWhy", statement="Listen", because="It pays", audience=[story.root])
    alert = await alert_of(story, AlertKind.WHY_UNANSWERED, why)
    assert (alert.addressee, alert.units) == (story.sales, [story.sales])
    await story.rebuild()
    assert await story.reach(alert, AlertState.OPEN) == alert
    await story.services.stop("notifications")
    await story.services.start("notifications")
    await story.lea.do("goals", "AnswerWhy", why=why, version=1, unit=story.sales, statement="We will")
    await story.reach(alert, AlertState.RESOLVED)


async def test_a_question_nobody_answers_alerts_until_it_is_answered_whatever_was_restarted(story: Story) -> None:
    await story.do("SetPolicy", replyDays=0)
    ask = {"about": story.why, "body": "How?", "unit": story.sales}
    question = str((await story.lea.do("goals", "AskQuestion", **ask))["ids"][0])
    alert = await alert_of(story, AlertKind.QUESTION_OVERDUE, question)
    assert alert.addressee == story.root
    await story.services.stop("notifications")
    await story.services.start("notifications")
    await story.do("AnswerQuestion", question=question, body="Like this")
    await story.reach(alert, AlertState.RESOLVED)
