"""What an import did or would do, for a person: rows and cells, counts, impact, problems, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from goldenthread.cli.graphql import Data

MOST_SHOWN = 50
"""Rows, and items of each list below them."""
LISTED = 2_000
"""Items of `missing` and `skipped` that `--json` lists."""
_MOST_CELLS = 10
_MOST_NAMED = 5
"""Goals that are named of those that an import breaks or mends."""
_LONGEST = 200
"""Characters of a value that is shown."""
_COLOURS = {
    "CONFLICT": "bold red",
    "SKIPPED": "yellow",
    "CREATED": "green",
    "UPDATED": "cyan",
    "LEFT": "blue",
    "MISSING": "magenta",
    "UNCHANGED": "dim",
}
_DONE = {
    "CONFLICT": "conflict",
    "SKIPPED": "not taken",
    "CREATED": "created",
    "UPDATED": "changed",
    "LEFT": "left",
    "MISSING": "missing",
    "UNCHANGED": "unchanged",
}
_WOULD = {**_DONE, "CREATED": "would create", "UPDATED": "would change"}
_CELLS = {
    "TAKEN": ("cyan", ""),
    "LEFT": ("blue", "changed here; left as it is"),
    "CONFLICT": ("bold red", "changed in the file and here"),
    "READ_ANEW": ("yellow", "the same text, read as something else now; not taken"),
}
_TYPES = {"PURPOSE": "purpose", "WHY": "why", "OBJECTIVE": "objective", "KEY_RESULT": "key result"}
_UNWRITTEN = re.compile(r"(purpose|why|objective|key_result):|(purpose|why|objective|keyresult)_[0-9a-f]{32}")
_OF_A_CONFLICT = ": the file says "
"""What goals says of a cell in conflict has this in it, and is shown with its row."""
_FIGURE = re.compile(r"[\d.,:%+-]+")
"""Numbers and dates, which need no quotes."""
IMPACT = {"orphaned": "red", "unexplained": "yellow", "mended": "green"}


def show(console: Console, report: Data, dry_run: bool) -> None:
    """Print what an import did, or would do. `report` is an answer to `IMPORT_REPORT`, of printable texts."""
    for message in dict.fromkeys(each["message"] for each in report["warnings"]):
        console.print(Text(f"! {message[:1].upper()}{message[1:]}", style="yellow"))
    rows = _show_rows(console, report, dry_run)
    _show_counts(console, report, dry_run)
    _show_skipped(console, report, rows)
    titles = {row["row"]: row["title"] for row in report["others"]["nodes"] if _UNWRITTEN.match(row["row"])}
    missing = [titles.get(row, row) for row in report["missing"]]
    _listed(console, "gone from the file and still here", missing, report["missingCount"])
    for line in _next(report, dry_run):
        console.print(Text(line, style="bold"))


def _show_rows(console: Console, report: Data, dry_run: bool) -> list[Data]:
    """Rows, those to decide on first, each with its cells below it; those that were shown."""
    parts = [report["conflicts"], report["others"]]
    count, rows = sum(each["totalCount"] for each in parts), [row for each in parts for row in each["nodes"]]
    rows = rows[:MOST_SHOWN]
    words = _WOULD if dry_run else _DONE
    width = max((len(words[row["outcome"]]) for row in rows), default=0)
    for row in rows:
        console.print(_heading(row, words[row["outcome"]], width))
        for line in _below(row, dry_run):
            console.print(Padding.indent(line, width + 2))
    if count > len(rows):
        console.print(Text(f"… and {count - len(rows)} more; --json lists them all"))
    if rows:
        console.print()
    return rows


def _show_skipped(console: Console, report: Data, rows: list[Data]) -> None:
    """What was not taken; where one of the `rows` above says it, it is only counted."""
    notes = {(row["place"], note) for row in rows for note in row["notes"]}
    conflicts = {row["place"] for row in rows if row["outcome"] == "CONFLICT" and row["cellCount"] <= _MOST_CELLS}
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


def _heading(row: Data, word: str, width: int) -> Text:
    return Text.assemble(
        (f"{word:<{width}}  ", _COLOURS[row["outcome"]]),
        (_where(row), "dim"),
        (row["title"], "bold"),
        (f"  {_TYPES[row['type']]}", "dim"),
    )


def _where(row: Data) -> str:
    """`line 5 (K1)  `, without an id that nobody wrote: one that was made of the title, or a goal's."""
    given = "" if _UNWRITTEN.match(row["row"]) else f"({row['row']})"
    where = " ".join(filter(None, (row["place"], given)))
    return f"{where}  " if where else ""


