"""Sheets as people and other programs write them, from their bytes to the goals that come of them."""

from __future__ import annotations

import pytest

from goldenthread import exchange
from goldenthread.contracts.entities import KeyResult, Objective
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.organization.measured_progress import of_key_result
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness, report

HEADER = "Row ID,Type,Title,Parent,Team\nP,purpose,Bread for the whole street,,Bakery\n"
MEASURED = "Row ID,Type,Title,Parent,Team,Start Value,Target Value,Current Value\nP,purpose,Bread,,Bakery,,,\n"


def brought(text: str | bytes) -> tuple[ImportHarness, Decision]:
    """An empty organization after a file was imported into it."""
    harness = ImportHarness()
    return harness, harness.imports(exchange.read(text))


def told(decision: Decision) -> list[tuple[str, str]]:
    assert decision.report is not None
    return [(each.row, each.message) for each in decision.report.skipped]


def titles(harness: ImportHarness) -> list[str]:
    return [each.title for each in harness.org.objectives.values()]


def goal(harness: ImportHarness, title: str) -> Objective:
    return next(each for each in harness.org.objectives.values() if each.title == title)


def measure(harness: ImportHarness, title: str) -> KeyResult:
    return next(each for each in harness.org.key_results.values() if each.title == title)


def parents(harness: ImportHarness, row: str) -> list[str]:
    return [
        str(getattr(harness.org.node(each.parent), "title", None)) for each in harness.org.parents(harness.row(row).id)
    ]


def home(harness: ImportHarness, format: PlanFormat) -> Plan:
    """What a reader takes from the file as it is written again."""
    plan = exchange.read(
        "Row ID,Type,Title,Description\n" + "".join(_line(each) for each in harness.org.objectives.values())
    )
    return exchange.read(exchange.write(plan, format), format)


def _line(each: Objective) -> str:
    cells = (each.source_key or "", "objective", each.title, each.description or "")
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


# -- texts -------------------------------------------------------------------------------------------------------------

MARKUP = [
    "<i>Warm</i> bread &lt; 10 min",
    "<img src=x onerror=alert(2)>",
    "# No heading, *no* list, [no](javascript:void) link",
    "{{7*7}} ${HOME} %s",
    "_x000A_ is what a program wrote",
    "&nbsp;&#39;rolls&#39;",
]
LETTERS = [
    "לחם טרי בכל בוקר",
    "خبز طازج ٢٤ ساعة",
    "パンを朝までに焼く",
    "ขนมปังอุ่น",
    "Žito, çavdar, ζύμη, рожь",
    "👨🏿‍🍳 and 🇵🇹 ovens",
    "o\u0302\u0323\u0301 piled",
    "ﬂour",
    "\u202bright to left\u202c",
    "Iğdır and İzmir",
]


@pytest.mark.parametrize("text", [*MARKUP, *LETTERS], ids=ascii)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_kept_to_the_character_and_comes_home_the_same(text: str, encoding: str) -> None:
    cell = '"' + text.replace('"', '""') + '"'
    sheet = f"Row ID,Type,Title,Description\nA,objective,{cell},{cell}\n"
    harness, decision = brought(sheet.encode(encoding))
    assert (titles(harness), harness.row("A").description, told(decision)) == ([text], text, [])
    for format in PlanFormat:
        (row,) = home(harness, format).rows
        assert (row.title, row.description) == (text, text), format


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r", "\v"], ids=repr)
def test_lines_of_a_cell_are_kept_and_a_title_is_one_line_whatever_ends_them(ends: str, inside: str) -> None:
    cell = f"Knead{inside}all night"
    says = inside.join(["Flour,", "", "water", "and salt"])
    rows = [
        "Row ID,Type,Title,Description,Parent,Team",
        "P,purpose,Bread,,,Bakery",
        "W,why,Crust,,P,Bakery",
        "V,why,Crumb,,P,Bakery",
        f'A,objective,"{cell}","{says}","W{inside}V","Ovens{inside}Shop"',
        "B,objective,After it,,W,Shop",
    ]
    harness, decision = brought((ends.join(rows) + ends).encode())
    assert told(decision) == []
    assert (titles(harness), harness.row("A").description) == (
        ["Knead all night", "After it"],
        "Flour,\n\nwater\nand salt",
    )
    assert parents(harness, "A") == ["Crust", "Crumb"]
    assert [harness.org.units[each].name for each in harness.row("A").owners] == ["Ovens", "Shop"]


@pytest.mark.parametrize("name", ["Example", " EXAMPLE ", "example", "Exa\u00ad"])
def test_the_organization_is_its_root_unit_however_its_name_is_written(name: str) -> None:
    harness, _ = brought(f"{HEADER}A,objective,a,P,{name}\nB,objective,b,P,Example / Shop\n")
    (owner,) = harness.row("A").owners
    is_root = owner == next(unit.id for unit in harness.org.units.values() if unit.parent is None)
    assert is_root == (name != "Exa\u00ad")
    (shop,) = harness.row("B").owners
    assert harness.org.units[shop].name == "Shop"


