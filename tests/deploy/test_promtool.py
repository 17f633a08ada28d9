"""Rules against promtool: they parse, they fire and stay quiet as their tests say, and the tests notice mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.alert_rules import WrittenRule, alerts, files, written_rules
from tests.deploy.planted.alerts import mistakes
from tests.deploy.promtool import TESTS, cases_of, passing, promtool

pytestmark = pytest.mark.prometheus


@pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
def test_it_parses(file: Path) -> None:
    code, said = promtool("check", "rules", file)
    assert code == 0, said


@pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
def test_it_fires_and_stays_quiet_as_its_tests_say(file: Path) -> None:
    code, said = promtool("test", "rules", TESTS / file.name)
    assert code == 0, said


@pytest.mark.parametrize("alert", alerts(), ids=str)
def test_the_tests_of_an_alert_notice_mistakes(alert: WrittenRule, tmp_path: Path) -> None:
    rules = [*(each for each in written_rules() if each.record and each.record in alert.expression), alert]
    planted = list(mistakes(rules))
    variants = [[each.body for each in rules], *(each.rules for each in planted)]
    right, *wrong = passing(variants, cases_of(alert), tmp_path)
    assert right
    missed = [each.name for each, passes in zip(planted, wrong, strict=True) if passes]
    assert not missed, f"no test of {alert} fails for {missed}"
