"""A title is one line that can be seen, a longer text may have lines; an import loses the row, not the file."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.world import Acme

NO_LINE = ["a\nb", "a\tb", "a\x00b", "a\x1bb", "a\u2028b", "\u200b", "\ufeff\u00ad", "\u3164"]
NO_TEXT = ["a\x00b", "a\x1bb", "a\x7fb", "\u200b\n\u200b", "\ufeff"]
LINES: dict[str, Any] = {
    "unit": (lambda a, t: c.CreateUnit(name=t, function=UnitFunction.BUSINESS), "name"),
    "unit again": (lambda a, t: c.UpdateUnit(unit=a.sales, name=t), "name"),
    "person": (lambda a, t: c.AddPerson(name=t, subject="new"), "name"),
    "login": (lambda a, t: c.AddPerson(name="New", subject=t), "subject"),
    "issuer": (lambda a, t: c.AddPerson(name="New", subject="new", issuer=t), "issuer"),
    "account": (lambda a, t: c.CreateServiceAccount(name=t, subject="new"), "name"),
    "cycle": (lambda a, t: c.OpenCycle(name=t, starts_on=a.now.date(), ends_on=a.now.date()), "name"),
    "objective": (lambda a, t: c.CreateObjective(title=t, owners=[a.sales]), "title"),
    "objective again": (lambda a, t: c.UpdateObjective(objective=a.objective(a.sales), title=t), "title"),
    "why": (lambda a, t: c.PublishWhy(title=t, statement="Grow", because="it", audience=[a.sales]), "title"),
    "feedback": (lambda a, t: l.RecordFeedback(source=t, body="Late"), "source"),
    "segment": (lambda a, t: l.RecordFeedback(source="Survey", body="Late", segment=t), "segment"),
    "source": (lambda a, t: c.ImportPlan(source=t, content="Row ID"), "source"),
}
TEXTS: dict[str, Any] = {
    "purpose": (lambda a, t: c.PublishPurpose(statement=t), "statement"),
    "why": (lambda a, t: c.PublishWhy(statement=t, because="it", audience=[a.sales]), "statement"),
    "because": (lambda a, t: c.PublishWhy(statement="Grow", because=t, audience=[a.sales]), "because"),
    "description": (lambda a, t: c.CreateObjective(title="Grow", owners=[a.sales], description=t), "description"),
    "question": (lambda a, t: l.AskQuestion(about=a.purpose, body=t, unit=a.sales), "body"),
    "feedback": (lambda a, t: l.RecordFeedback(source="Survey", body=t), "body"),
}


def commanded(acme: Acme, made: Any, text: str) -> Command:
    command: Command = made[0](acme, text)
    return command


@pytest.mark.parametrize("text", NO_LINE, ids=ascii)
@pytest.mark.parametrize("name", [name for name in LINES if name != "source"])
def test_a_title_is_one_line_that_can_be_seen(name: str, text: str) -> None:
    acme, made = Acme(), LINES[name]
    problem = acme.refused(commanded(acme, made, text))  # type: ignore[arg-type]
    assert (problem.code, problem.path) == (ErrorCode.INVALID, [made[1]])
    assert problem.message.startswith(made[1])


@pytest.mark.parametrize("text", NO_TEXT, ids=ascii)
@pytest.mark.parametrize("made", TEXTS.values(), ids=TEXTS)
def test_a_text_has_no_control_characters(made: Any, text: str) -> None:
    acme = Acme()
    problem = acme.refused(commanded(acme, made, text))  # type: ignore[arg-type]
    assert (problem.code, problem.path) == (ErrorCode.INVALID, [made[1]])


@pytest.mark.parametrize("made", TEXTS.values(), ids=TEXTS)
def test_a_text_keeps_its_lines_and_tabs(made: Any) -> None:
    acme = Acme()
    acme.do(commanded(acme, made, "one\n\n\ttwo"))  # type: ignore[arg-type]
    assert rb"one\n\n\ttwo" in msgspec.json.encode([fact.payload for fact in acme.facts])


def test_a_why_without_a_title_is_called_after_the_first_line_that_can_be_seen() -> None:
    acme = Acme()
    why = acme.id(c.PublishWhy(statement="\u200b\nGrow\tslowly\nand well", because="it", audience=[acme.sales]))
    assert acme.org.whys[why].title == "Grow slowly"


SHEET = "Row ID,Type,Title,Description,Parent,Entity,Time Period,Start Date,End Date\nP,purpose,Be useful,,,,,,\n"


@pytest.mark.parametrize(
    "row",
    [
        "B,objective,bell \x07 inside,,P,,,,",
        "B,objective,\u200b,,P,,,,",
        "B,objective,Fine,,P,Sales \x1b[31m,,,",
        "B,objective,Fine,,P," + "u" * 501 + ",,,",
        "B,objective,Fine,,P,,Q1 \x07,2026-01-01,2026-03-31",
        "B \x07,objective,Fine,,P,,,,",
    ],
    ids=["title", "unseen title", "unit", "long unit", "cycle", "row id"],
)
def test_a_bad_row_of_a_file_is_reported_with_its_line_and_the_others_are_taken(row: str) -> None:
    harness = ImportHarness()
    decision = harness.load(f"{SHEET}{row}\nC,objective,Child,,B,,,,\nO,objective,Good,,P,,,,\n")
    assert decision.report is not None
    assert {each.title for each in harness.org.objectives.values()} == {"Child", "Good"}
    assert any("line 3" in each.row for each in decision.report.skipped)


def test_control_characters_in_a_description_are_left_out_and_that_is_said() -> None:
    harness = ImportHarness()
    decision = harness.load(f"{SHEET}O,objective,Good,one\x0btwo \x1b[31m,P,,,,\n")
    assert harness.row("O").description == "one\ntwo [31m"
    assert decision.report is not None
    assert ["line 3" in each.row and "description" in each.message for each in decision.report.skipped] == [True]
