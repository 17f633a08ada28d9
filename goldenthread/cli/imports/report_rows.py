"""The rows of an import for a person, with their cells: what was, what is, and what would be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from goldenthread.cli.common.graphql_client import Data
from goldenthread.contracts.texts import first_of

MOST_SHOWN = 50
"""Rows, and items of each list below them."""
MOST_NAMED = 5
"""Goals and rows that are named of many."""
MOST_CELLS = 10
_ALIKE = 4
"""Rows that are left alike are shown once when they are so many."""
_LONGEST = 200
"""Characters of a value that is shown."""
COLOURS = {
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
UNWRITTEN = re.compile(r"(purpose|why|objective|key_result):|(purpose|why|objective|keyresult)_[0-9a-f]{32}")
_FIGURE = re.compile(r"[\d.,:%+-]+")
"""Numbers and dates, which need no quotes."""


def show_rows(console: Console, report: Data, dry_run: bool) -> list[Data]:
    """Rows, those to decide on first, each with its cells below it; those that were shown."""
    parts = [report["conflicts"], report["others"]]
    count, rows = sum(each["totalCount"] for each in parts), [row for each in parts for row in each["nodes"]]
    rows = rows[:MOST_SHOWN]
    words = _WOULD if dry_run else _DONE
    width = max((len(words[row["outcome"]]) for row in rows), default=0)
    alike = _left_alike(rows)
    apart = {id(row) for group in alike for row in group}
    for row in (each for each in rows if id(each) not in apart):
        console.print(_heading(row, words[row["outcome"]], width))
        for line in _below(row, dry_run):
            console.print(Padding.indent(line, width + 2))
    for group in alike:
        console.print(Text.assemble((f"{words['LEFT']:<{width}}  ", COLOURS["LEFT"]), (_places(group), "dim")))
        for line in _cells_of_all(group, dry_run):
            console.print(Padding.indent(line, width + 2))
    if count > len(rows):
        console.print(Text(f"… and {count - len(rows)} more; --json lists them all"))
    if rows:
        console.print()
    return rows


def _left_alike(rows: list[Data]) -> list[list[Data]]:
    """Rows of which nothing but the same cells are left, for the same reason: those of goals that were copied, say."""
    groups: dict[tuple[tuple[str, str], ...], list[Data]] = {}
    for row in rows:
        if row["outcome"] == "LEFT" and not row["notes"] and row["cellCount"] == len(row["cells"]):
            cells = tuple((cell["cell"], f"{cell['outcome']} {cell['note']}") for cell in row["cells"])
            groups.setdefault(cells, []).append(row)
    return [group for cells, group in groups.items() if cells and len(group) >= _ALIKE]


def _places(group: list[Data]) -> str:
    return f"{len(group)} rows: {first_of([row['place'] for row in group], MOST_NAMED)}"


def _cells_of_all(group: list[Data], dry_run: bool) -> Iterator[Text]:
    """The cells of rows that are left alike: with what they say where all of them say the same."""
    for cell, *others in zip(*(row["cells"] for row in group), strict=True):
        if all(other == cell for other in others):
            yield _cell(cell, dry_run)
        else:
            colour, why = _CELLS[cell["outcome"]]
            yield Text.assemble((f"{_name(cell)}:", colour), (f" {cell['note'] or why}", "dim"))


def _heading(row: Data, word: str, width: int) -> Text:
    return Text.assemble(
        (f"{word:<{width}}  ", COLOURS[row["outcome"]]),
        (_where(row), "dim"),
        (row["title"], "bold"),
        (f"  {_TYPES[row['type']]}", "dim"),
    )


def _where(row: Data) -> str:
    """`line 5 (K1)  `, without an id that nobody wrote: one that was made of the title, or a goal's."""
    given = "" if UNWRITTEN.match(row["row"]) else f"({row['row']})"
    where = " ".join(filter(None, (row["place"], given)))
    return f"{where}  " if where else ""


def _below(row: Data, dry_run: bool) -> Iterator[Text]:
    """The cells of a row, and what else is to be said of it."""
    for cell in row["cells"][:MOST_CELLS]:
        yield _cell(cell, dry_run)
    if row["cellCount"] > MOST_CELLS:
        yield Text(f"… and {row['cellCount'] - MOST_CELLS} more cells", style="dim")
    for note in row["notes"]:
        yield Text(note, style="dim")


def _name(cell: Data) -> str:
    """What a cell is of. That of a link is called `parent:` and the id of a goal, which its value names."""
    return str(cell["cell"]).partition(":")[0].replace("_", " ")


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
    made = Text.assemble((f"{_name(cell)}:", colour))
    for number, (label, shown) in enumerate(parts):
        made.append(" → " if number else " ", style="dim").append(f"{label} ", style="dim")
        made.append(
            cell_text(shown, label == "was" and cell["outcome"] == "CONFLICT"),
            style=colour if number == len(parts) - 1 and shown else "",
        )
    said = cell["note"] or why
    return made.append(f"  ({said})", style="dim") if said else made


def cell_text(text: str | None, may_be_unknown: bool) -> str:
    line = " ".join((text or "").split())
    if not line:
        return "not known" if text is None and may_be_unknown else "nothing"
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return line if _FIGURE.fullmatch(line) or (line.startswith("“") and line.endswith("”")) else f"“{line}”"
