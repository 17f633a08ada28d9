"""A goal by its id or by words of its title."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.goals import goal_documents

GoalArgument = Annotated[str, typer.Argument(help="A node's id, or words of its title.")]
_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
_MOST_NAMED = 8


def goal_id(graphql: GraphQLClient, text: str) -> str:
    """The id that `text` is, or that of the one goal whose title it is or is a part of. Raises CommandError.

    Of several it is the one that is under way, as a copy is beside the goals that it continues.
    """
    if _ID.fullmatch(text):
        return text
    sought = text.casefold()
    found = every_node(graphql, goal_documents.FIND, "goals", {"text": text})
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
