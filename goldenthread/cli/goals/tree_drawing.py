"""The goal graph as trees to look at: each node once, under its primary parent; a break is a tree of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rich.text import Text
from rich.tree import Tree

STATE_SIGNS = {
    "ALIGNED": ("●", "green"),
    "UNEXPLAINED": ("◐", "yellow"),
    "ORPHANED": ("○", "red"),
    "NOT_JUDGED": ("·", "dim"),
}
_KINDS = {"Purpose": "purpose", "Why": "why", "Objective": "", "KeyResult": "key result"}


def goal_trees(answer: dict[str, Any]) -> list[Tree]:
    """One tree per root of a `goalTree` answer: the purpose first, then every break."""
    nodes = {node["id"]: node for node in answer["nodes"]}
    above: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for link in answer["links"]:
        above[link["child"]["id"]].append(link)
    roots = [root["id"] for root in answer["roots"]]
    below: dict[str, list[str]] = defaultdict(list)
    for id, links in above.items():
        if id not in roots:
            below[_drawn_under(links)].append(id)
    drawing = _Drawing(nodes, above, below)
    found = [drawing.tree(id) for id in roots if id in nodes]
    return found + [drawing.tree(id) for id in nodes if id not in drawing.drawn]


def _drawn_under(links: list[dict[str, Any]]) -> str:
    """The parent on the primary link, where that is in the picture; else the first that is."""
    link = next((each for each in links if each["primary"]), links[0])
    return str(link["parent"]["id"])


class _Drawing:
    def __init__(
        self, nodes: dict[str, dict[str, Any]], above: dict[str, list[dict[str, Any]]], below: dict[str, list[str]]
    ) -> None:
        self._nodes, self._above, self._below = nodes, above, below
        self.drawn: set[str] = set()

    def tree(self, root: str) -> Tree:
        """Everything below `root` that is not drawn yet; without recursion, so that no depth is too much."""
        self.drawn.add(root)
        top = Tree(self._label(root, None), guide_style="dim")
        todo = [(root, top)]
        while todo:
            id, branch = todo.pop()
            for child in self._below.get(id, []):
                if child not in self.drawn:
                    self.drawn.add(child)
                    todo.append((child, branch.add(self._label(child, id))))
        return top

    def _label(self, id: str, under: str | None) -> Text:
        node = self._nodes[id]
        state = node["alignment"]["state"]
        sign, colour = STATE_SIGNS[state]
        label = Text.assemble((sign, colour), " ", (node["title"], "bold" if under is None else ""))
        for aside in _asides(node):
            label.append(f"  {aside}", style="dim")
        if state in ("UNEXPLAINED", "ORPHANED"):
            label.append(f"  {verdict_text(node)}", style=colour)
        others = [each["parent"]["title"] for each in self._above.get(id, []) if each["parent"]["id"] != under]
        if others and under is not None:
            label.append(f"  ↗ also serves {', '.join(others)}", style="cyan")
        return label


def verdict_text(node: dict[str, Any]) -> str:
    """The verdict in words; of an orphan the cause, where its chain ends."""
    alignment = node["alignment"]
    words = [alignment["state"]]
    broken = alignment.get("brokenAt")
    if alignment.get("cause") and (broken is None or broken["id"] == node["id"]):
        words.append(alignment["cause"])
    return " ".join(words)


def _asides(node: dict[str, Any]) -> Iterable[str]:
    kind = _KINDS.get(node["__typename"], node["__typename"])
    if kind:
        yield kind
    if node["owners"] and node["__typename"] in ("Why", "Objective"):
        yield ", ".join(owner["name"] for owner in node["owners"])
    if node.get("progress") is not None:
        yield f"{node['progress']:.0%}"
    if node.get("state") == "DRAFT":
        yield "draft"
