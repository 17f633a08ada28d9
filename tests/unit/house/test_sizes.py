"""Files and functions stay short enough to be read in one go."""

from __future__ import annotations

import pytest

from tests.unit.house.source import ALL, Module, functions, modules

FILE_LINES = 400
FUNCTION_LINES = 60


@pytest.mark.parametrize("folder", ALL)
def test_no_file_is_longer_than_the_hard_limit(folder: str) -> None:
    assert {each.path: lines for each in modules((folder,)) if (lines := each.text.count("\n")) > FILE_LINES} == {}


@pytest.mark.parametrize("folder", ALL)
def test_no_function_is_longer_than_the_hard_limit(folder: str) -> None:
    assert [name for each in modules((folder,)) for name in _long(each)] == []


def _long(module: Module) -> list[str]:
    lengths = ((each.name, (each.end_lineno or each.lineno) - each.lineno + 1) for each in functions(module.tree))
    return [f"{module.path}: {name} has {lines} lines" for name, lines in lengths if lines > FUNCTION_LINES]
