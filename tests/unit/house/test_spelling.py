"""One concept, one spelling: `organization`, in names, files and texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.house.source import ROOT

TEXTS = {".py", ".md", ".toml", ".yaml", ".svg", ".graphql", ".js", ".html"}
"""What is checked. Not `.sql`: a migration that ran never changes."""
FOLDERS = ("benchmarks", "deploy", "docs", "gateway", "goldenthread", "services", "tests")
_BRITISH = re.compile(r"organis(?!chen)", re.IGNORECASE)
MEANT = {
    "tests/unit/house/test_spelling.py": "this rule",
    "tests/contract/surface/changes.py": "lines that had the other spelling",
    "goldenthread/exchange/tables/headings.py": "headings that sheets have, in either spelling and in German",
}
"""Files in which the other spelling is meant, and why."""


def _files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    return [*ROOT.glob("*.md"), *(path for path in found if "vendor" not in path.parts)]


@pytest.mark.parametrize("folder", ["", *FOLDERS])
def test_organization_is_spelled_as_in_the_api(folder: str) -> None:
    files = {path.relative_to(ROOT).as_posix(): path for path in _files()}
    mine = {name: path for name, path in files.items() if name.partition("/")[0] == (folder or name)}
    assert mine
    found = [name for name, path in mine.items() if _BRITISH.search(name) or _BRITISH.search(path.read_text("utf-8"))]
    assert [name for name in found if name not in MEANT] == []
