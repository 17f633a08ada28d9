"""Which source a file is of, and what is remembered of it: read in one snapshot with the organization."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Problem, Refused, refuse
from goldenthread.contracts.plan import Plan, PlanRow
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.organization.organization import Organization
from goldenthread.runtime.postgres.database import Connection
from services.goals.domain import validation
from services.goals.domain.imports import source_matching
from services.goals.domain.imports.node_cells import base_row_of
from services.goals.domain.imports.row_matching import canonical, goals_of, keys_of
from services.goals.domain.imports.unit_names import UnitNames
from services.goals.domain.merge_base import BaseRow, MergeBase, short
from services.goals.imports import earlier_files
from services.goals.imports.past_states import PastStates
from services.goals.organization_sessions import in_thread
from services.goals.stores import import_sources_store
from services.goals.stores.import_sources_store import ImportedFile

_LONGEST = 200
_SAMPLE = 1_000
"""Rows of a file, evenly spread, by which its source is found, at most."""
_NAMED = 5
"""Sources that a message names, at most; all are among its candidates."""


class ImportSource(Struct, frozen=True):
    """The source of a file, what is remembered of it, and its last file that was taken (None: none was).

    `derived` is what of `merge_base` is not stored yet: what the imports of earlier releases left.
    """

    name: str
    merge_base: MergeBase
    last: ImportedFile | None = None
    derived: MergeBase = MergeBase()
    notes: list[str] = []


class SourceName(Struct, frozen=True):
    """The name of a source, and what a person should know of how it was found."""

    name: str
    notes: list[str] = []


async def load(
    connection: Connection, organization: Id, named: SourceName, digest: bytes, *, again: bool
) -> ImportSource:
    """What is stored of the source of a file. Raises `Refused`: the file is an earlier one of it, and not taken
    `again`.
    """
    files = await import_sources_store.files(connection, organization, named.name)
    before = earlier_files.earlier(digest, files)
    if before is not None and not again:
        raise await earlier_files.refusal(connection, organization, named.name, before)
    merge_base = await import_sources_store.load(connection, organization, named.name)
    return ImportSource(named.name, merge_base, files[0] if files else None, notes=named.notes)


def named_source(command: ImportPlan) -> str | None:
    """The source that the command names. Raises `Refused` for what is no name."""
    if command.source is None:
        return None
    name = validation.line(command.source, "source", longest=_LONGEST)
    if "/" in name:
        raise refuse(ErrorCode.INVALID, "A source's name has no slash; it leads the keys of its rows.", "source")
    return name


async def find(
    connection: Connection, organization: Id, org: Organization, command: ImportPlan, plan: Plan
) -> SourceName:
    """The source of a file, by its rows or its name, unless the command names it. `connection` shows the same state as
    `org`. Raises `Refused`: several are possible.
    """
    name = named_source(command)
    if name is not None:
        return SourceName(name, await _taken_for_new(connection, organization, org, plan, name))
    if await in_thread(lambda: _exported(plan, org)):
        return SourceName(f"export at {plan.revision}")
    some = _sample(plan)
    titles = await _titles(connection, organization, org, some)
    found = await in_thread(lambda: source_matching.candidates(org, some, titles, command.file_name))
    if found.source is None:
        raise _ambiguous(found.candidates)
    return SourceName(found.source, found.notes)


async def _taken_for_new(
    connection: Connection, organization: Id, org: Organization, plan: Plan, name: str
) -> list[str]:
    """What a person should know who gives a source that is new, while its rows are those of an earlier one."""
    some = _sample(plan)
    titles = await _titles(connection, organization, org, some)
    if name in titles or await import_sources_store.last_file(connection, organization, name) is not None:
        return []
    found = await in_thread(lambda: source_matching.candidates(org, some, titles, None))
    if found.source not in titles:
        return []
    return [
        f"“{name}” is a new source, so its rows become new goals. “{found.source}” was imported with the same rows: if "
        "this is its next version, give that source, or none."
    ]


def _sample(plan: Plan) -> list[PlanRow]:
    return plan.rows[:: max(1, -(-len(plan.rows) // _SAMPLE))]


async def _titles(
    connection: Connection, organization: Id, org: Organization, some: list[PlanRow]
) -> dict[str, dict[str, str]]:
    """By source, what is known of these rows of it: their titles."""
    keys = keys_of(some).values()
    stored = await import_sources_store.titles(connection, organization, keys)
    return await in_thread(lambda: _titles_here(org, stored, set(keys)))


def _ambiguous(candidates: list[str]) -> Refused:
    named = ", ".join(f"“{each}”" for each in candidates[:_NAMED])
    message = (
        f"This file may be the next version of several plans that were imported: {named}. Nothing was taken; say which "
        "one it is (`source`, `--source`), or give it a source of its own."
    )
    return Refused(Problem(ErrorCode.INVALID, message, ["source"], candidates=candidates))


def _exported(plan: Plan, org: Organization) -> bool:
    """Whether a file is an export of this organization."""
    here = sum(org.node(row.row) is not None for row in plan.rows)
    return plan.revision is not None and 2 * here > len(plan.rows)


def _titles_here(
    org: Organization, stored: Mapping[str, Mapping[str, str]], keys: Collection[str]
) -> dict[str, dict[str, str]]:
    """`stored`; and of sources of which nothing is remembered, the titles that these rows of them have here."""
    titles: dict[str, dict[str, str]] = {source: dict(known) for source, known in stored.items()}
    for node in goals_of(org):
        source, _, row = (node.source_key or "").partition("/")
        if row and source not in stored and canonical(row) in keys:
            titles.setdefault(source, {})[canonical(row)] = short(node.title.strip())
    return titles


async def completed(
    past: PastStates, source: ImportSource, plan: Plan, org: Organization, head: StreamPosition
) -> ImportSource:
    """`source` with what follows from the history: what an export said, or what imports of earlier releases left.

    `org` is the organization at `head`.
    """
    if plan.revision is not None and 0 < plan.revision <= head.sequence:
        then = await past.at(plan.revision, org, head)
        return await in_thread(lambda: as_exported(source, plan, then))
    if source.last is None and not source.merge_base.rows:
        return await _after_upgrade(past, source, plan, org, head)
    return source


def as_exported(source: ImportSource, plan: Plan, then: Organization) -> ImportSource:
    """What the export said, and over it what was remembered of the file since."""
    here = (row.row for row in plan.rows if then.node(row.row) is not None)
    proposed = any(parent.proposed for row in plan.rows for parent in row.parents)
    exported = {row: base_row_of(then, row, exact=True, proposed=proposed) for row in here}
    since = source.last is not None and source.last.revision > (plan.revision or 0)
    stored = {row: said for row, said in source.merge_base.rows.items() if since or row not in exported}
    both = {row: exported[row] for row in stored if row in exported}
    rows = (
        exported
        | stored
        | {row: BaseRow(stored[row].node, each.cells | stored[row].cells) for row, each in both.items()}
    )
    units = _understood(then, plan) | source.merge_base.units
    return replace(source, merge_base=replace(source.merge_base, rows=rows, units=units, exported=both))


def _understood(then: Organization, plan: Plan) -> dict[str, Id]:
    """The units that the names in a file meant at a state of the organization, whatever they are called by now."""
    names = {each.key or each.name for each in plan.units}
    names.update(name for row in plan.rows for name in (row.unit, *row.co_owners, *row.invited, *row.audience) if name)
    return UnitNames(then).only(names)


async def _after_upgrade(
    past: PastStates, source: ImportSource, plan: Plan, org: Organization, head: StreamPosition
) -> ImportSource:
    """What the last import left, as far as that is known: its file is not."""
    nodes = await in_thread(lambda: _of_source(org, source.name))
    revision = await past.last_import(source.name) if nodes else None
    if revision is None:
        return source
    then = await past.at(revision, org, head)
    rows = await in_thread(
        lambda: {row: base_row_of(then, node, False, source.name) for row, node in nodes.items() if then.node(node)}
    )
    derived = MergeBase(rows, await in_thread(lambda: _understood(then, plan)))
    return replace(source, merge_base=derived, derived=derived)


def _of_source(org: Organization, source: str) -> dict[str, Id]:
    """The nodes that rows of a source became, by row id."""
    prefix = f"{source}/"
    return {
        canonical(node.source_key.removeprefix(prefix)): node.id
        for node in goals_of(org)
        if node.source_key is not None and node.source_key.startswith(prefix)
    }
