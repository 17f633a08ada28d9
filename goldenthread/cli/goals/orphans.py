"""`goldenthread orphans`: the goals that no why reaches, read through GraphQL."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.goals import goal_documents


def orphans(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List the goals that no why reaches: where each chain ends, who must move, and what would mend it."""
    with connect(data_dir, url, token, organization) as graphql:
        found = every_page(graphql, goal_documents.ORPHANS, "objectives")
    if json:
        output.print_json(found)
        return
    output.note_pending_verdicts(found)
    show_orphans(output.stdout(), output.printable(found["objectives"]["nodes"]))


def show_orphans(console: Console, nodes: list[Data]) -> None:
    """Print orphans by the break they share."""

    def broken(node: Data) -> str:
        at = node["alignment"]["brokenAt"]
        return str((at or node)["id"])

    if not nodes:
        output.note("No goal is orphaned.")
    for _, group in groupby(sorted(nodes, key=broken), broken):
        _show_break(console, list(group))


def _show_break(console: Console, group: list[Data]) -> None:
    alignment = group[0]["alignment"]
    at = alignment["brokenAt"] or group[0]
    side = alignment["silentSide"]
    console.print(Text.assemble(("○ ", "red"), (at["title"], "bold"), (f"  {alignment['cause']}", "red")))
    if alignment["lostParent"]:
        console.print(Text(f"  hung on: {alignment['lostParent']['title']}"))
    console.print(Text(f"  to move: {side['name'] if side else 'nobody'}"))
    console.print(Text(f"  next step: {alignment['nextStep'] or '–'}"))
    for node in group:
        owners = ", ".join(owner["name"] for owner in node["owners"])
        console.print(Text.assemble("  orphaned: ", node["title"], (f"  {owners}", "dim"), (f"  {node['id']}", "dim")))
