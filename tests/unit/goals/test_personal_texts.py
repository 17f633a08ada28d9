"""A person is found in what files said by name, address and login: as whole words, however they are written."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest

from goldenthread.contracts.read_api import PersonName
from services.goals.erasure.personal_texts import PersonalTexts


def texts(name: str = "Zoë Quixworth", email: str | None = "zq@example.org", subject: str = "zoe.q") -> PersonalTexts:
    return PersonalTexts(PersonName("person_1", name, subject, email, ""))


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Quixworth",
        "ask ZOË  QUIXWORTH, please",
        unicodedata.normalize("NFD", "Zoë Quixworth"),
        "mail:ZQ@example.org.",
        "(zoe.q)",
        '["the plan of Zoë Quixworth"]',
    ],
)
def test_a_text_with_one_of_them_is_found(text: str) -> None:
    assert texts().stand_in(text)


@pytest.mark.parametrize("text", ["", "Zoë", "Quixworth", "zoeXq", "Zoë Quixworthy", "azq@example.org", "zoe.quick"])
def test_a_part_or_a_longer_word_is_none_of_them(text: str) -> None:
    assert not texts().stand_in(text)


@pytest.mark.parametrize("name", ['Bo "the Boat" Berg', "A\\B Berg", "Bo (x) Berg+"])
def test_signs_in_a_name_are_found_also_within_json(name: str) -> None:
    found = texts(name)
    assert found.stand_in(f"by {name} alone")
    assert found.stand_in(msgspec.json.encode({"title": [f"by {name} alone"]}).decode())


def test_a_number_and_a_single_sign_say_nothing_of_a_person() -> None:
    found = texts("B", None, "42")
    assert not found.stand_in('["B", "42", 42]')