@pytest.mark.parametrize("nothing", ["\u200b", "\u00ad\u2060", "\u3164", "\u2800\u00a0", '"\t"'], ids=ascii)
def test_a_title_of_which_nothing_is_seen_costs_its_row(nothing: str) -> None:
    harness, decision = brought(f"{HEADER}A,objective,{nothing},P,Ovens\nB,objective,Seen,P,Ovens\n")
    assert titles(harness) == ["Seen"]
    assert [row.partition(" (")[0] for row, _ in told(decision)] == ["line 3"]


def test_every_text_that_is_too_long_costs_its_row_and_no_other() -> None:
    header = "Row ID,Type,Title,Description,Parent,Entity,Because,Time Period,Measure Unit,Target Value\n"
    rows = [
        "P,purpose,Bread,,,Bakery,,,,",
        f"A,objective,{'t' * 501},,P,Ovens,,,,",
        f"B,objective,b,{'d' * 10_001},P,Ovens,,,,",
        f"C,objective,c,,P,{'u' * 501},,,,",
        f"{'i' * 501},objective,d,,P,Ovens,,,,",
        f"E,objective,e,,P,Ovens,,{'c' * 501},,",
        f"F,key_result,f,,Z,Ovens,,,{'m' * 501},5",
        f"G,objective,{'x' * 140_000},,P,Ovens,,,,",
        f"Y,objective,y,,P,Ovens,{'b' * 10_001},,,",
        f"Z,objective,{'z' * 500},{'d' * 10_000},P,Ovens,{'b' * 10_000},,,",
    ]
    harness, decision = brought(header + "\n".join(rows) + "\n")
    assert {each[:1] for each in titles(harness)} == {"y", "z"}
    lost = [row for row, message in told(decision) if "at most" in message or "more than" in message]
    assert sorted(int(row.split()[1]) for row in lost) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert parents(harness, "Y") == [], "a because that is too long costs its link"
    assert parents(harness, "Z") == ["Bread"]


# -- rows --------------------------------------------------------------------------------------------------------------


def test_thousands_of_blank_rows_are_nothing_and_a_total_is_told_once() -> None:
    blank = ",,,,\n" * 2_500
    text = f"{HEADER}A,objective,Bake,P,Ovens\n{blank}Grand total,,,,\n{blank}B,objective,Sell,P,Shop\n{blank}"
    harness, decision = brought(text)
    assert titles(harness) == ["Bake", "Sell"]
    assert told(decision) == [("line 2504", "not taken: “Grand total” is a total, and no goal")]


def test_without_a_purpose_rows_hang_on_each_other_and_the_top_is_told_by_its_verdict() -> None:
    harness, decision = brought(
        "Row ID,Type,Title,Parent,Team\nA,objective,a,,Ovens\nB,objective,b,A,Shop\nK,KR,k,B,Shop\n"
    )
    assert told(decision) == []
    assert (parents(harness, "B"), harness.org.purpose) == (["a"], None)
    for row in "AB":
        verdict = harness.verdict(row)
        assert (verdict.state, verdict.cause, verdict.broken_at) == (
            AlignmentState.ORPHANED,
            OrphanCause.NOT_LINKED,
            harness.row("A").id,
        )


def test_of_two_purposes_the_first_is_it_and_what_to_do_with_the_other_is_told() -> None:
    harness, decision = brought(
        "Row ID,Type,Title,Parent,Team\nV,vision,A street that smells of bread,,B\nM,mission,Bake it,,B\n"
        "A,objective,a,V,Ovens\nB,objective,b,M,Shop\n"
    )
    assert harness.org.purpose is not None
    assert harness.org.purpose.statement == "A street that smells of bread"
    assert (parents(harness, "A"), parents(harness, "B")) == (["A street that smells of bread"], [])
    (second, unlinked) = told(decision)
    assert second == ("line 3", "An organization has one purpose; row V is it. Make this one a why.")
    assert unlinked[0] == "line 5"
    assert "'M', which was not taken" in unlinked[1]


