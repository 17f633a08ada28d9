"""The goal graph of an organization as it can be compared with another's: without ids, in a settled order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.support.graphql_client import Client

_NODE = """
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
    checkIns(first: 20) { ...CheckIns }
  }
}
"""
_CHECK_INS = """
fragment CheckIns on CheckInConnection {
  pageInfo { hasNextPage endCursor }
  nodes { value note at confidence status }
}
"""
_TREE = (
    """
query($after: String) {
  goalTree(depth: null, first: 50, after: $after) {
    revision
    pageInfo { hasNextPage endCursor }
    nodes { ...Node }
  }
}
"""
    + _NODE
    + _CHECK_INS
)
_MORE = (
    """
query($node: ID!, $after: String) {
  node(id: $node) { ... on KeyResult { checkIns(first: 100, after: $after) { ...CheckIns } } }
}
"""
    + _CHECK_INS
)
_UNITS = """
query($after: String) {
  units(first: 500, after: $after) { pageInfo { hasNextPage endCursor } nodes { name parent { name } } }
}
"""
_PATIENCE = 40.0

_LINK = ("kind", "weight", "because", "inReturn", "state", "primary", "explained")


@dataclass(frozen=True)
class ComparableGraph:
    """Every node with its verdict, its links up and its readings; and the units below the root."""

    nodes: list[dict[str, Any]]
    units: list[tuple[str, str]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The nodes of a kind."""
        return [node for node in self.nodes if node["kind"] == kind]


async def graph_of(client: Client) -> ComparableGraph:
    """The graph a client sees, once every verdict is up to date."""
    nodes = sorted([_plain(node, await _readings(client, node)) for node in await _settled(client)], key=repr)
    units = [unit for page in await client.pages(_UNITS, "units") for unit in page["units"]["nodes"]]
    root = next((unit["name"] for unit in units if unit["parent"] is None), "")
    above = {root: "(root)"}
    below = ((unit["name"], unit["parent"]["name"]) for unit in units if unit["parent"])
    return ComparableGraph(nodes, sorted((name, above.get(parent, parent)) for name, parent in below))


async def _settled(client: Client) -> list[dict[str, Any]]:
    """Every node, all at one revision and judged."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        trees = [page["goalTree"] for page in await client.pages(_TREE, "goalTree")]
        nodes = [node for tree in trees for node in tree["nodes"]]
        at_once = len({tree["revision"] for tree in trees}) == 1
        if at_once and all(node["alignment"]["upToDate"] for node in nodes):
            return nodes
        assert asyncio.get_running_loop().time() < deadline, "it changes, or is not judged"
        await asyncio.sleep(0.05)


async def _readings(client: Client, node: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All check-ins of a node, the first of which came with it."""
    begun = node.get("checkIns")
    if begun is None:
        return []
    if begun["pageInfo"]["hasNextPage"]:
        pages = await client.pages(_MORE, "node.checkIns", node=node["id"])
        return [tuple(each.values()) for page in pages for each in page["node"]["checkIns"]["nodes"]]
    return [tuple(each.values()) for each in begun["nodes"]]


def _plain(node: dict[str, Any], readings: list[tuple[Any, ...]]) -> dict[str, Any]:
    verdict = node["alignment"]
    told = {name: value for name, value in node.items() if name not in ("id", "alignment", "parents", "checkIns")}
    parents = [(link["parent"]["title"], *(link[name] for name in _LINK)) for link in node["parents"]]
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
