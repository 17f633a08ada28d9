"""What an import did or would do, for a person: rows and cells, counts, impact, problems, and what to do next."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.imports.report_rows import (
    COLOURS,
    MOST_CELLS,
    MOST_NAMED,
    MOST_SHOWN,
    UNWRITTEN,
    cell_text,
    show_rows,
)
from goldenthread.contracts.texts import first_of

LISTED = 2_000
"""Items of `missing` and `skipped` that `--json` lists."""
_OF_A_CONFLICT = ": the file says "
"""What goals says of a cell in conflict has this in it, and is shown with its row."""
IMPACT_COLOURS = {"orphaned": "red", "unexplained": "yellow", "mended": "green"}


def show_report(console: Console, report: Data, dry_run: bool) -> None:
    """Print what an import did, or would do. `report` is an answer to `IMPORT_REPORT`, of printable texts."""
    for message in dict.fromkeys(each["message"] for each in report["warnings"]):
        console.print(Text(f"! {message[:1].upper()}{message[1:]}", style="yellow"))
    rows = show_rows(console, report, dry_run)
    _show_counts(console, report, dry_run)
    _show_skipped(console, report, rows)
    titles = {row["row"]: row["title"] for row in report["others"]["nodes"] if UNWRITTEN.match(row["row"])}
    missing = [titles.get(row, row) for row in report["missing"]]
    _listed(console, "gone from the file and still here", missing, report["missingCount"])
    for line in _next(report, dry_run):
        console.print(Text(line, style="bold"))


def _show_skipped(console: Console, report: Data, rows: list[Data]) -> None:
    """What was not taken; where one of the `rows` above says it, it is only counted."""
    notes = {(row["place"], note) for row in rows for note in row["notes"]}
    conflicts = {row["place"] for row in rows if row["outcome"] == "CONFLICT" and row["cellCount"] <= MOST_CELLS}
    others = [
        each
        for each in report["skipped"]
        if (each["row"], each["message"]) not in notes
        and not (each["row"] in conflicts and _OF_A_CONFLICT in each["message"])
    ]
    known = len(report["skipped"]) - len(others)
    if known and known == report["skippedCount"]:
        console.print(Text(f"{known} not taken, or only in part, as said above", style="bold"))
        return
    what = "not taken, or only in part" + (f", besides the {known} above" if known else "")
    _grouped(console, what, others, report["skippedCount"] - known)


def _show_counts(console: Console, report: Data, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    source = f" from “{report['source']}”" if report["source"] else ""
    parts = [f"{report['created']} created", f"{report['updated']} changed", f"{report['unchanged']} unchanged"]
    others = report["taken"] - report["created"] - report["updated"] - report["unchanged"]
    if others:
        parts.append(f"{others} left or in conflict")
    console.print(Text(f"{_count(report['taken'], 'row')} {would}taken{source}: {', '.join(parts)}"))
    if report["conflictCount"]:
        console.print(Text(f"{_count(report['conflictCount'], 'cell')} in conflict", style=COLOURS["CONFLICT"]))
    if report["leftCount"]:
        is_so = "it is" if report["leftCount"] == 1 else "they are"
        said = f"{_count(report['leftCount'], 'cell')} left as {is_so} here"
        console.print(Text(said, style=COLOURS["LEFT"]))
    if report["newUnitCount"]:
        more = report["newUnitCount"] - len(report["newUnits"])
        named = ", ".join(report["newUnits"]) + (f" and {more} more" if more else "")
        console.print(Text(f"{_count(report['newUnitCount'], 'unit')} {would}new: {named}", style=COLOURS["CREATED"]))
    impact = report["impact"] or {}
    for word, colour in IMPACT_COLOURS.items():
        if found := impact.get(f"{word}Count"):
            named = _named(impact.get(f"{word}Titles") or [], found)
            console.print(Text(f"{_count(found, 'goal')} {would}{word}{named}", style=colour))


def _next(report: Data, dry_run: bool) -> list[str]:
    """What somebody may want to do now."""
    lines = []
    conflicts = [(row["type"], cell) for row in report["conflicts"]["nodes"] for cell in row["cells"]]
    of_purpose = sum(kind == "PURPOSE" and cell["outcome"] == "CONFLICT" for kind, cell in conflicts)
    if of_purpose:
        lines.append("A purpose that is published is replaced only with --replace-purpose.")
    if report["conflictCount"] > of_purpose:
        stay = "would stay" if dry_run else "stay"
        lines.append(
            f"What is in conflict was changed in the file and here; both {stay} as they are. Import it again with "
            "--theirs to take what the file says, or with --ours to keep what is here."
        )
    if report["missingCount"]:
        lines.append("What is gone from the file is never ended by an import: close it, or retire it, if it is over.")
    return lines


def _named(titles: list[str], count: int) -> str:
    """`: “Sell more”, “Open on Saturdays” and 7 more`, of the first titles of `count`."""
    shown = [cell_text(title, False) for title in titles[:MOST_NAMED]]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return f": {', '.join(shown)}{more}" if shown else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _grouped(console: Console, what: str, skipped: list[Data], count: int) -> None:
    """What was not taken, the first of `count`: what is said of many rows is said once, with the first of them."""
    groups: dict[str, list[str]] = {}
    for each in skipped:
        groups.setdefault(each["message"], []).append(each["row"])
    shown = {message: groups[message] for message in list(groups)[:MOST_SHOWN]}
    lines = []
    for message, rows in shown.items():
        lines.append(f"{first_of(rows, MOST_NAMED)}: {message}")
    _listed(console, what, lines, count, count - sum(map(len, shown.values())))


def _listed(console: Console, what: str, lines: list[str], count: int, beyond: int | None = None) -> None:
    """The first of `lines`, which are the first of `count`; `beyond` is how many these leave out, unless it is one for
    each line.
    """
    beyond = count - MOST_SHOWN if beyond is None else beyond
    if not count:
        return
    console.print(Text(f"{count} {what}:", style="bold"))
    for line in lines[:MOST_SHOWN]:
        console.print(Text(f"  {line}"))
    if beyond > 0:
        all_of_them = "them all" if count <= LISTED else f"the first {LISTED}"
        console.print(Text(f"  … and {beyond} more; --json lists {all_of_them}"))
