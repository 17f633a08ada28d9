"""What `goldenthread` alone says where something runs: whose move it is, the caller's first."""

from __future__ import annotations

import os
from pathlib import Path

from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.listening import listening_documents
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import instance_file

_FIRST = 5
_PATIENCE = 5.0


def show_own_turns() -> bool:
    """Show the caller's first turns; False where nothing runs, or nothing answers (which is said on stderr)."""
    data_dir = Path(os.environ.get("GOLDENTHREAD_DATA_DIR") or DEFAULT_DATA_DIR)
    url, told = os.environ.get("GOLDENTHREAD_URL") or None, os.environ.get("GOLDENTHREAD_TOKEN")
    token, organization = Secret(told) if told else None, os.environ.get("GOLDENTHREAD_ORGANIZATION") or None
    if url is None and instance_file.find(data_dir) is None:
        return False
    try:
        with connect(data_dir, url, token, organization, timeout=_PATIENCE) as graphql:
            print_turns(output.printable(graphql.ask(listening_documents.GREETING, {"first": _FIRST})))
    except CommandError as error:
        output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
        return False
    return True


def print_turns(answer: Data) -> None:
    """Print a greeting: what is to be done, most overdue first, and where there is more."""
    output.note_pending_verdicts(answer)
    console, turns = output.stdout(), answer["myTurn"]
    name, total = answer["organization"]["name"], turns["totalCount"]
    waiting = {0: "nobody waits for you", 1: "one thing waits for you"}.get(total, f"{total} things wait for you")
    console.print(Text.assemble((name, "bold"), f": {waiting}."))
    for each in turns["nodes"]:
        late = Text("  overdue  ", style="red") if each["overdue"] else Text("           ")
        output.print_hanging(console, late, each["nextStep"])
    more = total - len(turns["nodes"])
    if more > 0:
        console.print(Text(f"           and {more} more", style="dim"))
    console.print(Text("`goldenthread turns` lists them all; `goldenthread --help` shows every command.", style="dim"))
