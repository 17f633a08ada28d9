"""`goldenthread invitation`: which there are, and what is said of who claimed them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run

DAY = "2026-01-05T09:00:00Z"


@pytest.fixture(autouse=True)
def caller(gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)


def row(name: str, state: str, by: str | None = "Lea", **more: Any) -> dict[str, Any]:
    times = dict.fromkeys(("claimedAt", "confirmedAt", "revokedAt", "undoneAt"))
    made = {"state": state, "madeAt": DAY, "expiresAt": "2026-01-12T09:00:00Z"}
    inviter = {"id": "person_lea", "name": by} if by else None
    return made | times | {"person": {"id": f"person_{name}", "name": name}, "invitedBy": inviter} | more


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"invitations": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(rows)}}}


def done(mutation: str, **more: Any) -> dict[str, Any]:
    return {"data": {mutation: {"person": {"id": "person_1", "name": "Ana {id}"}, "errors": []} | more}}


def test_invitations_are_listed_with_whose_they_are_and_what_became_of_them(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [
        listed(
            row("ana", "CLAIMED", claimedAt=DAY),
            row("bo", "CLAIMED", claimedAt=DAY, confirmedAt=DAY),
            row("cy\x1b[2J", "OPEN", by=None),
            row("dee", "UNDONE"),
        )
    ]
    assert run("invitation", "list", "--state", "claimed", "--state", "OPEN") == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "name state invited by when id",
        "ana claimed Lea 2026-01-05 person_ana",
        "bo claimed, confirmed Lea 2026-01-05 person_bo",
        "cy␛[2J open the installation 2026-01-12 person_cy␛[2J",
        "dee undone Lea person_dee",
    ]
    assert gateway.asked[0]["variables"]["states"] == ["CLAIMED", "OPEN"]
    gateway.answers = [listed(row("ana", "EXPIRED"))]
    assert run("invitation", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["invitations"]["nodes"][0]["state"] == "EXPIRED"
    assert gateway.asked[1]["variables"]["states"] is None


@pytest.mark.parametrize(
    ("command", "mutation", "said"),
    [
        ("confirm", "confirmInvitation", "It is confirmed that the right person claimed the invitation of Ana {id}."),
        ("undo", "undoInvitation", "Ana {id} cannot sign in now. `goldenthread invite --person person_1` invites them"),
        ("revoke", "revokeInvitation", "The invitation of Ana {id} is revoked."),
    ],
)
def test_what_was_done_is_said_and_a_refusal_ends_with_1(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], command: str, mutation: str, said: str
) -> None:
    error = {"code": "STATE_NOT_ALLOWED", "message": "This invitation is open.", "path": ["person"]}
    gateway.answers = [done(mutation), done(mutation), done(mutation, errors=[error])]
    assert run("invitation", command, "person_1") == 0
    assert capsys.readouterr().out.startswith(said)
    assert gateway.asked[0]["variables"]["input"]["person"] == "person_1"
    assert run("invitation", command, "person_1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == done(mutation)["data"]
    assert run("invitation", command, "person_1") == 1
    assert "This invitation is open." in capsys.readouterr().err
    assert mutation in gateway.asked[2]["query"]


def test_a_name_that_is_two_peoples_is_not_guessed(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [{"id": f"person_{number}", "name": "Ana"} for number in range(2)]
    page = {"totalCount": 2, "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": people}
    gateway.answers = [{"data": {"people": page}}]
    assert run("invitation", "undo", "Ana") == 1
    assert "give the id: person_0, person_1" in capsys.readouterr().err
    assert len(gateway.asked) == 1
