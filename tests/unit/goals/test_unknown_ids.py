"""Every id in every command: one that is not known is NOT_FOUND, one of another kind INVALID; neither is ignored."""

from __future__ import annotations

import re
from inspect import get_annotations
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.everything import Everything

BY_ROW = {c.ImportPlan}
"""Decided with its plan, beside the table of rules."""


def id_fields(kind: type) -> dict[str, bool]:
    """The fields of a command that hold ids, in snake_case, and whether they hold many."""
    notes = {name: str(note) for each in kind.__mro__ for name, note in get_annotations(each).items()}
    return {name: "list" in note for name, note in notes.items() if re.search(r"\bId\b", note)}


@pytest.fixture(scope="module")
def all_of_it() -> Everything:
    return Everything()


def test_there_is_an_example_of_every_command_with_an_id_that_names_every_one(all_of_it: Everything) -> None:
    wanted = {(kind, name) for kind in get_args(c.AnyCommand) if kind not in BY_ROW for name in id_fields(kind)}
    named = {
        (type(each), name) for each in all_of_it.examples() for name in id_fields(type(each)) if getattr(each, name)
    }
    assert wanted <= named


@pytest.mark.parametrize("number", range(len(Everything().examples())))
def test_an_id_that_is_not_known_or_of_another_kind_is_refused_with_its_path(
    all_of_it: Everything, number: int
) -> None:
    example: Any = all_of_it.examples()[number]
    assert all_of_it.do(example, dry_run=True).ids
    names = dict(zip(type(example).__struct_fields__, type(example).__struct_encode_fields__, strict=True))
    for name, many in id_fields(type(example)).items():
        if not getattr(example, name):
            continue
        other = all_of_it.next if name in ("service_account", "person") else all_of_it.program
        for id, code in (("x", ErrorCode.NOT_FOUND), (other, ErrorCode.INVALID)):
            problem = all_of_it.refused(replace(example, **{name: [id] if many else id}))
            path = [names[name], "0"] if many else [names[name]]
            assert (problem.code, problem.path) == (code, path), (type(example).__name__, name, problem)
