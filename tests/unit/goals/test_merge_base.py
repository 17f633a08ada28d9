"""What is remembered of a text of a file, and when another text says the same."""

from __future__ import annotations

import pytest

from services.goals.domain.merge_base import LONGEST, BaseCell, short


@pytest.mark.parametrize("sign", ["x", "é"])
def test_a_text_is_remembered_as_it_is_and_a_long_one_by_its_length_and_a_digest(sign: str) -> None:
    for length in (0, 1, LONGEST - 1, LONGEST):
        assert short(sign * length) == sign * length
    long = short(sign * (LONGEST + 1))
    assert (long.startswith("sha256:"), long.endswith(f":{LONGEST + 1}")) == (True, True)
    assert sign * 5 not in long
    assert long != short(sign * LONGEST + "y")


@pytest.mark.parametrize("length", [1, LONGEST // 2 + 1, LONGEST, LONGEST + 1])
def test_accents_that_are_signs_of_their_own_make_no_other_text(length: int) -> None:
    assert short("e\u0301" * length) == short("é" * length)


@pytest.mark.parametrize(
    ("remembered", "value", "text", "same"),
    [
        (BaseCell("unit_1", "Ops"), "unit_1", "Ops", True),
        (BaseCell("unit_1", "Ops"), "unit_1", "ops", False),
        (BaseCell("unit_1", "Ops"), "unit_2", "Ops", False),
        (BaseCell("unit_1", "Ops"), "unit_1", None, False),
        (BaseCell("unit_1", "Ops"), "unit_1", "unit_1", False),
        (BaseCell("Sell"), "Sell", None, True),
        (BaseCell("Sell"), "Sell", "Sell", True),
        (BaseCell("Sell"), "Sell", "sell", False),
        (BaseCell("Sell"), "Ship", "Sell", False),
    ],
)
def test_a_cell_says_the_same_with_the_same_value_and_the_same_text(
    remembered: BaseCell, value: str, text: str | None, same: bool
) -> None:
    assert remembered.says(value, text) is same
