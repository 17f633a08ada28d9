"""Whatever is sent as a webhook's URL is refused with its place, or taken on purpose; nothing is an error of ours."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.support.graphql_client import ERROR
from tests.support.story_organization import StoryOrganization
from tests.unit.notifications.webhooks.refused_urls import REFUSED

MUTATION = f"mutation M($input: AddWebhookInput!) {{ addWebhook(input: $input) {{ webhook errors {{ {ERROR} }} }} }}"
PIECES = [
    *(
        "https",
        "http",
        "://",
        ":",
        "/",
        "?",
        "#",
        "@",
        "[",
        "]",
        "::1",
        "%",
        "%25",
        "xn--",
        "xn--a",
        "é",
        "。",
        ".",
        "0x",
    ),
    *("127.0.0.1", "localhost", "99999", "-", "_", " ", "\\", "\0", "\n", "\ud800", "\u200b", "\u202e", "１", "ß", "א"),
    *("\U0001f642", "a" * 70, "invalid", "{}", '"', "'", ";", "x@y", "$", "\x7f", "\x85", "\ufeff", "\uffff"),
]
ACCEPTABLE = {"INVALID", "POLICY", "CONFLICT"}


async def add(org: StoryOrganization, url: str, **more: Any) -> dict[str, Any]:
    """The first error, or nothing; the text goes out as JSON escapes, so that it may hold anything."""
    body = json.dumps({"query": MUTATION, "variables": {"input": {"url": url, **more}}})
    headers = org.admin.headers({"Content-Type": "application/json"})
    answer = await org.http.post(org.admin.url, content=body.encode(), headers=headers)
    assert answer.status_code < 500, (url, answer.text)
    found = answer.json()
    if "errors" in found:
        (error,) = found["errors"]
        return {"code": error["extensions"]["code"], "message": error["message"], "path": None}
    errors = found["data"]["addWebhook"]["errors"]
    return dict(errors[0]) if errors else {}


async def test_every_odd_url_is_refused_with_its_place(org: StoryOrganization) -> None:
    for url in REFUSED:
        error = await add(org, url)
        assert (url, error["code"]) == (url, "INVALID")
        assert error["path"] in (["input", "url"], ["url"], None), (url, error)
    assert (await org.admin.ask("{ webhooks { id } }"))["webhooks"] == []


async def test_any_text_as_a_url_is_never_an_error_of_ours(org: StoryOrganization) -> None:
    chance = random.Random(12)
    for _ in range(120):
        text = "".join(chance.choices(PIECES, k=chance.randint(0, 7)))
        url = text if chance.random() < 0.3 else f"https://{text}"
        error = await add(org, url)
        assert not error or error["code"] in ACCEPTABLE, (url, error)


async def test_any_text_as_a_unit_is_no_error_of_ours(org: StoryOrganization) -> None:
    for unit in ("\0", "\ud800", "", "unit_x", " ", "x" * 10_000):
        error = await add(org, "https://[2a00::1]/", unit=unit)
        assert error["code"] in {"INVALID", "NOT_FOUND"}, (unit, error)
