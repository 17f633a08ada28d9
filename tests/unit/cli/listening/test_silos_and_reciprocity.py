"""How reciprocity and silos are drawn."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from goldenthread.cli.listening.reciprocity import balance_matrix, pair_table

COUNTS = dict.fromkeys(
    (
        "whysTold", "whysAnswered", "questionsAsked", "questionsAnswered", "questionsEscalated", "linksProposed",
        "linksAccepted", "linksDeclined", "promisesKept", "promisesBroken",
    ),
    0,
)  # fmt: skip


def pair(unit: str, other: str, balance: float | None, **more: Any) -> dict[str, Any]:
    sides = {"unit": {"id": f"unit_{unit}", "name": unit}, "other": {"id": f"unit_{other}", "name": other}}
    return {**COUNTS, "medianAnswerHours": None, "balance": balance, **sides, **more}


def drawn(*tables: Any, width: int = 100) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        for table in tables:
            console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_the_matrix_numbers_its_columns_as_its_rows_and_a_point_is_nothing() -> None:
    pairs = [pair("Sales", "Plant", 0.5), pair("Plant", "Sales", 0.5), pair("Plant", "Web", 0.0)]
    pairs.append(pair("Web", "Plant", 0.0))
    assert drawn(*balance_matrix(pairs, 100)) == [
        "           1    2    3",
        "1 Plant    · 0.50 0.00",
        "2 Sales 0.50    ·    ·",
        "3 Web   0.00    ·    ·",
    ]


def test_a_matrix_that_is_too_wide_goes_on_below_and_no_figure_is_cut() -> None:
    names = [f"Unit number {number:02} of a large organization" for number in range(1, 41)]
    pairs = [pair(one, other, 0.25) for one in names for other in names if one != other]
    for width in (60, 80, 120):
        lines = drawn(*balance_matrix(pairs, width), width=width)
        assert max(map(len, lines)) <= width
        heads = [line for line in lines if "Unit" not in line]
        assert " ".join(heads).split() == [str(number) for number in range(1, 41)]
        assert sum(line.count("0.25") for line in lines) == len(pairs)
        assert all(line.split()[0].isdecimal() for line in lines)


def test_in_a_narrow_terminal_the_names_are_folded_and_no_word_or_figure_is_cut() -> None:
    back = {"reciprocity": [pair("Passenger Services", "Sales", 1.0)]}
    narrow = drawn(pair_table("Sales", [pair("Sales", "Passenger Services", 1.0, whysTold=1, back=back)]), width=64)
    assert not any("…" in line for line in narrow)
    assert {"Passenger", "Services", "0", "of", "1", "1.00"} <= set(" ".join(narrow).split())
    assert max(map(len, narrow)) <= 64


def test_a_pair_is_two_lines_one_for_each_direction() -> None:
    back = {"reciprocity": [pair("Plant", "Sales", 1.0, promisesKept=1, promisesBroken=1)]}
    told = pair("Sales", "Plant", 1.0, whysTold=3, whysAnswered=2, medianAnswerHours=10.25, back=back)
    _, _, there, again = drawn(pair_table("Sales", [told]))
    assert there.split() == ["Sales", "→", "Plant", "2", "of", "3", "·", "·", "·", "10.2", "1.00"]
    assert again.split() == ["Plant", "→", "Sales", "·", "·", "·", "1", "of", "2", "·"]
