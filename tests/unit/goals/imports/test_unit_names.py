"""Which open unit a text means: by its name, by the way to it, or by its id in brackets."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import UnitFunction
from services.goals.domain.imports.unit_names import UnitNames, way_of
from tests.unit.goals.import_harness import ImportHarness


class Units:
    """An organization called Example with the units of these ways, each made with what it is below."""

    def __init__(self, *ways: str) -> None:
        self.harness = ImportHarness()
        self.root = next(iter(self.harness.org.units))
        self.by_way: dict[str, Id] = {}
        for way in ways:
            self.make(way)

    def make(self, way: str) -> Id:
        if way not in self.by_way:
            above, _, name = way.rpartition(" > ")
            parent = self.make(above) if above else self.root
            command = c.CreateUnit(name=name, parent=parent, function=UnitFunction.BUSINESS)
            self.by_way[way] = self.harness.do(command).ids[0]
        return self.by_way[way]

    def names(self) -> UnitNames:
        return UnitNames(self.harness.org)


DEEP = [f"L{at}" for at in range(25)]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (" North / Sales ", ["North", "Sales"]),
        ("North  >  Inner   Sales", ["North", "Inner Sales"]),
        ("R/D", ["R/D"]),
        (" a \n b ", ["a b"]),
        (" / ".join(DEEP[:20]), DEEP[:20]),
        (" / ".join(DEEP[:21]), [" / ".join(DEEP[:21])]),
        ("x" * 11_996 + " / y", ["x" * 11_996, "y"]),
        ("x" * 11_997 + " / y", ["x" * 11_997 + " / y"]),
    ],
    ids=["a way", "blanks", "no blanks", "a name", "20 names", "21 names", "a long way", "too long for a way"],
)
def test_a_way_has_signs_between_blanks_and_twenty_names_at_most(text: str, way: list[str]) -> None:
    assert way_of(text) == way


def test_a_unit_is_known_by_its_name_and_by_every_end_of_the_way_to_it() -> None:
    units = Units("North > Sales > Inner", "South > Sales")
    names, of = units.names(), units.by_way
    assert names.named("NORTH") == names.meant("north") == [of["North"]]
    assert names.named("Sales") == names.meant("sales") == [of["North > Sales"], of["South > Sales"]]
    assert names.meant("North / Sales") == names.at(["north", "SALES"]) == [of["North > Sales"]]
    for text in ("Inner", "Sales / Inner", "North › Sales › Inner", "Example > North > Sales > Inner"):
        assert names.meant(text) == [of["North > Sales > Inner"]]
    for text in ("Inner / Sales", "North / Inner", "Sales / Sales", "West"):
        assert names.meant(text) == []
    assert names.at(["South"]) == [of["South"]]


def test_a_name_with_a_sign_in_it_comes_before_a_way() -> None:
    units = Units("R > D", "R / D")
    assert units.names().meant("r / d") == [units.by_way["R / D"]]
    assert Units("R > D").names().meant("r / d") != []


def test_directly_below_a_unit_is_no_other_of_that_name() -> None:
    units = Units("North > Sales > Inner", "Sales")
    names, of = units.names(), units.by_way
    assert names.below(of["North"], "sales") == of["North > Sales"]
    assert names.below(units.root, "sales") == of["Sales"]
    assert names.below(of["North"], "Inner") is None


def test_of_several_ends_of_ways_the_whole_way_is_meant_and_without_one_all_of_them() -> None:
    units = Units("North > Sales", "West > Example > North > Sales")
    names, of = units.names(), units.by_way
    both = [of["North > Sales"], of["West > Example > North > Sales"]]
    assert sorted(names.at(["North", "Sales"])) == sorted(both)
    assert names.at(["Example", "North", "Sales"]) == both[:1]
    assert names.at(["West", "Example", "North", "Sales"]) == both[1:]


def test_closed_units_are_not_meant_by_anything() -> None:
    units = Units("North > Sales", "South")
    sales = units.by_way["North > Sales"]
    assert units.names().meant(f"any words ({sales})") == [sales]
    units.harness.do(c.CloseUnit(unit=sales, successor=units.by_way["South"]))
    names = units.names()
    for text in ("Sales", "North / Sales", f"any words ({sales})", "any words (unit_gone)", f"({sales}) after"):
        assert names.meant(text) == []
    assert names.below(units.by_way["North"], "Sales") is None


def test_an_id_in_brackets_is_read_at_the_end_of_a_text_of_any_length() -> None:
    units = Units("Sales")
    assert units.names().meant("x" * 500 + f" ({units.by_way['Sales']})") == [units.by_way["Sales"]]


def test_texts_that_mean_no_unit_or_several_are_left_out() -> None:
    units = Units("North > Sales", "South > Sales")
    found = units.names().only(["Sales", "South", "SOUTH / sales", "West"])
    assert found == {"south": units.by_way["South"], "south / sales": units.by_way["South > Sales"]}


@pytest.mark.parametrize("looked_up", [False, True])
def test_a_unit_that_is_new_is_known_from_then_on(looked_up: bool) -> None:
    units = Units("North")
    names = units.names()
    if looked_up:
        assert names.meant("North / Sales") == []
    sales = units.make("North > Sales")
    names.add(sales)
    assert names.meant("Sales") == names.meant("North / Sales") == [sales]
    assert names.below(units.by_way["North"], "Sales") == sales


@pytest.mark.parametrize(("number", "more"), [(2, ""), (5, ""), (6, " or 1 more"), (8, " or 3 more")])
def test_a_name_of_several_units_is_refused_with_the_way_to_some_of_them(number: int, more: str) -> None:
    units = Units(*(f"U{at} > Crew" for at in range(number)))
    names = units.names()
    ways = " or ".join(f"“Example / U{at} / Crew”" for at in range(min(number, 5)))
    assert str(names.several("Crew", names.named("Crew"))) == f"The unit “Crew” may be {ways}{more}; write which one."
    assert f"“{'x' * 60}”" in str(names.several("x" * 70, names.named("Crew")))


def test_of_a_unit_that_is_very_deep_the_last_twenty_names_are_its_way() -> None:
    units = Units(" > ".join(DEEP))
    names, last = units.names(), units.by_way[" > ".join(DEEP)]
    assert names.path(last) == " / ".join(DEEP[-20:])
    assert names.at(DEEP[-20:]) == [last]
    assert names.at(DEEP[-21:]) == []
