"""`goldenthread import`: somebody else's plan, read by goals, and what became of every row."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Mapping
from typing import Any

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import ChoiceNeeded
from goldenthread.cli.common.graphql_client import Data, GraphQLClient, raise_refusals
from goldenthread.cli.common.one_revision import mixed_revisions_remark
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.imports import import_documents, import_report
from goldenthread.cli.imports.import_input import file_content, mapping_input, write_example
from goldenthread.cli.imports.import_options import (
    FORMATS,
    Again,
    ClosePast,
    DryRun,
    Example,
    File,
    FormatOfFile,
    Map,
    Ours,
    ReplacePurpose,
    Sheet,
    Source,
    Theirs,
    Type,
)
from goldenthread.cli.imports.progress_bar import ImportProgressBar
from goldenthread.contracts.enums import ConflictChoice

_PATIENCE = 600.0
_CHOSEN = (["source"], ["sheet"])
"""What a person is asked for, where the answer has candidates for it."""


def import_(
    file: File = None,
    source: Source = None,
    sheet: Sheet = None,
    map: Map = None,
    type: Type = None,
    theirs: Theirs = False,
    ours: Ours = False,
    again: Again = False,
    format: FormatOfFile = None,
    close_past: ClosePast = False,
    replace_purpose: ReplacePurpose = False,
    example: Example = False,
    dry_run: DryRun = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Import a plan. The same file twice changes nothing, and a changed one changes only what differs in it.

    What was changed here since the file was last imported stays; where the file changed it too, it is a conflict, which
    --theirs or --ours decides. Every row not taken is listed with the reason.
    """
    if example:
        write_example(file)
        return
    if file is None:
        message = "name the file; `goldenthread import --example` writes one to fill in"
        raise typer.BadParameter(message, param_hint="FILE")
    if theirs and ours:
        raise typer.BadParameter("--theirs and --ours exclude each other: one side is taken.")
    asked = {
        **({"source": source} if source else {}),
        **({"conflicts": (ConflictChoice.THEIRS if theirs else ConflictChoice.OURS).value} if theirs or ours else {}),
        **({"sheet": sheet} if sheet else {}),
        **mapping_input(map or [], type or []),
        "fileName": file.name,
        "format": FORMATS[format].value if format else None,
        **file_content(file),
        "again": again,
        "closePast": close_past,
        "replacePurpose": replace_purpose,
        "dryRun": dry_run,
    }
    with connect(data_dir, url, token, organization, timeout=_PATIENCE) as graphql:
        data = _imported(graphql, asked, whole=json)
    if json:
        output.print_json(data)
        _say_what_is_cut(data["importPlan"])
    else:
        import_report.show_report(output.stdout(), output.printable(data["importPlan"]), dry_run)


def _imported(graphql: GraphQLClient, asked: Mapping[str, Any], *, whole: bool) -> Data:
    """The answer; with `whole` that for programs, with all rows. Asks a person for what is not known: source, sheet."""
    once = RepeatableImport(graphql, asked)
    document = import_documents.IMPORT if whole else import_documents.IMPORT_REPORT
    with ImportProgressBar(graphql, str(asked["fileName"])):
        data = graphql.ask(document, once.variables)
    unknown = _unknown(data)
    if unknown is not None:
        return _imported(graphql, {**asked, unknown["path"][0]: _choose(unknown)}, whole=whole)
    raise_refusals(data)
    if whole:
        _read_rest(once, data["importPlan"])
    return data


class RepeatableImport:
    """One import, which is sent again for the pages of its rows: under one key, so that it is made once."""

    def __init__(self, graphql: GraphQLClient, asked: Mapping[str, Any]) -> None:
        self._graphql = graphql
        self.variables = {"input": {**asked, "idempotencyKey": str(uuid.uuid4())}}
        self.revisions: set[int] = set()

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Data:
        """The `data` of an answer that is no refusal. Raises CommandError."""
        data = raise_refusals(self._graphql.ask(document, {**self.variables, **(variables or {})}))
        self.revisions.add(data["importPlan"]["revision"])
        return data


def _read_rest(once: RepeatableImport, report: Data) -> None:
    rows = report["rows"]
    if rows["pageInfo"]["hasNextPage"]:
        after = rows["pageInfo"]["endCursor"]
        rows["nodes"] += every_node(once, import_documents.IMPORT_ROWS, "importPlan.rows", after=after)
        rows["pageInfo"] = {"hasNextPage": False, "endCursor": None}
    inconsistent = mixed_revisions_remark(sorted(once.revisions | {report["revision"]}))
    if inconsistent:
        output.stderr().print(Text(inconsistent), soft_wrap=True)


def _unknown(data: Data) -> Data | None:
    """The error that names the sources that the file may be of, or the sheets that it has; None where there is none."""
    errors = data["importPlan"]["errors"]
    return next((each for each in errors if each["path"] in _CHOSEN and each["candidates"]), None)


def _choose(unknown: Data) -> str:
    """The candidate that a person chooses. Raises ChoiceNeeded where nobody is there to ask, or nothing is chosen."""
    message, candidates = str(unknown["message"]), [str(each) for each in unknown["candidates"]]
    names = ", ".join(f"“{each}”" for each in candidates)
    needed = f"{message}{'' if message.endswith('.') else '.'}"
    if not all(f"“{each}”" in message for each in candidates):
        needed += f" They are: {names}."
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ChoiceNeeded(needed)
    print(output.printable(message), file=sys.stderr)
    for number, each in enumerate(candidates, 1):
        print(f"  {number}. {output.printable(each)}", file=sys.stderr)
    print(f"Which one (1 to {len(candidates)})? ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer.isascii() or not answer.isdigit() or not 0 < int(answer) <= len(candidates):
        raise ChoiceNeeded(needed)
    return candidates[int(answer) - 1]


def _say_what_is_cut(report: Data) -> None:
    """On stderr: which lists of the answer are only the first of more. Their counts are in the answer too."""
    lists = {"skipped": "skippedCount", "missing": "missingCount", "newUnits": "newUnitCount"}
    found = [(name, report, count) for name, count in lists.items()]
    found += [(name, report["impact"] or {}, f"{name}Count") for name in import_report.IMPACT_COLOURS]
    for name, of, counted in found:
        listed, count = len(of.get(name) or []), of.get(counted) or 0
        if listed < count:
            output.stderr().print(Text(f"`{name}` lists the first {listed} of {count}."))
