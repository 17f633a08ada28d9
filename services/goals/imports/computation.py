"""What an import makes of a file, computed in a thread: facts, rows of the database, what is remembered, the answer."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw, Struct, structs

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.plan import PlanWords
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.replies import Accepted
from goldenthread.organization.organization import Organization
from goldenthread.runtime.outbox import store as outbox
from services.goals import facts_to_events
from services.goals.domain.clock.timer_rules import Timer
from services.goals.domain.decision import Decision, DecisionContext, Fact
from services.goals.domain.imports.import_plan import import_plan
from services.goals.idempotent_answers import ReceivedCommand, compressed_report
from services.goals.imports.import_file import ImportFile
from services.goals.imports.interpretation import InterpretedFile
from services.goals.imports.past_states import PastStates
from services.goals.imports.run_progress import RunProgress
from services.goals.imports.source_loading import ImportSource
from services.goals.stores import entities_store, import_sources_store, timers_store
from services.goals.stores.import_sources_store import ImportedFile, PreparedMergeBase


class ImportJob(Struct, frozen=True):
    """An import to compute: its request, its file, and the words of its sheet. All of it belongs to one import."""

    request: ReceivedCommand
    command: ImportPlan
    file: ImportFile
    words: PlanWords
    past: PastStates
    progress: RunProgress


class ImportSnapshot(Struct, frozen=True):
    """The state that an import is computed on. `org` is a copy that belongs to it alone."""

    organization: Id
    org: Organization
    head: StreamPosition
    context: DecisionContext
    origin: facts_to_events.Origin
    interpreted: InterpretedFile
    source: ImportSource


class ComputedImport(Struct, frozen=True):
    """A computed import: what it writes, and its answer, with events only of a dry run (`with_events` adds them).

    `snapshot.org` has taken it in.
    """

    snapshot: ImportSnapshot
    decision: Decision
    answer: Accepted
    head: StreamPosition
    rows: list[outbox.Row]
    created: list[Entity] = []
    updated: list[entities_store.EntityRow] = []
    new: list[Timer] = []
    """The timers of what it creates."""
    old: timers_store.Implied = timers_store.Implied([], [])
    """The timers of what was there before."""
    merge_base: PreparedMergeBase = PreparedMergeBase()
    file: ImportedFile | None = None
    """The file to be kept of the source; None where nothing of the import is remembered."""
    words: PlanWords | None = None
    """The words to keep of the source; None where they are kept already."""
    report: bytes | None = None
    """The report as it is kept with the answer."""

    @property
    def changes(self) -> int:
        """How many rows are written."""
        return len(self.created) + len(self.updated) + len(self.rows) + len(self.merge_base.rows)


def compute(snapshot: ImportSnapshot, job: ImportJob) -> ComputedImport:
    """Decide, and make the rows. Raises `Refused`. Changes nothing but `snapshot.org`; to be called in a thread."""
    there = {each.id for each in snapshot.org.entities()}
    snapshot.org.begin()
    command = structs.replace(job.command, source=snapshot.source.name)
    plan, count = snapshot.interpreted.read.plan, job.progress.count
    job.progress.begin(ImportStep.COMPARING, len(plan.rows))
    decision = import_plan(snapshot.org, command, plan, snapshot.context, snapshot.source.merge_base, count)
    found = [Problem(ErrorCode.CONFLICT, note, ["source"]) for note in snapshot.source.notes]
    decision = structs.replace(decision, warnings=[*found, *decision.warnings])
    answer = sequenced(snapshot, decision, [], dry_run=command.dry_run)
    if command.dry_run:
        return ComputedImport(snapshot, decision, *answer)
    changed = snapshot.org.commit()
    implied = timers_store.implied(snapshot.org, changed, snapshot.origin.now)
    fresh = {each.id for each in changed} - there
    new, old = timers_store.split(implied, fresh)
    created = [each for each in changed if each.id in fresh]
    updated = entities_store.entity_rows(each for each in changed if each.id not in fresh)
    merge_base = import_sources_store.prepared(decision.remembered, snapshot.source.derived)
    file = _file(snapshot, decision, merge_base)
    words = snapshot.interpreted.words if snapshot.interpreted.words_changed else None
    report = compressed_report(decision.report) if job.request.key else None
    return ComputedImport(
        snapshot, decision, *answer, created, updated, new.timers, old, merge_base, file, words, report
    )


def _file(snapshot: ImportSnapshot, decision: Decision, merge_base: PreparedMergeBase) -> ImportedFile | None:
    """The file as it is remembered; None where it is the last one, and nothing about it is new."""
    last, report, digest = snapshot.source.last, decision.report, snapshot.interpreted.read.digest
    taken = report is not None and report.taken > 0
    same = (last is not None and last.digest == digest) or not taken
    if same and merge_base.empty and not decision.facts:
        return None
    number = last.number + 1 if last is not None else 1
    return ImportedFile(number, digest, snapshot.origin.now, snapshot.context.actor, snapshot.head.sequence)


class SequencedAnswer(NamedTuple):
    """An answer, the head after it, and the events as rows: in the answer only where they are not written."""

    answer: Accepted
    head: StreamPosition
    rows: list[outbox.Row]


def sequenced(
    snapshot: ImportSnapshot, decision: Decision, back: list[Fact], *, dry_run: bool = False
) -> SequencedAnswer:
    """The answer, the head after it, and the events, right after the head of `snapshot`."""
    events = facts_to_events.events([*decision.facts, *back], snapshot.head, snapshot.origin)
    head = StreamPosition(events[-1].sequence, events[-1].id) if events and not dry_run else snapshot.head
    encoded = facts_to_events.as_json(events) if dry_run else []
    answer = Accepted(head.sequence, decision.ids, encoded, decision.warnings, dry_run, decision.report)
    return SequencedAnswer(answer, head, [] if dry_run else outbox.rows(events))


def with_events(computed: ComputedImport) -> Accepted:
    """The answer with its events, after they were written; `computed.rows` are used up.

    Events are more than half of what an import holds. So they are never held both as rows and as JSON, nor encoded
    twice. To be called in a thread.
    """
    events: list[Raw] = []
    computed.rows.reverse()
    while computed.rows:
        events.append(Raw(outbox.row_json(computed.rows.pop())))
    return structs.replace(computed.answer, events=events)
