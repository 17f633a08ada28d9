"""goals over HTTP: acknowledged commands are recorded once, in order, and a refused one changes nothing."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from goldenthread.contracts import snapshots
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.read_api import ImportRun, PersonName
from goldenthread.launcher.issuer import Issuer
from services.goals.domain.decision import Decision
from services.goals.domain.imports.import_plan import import_plan
from services.goals.imports import computation
from tests.integration.goals.conftest import Client
from tests.support.asgi_server import eventually


async def objective(client: Client, title: str, **other: Any) -> str:
    return str((await client.do("CreateObjective", title=title, owners=[await client.root()], **other))["ids"][0])


async def test_an_answer_carries_the_events_it_wrote(ada: Client) -> None:
    answer = await ada.do("PublishPurpose", statement="Be useful")
    assert [event["type"] for event in answer["events"]] == ["goldenthread.purpose.published.v1"]
    assert answer["revision"] == 4
    assert (await ada.events())[-1].id == answer["events"][-1]["id"]


async def test_a_created_and_linked_objective_is_one_commit(ada: Client) -> None:
    await ada.do("PublishPurpose", statement="Be useful")
    root = await ada.root()
    why = (await ada.do("PublishWhy", statement="Grow", because="It pays", audience=[root]))["ids"][0]
    answer = await ada.do("CreateObjective", title="Sell", owners=[root], linkTo={"parent": why, "because": "Sales"})
    assert {event["commit"] for event in answer["events"]} == {str(answer["revision"])}


async def test_promise_1_a_command_is_never_applied_twice(ada: Client) -> None:
    first = await ada.do("PublishPurpose", key="once", statement="Be useful")
    again = await asyncio.gather(*(ada.do("PublishPurpose", key="once", statement="Be useful") for _ in range(5)))
    assert again == [first] * 5


async def test_the_same_key_with_other_input_is_a_conflict(ada: Client) -> None:
    await ada.do("PublishPurpose", key="once", statement="Be useful")
    problem = await ada.refused("PublishPurpose", key="once", statement="Be rich")
    assert (problem["code"], problem["path"]) == ("CONFLICT", ["idempotencyKey"])


async def test_a_dry_run_says_what_it_would_write_and_writes_nothing(ada: Client) -> None:
    await ada.do("PublishPurpose", statement="Be useful")
    head = (await ada.page()).head
    answer = await ada.do("RetirePurpose", reason="A test", dryRun=True)
    assert [event["type"] for event in answer["events"]] == ["goldenthread.purpose.retired.v1"]
    assert answer["dryRun"] is True
    assert (await ada.page()).head == head


async def test_of_two_racing_links_one_is_refused_with_the_loop(ada: Client) -> None:
    one, two = await objective(ada, "One"), await objective(ada, "Two")
    answers = await asyncio.gather(
        ada.send("Link", child=one, parent=two, because="It helps"),
        ada.send("Link", child=two, parent=one, because="It helps"),
    )
    refused = [answer for answer in answers if answer.status_code != 200]
    assert [answer.status_code for answer in refused] == [409]
    problem = refused[0].json()["errors"][0]
    assert problem["code"] == "LINK_LOOP"
    assert set(problem["nodes"]) == {one, two}


async def test_many_commands_at_once_leave_one_unbroken_stream(ada: Client) -> None:
    await asyncio.gather(*(objective(ada, f"Objective {number}") for number in range(40)))
    assert sum(event.type == "objective.created" for event in await ada.events()) == 40


async def test_pages_end_at_commits(ada: Client) -> None:
    specs = [{"title": f"Measure {number}"} for number in range(5)]
    await objective(ada, "Measured", keyResults=specs)
    page = events_from_json((await ada.page(after=3, limit=1)).events)
    assert page[-1].closes_commit
    assert len(page) > 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "INVALID"),
        (b'{"type":"\xff"}', "INVALID"),
        (b'{"type":"BuyMoon"}', "INVALID"),
        (b'{"type":"PublishPurpose"}', "INVALID"),
        (b'{"type":"PublishPurpose","statement":5}', "INVALID"),
        (b'{"type":"PublishPurpose","statement":"a","extra":1}', "INVALID"),
        (b'{"type":"RetireWhy","why":"why_1","reason":"x"}', "NOT_FOUND"),
        (b"[" * 100_000, "INVALID"),
    ],
)
async def test_promise_5_bad_input_gets_a_typed_error_and_changes_nothing(ada: Client, body: bytes, code: str) -> None:
    before = (await ada.page()).head
    answer = await ada.http.post("/v1/commands", content=body, headers=ada.headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["message"]
    assert (await ada.page()).head == before


async def test_a_body_that_is_too_large_is_refused(ada: Client) -> None:
    answer = await ada.send("PublishPurpose", statement="x" * (13 * 2**20))
    assert answer.status_code == 413
    assert "larger than" in answer.json()["errors"][0]["message"]


async def test_promise_4_nobody_reads_or_changes_another_organizations_data(ada: Client, issuer: Issuer) -> None:
    mallory = Client(ada.http, issuer, "ada", ada.organization, of="org_other")
    for path in ("/v1/events", "/v1/snapshot", "/v1/people", "/v1/history"):
        query = {"organization": ada.organization}
        for reader in (mallory, ada):
            answer = await ada.http.get(path, params=query, headers=reader.headers)
            assert (path, answer.status_code) == (path, 403)
    assert (await mallory.send("PublishPurpose", statement="Mine")).status_code == 404
    assert (await ada.http.get("/v1/heads", headers=ada.headers)).status_code == 403


async def test_a_stranger_of_the_organization_is_told_how_to_get_in(ada: Client, issuer: Issuer) -> None:
    stranger = Client(ada.http, issuer, "eve", ada.organization)
    problem = await stranger.refused("PublishPurpose", statement="Mine")
    assert problem["code"] == "FORBIDDEN"
    assert "addPerson" in problem["message"]


async def login(ada: Client, subject: str) -> str | None:
    query = {"organization": ada.organization, "issuer": ada.issuer, "subject": subject}
    person = (await ada.http.get("/v1/login", params=query, headers=ada.reading)).raise_for_status().json()["person"]
    return str(person["id"]) if person else None


async def test_who_was_removed_is_nobody_and_reads_no_answer_again(ada: Client, issuer: Issuer) -> None:
    roles = [{"role": "MEMBER", "unit": await ada.root()}]
    person = (await ada.do("AddPerson", name="Vera", subject="vera", roles=roles))["ids"][0]
    assert await login(ada, "vera") == person
    vera = Client(ada.http, issuer, "vera", ada.organization)
    asked = {"title": "Mine", "owners": [await ada.root()]}
    await vera.do("CreateObjective", key="once", **asked)
    await ada.do("RemovePerson", person=person)
    assert await login(ada, "vera") is None
    assert (await vera.refused("CreateObjective", key="once", **asked))["code"] == "FORBIDDEN"
    again = (await ada.do("AddPerson", name="Vera Two", subject="vera", roles=roles))["ids"][0]
    assert await login(ada, "vera") == again


async def test_tokens_that_cannot_be_trusted_are_refused(ada: Client, issuer: Issuer) -> None:
    good = {"sub": "ada", "organization": ada.organization, "iss": issuer.url, "aud": issuer.audience, "exp": 2**40}
    forged = jwt.encode({"alg": "ES256"}, good, ECKey.generate_key("P-256"), algorithms=["ES256"])
    shared = jwt.encode({"alg": "HS256"}, good, OctKey.generate_key(256), algorithms=["HS256"])
    unsigned = jwt.encode({"alg": "none"}, good, OctKey.generate_key(256), algorithms=["none"])
    expired = issuer.person_token("ada", ada.organization, timedelta(hours=-1))
    elsewhere = Issuer(ECKey.generate_key("P-256", auto_kid=True), issuer.url).person_token("ada", ada.organization)
    for token in (forged, shared, unsigned, expired, elsewhere, "nonsense", ""):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await ada.http.post("/v1/commands", json={"type": "PublishPurpose", "statement": "x"}, headers=headers)
        assert answer.status_code == 401, token
        assert answer.json()["errors"][0]["message"]
    assert (await ada.http.post("/v1/commands", json={})).status_code == 401


async def test_adding_a_person_names_them_outside_the_events(ada: Client, issuer: Issuer) -> None:
    answer = await ada.do("AddPerson", name="Grace Hopper", subject="grace")
    query = {"organization": ada.organization}
    found = snapshots.people().of((await ada.http.get("/v1/people", params=query, headers=ada.reading)).content)
    assert PersonName(answer["ids"][0], "Grace Hopper", "grace", None, issuer.url) in found.people
    assert b"Grace" not in bytes((await ada.page()).events)
    taken = await ada.refused("AddPerson", name="Another", subject="grace")
    assert (taken["code"], taken["path"]) == ("CONFLICT", ["subject"])


async def test_the_history_shows_before_and_after_and_who(ada: Client) -> None:
    one = await objective(ada, "Old title")
    await ada.do("UpdateObjective", objective=one, title="New title")
    query: dict[str, str | int] = {"organization": ada.organization, "subject": one, "limit": 1}
    page = (await ada.http.get("/v1/history", params=query, headers=ada.reading)).json()
    assert page["total"] == 3
    assert "title “Old title” → “New title”" in page["entries"][0]["summary"]
    assert page["entries"][0]["by"].startswith("person_")


async def test_an_import_is_one_commit_and_nothing_the_second_time(ada: Client) -> None:
    sheet = "Row ID,Type,Title,Parent\nP,purpose,Be useful,\nW,why,Grow,P\nO,objective,Sell,W\n"
    first = await ada.do("ImportPlan", source="plan", content=sheet)
    expected = {"taken": 3, "created": 3, "updated": 0, "unchanged": 0, "missing": [], "skipped": []}
    assert expected.items() <= first["report"].items()
    again = await ada.do("ImportPlan", source="plan", content=sheet)
    assert (again["report"]["unchanged"], again["revision"]) == (3, first["revision"])


async def test_how_far_imports_are_is_told_to_services(ada: Client, grace: Client) -> None:
    sheet = "Row ID,Type,Title,Parent\nP,purpose,Be useful,\nW,why,Grow,P\n"
    await ada.do("ImportPlan", "the key", fileName="plan.csv", content=sheet)
    for organization, expected in ((ada.organization, [("the key", "plan", "DONE")]), (grace.organization, [])):
        asked = {"organization": organization}
        answer = await ada.http.get("/v1/imports", params=asked, headers=ada.reading)
        runs = msgspec.json.decode(answer.raise_for_status().content, type=list[ImportRun])
        assert [(run.id, run.source, run.step) for run in runs] == expected
    answer = await ada.http.get("/v1/imports", params={"organization": ada.organization}, headers=grace.headers)
    assert answer.status_code == 403


async def test_a_malformed_plan_is_refused_whole(ada: Client) -> None:
    problem = await ada.refused("ImportPlan", source="plan", content="<Plan><Unclosed></Plan>")
    assert problem["code"] == "INVALID"
    assert "line 1" in problem["message"]


async def test_live_ready_and_metrics_answer_without_a_token(http: httpx.AsyncClient) -> None:
    assert (await http.get("/live")).json() == {"live": True}
    assert (await http.get("/ready")).json() == {"ready": True, "checks": {"database": None}}
    assert "goldenthread_commands_total" in (await http.get("/metrics")).text


async def test_others_have_turns_while_an_import_is_computed(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    began, released = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Decision:
        began.set()
        assert released.wait(20), "the event loop did not go on"
        return import_plan(*arguments)

    monkeypatch.setattr(computation, "import_plan", slow)
    plan = "Row ID,Type,Title\nP,purpose,Be useful\n"
    running = asyncio.create_task(ada.do("ImportPlan", source="file", content=plan))
    await eventually(began.is_set)
    assert (await ada.http.get("/live")).status_code == 200
    released.set()
    assert (await running)["report"]
