"""A unit is found by its id or its name."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import FakeGateway, Run
from tests.unit.cli.pages import END


@pytest.mark.parametrize(
    ("named", "said"),
    [((), "no unit is called “Sales”"), (("unit_1", "unit_2"), "give the id: unit_1, unit_2")],
    ids=["none", "two"],
)
def test_a_unit_that_is_not_there_or_not_the_only_one_of_its_name_is_said(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], named: tuple[str, ...], said: str
) -> None:
    gateway.answers = [{"data": {"units": {"nodes": [{"id": id, "name": "Sales"} for id in named], "pageInfo": END}}}]
    assert run("turns", "--unit", "Sales", "--url", gateway.url) == 1
    assert said in capsys.readouterr().err
