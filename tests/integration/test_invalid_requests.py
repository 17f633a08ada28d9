"""Odd values at every internal endpoint: each a readable refusal that names the place, never an error of ours."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from goldenthread.contracts.read_api import NO_LOGIN
from tests.support.entities import objective
from tests.support.services import Services

NUL = "\x00"
ODD_IDS = [NUL, "org_" + NUL, "org_" + "x" * 5_000, "org_\ud7ff\U0010ffff", "-1", "' OR 1=1 --", " "]
ODD_NUMBERS = ["-1", "NaN", "1.5", "1e3", "9" * 19, "9" * 400, "0x10", "１", "", NUL]
ODD_DAYS = ["yesterday", "2026-02-30", "-1", "9" * 400, NUL, "10000-01-01", "2026-01-01T00:00:00Z"]
ODD_TIMES = [
    "soon", "-1", "9" * 400, NUL, "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "NaN",
]  # fmt: skip
SERVICES = ("goals", "alignment", "notifications")
READS = {
    "goals": ("/v1/snapshot", "/v1/people", "/v1/login", "/v1/name", "/v1/history", "/v1/events"),
    "alignment": ("/v1/snapshot", "/v1/figures", "/v1/reciprocity", "/v1/events"),
    "notifications": ("/v1/snapshot", "/v1/webhooks", "/v1/events"),
}
QUERIES = [
    *((service, path, "organization", value) for service in READS for path in READS[service] for value in ODD_IDS),
    *((service, "/v1/events", name, value)
        for service in SERVICES for name in ("after", "limit") for value in ODD_NUMBERS),
    *(("goals", "/v1/history", name, value) for name in ("before", "limit") for value in ODD_NUMBERS),
    *(("goals", path, name, value) for path, name in (
        ("/v1/history", "subject"), ("/v1/login", "issuer"), ("/v1/login", "subject"),
        ("/v1/name", "person")) for value in ODD_IDS),
    *(("alignment", path, "unit", value) for path in ("/v1/figures", "/v1/reciprocity") for value in ODD_IDS),
    *(("alignment", path, "since", value) for path in ("/v1/figures", "/v1/reciprocity") for value in ODD_DAYS),
    *((service, path, "through", value) for service, path in (
        ("alignment", "/v1/figures"), ("alignment", "/v1/reciprocity"), ("alignment", "/v1/events"),
        ("notifications", "/v1/events")) for value in ODD_NUMBERS),
    *((service, "/v1/heads", "changedSince", value) for service in SERVICES for value in ODD_TIMES),
]  # fmt: skip


async def ask(services: Services, service: str, path: str, query: dict[str, str]) -> httpx.Response:
    return await services.http.get(services.urls[service] + path, params=query, headers=services.reading)


async def test_odd_values_in_a_query_are_refused_by_name_or_name_nothing(services: Services) -> None:
    organization = (await services.organization()).organization
    wrong = []
    for service, path, name, value in QUERIES:
        answer = await ask(services, service, path, {"organization": organization, name: value})
        fine = [200, 400, 404] if value in ODD_IDS and NUL not in value else [400, 404]
        if answer.status_code not in fine or (
            answer.status_code != 200 and answer.json()["errors"][0]["path"] != [name]
        ):
            wrong.append((service, path, name, value[:20], answer.status_code, answer.text[:200]))
    assert wrong == []


ODD_FIELDS: list[Any] = [NUL, 7, None, [], {}, 1e300, "x" * 100_000, " "]
CREATE: dict[str, Any] = {"id": "org_odd", "name": "Example", "admin_name": "Ada", "admin_subject": "ada"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field in CREATE for value in ODD_FIELDS),
        *(("id", value) for value in ("org_", "org_" + NUL, "org_a b", "org_" + "x" * 5_000, "unit_1")),
        ("admin_issuer", NUL),
        ("admin_issuer", 7),
        ("admin_issuer", NO_LOGIN),
        ("admin_issuer", "x" * 100_000),
    ],
    ids=lambda value: ascii(value)[:20],
)
async def test_an_organization_of_odd_values_is_refused_by_name(services: Services, field: str, value: Any) -> None:
    url = services.urls["goals"] + "/v1/organizations"
    answer = await services.http.post(url, json=CREATE | {field: value}, headers=services.reading)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, [field]), answer.text[:300]


@pytest.mark.parametrize("service", ["goals", "notifications"])
@pytest.mark.parametrize("organization", ODD_IDS, ids=ascii)
async def test_a_command_to_an_odd_organization_is_refused(services: Services, service: str, organization: str) -> None:
    body = (
        {"type": "PublishPurpose", "statement": "x"}
        if service == "goals"
        else {"type": "RemoveWebhook", "webhook": "x"}
    )
    url, query = services.urls[service] + "/v1/commands", {"organization": organization}
    answer = await services.http.post(url, json=body, params=query, headers=services.reading)
    assert answer.status_code in (400, 403, 404), answer.text
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("webhook", [NUL, "x" * 100_000, "webhook_" + NUL], ids=lambda value: ascii(value)[:20])
async def test_an_odd_webhook_is_refused_by_name(services: Services, webhook: str) -> None:
    ada = await services.organization()
    problem = await ada.refused("notifications", "RemoveWebhook", webhook=webhook)
    assert problem["code"] in ("INVALID", "NOT_FOUND")
    assert problem["path"] == ["webhook"]


OBJECTIVE: dict[str, Any] = msgspec.to_builtins(objective("objective_1"))
EVENT: dict[str, Any] = {
    "id": "event_1", "source": "/goldenthread/goals", "type": "goldenthread.objective.created.v1",
    "time": "2026-01-01T00:00:00+00:00", "subject": "objective_1", "organization": "org_1",
    "sequence": "1", "commit": "1",
}  # fmt: skip
HUGE = int("9" * 30)
ODD_VERSIONS: list[Any] = [2**31, 2**53, 2**63, 2**64, HUGE, -1, -(2**63), -HUGE, 1.5, 1e300, "1", None, True, [1], {}]


def raw(**spoilt: Any) -> bytes:
    data = {"objective": OBJECTIVE | spoilt}
    return msgspec.json.encode({"organization": "org_1", "events": [EVENT | {"data": data}]})


@pytest.mark.parametrize("version", ODD_VERSIONS, ids=lambda value: ascii(value)[:24])
async def test_an_odd_number_of_a_hypothesis_is_refused_with_its_place(services: Services, version: Any) -> None:
    assert (await impact(services, raw())).status_code == 200
    # msgspec writes no integers beyond 64 bits.
    content = raw(version="VERSION").replace(b'"VERSION"', str(version).encode()) if version in (HUGE, -HUGE) else None
    answer = await impact(services, content or raw(version=version))
    assert answer.status_code == 400, answer.text
    problem = answer.json()["errors"][0]
    assert (problem["code"], problem["path"]) == ("INVALID", ["events", "0", "data", "objective", "version"])


FACTS: list[list[Any]] = [
    ["objective", "objective_1", "ACTIVE", 1],
    ["keyresult", "keyresult_1", "objective_1", False, 1],
    ["link", "link_1", "objective_1", "why_1", "ACCEPTED", False, 1, 1],
]


@pytest.mark.parametrize("column", [3, 4, 7])
@pytest.mark.parametrize("value", ODD_VERSIONS, ids=lambda value: ascii(value)[:24])
async def test_an_odd_number_among_facts_is_refused_with_its_place(services: Services, column: int, value: Any) -> None:
    at = {3: 0, 4: 1, 7: 2}[column]
    facts = [[*each] for each in FACTS]
    query = {"organization": "org_1", "facts": facts}
    assert (await impact(services, msgspec.json.encode(query))).status_code == 200
    facts[at][column] = "ODD" if value in (HUGE, -HUGE) else value
    answer = await impact(services, msgspec.json.encode(query).replace(b'"ODD"', str(value).encode()))
    if value is None and column == 7:
        assert answer.status_code == 200, "a link that was never accepted"
        return
    assert answer.status_code == 400, answer.text
    problem = answer.json()["errors"][0]
    assert (problem["code"], problem["path"]) == ("INVALID", ["facts", str(at), str(column)])


@pytest.mark.parametrize("facts", [7, [7], [[]], [["objective"]], [["unit", "unit_1"]], [{"id": "x"}]], ids=str)
async def test_what_are_no_facts_is_refused(services: Services, facts: Any) -> None:
    answer = await impact(services, msgspec.json.encode({"organization": "org_1", "facts": facts}))
    assert (answer.status_code, answer.json()["errors"][0]["path"][:1]) == (400, ["facts"]), answer.text


@pytest.mark.parametrize(
    "spoilt",
    [
        b"NaN", b"Infinity", b"-", b"1e999999", b"9" * 5_000, b"[" * 5_000, b'"\\ud800"', b"\xff",
    ],
    ids=lambda value: ascii(value)[:24],
)  # fmt: skip
async def test_what_is_no_json_there_is_refused(services: Services, spoilt: bytes) -> None:
    answer = await impact(services, raw(version="VERSION").replace(b'"VERSION"', spoilt))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID"), answer.text


@pytest.mark.parametrize("name", ["sequence", "commit", "basis", "time", "type", "id"])
@pytest.mark.parametrize(
    "value", ["-1", "NaN", "1.5", "9" * 30, "9" * 5_000, "", NUL], ids=lambda value: ascii(value)[:12]
)
async def test_an_odd_place_in_a_stream_is_refused_or_means_nothing(services: Services, name: str, value: str) -> None:
    event = EVENT | {"data": {"objective": OBJECTIVE}, name: value}
    answer = await impact(services, msgspec.json.encode({"organization": "org_1", "events": [event]}))
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["errors"][0]["path"][:2] == ["events", "0"], answer.text


@pytest.mark.parametrize("organization", ODD_IDS, ids=ascii)
async def test_a_hypothesis_about_an_odd_organization_has_no_effect(services: Services, organization: str) -> None:
    answer = await impact(services, msgspec.json.encode({"organization": organization, "events": []}))
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["errors"][0]["path"] == ["organization"]


async def impact(services: Services, content: bytes) -> httpx.Response:
    return await services.http.post(
        services.urls["alignment"] + "/v1/impact", content=content, headers=services.reading
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("organizations", [NUL]), ("after", {NUL: 0}), ("behind", NUL), ("changed_since", "2026-01-01T00:00:00")],
)
async def test_odd_values_in_a_question_for_heads_are_refused_by_name(
    services: Services, field: str, value: Any
) -> None:
    url = services.urls["goals"] + "/v1/heads"
    answer = await services.http.post(url, json={field: value, "limit": 5}, headers=services.reading)
    assert answer.status_code == httpx.codes.BAD_REQUEST, answer.text
    assert f'"{field}"' in answer.text
