"""`token`: whose login a token can be made for on one machine."""

from __future__ import annotations

import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.instance.token import subject_at
from goldenthread.contracts.read_api import NO_LOGIN, PersonName

LOCAL = "http://127.0.0.1:1"


def named(issuer: str) -> PersonName:
    return PersonName(id="person_ana", name="Ana", email=None, issuer=issuer, subject="ana")


def test_a_token_is_made_for_a_login_of_this_machine_and_for_no_other() -> None:
    assert subject_at(LOCAL, named(LOCAL)) == "ana"
    with pytest.raises(CommandError, match=r"Ana signs in at https://login\.example"):
        subject_at(LOCAL, named("https://login.example"))


def test_who_was_invited_is_told_to_claim_the_invitation_and_no_name_of_ours_is_shown() -> None:
    with pytest.raises(CommandError, match="claim the invitation") as refused:
        subject_at(LOCAL, named(NO_LOGIN))
    assert NO_LOGIN not in str(refused.value)
