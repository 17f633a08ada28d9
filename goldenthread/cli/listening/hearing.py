"""`whys`, `turns`, `questions`: how far a why was carried, whose move it is, what was asked; read through GraphQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import documents, output
from goldenthread.cli.common.connection import HERE, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page, rest, unit_named

_WIDTH = 24
_SAID = {
    "NOT_PASSED_ON": "waits",
    "NOT_ANSWERED": "owes its answer",
    "NOTHING_LINKED": "answered, and has linked nothing to it",
    "LINKED_TO_RETIRED": "answered, and is linked to a why that was retired",
}


def whys(data_dir: DataDir = HERE, url: Url = None, token: Token = None, json: Json = False) -> None:
    """Show how far every why was carried, level by level, and which units are silent."""
    with connect(data_dir, url, token) as graphql:
        found = every_page(graphql, documents.WHYS, "whys", {})
        for each in found["whys"]["nodes"]:
            begun = each["cascade"].pop("silentUnits")
            path = "node.cascade.silentUnits"
            each["cascade"]["silent"] = rest(graphql, documents.SILENT_UNITS, path, each["id"], begun)
    if json:
        output.as_json(found)
        return
    if not found["whys"]["nodes"]:
        output.note("No why is published yet.")
    for each in found["whys"]["nodes"]:
        _show_why(output.stdout(), each)


def turns(
    unit: Annotated[str | None, typer.Option(help="Name or id of a unit; yours unless told.")] = None,
    data_dir: DataDir = HERE,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """List everything whose next move is yours, or a unit's, most overdue first."""
    with connect(data_dir, url, token) as graphql:
        found = every_page(graphql, documents.TURNS, "myTurn", {"unit": unit_named(graphql, unit) if unit else None})
    if json:
        output.as_json(found)
        return
    if not found["myTurn"]["nodes"]:
        output.note("Nobody waits for you.")
    for each in found["myTurn"]["nodes"]:
        late = Text("overdue  ", style="red") if each["overdue"] else Text("         ")
        output.stdout().print(Text.assemble(late, (f"{each['kind']:<20}", "dim"), output.printable(each["nextStep"])))


def questions(
    every: Annotated[bool, typer.Option("--all", help="Settled and withdrawn ones too.")] = False,
    data_dir: DataDir = HERE,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """List the questions that are not settled, and whose turn it is."""
    states = None if every else ["OPEN", "ESCALATED", "ANSWERED"]
    with connect(data_dir, url, token) as graphql:
        found = every_page(graphql, documents.QUESTIONS, "questions", {"states": states})
    if json:
        output.as_json(found)
        return
    if not found["questions"]["nodes"]:
        output.note("No question is open.")
    for each in output.printable(found["questions"]["nodes"]):
        _show_question(output.stdout(), each)


def _show_why(console: Console, why: Data) -> None:
    why = output.printable(why)
    cascade = why["cascade"]
    owner = ", ".join(each["name"] for each in why["owners"])
    console.print(Text.assemble((why["title"], "bold"), (f"  {owner}", "dim")))
    for level in cascade["byLevel"]:
        share = level["answered"] / level["addressed"] if level["addressed"] else 0.0
        full = round(share * _WIDTH)
        bar = Text.assemble(("█" * full, "green"), ("░" * (_WIDTH - full), "dim"))
        console.print(Text.assemble(f"  level {level['depth']}  ", bar, f"  {level['answered']}/{level['addressed']}"))
    for each in cascade["silent"]:
        said = _SAID[each["stage"]] + (f" for {each['heldUpBy']['name']}" if each["heldUpBy"] else "")
        held = f", holds up {each['holdsUp']}" if each["holdsUp"] else ""
        late = (" (overdue)", "red") if each["overdue"] else ("", "")
        console.print(Text.assemble(f"  ○ {each['unit']['name']}: {said}{held}", late))


def _about(asked: Data) -> str:
    """What a question is about: a goal by its title, a link and an answer by the goals (and unit) they are between."""
    if asked["__typename"] == "Link":
        return f"the link from “{asked['child']['title']}” to “{asked['parent']['title']}”"
    if asked["__typename"] == "WhyAnswer":
        return f"the answer of {asked['unit']['name']} to “{asked['why']['title']}”"
    return f"“{asked['title']}”"


def _show_question(console: Console, question: Data) -> None:
    waits = f"{question['awaiting']['name']} is to move" if question["awaiting"] else "nobody has to move"
    asker = question["unit"]["name"] if question["unit"] else "somebody"
    asked = f"{asker} asks about {_about(question['about'])}; {waits}"
    console.print(Text.assemble((f"{question['state']:<10}", "yellow"), asked))
    console.print(Text(f"  {question['body']}"))
    for answer in question["answers"]:
        console.print(Text(f"  → {answer['body']}", style="green"))