def _below(row: Data, dry_run: bool) -> Iterator[Text]:
    """The cells of a row, and what else is to be said of it."""
    for cell in row["cells"][:_MOST_CELLS]:
        yield _cell(cell, dry_run)
    if row["cellCount"] > _MOST_CELLS:
        yield Text(f"… and {row['cellCount'] - _MOST_CELLS} more cells", style="dim")
    for note in row["notes"]:
        yield Text(note, style="dim")


def _cell(cell: Data, dry_run: bool) -> Text:
    """`title: was A → is B → would be C`."""
    colour, why = _CELLS[cell["outcome"]]
    was, here, file = cell["was"], cell["here"], cell["file"]
    taken = cell["outcome"] == "TAKEN"
    changed_here = was is not None and (was or "") != (here or "")
    if taken and not changed_here:
        parts = [("is" if dry_run else "was", here), ("would be" if dry_run else "is", file)]
    elif taken:
        parts = [("was", was), ("is" if dry_run else "was here", here), ("would be" if dry_run else "is", file)]
    elif changed_here or cell["outcome"] == "CONFLICT":
        parts = [("was", was), ("is", here), ("file says", file)]
    else:
        parts = [("is", here), ("file says", file)]
    # A link's cell is called `parent:` and the id of a goal, which its value names.
    made = Text.assemble((f"{cell['cell'].partition(':')[0].replace('_', ' ')}:", colour))
    for number, (label, value) in enumerate(parts):
        made.append(" → " if number else " ", style="dim").append(f"{label} ", style="dim")
        made.append(
            _value(value, label == "was" and cell["outcome"] == "CONFLICT"),
            style=colour if number == len(parts) - 1 and value else "",
        )
    said = cell["note"] or why
    return made.append(f"  ({said})", style="dim") if said else made


def _value(value: str | None, may_be_unknown: bool) -> str:
    line = " ".join((value or "").split())
    if not line:
        return "not known" if value is None and may_be_unknown else "nothing"
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return line if _FIGURE.fullmatch(line) or (line.startswith("“") and line.endswith("”")) else f"“{line}”"


def _show_counts(console: Console, report: Data, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    source = f" from “{report['source']}”" if report["source"] else ""
    parts = [f"{report['created']} created", f"{report['updated']} changed", f"{report['unchanged']} unchanged"]
    others = report["taken"] - report["created"] - report["updated"] - report["unchanged"]
    if others:
        parts.append(f"{others} left or in conflict")
    console.print(Text(f"{_count(report['taken'], 'row')} {would}taken{source}: {', '.join(parts)}"))
    if report["conflictCount"]:
        console.print(Text(f"{_count(report['conflictCount'], 'cell')} in conflict", style=_COLOURS["CONFLICT"]))
    if report["leftCount"]:
        is_so = "it is" if report["leftCount"] == 1 else "they are"
        said = f"{_count(report['leftCount'], 'cell')} left as {is_so} here"
        console.print(Text(said, style=_COLOURS["LEFT"]))
    if report["newUnitCount"]:
        more = report["newUnitCount"] - len(report["newUnits"])
        named = ", ".join(report["newUnits"]) + (f" and {more} more" if more else "")
        console.print(Text(f"{_count(report['newUnitCount'], 'unit')} {would}new: {named}", style=_COLOURS["CREATED"]))
    impact = report["impact"] or {}
    for word, colour in IMPACT.items():
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
    shown = [_value(title, False) for title in titles[:_MOST_NAMED]]
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
        more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
        lines.append(f"{', '.join(rows[:_MOST_NAMED])}{more}: {message}")
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
