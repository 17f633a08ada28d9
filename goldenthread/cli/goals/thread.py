"""`goldenthread thread`: the golden thread of a goal, read through GraphQL."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.goals import goal_documents, tree_drawing
from goldenthread.cli.goals.goal_lookup import GoalArgument, goal_id


def thread(
    node: GoalArgument,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Read the golden thread of a goal aloud, from the purpose down to it."""
    with connect(data_dir, url, token, organization) as graphql:
        data = graphql.ask(goal_documents.THREAD, {"node": goal_id(graphql, node)})
    found = data["node"]
    if found is None or "alignment" not in found:
        raise CommandError(f"{node} is no goal of this organization")
    if json:
        output.print_json(data)
    else:
        show_thread(output.stdout(), output.printable(found))


def show_thread(console: Console, node: Data) -> None:
    """Print a node's thread aloud."""
    alignment = node["alignment"]
    sign, colour = tree_drawing.STATE_SIGNS[alignment["state"]]
    console.print(Text.assemble((f"{sign} {alignment['state']}", colour), f"  {node['title']}"))
    console.print(Text(alignment["aloud"]))
    if not alignment["upToDate"]:
        output.note("A newer change is not judged yet; ask again in a moment.")
