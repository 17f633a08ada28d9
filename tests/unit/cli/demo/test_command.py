"""The demo's edges; the demo itself runs in `tests/e2e/instances/test_demo.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.demo import alignment_scenes
from goldenthread.cli.demo.sessions import CompanySessions
from goldenthread.launcher.issuer import Issuer
from tests.unit.cli.conftest import FakeGateway, Run


def test_it_never_begins_on_the_data_of_somebody_elses_organization(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "organization.json").write_text("{}")
    assert run("demo", "--once", "--data-dir", str(tmp_path)) == 1
    assert "give the demo another --data-dir" in capsys.readouterr().err
    assert (tmp_path / "organization.json").read_text() == "{}"


def test_verdicts_that_do_not_come_are_missed(gateway: FakeGateway, tmp_path: Path) -> None:
    late = {"organization": {"revision": 7}, "purpose": {"alignment": {"revision": 3, "upToDate": False}}}
    gateway.answers = [{"data": late}] * 2
    with CompanySessions(gateway.url, Issuer.load(tmp_path, "http://issuer"), "org_1", "admin") as sessions:
        with pytest.raises(CommandError, match=r"revision 7 .*verdicts are at 3.*is alignment running"):
            alignment_scenes.wait_for_verdicts(sessions, patience=0.0)


def test_verdicts_that_are_up_to_date_are_waited_for_no_longer(gateway: FakeGateway, tmp_path: Path) -> None:
    done = {"organization": {"revision": 7}, "purpose": {"alignment": {"revision": 7, "upToDate": True}}}
    gateway.answers = [{"data": done}]
    with CompanySessions(gateway.url, Issuer.load(tmp_path, "http://issuer"), "org_1", "admin") as sessions:
        alignment_scenes.wait_for_verdicts(sessions)
    assert len(gateway.asked) == 1
