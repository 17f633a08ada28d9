"""Webhooks: signed, tried again under the same id, given up in the end, and never to where they must not go."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from goldenthread.contracts.events.alerts import AlertState
from services.notifications.webhooks.name_lookup import CannotResolve, Resolver
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.services import Services
from tests.support.webhook_receiver import WebhookReceiver

SERVICE = "notifications"


async def test_a_receiver_gets_each_change_of_an_alert_signed(story: Story, receiver: WebhookReceiver) -> None:
    _, secret = await story.webhook(receiver)
    goal, alert = await story.broken()
    await story.lea.do(SERVICE, "AcknowledgeAlert", alert=alert.id, note="Seen")
    await story.do("ArchiveObjective", objective=goal)
    await story.reach(alert, AlertState.RESOLVED)
    await eventually(lambda: len(receiver.got) == 3)
    payloads = [got.verified(secret) for got in receiver.got]
    assert [each["type"] for each in payloads] == ["alert.raised", "alert.acknowledged", "alert.resolved"]
    assert {each["data"]["alert"]["id"] for each in payloads} == {alert.id}
    assert payloads[1]["data"]["organization"] == story.ada.organization
    assert payloads[2]["data"]["alert"]["note"] == "Seen"
    with pytest.raises(WebhookVerificationError):
        receiver.got[0].verified("whsec_" + "A" * 44)


async def test_a_receiver_that_fails_twice_gets_it_with_the_same_id(story: Story, receiver: WebhookReceiver) -> None:
    receiver.statuses = [500, 302]
    _, secret = await story.webhook(receiver)
    await story.broken()
    await eventually(lambda: len(receiver.got) == 3)
    assert len({(got.id, got.body) for got in receiver.got}) == 1
    assert receiver.types(secret) == ["alert.raised"] * 3
    assert receiver.elsewhere == 0
    await story.fares(pending=0, delivered=1)


async def test_a_receiver_that_is_gone_is_not_asked_again(story: Story, receiver: WebhookReceiver) -> None:
    receiver.statuses = [410]
    webhook, _ = await story.webhook(receiver)
    await story.broken()
    await story.fares(given_up=1, disabled_reason="RECEIVER_GONE")
    await story.broken("Another")
    await story.fares(id=webhook, pending=0, given_up=1, problem="the receiver answered 410")
    assert (await story.ada.get(SERVICE, "/v1/webhooks")).json()[0]["disabled_at"] is not None
    assert len(receiver.got) == 1


async def test_a_webhook_of_a_unit_gets_the_alerts_of_it_and_below(story: Story, receiver: WebhookReceiver) -> None:
    other = await story.make("CreateUnit", name="Support", function="BUSINESS", parent=story.root)

    async def folded() -> bool:
        return (await story.ada.alerts()).judged == (await story.ada.goals()).position.sequence

    await eventually(folded)
    nothing, _ = await story.webhook(receiver, unit=other)
    _, above = await story.webhook(receiver, unit=story.root)
    await story.broken()
    await eventually(lambda: len(receiver.got) == 1)
    assert receiver.types(above) == ["alert.raised"]
    listed = (await story.ada.get(SERVICE, "/v1/webhooks")).json()
    assert [(each["pending"], each["delivered"]) for each in listed if each["id"] == nothing] == [(0, 0)]


async def test_a_secret_is_said_once_and_again_under_the_same_key(story: Story, receiver: WebhookReceiver) -> None:
    first = await story.ada.do(SERVICE, "AddWebhook", key="once", url=receiver.url)
    assert first["secret"].startswith("whsec_")
    assert await story.ada.do(SERVICE, "AddWebhook", key="once", url=receiver.url) == first
    listed = await story.ada.get(SERVICE, "/v1/webhooks")
    assert first["secret"] not in listed.text
    taken = await story.ada.refused(SERVICE, "AddWebhook", url=receiver.url)
    assert (taken["code"], taken["path"]) == ("CONFLICT", ["url"])


async def test_what_is_removed_gets_nothing_more(story: Story, receiver: WebhookReceiver) -> None:
    webhook, _ = await story.webhook(receiver)
    removed = await story.ada.do(SERVICE, "RemoveWebhook", webhook=webhook)
    assert removed["ids"] == [webhook]
    await story.broken()
    assert (await story.ada.refused(SERVICE, "RemoveWebhook", webhook=webhook))["code"] == "NOT_FOUND"
    assert (await story.ada.get(SERVICE, "/v1/webhooks")).json() == []
    assert receiver.got == []


async def test_only_administrators_have_to_do_with_webhooks(
    story: Story, receiver: WebhookReceiver, services: Services
) -> None:
    webhook, _ = await story.webhook(receiver)
    added = await story.lea.refused(SERVICE, "AddWebhook", url="https://example.org")
    removed = await story.lea.refused(SERVICE, "RemoveWebhook", webhook=webhook)
    assert (added["code"], removed["code"]) == ("FORBIDDEN", "FORBIDDEN")
    assert (await story.lea.get(SERVICE, "/v1/webhooks")).status_code == 403
    eve = await services.organization()
    elsewhere = {"organization": story.ada.organization}
    url = f"{services.urls[SERVICE]}/v1/webhooks"
    assert (await services.http.get(url, params=elsewhere, headers=eve.headers)).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.org/",
            "nonsense",
            "https://u:p@example.org/",
            "http://",
            "x" * 3000,
            "https://xn--/",
            "\0",
            "",
        ),
        *(
            "https://example.org:99999/",
            "https://example.org:0/",
            "http://0x7f.1/",
            "https://[fe80::1%25eth0]/",
            "https://a b/",
        ),
        *("https://example.org/\0", "https://" + "a" * 64 + ".org/", "https://example.org/#x"),
    ],
)
async def test_a_url_that_is_none_of_a_webhook_is_refused(story: Story, url: str) -> None:
    problem = await story.ada.refused(SERVICE, "AddWebhook", url=url)
    assert (problem["code"], problem["path"]) == ("INVALID", ["url"])


async def test_ids_that_nothing_has_are_not_found(story: Story) -> None:
    for id in ("unit_x", "\0", ""):  # what cannot be stored is INVALID where it is looked for in the database
        unit = await story.ada.refused(SERVICE, "AddWebhook", url="http://127.0.0.1/", unit=id)
        assert (unit["code"], unit["path"]) == ("NOT_FOUND", ["unit"])
        webhook = await story.ada.refused(SERVICE, "RemoveWebhook", webhook=id)
        assert (webhook["code"], webhook["path"]) == ("INVALID" if id == "\0" else "NOT_FOUND", ["webhook"])


async def test_a_host_is_looked_up_only_for_somebody_who_may_add_this_webhook(
    story: Story, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def addresses(lookups: Resolver, host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(Resolver, "addresses", addresses)
    url = receiver.url.replace("127.0.0.1", "receiver.example")
    await story.lea.refused(SERVICE, "AddWebhook", url=url)
    await story.ada.refused(SERVICE, "AddWebhook", url=url, unit="unit_x")
    await story.ada.refused(SERVICE, "AddWebhook", url="https://receiver.example:0/")
    assert asked == []
    added = await story.ada.do(SERVICE, "AddWebhook", key="once", url=url)
    assert asked == ["receiver.example"]
    assert await story.ada.do(SERVICE, "AddWebhook", key="once", url=url) == added
    assert (await story.ada.refused(SERVICE, "AddWebhook", key="once", url=url + "/other"))["code"] == "CONFLICT"
    assert (await story.ada.refused(SERVICE, "AddWebhook", url=url))["code"] == "CONFLICT"
    assert asked == ["receiver.example"]


async def test_lookups_that_hang_are_few_for_one_organization_and_stop_no_other(
    story: Story, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, hang = Counter[str](), asyncio.Event()

    async def addresses(lookups: Resolver, host: str) -> list[str]:
        started[host] += 1
        if host.endswith(".hang"):
            await hang.wait()
            raise CannotResolve(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(Resolver, "addresses", addresses)
    adding = [
        asyncio.create_task(story.ada.send(SERVICE, "AddWebhook", url=f"https://{number}.hang/"))
        for number in range(40)
    ]
    await eventually(lambda: sum(task.done() for task in adding) == 38)
    other = await services.organization()
    await other.do(SERVICE, "AddWebhook", url="https://good.example/")
    hang.set()
    answers = await asyncio.gather(*adding)
    codes = Counter(answer.json()["errors"][0]["code"] for answer in answers)
    assert codes == {"UNAVAILABLE": 38, "INVALID": 2}
    assert sum(count for host, count in started.items() if host.endswith(".hang")) == 2


async def test_private_addresses_are_refused_when_added_and_when_connected(
    story: Story, receiver: WebhookReceiver
) -> None:
    await story.webhook(receiver)
    await story.services.stop(SERVICE)
    await story.services.start(SERVICE, webhook_private=False)
    try:
        for url in ("https://127.0.0.1/x", "https://localhost/x", "https://[::ffff:10.0.0.1]/x", "http://example.org"):
            problem = await story.ada.refused(SERVICE, "AddWebhook", url=url)
            assert (problem["code"], problem["path"]) == ("INVALID", ["url"])
        await story.broken()
        http = "a webhook's URL begins with https://, so that nobody on the way reads what it carries"
        await story.fares(problem=http, delivered=0)
        assert receiver.got == []
    finally:
        await story.services.stop(SERVICE)
        await story.services.start(SERVICE)
