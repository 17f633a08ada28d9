"""Logins are given only at issuers whose tokens are trusted: with another one nobody could sign in."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.world import Acme

HERE, TYPO = "https://issuer.example", "https://isuer.example"


@pytest.fixture
def acme() -> Acme:
    acme = Acme()
    acme.issuers = frozenset({HERE})
    return acme


@pytest.mark.parametrize("kind", [c.AddPerson, c.CreateServiceAccount])
def test_nobody_is_added_with_a_login_that_nobody_can_sign_in_with(acme: Acme, kind: Any) -> None:
    problem = acme.refused(kind(name="N", subject="n", issuer=TYPO))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["issuer"])
    assert "Correct the issuer's name" in problem.message
    assert acme.do(kind(name="N", subject="n", issuer=f"{HERE}/"), dry_run=True).ids
    assert acme.do(kind(name="N", subject="n"), dry_run=True).ids


def test_an_administrator_locks_nobody_out_with_a_login_of_an_issuer_that_is_not_trusted(acme: Acme) -> None:
    for person in (acme.viewer, acme.boss):
        problem = acme.refused(c.UpdatePerson(person=person, issuer=TYPO))
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["issuer"])


def test_whose_issuer_is_not_trusted_any_more_can_be_renamed_and_given_a_login_of_one_that_is(acme: Acme) -> None:
    acme.issuers = frozenset({"https://new.example"})
    acme.do(c.UpdatePerson(person=acme.viewer, name="Vera", issuer=HERE))
    acme.do(c.UpdatePerson(person=acme.viewer, issuer="https://new.example"))
    assert acme.names[acme.viewer].issuer == "https://new.example"


def test_who_may_give_no_logins_is_not_told_which_issuers_are_trusted(acme: Acme) -> None:
    roles = [RoleGrant(R.MEMBER, acme.sales)]
    for issuer in (HERE, TYPO):
        for kind in (c.AddPerson, c.CreateServiceAccount):
            problem = acme.refused(kind(name="N", subject="n", issuer=issuer, roles=roles), acme.web_member)
            assert problem.code is ErrorCode.FORBIDDEN
