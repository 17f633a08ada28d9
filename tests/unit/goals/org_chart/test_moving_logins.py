"""Logins move to another issuer: those that nobody has there, each with a fact of its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import PersonUpdated
from goldenthread.contracts.read_api import NO_LOGIN
from goldenthread.contracts.replies import LoginConflict, MovedLogins
from services.goals.domain.decision import LoginMove, LoginMoves
from services.goals.domain.org_chart import moving_logins
from tests.unit.goals.world import Acme

MOVE = c.MoveLogins(from_issuer="https://old.example", to_issuer="https://new.example")


def with_logins(logins: Sequence[tuple[Id, Id | None]], acme: Acme, more: int = 0) -> Acme:
    acme.moves = LoginMoves([LoginMove(who, who, who, holder) for who, holder in logins], len(logins) + more)
    return acme


def test_each_login_that_moves_is_a_fact_without_the_login() -> None:
    acme = Acme()
    program = acme.id(c.CreateServiceAccount(name="P", subject="p"))
    done = with_logins([(acme.viewer, None), (program, None)], acme).do(MOVE)
    people = acme.org.people
    login = [PersonField.LOGIN]
    assert [each.payload for each in done.facts] == [
        PersonUpdated(people[acme.viewer], login),
        PersonUpdated(people[program], login),
    ]
    assert (done.ids, done.logins, done.warnings) == ([acme.viewer, program], MovedLogins(2, 0), [])
    assert done.moved == acme.moves.logins


def test_a_login_that_is_somebody_elses_there_stays_and_is_named() -> None:
    acme = Acme()
    gone = acme.web_member
    acme.do(c.RemovePerson(person=gone))
    done = with_logins([(acme.viewer, gone), (acme.admin, acme.executive), (gone, None)], acme, more=2).do(MOVE)
    assert [each.person for each in done.moved] == [acme.viewer], "who left keeps no login from anybody"
    assert done.logins == MovedLogins(1, 4, [LoginConflict(acme.admin, acme.executive)])


def test_one_command_moves_a_bounded_number_and_says_how_many_are_left() -> None:
    acme = Acme()
    most = moving_logins.MOST
    acme.moves = LoginMoves([LoginMove(acme.viewer, str(each), str(each), None) for each in range(most + 1)], 9_999)
    done = acme.do(MOVE)
    assert (len(done.moved), done.logins) == (most, MovedLogins(most, 9_999 - most))


def test_logins_move_only_to_an_issuer_whose_tokens_are_trusted() -> None:
    """A name with a typing error would lock everybody out, and whoever could move them back as well."""
    acme = Acme()
    with_logins([(acme.viewer, None)], acme)
    acme.issuers = frozenset({"https://old.example", "https://new.exampel"})
    problem = acme.refused(MOVE)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["toIssuer"])
    acme.issuers = frozenset({"https://new.example"})
    assert acme.do(MOVE).logins == MovedLogins(1, 0)


def test_an_administrator_is_warned_that_their_own_login_moves() -> None:
    acme = Acme()
    warnings = with_logins([(acme.boss, None)], acme).do(MOVE, dry_run=True).warnings
    assert [each.path for each in warnings] == [["fromIssuer"]]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (c.MoveLogins(from_issuer="", to_issuer="b"), ["fromIssuer"]),
        (c.MoveLogins(from_issuer="a\x00", to_issuer="b"), ["fromIssuer"]),
        (c.MoveLogins(from_issuer="a", to_issuer=" "), ["toIssuer"]),
        (c.MoveLogins(from_issuer="https://a/", to_issuer="https://a"), ["toIssuer"]),
        (c.MoveLogins(from_issuer=NO_LOGIN, to_issuer="b"), ["fromIssuer"]),
        (c.MoveLogins(from_issuer="a", to_issuer=NO_LOGIN), ["toIssuer"]),
        (
            c.MoveLogins(from_issuer="a", to_issuer="b", subjects=[c.SubjectMove(before="x", after=" ")]),
            ["subjects", "0", "after"],
        ),
        (
            c.MoveLogins(
                from_issuer="a",
                to_issuer="b",
                subjects=[c.SubjectMove(before="x", after="y"), c.SubjectMove(before="z", after="y ")],
            ),
            ["subjects", "1", "after"],
        ),
        (
            c.MoveLogins(
                from_issuer="a",
                to_issuer="b",
                subjects=[c.SubjectMove(before="x", after="y"), c.SubjectMove(before=" x", after="z")],
            ),
            ["subjects", "1", "before"],
        ),
        (
            c.MoveLogins(
                from_issuer="a",
                to_issuer="b",
                subjects=[c.SubjectMove(before=str(n), after=str(n)) for n in range(moving_logins.MOST + 1)],
            ),
            ["subjects"],
        ),
    ],
)
def test_what_is_no_move_is_refused_and_says_where(command: c.MoveLogins, path: list[str]) -> None:
    problem = Acme().refused(command)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, path)
