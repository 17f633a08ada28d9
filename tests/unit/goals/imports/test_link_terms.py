"""What a file says of links that are here: their terms, and why they are there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import LinkKind
from goldenthread.contracts.plan import PlanParent
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.links import NONE, linked, notes
from tests.unit.goals.imports.plans import O1, V, cells, link_of, load, told, up

# -- terms -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        (PlanParent("W", "it grows us", proposed=True), []),
        (PlanParent("W", "it  grows\nus", proposed=True), []),
        (PlanParent("W", proposed=True), []),
        (PlanParent("W", "another", proposed=True), ["still talked about; it is the parent's turn"]),
        (PlanParent("W", "it grows us"), ["still talked about; it is the parent's turn"]),
    ],
)
def test_a_proposal_is_told_where_the_file_says_something_else(said: PlanParent, outcomes: list[str]) -> None:
    harness = ImportHarness()
    load(harness, replace(O1, parents=[PlanParent("W", "it grows us", proposed=True)]))
    decision = load(harness, replace(O1, parents=[said]))
    assert (notes(decision), set(cells(decision, "O").values())) == (outcomes, {O.LEFT} if outcomes else set())


def test_other_terms_are_left_and_named(harness: ImportHarness) -> None:
    said = replace(O1.parents[0], kind=LinkKind.SUPPORTS, in_return="x" * 61)
    decision = load(harness, replace(O1, parents=[said]))
    kept = f"what is given in return stays nothing (the file says “{'x' * 60}”)"
    assert notes(decision) == [f"its kind stays contributes (the file says supports), {kept}: both sides agreed on it"]
    assert cells(decision, "O") == {f"parent:{harness.row('W').id}": O.LEFT}


def test_a_file_that_never_had_a_because_or_has_no_column_for_it_says_nothing_of_one() -> None:
    harness, head = ImportHarness(), "Row ID,Type,Title,Parent,Because\nW,why,Grow,,\nV,why,Earn,,\n"
    harness.load(head + "O,objective,Sell,W,\n")
    harness.do(c.ReaffirmLinks(links=[link_of(harness).id], because="it pays"))
    assert cells(harness.load(head + "O,objective,Sell,W,\n"), "O") == {}
    linked(harness)
    assert cells(harness.load(head + 'O,objective,Sell,"W\nV",\n'), "O") == {}
    other = ImportHarness()
    load(other)
    assert cells(load(other, replace(O1, parents=[PlanParent("W")])), "O") == {}


def test_a_because_that_the_file_wrote_anew_is_no_change_of_people(harness: ImportHarness) -> None:
    load(harness, replace(O1, parents=[PlanParent("W", "it feeds us")]))
    decision = load(harness, NONE)
    assert (up(harness, "O"), told(decision)) == ([], [])


@pytest.mark.parametrize("stale", [False, True])
def test_a_because_that_a_file_writes_anew_explains_unless_the_file_says_that_it_is_out_of_date(
    harness: ImportHarness, stale: bool
) -> None:
    load(harness, replace(O1, parents=[PlanParent("W", "it feeds us", stale=stale)]))
    assert (link_of(harness).because, harness.org.explained(link_of(harness))) == ("it feeds us", not stale)


# -- whys, which say the because of their first link -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "proposed", "because"),
    [(None, False, "it earns us"), ("of its own", False, "of its own"), (None, True, None)],
)
def test_a_known_why_says_the_because_of_its_first_accepted_link_unless_it_states_its_own(
    harness: ImportHarness, own: str | None, proposed: bool, because: str | None
) -> None:
    said = PlanParent("W", "it earns us", proposed=proposed)
    load(harness, replace(V, parents=[said], because=own))
    assert harness.row("V").because == because


@pytest.mark.parametrize(("own", "because"), [(None, "it pays"), ("of its own", "of its own")])
def test_a_why_follows_the_because_of_its_link_unless_it_states_its_own(
    harness: ImportHarness, own: str | None, because: str
) -> None:
    for each in ("it earns us", "it pays"):
        load(harness, replace(V, parents=[PlanParent("W", each)], because=own))
    assert harness.row("V").because == because
