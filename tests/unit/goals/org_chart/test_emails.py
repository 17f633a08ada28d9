"""What is an e-mail address, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts import commands as c
from goldenthread.contracts.errors import ErrorCode, Refused
from services.goals.domain.org_chart.emails import MOST, email
from tests.unit.goals.world import Acme

LONGEST = "b" * 64 + "@" + ".".join(["x" * 60] * 3) + ".museum"
"""As many octets as an address may have."""
ADDRESSES = [
    "bo@example.org", "o'brien+lists@mail.example.co.uk", "jörg@müller.example", "用户@例え.jp", "नाम@example.org",
    "bo@xn--mller-kva.example", "bo@MÜLLER.example", "bo@10.example", "BO@EXAMPLE.ORG", "bo@a.b.example.org",
    LONGEST, "a" * 64 + "@example.org", "_@a-1.example",
]  # fmt: skip
NONE = [
    "", "@", "bo", "bo@", "@example.org", "bo@@", "bo@@example.org", "bo@one@example.org", "bo@host", "bo@10.0.0.1",
    "bo@[10.0.0.1]", "bo@example..org", "bo@.example.org", "bo@example.org.", "bo@-example.org", "bo@example-.org",
    "bo@exam_ple.org", "bo@xn--.org", "bo@" + "x" * 64 + ".org", "bo@" + ".".join(["x" * 60] * 5),
    "a" * 65 + "@example.org",
    ".bo@example.org", "bo.@example.org", "b..o@example.org", "b o@example.org", "bo@exam ple.org",
    "Bo <bo@example.org>",
    '"b o"@example.org', "bo@example.org,al@example.org", "bo@example.org\r\nBcc: al@example.org", "bo\n@example.org",
    "bo\x00@example.org", "bo\u200b@example.org", "bo\u2028@example.org", "bo@example.\u202eorg", "b\ud800@example.org",
    f"{LONGEST}s", "é" * 33 + "@example.org", "x" * 10_000_000 + "@example.org", "bo@" + "é" * 5_000_000,
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_taken_as_it_is_written(address: str) -> None:
    assert email(f" {address} \n") == address


@pytest.mark.parametrize("address", NONE, ids=lambda value: ascii(value[:30]))
def test_what_is_no_address_is_refused_at_its_place(address: str) -> None:
    with pytest.raises(Refused) as caught:
        email(address, "email")
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["email"])
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (f"{LONGEST}s", "254 octets"),
        ("b o@example.org", "cannot be seen"),
        ("bo", "one @"),
        ("bo@@example.org", "one @"),
        ("@example.org", "1 to 64 octets before the @"),
        (".bo@example.org", "before the @, or a dot there"),
        ("bo@host", "a domain after the @"),
    ],
    ids=lambda value: value[:30],
)
def test_the_refusal_says_what_is_wrong(address: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        email(address, "email")
    assert reason in caught.value.problems[0].message


@given(st.text())
def test_whatever_is_taken_fits_one_header_line(text: str) -> None:
    try:
        taken = email(text)
    except Refused:
        return
    assert taken.isprintable()
    assert not set(taken) & set(' \r\n<>,;:"()')
    assert len(taken.encode()) <= MOST
    assert taken.count("@") == 1


def test_adding_and_changing_a_person_ask_the_same() -> None:
    acme = Acme()
    for command in (
        c.AddPerson(name="Bo", subject="bo", email="bo@@"),
        c.UpdatePerson(person=acme.viewer, email="bo@@"),
    ):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["email"])
