"""How findings are shown: a table to a person, a line each to a program that reads lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from goldenthread.cli.doctor.deployment.examination import ProcessReport
from goldenthread.cli.doctor.deployment.findings import CheckFinding, FindingState

_MARKS = {
    FindingState.FINE: ("✓", "green"),
    FindingState.UNKNOWN: ("?", "dim"),
    FindingState.WARNING: ("!", "yellow"),
    FindingState.PROBLEM: ("✗", "red"),
}


def reports_as_json(reports: Sequence[ProcessReport]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "problems": sum(each.problems for each in reports),
        "processes": [
            {
                "name": report.process,
                "checks": [
                    {"check": each.check, "state": str(each.state), "says": each.says, "next": each.next or None}
                    for each in report.findings
                ],
            }
            for report in reports
        ],
    }


def print_table(reports: Sequence[ProcessReport], console: Console) -> None:
    """For a terminal, however wide it is."""
    for report in reports:
        console.print(Text(report.process, style="bold"))
        rows = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True)
        rows.add_column(overflow="fold")
        for each in report.findings:
            mark, style = _MARKS[each.state]
            rows.add_row(Text(mark, style=style), Text(each.check, style=style), _finding_text(each))
        console.print(rows)
    console.print(summary_line(reports))


def print_lines(reports: Sequence[ProcessReport], console: Console) -> None:
    """One line a finding: process, state, what was checked, the sentence, and what to do next."""
    for report in reports:
        for each in report.findings:
            next = f"; next: {each.next}" if each.next else ""
            console.print(Text(f"{report.process}  {each.state:8} {each.check}: {each.says}{next}"))


def summary_line(reports: Sequence[ProcessReport]) -> Text:
    """How it is, in a line."""
    problems = sum(each.problems for each in reports)
    warnings = sum(each.state is FindingState.WARNING for report in reports for each in report.findings)
    if problems:
        return Text(f"✗ {_counted(problems, 'problem')}, {_counted(warnings, 'warning')}", style="red")
    if warnings:
        return Text(f"! no problem, {_counted(warnings, 'warning')}", style="yellow")
    return Text("✓ no problems found", style="green")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _finding_text(finding: CheckFinding) -> Text:
    """The sentence, and below it what to do next."""
    text = Text(finding.says, style="dim" if finding.state is FindingState.UNKNOWN else "")
    if finding.next:
        text.append(f"\n→ {finding.next}", style="bold" if finding.state is FindingState.PROBLEM else "")
    return text
