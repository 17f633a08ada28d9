"""A link of a page to another page, a file or a heading leads there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.house.source import PRODUCT, ROOT

_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FOLDERS = (".github", "deploy", "docs", *PRODUCT)


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _problem(page: Path, path: str, anchor: str) -> str | None:
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return f"{page.relative_to(ROOT)}: {path} is not there"
    if anchor and anchor not in _anchors(target):
        return f"{page.relative_to(ROOT)}: {target.name} has no heading #{anchor}"
    return None


@pytest.mark.parametrize("folder", ["", *FOLDERS])
def test_every_link_of_a_page_leads_somewhere(folder: str) -> None:
    pages = sorted((ROOT / folder).rglob("*.md") if folder else ROOT.glob("*.md"))
    assert pages
    links = [(page, *link) for page in pages for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8")))]
    assert [problem for link in links if (problem := _problem(*link))] == []
