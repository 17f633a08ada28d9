"""`goldenthread feedback --file`: records customer feedback from a CSV file, all of it or nothing."""

from __future__ import annotations

import hashlib
import json as plain
from collections import defaultdict
from pathlib import Path
from typing import Any

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.listening import listening_documents
from goldenthread.contracts.errors import Refused
from goldenthread.exchange import feedback_csv
from goldenthread.exchange.feedback_csv import FeedbackRow

_MOST_SHOWN = 20
_COLUMNS = {"source": "source", "body": "body", "segment": "segment", "receivedAt": "received at", "about": "about"}
_KINDS = ("purpose_", "why_", "objective_", "keyresult_")


def record_feedback(graphql: GraphQLClient, file: Path, dry_run: bool, json: bool) -> None:
    """All rows of the file in one command, under a key that is made of what they say."""
    items = _read(file)
    said = _inputs(items, _goals_named(graphql, items))
    digest = hashlib.sha256(plain.dumps(said).encode()).hexdigest()
    key = {} if dry_run else {"idempotencyKey": f"feedback-{digest}"}
    before = graphql.ask(shared_documents.STATUS)["organization"]["revision"]
    data = graphql.ask(listening_documents.RECORD_FEEDBACK, {"input": {"items": said, "dryRun": dry_run, **key}})
    payload = data["recordFeedbackItems"]
    if payload["errors"]:
        raise _refusal(_refused_at(items, each) for each in payload["errors"])
    if json:
        output.print_json(data)
        return
    number = f"{len(items)} item{'s' if len(items) != 1 else ''}"
    if dry_run:
        print(f"{number} would be recorded")
    else:
        print(f"{number} recorded" if payload["revision"] > before else f"{number}: recorded before, nothing changed")


def _read(file: Path) -> list[FeedbackRow]:
    try:
        return feedback_csv.read(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
    except Refused as refused:
        raise _refusal(each.message for each in refused.problems) from None


def _goals_named(graphql: GraphQLClient, items: list[FeedbackRow]) -> dict[str, list[str]]:
    """The ids of the goals under way by title, case aside; empty when the file names none by title."""
    titles: dict[str, list[str]] = defaultdict(list)
    if any(not _is_id(name) for item in items for name in item.about):
        for goal in every_node(graphql, listening_documents.GOALS_NAMED, "goalTree"):
            titles[" ".join(goal["title"].split()).casefold()].append(goal["id"])
    return titles


def _inputs(items: list[FeedbackRow], titles: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The items as GraphQL takes them. Raises CommandError with every goal that is not known, or not the only one."""
    problems: list[str] = []
    said = []
    for item in items:
        about = []
        for name in item.about:
            found = [name] if _is_id(name) else titles.get(name.casefold(), [])
            if len(found) == 1:
                about += found
                continue
            many = f"{len(found)} goals are called “{name}”; give the id: {', '.join(found[:5])}"
            problem = many if found else f"no goal under way is called “{name}”; write a title or an id"
            problems.append(f"line {item.line}, column about: {problem}")
        said.append(
            {
                "source": item.source,
                "segment": item.segment,
                "body": item.body,
                "sentiment": item.sentiment,
                "receivedAt": item.received_at.isoformat() if item.received_at else None,
                "about": list(dict.fromkeys(about)),
            }
        )
    if problems:
        raise _refusal(problems)
    return said


def _is_id(name: str) -> bool:
    return name.startswith(_KINDS) and " " not in name


def _refused_at(items: list[FeedbackRow], error: Data) -> str:
    """A refusal of the command in the words of the file: its path names the item and the field."""
    path = [str(each) for each in error["path"]]
    where = ""
    if len(path) > 1 and path[0] == "items" and path[1].isdigit() and int(path[1]) < len(items):
        column = _COLUMNS.get(path[2]) if len(path) > 2 else None
        where = f"line {items[int(path[1])].line}" + (f", column {column}" if column else "") + ": "
    return f"{where}{error['message']} ({error['code']})"


def _refusal(messages: Any) -> CommandError:
    found = list(messages)
    more = [f"… and {len(found) - _MOST_SHOWN} more"] if len(found) > _MOST_SHOWN else []
    return CommandError("\n".join(["nothing was recorded:", *found[:_MOST_SHOWN], *more]))
