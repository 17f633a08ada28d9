"""`goldenthread whys`: how far every why was carried, and which units are silent; read through GraphQL."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import complete_list, every_page
from goldenthread.cli.listening import listening_documents

_WIDTH = 24
_SAID = {
    "NOT_PASSED_ON": "waits",
    "NOT_ANSWERED": "owes its answer",
    "NOTHING_LINKED": "answered, and has linked nothing to it",
    "LINKED_TO_RETIRED": "answered, and is linked to a why that was retired",
}


def whys(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Show how far every why was carried, level by level, and which units are silent."""
    with connect(data_dir, url, token, organization) as graphql:
        found = every_page(graphql, listening_documents.WHYS, "whys", {})
        for each in found["whys"]["nodes"]:
            begun = each["cascade"].pop("silentUnits")
            path = "node.cascade.silentUnits"
            each["cascade"]["silent"] = complete_list(
                graphql, listening_documents.SILENT_UNITS, path, each["id"], begun
            )
    if json:
        output.print_json(found)
        return
    if not found["whys"]["nodes"]:
        output.note("No why is published yet.")
    for each in found["whys"]["nodes"]:
        _show_why(output.stdout(), each)


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
