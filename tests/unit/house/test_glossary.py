"""docs/glossary.md: every term leads to the file that defines it."""

from __future__ import annotations

import re

import pytest

from tests.unit.house.source import ROOT

PAGE = ROOT / "docs" / "glossary.md"
_ROW = re.compile(r"\| (?P<term>[^|]+) \| (?P<meaning>[^|]+) \| \[[^]]+\]\((?P<file>[^)]+)\) \|")
ROWS = [match.groups() for match in map(_ROW.fullmatch, PAGE.read_text("utf-8").splitlines()) if match is not None]


def test_every_row_of_the_page_is_read_and_it_is_one_screen() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert len(ROWS) == sum(line.startswith("| ") for line in lines) - 2
    assert len(lines) <= 60


@pytest.mark.parametrize(("term", "meaning", "file"), ROWS, ids=[row[0] for row in ROWS])
def test_the_file_of_a_term_has_the_names_that_the_row_gives(term: str, meaning: str, file: str) -> None:
    text = (PAGE.parent / file).read_text("utf-8")
    assert [name for name in re.findall(r"`([A-Z]\w+)`", term + meaning) if not re.search(rf"\b{name}\b", text)] == []


def test_no_term_is_there_twice() -> None:
    terms = [part.strip() for term, _, _ in ROWS for part in re.sub(r"`\w+`", "", term).split(",")]
    assert len(terms) == len(set(terms))
