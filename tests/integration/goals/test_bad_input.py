"""What strangers send: each a typed, readable error, in bounded time, and nothing changed."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.outbox.store import MAX_COMMIT
from tests.integration.goals.conftest import Client

HEAD = "Row ID,Type,Title,Parent\n"
LAUGHS = "".join(f'<!ENTITY {name} "&{below};&{below};">' for below, name in zip("bcdefg", "cdefgh", strict=True))
ABSURD = {
    "thousands of columns": ",".join(f"c{i}" for i in range(5000)) + "\nx\n",
    "a NUL": HEAD + "O,objective,a\x00b,\n",
    "a cell of nine megabytes": HEAD + f"O,objective,{'x' * 9_000_000},\n",
    "an unclosed quote": HEAD + 'O,objective,"' + "x\n" * 200_000,
    "only delimiters": "," * 1_000_000,
    "a million lines": "\n" * 1_000_000,
    "more than ten megabytes": HEAD + "O,objective,x,\n" * 800_000,
    "an XML bomb": f'<!DOCTYPE a [<!ENTITY b "bbbb">{LAUGHS}]><StrategicPlan>&h;</StrategicPlan>',
    "an external entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><StrategicPlan>&b;</StrategicPlan>',
    "deep XML": "<StrategicPlan>" * 10_000,
    "deep JSON": '{"format":' * 100_000,
    "JSON that is no plan": '{"format":"JSON","rows":7}',
    "nothing": "",
}


@pytest.mark.parametrize("name", ABSURD)
async def test_promise_5_an_absurd_file_is_refused_readably_soon_and_changes_nothing(ada: Client, name: str) -> None:
    started = time.monotonic()
    before = (await ada.page()).head
    answer = await ada.send("ImportPlan", source="file", content=ABSURD[name])
    assert time.monotonic() - started < 60
    if answer.status_code == 200:
        # A file of rows that make no sense is read; every such row is reported, and none is taken.
        report = answer.json()["report"]
        assert (report["taken"], bool(report["skipped"])) == (0, True)
    else:
        assert answer.status_code == (413 if name == "more than ten megabytes" else 400), answer.text
        assert len(answer.json()["errors"][0]["message"]) < 500
    assert (await ada.page()).head == before


@pytest.mark.parametrize(
    ("type", "fields", "code"),
    [
        ("RetireWhy", {"why": "why_1", "reason": "x"}, "NOT_FOUND"),
        ("RetireWhy", {"why": "unit_1", "reason": "x"}, "NOT_FOUND"),
        ("RetireWhy", {"why": "\x00", "reason": "x"}, "NOT_FOUND"),
        ("RetireWhy", {"why": "x" * 100_000, "reason": "x"}, "NOT_FOUND"),
        ("AcceptLink", {"link": "link_1", "round": 1}, "NOT_FOUND"),
        ("AcceptLink", {"link": "link_1", "round": 1e300}, "INVALID"),
        ("CheckIn", {"keyResult": "keyresult_1", "value": 1}, "NOT_FOUND"),
        ("CreateObjective", {"title": "x", "owners": []}, "INVALID"),
        ("CreateObjective", {"title": "x", "owners": ["unit_1"]}, "NOT_FOUND"),
        ("CreateObjective", {"title": " \n ", "owners": ["ROOT"]}, "INVALID"),
        ("CreateObjective", {"title": "a\x00b", "owners": ["ROOT"]}, "INVALID"),
        ("CreateObjective", {"title": "x" * 501, "owners": ["ROOT"]}, "INVALID"),
        ("CreateObjective", {"title": "x", "owners": ["ROOT"], "cycle": "cycle_1"}, "NOT_FOUND"),
        ("OpenCycle", {"name": "x", "startsOn": "2026-02-30", "endsOn": "2026-03-01"}, "INVALID"),
        ("OpenCycle", {"name": "x", "startsOn": "2026-03-02", "endsOn": "2026-03-01"}, "INVALID"),
        ("AddPerson", {"name": "x", "subject": "a\x00"}, "INVALID"),
        ("AddPerson", {"name": "x", "subject": "x", "roles": [{"role": "KING"}]}, "INVALID"),
        ("SetPolicy", {"graceDays": -1}, "INVALID"),
        ("SetPolicy", {"graceDays": 10**30}, "INVALID"),
        ("ReaffirmLinks", {"links": []}, "INVALID"),
        ("ReaffirmLinks", {"links": [f"link_{i}" for i in range(1001)]}, "INVALID"),
        ("ImportPlan", {"source": "a/b", "content": HEAD + "O,objective,x,\n"}, "INVALID"),
        ("ImportPlan", {"source": "x", "content": HEAD + "O,objective,x,\n", "asState": "CLOSED"}, "INVALID"),
        ("ImportPlan", {"source": "x", "content": HEAD + "O,objective,x,\n", "unit": "unit_1"}, "NOT_FOUND"),
    ],
)
async def test_promise_5_input_that_means_nothing_here_says_what_where_and_changes_nothing(
    ada: Client, type: str, fields: dict[str, Any], code: str
) -> None:
    root = await ada.root()
    asked: dict[str, Any] = {name: [root] if value == ["ROOT"] else value for name, value in fields.items()}
    problem = await ada.refused(type, **asked)
    assert problem["code"] == code
    assert problem["path"]
    assert len(problem["message"]) < 500


async def test_promise_4_ids_of_another_organization_are_not_found(ada: Client, grace: Client) -> None:
    theirs = str((await grace.do("CreateObjective", title="Theirs", owners=[await grace.root()]))["ids"][0])
    mine = str((await ada.do("CreateObjective", title="Mine", owners=[await ada.root()]))["ids"][0])
    for type, fields in (
        ("ArchiveObjective", {"objective": theirs}),
        ("Link", {"child": mine, "parent": theirs, "because": "x"}),
        ("CreateObjective", {"title": "x", "owners": [await grace.root()]}),
        ("MoveUnit", {"unit": await ada.root(), "parent": await grace.root()}),
    ):
        assert (await ada.refused(type, **fields))["code"] == "NOT_FOUND"


@pytest.mark.parametrize("key", ["", " ", "é", "a\nb", "a\x00", "x" * 201], ids=ascii)
async def test_an_idempotency_key_is_printable_ascii_of_a_sane_length(ada: Client, key: str) -> None:
    answer = await ada.http.post(
        "/v1/commands",
        json={"type": "PublishPurpose", "statement": "x"},
        headers=httpx.Headers(ada.headers | {"Idempotency-Key": key}, encoding="latin-1"),
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == ["idempotencyKey"]


async def test_the_wrong_role_is_told_whom_to_ask_and_changes_nothing(ada: Client, issuer: Issuer) -> None:
    await ada.do("AddPerson", name="Vera", subject="vera", roles=[{"role": "VIEWER"}])
    vera = Client(ada.http, issuer, "vera", ada.organization)
    root = await ada.root()
    for type, fields in (
        ("PublishPurpose", {"statement": "x"}),
        ("CreateUnit", {"name": "x", "function": "BUSINESS"}),
        ("CreateObjective", {"title": "x", "owners": [root]}),
        ("ImportPlan", {"source": "x", "content": HEAD + "O,objective,x,\n"}),
    ):
        problem = await vera.refused(type, **fields)
        assert problem["code"] == "FORBIDDEN"
        assert "ask a" in problem["message"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=99999999", "limit=1e3", "after=9" + "9" * 30])
async def test_a_query_that_makes_no_sense_is_refused(ada: Client, query: str) -> None:
    answer = await ada.http.get(f"/v1/events?organization={ada.organization}&{query}", headers=ada.reading)
    assert answer.status_code == 400
    answer = await ada.http.get(f"/v1/history?organization={ada.organization}&subject=%00", headers=ada.reading)
    assert answer.status_code == 400


async def test_an_import_of_several_commits_is_all_there_or_not_at_all_and_never_twice(ada: Client) -> None:
    sheet = HEAD + "".join(f"O{i},objective,Goal {i},{f'O{i - 1}' if i else ''}\n" for i in range(4000))
    first = await ada.do("ImportPlan", "once", source="file", content=sheet)
    commits = [int(event["commit"]) for event in first["events"]]
    assert len(set(commits)) == 2
    assert max(commits.count(end) for end in set(commits)) <= MAX_COMMIT
    assert await ada.do("ImportPlan", "once", source="file", content=sheet) == first
    assert (await ada.do("ImportPlan", "again", source="file", content=sheet))["revision"] == first["revision"]
