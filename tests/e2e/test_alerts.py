"""Alerts as people and programs see them: acknowledged, delivered, resolved."""

from __future__ import annotations

from typing import Any

from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.story_organization import StoryOrganization


async def refusal(client: Client, name: str, input: dict[str, Any]) -> dict[str, Any]:
    """Why a mutation is refused, once notifications has heard of who has just joined."""
    said: dict[str, Any] = {}

    async def decided() -> bool:
        said.update(await client.refused(name, input))
        return bool(said["code"] != "UNAVAILABLE")

    await eventually(decided)
    return said


async def broken(org: StoryOrganization) -> tuple[str, str]:
    """A why that was retired, and the goal that hung on it."""
    await org.purpose()
    why = await org.why("Hear in noise")
    goal = await org.objective("Quieter", org.root, linkTo={"parent": why, "because": "it is"})
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    return why, goal


async def test_an_acknowledged_alert_says_who_saw_it_and_is_resolved_when_the_thread_is_mended(
    org: StoryOrganization,
) -> None:
    _, goal = await broken(org)
    (alert,) = await org.alerts(lambda found: len(found) == 1)
    viewer = await org.person("vera", {"role": "VIEWER"})
    assert (await refusal(viewer, "acknowledgeAlert", {"alert": alert["id"]}))["code"] == "FORBIDDEN"
    shown = "alert { state note acknowledgedBy { name } }"
    seen = await org.admin.do("acknowledgeAlert", shown, {"alert": alert["id"], "note": "on it"})
    assert seen["alert"] == {"state": "ACKNOWLEDGED", "note": "on it", "acknowledgedBy": {"name": "Ada Admin"}}
    new = await org.why("Hear in wind")
    await org.admin.do("link", "link { id }", {"child": goal, "parent": new, "because": "it still is"})
    (after,) = await org.alerts(lambda found: [each["state"] for each in found] == ["RESOLVED"], states=["RESOLVED"])
    assert after["id"] == alert["id"]
    assert (await org.verdict(goal))["state"] == "ALIGNED"


async def test_webhooks_are_added_listed_and_removed_by_administrators_and_never_to_private_addresses(
    org: StoryOrganization,
) -> None:
    added = await org.admin.do("addWebhook", "webhook secret", {"url": "https://[2a00::1]/hook"})
    assert added["secret"].startswith("whsec_")
    listed = await org.admin.ask("{ webhooks { id url addedBy { name } pending } }")
    expected = {"id": added["webhook"], "url": "https://[2a00::1]/hook", "addedBy": {"name": "Ada Admin"}}
    assert listed["webhooks"] == [{**expected, "pending": 0}]
    for url in ("https://127.0.0.1/hook", "https://10.0.0.1/hook", "ftp://receiver.example"):
        assert (await org.admin.refused("addWebhook", {"url": url}))["code"] == "INVALID"
    member = await org.person("mia", {"role": "MEMBER", "unit": org.root})
    assert (await refusal(member, "addWebhook", {"url": "https://[2a00::1]"}))["code"] == "FORBIDDEN"
    refused = (await member.post("{ webhooks { id } }")).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    await org.admin.do("removeWebhook", "webhook", {"webhook": added["webhook"]})
    assert (await org.admin.ask("{ webhooks { id } }"))["webhooks"] == []
