"""`goldenthread tree`: the goal graph, read through GraphQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.one_revision import mixed_revisions_remark, read_at_one_revision
from goldenthread.cli.common.paging import GraphQLReader, pages
from goldenthread.cli.goals import goal_documents, tree_drawing
from goldenthread.cli.goals.goal_lookup import goal_id


def tree(
    node: Annotated[str | None, typer.Argument(help="Where to begin: an id or words of a title; else the top.")] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="Levels below the roots; by default all.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Show the goal tree with its verdicts; every break is a tree of its own."""
    with connect(data_dir, url, token, organization) as graphql:
        root = goal_id(graphql, node) if node is not None else None
        data, revisions = whole_tree(graphql, root, depth)
    if (remark := mixed_revisions_remark(revisions)) is not None:
        output.stderr().print(Text(remark), soft_wrap=True)
    output.note_pending_verdicts(data)
    if json:
        output.print_json(data)
    else:
        show_tree(output.stdout(), output.printable(data["goalTree"]))


def whole_tree(graphql: GraphQLReader, root: str | None, depth: int | None) -> tuple[Data, list[int]]:
    """All pages of a `goalTree` as one answer, whose `truncated` are deeper than `depth`; the revisions it shows."""

    def read(asked: GraphQLReader) -> Data:
        found = list(pages(asked, goal_documents.TREE, "goalTree", {"root": root, "depth": depth}))
        trees = [page["goalTree"] for page in found]
        joined = {name: [each for tree in trees for each in tree[name]] for name in ("roots", "nodes", "links")}
        last = trees[-1]
        elsewhere = sum(len(tree["nodes"]) for tree in trees[:-1])
        whole = last | joined | {"truncated": max(0, last["truncated"] - elsewhere)}
        return found[-1] | {"goalTree": whole}

    return read_at_one_revision(graphql, read)


def show_tree(console: Console, answer: Data) -> None:
    """Print a `goalTree` answer."""
    if not answer["nodes"]:
        output.note("There are no goals yet: `goldenthread import FILE`, or publish a purpose.")
    for each in tree_drawing.goal_trees(answer):
        console.print(each)
    if answer["truncated"]:
        output.stderr().print(Text(f"{answer['truncated']} more are not shown; ask for more with --depth."))
