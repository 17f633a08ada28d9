"""`goldenthread silos`: the units that nobody speaks with, and what shows it; read through GraphQL."""

from __future__ import annotations

from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.listening import listening_documents


def silos(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List the units that nobody speaks with, and what shows it."""
    with connect(data_dir, url, token, organization) as graphql:
        found = all_silos(graphql)
    if json:
        output.print_json(found)
        return
    if not found["silos"]:
        output.note("No unit is a silo.")
    for each in output.printable(found["silos"]):
        output.stdout().print(Text.assemble((each["unit"]["name"], "bold"), (f"  since {each['since'][:10]}", "dim")))
        for evidence in each["evidence"]:
            output.stdout().print(Text.assemble("  ", (f"{evidence['kind']:<12}", "red"), evidence["detail"]))


def all_silos(graphql: GraphQLClient) -> Data:
    """The units that are silos, by name: as `silos` answers, which has no pages."""
    units = every_node(graphql, listening_documents.SILOS, "units")
    return {"silos": [each["silo"] for each in units if each["silo"]]}
