"""`people`, `invite` and `move-logins`: what they ask, and what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldenthread.cli.people import move_logins
from tests.unit.cli.conftest import FakeGateway, Run


@pytest.fixture(autouse=True)
def caller(gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)
    return gateway


def person(name: str, **more: Any) -> dict[str, Any]:
    here = {"id": f"person_{name}", "name": name, "email": None, "signsIn": True, "signedInAt": None}
    return here | {"invitedUntil": None, "roles": []} | more


def people(*found: dict[str, Any]) -> dict[str, Any]:
    page = {"totalCount": len(found), "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(found)}
    return {"data": {"people": page}}


def moved(count: int, remaining: int, *conflicts: str, own: bool = False) -> dict[str, Any]:
    named = [{"person": {"id": each, "name": each}, "holder": {"id": "h", "name": "Hal"}} for each in conflicts]
    warnings = [{"code": "FORBIDDEN", "message": "Your own login is among them.", "path": []}] if own else []
    answer = {"moved": count, "remaining": remaining, "conflicts": named, "warnings": warnings, "errors": []}
    return {"data": {"moveLogins": answer | {"people": {"totalCount": count, "nodes": []}}}}


@pytest.mark.parametrize(
    "command", [["people"], ["invite", "Ana"], ["erase-person", "Ana"], ["move-logins", "https://a", "https://b"]]
)
def test_who_is_in_several_organizations_says_which_is_meant(
    command: list[str], gateway: FakeGateway, run: Run
) -> None:
    gateway.answers = [{"errors": [{"message": "refused", "extensions": {"code": "FORBIDDEN"}}]}]
    assert run(*command, "--organization", "org_south") == 1
    assert gateway.organizations == ["org_south"]


def test_people_are_listed_with_their_roles_and_whether_they_have_signed_in(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = [{"role": "LEAD", "unit": {"name": "Sales"}}, {"role": "ADMIN", "unit": None}]
    gateway.answers = [
        people(
            person("Ana", signedInAt="2026-01-05T09:00:00+00:00", roles=lead),
            person("Bo\x1b[2J"),
            person("Cy", signsIn=False, invitedUntil="2026-02-01T10:00:00+00:00"),
            person("Dee", signsIn=False),
        )
    ]
    assert run("people") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "name roles signed in",
        "Ana lead of Sales, admin since 2026-01-05",
        "Bo␛[2J – not yet",
        "Cy – invited until 2026-02-01",
        "Dee – cannot sign in: invite them",
    ]
    variables = gateway.asked[0]["variables"]
    assert (variables["search"], variables["unit"], variables["signedIn"]) == (None, None, None)


def test_those_who_have_not_signed_in_are_asked_for_and_given_as_json(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [people(person("Bo"))]
    assert run("people", "bo", "--unit", "unit_1", "--not-signed-in", "--json") == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["people"]["nodes"]] == ["Bo"]
    variables = gateway.asked[0]["variables"]
    assert (variables["search"], variables["unit"], variables["signedIn"]) == ("bo", "unit_1", False)


def invited(secret: str = "gtinv_x") -> dict[str, Any]:
    who = {"id": "person_1", "name": "Ana", "invitedUntil": "2026-02-01T10:00:00+00:00"}
    return {"data": {"invitePerson": {"secret": secret, "person": who, "errors": []}}}


def test_an_invitation_prints_the_secret_and_nothing_else_on_stdout(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [invited(), invited()]
    assert run("invite", "Ana", "--email", "ana@acme.example", "--role", "member", "--unit", "unit_1") == 0
    assert capsys.readouterr().out == "gtinv_x\n"
    sent = gateway.asked[0]["variables"]["input"]
    assert {key: sent[key] for key in ("name", "email", "roles")} == {
        "name": "Ana",
        "email": "ana@acme.example",
        "roles": [{"role": "MEMBER", "unit": "unit_1"}],
    }
    assert run("invite", "Ana", "--json") == 0
    assert json.loads(capsys.readouterr().out)["secret"] == "gtinv_x"
    assert gateway.asked[1]["variables"]["input"]["roles"] == [{"role": "VIEWER", "unit": None}]


def test_somebody_who_is_here_is_invited_anew_by_name(gateway: FakeGateway, run: Run) -> None:
    gateway.answers = [people(person("Ana"), person("Anabel")), invited()]
    assert run("invite", "--person", "ana") == 0
    assert gateway.asked[1]["variables"]["input"].items() >= {"person": "person_Ana"}.items()
    assert "name" not in gateway.asked[1]["variables"]["input"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say who is invited"),
        (["Ana", "--person", "Bo"], "say who is invited"),
        (["--person", "Bo", "--role", "viewer"], "changes nothing else"),
        (["Ana", "--role", "lead"], "say which with --unit"),
        (["Ana", "--unit", "Sales"], "--unit is for --role lead"),
    ],
)
def test_what_is_no_invitation_says_what_to_give(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run("invite", *arguments) != 0
    assert said in capsys.readouterr().err
    assert gateway.asked == []


def test_names_that_are_not_one_persons_are_refused(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [people(person("Ana"), person("Ana", id="person_2")), people()]
    assert run("invite", "--person", "Ana") != 0
    assert "give the id: person_Ana, person_2" in capsys.readouterr().err
    assert run("invite", "--person", "Nobody") != 0
    assert "nobody here is called" in capsys.readouterr().err


def test_logins_move_until_nothing_more_does_and_who_stays_is_named_once(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [moved(5_000, 201, "Ana"), moved(200, 1, "Ana"), moved(0, 1, "Ana")]
    assert run("move-logins", "https://old", "https://new") == 0
    said = capsys.readouterr()
    assert said.out == "5,200 logins moved.\n"
    assert said.err.splitlines() == ["Ana stays: at the new issuer this login is Hal's.", "1 stay at https://old."]
    assert {each["variables"]["input"]["fromIssuer"] for each in gateway.asked} == {"https://old"}


def test_a_dry_run_is_asked_once_and_the_own_login_ends_the_series(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [moved(5_000, 300), moved(5_000, 300, own=True)]
    assert run("move-logins", "a", "b", "--dry-run") == 0
    assert capsys.readouterr().out == "5,000 logins would move.\n"
    assert run("move-logins", "a", "b", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "moved": 5_000,
        "dryRun": False,
        "remaining": 300,
        "conflicts": [],
    }
    assert len(gateway.asked) == 2


def test_a_file_says_which_logins_move_and_what_they_are_called(
    gateway: FakeGateway, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move_logins, "MOST", 2)
    file = tmp_path / "subjects.csv"
    file.write_text('\ufeffa,1\n b , 2\n"c,c",3\n', "utf-8")
    gateway.answers = [moved(2, 0), moved(1, 0)]
    assert run("move-logins", "x", "y", "--subjects", str(file)) == 0
    assert [each["variables"]["input"]["subjects"] for each in gateway.asked] == [
        [{"before": "a", "after": "1"}, {"before": "b", "after": "2"}],
        [{"before": "c,c", "after": "3"}],
    ]


def test_a_file_that_is_none_is_refused_with_its_line(
    gateway: FakeGateway, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "subjects.csv"
    for content, said in (("a,1\nb\n", "line 2: two columns"), ("", "names no login")):
        file.write_text(content, "utf-8")
        assert run("move-logins", "x", "y", "--subjects", str(file)) != 0
        assert said in capsys.readouterr().err
    assert run("move-logins", "x", "y", "--subjects", str(tmp_path / "none.csv")) != 0
    assert "cannot be read" in capsys.readouterr().err
    assert gateway.asked == []
