"""Parents as a plan states them: several in one text, what is nearest, and what is said where several may be meant."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import KeyResult, Objective
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanRow, RowType
from goldenthread.exchange.plans.size_limits import count_entries
from services.goals.domain.imports.parent_resolution import outline, resolve
from services.goals.domain.imports.row_matching import match_rows
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import told

WHYS = {"W": "Grow", "V": "Earn", "U": "Learn"}


def why(id: str, title: str) -> PlanRow:
    return PlanRow(id, f"line {id}", RowType.WHY, title)


def goal(*parents: str | PlanParent, id: str = "O", type: RowType = RowType.OBJECTIVE, title: str = "Sell") -> PlanRow:
    stated = [PlanParent(each) if isinstance(each, str) else each for each in parents]
    return PlanRow(id, f"line {id}", type, title, parents=stated)


class Parents(ImportHarness):
    """Three whys, and what a row is linked to."""

    def read(self, *rows: PlanRow, **other: str) -> list[str]:
        """The messages of a file with these rows, after the whys."""
        whys = [] if other else [why(*each) for each in WHYS.items()]
        return told(self.imports(Plan(PlanFormat.JSON, [*whys, *rows]), **other))

    def above(self, title: str = "Sell") -> list[str]:
        """The titles of what a goal is linked to."""
        goals: list[Objective | KeyResult] = [*self.org.objectives.values(), *self.org.key_results.values()]
        (found,) = [each.id for each in goals if each.title == title]
        parents = [self.org.node(link.parent) for link in self.org.parents(found)]
        return [each.title for each in parents if each is not None]


@pytest.fixture
def harness() -> Parents:
    return Parents()


# -- several in one text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "titles", "untold"),
    [
        ("W; V, U", ["Grow", "Earn", "Learn"], []),
        ("W, V", ["Grow", "Earn"], []),
        ("Grow, Earn", ["Grow", "Earn"], []),
        ("W, Nothing", ["Grow"], ["Nothing"]),
        ("Grow, Nothing", [], ["Grow, Nothing"]),
        ("Nothing; Nobody", [], ["Nothing", "Nobody"]),
        ("W;;V", ["Grow", "Earn"], []),
        ("W | V", ["Grow", "Earn"], []),
    ],
)
def test_several_parents_of_one_text_are_told_apart(
    harness: Parents, text: str, titles: list[str], untold: list[str]
) -> None:
    messages = harness.read(goal(text))
    assert harness.above() == titles
    assert [f"not linked to “{each}”" in message for each, message in zip(untold, messages, strict=True)] == [
        True for _ in untold
    ]


def test_what_means_something_as_a_whole_is_not_taken_apart(harness: Parents) -> None:
    assert harness.read(why("X", "W; V"), goal("W; V")) == []
    assert harness.above() == ["W; V"]


@pytest.mark.parametrize(("count", "links"), [(100, 100), (101, 0)])
def test_a_text_names_a_hundred_parents_at_most(harness: Parents, count: int, links: int) -> None:
    whys = [why(f"N{at}", f"T{at}") for at in range(count)]
    messages = harness.read(*whys, goal(";".join(each.row for each in whys)))
    assert (len(harness.above()), len(messages)) == (links, 0 if links else 1)


def test_a_parent_that_is_named_twice_is_linked_for_what_was_said_first(harness: Parents) -> None:
    harness.read(goal(PlanParent("W; Grow; V", "first\nsecond\nthird")))
    (objective,) = harness.org.objectives
    assert [link.because for link in harness.org.parents(objective)] == ["first", "third"]


def test_what_a_key_result_names_beside_its_objective_it_supports_and_others_keep_their_kind(harness: Parents) -> None:
    kinds = [PlanParent("Grow", kind=LinkKind.CONTRIBUTES), PlanParent("Earn", kind=LinkKind.CONTRIBUTES)]
    harness.read(goal(*kinds), goal("Sell", *kinds, id="K", type=RowType.KEY_RESULT, title="Deals"))
    (objective,), (measure,) = harness.org.objectives, harness.org.key_results
    assert [link.kind for link in harness.org.parents(objective)] == [LinkKind.CONTRIBUTES] * 2
    further = [link.kind for link in harness.org.parents(measure) if not link.measure]
    assert further == [LinkKind.SUPPORTS] * 2


# -- what is nearest ---------------------------------------------------------------------------------------------------


def test_an_id_of_the_file_is_meant_before_another_that_is_the_same_number(harness: Parents) -> None:
    messages = harness.read(why("1", "One"), why("1.0", "Same"), goal("1.0", "GONE"))
    assert (harness.above(), len(messages)) == (["Same"], 1)


@pytest.mark.parametrize(("text", "title"), [("w", "Grow"), ("02.0", "Two"), ("01", "Second"), ("1", "First")])
def test_a_row_of_an_earlier_file_is_meant_as_it_was_written_else_however_it_is_written(
    harness: Parents, text: str, title: str
) -> None:
    harness.read(why("1", "First"), why("01", "Second"), why("2", "Two"))
    assert told(harness.imports(Plan(PlanFormat.JSON, [goal(text)]))) == []
    assert harness.above() == [title]


def test_a_purpose_is_meant_by_the_first_line_that_people_wrote(harness: Parents) -> None:
    harness.do(c.PublishPurpose(statement="Be loved\nEvery day"))
    assert harness.read(goal("be loved")) == []
    (objective,) = harness.org.objectives
    assert harness.org.purpose is not None
    assert [link.parent for link in harness.org.parents(objective)] == [harness.org.purpose.id]


def test_only_a_key_result_means_what_can_be_measured(harness: Parents) -> None:
    same = goal("W", title="Same"), goal("O", id="K", type=RowType.KEY_RESULT, title="Same")
    of_file = goal("Same", id="L", type=RowType.KEY_RESULT, title="Deals"), goal("Same", id="Q", title="Ask")
    (message,) = harness.read(*same, *of_file)
    assert "which may be O (line O, “Same”) or K (line K, “Same”); name one." in message
    assert (harness.above("Deals"), harness.above("Ask")) == (["Same"], [])
    again = goal("Same", id="M", type=RowType.KEY_RESULT, title="Calls")
    assert harness.read(again, source="another") == []
    assert harness.above("Calls") == ["Same"]


def test_of_several_key_results_of_a_title_none_is_measured_and_all_are_named(harness: Parents) -> None:
    same = [goal("O", id=id, type=RowType.KEY_RESULT, title="Same") for id in "KL"]
    messages = harness.read(goal("W"), *same, goal("Same", id="M", type=RowType.KEY_RESULT, title="Calls"))
    assert any("which may be K (line K, “Same”) or L (line L, “Same”)" in each for each in messages)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.02.", "1.2"), ("0.1)", "0.1"), ("00", "0"), ("x", None), ("1.x", None), ("", None)],
)
def test_a_number_of_an_outline_has_no_leading_zeros(text: str, number: str | None) -> None:
    assert outline(text) == number


# -- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " or 1 more"), (99, " or 94 more"), (100, " or many more")])
def test_of_many_that_may_be_meant_five_are_named(harness: Parents, count: int, more: str) -> None:
    messages = harness.read(*(why(f"N{at}", "Same") for at in range(count)), goal("Same", title="Same"))
    assert [each.endswith(f"or N4 (line N4, “Same”){more}; name one.") for each in messages] == [True]


def test_a_row_that_names_itself_is_told_and_leaves_its_old_parent(harness: Parents) -> None:
    harness.read(goal("W"))
    assert harness.read(goal("O", "V")) == ["It was not linked to itself."]
    assert harness.above() == ["Earn"]


def test_a_row_of_which_a_parent_is_not_known_keeps_its_links(harness: Parents) -> None:
    harness.read(goal("W"))
    harness.read(goal("V", "GONE"))
    assert harness.above() == ["Grow", "Earn"]


def test_a_file_with_more_links_than_one_may_have_is_refused() -> None:
    harness, rows = ImportHarness(), [why("W", "Grow"), goal("W", "Grow"), replace(goal("W"), row="Q")]
    found = match_rows(harness.org, rows, MergeBase(), "file")
    most = sum(count_entries(row) for row in resolve(harness.org, rows, found, "file", 1000).rows)
    assert most > 1
    assert len(resolve(harness.org, rows, found, "file", most).rows) == len(rows)
    with pytest.raises(Refused):
        resolve(harness.org, rows, found, "file", most - 1)
