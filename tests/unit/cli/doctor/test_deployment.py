"""What `doctor --deployment` shows, and the words it finds."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from rich.console import Console
from rich.text import Text

from goldenthread.cli.doctor.deployment import report_output
from goldenthread.cli.doctor.deployment.database.database_problems import (
    connection_problem,
    missing_rights,
    report_pooler,
    report_server,
)
from goldenthread.cli.doctor.deployment.database.server_state import ServerState, UserRights
from goldenthread.cli.doctor.deployment.examination import ProcessReport
from goldenthread.cli.doctor.deployment.findings import CheckFinding, CheckFindings, CheckStopped, FindingState
from goldenthread.cli.doctor.deployment.issuer import token_claims
from goldenthread.cli.doctor.deployment.issuer.clock_check import compare_clocks
from goldenthread.cli.doctor.deployment.issuer.token_request_advice import advice
from goldenthread.cli.doctor.deployment.kafka import broker_errors
from goldenthread.cli.doctor.deployment.kafka.broker_errors import address_text
from goldenthread.cli.doctor.deployment.network.network_errors import network_error_text
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration import issuers_file
from goldenthread.runtime.configuration.settings import DatabaseSettings

SETTINGS = DatabaseSettings(
    kafka="kafka:9092", issuer="https://login.example.com/", database_url=Secret("postgresql://ada:hidden@db/goals")
)
REPORTS = [
    ProcessReport(
        "goals",
        [
            CheckFinding("settings", FindingState.FINE, "12 variables are set, and fit"),
            CheckFinding("kafka rights", FindingState.UNKNOWN, "not known"),
            CheckFinding("database connections", FindingState.WARNING, "2 more can be opened", "raise max_connections"),
            CheckFinding(
                "issuer", FindingState.PROBLEM, "https://login.example.com does not answer within 4 s", "look there"
            ),
        ],
    )
]


def shown(width: int, reports: list[ProcessReport] = REPORTS) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")
    report_output.print_table(reports, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_a_terminal_and_loses_no_word(width: int) -> None:
    plain = Text.from_ansi(shown(width)).plain
    assert all(len(line) <= width for line in plain.splitlines())
    words = " ".join(plain.split())
    for sentence in ("12 variables are set, and fit", "2 more can be opened"):
        assert set(sentence.split()) <= set(words.split())
    assert "1 problem, 1 warning" in plain


def test_marks_have_colours() -> None:
    found = shown(100)
    assert "\x1b[31m✗" in found
    assert "\x1b[33m!" in found
    assert "\x1b[32m✓" in found
    fine = shown(100, [ProcessReport("goals", [CheckFinding("settings", FindingState.FINE, "fit")])])
    assert "no problems found" in fine


def test_lines_are_plain_and_one_for_each_finding() -> None:
    console = Console(file=io.StringIO(), width=100_000)
    report_output.print_lines(REPORTS, console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "goals  ok       settings: 12 variables are set, and fit",
        "goals  unknown  kafka rights: not known",
        "goals  warning  database connections: 2 more can be opened; next: raise max_connections",
        "goals  problem  issuer: https://login.example.com does not answer within 4 s; next: look there",
    ]


def test_data_has_every_finding() -> None:
    found = report_output.reports_as_json(REPORTS)
    assert found["problems"] == 1
    assert found["processes"][0]["name"] == "goals"
    assert found["processes"][0]["checks"][0] == {
        "check": "settings", "state": "ok", "says": "12 variables are set, and fit", "next": None
    }  # fmt: skip
    json.dumps(found)


async def test_a_question_that_is_not_answered_is_a_problem_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenthread.cli.doctor.deployment.findings.monotonic", lambda: 100.0)
    findings = CheckFindings("issuer", 100.5)
    with pytest.raises(CheckStopped):
        async with findings.within(30, "the issuer", "look there"):
            await asyncio.Event().wait()
    assert [(each.state, each.says, each.next) for each in findings.found] == [
        (FindingState.PROBLEM, "the issuer does not answer within 0.5 s", "look there")
    ]


def test_what_others_wrote_neither_steers_a_terminal_nor_fills_it() -> None:
    findings = CheckFindings("kafka")
    findings.problem("\x1b[2Jgone\nand more" + "x" * 5_000, "next")
    (found,) = findings.found
    assert "\x1b" not in found.says
    assert "\n" not in found.says
    assert len(found.says) < 1_100


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name cannot be resolved (DNS)"),
        (ConnectionRefusedError(111, "Connect call failed"), "nothing listens there (connection refused)"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 99] x"), "nothing listens there"),
        (ConnectionResetError(104, "reset"), "the connection is closed from there"),
        (TimeoutError(), "it does not answer"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong"), "there is no TLS with it"),
        (ExceptionGroup("all", [OSError(113, "No route")]), "there is no way to this host"),
        (KeyError("x"), "KeyError 'x'"),
    ],
)
def test_errors_of_a_network_are_said_in_words(error: BaseException, words: str) -> None:
    assert network_error_text(error).startswith(words)
    outer = RuntimeError("outer")
    outer.__cause__ = error
    assert network_error_text(outer).startswith("RuntimeError outer" if isinstance(error, KeyError) else words)


def token(**changed: Any) -> Secret:
    told = {
        "iss": "https://login.example.com",
        "aud": ["account", "goldenthread"],
        "sub": "s",
        "exp": 2_000,
        "goldenthread_service": "goldenthread-goals",
        **changed,
    }
    header, body = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "ES256"}, told)
    )
    return Secret(f"{header}.{body}.c2ln")


def wrong(**changed: Any) -> list[token_claims.ClaimProblem]:
    return wrong_with(SETTINGS, changed)


def wrong_with(settings: DatabaseSettings, changed: dict[str, Any]) -> list[token_claims.ClaimProblem]:
    found = token_claims.read_claims(token(**changed))
    assert found is not None
    problems = token_claims.token_problems(token(**changed), found, settings, ["ES256"], now=1_000)
    return problems + token_claims.service_problems(found, settings)


def test_a_token_that_fits_has_nothing_wrong_and_a_slash_at_the_end_of_the_issuer_makes_no_difference() -> None:
    assert wrong() == []


def test_every_claim_that_does_not_fit_is_named_with_its_value_and_its_variable() -> None:
    found = wrong(iss="https://other", aud="account", exp=900, goldenthread_service="ada", azp="goldenthread-goals")
    said = [each.says for each in found]
    assert "its claim `iss` is 'https://other', and GOLDENTHREAD_ISSUER is 'https://login.example.com/'" in said
    assert "its claim `aud` is 'account', without 'goldenthread' (GOLDENTHREAD_AUDIENCE)" in said
    assert "it expired 100 s ago (claim `exp`)" in said
    assert any(
        each.startswith("its claim `goldenthread_service` (GOLDENTHREAD_SERVICE_CLAIM) is 'ada'") for each in said
    )
    assert found[-1].next.startswith("set GOLDENTHREAD_SERVICE_CLAIM to `azp`")


def test_the_claim_that_names_the_client_is_found_also_where_an_issuer_has_a_name_of_its_own() -> None:
    for claim in ("client_id", "cid", "azp", "appid"):
        (found,) = wrong(goldenthread_service=None, **{claim: "goldenthread-goals"})
        assert found.next == f"set GOLDENTHREAD_SERVICE_CLAIM to `{claim}`, where it names the client"


def test_a_token_of_version_1_of_entra_id_is_told_from_that_of_another_issuer() -> None:
    found = wrong(iss="https://sts.windows.net/72f988bf/")
    assert "requestedAccessTokenVersion to 2" in found[0].next


def test_a_signature_that_our_processes_do_not_take_is_named() -> None:
    assert token_claims.token_problems(token(), {}, SETTINGS, ["RS256", "PS256"], now=1_000)[-1] == (
        "it is signed with 'ES256', which our processes do not take",
        "have the issuer sign this client's tokens with one of RS256, PS256",
    )


def test_an_issuer_that_says_no_time_is_unknown_and_one_whose_clock_differs_is_named() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    said = {}
    for seconds in (None, 0, 31, -31):
        findings = CheckFindings("issuer")
        compare_clocks(None if seconds is None else now + timedelta(seconds=seconds), now, findings)
        (said[seconds],) = findings.found
    assert [said[each].state for each in (None, 0)] == [FindingState.UNKNOWN, FindingState.FINE]
    assert "31 s behind the issuer's" in said[31].says
    assert "31 s ahead of the issuer's" in said[-31].says


@pytest.mark.parametrize(
    ("error", "next"),
    [
        ("invalid_client", "GOLDENTHREAD_SERVICE_CLIENT_SECRET are as the issuer has them"),
        ("unauthorized_client", "allows this client the grant client_credentials"),
        ("invalid_scope", "set GOLDENTHREAD_SERVICE_SCOPE to a scope"),
        ("invalid_dpop_proof", "without DPoP"),
        ("", "see that GOLDENTHREAD_SERVICE_CLIENT_ID and"),
    ],
)
def test_what_to_do_follows_from_the_error_of_the_issuer(error: str, next: str) -> None:
    assert next in advice(error)


def test_a_token_is_compared_with_the_issuer_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text(
        '[[issuers]]\nissuer = "https://a"\norganization = "org_a"\n'
        '[[issuers]]\nissuer = "https://b"\norganization = "org_b"\naudience = "b"\n'
    )
    several = structs.replace(SETTINGS, issuer="", issuers_file=issuers_file.read(str(file)))

    def says(**changed: Any) -> list[str]:
        return [each.says for each in wrong_with(several, changed)]

    assert says(iss="https://a/") == []
    assert says(iss="https://b") == [
        f"its claim `aud` is ['account', 'goldenthread'], without 'b' (audience of issuers[2] of {file})",
        "its issuer https://b does not vouch for services",
    ]
    for other in ("https://c", ["https://a"], None):
        (said,) = says(iss=other)
        assert said.startswith("its claim `iss` is ")
        assert f"issuer of issuers[1] of {file} is 'https://a'" in said


@pytest.mark.parametrize("text", ["opaque", "a.b", "a.!!.c", "a.bnVsbA.c", ""])
def test_a_token_that_is_no_jwt_has_no_claims(text: str) -> None:
    assert token_claims.read_claims(Secret(text)) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(3 * 86_400, "3 days"), (7_300, "2 hours"), (-5, "0 s"), (119, "119 s")]
)
def test_times_are_said_in_few_words(seconds: float, words: str) -> None:
    assert token_claims.duration_text(seconds) == words


def server(**changed: Any) -> ServerState:
    told: dict[str, Any] = {
        "number": 180_000,
        "version": "18.0",
        "read_only": False,
        "most": 97,
        "used": 40,
        "role_most": None,
    }
    told |= {"role_used": 20, "database_most": None, "database_used": 20, "own_backend": True}
    return ServerState(**(told | changed))


def states(found: ServerState) -> dict[str, FindingState]:
    findings = CheckFindings("database")
    report_server(found, SETTINGS, "GOLDENTHREAD_DATABASE_URL", "PostgreSQL", findings)
    return {each.check: each.state for each in findings.found}


def test_an_old_or_read_only_server_is_a_problem_and_few_connections_a_warning() -> None:
    assert states(server()) == {"database": FindingState.FINE, "database connections": FindingState.FINE}
    assert states(server(number=150_004))["database"] is FindingState.PROBLEM
    assert states(server(read_only=True))["database"] is FindingState.PROBLEM
    assert states(server(used=95))["database connections"] is FindingState.WARNING
    assert server(role_most=22).left == 2
    assert server(database_most=19).left == 0


@pytest.mark.parametrize(("shared", "state"), [(True, FindingState.PROBLEM), (False, FindingState.WARNING)])
def test_a_pooler_is_named(shared: bool, state: FindingState) -> None:
    findings = CheckFindings("database")
    report_pooler(findings, shared=shared)
    (found,) = findings.found
    assert found.state is state
    assert "session mode" in found.next


def test_what_a_user_lacks_is_named() -> None:
    rights = UserRights(user="ada", schema="public", creates=False, tables=2, closed=[])
    assert missing_rights(rights, migrates=False) is None
    assert "may not create tables in schema 'public'" in str(missing_rights(rights, migrates=True))
    assert "a, b, c and 1 more" in str(
        missing_rights(UserRights("ada", "public", True, 4, ["a", "b", "c", "d"]), migrates=False)
    )
    assert "no schema" in str(missing_rights(UserRights("ada", None, False, 0, []), migrates=False))


def test_a_password_that_an_error_quotes_is_not_shown() -> None:
    says, next = connection_problem(ValueError("invalid dsn: ada:hidden@db"), SETTINGS, "GOLDENTHREAD_DATABASE_URL")
    assert "hidden" not in says + next
    assert "GOLDENTHREAD_DATABASE_URL" in next


def test_a_broker_that_takes_tls_for_a_request_and_hangs_up_is_told_from_one_that_is_away() -> None:
    hung_up, away = (
        broker_errors.connection_problem(error, SETTINGS) for error in (ConnectionResetError(), TimeoutError())
    )
    assert "ends the connection" in hung_up[0]
    assert "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL (PLAINTEXT)" in hung_up[1]
    assert "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL" not in away[1]


def test_addresses_of_ipv6_have_brackets() -> None:
    assert (address_text(("::1", 9092)), address_text(("kafka", 9092))) == ("[::1]:9092", "kafka:9092")
