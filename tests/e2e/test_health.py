"""Figures through all four processes: a mutation is counted at once, and every day that is over is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.command_line import CommandLine
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

COUNTS = "objectives aligned unexplained pending orphaned"
HEALTH = f"""{{ organization {{ revision health {{ {COUNTS} cascadeCoverage outsideInCoverage medianDepth
        medianAnswerHours }} }} units {{ nodes {{ id name health {{ {COUNTS} cascadeCoverage }} }} }} }}"""
HISTORY = f"""query($since: Date) {{ organization {{ health {{ history(since: $since) {{ on {COUNTS} }} }} }}
    units {{ nodes {{ name health {{ history(since: $since) {{ on {COUNTS} }} }} }} }} }}"""


def counts(health: dict[str, Any]) -> tuple[int, ...]:
    return tuple(health[name] for name in COUNTS.split())


async def health(org: StoryOrganization) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Of the organization, and of its units by name."""
    data = await org.admin.until(HEALTH, lambda _: True)
    return data["organization"]["health"], {each["name"]: each["health"] for each in data["units"]["nodes"]}


async def nights_pass(org: StoryOrganization, nights: int) -> None:
    """The clock of this organization strikes midnight as many times as if it had stood still for so long."""
    connection = await asyncpg.connect(org.up.instance.databases["goals"].reveal())
    try:
        await connection.execute(
            "UPDATE timers SET due_at = due_at - $2::interval WHERE organization = $1 AND kind = 'DAY'",
            org.id,
            timedelta(days=nights),
        )
    finally:
        await connection.close()


async def test_what_a_mutation_changed_is_counted_at_once(org: StoryOrganization) -> None:
    sales, _ = await org.led("Sales", "sam")
    await org.purpose()
    why = await org.why("Grow", audience=[sales])
    assert counts((await health(org))[0]) == (0, 0, 0, 0, 0)
    one = await org.objective("Sell", sales, linkTo={"parent": why, "because": "it grows us"})
    whole, by_unit = await health(org)
    assert counts(whole) == counts(by_unit["Sales"]) == (1, 0, 0, 1, 0)
    assert (whole["cascadeCoverage"], by_unit["Sales"]["cascadeCoverage"], by_unit["Test"]["cascadeCoverage"]) == (
        0, 0, 1,
    )  # fmt: skip
    await org.accept(one)
    whole, by_unit = await health(org)
    assert counts(whole) == counts(by_unit["Sales"]) == (1, 1, 0, 0, 0)
    assert (whole["medianDepth"], whole["outsideInCoverage"], whole["medianAnswerHours"]) == (2, 0, None)
    await org.objective("Rest", sales)
    shown = f"why {{ owners {{ health {{ {COUNTS} }} }} }}"
    await org.admin.do("reviseWhy", shown, {"why": why, "expectedVersion": 1, "statement": "Shrink"})
    assert counts((await health(org))[1]["Sales"]) == (2, 0, 1, 0, 1)
    node = "query($id: ID!) { node(id: $id) { ... on OrgUnit { health { objectives } } } }"
    assert (await org.admin.ask(node, id=sales))["node"] == {"health": {"objectives": 2}}


async def test_an_import_answers_with_the_health_it_leads_to(org: StoryOrganization) -> None:
    rows = (
        "Row ID,Type,Title,Parent,Because",
        "P,purpose,All hear,,",
        "O,objective,Quiet,P,It helps",
        "L,objective,Lone,,",
    )
    input = {"source": "plan", "content": "\n".join(rows), "unit": org.root}
    tried = await org.admin.do("importPlan", f"health {{ {COUNTS} }}", {**input, "dryRun": True})
    assert tried["health"] is None
    done = await org.admin.do("importPlan", f"health {{ {COUNTS} }}", input)
    assert counts(done["health"]) == (2, 1, 0, 0, 1)


async def test_every_day_that_is_over_is_kept_as_it_was(org: StoryOrganization, tmp_path: Path) -> None:
    await org.purpose()
    why = await org.why("Grow")
    await org.objective("Rest", org.root)
    await nights_pass(org, 2)
    two_days = await org.admin.until(HISTORY, lambda d: len(d["organization"]["health"]["history"]) >= 2)
    before = two_days["organization"]["health"]["history"]
    today = datetime.now(UTC).date()
    assert [each["on"] for each in before] == [str(today - timedelta(days=n)) for n in (2, 1)]
    assert {counts(each) for each in before} == {(1, 0, 0, 0, 1)}
    await org.objective("Sell", org.root, linkTo={"parent": why, "because": "it grows us"})
    later = await org.admin.ask(HISTORY, since=str(today - timedelta(days=1)))
    assert later["organization"]["health"]["history"] == before[1:]
    assert {each["name"]: each["health"]["history"] for each in later["units"]["nodes"]} == {"Test": before[1:]}


@pytest.mark.parametrize("since", ["yesterday", "2026-02-30"])
async def test_a_day_that_is_none_is_refused(org: StoryOrganization, since: str) -> None:
    answer = (await org.admin.post(HISTORY, {"since": since})).json()
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"


async def test_health_on_the_command_line_and_the_greeting_with_turns(org: StoryOrganization, tmp_path: Path) -> None:
    settings = {"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}
    command = CommandLine(settings, tmp_path)
    assert (await command()).out.startswith("Test: nobody waits for you.\n")
    sales = await org.unit("Sales")  # nobody leads it: the unit above moves for it
    await org.purpose()
    why = await org.why("Grow", audience=[sales])
    await org.objective("Sell", sales, linkTo={"parent": why, "because": "it grows us"})
    await org.objective("Rest", sales)
    greeted = await command()
    assert (greeted.code, greeted.err) == (0, "")
    assert greeted.out.startswith("Test: ")
    assert "say what “Grow” means" in greeted.out
    assert greeted.out.splitlines()[-1].startswith("`goldenthread turns`")
    await nights_pass(org, 1)
    await org.admin.until(HISTORY, lambda d: d["organization"]["health"]["history"])
    shown = await command("health")
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b" not in shown.out
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["Sales", "▒" * 6 + "░" * 6, "0", "0", "1", "1", "0%", "0%", "–", "–/–", "▁"] in rows
    assert (await command("health", "--json")).json()["organization"]["health"]["pending"] == 1
    assert (await command("health", "sales", "--json")).json()["node"]["health"]["orphaned"] == 1


async def test_goldenthread_alone_greets_with_what_runs_on_the_data_dir_and_helps_where_nothing_does(
    up: RunningInstance, tmp_path: Path
) -> None:
    here = await CommandLine({"GOLDENTHREAD_DATA_DIR": str(up.data_dir)}, tmp_path)()
    assert (here.code, here.err) == (0, "")
    assert here.out.startswith("My organization: ")
    elsewhere = await CommandLine({}, tmp_path)()
    assert elsewhere.code == 2
    assert "Usage: goldenthread" in elsewhere.out
