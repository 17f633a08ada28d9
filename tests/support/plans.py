"""The goal graph of an organisation as it can be compared with another's: without ids, in a settled order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.graphql_client import Client

_TREE = """
fragment Node on GoalNode {
  __typename
  id
  title
  owners { name }
  alignment { state cause depth upToDate }
  parents(states: [ACCEPTED, PROPOSED, COUNTERED]) {
    kind weight because inReturn state primary explained parent { __typename title }
  }
  ... on Purpose { statement }
  ... on Why { statement because audience { name } }
  ... on Objective {
    description status objectiveState: state startsOn endsOn cycle { name startsOn endsOn } invited { name }
  }
  ... on KeyResult {
    description startValue targetValue currentValue measureUnit direction status confidence progress
    measures { __typename title }
    checkIns(first: 1000) { nodes { value note at confidence status } }
  }
}
query {
  goalTree(depth: null, first: 50000) { revision nodes { ...Node } }
  units(first: 1000) { nodes { name parent { name } } }
}
"""

_LINK = ("kind", "weight", "because", "inReturn", "state", "primary", "explained")


@dataclass(frozen=True)
class Graph:
    """Every node with its verdict, its links up and its readings; and the units below the root."""

    nodes: list[dict[str, Any]]
    units: list[tuple[str, str]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The nodes of a kind."""
        return [node for node in self.nodes if node["kind"] == kind]


async def graph_of(client: Client) -> Graph:
    """The graph a client sees, once every verdict is up to date."""
    data = await client.until(
        _TREE, lambda data: all(node["alignment"]["upToDate"] for node in data["goalTree"]["nodes"])
    )
    nodes = sorted((_plain(node) for node in data["goalTree"]["nodes"]), key=repr)
    units = data["units"]["nodes"]
    root = next((unit["name"] for unit in units if unit["parent"] is None), "")
    above = {root: "(root)"}
    below = ((unit["name"], unit["parent"]["name"]) for unit in units if unit["parent"])
    return Graph(nodes, sorted((name, above.get(parent, parent)) for name, parent in below))


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    verdict = node["alignment"]
    told = {name: value for name, value in node.items() if name not in ("id", "alignment", "parents", "checkIns")}
    parents = [(link["parent"]["title"], *(link[name] for name in _LINK)) for link in node["parents"]]
    readings = [tuple(each.values()) for each in node.get("checkIns", {}).get("nodes", [])]
    measures = node.get("measures") or {}
    return {
        **told,
        "kind": node["__typename"],
        "owners": [owner["name"] for owner in node["owners"]],
        "state": verdict["state"],
        "cause": verdict["cause"],
        "depth": verdict["depth"],
        "parents": sorted(parents, key=repr),
        "readings": readings,
        "measures": (measures.get("__typename"), measures.get("title")),
    }
