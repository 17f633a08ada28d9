"""`tree`, `thread`, `orphans`: the goal graph, read through GraphQL."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import documents, output
from goldenthread.cli.common.connection import HERE, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQL
from goldenthread.cli.common.paging import Asks, every_node, every_page, mixed, pages, steady
from goldenthread.cli.goals import tree_drawing

Node = Annotated[str, typer.Argument(help="A node's id, or words of its title.")]
_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
_MOST_NAMED = 8


def tree(
    node: Annotated[str | None, typer.Argument(help="Where to begin: an id or words of a title; else the top.")] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="Levels below the roots; all unless told.")] = None,
    data_dir: DataDir = HERE,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Show the goal tree with its verdicts; every break is a tree of its own."""
    with connect(data_dir, url, token) as graphql:
        root = find(graphql, node) if node is not None else None
        data, revisions = whole_tree(graphql, root, depth)
    if (remark := mixed(revisions)) is not None:
        output.stderr().print(Text(remark), soft_wrap=True)
    output.note_unjudged(data)
    if json:
        output.as_json(data)
    else:
        show_tree(output.stdout(), output.printable(data["goalTree"]))


def whole_tree(graphql: Asks, root: str | None, depth: int | None) -> tuple[Data, list[int]]:
    """All pages of a `goalTree` as one answer, whose `truncated` are deeper than `depth`; the revisions it shows."""

    def read(asked: Asks) -> Data:
        found = list(pages(asked, documents.TREE, "goalTree", {"root": root, "depth": depth}))
        trees = [page["goalTree"] for page in found]
        joined = {name: [each for tree in trees for each in tree[name]] for name in ("roots", "nodes", "links")}
        last = trees[-1]
        elsewhere = sum(len(tree["nodes"]) for tree in trees[:-1])
        whole = last | joined | {"truncated": max(0, last["truncated"] - elsewhere)}
        return found[-1] | {"goalTree": whole}

    return steady(graphql, read)


def show_tree(console: Console, answer: Data) -> None:
    """Print a `goalTree` answer."""
    if not answer["nodes"]:
        output.note("There are no goals yet: `goldenthread import FILE`, or publish a purpose.")
    for each in tree_drawing.trees(answer):
        console.print(each)
    if answer["truncated"]:
        output.stderr().print(Text(f"{answer['truncated']} more are not shown; ask for more with --depth."))


def thread(node: Node, data_dir: DataDir = HERE, url: Url = None, token: Token = None, json: Json = False) -> None:
    """Read the golden thread of a goal aloud, from the purpose down to it."""
    with connect(data_dir, url, token) as graphql:
        data = graphql.ask(documents.THREAD, {"node": find(graphql, node)})
    found = data["node"]
    if found is None or "alignment" not in found:
        raise CommandError(f"{node} is no goal of this organisation")
    if json:
        output.as_json(data)
    else:
        show_thread(output.stdout(), output.printable(found))


def show_thread(console: Console, node: Data) -> None:
    """Print a node's thread aloud."""
    alignment = node["alignment"]
    sign, colour = tree_drawing.LOOKS[alignment["state"]]
    console.print(Text.assemble((f"{sign} {alignment['state']}", colour), f"  {node['title']}"))
    console.print(Text(alignment["aloud"]))
    if not alignment["upToDate"]:
        output.note("A newer change is not judged yet; ask again in a moment.")


def orphans(data_dir: DataDir = HERE, url: Url = None, token: Token = None, json: Json = False) -> None:
    """List the goals that no why reaches: where each chain ends, who must move, and what would mend it."""
    with connect(data_dir, url, token) as graphql:
        found = every_page(graphql, documents.ORPHANS, "objectives")
    if json:
        output.as_json(found)
        return
    output.note_unjudged(found)
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


def find(graphql: GraphQL, text: str) -> str:
    """The id that `text` is, or that of the one goal whose title it is or is a part of. Raises CommandError.

    Of several it is the one that is under way, as a copy is beside the goals that it continues.
    """
    if _ID.fullmatch(text):
        return text
    sought = text.casefold()
    found = every_node(graphql, documents.FIND, "goals", {"text": text})
    fitting = [each for each in found if sought in each["title"].casefold()]
    exact = [each for each in fitting if each["title"].casefold() == sought]
    judged = [each for each in exact or fitting if each["alignment"]["state"] != "NOT_JUDGED"]
    chosen = exact if len(exact) == 1 else judged if len(judged) == 1 else fitting
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        raise CommandError(f"no goal has “{text}” in its title")
    names = [f"  {each['id']}  {each['title']}{_when(each)}" for each in chosen[:_MOST_NAMED]]
    if len(chosen) > _MOST_NAMED:
        names.append(f"  … and {len(chosen) - _MOST_NAMED} more")
    listed = "\n".join(names)
    raise CommandError(f"“{text}” is in the title of {len(chosen)} goals; say which by its id:\n{listed}")


def _when(node: Data) -> str:
    """In which cycle a goal is, and whether it has ended: a goal and its copies have one title."""
    objective = node.get("measures") or node
    state = objective.get("state")
    cycle = [objective["cycle"]["name"]] if objective.get("cycle") else []
    said = ", ".join([*cycle, *([state.lower()] if state in ("CLOSED", "ARCHIVED") else [])])
    return f"  ({said})" if said else ""
