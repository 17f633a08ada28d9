"""A file that a page, a docstring or a comment names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.house.source import ALL, ROOT

_FILE = re.compile(r"`([\w./-]*\w\.(?:py|md|toml|yaml|sql|svg|graphql))(?:::\w+)?`")
EXAMPLE = "NNNN_"
"""How the name of a file begins that stands for any."""
FILES = [path for folder in (*ALL, "deploy", "docs") for path in (ROOT / folder).rglob("*") if path.is_file()]
NAMES = {path.name for path in (*FILES, *ROOT.iterdir())}
PATHS = {path.relative_to(ROOT).as_posix() for path in FILES}


def _is_there(name: str, mentioned_in: Path) -> bool:
    """Whether `name` is a path from the root, from beside the page, the end of one, or the bare name of a file."""
    if "/" not in name:
        return name in NAMES or name.startswith(EXAMPLE)
    return (mentioned_in.parent / name).exists() or any(f"/{path}".endswith(f"/{name.lstrip('./')}") for path in PATHS)


@pytest.mark.parametrize("folder", ["", *ALL, "deploy", "docs"])
def test_every_file_that_is_named_is_there(folder: str) -> None:
    paths = ROOT.glob("*.md") if not folder else (path for path in FILES if path.is_relative_to(ROOT / folder))
    pages = [path for path in paths if path.suffix in {".py", ".md"} and "vendor" not in path.parts]
    assert pages
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in pages
        for name in _FILE.findall(page.read_text("utf-8"))
        if not _is_there(name, page)
    ]
    assert missing == []
