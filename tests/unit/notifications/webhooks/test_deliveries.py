"""What is delivered, under which id, how often, and where to."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import AlertChanged, AlertRaised, AlertResolved
from goldenthread.contracts.secret import Secret
from services.notifications.alert_events import message_id, opening
from services.notifications.webhooks.delivery_loop import ATTEMPTS, pause_after, pause_of_receiver
from services.notifications.webhooks.sender import Sender
from services.notifications.webhooks.targets import TargetPolicy
from services.notifications.webhooks.webhook_store import DeliveredHistory, WebhookEndpoint
from tests.support.fake_name_lookups import FakeNameLookups
from tests.unit.notifications.known_alerts import ALERT, OVER, WORSE, event

PUBLIC = ["2606:4700:4700::1111", "93.184.216.34"]


def test_a_message_is_named_after_what_happened_and_not_after_the_event() -> None:
    raised = message_id(event(AlertRaised(ALERT), 3))
    reworded = structs.replace(ALERT, message="In other words")
    assert message_id(event(AlertRaised(reworded), 3, "another")) == raised
    changes = [event(AlertChanged(WORSE), 4), event(AlertChanged(ALERT), 4), event(AlertChanged(WORSE), 5)]
    assert len({raised, *map(message_id, changes), message_id(event(AlertResolved(OVER), 6))}) == 5


def news(told: list[Event], basis: int, *now: Event) -> list[Event]:
    open = {opening(each): not isinstance(each.data, AlertResolved) for each in told}
    return list(DeliveredHistory({message_id(each) for each in told}, basis, open).news(now))


def test_after_a_rebuild_only_news_is_delivered() -> None:
    raised, worse, over = event(AlertRaised(ALERT), 3), event(AlertChanged(WORSE), 4), event(AlertResolved(OVER), 6)
    assert news([raised, worse], 5, raised, worse) == []
    assert news([raised, worse], 5, raised, worse, over) == [over]


def test_an_alert_with_the_number_of_one_on_a_lost_branch_is_told_as_a_new_one() -> None:
    """goals was restored, and what was lost is done again: the ids are the same, the time is not."""
    raised, over = event(AlertRaised(ALERT), 3), event(AlertResolved(OVER), 4)
    later = structs.replace(ALERT, opened_at=ALERT.opened_at + timedelta(hours=1))
    again = event(AlertRaised(later), 3, "another")
    assert message_id(again) != message_id(raised)
    assert news([raised], 9, again) == [again]
    assert news([raised, over], 9, again) == [again]


def test_after_a_rebuild_by_other_code_only_the_difference_in_the_end_is_delivered() -> None:
    raised, worse, over = event(AlertRaised(ALERT), 3), event(AlertChanged(WORSE), 4), event(AlertResolved(OVER), 4)
    assert news([raised], 9, raised, worse) == []
    assert news([raised], 9, raised, over) == [over]
    assert news([], 9, raised) == [raised]
    assert news([], 9, raised, over) == []


def test_after_a_rebuild_what_its_last_commit_had_still_to_say_is_delivered() -> None:
    """The old stream may end between a goals commit and the verdicts on it, which are of the same commit."""
    raised, worse = event(AlertRaised(ALERT), 3), event(AlertChanged(WORSE), 4)
    assert news([raised], 3, raised, worse) == [worse]
    assert news([raised], 4, raised, worse) == [worse]
    assert news([raised], 5, raised, worse) == []


async def test_a_request_goes_to_the_address_that_was_checked_and_names_the_host() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host.startswith("2606"):
            raise httpx.ConnectError("unreachable")
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        webhook = WebhookEndpoint(
            "webhook_1", Secret("https://hooks.example.org:8443/a?b=c"), None, Secret("whsec_" + "A" * 43 + "=")
        )
        outcome = await Sender(client, TargetPolicy(FakeNameLookups(*PUBLIC))).send(webhook, "msg_1", "{}", 2.0)
    assert outcome.delivered
    assert [str(request.url) for request in seen] == [
        "https://[2606:4700:4700::1111]:8443/a?b=c",
        "https://93.184.216.34:8443/a?b=c",
    ]
    assert {request.headers["host"] for request in seen} == {"hooks.example.org:8443"}
    assert {request.extensions["sni_hostname"] for request in seen} == {"hooks.example.org"}


async def test_a_name_that_leads_inside_when_a_message_is_sent_is_not_followed() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")

    async with httpx.AsyncClient(transport=httpx.MockTransport(never)) as client:
        webhook = WebhookEndpoint("webhook_1", Secret("https://rebound.example.org/"), None, Secret("whsec_AAAA"))
        targets = TargetPolicy(FakeNameLookups(PUBLIC[0], "10.0.0.1"))
        outcome = await Sender(client, targets).send(webhook, "msg_1", "{}", 2.0)
    assert (
        outcome.problem == "rebound.example.org is not on the public internet; deliveries go to public addresses only"
    )


@pytest.mark.parametrize(("status", "gone"), [(301, False), (400, False), (410, True), (500, False)])
async def test_whatever_is_not_2xx_is_a_problem(status: int, gone: bool) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status))) as client:
        webhook = WebhookEndpoint("webhook_1", Secret("http://127.0.0.1/"), None, Secret("whsec_AAAA"))
        outcome = await Sender(client, TargetPolicy(FakeNameLookups(), private=True)).send(webhook, "msg_1", "{}", 2.0)
    assert (outcome.problem, outcome.gone) == (f"the receiver answered {status}", gone)


def test_pauses_grow_from_seconds_to_hours_and_all_attempts_take_more_than_half_a_day() -> None:
    pauses = [pause_after(attempt, 5.0) for attempt in range(1, ATTEMPTS)]
    assert 4 <= pauses[0] <= 6
    assert all(pause <= 6 * 3600 * 1.2 for pause in pauses)
    assert sum(pauses) > 12 * 3600


async def test_an_attempt_has_one_time_limit_for_lookup_connection_and_answer() -> None:
    async def hangs(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    webhook = WebhookEndpoint("webhook_1", Secret("https://hooks.example.org/"), None, Secret("whsec_AAAA"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(hangs)) as client, asyncio.timeout(30):
        for names in (FakeNameLookups(*PUBLIC), FakeNameLookups(hangs=True)):
            outcome = await Sender(client, TargetPolicy(names)).send(webhook, "msg_1", "{}", 0.05)
            assert (outcome.delivered, outcome.problem) == (False, "no answer within 0.05 seconds")


async def test_every_address_of_a_host_has_its_part_of_the_time_to_take_the_connection() -> None:
    seen: list[float] = []

    def unreachable(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["connect"])
        raise httpx.ConnectTimeout("nobody is there")

    webhook = WebhookEndpoint("webhook_1", Secret("https://hooks.example.org/"), None, Secret("whsec_AAAA"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(unreachable)) as client:
        await Sender(client, TargetPolicy(FakeNameLookups(*(f"93.184.216.{last}" for last in range(1, 60))))).send(
            webhook, "m", "{}", 2.0
        )
    assert seen == [0.5] * 4


def test_a_receiver_that_fails_is_paused_ever_longer_but_five_minutes_at_most() -> None:
    pauses = [pause_of_receiver(failures, 5.0) for failures in (1, 2, 3, 4, 10, 10_000)]
    assert 4 <= pauses[0] <= 6
    assert pauses[0] < pauses[1] < pauses[2]
    assert max(pauses) <= 300 * 1.2
