"""`goldenthread questions`: the questions that are not settled, and whose turn it is; read through GraphQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.listening import listening_documents


def questions(
    every: Annotated[bool, typer.Option("--all", help="Settled and withdrawn ones too.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List the questions that are not settled, and whose turn it is."""
    states = None if every else ["OPEN", "ESCALATED", "ANSWERED"]
    with connect(data_dir, url, token, organization) as graphql:
        found = every_page(graphql, listening_documents.QUESTIONS, "questions", {"states": states})
    if json:
        output.print_json(found)
        return
    if not found["questions"]["nodes"]:
        output.note("No question is open.")
    for each in output.printable(found["questions"]["nodes"]):
        _show_question(output.stdout(), each)


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
