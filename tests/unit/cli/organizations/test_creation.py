"""`goldenthread organization create` and `invite`: whom they name, and what they print, a secret above all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeGateway, Run

ACME = {"id": "org_1", "name": "Acme", "createdAt": "2026-01-05T09:00:00Z"}
INVITATION = {"secret": "gtinv_x", "expiresAt": "2026-01-12T09:00:00Z"}


@pytest.fixture(autouse=True)
def caller(gateway: FakeGateway, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDENTHREAD_URL", gateway.url)


def sent(gateway: FakeGateway) -> dict[str, Any]:
    found: dict[str, Any] = gateway.asked[-1]["administrator"]
    return found


def test_who_has_an_address_and_no_login_is_invited(gateway: FakeGateway, run: Run) -> None:
    gateway.answers = [ACME | {"invitation": INVITATION}] * 3
    assert run("organization", "create", "Acme", "--admin-email", "ada@acme.example") == 0
    assert sent(gateway) == {"name": "ada", "email": "ada@acme.example"}
    assert run("organization", "create", "Acme", "--admin-email", "ada@acme.example", "--admin-name", "Ada") == 0
    assert sent(gateway) == {"name": "Ada", "email": "ada@acme.example"}
    assert run("organization", "create", "Acme", "--admin-name", "Ada") == 0
    assert sent(gateway) == {"name": "Ada", "email": None}


def test_who_has_a_login_is_not_invited(gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.answers = [ACME]
    more = ("--admin-subject", "ada", "--admin-issuer", "https://idp", "--admin-email", "ada@acme.example")
    assert run("organization", "create", "Acme", *more) == 0
    wanted = {"name": "ada", "subject": "ada", "issuer": "https://idp", "email": "ada@acme.example"}
    assert sent(gateway) == wanted
    assert capsys.readouterr().out == "org_1\n"


@pytest.mark.parametrize(
    ("more", "said"), [([], "--admin-email invites them"), (["--admin-issuer", "https://idp"], "give --admin-subject")]
)
def test_elsewhere_somebody_is_named(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert run("organization", "create", "Acme", *more) != 0
    assert said in capsys.readouterr().err
    assert gateway.asked == []


def test_a_program_reads_the_id_and_the_secret_below_it(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [ACME | {"invitation": INVITATION}] * 2
    assert run("organization", "create", "Acme", "--admin-email", "ada@acme.example") == 0
    assert capsys.readouterr() == ("org_1\ngtinv_x\n", "")
    assert run("organization", "create", "Acme", "--admin-email", "ada@acme.example", "--json") == 0
    assert json.loads(capsys.readouterr().out)["invitation"]["secret"] == "gtinv_x"


def test_a_person_is_told_that_it_was_created_and_that_the_secret_is_shown_once(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.answers = [ACME | {"name": "Acme\x1b[2J", "invitation": INVITATION}]
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert run("organization", "create", "Acme", "--admin-email", "ada@acme.example") == 0
    said = capsys.readouterr()
    assert "\x1b[2J" not in said.out
    assert "Created" in said.out
    assert said.out.endswith("gtinv_x\n")
    assert "ada is invited until 2026-01-12. This is shown once" in " ".join(said.err.split())


def test_an_organization_that_exists_is_said_to_exist_and_where_another_secret_comes_from(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers = [ACME | {"existed": True}] * 2
    assert run("organization", "create", "Other", "--id", "org_1", "--admin-email", "ada@acme.example") == 0
    said = capsys.readouterr()
    assert said.out == "org_1\n"
    assert said.err.startswith("org_1 exists already, and is called Acme: nothing was changed.")
    assert "`goldenthread organization invite org_1`" in said.err
    assert run("organization", "create", "Other", "--id", "org_1", "--admin-subject", "ada") == 0
    assert "goldenthread organization invite" not in capsys.readouterr().err


def test_another_secret_is_all_that_is_printed(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    gateway.answers = [INVITATION] * 2
    assert run("organization", "invite", "org_1") == 0
    assert capsys.readouterr() == ("gtinv_x\n", "")
    assert run("organization", "invite", "org_1", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"secret": "gtinv_x", "expiresAt": "2026-01-12T09:00:00Z"}