def test_every_odd_parent_costs_its_link_and_is_told_with_its_line() -> None:
    harness, decision = brought(
        HEADER + "A,objective,a,P,Ovens\n"
        "K0,KR,of nothing,,Ovens\n"
        "K1,KR,of the purpose,P,Ovens\n"
        "K2,KR,of a,A,Ovens\n"
        "K3,KR,of a measure,K2,Ovens\n"
        "B,objective,below a lost one,K3,Ovens\n"
        "W,why,below an objective,A,Ovens\n"
        "C,objective,own parent,C,Ovens\n"
        'D,objective,twice,"P\nP",Ovens\n'
        'E,objective,half,"P\nGone",Ovens\n'
        "F,objective,below a measure,K2,Ovens\n"
    )
    assert [each.title for each in harness.org.key_results.values()] == ["of a"]
    purpose = "Bread for the whole street"
    found = {row: parents(harness, row) for row in "ABCDEFW"}
    assert found == {"A": [purpose], "B": [], "C": [], "D": [purpose], "E": [purpose], "F": ["of a"], "W": ["a"]}
    lines = {int(row.split()[1]) for row, _ in told(decision)}
    assert lines == {4, 5, 7, 8, 10, 13}


@pytest.mark.parametrize("way_out", [False, True])
def test_a_loop_through_key_results_is_stored_and_judged_by_whether_there_is_a_way_out(way_out: bool) -> None:
    first = '"K2\nP"' if way_out else "K2"
    harness, decision = brought(
        HEADER + f"A,objective,a,{first},Ovens\nK1,KR,k1,A,Ovens\nB,objective,b,K1,Shop\nK2,KR,k2,B,Shop\n"
        "C,objective,below,B,Shop\n"
    )
    assert told(decision) == []
    states = {harness.verdict(row).state for row in "ABC"}
    assert states == {AlignmentState.UNEXPLAINED if way_out else AlignmentState.ORPHANED}
    causes = {harness.verdict(row).cause for row in "ABC"}
    assert causes == {None if way_out else OrphanCause.LOOP}


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "direction", "progress"),
    [
        ("80,20,50", Direction.DECREASE, 0.5),
        ("20,80,65", Direction.INCREASE, 0.75),
        ("7,7,7", Direction.INCREASE, 1.0),
        ("7,7,9", Direction.INCREASE, None),
        (",0,4", Direction.INCREASE, None),
        (",0,0", Direction.INCREASE, 1.0),
        ("0,8,20", Direction.INCREASE, 1.0),
        ("0,8,-3", Direction.INCREASE, 0.0),
        ("-30,-10,-15", Direction.INCREASE, 0.75),
        ("-10,-30,-15", Direction.DECREASE, 0.25),
        ("0,8,", Direction.INCREASE, 0.0),
        (",8,2", Direction.INCREASE, 0.25),
        ("3,,5", Direction.INCREASE, None),
    ],
)
def test_which_way_a_measure_goes_and_how_far_it_is(cells: str, direction: Direction, progress: float | None) -> None:
    harness, decision = brought(f"{MEASURED}O,objective,o,P,Ovens,,,\nK,key_result,k,O,Ovens,{cells}\n")
    assert told(decision) == []
    found = measure(harness, "k")
    assert (found.direction, of_key_result(found)) == (direction, progress)


@pytest.mark.parametrize(
    ("cells", "progress"),
    [
        ("400;1.600;1.000", 0.5),
        ("2.000;4.000;2.500", 0.25),
        ("1.000.000;3.000.000;2.500.000", 0.75),
        ("0,25;0,75;0,5", 0.5),
        ("1.000,00 €;2.000,00 €;1.750,00 €", 0.75),
    ],
)
def test_numbers_of_a_semicolon_sheet_say_how_far_a_measure_is(cells: str, progress: float) -> None:
    text = MEASURED.replace(",", ";") + f"O;objective;o;P;Ovens;;;\nK;key_result;k;O;Ovens;{cells}\n"
    harness, decision = brought(text)
    assert told(decision) == []
    assert of_key_result(measure(harness, "k")) == progress


# -- again -------------------------------------------------------------------------------------------------------------


def test_a_file_of_many_troubles_again_changes_nothing_and_tells_the_same() -> None:
    text = (
        f"Plan of the bakery;;;;;;;\n;;;;;;;\n{MEASURED}".replace(",", ";")
        + "A;Ziel;Früher backen;Bread;Ovens | Shop;;;\nK;Kennzahl;Laibe;Früher backen;Ovens;1.200;2.400;1.800\n"
        "L;Kennzahl;Anteil;A;Ovens;20%;80%;0,5\nM;Meilenstein;Neuer Ofen;A;Ovens;;;\nSumme;;;;;;;\n;;;;;;;\n"
    ).encode("cp1252")
    harness, first = brought(text)
    assert report(first)[:3] == (4, 0, 0)
    again = harness.imports(exchange.read(text))
    assert again.facts == []
    assert told(again) == told(first)
    assert {row.partition(" (")[0] for row, _ in told(first)} == {"line 7", "line 8", "line 9"}
    assert [harness.org.units[each].name for each in goal(harness, "Früher backen").owners] == ["Ovens", "Shop"]
    assert of_key_result(measure(harness, "Laibe")) == 0.5
