"""`goldenthread demo --once`, as `make demo ARGS=--once` runs it: a process of its own, read by its output."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from goldenthread.cli.demo import company, dialogues
from goldenthread.launcher import instance_file
from tests.support.running_instance import COMMAND

_PATIENCE = 120.0
ESCAPE = "\x1b"


def demo(data_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "demo", "--once", "--data-dir", str(data_dir), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOLDENTHREAD_")}
    return subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, env=environment, check=False)


@pytest.fixture(scope="module")
def data_dir(place: Path) -> Path:
    """One data dir for all runs: each founds a company of its own in it."""
    return place / "demo"


@pytest.fixture(scope="module")
def shown(data_dir: Path) -> subprocess.CompletedProcess[str]:
    return demo(data_dir)


def test_it_exits_with_0_and_stops_everything(shown: subprocess.CompletedProcess[str], data_dir: Path) -> None:
    assert (shown.returncode, shown.stderr) == (0, "")
    assert instance_file.find(data_dir) is None


def test_it_shows_the_tree_the_thread_the_orphans_and_the_alert(shown: subprocess.CompletedProcess[str]) -> None:
    tree, thread, what_if, retirement, orphans, alert, *_ = scenes(shown.stdout)
    assert "● Nobody in the Merrow valley needs a car to live a full life  purpose" in tree
    assert "◐ A tenth less power for each kilometre  Fleet  UNEXPLAINED" in tree
    for broken in ("LINK_PENDING", "LINK_DECLINED", "NOT_LINKED"):
        assert f"ORPHANED {broken}" in tree
    assert "┃ Our purpose: Nobody in the Merrow valley" in thread
    assert (
        f"“{company.THREAD_READ_ALOUD}” (Data & Forecasting) serves “Platform changes on the phone in ten seconds”: "
        in thread
    )
    assert "Passenger Services promised:" in thread
    assert f"○ {company.THREAD_READ_ALOUD}  Data & Forecasting" in what_if
    assert f"“{company.RETIRED_WHY}” of Passenger Services is RETIRED" in retirement
    assert f"○ {company.THREAD_READ_ALOUD}  Data & Forecasting" in orphans
    assert "● Help points answered by a person  Stations" in orphans
    assert "Passenger Services (Tomas Adeyemi) heard it over the websocket" in alert
    assert "GOAL_ORPHANED  WHY_RETIRED  5 goals" in alert


def test_it_shows_a_doubted_why_carried_down_a_kept_promise_an_answered_customer_and_a_silo_that_heals(
    shown: subprocess.CompletedProcess[str],
) -> None:
    doubt, carried, promise, customer, silo = scenes(shown.stdout)[6:]
    assert f"✗ Train Crew (Jonas Pryce):\n\n┃ {dialogues.FIRST_ANSWERS[-1].statement}" in doubt
    assert f"┃ {dialogues.AMENDED_STATEMENT}" in doubt
    assert "Jonas Pryce settles the question: the why was amended (version 2)." in doubt
    assert "level 0  Merrow Valley Rail says it" in carried
    assert "level 1  ████████████░░░░░░░░░░░░  3/6 answered" in carried
    assert "level 2  ██████████████░░░░░░░░░░  3/5 answered" in carried
    assert carried.index(dialogues.ANSWERS_TO_AMENDED[0].statement) < carried.index(
        dialogues.ANSWERS_TO_AMENDED[3].statement
    )
    assert "Timetable has no part in it, says so, and owes nothing:" in carried
    assert "Kept, says Operations Systems: YES" in promise
    assert "promises kept 1, broken 0; balance 1.00" in promise
    assert f"┃ {dialogues.COMPLAINT}" in customer
    assert f"Passenger Apps (Sam Okoye): acted on.\n\n┃ {dialogues.RESPONSE}" in customer
    assert "Finance is a silo:\n\n┃ UNANSWERED  It owes an answer to a why, since " in silo
    assert "Next step: Passenger Services: answer what Finance asked." in silo
    assert "Finance is a silo no more; alerts resolved: 2." in silo


def test_piped_output_is_plain(shown: subprocess.CompletedProcess[str]) -> None:
    assert ESCAPE not in shown.stdout


def test_json_is_the_data_of_every_document_and_a_second_run_tells_the_same(
    shown: subprocess.CompletedProcess[str], data_dir: Path
) -> None:
    again = demo(data_dir, "--json")
    assert (again.returncode, again.stderr) == (0, "")
    told = json.loads(again.stdout)
    nodes = told["tree"]["goalTree"]["nodes"]
    assert str(len(nodes)) in shown.stdout
    assert states(nodes) == {"ALIGNED": 52, "UNEXPLAINED": 2, "ORPHANED": 4}
    policy = {"linkPolicy": "RECIPROCAL", "alignmentRequired": "WARN"}
    assert told["company"]["organization"]["policy"] == policy
    would, are = told["dryRun"]["retireWhy"]["impact"], told["retired"]["retireWhy"]["impact"]
    assert {each["title"] for each in would["orphaned"]} == {each["title"] for each in are["orphaned"]}
    alert = told["alert"]["alertChanged"]
    assert alert["affected"] == sum(each["__typename"] == "Objective" for each in are["orphaned"]) == 5
    assert alert["id"] in {each["id"] for each in told["alerts"]["alerts"]["nodes"]}


@pytest.mark.parametrize("missing", ["alignment", "notifications"])
def test_without_one_of_its_parts_it_fails_soon_and_says_which(missing: str, data_dir: Path) -> None:
    started = time.monotonic()
    failed = demo(data_dir, "--without", missing)
    assert failed.returncode == 1
    assert missing in failed.stderr
    assert "Traceback" not in failed.stderr
    assert time.monotonic() - started < 60
    assert instance_file.find(data_dir) is None


def scenes(text: str) -> list[str]:
    """The numbered scenes, without what stands before the first."""
    found, at = [], 0
    for number in range(1, 13):
        start = text.find(f"\n{number}  ", at)
        if number > 1:
            found.append(text[at : start if start >= 0 else None])
        if start < 0:
            return found
        at = start
    return found


def states(nodes: list[dict[str, Any]]) -> dict[str, int]:
    found = [node["alignment"]["state"] for node in nodes]
    return {state: found.count(state) for state in set(found)}
